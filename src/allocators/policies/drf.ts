import { policy } from '../policy.js';
import { DrfOrder } from '../serving-order.js';

/**
 * Dominant resource fairness as Apache Mesos does it: two-level DRF over hierarchical roles and their frameworks
 * (Ghodsi et al., NSDI 2011; mesos-allocation.md sections 3 and 5).
 */
export const drf = policy({
  name: 'drf',
  summary: 'dominant resource fairness over hierarchical roles, as Mesos does it',
  settings: {},
  order: (books, random) => new DrfOrder(books, random),
});
