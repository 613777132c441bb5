/** random sorters. Who is served first, counted over many runs of one seed; and what is left out of their orders. */
import seedrandom from 'seedrandom';
import { expect, it } from 'vitest';
import { RankedAllocator } from '../../src/allocators/ranked-allocator.js';
import { createAllocator } from '../../src/allocators/registry.js';
import { DrfOrder } from '../../src/allocators/serving-order.js';
import { SECOND } from '../../src/cluster/ids.js';
import type { Offer } from '../../src/cluster/protocol.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { Roles } from '../../src/cluster/roles.js';
import { formatResources } from '../../src/cluster/resources/text.js';
import { referenceAllocator, type Reference } from '../reference/reference-allocator.js';
import { plainOptions } from './plain-options.js';

const RUNS = 4000;
type Numbers = Readonly<Record<string, number>>;

/** Which part of the runs offers the only agent to whom. @param frameworks by name: the role of each */
function firstServed(frameworks: Readonly<Record<string, string>>, weights: Numbers): number[] {
  const roles = new Roles();
  const random = seedrandom('1');
  const sorters = { roleSorter: 'random', frameworkSorter: 'random' } as const;
  const allocator = createAllocator('drf', plainOptions(roles, { random: () => random, ...sorters }));
  for (const [role, weight] of Object.entries(weights)) {
    allocator.updateWeights([{ role: roles.intern(role), weight }]);
  }
  const info = { id: 'S0', hostname: 'h', attributes: [], total: Resources.plain(1000, 0) };
  allocator.addAgent(0, { ...info, capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE'] }, [], 0);
  Object.entries(frameworks).forEach(([name, role], id) => {
    const described = { name, id: name, roles: [roles.intern(role)], capabilities: [] };
    allocator.addFramework(id, described, [], true, 0);
  });
  const times = Object.keys(frameworks).map(() => 0);
  for (let run = 1; run <= RUNS; run++) {
    allocator.allocate(run * SECOND, 'all', (framework, [offer]) => {
      times[framework]++;
      allocator.recover(framework, offer.role, 0, offer.resources);
    });
  }
  return times.map((n) => n / RUNS);
}

it.each<[string, Readonly<Record<string, string>>, Numbers, readonly number[]]>([
  ['roles by weight', { f: 'light', g: 'heavy' }, { heavy: 3 }, [1 / 4, 3 / 4]],
  [
    'sub-roles by their part of the weight above them',
    { f: 'a/x', g: 'a/y', h: 'b' },
    { 'a/x': 3 },
    [3 / 8, 1 / 8, 1 / 2],
  ],
  ['frameworks of a role alike', { f: 'a', g: 'a', h: 'b' }, { a: 2 }, [1 / 3, 1 / 3, 1 / 3]],
])('R-3.9: random sorters serve %s', (_what, frameworks, weights, expected) => {
  // Four standard deviations at most.
  const parts = firstServed(frameworks, weights);
  parts.forEach((part, i) => expect(Math.abs(part - expected[i])).toBeLessThan(4 * Math.sqrt(0.25 / RUNS)));
});

const AGENTS = 12;

interface Case {
  readonly roles: readonly string[];
  /** In each role. */
  readonly frameworks: number;
  /** Of every other role: guarantee and limit in cpus. */
  readonly quota?: number;
  readonly cycles: number;
}

/** The same cluster in the allocator under test and in the reference allocator. */
function both({ roles: paths, frameworks, quota }: Case): { fast: RankedAllocator; all: Reference[] } {
  const roles = new Roles();
  const sorters = { roleSorter: 'random', frameworkSorter: 'random' } as const;
  const options = plainOptions(roles, { random: (stream) => seedrandom(stream), ...sorters });
  const fast = new RankedAllocator('drf', options, (books, random) => new DrfOrder(books, random));
  const all: Reference[] = [fast, referenceAllocator(options)];
  for (const allocator of all) {
    paths.forEach((path, i) => allocator.updateWeights([{ role: roles.intern(path), weight: 1 + (i % 3) }]));
    const total = Resources.plain(2000, 2000);
    for (let agent = 0; agent < AGENTS; agent++) {
      const info = { id: `S${agent}`, hostname: `h${agent}`, attributes: [], total };
      allocator.addAgent(agent, { ...info, capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE'] }, [], 0);
    }
    for (let id = 0; id < paths.length * frameworks; id++) {
      const role = roles.intern(paths[id % paths.length]);
      const name = `f${id}`;
      allocator.addFramework(id, { name, id: name, roles: [role], capabilities: [] }, [], true, 0);
    }
    paths.forEach((path, i) => {
      const amounts = { cpus: (quota ?? 0) * 1000 };
      if (quota !== undefined && i % 2 === 0 && !path.includes('/'))
        allocator.setQuota(roles.intern(path), amounts, amounts);
    });
  }
  return { fast, all };
}

const asText = ({ framework, role, agent, resources }: Offer): string =>
  `f${framework} ${role} a${agent} ${formatResources(resources)}`;

/** What one of them offers in a cycle, in the order of agents. */
function cycle(allocator: Reference, now: number): Offer[] {
  const made: Offer[] = [];
  allocator.allocate(now * SECOND, 'all', (_, offers) => made.push(...offers));
  return made.sort((a, b) => a.agent - b.agent || a.framework - b.framework);
}

it.each<[string, Case]>([
  [
    'roles at their limits',
    { roles: 'a b c d e f g h i j k l'.split(' '), frameworks: 1, quota: 1, cycles: 10 },
  ],
  [
    'those of them without sub-roles',
    { roles: ['a', 'b', 'b/x', 'c', 'c/y', 'd', 'e'], frameworks: 1, quota: 2, cycles: 12 },
  ],
  ['frameworks that have declined', { roles: ['a', 'b', 'b/x'], frameworks: 12, cycles: 30 }],
])('R-3.9: the order stays as it was when it leaves out %s', (_what, shape) => {
  const { fast, all } = both(shape);
  let offered = 0;
  for (let now = 1; now <= shape.cycles; now++) {
    const foretold = fast.explain(now * SECOND).offers.map(({ framework, agent }) => [agent, framework]);
    const [found, expected] = all.map((allocator) => cycle(allocator, now));
    expect(found.map(asText)).toEqual(expected.map(asText));
    expect(found.map(({ agent, framework }) => [agent, framework])).toEqual(
      foretold.sort((a, b) => a[0] - b[0] || a[1] - b[1]),
    );
    offered += found.length;
    for (const { framework, role, agent, resources } of found) {
      const refuseUs = (agent + now) % 5 === 0 ? 0 : 40 * SECOND;
      for (const each of all) each.decline(framework, role, agent, resources, refuseUs, now * SECOND);
    }
  }
  expect(offered).toBeGreaterThan(60);
});
