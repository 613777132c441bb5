import type { AgentId } from '../../cluster/ids.js';
import type { ClientId } from './holdings.js';

/** What a bit says of a pair of agent and client. */
export type Plane = 0 | 1;
/** A visit is known to make no offer. */
export const MISS: Plane = 0;
/** There may be a filter. */
export const FILTER: Plane = 1;

/** Words of an agent's list: how many pairs are in it, and they. It is one line of the cache. */
const LIST = 16;
/** In place of how many: there are more, and they are in the agent's row of bits. */
const IN_ROW = -1;

/**
 * Bits of pairs (agent, client). A walk asks of one agent after the other about many clients, so what is known is listed by
 * agent. The few pairs of an agent that most clients have taken nothing from are a list of client and bits; with more it has
 * a row of bits, the words of both planes side by side. Who has no bit is then found without a look at a table that grows
 * with agents and clients.
 */
export class PairBits {
  #lists = new Int32Array(64 * LIST);
  #agents = 64;
  #rows = new Int32Array(0);
  /** Words of a row. */
  #width = 2;

  has(plane: Plane, agent: AgentId, client: ClientId): boolean {
    if (agent >= this.#agents) return false;
    if (this.#lists[agent * LIST] !== IN_ROW) {
      const at = this.#find(agent, client);
      return at > 0 && (this.#lists[at] & (1 << plane)) !== 0;
    }
    const word = ((client >>> 5) << 1) | plane;
    return word < this.#width && (this.#rows[agent * this.#width + word] & (1 << (client & 31))) !== 0;
  }

  set(plane: Plane, agent: AgentId, client: ClientId): void {
    if (agent >= this.#agents) this.#reserveAgents(agent);
    const lists = this.#lists;
    const head = agent * LIST;
    if (lists[head] !== IN_ROW) {
      const at = this.#find(agent, client);
      if (at > 0) lists[at] |= 1 << plane;
      else if (lists[head] < LIST - 1) lists[head + ++lists[head]] = (client << 2) | (1 << plane);
      else this.#moveToRow(agent);
    }
    if (lists[head] === IN_ROW) this.#setInRow(plane, agent, client);
  }

  clear(plane: Plane, agent: AgentId, client: ClientId): void {
    if (agent >= this.#agents) return;
    if (this.#lists[agent * LIST] !== IN_ROW) {
      const at = this.#find(agent, client);
      if (at > 0) this.#clearListed(plane, agent, at);
      return;
    }
    const word = ((client >>> 5) << 1) | plane;
    if (word >= this.#width) return;
    const at = agent * this.#width + word;
    this.#rows[at] &= ~(1 << (client & 31));
    if ((this.#rows[at] | this.#rows[at ^ 1]) === 0 && this.#isRowEmpty(agent)) this.#lists[agent * LIST] = 0;
  }

  clearAgent(plane: Plane, agent: AgentId): void {
    if (agent >= this.#agents) return;
    const head = agent * LIST;
    if (this.#lists[head] === IN_ROW) {
      const end = (agent + 1) * this.#width;
      for (let at = agent * this.#width + plane; at < end; at += 2) this.#rows[at] = 0;
    } else {
      for (let at = head + this.#lists[head]; at > head; at--) this.#clearListed(plane, agent, at);
    }
  }

  clearClient(plane: Plane, client: ClientId): void {
    for (let agent = 0; agent < this.#agents; agent++) {
      if (this.#lists[agent * LIST] !== 0) this.clear(plane, agent, client);
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
    const listed = agent < this.#agents ? this.#lists[agent * LIST] : 0;
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

  /** Where the list of an agent has a client; 0: nowhere. */
  #find(agent: AgentId, client: ClientId): number {
    const lists = this.#lists;
    const head = agent * LIST;
    for (let at = head + lists[head]; at > head; at--) if (lists[at] >> 2 === client) return at;
    return 0;
  }

  /** Who has no bit any more leaves the list; the last one in it takes its place. */
  #clearListed(plane: Plane, agent: AgentId, at: number): void {
    const lists = this.#lists;
    const head = agent * LIST;
    lists[at] &= ~(1 << plane);
    if ((lists[at] & 3) === 0) lists[at] = lists[head + lists[head]--];
  }

  #moveToRow(agent: AgentId): void {
    const lists = this.#lists;
    const head = agent * LIST;
    lists[head] = IN_ROW;
    for (let at = head + 1; at < head + LIST; at++) {
      for (const plane of [MISS, FILTER]) {
        if ((lists[at] & (1 << plane)) !== 0) this.#setInRow(plane, agent, lists[at] >> 2);
      }
    }
  }

  #setInRow(plane: Plane, agent: AgentId, client: ClientId): void {
    const word = ((client >>> 5) << 1) | plane;
    if (word >= this.#width || this.#rows.length === 0) this.#reserveRows(this.#agents, word);
    this.#rows[agent * this.#width + word] |= 1 << (client & 31);
  }

  #isRowEmpty(agent: AgentId): boolean {
    const end = (agent + 1) * this.#width;
    for (let at = agent * this.#width; at < end; at++) if (this.#rows[at] !== 0) return false;
    return true;
  }

  #reserveAgents(agent: AgentId): void {
    const agents = 2 * (agent + 1);
    const lists = new Int32Array(agents * LIST);
    lists.set(this.#lists);
    this.#lists = lists;
    if (this.#rows.length > 0) this.#reserveRows(agents, 0);
    this.#agents = agents;
  }

  #reserveRows(agents: number, word: number): void {
    const width = word < this.#width ? this.#width : 2 * (word | 1) + 2;
    const rows = new Int32Array(agents * width);
    if (this.#rows.length > 0) {
      for (let each = 0; each < this.#agents; each++) {
        rows.set(this.#rows.subarray(each * this.#width, (each + 1) * this.#width), each * width);
      }
    }
    this.#rows = rows;
    this.#width = width;
  }
}
