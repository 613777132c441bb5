import type { AgentId } from '../../cluster/ids.js';
import type { Books, Client } from '../bookkeeping/books.js';
import { mixed, uniform } from '../bookkeeping/lots.js';
import type { NodeId } from '../bookkeeping/share-tree.js';
import { policy } from '../policy.js';
import { RandomWalk } from '../random-walk.js';
import type { ServingOrder, Skip, Visit } from '../serving-order.js';
import { firstAskingBy, precedesBy } from '../tree-walks.js';

/**
 * Mesos's random sorter at both levels: roles in a weighted shuffle, their frameworks in a plain one. What anybody
 * holds plays no part. The yardstick for "does the order matter at all?".
 */
export const random = policy({
  name: 'random',
  summary: "whoever the dice choose, roles by weight: Mesos's random sorter",
  settings: {},
  order: (books, draw) => new RandomOrder(books, draw),
});

/**
 * Demand cycle: the order is drawn anew for every grant. A node's key is U^(1/w), larger first, where U is a hash of its
 * name, of one number drawn per run, and of the number of the grant: so the order of those that wait does not depend on who
 * else was looked at before, and takes one draw a run.
 */
class RandomOrder implements ServingOrder {
  readonly barrier = false;
  readonly #books: Books;
  readonly #walk: RandomWalk;
  #salt = 0;

  constructor(books: Books, draw: () => number) {
    this.#books = books;
    this.#walk = new RandomWalk(books, 'random', 'random');
    books.lots.drawFrom(draw);
  }

  walk(visit: Visit, _agent: AgentId, skip?: Skip): void {
    this.#walk.walk(visit, skip);
  }

  firstAsking(): Client | undefined {
    return firstAskingBy(this.#books, this.#compare);
  }

  precedes(a: Client, b: Client): boolean {
    return precedesBy(this.#books, this.#compare, a, b);
  }

  begin(): void {
    this.#salt = this.#books.lots.run;
  }

  granted(): void {
    this.#salt = mixed(this.#salt, 1);
  }

  readonly #compare = (a: NodeId, b: NodeId): number => {
    const { tree } = this.#books;
    return this.#key(b) - this.#key(a) || (tree.name[a] < tree.name[b] ? -1 : 1);
  };

  #key(node: NodeId): number {
    const { tree } = this.#books;
    const name = tree.name[node];
    let hash = this.#salt;
    for (let i = 0; i < name.length; i++) hash = mixed(hash, name.charCodeAt(i));
    const key = uniform(hash, name.length);
    return tree.weight[node] === 1 ? key : Math.pow(key, 1 / tree.weight[node]);
  }
}
