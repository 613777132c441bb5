import { SECOND } from '../../cluster/ids.js';
import { AgeingOrder } from '../ageing-order.js';
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
      about: 'strict: quota is for roles at any level, and binds and serves all below',
      choices: ['mesos', 'strict'],
    },
    'on-recover': {
      about: 'allocate: an agent that gets something back is offered at once',
      choices: ['wait', 'allocate'],
    },
    'idle-reservations': {
      about: 'charge: what is reserved for a role counts in its share, held or not',
      choices: ['free', 'charge'],
    },
    ageing: {
      about: 'seconds; who waits in vain for longer goes first, and agents are kept for it; 0: nobody does',
      standard: 0,
      min: 0,
      max: 31_536_000,
    },
  },
  needsWith: ({ ageing }) => (ageing > 0 ? 'asks' : undefined),
  order: (books, random, values) => {
    books.quota.strict = values.quota === 'strict';
    books.switches.allocateOnRecover = values['on-recover'] === 'allocate';
    books.tree.special.chargesReservations = values['idle-reservations'] === 'charge';
    const order = new DrfOrder(books, random);
    return values.ageing > 0 ? new AgeingOrder(books, order, values.ageing * SECOND) : order;
  },
});
