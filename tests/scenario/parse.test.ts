/** A file that is not valid is told in one line that names the step and the key. */
import { describe, expect, it } from 'vitest';
import { runScenario } from '../../src/scenario/runner.js';
import { agent, framework, noOffers, outcome, run, type Json } from './run.js';

const text = (json: unknown): string => (typeof json === 'string' ? json : JSON.stringify(json));
const create = (): never => {
  throw new Error('an invalid file creates no allocator');
};

describe('the file', () => {
  const head = { format: 'agora-scenario/1', name: 'n' };
  it.each([
    ['', '-: not JSON: the file is empty'],
    [[], '-: a scenario is []; it takes an object'],
    ['null', '-: a scenario is null; it takes an object'],
    [{ name: 'n', steps: [] }, '-: a scenario lacks format'],
    [
      { ...head, format: 'agora-scenario/3', steps: [] },
      '-: format is "agora-scenario/3"; it takes "agora-scenario/1" or "agora-scenario/2"',
    ],
    [{ format: head.format, steps: [] }, '-: a scenario lacks name'],
    [{ ...head, name: 3, steps: [] }, '-: name is 3; it takes a name'],
    [head, '-: a scenario lacks steps'],
    [{ ...head, steps: {} }, '-: steps is {}; it takes a list of steps'],
    [{ ...head, stepz: [] }, '-: unknown key "stepz"; did you mean steps?'],
    [
      { ...head, steps: [], owner: 'me' },
      '-: unknown key "owner"; a scenario takes format, name, about, allocator, config, steps',
    ],
    [{ ...head, steps: [], note: 4 }, '-: note is 4; it takes a text, which is ignored'],
    [{ ...head, steps: [], config: [] }, '-: config is []; it takes an object'],
    [{ ...head, steps: [], config: { seeds: 1 } }, '-: unknown key "seeds" in config; did you mean seed?'],
    [
      { ...head, steps: [], config: { allocationIntervalSeconds: 0 } },
      '-: config.allocationIntervalSeconds is 0; it takes a number of seconds above 0',
    ],
    [
      { ...head, steps: [], config: { roleSorter: 'fair' } },
      '-: config.roleSorter is "fair"; it takes "drf" or "random"',
    ],
    [
      { ...head, steps: [], config: { minAllocatable: ['cpus'] } },
      '-: config.minAllocatable[0]: resource text "cpus": ' +
        'an item is name:value, name(role):value or name[trait]:value',
    ],
  ])('%j', (json, expected) => {
    expect(outcome(runScenario(text(json), { create }))).toBe(expected);
  });

  it('says on one line where its JSON breaks', () => {
    const message = outcome(runScenario('{\n  "format": 1,\n  steps: []\n}', { create }));
    expect(message).toMatch(/^-: not JSON: .* at line 3, column 3$/);
    const other = outcome(runScenario(`{\n  "steps": [\n    1,\n  ],\n  "name": 2\n}`, { create }));
    expect(other).toMatch(/^-: not JSON: .+/);
    expect(other).not.toContain('\n');
  });

  it('may begin with a byte order mark', () => {
    const result = run([]);
    expect(result.ok).toBe(true);
    expect(outcome(runScenario(`\uFEFF${JSON.stringify({ ...head, steps: [5] })}`, { create }))).toContain(
      '1: ',
    );
  });

  it('gives its name even when the rest is not valid', () => {
    const nameOf = (name: unknown) => runScenario(text({ name, steps: 1 }), { create }).name;
    expect(nameOf('two\nlines ')).toBe('two lines');
    expect(nameOf(' ')).toBeUndefined();
    expect(nameOf(7)).toBeUndefined();
    expect(runScenario('{', { create }).name).toBeUndefined();
  });

  it('has an allocator that exists, or fails without a step', () => {
    const refuse = (name: string): never => {
      throw new Error(`no allocator "${name}".\n  Did you mean drf?`);
    };
    const file = text({ ...head, allocator: 'drff', steps: [] });
    expect(outcome(runScenario(file, { create: refuse }))).toBe('-: no allocator "drff". Did you mean drf?');
    expect(outcome(runScenario(file, { create: refuse, allocator: 'x' }))).toContain('no allocator "x"');
  });
});

describe('a step', () => {
  const table: readonly [unknown, string][] = [
    [7, 'a step is an object, not 7'],
    [null, 'a step is an object, not null'],
    [{ note: 'nothing' }, 'a step has a "do" or an "expect"'],
    [{ do: 'recover', expect: 'noOffers' }, 'a step has "do" or "expect", not both'],
    [{ do: 'addAgnet' }, 'unknown verb "addAgnet"; did you mean addAgent?'],
    [{ do: null }, 'unknown verb null; the verbs are addAgent, updateAgent, removeAgent, '],
    [{ do: 'toString' }, 'unknown verb "toString"; the verbs are addAgent, '],
    [{ expect: 'offer' }, 'unknown check "offer"; did you mean offers?'],
    [
      { expect: 'peace' },
      'unknown check "peace"; the checks are offers, noOffers, offerTotals, offerCounts, ',
    ],
    [{ do: 'addAgent', agnet: 'a', resources: '' }, 'unknown key "agnet"; did you mean agent?'],
    [
      { do: 'removeAgent', agent: 'a', force: true },
      'unknown key "force"; removeAgent takes do, agent, fails',
    ],
    [{ do: 'addAgent', agent: 'a' }, 'addAgent lacks resources'],
    [{ do: 'addAgent', agent: '', resources: '' }, 'agent is ""; it takes a name'],
    [
      { do: 'addAgent', agent: 'a', resources: 4 },
      'resources is 4; it takes resource text such as "cpus:2;mem:1024"',
    ],
    [
      { do: 'addAgent', agent: 'a', resources: 'cpus:-1' },
      'resources: resource text "cpus:-1": a resource is not negative',
    ],
    [
      { do: 'addAgent', agent: 'a', resources: '', used: { f: { x: 'cpus=1' } } },
      'used.f.x: resource text "cpus=1": an item is name:value, name(role):value or name[trait]:value',
    ],
    [
      { do: 'addAgent', agent: 'a', resources: '', used: { f: 'x' } },
      'used.f is "x"; it takes an object of ',
    ],
    [
      { do: 'setQuota', role: 'r', limits: 'cpus(r):1' },
      'limits: resource text "cpus(r):1": a quantity is a name and a number, such as cpus:4',
    ],
    [{ do: 'updateWeights', weights: { x: '3' } }, 'weights.x is "3"; it takes a number above 0'],
    [{ do: 'setWhitelist' }, 'setWhitelist lacks agents'],
    [{ do: 'setWhitelist', agents: 'a' }, 'agents is "a"; it takes a list of names, or null for all'],
    [{ do: 'advance', seconds: '1' }, 'seconds is "1"; it takes a number of seconds, 0 or more'],
    [{ do: 'recover', fails: 1 }, 'fails is 1; it takes true, or a text that the refusal contains'],
    [{ do: 'recover', fails: false }, 'fails is false; it takes true, or a text that the refusal contains'],
    [{ expect: 'noOffers', fails: true }, 'unknown key "fails"; noOffers takes expect'],
    [{ expect: 'offers' }, 'offers takes "offers" or "anyOf"'],
    [{ expect: 'offers', offers: [], anyOf: [[]] }, 'offers takes "offers" or "anyOf"'],
    [{ expect: 'offers', anyOf: [] }, 'anyOf is []; it takes a list of lists'],
    [
      { expect: 'offers', offers: [{ framework: 'f', role: 'r', agnet: 'a', resources: '' }] },
      'unknown key "agnet" in offers[0]; did you mean agent?',
    ],
    [
      { expect: 'offerTotals', totals: [{ framework: 'f', role: 'r', resources: 'ports:[1-2]' }] },
      'totals[0].resources: ports is no scalar in "ports:[1-2]"',
    ],
    [
      {
        expect: 'offerTotals',
        totals: [1, 2].map((cpus) => ({ framework: 'f', role: 'r', resources: `cpus:${cpus}` })),
      },
      'totals names framework f in role r twice',
    ],
    [{ expect: 'offerCounts', counts: {}, tolerance: -1 }, 'tolerance is -1; it takes a number, 0 or more'],
    [
      { expect: 'allocated', agents: { a: 3 } },
      'agents.a is 3; it takes quantities such as "cpus:4;mem:512"',
    ],
    [{ expect: 'shares' }, 'shares takes "roles", or "role" and "frameworks"'],
    [{ expect: 'shares', role: 'x' }, 'shares takes "roles", or "role" and "frameworks"'],
    [{ expect: 'shares', roles: {}, role: 'x' }, 'shares takes "roles", or "role" and "frameworks"'],
    [{ expect: 'order', frameworks: [] }, 'order takes "roles", or "role" and "frameworks"'],
  ];

  it.each(table)('%j', (step, expected) => {
    const message = outcome(run([agent('a1'), step as Json], {}, { create }));
    expect(message.startsWith(`2: ${expected}`), message).toBe(true);
  });

  it.each(table)('%j inside a repeat', (step, expected) => {
    const inner = { do: 'repeat', times: 0, steps: [noOffers, step] };
    const message = outcome(run([agent('a1'), inner], {}, { create }));
    expect(message.startsWith(`2.2: ${expected}`), message).toBe(true);
  });
});

it('ignores a note in any object', () => {
  const note = 'why';
  const steps: Json[] = [
    agent('a1', 'cpus:4;mem:4096', { note, used: { note, old: { note, x: 'cpus:1' } } }),
    framework('f', 'r', { note, minAllocatable: { note, r: ['cpus:1'] } }),
    {
      expect: 'offers',
      note,
      offers: [{ note, framework: 'f', role: 'r', agent: 'a1', resources: 'cpus:3;mem:4096' }],
    },
    { do: 'updateWeights', weights: { note, r: 2 } },
    { expect: 'allocated', frameworks: { note, f: 'cpus:3;mem:4096' } },
    { expect: 'shares', roles: { note, r: 0.5 } },
    { expect: 'offerCounts', counts: { note } },
    { do: 'repeat', note, times: 1, steps: [{ ...noOffers, note }] },
  ];
  expect(outcome(run(steps, { note, config: { note } }))).toBe('ok');
});

it('still has names called note where a value cannot be a note', () => {
  const steps = [agent('a1'), framework('note', 'note'), { expect: 'shares', roles: { note: 0.25 } }];
  expect(outcome(run(steps))).toBe('3: share of role note: 0.25 expected, got 1');
});

it('never throws, whatever the text is', () => {
  const deep = '['.repeat(100_000);
  expect(runScenario(deep, { create }).ok).toBe(false);
  const nested = `${'{"do":"repeat","times":1,"steps":['.repeat(20_000)}${']}'.repeat(20_000)}`;
  const result = runScenario(`{"format":"agora-scenario/1","name":"n","steps":[${nested}]}`, { create });
  expect(result.ok).toBe(false);
});
