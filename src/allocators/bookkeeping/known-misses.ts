import type { AgentId } from '../../cluster/ids.js';
import type { Resources } from '../../cluster/resources/resources.js';
import type { AgentPool } from './agent-pool.js';
import type { ClientId } from './holdings.js';

/** Generations wrap after this many changes; the stamps they wrap over are then wiped. */
const GENERATIONS = 0xffff;

/**
 * Pairs (agent, client) of which a visit is known to make no offer: filtered, below the minimum, not capable.
 *
 * It is what makes a cycle cost what changed. Such a verdict stays true while the agent has no more than it had when it was
 * reached (the *mark*: less of the same is refused too) and nothing changed for the client. A pair's stamp holds the
 * generations of agent and client at the verdict; raising either forgets the pair without touching it.
 */
export class KnownMisses {
  readonly #pool: AgentPool;
  readonly #stamps: (Uint32Array | undefined)[] = [];
  readonly #agentGeneration: number[] = [];
  readonly #clientGeneration: number[] = [];
  /** Free amounts per agent that its verdicts speak of: `names` doubles an agent. */
  readonly #marks: (Float64Array | undefined)[] = [];
  readonly #markedSpecial: Resources[] = [];

  constructor(pool: AgentPool) {
    this.#pool = pool;
  }

  has(agent: AgentId, client: ClientId): boolean {
    const stamps = this.#stamps[agent];
    return stamps !== undefined && client < stamps.length && stamps[client] === this.#stamp(agent, client);
  }

  /** Records that the client takes nothing of what the agent has now. */
  add(agent: AgentId, client: ClientId): void {
    this.#mark(agent);
    let stamps = this.#stamps[agent];
    if (stamps === undefined || client >= stamps.length) stamps = this.#widen(agent, client);
    stamps[client] = this.#stamp(agent, client);
  }

  /** A filter of the pair ended. */
  forget(agent: AgentId, client: ClientId): void {
    const stamps = this.#stamps[agent];
    if (stamps !== undefined && client < stamps.length) stamps[client] = 0;
  }

  /** The agent got something back: verdicts fall when it now has more than they speak of. */
  gained(agent: AgentId): void {
    const marks = this.#marks[agent];
    if (marks === undefined) return;
    if (this.#markedSpecial[agent] !== this.#pool.special[agent]) {
      this.forgetAgent(agent);
      return;
    }
    for (let name = 0; name < this.#pool.names; name++) {
      if (this.#pool.free[name][agent] > (marks[name] ?? 0)) {
        this.forgetAgent(agent);
        return;
      }
    }
  }

  forgetAgent(agent: AgentId): void {
    this.#marks[agent] = undefined;
    const next = (this.#agentGeneration[agent] ?? 1) + 1;
    this.#agentGeneration[agent] = next > GENERATIONS ? 1 : next;
    if (next > GENERATIONS) this.#stamps[agent]?.fill(0);
  }

  forgetClient(client: ClientId): void {
    const next = (this.#clientGeneration[client] ?? 1) + 1;
    this.#clientGeneration[client] = next > GENERATIONS ? 1 : next;
    if (next > GENERATIONS)
      for (const stamps of this.#stamps) if (stamps && client < stamps.length) stamps[client] = 0;
  }

  #stamp(agent: AgentId, client: ClientId): number {
    return (((this.#agentGeneration[agent] ?? 1) << 16) | (this.#clientGeneration[client] ?? 1)) >>> 0;
  }

  /** Lowers the mark to what the agent has now; verdicts reached at more stay true. */
  #mark(agent: AgentId): void {
    const names = this.#pool.names;
    let marks = this.#marks[agent];
    if (marks === undefined || marks.length < names) marks = this.#marks[agent] = new Float64Array(names);
    for (let name = 0; name < names; name++) marks[name] = this.#pool.free[name][agent];
    this.#markedSpecial[agent] = this.#pool.special[agent];
  }

  #widen(agent: AgentId, client: ClientId): Uint32Array {
    const stamps = new Uint32Array(Math.max(32, client + 1 + (client >> 1)));
    const before = this.#stamps[agent];
    if (before !== undefined) stamps.set(before);
    this.#stamps[agent] = stamps;
    return stamps;
  }
}
