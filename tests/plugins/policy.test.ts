import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../src/plugins/candidate.js';
import { definePolicy, type PolicyDefinition } from '../../src/plugins/policy.js';
import { policyAllocator } from '../../src/plugins/resolve-allocator.js';
import type { RunConfig } from '../../src/sim/run-config.js';
import { smallRun, type SmallOptions } from '../sim/small-run.js';
import { smallTrace, type SmallRow } from '../sim/small-trace.js';

function ranked(definition: Omit<PolicyDefinition, 'name'>): RunConfig['allocator'] {
  const policy = definePolicy({ name: 'test', ...definition });
  return (options) => policyAllocator(policy, options, {}, { label: './test.ts', thorough: true });
}

/** Two agents, coarse offers in batches. */
const coarse: SmallOptions = { offers: 'coarse', instant: false, cluster: ['2*cpus:4;mem:4096'] };

const row = fc.record({
  at: fc.integer({ min: 0, max: 20 }),
  framework: fc.constantFrom('a', 'b', 'c'),
  role: fc.constantFrom('*', 'prod', 'prod/web', 'test'),
  cpus: fc.integer({ min: 1, max: 4 }),
  mem: fc.integer({ min: 1, max: 2000 }),
  s: fc.integer({ min: 0, max: 15 }),
  tasks: fc.integer({ min: 1, max: 3 }),
});

describe('a policy of equal ranks', () => {
  const equal = ranked({ rank: () => 0 });

  it.each([['demand', {}] as const, ['coarse', coarse] as const])(
    'is drf, with %s offers',
    async (_, options) => {
      const decide = async (rows: readonly SmallRow[]): Promise<void> => {
        const [own, drf] = [
          await smallRun(smallTrace(rows), { ...options, policy: equal }),
          await smallRun(smallTrace(rows), options),
        ];
        expect([own.starts, own.agents]).toEqual([drf.starts, drf.agents]);
      };
      await fc.assert(fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 12 }), decide), {
        numRuns: 40,
      });
    },
  );
});

describe('rank', () => {
  /** One agent for one task at a time. */
  const one = { cluster: ['cpus:4;mem:4096'] };
  const rivals = [
    { framework: 'a', cpus: 4, s: 10, tasks: 2 },
    { framework: 'b', cpus: 4, s: 10, tasks: 2 },
  ];

  it('puts the smallest first', async () => {
    const policy = ranked({ rank: ({ framework }) => (framework === 'b' ? -Infinity : 0) });
    expect((await smallRun(smallTrace(rivals), { ...one, policy })).starts).toEqual([20, 30, 0, 10]);
    const batches = await smallRun(smallTrace(rivals), { ...coarse, ...one, policy });
    expect(batches.starts.map((start) => Math.floor(start!))).toEqual([20, 30, 0, 10]);
  });

  it('serves who has waited longest, by asks and without', async () => {
    const policy = ranked({ rank: ({ waitingSince }) => waitingSince });
    const rows = [
      { framework: 'a', cpus: 4, mem: 4096, s: 10, tasks: 3 },
      { at: 1, framework: 'b', cpus: 4, mem: 4096, s: 10, tasks: 2 },
    ];
    // The asks of a are older than those of b.
    expect((await smallRun(smallTrace(rows), { ...one, policy })).starts).toEqual([0, 10, 20, 30, 40]);
    // Without asks it counts who was offered something last, or came: a at 0, b at 1, then they take turns.
    const turns = await smallRun(smallTrace(rows), { ...coarse, ...one, policy });
    expect(turns.starts.map((start) => Math.floor(start!))).toEqual([0, 10, 30, 20, 40]);
  });

  it('with a barrier lets nobody overtake', async () => {
    const rows = [
      { framework: 'a', cpus: 3, s: 10 },
      { framework: 'b', cpus: 2, s: 1 },
      { framework: 'c', cpus: 1, s: 1 },
    ];
    const rank = ({ framework }: Candidate): number => framework.charCodeAt(0);
    const free = await smallRun(smallTrace(rows), { ...one, policy: ranked({ rank }) });
    const strict = await smallRun(smallTrace(rows), { ...one, policy: ranked({ rank, barrier: true }) });
    expect([free.starts, strict.starts]).toEqual([
      [0, 10, 0],
      [0, 10, 10],
    ]);
  });

  it('is told what the candidate is, asks for and holds', async () => {
    const seen: unknown[] = [];
    const policy = ranked({
      rank: (candidate) => {
        const { role, framework, weight, share, roleShare, allocations, held, asks, ask } = candidate;
        const { waitingSince, waiting, now, agent, cluster, priority } = candidate;
        if (now === 5 && seen.length === 0) {
          seen.push({ role, framework, weight, share, roleShare, allocations, held, asks, ask });
          seen.push({ waitingSince, waiting, now, agent, cluster, priority });
        }
        return 0;
      },
    });
    const rows = [
      { framework: 'a', role: 'prod', cpus: 2, mem: 1024, s: 5, tasks: 3 },
      { at: 1, framework: 'a', role: 'prod', cpus: 1, mem: 512, s: 1 },
    ];
    await smallRun(smallTrace(rows), { ...one, policy, weights: new Map([['prod', 2]]) });
    expect(seen).toEqual([
      {
        role: 'prod',
        framework: 'a',
        weight: 2,
        share: 0.5,
        roleShare: 0.25,
        allocations: 3,
        held: { cpus: 2, mem: 1024, disk: 0, gpus: 0 },
        asks: 1,
        ask: {
          resources: { cpus: 1, mem: 512, disk: 0, gpus: 0 },
          count: 1,
          gang: false,
          estimate: undefined,
          constraint: undefined,
        },
      },
      {
        waitingSince: 1,
        waiting: 4,
        now: 5,
        agent: undefined,
        cluster: { cpus: 4, mem: 4096, disk: 0, gpus: 0 },
        priority: 0,
      },
    ]);
  });

  it('is told the agent that is handed out, with its attributes', async () => {
    const agents = new Set<string>();
    const policy = ranked({
      rank: ({ agent }) => {
        if (agent !== undefined) agents.add(`${agent.hostname} ${agent.total.cpus} ${agent.free.cpus}`);
        return 0;
      },
    });
    await smallRun(smallTrace([{ cpus: 1, s: 5 }]), { ...coarse, policy });
    expect([...agents]).toEqual(['a0 4 4', 'a1 4 4']);
  });

  it('cannot be changed through the candidate', async () => {
    const policy = ranked({
      rank: (candidate) => ((candidate as { share: number }).share = 1),
    });
    await expect(smallRun(smallTrace([{ cpus: 1 }]), { policy })).rejects.toThrow(
      /threw TypeError: .*share.* in rank/,
    );
  });

  it('is asked again only when something it looked at has changed', async () => {
    let calls = 0;
    const counted = ranked({ rank: ({ framework }) => ((calls += 0.5), framework === 'a' ? 0 : 1) });
    const rows = Array.from({ length: 50 }, (_, i) => ({ framework: `f${i}`, cpus: 4, s: 1, tasks: 2 }));
    await smallRun(smallTrace(rows), { ...one, policy: counted });
    // Once on arrival, and at most twice for each of its two tasks: not 50 for every grant.
    expect(calls).toBeLessThan(50 * 6);
    expect(calls).toBeGreaterThanOrEqual(50);
  });
});

describe('allows', () => {
  it.each([['demand', {}] as const, ['coarse', coarse] as const])(
    'keeps agents from candidates, with %s offers',
    async (_, options) => {
      const policy = ranked({
        rank: () => 0,
        allows: ({ framework }, { hostname }) => (framework === 'b') === (hostname === 'a1'),
      });
      const rows = ['a', 'b', 'a', 'b', 'b'].map((framework) => ({ framework, cpus: 1, s: 3 }));
      const { agents } = await smallRun(smallTrace(rows), {
        ...options,
        policy,
        cluster: ['2*cpus:4;mem:4096'],
      });
      expect(agents).toEqual([0, 1, 0, 1, 1]);
    },
  );
});

describe('definePolicy', () => {
  const rank = (): number => 0;

  it.each([
    [{ rank }, 'name is undefined; it is a short text'],
    [{ name: 'x' }, 'rank is undefined; it is a function from a candidate to a number'],
    [{ name: 'x', rank, needs: 'demand' }, "needs is \"demand\"; it is 'asks', 'estimates' or left out"],
    [
      { name: 'x', rank, allow: rank },
      'there is no allow; a policy has name, needs, options, barrier, rank, allows',
    ],
    [{ name: 'x', rank, options: { 'a-b': 1 } }, 'the option "a-b" has a name that no query can hold'],
    [
      { name: 'x', rank, options: { a: {} } },
      'the option a has no default; it is a number, a text, or true or false',
    ],
    [17, 'it takes an object, and this is 17'],
  ])('refuses %j', (definition, message) => {
    expect(() => definePolicy(definition as never)).toThrow(`definePolicy: ${message}.`);
  });
});
