import type { Books, Client } from '../bookkeeping/books.js';
import { ASKING } from '../bookkeeping/share-tree.js';
import { policy } from '../policy.js';
import { DrfOrder, type ServingOrder, type Visit } from '../serving-order.js';

/**
 * The highest priority of a queue's oldest ask first, `drf` among equals (semantics-notes P-3). It never waits: a more urgent
 * ask that fits nowhere is passed over, and nothing that runs is stopped. Needs asks.
 */
export const priority = policy({
  name: 'priority',
  summary: "the most urgent oldest ask first (the trace's priority), drf among equals",
  needs: 'asks',
  settings: {},
  order: (books, random) => new PriorityOrder(books, random),
});

/** A decision costs O(clients that wait with the highest priority); no more than `drf` while all priorities are equal. */
class PriorityOrder implements ServingOrder {
  readonly barrier = false;
  readonly #books: Books;
  readonly #drf: DrfOrder;
  /** Waiting clients by the priority of their oldest ask, and the priorities in descending order. */
  readonly #waiting = new Map<number, Set<Client>>();
  #levels: number[] = [];
  readonly #levelOf = new Map<Client, number>();

  constructor(books: Books, random: () => number) {
    this.#books = books;
    this.#drf = new DrfOrder(books, random);
    books.hooks.relisted = (client) => this.#put(client);
  }

  walk(visit: Visit): void {
    this.#drf.walk(visit);
  }

  firstAsking(): Client | undefined {
    if (this.#levels.length < 2) return this.#drf.firstAsking();
    let first: Client | undefined;
    for (const client of this.#waiting.get(this.#levels[0]) ?? []) {
      if (first === undefined || this.#drf.precedes(client, first)) first = client;
    }
    return first;
  }

  precedes(a: Client, b: Client): boolean {
    const [levelA, levelB] = [priorityOf(a), priorityOf(b)];
    return levelA === levelB ? this.#drf.precedes(a, b) : levelA > levelB;
  }

  granted(client: Client): void {
    this.#put(client);
  }

  #put(client: Client): void {
    const level = this.#books.tree.isListed(client.node, ASKING) ? priorityOf(client) : undefined;
    const before = this.#levelOf.get(client);
    if (level === before) return;
    if (before !== undefined) this.#leave(client, before);
    if (level === undefined) this.#levelOf.delete(client);
    else this.#join(client, level);
  }

  #join(client: Client, level: number): void {
    this.#levelOf.set(client, level);
    const others = this.#waiting.get(level);
    if (others !== undefined) {
      others.add(client);
      return;
    }
    this.#waiting.set(level, new Set([client]));
    this.#levels = [...this.#levels, level].sort((a, b) => b - a);
  }

  #leave(client: Client, level: number): void {
    const others = this.#waiting.get(level);
    others?.delete(client);
    if (others === undefined || others.size > 0) return;
    this.#waiting.delete(level);
    this.#levels = this.#levels.filter((each) => each !== level);
  }
}

function priorityOf(client: Client): number {
  return client.asks.oldest?.priority ?? 0;
}
