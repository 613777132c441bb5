import { parseConstraint, satisfies } from '../cluster/attributes.js';
import type { AgentId, Micros } from '../cluster/ids.js';
import type { Resources } from '../cluster/resources/resources.js';
import type { QueuedAsk } from './bookkeeping/ask-queue.js';
import type { Books, Client } from './bookkeeping/books.js';
import type { Grant, LedgerWatcher } from './grant-ledger.js';

/** Room that is kept for an ask from a time on. */
export interface Reservation {
  /** Ascending. */
  readonly agents: readonly AgentId[];
  readonly timeUs: Micros;
  /** What is kept on each of them. */
  readonly needs: ReadonlyMap<AgentId, Resources>;
}

/** Amounts by name id. */
type Amounts = Map<number, number>;

/** What runs, in order of expected end: says when and where there will be room (plain resources only). */
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

  /** There will be room for this on the agent at that time, if nothing else starts. */
  fitsThen(agent: AgentId, wanted: Resources, timeUs: Micros, now: Micros): boolean {
    const freed: Amounts = new Map();
    for (const grant of this.#ofAgent.get(agent) ?? []) {
      if (Math.max(grant.endUs, now) <= timeUs) addAmounts(freed, grant.resources);
    }
    return this.#timesFits(agent, wanted, freed, 1) === 1;
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
      const times = this.#timesFits(agent, ask.resources, freed.get(agent), pieces);
      sum += times - (room.get(agent) ?? 0);
      room.set(agent, times);
    };
    const { pool } = this.#books;
    for (let agent = pool.firstFit(ask.resources, 0, isSuitable); agent >= 0;) {
      weigh(agent);
      agent = pool.firstFit(ask.resources, agent + 1, isSuitable);
    }
    let timeUs = now;
    const gained = new Set<AgentId>();
    for (let i = 0; sum < pieces; i++) {
      if (i === this.#grants.length) return undefined;
      const { agent, resources, endUs } = this.#grants[i];
      timeUs = Math.max(endUs, now);
      if (isSuitable(agent)) {
        const amounts = freed.get(agent) ?? new Map<number, number>();
        freed.set(agent, amounts);
        addAmounts(amounts, resources);
        gained.add(agent);
      }
      // All that ends at one time has ended before room is looked for.
      const next = this.#grants[i + 1]?.endUs ?? -1;
      if (Math.max(next, now) === timeUs && next >= 0) continue;
      for (const each of gained) weigh(each);
      gained.clear();
    }
    return choose(ask, pieces, timeUs, room);
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
    agent: AgentId,
    { kinds, amounts, plainCount }: Resources,
    freed: Amounts | undefined,
    most: number,
  ): number {
    const { free } = this.#books.pool;
    let times = most;
    for (let i = 0; i < plainCount; i++) {
      const there = (free[kinds[i]]?.[agent] ?? 0) + (freed?.get(kinds[i]) ?? 0);
      times = Math.min(times, Math.max(0, Math.floor(there / amounts[i])));
    }
    return times;
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
  return { agents: [...needs.keys()], timeUs, needs };
}

function addAmounts(amounts: Amounts, { kinds, amounts: added, plainCount }: Resources): void {
  for (let i = 0; i < plainCount; i++) amounts.set(kinds[i], (amounts.get(kinds[i]) ?? 0) + added[i]);
}
