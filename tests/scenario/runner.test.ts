/** Repeats, refusals that are expected, seeds, the log, and what becomes of an allocator that does wrong. */
import { describe, expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import type { AllocatorOptions } from '../../src/cluster/allocator.js';
import { advance, agent, framework, noOffers, offers, outcome, run, runWith, type Json } from './run.js';

const repeat = (times: number, ...steps: readonly Json[]): Json => ({ do: 'repeat', times, steps });

describe('repeat', () => {
  it('runs its steps that many times, nested ones too', () => {
    const counts = (f: number): Json => ({ expect: 'offerCounts', counts: { f } });
    const turn = [{ do: 'recover' }, advance(1)];
    const start = [framework('f', 'x'), agent('a'), counts(1)];
    expect(outcome(run([...start, repeat(4, ...turn), counts(4)]))).toBe('ok');
    expect(outcome(run([...start, repeat(0, ...turn), counts(0)]))).toBe('ok');
    expect(outcome(run([...start, repeat(3, repeat(2, ...turn), ...turn), counts(9)]))).toBe('ok');
    expect(outcome(run([...start, repeat(3, ...turn, counts(1))]))).toBe('ok');
  });

  it('says which step in which round went wrong', () => {
    const steps = [
      framework('f', 'x'),
      repeat(2, repeat(3, agent('a'), { do: 'removeAgent', agent: 'a' }, noOffers)),
    ];
    expect(outcome(run(steps))).toBe(
      '2.1.3 (round 1) (round 1): no offers expected, got 1 offer: f in x on a: cpus:4;mem:4096',
    );
    const third = [
      agent('a', 'cpus:2', { used: { f: { x: 'cpus:2' } } }),
      framework('f', 'x'),
      repeat(5, { do: 'recover', framework: 'f', role: 'x', agent: 'a', resources: 'cpus:1' }),
    ];
    expect(outcome(run(third))).toBe(
      '3.1 (round 3): recover was refused: f in x on a holds nothing, which is not all of cpus:1 (R-1.6)',
    );
  });

  it('ends, whatever its numbers are', () => {
    const message = outcome(run([repeat(1e6, repeat(1e6, repeat(1e6)))]));
    expect(message).toMatch(/^1.*: more than 20000000 rounds and steps$/);
  });
});

describe('fails', () => {
  const start = [agent('a'), framework('f', 'x')];
  it.each<[Json, string]>([
    [{ do: 'recover', fails: true }, '3: recover was accepted, a refusal expected'],
    [{ ...repeat(1), fails: true }, '3: repeat was accepted, a refusal expected'],
    [
      { do: 'removeAgent', agent: 'ghost', fails: 'no such agent' },
      '3: a refusal with "no such agent" expected, got "unknown agent ghost"',
    ],
    [{ do: 'removeAgent', agent: 'ghost', fails: 'Unknown AGENT' }, 'ok'],
    [{ ...agent('a'), fails: 'it is there already' }, 'ok'],
  ])('%j', (step, expected) => {
    expect(outcome(run([...start, step]))).toBe(expected);
  });

  it('sees an allocator that refuses and changes something all the same', () => {
    const steps = [...start, { do: 'suppress', framework: 'f', fails: true }];
    const message = runWith(steps, (real) => ({
      suppress: (id, roles) => real.suppress(id, roles) ?? 'no',
    }));
    expect(message).toBe('3: suppress was refused (no), yet it changed something');
  });

  it.each<[Json, string]>([
    [agent('a'), 'duplicate agent a: it is there already (R-5.8)'],
    [framework('f', 'y'), 'duplicate framework f: it is there already (R-5.8)'],
    [{ do: 'suppress', framework: 'f', roles: ['z'] }, 'framework f does not have role z (R-6.7)'],
    [
      { do: 'recover', framework: 'f', role: 'x', agent: 'a', resources: 'cpus:5' },
      'f in x on a holds cpus:4;mem:4096, which is not all of cpus:5 (R-1.6)',
    ],
    [
      { do: 'updateAvailable', agent: 'a', from: 'cpus:1', to: '' },
      'agent a has nothing free, which is not all of cpus:1 (R-7.11)',
    ],
  ])('sees an allocator that accepts %j', (step, problem) => {
    const yes = (): undefined => undefined;
    const message = runWith([...start, { ...step, fails: true }], (real) => ({
      addAgent: (id, ...rest) => (real.addAgent(id, ...rest), undefined),
      addFramework: (id, ...rest) => (real.addFramework(id, ...rest), undefined),
      suppress: yes,
      recover: yes,
      updateAvailable: yes,
    }));
    expect(message).toBe(`3: the allocator accepted it, although ${problem}`);
  });
});

describe('an allocator that does wrong fails the step, on one line', () => {
  const steps = [framework('f', 'x'), agent('a')];
  it('when it throws', () => {
    const wrong = () => ({
      allocate: (): void => {
        throw new TypeError('cannot read\n  of undefined');
      },
    });
    expect(runWith(steps, wrong)).toBe('1: the allocator threw: cannot read of undefined');
  });

  it('when it offers what is not there', () => {
    const message = runWith(steps, (real) => ({
      allocate: (now, scope, sink) =>
        real.allocate(now, scope, (to, made) =>
          sink(
            to,
            made.map((offer) => ({ ...offer, agent: 7 })),
          ),
        ),
    }));
    const ids = 'framework 0, role 1, agent 7';
    expect(message).toBe(`2: the allocator offered to somebody or something that is not there: ${ids}`);
  });
});

describe('what the allocator is created with', () => {
  const created = (rest: Json, options = {}): { name: string; options: AllocatorOptions } => {
    const seen: { name: string; options: AllocatorOptions }[] = [];
    run([], rest, {
      create: (name, given) => {
        seen.push({ name, options: given });
        return createAllocator(name, given);
      },
      ...options,
    });
    return seen[0];
  };

  it('has the defaults of the format', () => {
    const { name, options } = created({});
    expect(name).toBe('drf');
    expect(options).toMatchObject({
      offers: 'coarse',
      agentOrder: 'random',
      intervalUs: 1_000_000,
      instant: false,
      minAllocatable: [{ cpus: 10 }, { mem: 32_000 }],
      fairnessExclude: [],
      roleSorter: 'drf',
      frameworkSorter: 'drf',
    });
  });

  it('follows the config, and the options go before the file', () => {
    const config = {
      allocationIntervalSeconds: 0.25,
      minAllocatable: [],
      fairnessExcludeResources: ['gpus'],
      roleSorter: 'random',
      seed: 7,
    };
    const { name, options } = created({ allocator: 'mine', config });
    expect(name).toBe('mine');
    expect(options).toMatchObject({
      intervalUs: 250_000,
      minAllocatable: [],
      fairnessExclude: ['gpus'],
      roleSorter: 'random',
      frameworkSorter: 'drf',
    });
    expect(created({ allocator: 'mine' }, { allocator: 'other' }).name).toBe('other');
  });

  it('draws from the seed: the same one the same numbers, another one others', () => {
    const draw = (rest: Json, options = {}): number => created(rest, options).options.random('agents')();
    const seventh = draw({ config: { seed: 7 } });
    expect(draw({ config: { seed: '7' } })).toBe(seventh);
    expect(draw({ config: { seed: 8 } })).not.toBe(seventh);
    expect(draw({}, { seed: 7 })).toBe(seventh);
    expect(draw({}, { seed: 5, replication: 2 })).toBe(seventh);
    expect(draw({ config: { seed: 'a' } }, { replication: 2 })).not.toBe(draw({ config: { seed: 'a' } }));
    expect(created({}).options.random('sorter')()).not.toBe(created({}).options.random('agents')());
  });
});

it('goes through many agents in an order that the seed decides', () => {
  const first = (seed: number): string => {
    const agents = ['a', 'b', 'c', 'd', 'e'].map((name) => agent(name));
    const result = run([...agents, framework('f', 'x', { active: true }), offers()], {}, { seed });
    return outcome(result);
  };
  expect(first(3)).toBe(first(3));
  expect(new Set([1, 2, 3, 4, 5, 6].map(first)).size).toBeGreaterThan(1);
});

it('writes down each step with its offers when verbose, nothing otherwise', () => {
  const steps = [
    framework('f', 'x'),
    agent('a'),
    { do: 'removeAgent', agent: 'ghost', fails: true },
    { note: 'why', do: 'recover' },
    advance(1.5),
    { expect: 'offerCounts', counts: { f: 2 } },
  ];
  expect(run(steps).log).toEqual([]);
  expect(run(steps, {}, { verbose: true }).log).toEqual([
    '  1  addFramework framework=f roles=["x"]',
    '  2  addAgent agent=a resources=cpus:4;mem:4096',
    '       at 0 s: 1 offer',
    '         f in x on a: cpus:4;mem:4096',
    '  3  removeAgent agent=ghost fails=true',
    '       refused: unknown agent ghost',
    '  4  recover',
    '  5  advance seconds=1.5',
    '       at 1 s: 1 offer',
    '         f in x on a: cpus:4;mem:4096',
    '  6  expect offerCounts counts={"f":2}',
  ]);
});
