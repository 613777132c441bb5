import type { AgentId } from '../../cluster/ids.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { NOTE_MARK, type AgentPool } from './agent-pool.js';
import type { ClientId } from './holdings.js';
import { longer } from './longer.js';
import { MISS, type PairBits } from './pair-bits.js';

/**
 * Pairs (agent, client) of which a visit is known to make no offer: filtered, below the minimum, not capable.
 *
 * It is what makes a cycle cost what changed. Such a verdict stays true while the agent has no more than it had when it was
 * reached (the *mark*: less of the same is refused too) and nothing changed for the client. Verdicts are bits, so that who has
 * none on an agent is found at a glance.
 */
export class KnownMisses {
  readonly #pool: AgentPool;
  readonly #bits: PairBits;
  /** What each agent had left when its last verdict was reached; undefined: there is no verdict on it. */
  readonly #marks: (Resources | undefined)[] = [];
  /** Clients that may be offered whole agents, one bit each. */
  #offerable = new Int32Array(1);
  #offerableCount = 0;

  constructor(pool: AgentPool, bits: PairBits) {
    this.#pool = pool;
    this.#bits = bits;
  }

  has(agent: AgentId, client: ClientId): boolean {
    return this.#bits.has(MISS, agent, client);
  }

  /** The client may be offered whole agents from now on, or not any more. */
  setOfferable(client: ClientId, offerable: boolean): void {
    const word = client >>> 5;
    if (word >= this.#offerable.length) {
      if (!offerable) return;
      this.#offerable = longer(this.#offerable, 2 * (word + 1));
    }
    const bit = 1 << (client & 31);
    if (((this.#offerable[word] & bit) !== 0) === offerable) return;
    this.#offerable[word] ^= bit;
    this.#offerableCount += offerable ? 1 : -1;
  }

  /**
   * The clients that may be offered whole agents and have no verdict on this one.
   *
   * @param into filled with them from the front
   * @returns how many; -1: more than fit
   */
  unsettled(agent: AgentId, into: Int32Array): number {
    return this.#bits.without(MISS, agent, this.#offerable, this.#offerableCount, into);
  }

  /** Records that the client takes nothing of what the agent has now. */
  add(agent: AgentId, client: ClientId): void {
    if (!this.#pool.hasNote(agent, NOTE_MARK)) this.#mark(agent);
    this.#bits.set(MISS, agent, client);
  }

  /** A filter of the pair ended. */
  forget(agent: AgentId, client: ClientId): void {
    this.#bits.clear(MISS, agent, client);
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
    this.#bits.clearAgent(MISS, agent);
  }

  forgetClient(client: ClientId): void {
    this.#bits.clearClient(MISS, client);
  }

  /** From now on verdicts speak of what the agent has now; those reached at more stay true. */
  #mark(agent: AgentId): void {
    while (this.#marks.length <= agent) this.#marks.push(undefined);
    this.#marks[agent] = this.#pool.available(agent);
    this.#pool.note(agent, NOTE_MARK);
  }
}
