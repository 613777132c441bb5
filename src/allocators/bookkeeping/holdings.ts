import type { AgentId } from '../../cluster/ids.js';
import { nameCount } from '../../cluster/resources/kinds.js';
import { Resources } from '../../cluster/resources/resources.js';

/** A framework in one of its roles: what shares, filters and asks belong to. */
export type ClientId = number;

const EMPTY_SLOT = -1;

/**
 * Who holds what where: one row per (agent, client) that holds something, offered or in use.
 *
 * An open-addressing table in typed arrays (linear probing, rows move back on deletion): two look-ups per task are on the
 * hot path, and a Map of rows costs several times as much there. Special resources sit in a Map beside it.
 */
export class Holdings {
  #agents = new Int32Array(1024).fill(EMPTY_SLOT);
  #clients = new Int32Array(1024);
  #stride = Math.max(4, nameCount());
  #amounts = new Float64Array(1024 * this.#stride);
  #used = 0;
  readonly #special = new Map<string, Resources>();

  charge(agent: AgentId, client: ClientId, resources: Resources): void {
    const { kinds, amounts, plainCount } = resources;
    if (nameCount() > this.#stride) this.#rebuild(this.#agents.length, nameCount());
    let slot = this.#find(agent, client);
    if (this.#agents[slot] === EMPTY_SLOT) {
      if (++this.#used * 2 > this.#agents.length) {
        this.#rebuild(this.#agents.length * 2, this.#stride);
        slot = this.#find(agent, client);
      }
      this.#agents[slot] = agent;
      this.#clients[slot] = client;
    }
    const row = slot * this.#stride;
    for (let i = 0; i < plainCount; i++) this.#amounts[row + kinds[i]] += amounts[i];
    if (plainCount < kinds.length) {
      const key = specialKey(agent, client);
      this.#special.set(key, (this.#special.get(key) ?? Resources.EMPTY).plus(resources.specialPart()));
    }
  }

  /** Takes resources off a row. False, and nothing done, when they are not all there. */
  credit(agent: AgentId, client: ClientId, resources: Resources): boolean {
    const { kinds, amounts, plainCount } = resources;
    const slot = this.#find(agent, client);
    if (this.#agents[slot] === EMPTY_SLOT) return kinds.length === 0;
    const row = slot * this.#stride;
    for (let i = 0; i < plainCount; i++) {
      if (kinds[i] >= this.#stride || this.#amounts[row + kinds[i]] < amounts[i]) return false;
    }
    if (plainCount < kinds.length && !this.#creditSpecial(agent, client, resources.specialPart())) return false;
    for (let i = 0; i < plainCount; i++) this.#amounts[row + kinds[i]] -= amounts[i];
    for (let i = 0; i < this.#stride; i++) if (this.#amounts[row + i] !== 0) return true;
    if (this.#special.size === 0 || !this.#special.has(specialKey(agent, client))) this.#delete(slot);
    return true;
  }

  /** What a client holds on an agent. */
  held(agent: AgentId, client: ClientId): Resources {
    const slot = this.#find(agent, client);
    return this.#agents[slot] === EMPTY_SLOT ? Resources.EMPTY : this.#resources(slot);
  }

  /** All rows of an agent, of a client, or both when undefined; ordered by agent, then client. O(rows of all). */
  rows(agent?: AgentId, client?: ClientId): { agent: AgentId; client: ClientId; resources: Resources }[] {
    const found = [];
    for (let slot = 0; slot < this.#agents.length; slot++) {
      if (this.#agents[slot] === EMPTY_SLOT) continue;
      if (agent !== undefined && this.#agents[slot] !== agent) continue;
      if (client !== undefined && this.#clients[slot] !== client) continue;
      found.push({
        agent: this.#agents[slot],
        client: this.#clients[slot],
        resources: this.#resources(slot),
      });
    }
    return found.sort((a, b) => a.agent - b.agent || a.client - b.client);
  }

  #creditSpecial(agent: AgentId, client: ClientId, special: Resources): boolean {
    const key = specialKey(agent, client);
    const held = this.#special.get(key);
    if (held === undefined || !held.contains(special)) return false;
    const left = held.minus(special);
    if (left.isEmpty) this.#special.delete(key);
    else this.#special.set(key, left);
    return true;
  }

  #resources(slot: number): Resources {
    const kinds: number[] = [];
    const amounts: number[] = [];
    for (let i = 0; i < this.#stride; i++) {
      const amount = this.#amounts[slot * this.#stride + i];
      if (amount === 0) continue;
      kinds.push(i);
      amounts.push(amount);
    }
    const special = this.#special.get(specialKey(this.#agents[slot], this.#clients[slot]));
    return new Resources(kinds, amounts).plus(special ?? Resources.EMPTY);
  }

  /** The slot of the row, or the empty slot where it would go. */
  #find(agent: AgentId, client: ClientId): number {
    const mask = this.#agents.length - 1;
    let slot = hash(agent, client) & mask;
    while (this.#agents[slot] !== EMPTY_SLOT) {
      if (this.#agents[slot] === agent && this.#clients[slot] === client) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Empties a slot and moves back the rows that had to probe past it. */
  #delete(slot: number): void {
    const mask = this.#agents.length - 1;
    const stride = this.#stride;
    let hole = slot;
    let next = (slot + 1) & mask;
    while (this.#agents[next] !== EMPTY_SLOT) {
      const home = hash(this.#agents[next], this.#clients[next]) & mask;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        this.#agents[hole] = this.#agents[next];
        this.#clients[hole] = this.#clients[next];
        this.#amounts.copyWithin(hole * stride, next * stride, (next + 1) * stride);
        hole = next;
      }
      next = (next + 1) & mask;
    }
    this.#agents[hole] = EMPTY_SLOT;
    this.#amounts.fill(0, hole * stride, (hole + 1) * stride);
    this.#used--;
  }

  #rebuild(size: number, stride: number): void {
    const [agents, clients, amounts, oldStride] = [this.#agents, this.#clients, this.#amounts, this.#stride];
    this.#agents = new Int32Array(size).fill(EMPTY_SLOT);
    this.#clients = new Int32Array(size);
    this.#amounts = new Float64Array(size * stride);
    this.#stride = stride;
    for (let slot = 0; slot < agents.length; slot++) {
      if (agents[slot] === EMPTY_SLOT) continue;
      const to = this.#find(agents[slot], clients[slot]);
      this.#agents[to] = agents[slot];
      this.#clients[to] = clients[slot];
      this.#amounts.set(amounts.subarray(slot * oldStride, (slot + 1) * oldStride), to * stride);
    }
  }
}

function hash(agent: AgentId, client: ClientId): number {
  const mixed = Math.imul(agent + 1, 0x9e3779b1) ^ Math.imul(client + 1, 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

function specialKey(agent: AgentId, client: ClientId): string {
  return `${agent}/${client}`;
}
