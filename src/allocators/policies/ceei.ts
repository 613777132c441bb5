import type { Books, Client } from '../bookkeeping/books.js';
import { ASKING } from '../bookkeeping/share-tree.js';
import { ceei as divide } from '../mechanisms/ceei.js';
import type { Economy } from '../mechanisms/economy.js';
import { policy } from '../policy.js';
import { DrfOrder, type ServingOrder, type Visit } from '../serving-order.js';
import { compareBytes } from '../../cluster/roles.js';

/**
 * Competitive equilibrium from equal incomes: at the start of every cycle a market is computed for those that wait or hold
 * something, and whoever has the smallest part of what the market gives it is next (Ghodsi et al., NSDI 2011, section 4.3.2).
 * A framework's income is its role's weight, shared with the other frameworks of the role. Needs asks: the shape of a task is
 * that of the oldest ask, and for those that do not wait that of what they hold.
 */
export const ceei = policy({
  name: 'ceei',
  summary: 'competitive equilibrium from equal incomes, by market prices',
  needs: 'asks',
  settings: {},
  order: (books, random) => new CeeiOrder(books, random),
});

/** O(clients) per grant, and a small convex program per cycle in which somebody waits. */
class CeeiOrder implements ServingOrder {
  readonly barrier = false;
  readonly #books: Books;
  /** Frameworks that never ask are offered what is left in DRF order. */
  readonly #rest: DrfOrder;
  /** Dominant share that the market gives, by client. */
  #targets = new Map<Client, number>();
  /** The market computed last: most cycles find the same again. */
  #market: { readonly economy: Economy; readonly tasks: readonly number[] } | undefined;

  constructor(books: Books, random: () => number) {
    this.#books = books;
    this.#rest = new DrfOrder(books, random);
  }

  walk(visit: Visit): void {
    this.#rest.walk(visit);
  }

  firstAsking(): Client | undefined {
    let first: Client | undefined;
    for (const client of this.#books.clients) {
      if (client === undefined || !this.#books.tree.isListed(client.node, ASKING)) continue;
      if (first === undefined || this.precedes(client, first)) first = client;
    }
    return first;
  }

  precedes(a: Client, b: Client): boolean {
    const { tree } = this.#books;
    const difference =
      this.#part(a) - this.#part(b) ||
      tree.countOf(a.node) - tree.countOf(b.node) ||
      compareBytes(a.rolePath, b.rolePath) ||
      compareBytes(a.framework.info.id, b.framework.info.id);
    return difference < 0;
  }

  begin(): void {
    this.#targets = new Map();
    const names = this.#names();
    const clients = this.#books.clients.filter((client) => client !== undefined);
    const buyers = clients.flatMap((client) => {
      const demand = this.#demand(client, names);
      return demand === undefined ? [] : [{ client, demand }];
    });
    if (buyers.length === 0) return;
    const inRole = new Map<string, number>();
    for (const { client } of buyers) inRole.set(client.rolePath, (inRole.get(client.rolePath) ?? 0) + 1);
    const capacity = names.map((name) => this.#books.pool.total[name]);
    const users = buyers.map(({ client, demand }) => ({
      demand,
      weight: (this.#books.roles.weights.get(client.rolePath) ?? 1) / inRole.get(client.rolePath)!,
    }));
    const tasks = this.#tasks({ capacity, users });
    buyers.forEach(({ client, demand }, i) => {
      const share = Math.max(...demand.map((amount, r) => amount / capacity[r]));
      this.#targets.set(client, tasks[i] * share);
    });
  }

  /** What the market gives each. */
  #tasks(economy: Economy): readonly number[] {
    if (this.#market === undefined || !isSame(this.#market.economy, economy)) {
      this.#market = { economy, tasks: divide(economy).tasks };
    }
    return this.#market.tasks;
  }

  /** What it has, as a part of what the market gives it. */
  #part(client: Client): number {
    const target = this.#targets.get(client);
    return target === undefined ? Infinity : this.#books.tree.shareOf(client.node) / target;
  }

  /** Resources that the cluster has. */
  #names(): number[] {
    return [...this.#books.pool.total.keys()].filter((name) => this.#books.pool.total[name] > 0);
  }

  /** The shape of its tasks; undefined: it wants nothing and holds nothing. */
  #demand(client: Client, names: readonly number[]): number[] | undefined {
    const { tree } = this.#books;
    const ask = this.#books.isWilling(client) ? client.asks.oldest : undefined;
    const sums = new Map<number, number>();
    ask?.resources.forEachScalar((name, milli) => sums.set(name, (sums.get(name) ?? 0) + milli));
    const demand = names.map((name) =>
      ask === undefined ? tree.used(client.node, name) : (sums.get(name) ?? 0),
    );
    return demand.some((amount) => amount > 0) ? demand : undefined;
  }
}

function isSame(one: Economy, other: Economy): boolean {
  return (
    sameNumbers(one.capacity, other.capacity) &&
    one.users.length === other.users.length &&
    one.users.every(({ demand, weight }, i) => {
      const user = other.users[i];
      return weight === user.weight && sameNumbers(demand, user.demand);
    })
  );
}

function sameNumbers(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, i) => value === other[i]);
}
