import { parseConstraint, satisfies } from '../cluster/attributes.js';
import type { AgentId, Micros } from '../cluster/ids.js';
import { kindOf } from '../cluster/resources/kinds.js';
import type { Resources } from '../cluster/resources/resources.js';
import type { QueuedAsk } from './bookkeeping/ask-queue.js';
import type { Books, Client } from './bookkeeping/books.js';
import { isReservedAmount } from './bookkeeping/reserved-index.js';
import type { Grant, LedgerWatcher } from './grant-ledger.js';

/** Room that is kept for an ask from a time on. */
export interface Reservation {
  /** Who asked: what is reserved for its role is room for it alone. */
  readonly client: Client | undefined;
  /** Ascending. */
  readonly agents: readonly AgentId[];
  readonly timeUs: Micros;
  /** What is kept on each of them. */
  readonly needs: ReadonlyMap<AgentId, Resources>;
}

/** Amounts by name id. */
type Amounts = Map<number, number>;

/**
 * What runs, in order of expected end: says when and where there will be room. An ask for plain resources has room in what is
 * unreserved and in what is reserved for its role or one above it (semantics-notes Q-5).
 */
export class ExpectedEnds implements LedgerWatcher {
  readonly #books: Books;
  /** Ascending by end, then in order of making. */
  readonly #grants: Grant[] = [];
  readonly #known = new Set<Grant>();
  readonly #ofAgent = new Map<AgentId, Set<Grant>>();

  constructor(books: Books) {
    this.#books = books;
  }

  changes(grant: Grant, after: Resources): void {
    if (after.isEmpty) this.#remove(grant);
    else if (!this.#known.has(grant)) this.#insert(grant);
  }

  dated(grant: Grant): void {
    const at = this.#grants.lastIndexOf(grant);
    this.#grants.splice(at, 1);
    this.#grants.splice(this.#position(grant.endUs), 0, grant);
  }

  /** What is kept on the agent will have room there in time beside this, if nothing else starts. */
  leavesRoom(reservation: Reservation, agent: AgentId, wanted: Resources, now: Micros): boolean {
    const { client, timeUs, needs } = reservation;
    const need = needs.get(agent);
    if (client === undefined || need === undefined) return true;
    const freed: Amounts = new Map();
    for (const grant of this.#ofAgent.get(agent) ?? []) {
      if (Math.max(grant.endUs, now) <= timeUs) this.#add(freed, client, grant.resources, 1);
    }
    this.#add(freed, client, wanted, -1);
    return this.#timesFits(client, agent, need, freed, 1) === 1;
  }

  /**
   * Room for the next piece of an ask, or for all of a gang, at the earliest time at which what runs leaves it; undefined:
   * never. There must be none now. O(what runs), and O(agents) for a gang.
   */
  reserve(client: Client, ask: QueuedAsk, now: Micros): Reservation | undefined {
    const pieces = ask.allOrNothing ? ask.left : 1;
    const isSuitable = this.#suitability(client, ask);
    const freed = new Map<AgentId, Amounts>();
    const room = new Map<AgentId, number>();
    let sum = 0;
    const weigh = (agent: AgentId): void => {
      const times = this.#timesFits(client, agent, ask.resources, freed.get(agent), pieces);
      sum += times - (room.get(agent) ?? 0);
      room.set(agent, times);
    };
    const { pool } = this.#books;
    for (let agent = pool.firstFit(ask.resources, 0, isSuitable); agent >= 0;) {
      weigh(agent);
      agent = pool.firstFit(ask.resources, agent + 1, isSuitable);
    }
    for (const agent of pool.reserved?.agentsFor(client.lineage) ?? []) if (isSuitable(agent)) weigh(agent);
    let timeUs = now;
    const gained = new Set<AgentId>();
    for (let i = 0; sum < pieces; i++) {
      if (i === this.#grants.length) return undefined;
      const { agent, resources, endUs } = this.#grants[i];
      timeUs = Math.max(endUs, now);
      if (isSuitable(agent)) {
        const amounts = freed.get(agent) ?? new Map<number, number>();
        freed.set(agent, amounts);
        this.#add(amounts, client, resources, 1);
        gained.add(agent);
      }
      // All that ends at one time has ended before room is looked for.
      const next = this.#grants[i + 1]?.endUs ?? -1;
      if (Math.max(next, now) === timeUs && next >= 0) continue;
      for (const each of gained) weigh(each);
      gained.clear();
    }
    return choose(client, ask, pieces, timeUs, room);
  }

  /** Agents that can hold the ask at all. */
  #suitability(client: Client, ask: QueuedAsk): (agent: AgentId) => boolean {
    const { pool } = this.#books;
    const conditions = ask.constraint === undefined ? [] : parseConstraint(ask.constraint);
    const special = ask.resources.specialPart();
    return (agent) => {
      const info = pool.info[agent];
      if (info === undefined || !pool.open[agent] || !this.#books.mayReceive(client, agent)) return false;
      if (conditions.length > 0 && !satisfies(conditions, info.attributes, info.hostname)) return false;
      return special.isEmpty || info.total.contains(special);
    };
  }

  /** How many times, up to `most`, the wanted resources fit into what is free and freed. */
  #timesFits(
    client: Client,
    agent: AgentId,
    { kinds, amounts, plainCount }: Resources,
    freed: Amounts | undefined,
    most: number,
  ): number {
    const { pool } = this.#books;
    const reserved: Amounts = new Map();
    const special = pool.special(agent);
    if (!special.isEmpty) this.#add(reserved, client, special, 1);
    let times = most;
    for (let i = 0; i < plainCount; i++) {
      const name = kinds[i];
      const there = pool.freeOf(agent, name) + (freed?.get(name) ?? 0) + (reserved.get(name) ?? 0);
      times = Math.min(times, Math.max(0, Math.floor(there / amounts[i])));
    }
    return times;
  }

  /** Adds what of these resources the client could use for a plain ask. */
  #add(sums: Amounts, client: Client, { kinds, amounts, plainCount }: Resources, sign: 1 | -1): void {
    const add = (name: number, amount: number): void => {
      sums.set(name, (sums.get(name) ?? 0) + sign * amount);
    };
    for (let i = 0; i < plainCount; i++) add(kinds[i], amounts[i]);
    for (let i = plainCount; i < kinds.length; i++) {
      const kind = kindOf(kinds[i]);
      if (isReservedAmount(kind) && this.#books.mayUse(client, kind)) add(kind.nameId, amounts[i]);
    }
  }

  #insert(grant: Grant): void {
    this.#known.add(grant);
    this.#grants.splice(this.#position(grant.endUs), 0, grant);
    const others = this.#ofAgent.get(grant.agent);
    if (others === undefined) this.#ofAgent.set(grant.agent, new Set([grant]));
    else others.add(grant);
  }

  #remove(grant: Grant): void {
    this.#known.delete(grant);
    this.#ofAgent.get(grant.agent)?.delete(grant);
    let at = this.#position(grant.endUs) - 1;
    while (at >= 0 && this.#grants[at] !== grant) at--;
    if (at >= 0) this.#grants.splice(at, 1);
  }

  /** Behind all that end no later. */
  #position(endUs: Micros): number {
    let low = 0;
    let high = this.#grants.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#grants[middle].endUs <= endUs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The agents of lowest id that have room for all pieces. */
function choose(
  client: Client,
  ask: QueuedAsk,
  pieces: number,
  timeUs: Micros,
  room: ReadonlyMap<AgentId, number>,
): Reservation {
  const needs = new Map<AgentId, Resources>();
  let left = pieces;
  for (const agent of [...room.keys()].sort((a, b) => a - b)) {
    for (let times = room.get(agent) ?? 0; times > 0 && left > 0; times--, left--) {
      needs.set(agent, needs.get(agent)?.plus(ask.resources) ?? ask.resources);
    }
  }
  return { client, agents: [...needs.keys()], timeUs, needs };
}
