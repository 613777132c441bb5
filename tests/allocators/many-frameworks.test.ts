import { expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import type { Offer } from '../../src/cluster/protocol.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { Roles } from '../../src/cluster/roles.js';
import { plainOptions } from './plain-options.js';

it('R-3.1: shares count every name of every framework, of a hundred and of more names than Mesos has', () => {
  const roles = new Roles();
  const role = roles.intern('x');
  const allocator = createAllocator('drf', plainOptions(roles, { intervalUs: 0, instant: true }));
  const count = 100;
  const names = ['cpus', 'mem', 'disk', 'gpus', 'widgets', 'licences'];
  for (let id = 0; id < count; id++) {
    const info = {
      name: `f${id}`,
      id: `f${id}`,
      roles: [role],
      capabilities: ['MULTI_ROLE', 'GPU_RESOURCES'],
    } as const;
    expect(allocator.addFramework(id, info, [], true, 0)).toBeUndefined();
  }
  const bags = Array.from({ length: count }, (_, agent) =>
    // Of one name, another one for each, more than of the rest.
    parseResources(
      names.map((name, at) => `${name}:${at === agent % names.length ? 3 + agent : 1}`).join(';'),
    ),
  );
  for (const [agent, total] of bags.entries()) {
    const capabilities = ['MULTI_ROLE', 'HIERARCHICAL_ROLE'] as const;
    const info = { id: `a${agent}`, hostname: `a${agent}`, total, attributes: [], capabilities };
    expect(allocator.addAgent(agent, info, [], 0)).toBeUndefined();
  }
  const totals = new Map<number, number>();
  for (const bag of bags)
    bag.forEachScalar((name, milli) => totals.set(name, (totals.get(name) ?? 0) + milli));
  const offers: Offer[] = [];
  allocator.allocate(0, 'all', (_framework, made) => offers.push(...made));
  expect(offers.length).toBe(count);
  const shareOf = ({ framework }: Offer): number | undefined => allocator.frameworkShare(role, framework);
  for (const offer of offers) {
    let share = 0;
    offer.resources.forEachScalar((name, milli) => (share = Math.max(share, milli / totals.get(name)!)));
    expect(shareOf(offer)).toBe(share);
  }
  // All that is given back is off their shares again.
  for (const { framework, agent, resources } of offers) allocator.recover(framework, role, agent, resources);
  expect(offers.map(shareOf)).toEqual(offers.map(() => 0));
});
