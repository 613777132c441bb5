import { nameIdOf } from '../../cluster/resources/kinds.js';
import { LevelOrder } from '../level-order.js';
import { policy } from '../policy.js';

/**
 * Max-min fairness of one resource, as if there were no other: what schedulers did before there was DRF (Ghodsi et al., NSDI
 * 2011, section 2). Who holds nothing of it is held to its dominant share.
 */
export const maxMin = policy({
  name: 'max-min',
  summary: 'max-min fairness of one resource alone (?resource=cpus, or max-min:cpus)',
  settings: {
    resource: { about: 'what is shared evenly', choices: ['cpus', 'mem', 'disk', 'gpus'] },
  },
  order: (books, random, { resource }) => {
    const { tree, pool } = books;
    const name = nameIdOf(resource);
    return new LevelOrder(books, random, (node) => {
      const used = tree.used(node, name);
      return used > 0 ? used / pool.total[name] : tree.shareOf(node) * tree.weight[node];
    });
  },
});
