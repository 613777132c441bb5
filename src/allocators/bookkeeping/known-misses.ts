import type { AgentId } from '../../cluster/ids.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { NOTE_MARK, type AgentPool } from './agent-pool.js';
import type { ClientId } from './holdings.js';

/**
 * Pairs (agent, client) of which a visit is known to make no offer: filtered, below the minimum, not capable.
 *
 * It is what makes a cycle cost what changed. Such a verdict stays true while the agent has no more than it had when it was
 * reached (the *mark*: less of the same is refused too) and nothing changed for the client. Verdicts are bits, one row of
 * agents per client, so that a run can pass over a client that has a verdict on all agents at a glance.
 */
export class KnownMisses {
  readonly #pool: AgentPool;
  /** One bit per agent. */
  readonly #rows: (Uint32Array | undefined)[] = [];
  /** What each agent had left when its last verdict was reached; undefined: there is no verdict on it. */
  readonly #marks: (Resources | undefined)[] = [];
  /** Agents without a mark whose bits still stand: they are wiped before anybody looks. */
  #forgotten: AgentId[] = [];

  constructor(pool: AgentPool) {
    this.#pool = pool;
  }

  has(agent: AgentId, client: ClientId): boolean {
    if (this.#forgotten.length > 0) this.#wipe();
    const row = this.#rows[client];
    const word = agent >>> 5;
    return row !== undefined && word < row.length && ((row[word] >>> (agent & 31)) & 1) === 1;
  }

  /** There is some verdict on the agent. */
  isMarked(agent: AgentId): boolean {
    return this.#pool.hasNote(agent, NOTE_MARK) || this.#marks[agent] !== undefined;
  }

  /** @param agents one bit per agent @returns whether the client has a verdict on all of them */
  hasAll(agents: Uint32Array, client: ClientId): boolean {
    if (this.#forgotten.length > 0) this.#wipe();
    const row = this.#rows[client];
    for (let word = 0; word < agents.length; word++) {
      const known = row !== undefined && word < row.length ? row[word] : 0;
      if ((agents[word] & ~known) !== 0) return false;
    }
    return true;
  }

  /** Records that the client takes nothing of what the agent has now. */
  add(agent: AgentId, client: ClientId): void {
    if (this.#forgotten.length > 0) this.#wipe();
    if (!this.#pool.hasNote(agent, NOTE_MARK)) this.#mark(agent);
    let row = this.#rows[client];
    if (row === undefined || agent >>> 5 >= row.length) row = this.#widen(client, agent);
    row[agent >>> 5] |= 1 << (agent & 31);
  }

  /** A filter of the pair ended. */
  forget(agent: AgentId, client: ClientId): void {
    const row = this.#rows[client];
    if (row !== undefined && agent >>> 5 < row.length) row[agent >>> 5] &= ~(1 << (agent & 31));
  }

  /** The agent got something back: verdicts fall when it now has more than they speak of. */
  gained(agent: AgentId): void {
    if (this.#pool.hasNote(agent, NOTE_MARK)) return;
    const mark = this.#marks[agent];
    if (mark !== undefined && this.#pool.hasMore(agent, mark)) this.forgetAgent(agent);
  }

  forgetAgent(agent: AgentId): void {
    if (this.#marks[agent] === undefined) return;
    this.#marks[agent] = undefined;
    this.#pool.dropNote(agent, NOTE_MARK);
    this.#forgotten.push(agent);
  }

  forgetClient(client: ClientId): void {
    this.#rows[client]?.fill(0);
  }

  /** From now on verdicts speak of what the agent has now; those reached at more stay true. */
  #mark(agent: AgentId): void {
    while (this.#marks.length <= agent) this.#marks.push(undefined);
    this.#marks[agent] = this.#pool.available(agent);
    this.#pool.note(agent, NOTE_MARK);
  }

  #wipe(): void {
    const forgotten = this.#forgotten;
    this.#forgotten = [];
    for (const row of this.#rows) {
      if (row === undefined) continue;
      for (const agent of forgotten) {
        if (agent >>> 5 < row.length) row[agent >>> 5] &= ~(1 << (agent & 31));
      }
    }
  }

  #widen(client: ClientId, agent: AgentId): Uint32Array {
    while (this.#rows.length <= client) this.#rows.push(undefined);
    const row = new Uint32Array(Math.max((agent >>> 5) + 1, (this.#pool.info.length + 31) >>> 5));
    const before = this.#rows[client];
    if (before !== undefined) row.set(before);
    this.#rows[client] = row;
    return row;
  }
}
