import { nameIdOf } from '../../cluster/resources/kinds.js';
import { LevelOrder } from '../level-order.js';
import { policy } from '../policy.js';

/**
 * Asset fairness: whoever has the smallest sum of shares of all resources is next (Ghodsi et al., NSDI 2011, section 4.3.1).
 * It gives away the sharing incentive: a user who needs all resources alike may get less than an equal slice.
 */
export const asset = policy({
  name: 'asset',
  summary: 'asset fairness: equal sums of the shares of all resources',
  settings: {},
  order: (books, random) => {
    const { tree, pool, options } = books;
    const excluded = new Set(options.fairnessExclude.map(nameIdOf));
    return new LevelOrder(books, random, (node) => {
      let sum = 0;
      for (let name = 0; name < pool.total.length; name++) {
        if (pool.total[name] > 0 && !excluded.has(name)) sum += tree.used(node, name) / pool.total[name];
      }
      return sum;
    });
  },
});
