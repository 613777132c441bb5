import type { AllocatorOptions } from '../../src/cluster/allocator.js';
import type { Roles } from '../../src/cluster/roles.js';
import { optionsFor } from '../../src/verify/economies/tasks.js';

/** Coarse offers in batches of a second, agents in their order, no minimum, nothing drawn. */
export function plainOptions(roles: Roles, more: Partial<AllocatorOptions> = {}): AllocatorOptions {
  return {
    ...optionsFor(roles, undefined, 'coarse'),
    random: () => () => 0.5,
    agentOrder: 'first-fit',
    ...more,
  };
}
