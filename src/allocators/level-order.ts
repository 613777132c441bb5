import type { Books, Client } from './bookkeeping/books.js';
import { OFFERABLE, ShareTree, type NodeId } from './bookkeeping/share-tree.js';
import { compareBytes } from '../cluster/roles.js';
import { DrfOrder, type ServingOrder, type Visit } from './serving-order.js';
import { firstAskingBy, precedesBy } from './tree-walks.js';

/**
 * Progressive filling by another level than the dominant share: at every node of the role tree the child with the lowest level
 * is served first; ties as in DRF. A decision costs O(siblings) per level of the tree.
 */
export class LevelOrder implements ServingOrder {
  readonly barrier = false;
  readonly #books: Books;
  readonly #drf: DrfOrder;
  readonly #level: (node: NodeId) => number;

  /** @param level of a node, not yet divided by its weight */
  constructor(books: Books, random: () => number, level: (node: NodeId) => number) {
    this.#books = books;
    this.#drf = new DrfOrder(books, random);
    this.#level = level;
  }

  walk(visit: Visit): void {
    const { roleSorter, frameworkSorter } = this.#books.options;
    if (roleSorter !== 'drf' || frameworkSorter !== 'drf') {
      this.#drf.walk(visit);
      return;
    }
    this.#books.tree.settle();
    const clients: Client[] = [];
    this.#collect(ShareTree.ROOT, clients);
    for (const client of clients) if (!visit(client)) return;
  }

  firstAsking(): Client | undefined {
    return firstAskingBy(this.#books, this.#compare);
  }

  precedes(a: Client, b: Client): boolean {
    return precedesBy(this.#books, this.#compare, a, b);
  }

  /** The order is taken before anything is offered: charges made meanwhile do not move it. */
  #collect(node: NodeId, clients: Client[]): void {
    const { tree, clients: all } = this.#books;
    for (const child of [...tree.children(node, OFFERABLE)].sort(this.#compare)) {
      if (tree.client[child] >= 0) clients.push(all[tree.client[child]] as Client);
      else this.#collect(child, clients);
    }
  }

  readonly #compare = (a: NodeId, b: NodeId): number => {
    const { tree } = this.#books;
    const { weight, name } = tree;
    const difference = this.#level(a) / weight[a] - this.#level(b) / weight[b];
    return difference || tree.countOf(a) - tree.countOf(b) || compareBytes(name[a], name[b]);
  };
}
