/** Rules of Mesos's allocation that no other test names, each as a short story for one allocator. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Books } from '../../src/allocators/bookkeeping/books.js';
import { createAllocator } from '../../src/allocators/registry.js';
import { runScenario } from '../../src/scenario/runner.js';

type Step = Readonly<Record<string, unknown>>;
interface More {
  readonly seed?: number;
  readonly config?: object;
}

/** What differs, or undefined. */
function failure(steps: readonly Step[], { seed, config }: More = {}): string | undefined {
  const file = { format: 'agora-scenario/2', name: 'rule', config: { ...config }, steps };
  return runScenario(JSON.stringify(file), { create: createAllocator, ...(seed !== undefined && { seed }) })
    .failure?.message;
}

function holds(steps: readonly Step[], more?: More): void {
  expect(failure(steps, more)).toBeUndefined();
}

const agent = (name: string, resources: string, more: object = {}): Step => ({
  do: 'addAgent',
  agent: name,
  resources,
  ...more,
});
const framework = (name: string, role: string, more: object = {}): Step => ({
  do: 'addFramework',
  framework: name,
  roles: [role],
  ...more,
});
const offer = (name: string, role: string, on: string, resources: string) => ({
  framework: name,
  role,
  agent: on,
  resources,
});
const offers = (...list: object[]): Step => ({ expect: 'offers', offers: list });
const recover = (name: string, role: string, on: string, resources: string, more: object = {}): Step => ({
  do: 'recover',
  ...offer(name, role, on, resources),
  ...more,
});
const advance = (seconds: number): Step => ({ do: 'advance', seconds });
const suppressed = (role: string) => ({ suppressedRoles: [role] });

describe('roles', () => {
  it.each(['a', 'a/b', 'a.b', '*', 'a-b/c'])('R-2.1: %j is a name', (role) => {
    holds([framework('f', role)]);
  });

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/./b',
    'a/..',
    '-a',
    'a/-b',
    'a b',
    'a/*',
    'a\tb',
    'a\b',
  ])('R-2.1: %j is none', (role) => expect(failure([framework('f', role)])).toBeDefined());

  it('R-2.2: a role that everybody left is gone with its count of allocations, unless a sub-role keeps it', () => {
    const steps = (...order: string[]): Step[] => [
      framework('f', 'z'),
      agent('a1', 'cpus:1'),
      { expect: 'offerCounts', counts: { f: 1 } },
      { do: 'removeFramework', framework: 'f' },
      framework('b', 'b'),
      recover('b', 'b', 'a1', 'cpus:1'),
      { do: 'suppress', framework: 'b' },
      framework('g', 'z', suppressed('z')),
      { note: 'b has had one', expect: 'order', roles: order },
    ];
    holds(steps('z', 'b'));
    holds([framework('s', 'z/s', suppressed('z/s')), ...steps('b', 'z', 'z/s')]);
  });

  it('R-2.3: a framework counts in a role that it left for as long as it holds something there', () => {
    holds([
      framework('f', 'dev'),
      agent('a1', 'cpus:4'),
      { expect: 'offerCounts', counts: { f: 1 } },
      { do: 'updateFramework', framework: 'f', roles: ['ops'], suppressedRoles: ['ops'] },
      { expect: 'shares', roles: { dev: 1, ops: 0 } },
      { expect: 'order', roles: ['ops', 'dev'] },
      recover('f', 'dev', 'a1', 'cpus:3'),
      { expect: 'shares', roles: { dev: 0.25 } },
      recover('f', 'dev', 'a1', 'cpus:1'),
      { expect: 'order', roles: ['ops'] },
    ]);
  });

  it('R-2.5: reservations and holdings of sub-roles are consumption of the top role, held or not', () => {
    holds([
      { do: 'setQuota', role: 'eng', limits: 'cpus:5' },
      agent('a1', 'cpus(eng/web):2;cpus:8'),
      framework('w', 'eng/web', suppressed('eng/web')),
      framework('e', 'eng'),
      offers(offer('e', 'eng', 'a1', 'cpus:3')),
      { note: 'of eng and what is below it', expect: 'allocated', roles: { eng: 'cpus:3', 'eng/web': '' } },
    ]);
  });
});

describe('shares', () => {
  it('R-3.2: the total is that of all agents, deactivated ones, reserved and revocable resources too', () => {
    holds([
      agent('a1', 'cpus:2'),
      framework('f', 'dev'),
      agent('a2', 'cpus(ops):3;cpus[revocable]:3'),
      { expect: 'shares', roles: { dev: 0.25 } },
      { do: 'deactivateAgent', agent: 'a1' },
      { expect: 'shares', roles: { dev: 0.25 } },
      { expect: 'shares', role: 'dev', frameworks: { f: 0.25 } },
    ]);
  });

  it('R-3.3, T-7: what is offered counts like what is in use; reservations that nobody holds do not', () => {
    holds([
      agent('a1', 'cpus(dev):6;cpus:2'),
      framework('f', 'dev', suppressed('dev')),
      { expect: 'shares', roles: { dev: 0 } },
      { do: 'revive', framework: 'f' },
      { expect: 'shares', roles: { dev: 1 } },
    ]);
  });

  it('R-3.5: every allocation counts, also what an agent has in use when it comes, and giving back takes none off', () => {
    holds([
      framework('a', 'dev'),
      framework('b', 'dev'),
      agent('a1', 'cpus:1'),
      recover('a', 'dev', 'a1', 'cpus:1'),
      { note: '1 against 0', expect: 'order', role: 'dev', frameworks: ['b', 'a'] },
      advance(1),
      recover('b', 'dev', 'a1', 'cpus:1'),
      { note: '1 each', expect: 'order', role: 'dev', frameworks: ['a', 'b'] },
      agent('a2', 'cpus:1', { used: { a: { dev: 'cpus:1' } } }),
      recover('a', 'dev', 'a2', 'cpus:1'),
      { note: '2 against 1', expect: 'order', role: 'dev', frameworks: ['b', 'a'] },
    ]);
  });

  it('R-3.6: roles compete with their siblings by the sum of their subtrees, own frameworks as one more child', () => {
    holds([
      framework('e', 'eng'),
      framework('w', 'eng/web'),
      framework('o', 'ops'),
      ...Array.from({ length: 5 }, (_, i) => agent(`a${i}`, 'cpus:1')),
      { note: 'e, o, w, o, e: not a third each', expect: 'offerCounts', counts: { e: 2, w: 1, o: 2 } },
      { expect: 'order', roles: ['ops', 'eng/web', 'eng'] },
      { expect: 'shares', roles: { eng: 0.6, 'eng/web': 0.2, ops: 0.4 } },
    ]);
  });

  it('R-3.7: a weight scales the subtree of its path, may come before the role, and is not of the leaf "."', () => {
    holds([
      { do: 'updateWeights', weights: { 'eng/web': 2, eng: 4 } },
      framework('e', 'eng', suppressed('eng')),
      framework('w', 'eng/web'),
      agent('a1', 'cpus:4'),
      { expect: 'shares', roles: { eng: 0.25, 'eng/web': 0.5 } },
      { note: 'within eng: 0 against 1/2', expect: 'order', roles: ['eng', 'eng/web'] },
    ]);
  });

  it('R-3.8: what suppressed and deactivated frameworks hold weighs on the roles above them', () => {
    holds([
      framework('f', 'a/x'),
      framework('g', 'a/y', { active: false }),
      agent('a1', 'cpus:1'),
      offers(offer('f', 'a/x', 'a1', 'cpus:1')),
      { do: 'suppress', framework: 'f' },
      { do: 'activateFramework', framework: 'g' },
      framework('h', 'b'),
      agent('a2', 'cpus:1'),
      { note: 'not g, though it has nothing', ...offers(offer('h', 'b', 'a2', 'cpus:1')) },
      { expect: 'shares', roles: { a: 0.5, 'a/x': 0.5, 'a/y': 0 } },
      agent('a3', 'cpus:1'),
      offers(offer('g', 'a/y', 'a3', 'cpus:1')),
    ]);
  });

  it('R-3.10: nobody is made to give back, however large his share', () => {
    holds([
      agent('a1', 'cpus:4'),
      framework('f', 'dev'),
      offers(offer('f', 'dev', 'a1', 'cpus:4')),
      framework('g', 'ops'),
      advance(100),
      { expect: 'noOffers' },
      { expect: 'allocated', frameworks: { f: 'cpus:4', g: '' } },
    ]);
  });

  it('T-6: ties go to whoever got fewer allocations so far, and an idle newcomer wins them all', () => {
    holds([
      framework('a', 'dev'),
      agent('a1', 'cpus:1'),
      recover('a', 'dev', 'a1', 'cpus:1'),
      framework('b', 'dev', { active: false }),
      { do: 'activateFramework', framework: 'b' },
      { expect: 'offerCounts', counts: { a: 1, b: 1 } },
      { expect: 'order', role: 'dev', frameworks: ['a', 'b'] },
      recover('b', 'dev', 'a1', 'cpus:1'),
      { expect: 'order', role: 'dev', frameworks: ['a', 'b'] },
      framework('c', 'dev'),
      { expect: 'offerCounts', counts: { c: 1 } },
    ]);
  });
});

describe('the cycle', () => {
  it('R-5.1: whoever is first gets everything, whatever he asked for', () => {
    holds([
      framework('a', 'dev'),
      framework('b', 'dev'),
      { do: 'request', framework: 'a', asks: [{ role: 'dev', resources: 'cpus:1' }] },
      agent('a1', 'cpus:8;mem:8192'),
      offers(offer('a', 'dev', 'a1', 'cpus:8;mem:8192')),
    ]);
  });

  it('R-5.2: guarantees are handed out though other guarantees cannot be met any more', () => {
    holds([
      { do: 'setQuota', role: 'a', guarantees: 'cpus:4' },
      { do: 'setQuota', role: 'b', guarantees: 'cpus:4' },
      framework('f', 'a'),
      agent('a1', 'cpus:4'),
      offers(offer('f', 'a', 'a1', 'cpus:4')),
    ]);
  });

  it('R-5.3: the first piece of an agent that quota cuts takes all its ports', () => {
    holds([
      { do: 'setQuota', role: 'a', limits: 'cpus:1' },
      framework('f', 'a'),
      framework('g', 'b'),
      agent('a1', 'cpus:4;ports:[1-9]'),
      offers(offer('f', 'a', 'a1', 'cpus:1;ports:[1-9]'), offer('g', 'b', 'a1', 'cpus:3')),
    ]);
  });

  it('R-5.6: what both stages give a role of an agent is one offer, and each role has an offer of its own', () => {
    holds([
      { do: 'setQuota', role: 'dev', guarantees: 'cpus:2' },
      { do: 'setQuota', role: 'lim', guarantees: 'cpus:1', limits: 'cpus:1' },
      framework('f', 'dev', { roles: ['dev', 'lim'] }),
      agent('a1', 'cpus:5'),
      offers(offer('f', 'dev', 'a1', 'cpus:4'), offer('f', 'lim', 'a1', 'cpus:1')),
    ]);
  });

  it('R-8.8, T-4: a limit does not bind sub-roles, whose use counts towards it; strict quota does', () => {
    const steps = (offered: string): Step[] => [
      { do: 'setQuota', role: 'eng', limits: 'cpus:2' },
      framework('w', 'eng/web'),
      agent('a1', 'cpus:4'),
      offers(offer('w', 'eng/web', 'a1', offered)),
      framework('e', 'eng'),
      agent('a2', 'cpus(eng):1'),
      { do: 'deactivateFramework', framework: 'w' },
      agent('a3', 'cpus:4'),
      { expect: 'allocated', roles: { eng: offered === 'cpus:4' ? 'cpus:5' : 'cpus:3' } },
    ];
    holds(steps('cpus:4'));
    holds(steps('cpus:2'), { config: { switches: { quota: 'strict' } } });
  });

  it('R-9.8: agents without MULTI_ROLE, or HIERARCHICAL_ROLE, are not for frameworks, or roles, that need it', () => {
    holds([
      framework('m', 'a', { roles: ['a', 'a/b'], suppressedRoles: ['a'] }),
      agent('old', 'cpus:1', { capabilities: [] }),
      agent('flat', 'cpus:1', { capabilities: ['MULTI_ROLE'] }),
      { expect: 'noOffers' },
      agent('new', 'cpus:1', { capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE'] }),
      offers(offer('m', 'a/b', 'new', 'cpus:1')),
      { do: 'revive', framework: 'm', roles: ['a'] },
      offers(offer('m', 'a', 'flat', 'cpus:1')),
      framework('s', 'z', { capabilities: [] }),
      offers(offer('s', 'z', 'old', 'cpus:1')),
    ]);
  });

  it('R-9.10: no list is all agents, an empty one none; names of no agent do not matter', () => {
    holds([
      { do: 'setWhitelist', agents: [] },
      framework('f', 'dev'),
      agent('a1', 'cpus:1'),
      agent('a2', 'cpus:1'),
      { expect: 'noOffers' },
      { do: 'setWhitelist', agents: ['a2', 'nobody'] },
      advance(1),
      offers(offer('f', 'dev', 'a2', 'cpus:1')),
      { do: 'setWhitelist', agents: null },
      advance(1),
      offers(offer('f', 'dev', 'a1', 'cpus:1')),
    ]);
  });

  it('T-1: the same seed gives the same offers, another one another order of agents', () => {
    const steps: Step[] = [
      framework('a', 'dev', { active: false }),
      framework('b', 'dev', { active: false }),
      ...Array.from({ length: 8 }, (_, i) => agent(`a${i}`, `cpus:${i + 1}`)),
      { do: 'activateFramework', framework: 'a' },
      { do: 'recover' },
      { do: 'activateFramework', framework: 'b' },
      { expect: 'offerTotals', totals: [] },
    ];
    const outcomes = [1, 2, 3, 4, 5, 6].map((seed) => failure(steps, { seed }));
    expect([1, 2, 3, 4, 5, 6].map((seed) => failure(steps, { seed }))).toEqual(outcomes);
    expect(new Set(outcomes).size).toBeGreaterThan(1);
  });

  it('T-2: what comes back waits for the next batch run', () => {
    holds([
      agent('a1', 'cpus:4'),
      framework('f', 'dev'),
      { expect: 'offerCounts', counts: { f: 1 } },
      recover('f', 'dev', 'a1', 'cpus:4'),
      advance(0.9),
      { expect: 'noOffers' },
      advance(0.1),
      { expect: 'offerCounts', counts: { f: 1 } },
    ]);
  });

  it('T-3: a filter on a large refusal hides every smaller rest while it lasts', () => {
    holds([
      agent('a1', 'cpus:4;mem:4096'),
      framework('f', 'dev'),
      recover('f', 'dev', 'a1', 'cpus:4;mem:4096', { refuseSeconds: 10 }),
      { expect: 'offerCounts', counts: { f: 1 } },
      { do: 'updateAgent', agent: 'a1', resources: 'cpus:2;mem:1024' },
      advance(9),
      { expect: 'noOffers' },
      { do: 'updateAgent', agent: 'a1', resources: 'cpus:2;mem:1024;disk:1' },
      offers(offer('f', 'dev', 'a1', 'cpus:2;mem:1024;disk:1')),
    ]);
  });
});

describe('what an agent reports anew', () => {
  it('R-1.25: a revocable total takes the place of the one before, and what is held stays held', () => {
    holds([
      framework('f', 'dev', { capabilities: ['MULTI_ROLE', 'REVOCABLE_RESOURCES'] }),
      agent('a1', 'cpus:2;cpus[revocable]:2'),
      offers(offer('f', 'dev', 'a1', 'cpus:2;cpus[revocable]:2')),
      { do: 'updateAgent', agent: 'a1', resources: 'cpus:2;cpus[revocable]:5' },
      offers(offer('f', 'dev', 'a1', 'cpus[revocable]:3')),
      { do: 'updateAgent', agent: 'a1', resources: 'cpus:2;cpus[revocable]:1' },
      { expect: 'noOffers' },
      { expect: 'shares', roles: { dev: 7 / 3 } },
      recover('f', 'dev', 'a1', 'cpus[revocable]:5'),
      advance(1),
      offers(offer('f', 'dev', 'a1', 'cpus[revocable]:1')),
    ]);
  });
});

describe('who takes no part', () => {
  it('T-8: suppressed frameworks with low shares cost a run nothing, and the order of the others is theirs', () => {
    const looked = vi.spyOn(Books.prototype, 'mayReceive');
    onTestFinished(() => looked.mockRestore());
    const visits = (idle: number): number => {
      looked.mockClear();
      holds([
        ...Array.from({ length: idle }, (_, i) => framework(`a${i}`, `r${i % 3}`, suppressed(`r${i % 3}`))),
        framework('y', 'y'),
        framework('z', 'z'),
        ...Array.from({ length: 10 }, (_, i) => agent(`h${i}`, 'cpus:1')),
        { expect: 'offerCounts', counts: { y: 5, z: 5 } },
      ]);
      return looked.mock.calls.length;
    };
    const alone = visits(0);
    expect(alone).toBeGreaterThan(0);
    expect(visits(90)).toBe(alone);
  });
});

describe('asks and reservations (Q-5)', () => {
  it('a gang takes what is reserved for it, and of the rest no more than the guarantees of others leave', () => {
    const gang = { role: 'eng', resources: 'cpus:1', count: 3, allOrNothing: true };
    holds(
      [
        framework('f', 'eng'),
        { do: 'request', framework: 'f', asks: [gang] },
        { do: 'setQuota', role: 'ops', guarantees: 'cpus:6' },
        agent('a1', 'cpus(eng):2;cpus:4'),
        advance(1),
        { expect: 'noOffers' },
        { do: 'setQuota', role: 'ops', guarantees: 'cpus:3' },
        advance(1),
        offers(offer('f', 'eng', 'a1', 'cpus(eng):2;cpus:1')),
      ],
      { config: { offers: 'demand', agentOrder: 'first-fit' } },
    );
  });
});
