import type { AgentId } from '../cluster/ids.js';
import { GPUS, nameIdOf, nameOf } from '../cluster/resources/kinds.js';
import type { Resources } from '../cluster/resources/resources.js';
import { formatMilli } from '../cluster/resources/scalars.js';
import type { Books, Client } from './bookkeeping/books.js';
import type { QuotaRole } from './bookkeeping/quota-book.js';
import { UnkeptRoom } from './unkept-room.js';

/** Amounts by name id, all above 0. */
type Amounts = Map<number, number>;
export type AmountsByAgent = Map<AgentId, Amounts>;

/** By role: an amount per name on each agent, in the order in which it was placed. */
type PlacesPlain = readonly (readonly [
  string,
  readonly (readonly [AgentId, Readonly<Record<string, number>>])[],
])[];

/** Not settled for it: to look at an allocator must not decide where it keeps something. */
export interface PlacementsState {
  readonly placed: PlacesPlain;
  readonly lent: PlacesPlain;
  /** Something changed that placements are not in step with yet. */
  readonly stale: boolean;
  /** Something is owed for which there was no room. */
  readonly isShort: boolean;
}

/**
 * Where unmet guarantees are kept: free resources of named agents that nobody but the role gets.
 *
 * What is missing of a guarantee goes to the agent that holds all of it with the least left over, else to the agents that
 * hold most of it, so that it is spread over few. It stays there while the role neither takes it nor gets as much elsewhere;
 * what the role gives back is kept for it where it is. Where there is no room, the next that is freed is kept first.
 */
export class Placements {
  readonly #books: Books;
  /** By role. */
  readonly placed = new Map<string, AmountsByAgent>();
  /** What of it is lent, or was when it was placed, by role: it is not free, and stays placed. */
  readonly lent = new Map<string, AmountsByAgent>();
  /** What is kept and not lent: sums per agent over all roles. */
  #onAgent = new Map<AgentId, Amounts>();
  #stale = true;
  #isShort = false;

  constructor(books: Books) {
    this.#books = books;
  }

  /** Agents, weights or quota changed. */
  changed(): void {
    this.#stale = true;
    this.#books.work.markAll();
  }

  /** For {@link PolicyHooks.held}. */
  held(client: Client, agent: AgentId, resources: Resources, sign: 1 | -1): void {
    if (sign === -1 && this.#isShort) this.#stale = true;
    const role = client.quota;
    if (role.guarantees.size === 0) return;
    this.#stale = true;
    const { kinds, amounts, plainCount } = resources;
    for (let i = 0; i < plainCount; i++) {
      if (!role.guarantees.has(kinds[i])) continue;
      const change = sign === 1 ? -Math.min(amounts[i], this.of(role, agent, kinds[i])) : amounts[i];
      if (change !== 0) this.#add(role.path, agent, kinds[i], change);
      // It took what is kept for it elsewhere: that is free for all now.
      if (sign === 1 && -change < amounts[i]) this.#books.work.markAll();
    }
  }

  /** What is kept for the role on the agent, and free. */
  of(role: QuotaRole, agent: AgentId, nameId: number): number {
    const placed = this.placed.get(role.path)?.get(agent)?.get(nameId) ?? 0;
    return Math.max(0, placed - this.lentOf(role.path, agent, nameId));
  }

  lentOf(path: string, agent: AgentId, nameId: number): number {
    return this.lent.size === 0 ? 0 : (this.lent.get(path)?.get(agent)?.get(nameId) ?? 0);
  }

  isKeptFor(role: QuotaRole, agent: AgentId): boolean {
    return this.placed.get(role.path)?.has(agent) === true;
  }

  isKept(agent: AgentId): boolean {
    return this.#onAgent.has(agent);
  }

  /** In words, such as `cpus:4 for db`: what is kept on the agent for other roles. */
  keptFromOn(role: QuotaRole, agent: AgentId): string[] {
    const kept: string[] = [];
    for (const [path, agents] of this.placed) {
      const amounts = path === role.path ? undefined : agents.get(agent);
      if (amounts === undefined) continue;
      const texts = [...amounts].map(([name, amount]) => `${nameOf(name)}:${formatMilli(amount)}`);
      kept.push(`${texts.join(';')} for ${path}`);
    }
    return kept;
  }

  /** What is free on the agent and kept for nobody but this role. */
  freeFor(role: QuotaRole, agent: AgentId, nameId: number): number {
    const kept = this.#onAgent.get(agent)?.get(nameId) ?? 0;
    return this.#books.pool.freeOf(agent, nameId) - kept + this.of(role, agent, nameId);
  }

  /** Ascending. */
  agentsOf(role: QuotaRole): AgentId[] {
    return [...(this.placed.get(role.path)?.keys() ?? [])].sort((a, b) => a - b);
  }

  /** Brings placements in step with guarantees and with what is free. */
  settle(): void {
    if (!this.#stale) return;
    this.#stale = false;
    this.#isShort = false;
    const { quota, pool, misses, work } = this.#books;
    const before = this.#onAgent;
    this.#onAgent = new Map();
    const owed = quota.roles.filter((role) => role.guarantees.size > 0);
    for (const path of [...this.placed.keys()]) {
      if (!owed.some((role) => role.path === path)) this.placed.delete(path);
    }
    const missing = owed.map((role) => this.#keep(role));
    // Most often all is kept where it was: nobody looks at the agents then.
    let room: UnkeptRoom | undefined;
    for (const [index, role] of owed.entries()) {
      if (missing[index].size === 0) continue;
      room ??= new UnkeptRoom(pool, (agent, name) => this.#unkept(agent, name));
      this.#placeMore(role, missing[index], room);
    }
    for (const [agent, amounts] of before) {
      const after = this.#onAgent.get(agent);
      const isLess = [...amounts].some(([name, amount]) => (after?.get(name) ?? 0) < amount);
      if (!isLess || !pool.has(agent)) continue;
      misses.forgetAgent(agent);
      work.agentGained(agent);
    }
  }

  /** That much of what is placed is lent from now on, or no longer where it is below 0. */
  lend(path: string, agent: AgentId, nameId: number, amount: number): void {
    shift(this.lent, path, agent, nameId, amount);
    shiftAmount(this.#onAgent, agent, nameId, -amount);
  }

  snapshot(): PlacementsState {
    const [stale, isShort] = [this.#stale, this.#isShort];
    return { placed: plainOf(this.placed), lent: plainOf(this.lent), stale, isShort };
  }

  restore({ placed, lent, stale, isShort }: PlacementsState): void {
    putPlain(this.placed, placed);
    putPlain(this.lent, lent);
    this.#onAgent.clear();
    for (const [path, agents] of this.placed) {
      for (const [agent, amounts] of agents) {
        for (const [name, amount] of amounts) {
          shiftAmount(this.#onAgent, agent, name, Math.max(0, amount - this.lentOf(path, agent, name)));
        }
      }
    }
    this.#stale = stale;
    this.#isShort = isShort;
  }

  /** Keeps what is placed as far as it is still owed and still free. @returns what is missing */
  #keep(role: QuotaRole): Amounts {
    const placed = this.placed.get(role.path) ?? new Map<AgentId, Amounts>();
    this.placed.delete(role.path);
    const missing: Amounts = new Map();
    for (const name of role.guarantees.keys()) {
      const unmet = this.#books.quota.unmet(role, name);
      if (unmet > 0) missing.set(name, unmet);
    }
    for (const [agent, amounts] of placed) {
      for (const [name, amount] of amounts) {
        const lent = this.lentOf(role.path, agent, name);
        this.#take(role, agent, name, Math.min(amount, missing.get(name) ?? 0), missing, lent);
      }
    }
    return missing;
  }

  #placeMore(role: QuotaRole, missing: Amounts, room: UnkeptRoom): void {
    const wantsGpus = role.guarantees.has(GPUS);
    if (!wantsGpus) while (missing.size > 0 && this.#placeOnce(role, missing, room, false));
    while (missing.size > 0 && this.#placeOnce(role, missing, room, true));
    this.#isShort ||= missing.size > 0;
  }

  /** Places all that is missing on one agent, or as much as the best one holds. False: nowhere is anything. */
  #placeOnce(role: QuotaRole, missing: Amounts, room: UnkeptRoom, withGpus: boolean): boolean {
    const best = room.best(missing, withGpus);
    if (best === undefined) return false;
    const { agent } = best;
    for (const [name, amount] of [...missing]) {
      // In proportion, so that what is kept on an agent can be used there; all there is where no agent has all names.
      const part = best.part > 0 ? Math.ceil(amount * best.part) : amount;
      const wanted = name === GPUS ? Math.ceil(part / 1000) * 1000 : part;
      this.#take(role, agent, name, wanted, missing);
      room.changed(agent, name);
    }
    return true;
  }

  /** @param lent of the role there: that counts as kept, though it is not free */
  #take(role: QuotaRole, agent: AgentId, name: number, wanted: number, missing: Amounts, lent = 0): void {
    const taken = Math.min(wanted, this.#unkept(agent, name) + lent);
    if (taken <= 0) return;
    shift(this.placed, role.path, agent, name, taken);
    shiftAmount(this.#onAgent, agent, name, Math.max(0, taken - lent));
    const left = (missing.get(name) ?? 0) - taken;
    if (left > 0) missing.set(name, left);
    else missing.delete(name);
  }

  #unkept(agent: AgentId, name: number): number {
    const { pool } = this.#books;
    if (!pool.open[agent]) return 0;
    return Math.max(0, pool.freeOf(agent, name) - (this.#onAgent.get(agent)?.get(name) ?? 0));
  }

  #add(path: string, agent: AgentId, name: number, amount: number): void {
    shift(this.placed, path, agent, name, amount);
    shiftAmount(this.#onAgent, agent, name, amount);
  }
}

/** Adds to an amount; what comes to nothing is dropped. */
function shift(
  byRole: Map<string, AmountsByAgent>,
  role: string,
  agent: AgentId,
  name: number,
  amount: number,
): void {
  let agents = byRole.get(role);
  if (agents === undefined) byRole.set(role, (agents = new Map<AgentId, Amounts>()));
  shiftAmount(agents, agent, name, amount);
}

function shiftAmount(agents: AmountsByAgent, agent: AgentId, name: number, amount: number): void {
  const amounts = agents.get(agent) ?? new Map<number, number>();
  const after = (amounts.get(name) ?? 0) + amount;
  if (after > 0) amounts.set(name, after);
  else amounts.delete(name);
  if (amounts.size > 0) agents.set(agent, amounts);
  else agents.delete(agent);
}

function plainOf(byRole: ReadonlyMap<string, AmountsByAgent>): PlacesPlain {
  return [...byRole]
    .filter(([, agents]) => agents.size > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, agents]) => [
      path,
      [...agents].map(([agent, amounts]) => [
        agent,
        Object.fromEntries([...amounts].map(([name, amount]) => [nameOf(name), amount])),
      ]),
    ]);
}

function putPlain(byRole: Map<string, AmountsByAgent>, state: PlacesPlain): void {
  byRole.clear();
  for (const [path, agents] of state) {
    for (const [agent, amounts] of agents) {
      for (const [name, amount] of Object.entries(amounts))
        shift(byRole, path, agent, nameIdOf(name), amount);
    }
  }
}
