import type { AgentId } from '../../cluster/ids.js';
import type { ClientId } from './holdings.js';
import { longer, widerRows } from './longer.js';

/** What a bit says of a pair of agent and client. */
export type Plane = 0 | 1;
/** A visit is known to make no offer. */
export const MISS: Plane = 0;
/** There may be a filter. */
export const FILTER: Plane = 1;

/** Pairs that the list of an agent has room for. It is one line of the cache. */
const LIST = 16;
/** In place of how many are listed: there are more, and they are in the agent's row of bits. */
const IN_ROW = -1;

/**
 * Bits of pairs (agent, client). A walk asks of one agent after the other about many clients, so what is known is listed by
 * agent. The few pairs of an agent that most clients have taken nothing from are a list of client and bits; with more it has
 * a row of bits, the words of both planes side by side. Who has no bit is then found without a look at a table that grows
 * with agents and clients.
 */
export class PairBits {
  /** By agent, how many pairs are in its list, or {@link IN_ROW}. */
  #listed = new Int8Array(64);
  #lists = new Int32Array(64 * LIST);
  /**
   * By agent, a bit for each client in its list, by the client's last five; all with a row. Most questions are about a pair
   * that is nowhere, and end here: the lists of fifty thousand agents are in no cache.
   */
  #signs = new Int32Array(64);
  #rows = new Int32Array(0);
  /** Words of a row. */
  #width = 2;

  has(plane: Plane, agent: AgentId, client: ClientId): boolean {
    if (agent >= this.#signs.length || (this.#signs[agent] & (1 << (client & 31))) === 0) return false;
    if (this.#listed[agent] !== IN_ROW) {
      const at = this.#find(agent, client);
      return at >= 0 && (this.#lists[at] & (1 << plane)) !== 0;
    }
    const word = ((client >>> 5) << 1) | plane;
    return word < this.#width && (this.#rows[agent * this.#width + word] & (1 << (client & 31))) !== 0;
  }

  /** A bit of the pair in either plane. */
  hasAny(agent: AgentId, client: ClientId): boolean {
    if (agent >= this.#signs.length || (this.#signs[agent] & (1 << (client & 31))) === 0) return false;
    if (this.#listed[agent] !== IN_ROW) return this.#find(agent, client) >= 0;
    return this.has(MISS, agent, client) || this.has(FILTER, agent, client);
  }

  set(plane: Plane, agent: AgentId, client: ClientId): void {
    if (agent >= this.#listed.length) this.#reserveAgents(agent);
    if (this.#listed[agent] !== IN_ROW) {
      const at = this.#find(agent, client);
      if (at >= 0) {
        this.#lists[at] |= 1 << plane;
        return;
      }
      if (this.#listed[agent] < LIST) {
        this.#lists[agent * LIST + this.#listed[agent]++] = (client << 2) | (1 << plane);
        this.#signs[agent] |= 1 << (client & 31);
        return;
      }
      this.#moveToRow(agent);
    }
    this.#setInRow(plane, agent, client);
  }

  clear(plane: Plane, agent: AgentId, client: ClientId): void {
    if (agent >= this.#listed.length) return;
    if (this.#listed[agent] !== IN_ROW) {
      const at = this.#find(agent, client);
      if (at >= 0) this.#clearListed(plane, agent, at);
      return;
    }
    const word = ((client >>> 5) << 1) | plane;
    if (word >= this.#width) return;
    const at = agent * this.#width + word;
    this.#rows[at] &= ~(1 << (client & 31));
    if ((this.#rows[at] | this.#rows[at ^ 1]) === 0 && this.#isRowEmpty(agent)) {
      this.#listed[agent] = 0;
      this.#signs[agent] = 0;
    }
  }

  clearAgent(plane: Plane, agent: AgentId): void {
    if (agent >= this.#listed.length) return;
    if (this.#listed[agent] === IN_ROW) {
      const end = (agent + 1) * this.#width;
      for (let at = agent * this.#width + plane; at < end; at += 2) this.#rows[at] = 0;
    } else {
      const from = agent * LIST;
      for (let at = from + this.#listed[agent] - 1; at >= from; at--) this.#clearListed(plane, agent, at);
    }
  }

  clearClient(plane: Plane, client: ClientId): void {
    const word = ((client >>> 5) << 1) | plane;
    const mask = ~(1 << (client & 31));
    const [listed, rows, width] = [this.#listed, this.#rows, this.#width];
    for (let agent = 0; agent < listed.length; agent++) {
      if (listed[agent] > 0) this.clear(plane, agent, client);
      else if (listed[agent] === IN_ROW && word < width) rows[agent * width + word] &= mask;
    }
  }

  /**
   * Clients of a set without a bit on the agent, as far as there is room for them.
   *
   * @param clients one bit per client
   * @param count how many these are
   * @param into filled from the front
   * @returns how many; -1 when there are more than fit
   */
  without(plane: Plane, agent: AgentId, clients: Int32Array, count: number, into: Int32Array): number {
    const listed = agent < this.#listed.length ? this.#listed[agent] : 0;
    if (listed !== IN_ROW && count - listed > into.length) return -1;
    let found = 0;
    for (let i = 0; i < clients.length; i++) {
      let rest = clients[i];
      if (rest === 0) continue;
      const word = (i << 1) | plane;
      if (listed === IN_ROW && word < this.#width) rest &= ~this.#rows[agent * this.#width + word];
      for (; rest !== 0; rest &= rest - 1) {
        const client = 32 * i + 31 - Math.clz32(rest & -rest);
        if (listed !== IN_ROW && this.has(plane, agent, client)) continue;
        if (found === into.length) return -1;
        into[found++] = client;
      }
    }
    return found;
  }

  /** Where the list of an agent has a client; -1: nowhere. */
  #find(agent: AgentId, client: ClientId): number {
    const from = agent * LIST;
    let at = from + this.#listed[agent] - 1;
    while (at >= from && this.#lists[at] >> 2 !== client) at--;
    return at >= from ? at : -1;
  }

  /** Who has no bit any more leaves the list; the last one in it takes its place. */
  #clearListed(plane: Plane, agent: AgentId, at: number): void {
    const lists = this.#lists;
    lists[at] &= ~(1 << plane);
    if ((lists[at] & 3) !== 0) return;
    const from = agent * LIST;
    lists[at] = lists[from + --this.#listed[agent]];
    let signs = 0;
    for (let each = from + this.#listed[agent] - 1; each >= from; each--)
      signs |= 1 << ((lists[each] >> 2) & 31);
    this.#signs[agent] = signs;
  }

  #moveToRow(agent: AgentId): void {
    this.#listed[agent] = IN_ROW;
    this.#signs[agent] = -1;
    for (let at = agent * LIST; at < (agent + 1) * LIST; at++) {
      const pair = this.#lists[at];
      for (const plane of [MISS, FILTER]) {
        if ((pair & (1 << plane)) !== 0) this.#setInRow(plane, agent, pair >> 2);
      }
    }
  }

  #setInRow(plane: Plane, agent: AgentId, client: ClientId): void {
    const word = ((client >>> 5) << 1) | plane;
    if (word >= this.#width || this.#rows.length === 0) this.#reserveRows(this.#listed.length, word);
    this.#rows[agent * this.#width + word] |= 1 << (client & 31);
  }

  #isRowEmpty(agent: AgentId): boolean {
    const end = (agent + 1) * this.#width;
    for (let at = agent * this.#width; at < end; at++) if (this.#rows[at] !== 0) return false;
    return true;
  }

  #reserveAgents(agent: AgentId): void {
    const agents = 2 * (agent + 1);
    if (this.#rows.length > 0) this.#reserveRows(agents, 0);
    this.#listed = longer(this.#listed, agents);
    this.#lists = longer(this.#lists, agents * LIST);
    this.#signs = longer(this.#signs, agents);
  }

  #reserveRows(agents: number, word: number): void {
    const width = word < this.#width ? this.#width : 2 * (word | 1) + 2;
    this.#rows = widerRows(this.#rows, this.#width, agents, width);
    this.#width = width;
  }
}
