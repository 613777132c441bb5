import { mechanismOf } from '../../src/allocators/mechanisms/mechanisms.js';
import { createAllocator } from '../../src/allocators/registry.js';
import type { Allocator, AllocatorOptions } from '../../src/cluster/allocator.js';
import type { Subject } from '../../src/verify/check.js';

/** A built-in allocator as a subject that promises everything. */
export function subject(name: string): Subject {
  return {
    name,
    needsAsks: name === 'fifo',
    create: (options) => createAllocator(name, options),
    mechanism: (resources) => mechanismOf(name, resources),
    promises: () => true,
  };
}

/** An allocator of one's own as a subject; it states no rule. */
export function own(name: string, create: (options: AllocatorOptions) => Allocator): Subject {
  return { name, needsAsks: false, create, mechanism: () => undefined, promises: () => true };
}
