import type { AgentId } from '../../cluster/ids.js';
import type { ClientId } from './holdings.js';

/** What a bit says of a pair of agent and client. */
export type Plane = 0 | 1;
/** A visit is known to make no offer. */
export const MISS: Plane = 0;
/** There may be a filter. */
export const FILTER: Plane = 1;

/**
 * Bits of pairs (agent, client). A walk asks of one agent after the other about many clients, so a row is of an agent, and
 * the words of both planes lie side by side: one line of the cache answers for 256 clients.
 */
export class PairBits {
  #words = new Int32Array(128);
  #agents = 64;
  /** Words of a row. */
  #width = 2;

  has(plane: Plane, agent: AgentId, client: ClientId): boolean {
    const word = ((client >>> 5) << 1) | plane;
    if (agent >= this.#agents || word >= this.#width) return false;
    return (this.#words[agent * this.#width + word] & (1 << (client & 31))) !== 0;
  }

  set(plane: Plane, agent: AgentId, client: ClientId): void {
    const word = ((client >>> 5) << 1) | plane;
    if (agent >= this.#agents || word >= this.#width) this.#reserve(agent, word);
    this.#words[agent * this.#width + word] |= 1 << (client & 31);
  }

  clear(plane: Plane, agent: AgentId, client: ClientId): void {
    const word = ((client >>> 5) << 1) | plane;
    if (agent >= this.#agents || word >= this.#width) return;
    this.#words[agent * this.#width + word] &= ~(1 << (client & 31));
  }

  clearAgent(plane: Plane, agent: AgentId): void {
    if (agent >= this.#agents) return;
    const end = (agent + 1) * this.#width;
    for (let at = agent * this.#width + plane; at < end; at += 2) this.#words[at] = 0;
  }

  clearClient(plane: Plane, client: ClientId): void {
    const word = ((client >>> 5) << 1) | plane;
    if (word >= this.#width) return;
    const mask = ~(1 << (client & 31));
    for (let at = word; at < this.#words.length; at += this.#width) this.#words[at] &= mask;
  }

  /**
   * Clients of a set without a bit on the agent, as far as there is room for them.
   *
   * @param clients one bit per client
   * @param into filled from the front
   * @returns how many; -1 when there are more than fit
   */
  without(plane: Plane, agent: AgentId, clients: Int32Array, into: Int32Array): number {
    let count = 0;
    for (let i = 0; i < clients.length; i++) {
      let rest = clients[i];
      if (rest === 0) continue;
      const word = (i << 1) | plane;
      if (agent < this.#agents && word < this.#width) rest &= ~this.#words[agent * this.#width + word];
      for (; rest !== 0; rest &= rest - 1) {
        if (count === into.length) return -1;
        into[count++] = 32 * i + 31 - Math.clz32(rest & -rest);
      }
    }
    return count;
  }

  #reserve(agent: AgentId, word: number): void {
    const agents = agent < this.#agents ? this.#agents : 2 * (agent + 1);
    const width = word < this.#width ? this.#width : 2 * (word | 1) + 2;
    const words = new Int32Array(agents * width);
    for (let each = 0; each < this.#agents; each++) {
      words.set(this.#words.subarray(each * this.#width, (each + 1) * this.#width), each * width);
    }
    this.#words = words;
    this.#agents = agents;
    this.#width = width;
  }
}
