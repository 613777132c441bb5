import type { AllocatorOptions } from '../../cluster/allocator.js';
import { RankedAllocator } from '../ranked-allocator.js';
import { DrfOrder } from '../serving-order.js';

/**
 * Dominant resource fairness as Apache Mesos does it: two-level DRF over hierarchical roles and their frameworks
 * (Ghodsi et al., NSDI 2011; mesos-allocation.md sections 3 and 5).
 */
export function drf(options: AllocatorOptions): RankedAllocator {
  return new RankedAllocator('drf', options, (books, random) => new DrfOrder(books, random));
}
