import type { Books, Client } from './bookkeeping/books.js';

/**
 * Clients that wait with an ask, in order of arrival of their oldest one: a binary heap of (sequence, client). An entry
 * whose client no longer waits with that ask is left where it is and passed over when it comes up, so that each change
 * costs O(log clients).
 */
export class ArrivalOrder {
  readonly #books: Books;
  readonly #sequences: number[] = [];
  readonly #clients: number[] = [];
  /** The sequence that a client has in the heap; one entry a client counts. */
  readonly #known: number[] = [];

  constructor(books: Books) {
    this.#books = books;
  }

  /** The client's oldest ask or its willingness may have changed. */
  put(client: Client): void {
    const sequence = this.#sequenceOf(client);
    if (this.#known[client.id] === sequence) return;
    this.#known[client.id] = sequence;
    if (sequence >= 0) this.#push(sequence, client.id);
  }

  first(): Client | undefined {
    while (this.#sequences.length > 0) {
      const id = this.#clients[0];
      const client = this.#books.clients[id];
      const isCurrent = this.#known[id] === this.#sequences[0];
      if (isCurrent && client !== undefined && this.#sequenceOf(client) === this.#sequences[0]) return client;
      if (isCurrent) this.#known[id] = -1;
      this.#pop();
    }
    return undefined;
  }

  #sequenceOf(client: Client): number {
    return this.#books.isWilling(client) ? (client.asks.oldest?.sequence ?? -1) : -1;
  }

  #push(sequence: number, id: number): void {
    let at = this.#sequences.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#sequences[parent] <= sequence) break;
      this.#place(at, this.#sequences[parent], this.#clients[parent]);
      at = parent;
    }
    this.#place(at, sequence, id);
  }

  #pop(): void {
    const sequence = this.#sequences.pop() as number;
    const id = this.#clients.pop() as number;
    const size = this.#sequences.length;
    if (size === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#sequences[child + 1] < this.#sequences[child]) child++;
      if (this.#sequences[child] >= sequence) break;
      this.#place(at, this.#sequences[child], this.#clients[child]);
      at = child;
    }
    this.#place(at, sequence, id);
  }

  #place(at: number, sequence: number, id: number): void {
    this.#sequences[at] = sequence;
    this.#clients[at] = id;
  }
}
