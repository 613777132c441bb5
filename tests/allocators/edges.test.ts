/** Where rules meet the edges of numbers, names and time. */
import { describe, expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { SECOND } from '../../src/cluster/ids.js';
import type { Offer } from '../../src/cluster/protocol.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { roleProblem, Roles } from '../../src/cluster/roles.js';
import { runScenario } from '../../src/scenario/runner.js';
import { plainOptions } from './plain-options.js';

type Step = Readonly<Record<string, unknown>>;

function holds(...steps: readonly Step[]): void {
  const file = { format: 'agora-scenario/2', name: 'edge', steps };
  expect(runScenario(JSON.stringify(file), { create: createAllocator }).failure?.message).toBeUndefined();
}

const agent = (name: string, resources: string, more: object = {}): Step => ({
  ...{ do: 'addAgent', agent: name, resources },
  ...more,
});
const framework = (name: string, role: string, more: object = {}): Step => ({
  ...{ do: 'addFramework', framework: name, roles: [role] },
  ...more,
});
const order = (...roles: string[]): Step => ({ expect: 'order', roles });

describe('ties (R-3.4)', () => {
  it('0.1 and 0.2 of a cpu weigh exactly as much as 0.3: the name decides', () => {
    holds(
      agent('h1', 'cpus:1', { used: { z: { z: 'cpus:0.3' }, a: { a: 'cpus:0.1' } } }),
      agent('h2', 'cpus:1', { used: { a: { a: 'cpus:0.2' } } }),
      { do: 'setWhitelist', agents: [] },
      framework('z', 'z'),
      framework('a', 'a'),
      { expect: 'shares', roles: { a: 0.15, z: 0.15 } },
      { note: 'one allocation against two', ...order('z', 'a') },
      { do: 'updateAgent', agent: 'h1', resources: 'cpus:2' },
      { do: 'removeFramework', framework: 'a' },
      framework('b', 'b'),
      order('b', 'z'),
    );
  });

  it('equal shares of different resources are equal; a thousandth more is more', () => {
    const steps = (mem: string): Step[] => [
      agent('h1', 'cpus:10;mem:3000', { used: { c: { c: 'cpus:1' }, m: { b: mem } } }),
      { do: 'setWhitelist', agents: [] },
      framework('c', 'c'),
      framework('m', 'b'),
    ];
    holds(...steps('mem:300'), order('b', 'c'));
    holds(...steps('mem:300.001'), order('c', 'b'));
  });

  it('names are compared byte by byte', () => {
    const roles = ['Z', 'a', 'a/b', 'a-b', 'é', '\u{1f600}', '\uffff'];
    const clients = roles.map((role, i) => framework(`f${i}`, role));
    holds(...clients, order('Z', 'a', 'a/b', 'a-b', 'é', '\uffff', '\u{1f600}'));
  });
});

describe('names of roles (R-2.1)', () => {
  const long = 'x'.repeat(4000);
  const deep = Array.from({ length: 200 }, (_, i) => `d${i}`).join('/');
  const valid = [
    '...',
    '.a',
    'a.',
    'a-',
    'a/b-',
    '**',
    'a*',
    '*a',
    'a/**',
    'é',
    'a:b',
    'a(b',
    '\u{1f600}',
    long,
    deep,
  ];
  it.each(valid.map((role) => ({ role, label: JSON.stringify(role.slice(0, 20)) })))(
    '$label is one, and gets offers',
    ({ role }) =>
      holds(agent('h1', 'cpus:1'), framework('f', role), {
        ...{ expect: 'offers', offers: [{ framework: 'f', role, agent: 'h1', resources: 'cpus:1' }] },
      }),
  );

  it.each([
    '\u007f',
    'a\u007fb',
    'a\bb',
    'a\u000bb',
    'a\fb',
    'a\rb',
    'a\nb',
    'a/ ',
    './a',
    'a/../b',
    '*/a',
    '//',
  ])('%j is none', (role) => expect(roleProblem(role)).toBeDefined());
});

describe('with offers out', () => {
  it('a new weight counts at once, for what is offered too, and what comes back goes by it (R-8.9)', () =>
    holds(
      framework('a', 'a'),
      framework('b', 'b', { suppressedRoles: ['b'] }),
      agent('h1', 'cpus:4'),
      agent('h2', 'cpus:2'),
      { do: 'updateWeights', weights: { a: 4 } },
      { expect: 'shares', roles: { a: 0.25 } },
      { do: 'recover', framework: 'a', role: 'a', agent: 'h2', resources: 'cpus:2', refuseSeconds: 1 },
      { do: 'revive', framework: 'b' },
      {
        expect: 'offerTotals',
        totals: [
          { framework: 'a', role: 'a', resources: 'cpus:6' },
          { framework: 'b', role: 'b', resources: 'cpus:2' },
        ],
      },
      { note: '4/6 by 4 against 2/6', ...order('a', 'b') },
      { do: 'updateWeights', weights: { a: 1, b: 3 } },
      order('b', 'a'),
      { do: 'recover' },
      { expect: 'shares', roles: { a: 0, b: 0 } },
    ));

  it('a quota below what is used leaves it, stops more, and lets in again what falls below (R-8.5)', () =>
    holds(
      framework('a', 'a'),
      agent('h1', 'cpus:4;mem:400'),
      { do: 'setQuota', role: 'a', limits: 'cpus:1;mem:100' },
      { expect: 'allocated', roles: { a: 'cpus:4;mem:400' } },
      agent('h2', 'cpus:4;mem:400'),
      { expect: 'offerCounts', counts: { a: 1 } },
      {
        do: 'recover',
        framework: 'a',
        role: 'a',
        agent: 'h1',
        resources: 'cpus:3.5;mem:400',
        refuseSeconds: 0,
      },
      { do: 'advance', seconds: 1 },
      { expect: 'offerTotals', totals: [{ framework: 'a', role: 'a', resources: 'cpus:0.5;mem:100' }] },
      { expect: 'allocated', roles: { a: 'cpus:1;mem:100' } },
    ));

  it('an agent that shrinks below what is held gives nothing of that, and the rest of it; it grows again (R-9.4)', () =>
    holds(
      framework('a', 'a'),
      agent('h1', 'cpus:4;mem:400'),
      {
        do: 'recover',
        framework: 'a',
        role: 'a',
        agent: 'h1',
        resources: 'cpus:1;mem:300',
        refuseSeconds: 0,
      },
      { expect: 'offerCounts', counts: { a: 1 } },
      { do: 'updateAgent', agent: 'h1', resources: 'cpus:2;mem:200' },
      { expect: 'offers', offers: [{ framework: 'a', role: 'a', agent: 'h1', resources: 'mem:100' }] },
      { expect: 'shares', roles: { a: 1.5 } },
      { do: 'recover', framework: 'a', role: 'a', agent: 'h1', resources: 'cpus:1', refuseSeconds: 0 },
      { do: 'advance', seconds: 1 },
      { note: 'two held of two', expect: 'noOffers' },
      { do: 'updateAgent', agent: 'h1', resources: 'cpus:4;mem:200' },
      { expect: 'offers', offers: [{ framework: 'a', role: 'a', agent: 'h1', resources: 'cpus:2' }] },
    ));
});

describe('quota', () => {
  it('what is revocable meets no guarantee, and goes to whoever takes it (R-5.5)', () =>
    holds(
      { do: 'setQuota', role: 'a', guarantees: 'cpus:2' },
      framework('f', 'b', { capabilities: ['MULTI_ROLE', 'REVOCABLE_RESOURCES'] }),
      agent('h1', 'cpus:3;cpus[revocable]:2'),
      {
        expect: 'offers',
        offers: [{ framework: 'f', role: 'b', agent: 'h1', resources: 'cpus:1;cpus[revocable]:2' }],
      },
    ));

  it.each([
    ['nothing', 'cpus:1'],
    ['less than the minimum of an offer', 'cpus:0.995'],
  ])(
    'an agent of which the limit left %s is offered once something of it is free again (R-8.5)',
    (_, first) =>
      holds(
        { do: 'setQuota', role: 'a', limits: 'cpus:1' },
        framework('f', 'a'),
        agent('h1', first),
        { expect: 'offerCounts', counts: { f: 1 } },
        agent('h2', 'cpus:2'),
        { do: 'advance', seconds: 1 },
        { expect: 'noOffers' },
        { do: 'recover', framework: 'f', role: 'a', agent: 'h1', resources: first, refuseSeconds: 100 },
        { do: 'advance', seconds: 1 },
        { expect: 'offers', offers: [{ framework: 'f', role: 'a', agent: 'h2', resources: 'cpus:1' }] },
      ),
  );
});

it('100,000 filters end each at its time, in whatever order they came (R-6.2, R-6.4)', () => {
  const [agents, frameworks] = [1000, 100];
  const roles = new Roles();
  const role = roles.intern('dev');
  const allocator = createAllocator('drf', plainOptions(roles));
  const total = parseResources('cpus:1');
  const capabilities = ['MULTI_ROLE', 'HIERARCHICAL_ROLE'] as const;
  for (let id = 0; id < agents; id++) {
    allocator.addAgent(id, { id: `S${id}`, hostname: `h${id}`, total, attributes: [], capabilities }, [], 0);
  }
  for (let id = 0; id < frameworks; id++) {
    const info = { id: `F${id}`, name: `f${id}`, roles: [role], capabilities: ['MULTI_ROLE'] as const };
    allocator.addFramework(id, info, [], true, 0);
  }
  const run = (now: number): Offer[] => {
    const made: Offer[] = [];
    allocator.allocate(now, 'all', (_, offers) => made.push(...offers));
    return made;
  };
  // Each framework refuses each agent, until a time that differs from pair to pair and comes in no order.
  const endOf = (each: number, on: number): number => ((each * 7919 + on * 104_729) % 100_003) + 2;
  for (let round = 0; round < frameworks; round++) {
    const offers = run(0);
    expect(offers).toHaveLength(agents);
    for (const { framework: by, agent: on } of offers) {
      allocator.decline(by, role, on, total, endOf(by, on) * SECOND, 0);
    }
  }
  expect(run(0)).toEqual([]);
  const pairs = Array.from({ length: agents * frameworks }, (_, i) => [
    i % frameworks,
    Math.floor(i / frameworks),
  ]);
  const ends = pairs.map(([by, on]) => endOf(by, on));
  expect(allocator.nextExpiry()).toBe(ends.reduce((a, b) => Math.min(a, b)) * SECOND);
  for (let at = 100; at <= 100_100; at += 10_000) {
    const offers = run(at * SECOND);
    const open = new Set(pairs.flatMap(([by, on]) => (endOf(by, on) <= at ? [on] : [])));
    expect(new Set(offers.map(({ agent: on }) => on))).toEqual(open);
    expect(offers.filter(({ framework: by, agent: on }) => endOf(by, on) > at)).toEqual([]);
    for (const { framework: by, agent: on } of offers) allocator.recover(by, role, on, total);
  }
  expect(allocator.nextExpiry()).toBe(Infinity);
});
