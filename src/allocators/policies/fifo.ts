import type { Books, Client } from '../bookkeeping/books.js';
import { ArrivalOrder } from '../arrival-order.js';
import { policy } from '../policy.js';
import { DrfOrder, type ServingOrder, type Visit } from '../serving-order.js';

/**
 * First come, first served over all frameworks and roles, by the arrival of asks at the master; the head is never
 * overtaken (semantics-notes P-2). Needs asks.
 */
export const fifo = policy({
  name: 'fifo',
  summary: 'first come, first served over all frameworks; no overtaking',
  needs: 'asks',
  settings: {},
  order: (books, random) => new FifoOrder(books, random),
});

class FifoOrder implements ServingOrder {
  readonly barrier = true;
  readonly #arrivals: ArrivalOrder;
  /** Frameworks that never ask are offered what is left in DRF order. */
  readonly #rest: DrfOrder;

  constructor(books: Books, random: () => number) {
    this.#arrivals = new ArrivalOrder(books);
    this.#rest = new DrfOrder(books, random);
    books.hooks.relisted = (client) => this.#arrivals.put(client);
  }

  walk(visit: Visit): void {
    this.#rest.walk(visit);
  }

  firstAsking(): Client | undefined {
    return this.#arrivals.first();
  }

  precedes(a: Client, b: Client): boolean {
    return (a.asks.oldest?.sequence ?? Infinity) < (b.asks.oldest?.sequence ?? Infinity);
  }

  granted(client: Client): void {
    this.#arrivals.put(client);
  }
}
