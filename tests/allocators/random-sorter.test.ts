/** who is served first under random sorters, counted over many runs of one seed. */
import seedrandom from 'seedrandom';
import { expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { SECOND } from '../../src/cluster/ids.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { Roles } from '../../src/cluster/roles.js';
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
