import type { Books, Client } from '../bookkeeping/books.js';
import { ASKING, ShareTree, type NodeId } from '../bookkeeping/share-tree.js';
import { policy } from '../policy.js';
import { offerable } from '../quota-cut.js';
import { DrfOrder, type ServingOrder, type Visit } from '../serving-order.js';
import { Slices } from '../slices.js';

/**
 * `drf` with an entitlement: every role with unmet demand has a weighted slice of the cluster, nested weights applied level by
 * level. Roles below their slice are served first, and an offer is cut so that it takes its role no further than the slice;
 * what is left goes on in DRF order. It cures coarse capture, one framework getting whole agents that are more than its share
 * (trap T-10 of mesos-allocation.md).
 */
export const weightedRole = policy({
  name: 'weighted-role',
  summary: 'drf, but no role is offered more than its weighted slice while others want theirs',
  settings: {},
  order: (books, random) => new WeightedRoleOrder(books, random),
});

class WeightedRoleOrder implements ServingOrder {
  readonly barrier = false;
  readonly visitsTwice = true;
  readonly #books: Books;
  readonly #drf: DrfOrder;
  readonly #slices: Slices;

  constructor(books: Books, random: () => number) {
    this.#books = books;
    this.#drf = new DrfOrder(books, random);
    this.#slices = new Slices(books);
    books.hooks.relisted = (client) => this.#slices.put(client);
  }

  walk(visit: Visit): void {
    let goOn = true;
    this.#drf.walk((client) => {
      if (!this.#slices.isBelow(client)) return true;
      goOn = visit(client, (name) => offerable(name, this.#slices.left(client, name)));
      return goOn;
    });
    if (goOn) this.#drf.walk(visit);
  }

  /** Who stays within its slice, then the others. O(clients that wait beyond theirs). */
  firstAsking(): Client | undefined {
    this.#books.tree.settle();
    return this.#firstWithin(ShareTree.ROOT) ?? this.#drf.firstAsking();
  }

  precedes(a: Client, b: Client): boolean {
    const [isWithinA, isWithinB] = [this.#staysWithin(a), this.#staysWithin(b)];
    return isWithinA === isWithinB ? this.#drf.precedes(a, b) : isWithinA;
  }

  begin(): void {
    this.#slices.forget();
  }

  #firstWithin(node: NodeId): Client | undefined {
    const { tree, clients } = this.#books;
    for (const child of tree.children(node, ASKING)) {
      const client = tree.client[child] < 0 ? this.#firstWithin(child) : clients[tree.client[child]];
      if (client !== undefined && (tree.client[child] < 0 || this.#staysWithin(client))) return client;
    }
    return undefined;
  }

  #staysWithin(client: Client): boolean {
    const { oldest } = client.asks;
    return oldest !== undefined && this.#slices.holds(client, oldest.resources);
  }
}
