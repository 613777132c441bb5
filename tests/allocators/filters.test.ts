import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Filters } from '../../src/allocators/bookkeeping/filters.js';
import { Resources } from '../../src/cluster/resources/resources.js';

const bag = Resources.plain(1000, 64);

it('filters on an agent that is gone count no more, also where others of the client still do (R-6.4)', () => {
  const filters = new Filters();
  for (const agent of [3, 3, 4]) filters.add(0, agent, bag, 100);
  filters.dropAgent(3);
  expect([3, 4].map((agent) => filters.hides(0, agent, bag))).toEqual([false, true]);
  expect(filters.mayHave(0)).toBe(true);
  filters.dropAgent(4);
  expect(filters.mayHave(0)).toBe(false);

  // The page of the dropped ones is filled up, and ends once.
  filters.add(0, 3, bag, 100);
  expect(filters.records()).toEqual([{ client: 0, agent: 3, refused: bag, endsUs: 100 }]);
  const ended: number[] = [];
  filters.expire(100, (_client, agent) => ended.push(agent));
  expect(ended).toEqual([3]);
  expect(filters.mayHave(0)).toBe(false);
});

it('each of thousands of filters hides what it refused, and nothing that has more (R-6.1)', () => {
  const filters = new Filters();
  const agents = Array.from({ length: 3000 }, (_, agent) => agent);
  for (const agent of agents) filters.add(0, agent, Resources.plain(agent + 1, 64), 100);
  const isHidden = (agent: number, cpus: number): boolean =>
    filters.hides(0, agent, Resources.plain(cpus, 64));
  expect(agents.filter((agent) => !isHidden(agent, agent + 1))).toEqual([]);
  expect(agents.filter((agent) => isHidden(agent, agent + 2))).toEqual([]);
  expect(filters.find(0, 7, Resources.plain(8, 64))).toMatchObject({
    refused: Resources.plain(8, 64),
    endsUs: 100,
  });
  expect(filters.find(0, 7, Resources.plain(9, 64))).toBeUndefined();
});

/** Pairs of few clients and agents, some of which are far apart, and filters of few sizes and ends. */
const client = fc.nat(3);
const agent = fc.constantFrom(0, 1, 31, 32, 64, 1100);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ add: fc.tuple(client, agent), cpus: fc.nat(3), lasts: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ dropClient: client }) },
  { weight: 1, arbitrary: fc.record({ dropAgent: agent }) },
  { weight: 2, arbitrary: fc.record({ expire: fc.nat(4) }) },
);
type Step = Partial<{
  add: [number, number];
  cpus: number;
  lasts: number;
  dropClient: number;
  dropAgent: number;
  expire: number;
}>;

interface Plain {
  readonly client: number;
  readonly agent: number;
  readonly cpus: number;
  readonly endsUs: number;
}

it('filters count from when they are added until they end or are dropped, and no others do (R-6.1, R-6.2, R-6.4)', () => {
  const check = fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps: readonly Step[]) => {
    const filters = new Filters();
    let plain: Plain[] = [];
    let now = 0;
    for (const { add, cpus = 0, lasts = 0, dropClient, dropAgent, expire } of steps) {
      if (add !== undefined) {
        const [ofClient, onAgent] = add;
        filters.add(ofClient, onAgent, Resources.plain(cpus, 64), now + 1 + lasts);
        plain.push({ client: ofClient, agent: onAgent, cpus, endsUs: now + 1 + lasts });
      }
      if (dropClient !== undefined) filters.dropClient(dropClient);
      if (dropAgent !== undefined) filters.dropAgent(dropAgent);
      plain = plain.filter((each) => each.client !== dropClient && each.agent !== dropAgent);
      if (expire !== undefined) {
        now += expire;
        const ended: string[] = [];
        filters.expire(now, (...pair) => ended.push(pair.join()));
        const due = plain.filter(({ endsUs }) => endsUs <= now).map((each) => `${each.client},${each.agent}`);
        expect(ended.sort()).toEqual(due.sort());
        plain = plain.filter(({ endsUs }) => endsUs > now);
      }
      const told = filters
        .records()
        .map((each) => [each.client, each.agent, each.refused.cpus, each.endsUs].join());
      const known = plain.map((each) => [each.client, each.agent, each.cpus, each.endsUs].join());
      expect(told.sort().join(' ')).toBe(known.sort().join(' '));
      const hides = ({ client: by, agent: on }: Plain, cpus: number): boolean =>
        filters.hides(by, on, Resources.plain(cpus, 64));
      const hasMore = (each: Plain): boolean =>
        plain.some(
          (other) => other.client === each.client && other.agent === each.agent && other.cpus > each.cpus,
        );
      const wrong = plain.filter(
        (each) => !hides(each, each.cpus) || hides(each, each.cpus + 1) !== hasMore(each),
      );
      expect([...wrong, ...plain.filter((each) => !filters.mayHave(each.client))]).toEqual([]);
    }
  });
  fc.assert(check, { numRuns: 60 });
});
