import type { Books, Client } from './bookkeeping/books.js';
import { walkShuffled } from './random-walk.js';
import { ASKING, OFFERABLE, ShareTree, type NodeId } from './bookkeeping/share-tree.js';

/** Who is served next: the part of an allocator that a policy supplies. Policies rank buyers, agent orders rank goods. */
export interface ServingOrder {
  /**
   * Coarse cycle: calls back with every client that may be offered something, first served first, in an order taken anew
   * for each agent (mesos-allocation.md section 5). Charges made meanwhile do not move it. `visit` returns false to stop.
   */
  walk(visit: (client: Client) => boolean): void;
  /** Demand cycle: the client served next among those that wait with an ask and are not blocked. */
  firstAsking(): Client | undefined;
  /** True when `a` is served before `b`. */
  precedes(a: Client, b: Client): boolean;
  /** Only the very first is considered; when its ask fits nowhere the cycle ends (P-2). */
  readonly barrier: boolean;
}

/** Hierarchical dominant resource fairness: the share tree's own order. */
export class DrfOrder implements ServingOrder {
  readonly barrier = false;
  readonly #books: Books;
  readonly #random: () => number;

  /** @param random stream of the random sorters */
  constructor(books: Books, random: () => number) {
    this.#books = books;
    this.#random = random;
  }

  walk(visit: (client: Client) => boolean): void {
    const { roleSorter, frameworkSorter } = this.#books.options;
    this.#books.tree.settle();
    if (roleSorter === 'drf' && frameworkSorter === 'drf') this.#walkBelow(ShareTree.ROOT, visit);
    else walkShuffled(this.#books, this.#random, visit);
  }

  firstAsking(): Client | undefined {
    const { tree, clients } = this.#books;
    const leaf = tree.first(ASKING);
    return leaf < 0 ? undefined : clients[tree.client[leaf]];
  }

  precedes(a: Client, b: Client): boolean {
    return this.#books.tree.precedes(a.node, b.node);
  }

  #walkBelow(node: NodeId, visit: (client: Client) => boolean): boolean {
    const { tree, clients } = this.#books;
    const children = tree.children(node, OFFERABLE);
    for (let i = 0; i < children.length; i++) {
      const client = tree.client[children[i]];
      const goOn = client >= 0 ? visit(clients[client] as Client) : this.#walkBelow(children[i], visit);
      if (!goOn) return false;
    }
    return true;
  }
}
