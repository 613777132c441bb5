/** Orders with one bug each, for planted.ts. */
import type { Books, Client } from '../../src/allocators/bookkeeping/books.js';
import { DrfOrder } from '../../src/allocators/serving-order.js';

export class FirstComeOrder extends DrfOrder {
  override firstAsking(): Client | undefined {
    return this.#clients()[0];
  }

  override walk(visit: (client: Client) => boolean): void {
    for (const client of this.#all()) if (!visit(client)) return;
  }

  readonly #books: Books;

  constructor(books: Books, random: () => number) {
    super(books, random);
    this.#books = books;
  }

  #all(): Client[] {
    return this.#books.clients.filter(
      (client) => client !== undefined && this.#books.isWilling(client),
    ) as Client[];
  }

  #clients(): Client[] {
    return this.#all().filter(({ asks, blocked }) => !asks.isEmpty && !blocked);
  }
}

export class LastNameOrder extends DrfOrder {
  readonly #books: Books;

  constructor(books: Books, random: () => number) {
    super(books, random);
    this.#books = books;
  }

  override walk(visit: (client: Client) => boolean): void {
    const nameOf = (client: Client): string => client.framework.info.name;
    const willing = this.#books.clients.filter(
      (client) => client !== undefined && this.#books.isWilling(client),
    ) as Client[];
    willing.sort((a, b) => (nameOf(a) < nameOf(b) ? 1 : -1));
    for (const client of willing) if (!visit(client)) return;
  }
}

/** Under coarse offers the order of shares, and no weights. */
export class UnweightedOrder extends DrfOrder {
  readonly #books: Books;

  constructor(books: Books, random: () => number) {
    super(books, random);
    this.#books = books;
  }

  override walk(visit: (client: Client) => boolean): void {
    const shareOf = (client: Client): number => this.#books.tree.shareOf(client.node);
    const willing = this.#books.clients.filter(
      (client) => client !== undefined && this.#books.isWilling(client),
    ) as Client[];
    willing.sort((a, b) => shareOf(a) - shareOf(b));
    for (const client of willing) if (!visit(client)) return;
  }
}
