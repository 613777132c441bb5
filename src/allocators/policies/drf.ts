import { policy } from '../policy.js';
import { DrfOrder } from '../serving-order.js';

/**
 * Dominant resource fairness as Apache Mesos does it: two-level DRF over hierarchical roles and their frameworks
 * (Ghodsi et al., NSDI 2011; mesos-allocation.md sections 3 and 5).
 */
export const drf = policy({
  name: 'drf',
  summary: 'dominant resource fairness over hierarchical roles, as Mesos does it',
  settings: {
    quota: {
      about: "strict: a role's limit and guarantee are its sub-roles' too",
      choices: ['mesos', 'strict'],
    },
    'on-recover': {
      about: 'allocate: an agent that gets something back is offered at once',
      choices: ['wait', 'allocate'],
    },
  },
  order: (books, random, values) => {
    books.switches.strictQuota = values.quota === 'strict';
    books.switches.allocateOnRecover = values['on-recover'] === 'allocate';
    return new DrfOrder(books, random);
  },
});
