import { parseConstraint, satisfies } from '../cluster/attributes.js';
import type { AgentId, FrameworkId, Micros, RoleId } from '../cluster/ids.js';
import type { QueuedAsk } from './bookkeeping/ask-queue.js';
import type { Books, Client } from './bookkeeping/books.js';
import type { DrfOrder, ServingOrder, Visit } from './serving-order.js';

interface Aged {
  readonly client: Client;
  readonly ask: QueuedAsk;
  /** Kept for it until it is granted, ascending. */
  readonly agents: readonly AgentId[];
}

interface AgeingState {
  /** Of the ask that agents are kept for; -1: of none. */
  readonly sequence: number;
  readonly agents: readonly AgentId[];
  /** When queues were last granted something. */
  readonly granted: readonly (readonly [FrameworkId, RoleId, Micros])[];
}

/**
 * Another order with starvation ageing: a queue that waits and was granted nothing for longer than a bound goes first, the
 * longest first, and agents that hold its oldest ask when they are empty are kept for it, so that it starts when what runs
 * there has ended. One ask at a time; without it a stream of small tasks may hold the room of a large one for ever.
 */
export class AgeingOrder implements ServingOrder {
  readonly barrier = false;
  readonly freesAgents = true;
  readonly #books: Books;
  readonly #base: DrfOrder;
  readonly #ageUs: Micros;
  readonly #waiting = new Set<Client>();
  readonly #granted = new Map<Client, Micros>();
  #now: Micros = 0;
  #aged: Aged | undefined;
  /** It was tried in this run, and has no room yet. */
  #isTried = false;

  constructor(books: Books, base: DrfOrder, ageUs: Micros) {
    this.#books = books;
    this.#base = base;
    this.#ageUs = ageUs;
    books.hooks.relisted = (client) => {
      if (books.isWilling(client) && !client.asks.isEmpty) this.#waiting.add(client);
      else this.#waiting.delete(client);
      if (!client.subscribed) this.#granted.delete(client);
      if (client !== this.#aged?.client) return;
      if (!this.#waiting.has(client) || client.asks.oldest !== this.#aged.ask) this.#setAged(undefined);
    };
  }

  get walksByPrecedence(): boolean {
    return this.#base.walksByPrecedence;
  }

  walk(visit: Visit): void {
    this.#base.walk(visit);
  }

  begin(now: Micros): void {
    this.#now = now;
    this.#isTried = false;
    this.#find();
  }

  firstAsking(): Client | undefined {
    if (this.#aged === undefined || this.#isTried) return this.#base.firstAsking();
    this.#isTried = true;
    return this.#aged.client;
  }

  precedes(a: Client, b: Client): boolean {
    const first = this.#isTried ? undefined : this.#aged?.client;
    return a === first || (b !== first && this.#base.precedes(a, b));
  }

  granted(client: Client): void {
    this.#granted.set(client, this.#now);
    if (client !== this.#aged?.client) return;
    this.#isTried = false;
    this.#find();
  }

  snapshot(): AgeingState | undefined {
    if (this.#granted.size === 0 && this.#aged === undefined) return undefined;
    const granted = [...this.#granted].map(([{ framework, role }, us]) => [framework.id, role, us] as const);
    const { ask, agents = [] } = this.#aged ?? {};
    return { sequence: ask?.sequence ?? -1, agents, granted };
  }

  restore(state: AgeingState | undefined): void {
    for (const [framework, role, us] of state?.granted ?? []) {
      const client = this.#books.client(framework, role);
      if (client !== undefined) this.#granted.set(client, us);
    }
    for (const client of this.#waiting) {
      const ask = client.asks.oldest;
      if (ask !== undefined && ask.sequence === state?.sequence) {
        this.#setAged({ client, ask, agents: state.agents });
      }
    }
  }

  /** Since when the queue has waited in vain. */
  #since(client: Client): Micros {
    return Math.max(client.asks.oldest?.arrivedUs ?? Infinity, this.#granted.get(client) ?? 0);
  }

  /** The queue that has waited in vain for longest, and too long; agents are kept as long as its ask is the same one. */
  #find(): void {
    let oldest: Client | undefined;
    for (const client of this.#waiting) {
      if (this.#now - this.#since(client) < this.#ageUs) continue;
      if (oldest === undefined || this.#isBefore(client, oldest)) oldest = client;
    }
    const ask = oldest?.asks.oldest;
    if (oldest === undefined || ask === undefined) {
      this.#setAged(undefined);
      return;
    }
    const kept = this.#aged?.ask === ask ? this.#aged.agents : [];
    const isOpen = kept.length > 0 && kept.every((agent) => this.#books.pool.open[agent]);
    this.#setAged({ client: oldest, ask, agents: isOpen ? kept : this.#agentsFor(oldest, ask) });
  }

  /** Nobody else may have anything on the agents kept; those kept no more may have room for others again. */
  #setAged(aged: Aged | undefined): void {
    const { hooks, pool, misses, work } = this.#books;
    const before = this.#aged?.agents ?? [];
    this.#aged = aged;
    const kept = new Set(aged?.agents);
    hooks.allows =
      kept.size === 0 ? undefined : (client, agent) => client === aged?.client || !kept.has(agent);
    hooks.keeps =
      aged === undefined
        ? undefined
        : () => {
            const { framework, rolePath } = aged.client;
            const seconds = (this.#now - this.#since(aged.client)) / 1e6;
            return {
              why: `kept for ${framework.info.name} in role ${rolePath}, which has got nothing for ${seconds} s`,
            };
          };
    for (const agent of before) {
      if (kept.has(agent) || !pool.has(agent)) continue;
      misses.forgetAgent(agent);
      work.agentGained(agent);
    }
  }

  #isBefore(a: Client, b: Client): boolean {
    return (
      this.#since(a) - this.#since(b) < 0 ||
      (this.#since(a) === this.#since(b) && sequenceOf(a) < sequenceOf(b))
    );
  }

  /** Agents that together hold the ask when they are empty, those with most free first; none: it never fits. */
  #agentsFor(client: Client, ask: QueuedAsk): readonly AgentId[] {
    const { pool } = this.#books;
    const conditions = ask.constraint === undefined ? [] : parseConstraint(ask.constraint);
    const candidates: { agent: AgentId; pieces: number; free: number }[] = [];
    pool.info.forEach((info, agent) => {
      if (info === undefined || !pool.open[agent] || !this.#books.mayReceive(client, agent)) return;
      if (!satisfies(conditions, info.attributes, info.hostname)) return;
      const { kinds, amounts } = ask.resources;
      const pieces = Math.min(...kinds.map((kind, i) => Math.floor(info.total.amountOf(kind) / amounts[i])));
      const free = Math.min(...kinds.map((kind, i) => pool.freeOf(agent, kind) / amounts[i]));
      if (pieces > 0) candidates.push({ agent, pieces, free });
    });
    candidates.sort((a, b) => b.free - a.free || a.agent - b.agent);
    let missing = ask.allOrNothing ? ask.left : 1;
    const chosen: AgentId[] = [];
    for (const { agent, pieces } of candidates) {
      if (missing <= 0) break;
      chosen.push(agent);
      missing -= pieces;
    }
    return missing > 0 ? [] : chosen.sort((a, b) => a - b);
  }
}

function sequenceOf({ asks }: Client): number {
  return asks.oldest?.sequence ?? Infinity;
}
