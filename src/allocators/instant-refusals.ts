import type { AgentId, Micros } from '../cluster/ids.js';
import type { Books, Client } from './bookkeeping/books.js';

/** Under `--instant`: agents that a client declined without a filter are not offered to it again in that instant (I-7). */
export class InstantRefusals {
  readonly #books: Books;
  readonly #pairs: { readonly agent: AgentId; readonly client: number }[] = [];
  #now: Micros = -1;

  constructor(books: Books) {
    this.#books = books;
  }

  add(agent: AgentId, client: Client, now: Micros): void {
    if (this.#now !== now) this.#forget();
    this.#now = now;
    this.#pairs.push({ agent, client: client.id });
    this.#books.misses.add(agent, client.id);
  }

  /** Those of an earlier instant count no longer, and their agents are to be looked at again. */
  forgetBefore(now: Micros): void {
    if (this.#now < now) this.#forget();
  }

  get isEmpty(): boolean {
    return this.#pairs.length === 0;
  }

  #forget(): void {
    for (const { agent, client } of this.#pairs) {
      this.#books.misses.forget(agent, client);
      this.#books.work.markAgent(agent);
    }
    this.#pairs.length = 0;
  }
}
