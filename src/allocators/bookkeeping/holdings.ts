import type { AgentId } from '../../cluster/ids.js';
import { CPUS, MEM, nameCount } from '../../cluster/resources/kinds.js';
import { Resources } from '../../cluster/resources/resources.js';
import type { AgentPool } from './agent-pool.js';

/** A framework in one of its roles: what shares, filters and asks belong to. */
export type ClientId = number;

/** Ids below this make a key that a double holds exactly. */
const CLIENTS = 2 ** 24;

/**
 * Who holds what where: one row per (agent, client) that holds something, offered or in use. What is on loan of the pool has
 * none until that is settled.
 *
 * An open-addressing table with linear probing, each row [key, amount per name…] in one stretch of a Float64Array: a
 * look-up per charge is on the hot path and should touch one cache line; a Map of rows costs several times as much. Rows
 * move back on deletion. Special resources sit in a Map beside it.
 */
export class Holdings {
  /** Amounts a row: cpus and mem until somebody holds something else. */
  #names = 2;
  #slots = 1024;
  #rows = new Float64Array(this.#slots * (this.#names + 1));
  #used = 0;
  readonly #special = new Map<number, Resources>();
  readonly #pool: AgentPool;

  /** @param pool settles its loans before anybody looks here for them */
  constructor(pool: AgentPool) {
    this.#pool = pool;
    pool.onLoanSettled = (agent, client, resources) => this.charge(agent, client, resources);
  }

  charge(agent: AgentId, client: ClientId, resources: Resources): void {
    const { kinds, amounts, plainCount, isCpusMem } = resources;
    if (!isCpusMem && plainCount > 0 && kinds[plainCount - 1] >= this.#names) {
      this.#rebuild(this.#slots, nameCount());
    }
    const key = pairKey(agent, client);
    let row = this.#find(key);
    if (this.#rows[row] === 0) {
      if (++this.#used * 2 > this.#slots) {
        this.#rebuild(this.#slots * 2, this.#names);
        row = this.#find(key);
      }
      this.#rows[row] = key;
    }
    if (isCpusMem) {
      this.#rows[row + 1 + CPUS] += resources.cpus;
      this.#rows[row + 1 + MEM] += resources.mem;
      return;
    }
    for (let i = 0; i < plainCount; i++) this.#rows[row + 1 + kinds[i]] += amounts[i];
    if (plainCount < kinds.length) {
      this.#special.set(key, (this.#special.get(key) ?? Resources.EMPTY).plus(resources.specialPart()));
    }
  }

  /** Takes resources off a row. False, and nothing done, when they are not all there. */
  credit(agent: AgentId, client: ClientId, resources: Resources): boolean {
    this.#pool.settleLoans(agent);
    const key = pairKey(agent, client);
    const row = this.#find(key);
    const rows = this.#rows;
    if (rows[row] === 0) return resources.isEmpty;
    if (resources.isCpusMem) {
      const cpus = rows[row + 1 + CPUS] - resources.cpus;
      const mem = rows[row + 1 + MEM] - resources.mem;
      if (cpus < 0 || mem < 0) return false;
      rows[row + 1 + CPUS] = cpus;
      rows[row + 1 + MEM] = mem;
    } else if (!this.#creditListed(row, key, resources)) return false;
    for (let i = 1; i <= this.#names; i++) if (rows[row + i] !== 0) return true;
    if (this.#special.size === 0 || !this.#special.has(key)) this.#delete(row);
    return true;
  }

  /** What a client holds on an agent. */
  held(agent: AgentId, client: ClientId): Resources {
    this.#pool.settleLoans(agent);
    const row = this.#find(pairKey(agent, client));
    return this.#rows[row] === 0 ? Resources.EMPTY : this.#resources(row);
  }

  /** All rows of an agent, of a client, or both when undefined; ordered by agent, then client. O(rows of all). */
  rows(agent?: AgentId, client?: ClientId): { agent: AgentId; client: ClientId; resources: Resources }[] {
    this.#pool.settleLoans(agent);
    const keys: number[] = [];
    for (let row = 0; row < this.#rows.length; row += this.#names + 1) {
      const key = this.#rows[row];
      if (key === 0 || (agent !== undefined && agentOf(key) !== agent)) continue;
      if (client === undefined || clientOf(key) === client) keys.push(key);
    }
    // Keys have the order that is wanted, and bare numbers are sorted far sooner than rows.
    return Array.from(Float64Array.from(keys).sort(), (key) => ({
      agent: agentOf(key),
      client: clientOf(key),
      resources: this.#resources(this.#find(key)),
    }));
  }

  /** Calls back with every pair of an agent and a client that holds something there. O(rows of all). */
  forEachPair(callback: (agent: AgentId, client: ClientId) => void): void {
    this.#pool.settleLoans();
    for (let row = 0; row < this.#rows.length; row += this.#names + 1) {
      const key = this.#rows[row];
      if (key !== 0) callback(agentOf(key), clientOf(key));
    }
  }

  #creditListed(row: number, key: number, resources: Resources): boolean {
    const { kinds, amounts, plainCount } = resources;
    const rows = this.#rows;
    for (let i = 0; i < plainCount; i++) {
      if (kinds[i] >= this.#names || rows[row + 1 + kinds[i]] < amounts[i]) return false;
    }
    if (plainCount < kinds.length && !this.#creditSpecial(key, resources.specialPart())) return false;
    for (let i = 0; i < plainCount; i++) rows[row + 1 + kinds[i]] -= amounts[i];
    return true;
  }

  #creditSpecial(key: number, special: Resources): boolean {
    const held = this.#special.get(key);
    if (held === undefined || !held.contains(special)) return false;
    const left = held.minus(special);
    if (left.isEmpty) this.#special.delete(key);
    else this.#special.set(key, left);
    return true;
  }

  #resources(row: number): Resources {
    const kinds: number[] = [];
    const amounts: number[] = [];
    for (let name = 0; name < this.#names; name++) {
      const amount = this.#rows[row + 1 + name];
      if (amount === 0) continue;
      kinds.push(name);
      amounts.push(amount);
    }
    return new Resources(kinds, amounts).plus(this.#special.get(this.#rows[row]) ?? Resources.EMPTY);
  }

  /** Where the key's row begins, or the empty row where it would go. */
  #find(key: number): number {
    const rows = this.#rows;
    const mask = this.#slots - 1;
    const stride = this.#names + 1;
    let slot = hash(key) & mask;
    for (;;) {
      const found = rows[slot * stride];
      if (found === key || found === 0) return slot * stride;
      slot = (slot + 1) & mask;
    }
  }

  /** Empties a row and moves back the rows that had to probe past it. */
  #delete(row: number): void {
    const rows = this.#rows;
    const mask = this.#slots - 1;
    const stride = this.#names + 1;
    let hole = row / stride;
    let next = (hole + 1) & mask;
    for (; rows[next * stride] !== 0; next = (next + 1) & mask) {
      const home = hash(rows[next * stride]) & mask;
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      for (let i = 0; i < stride; i++) rows[hole * stride + i] = rows[next * stride + i];
      hole = next;
    }
    // Rows are short: a call of fill or copyWithin costs more than the loop.
    for (let i = 0; i < stride; i++) rows[hole * stride + i] = 0;
    this.#used--;
  }

  #rebuild(slots: number, names: number): void {
    const before = this.#rows;
    const stride = this.#names + 1;
    this.#slots = slots;
    this.#names = names;
    this.#rows = new Float64Array(slots * (names + 1));
    for (let row = 0; row < before.length; row += stride) {
      if (before[row] === 0) continue;
      const to = this.#find(before[row]);
      for (let i = 0; i < stride; i++) this.#rows[to + i] = before[row + i];
    }
  }
}

/** One number for both. Never 0, which marks an empty row. */
export function pairKey(agent: AgentId, client: ClientId): number {
  return agent * CLIENTS + client + 1;
}

function agentOf(key: number): AgentId {
  return Math.floor((key - 1) / CLIENTS);
}

function clientOf(key: number): ClientId {
  return key - 1 - agentOf(key) * CLIENTS;
}

/** No `%`: the remainder of a large double costs more than the rest of a look-up. */
function hash(key: number): number {
  const agent = Math.floor(key / CLIENTS);
  const mixed = Math.imul(agent, 0x9e3779b1) ^ Math.imul(key - agent * CLIENTS, 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
