import type { AllocatorOptions } from '../../cluster/allocator.js';
import type { Books, Client } from '../bookkeeping/books.js';
import { RankedAllocator } from '../ranked-allocator.js';
import { DrfOrder, type ServingOrder } from '../serving-order.js';

/**
 * First come, first served over all frameworks and roles, by the arrival of asks at the master; the head is never
 * overtaken (semantics-notes P-2). Needs asks.
 */
export function fifo(options: AllocatorOptions): RankedAllocator {
  return new RankedAllocator('fifo', options, (books, random) => new FifoOrder(books, random));
}

class FifoOrder implements ServingOrder {
  readonly barrier = true;
  readonly #books: Books;
  /** Frameworks that never ask are offered what is left in DRF order. */
  readonly #rest: DrfOrder;

  constructor(books: Books, random: () => number) {
    this.#books = books;
    this.#rest = new DrfOrder(books, random);
  }

  walk(visit: (client: Client) => boolean): void {
    this.#rest.walk(visit);
  }

  /** O(clients with asks): the longest queue of a log has one head per framework. */
  firstAsking(): Client | undefined {
    let first: Client | undefined;
    for (const client of this.#books.clients) {
      if (client === undefined || client.asks.isEmpty || !this.#books.isWilling(client)) continue;
      if (first === undefined || this.precedes(client, first)) first = client;
    }
    return first;
  }

  precedes(a: Client, b: Client): boolean {
    return (a.asks.oldest?.sequence ?? Infinity) < (b.asks.oldest?.sequence ?? Infinity);
  }
}
