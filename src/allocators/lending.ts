import type { AgentId } from '../cluster/ids.js';
import type { AgentInfo } from '../cluster/protocol.js';
import { kindFor, nameOf } from '../cluster/resources/kinds.js';
import { Resources } from '../cluster/resources/resources.js';
import type { Books, Client } from './bookkeeping/books.js';
import { convertAvailable } from './changes/conversions.js';
import type { Placements } from './placements.js';

/**
 * Lends what is kept for roles that want nothing now: it turns into revocable resources of its agent, which only frameworks
 * with REVOCABLE_RESOURCES are offered. What is not in use turns back as soon as its role wants something, the rest when it
 * is given back.
 */
export class Lending {
  readonly #books: Books;
  readonly #placements: Placements;
  readonly #wanting = new Map<string, Set<Client>>();

  constructor(books: Books, placements: Placements) {
    this.#books = books;
    this.#placements = placements;
  }

  /** The client's demand may have changed. */
  put(client: Client): void {
    const byAsks = this.#books.options.offers === 'demand' && client.framework.hasAsked;
    const wants = this.#books.isWilling(client) && (!byAsks || !client.asks.isEmpty);
    const role = client.quota.path;
    let clients = this.#wanting.get(role);
    if (clients === undefined) this.#wanting.set(role, (clients = new Set()));
    if (wants) clients.add(client);
    else clients.delete(client);
  }

  /** Takes back what is free, of roles that want something or are owed less than they lent. Before placements are settled. */
  takeBack(): void {
    const { pool } = this.#books;
    for (const [role, agents] of this.#placements.lent) {
      for (const [agent, amounts] of [...agents]) {
        if (!pool.has(agent)) {
          agents.delete(agent);
          continue;
        }
        const wants = this.#wants(role);
        for (const [name, amount] of [...amounts]) {
          const surplus = amount - (this.#placements.placed.get(role)?.get(agent)?.get(name) ?? 0);
          const free = pool.special(agent).amountOf(revocableKind(name));
          this.#convert(role, agent, name, -Math.min(wants ? amount : Math.max(0, surplus), free));
        }
      }
    }
  }

  /** Lends what is kept and not lent yet, of roles that want nothing. After placements are settled. */
  lend(): void {
    for (const [role, agents] of this.#placements.placed) {
      if (this.#wants(role)) continue;
      for (const [agent, amounts] of [...agents]) {
        for (const [name, amount] of [...amounts]) {
          this.#convert(role, agent, name, amount - this.#placements.lentOf(role, agent, name));
        }
      }
    }
  }

  /** An agent told of its resources anew: what is lent of them is revocable still. */
  described(agent: AgentId, info: AgentInfo): AgentInfo {
    let { total } = info;
    for (const agents of this.#placements.lent.values()) {
      for (const [name, amount] of agents.get(agent) ?? []) {
        total = total
          .minus(new Resources([name], [amount]))
          .plus(new Resources([revocableKind(name)], [amount]));
      }
    }
    return total === info.total ? info : { ...info, total };
  }

  #wants(role: string): boolean {
    return (this.#wanting.get(role)?.size ?? 0) > 0;
  }

  /** Lends an amount of a name, or takes it back where it is below 0. */
  #convert(role: string, agent: AgentId, name: number, amount: number): void {
    if (amount === 0) return;
    const size = Math.abs(amount);
    const [plain, lent] = [new Resources([name], [size]), new Resources([revocableKind(name)], [size])];
    const [from, to] = amount > 0 ? [plain, lent] : [lent, plain];
    if (convertAvailable(this.#books, agent, from, to) !== undefined) return;
    this.#placements.lend(role, agent, name, amount);
  }
}

function revocableKind(name: number): number {
  const none = { reservations: [], shared: false, unitMilli: 0 } as const;
  return kindFor({ ...none, name: nameOf(name), type: 'SCALAR', revocable: true }).id;
}
