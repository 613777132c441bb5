import type { AllocatorOptions } from '../../src/cluster/allocator.js';
import { SECOND } from '../../src/cluster/ids.js';
import type { Roles } from '../../src/cluster/roles.js';

/** Coarse offers in batches of a second, agents in their order, no minimum, nothing drawn. */
export function plainOptions(roles: Roles, more: Partial<AllocatorOptions> = {}): AllocatorOptions {
  return {
    roles,
    random: () => () => 0.5,
    offers: 'coarse',
    agentOrder: 'first-fit',
    intervalUs: SECOND,
    instant: false,
    minAllocatable: [],
    fairnessExclude: [],
    roleSorter: 'drf',
    frameworkSorter: 'drf',
    ...more,
  };
}
