import type { AgentId, Micros } from '../../cluster/ids.js';
import type { AgentLinks } from './agent-links.js';

export interface PingOptions {
  /** From one ping of an agent to the next, and how long it has to answer, in milliseconds. */
  readonly intervalMs: number;
  /** An agent that misses this many in a row is lost. */
  readonly most: number;
  /** At most so many agents are taken for lost in so long a time; absent: as many as are silent. */
  readonly removalLimit?: { readonly count: number; readonly perUs: Micros };
  readonly clock: () => Micros;
}

/** Agents are pinged in turn, a share of them at a time, so that many are no burst. */
const SHARES = 8;

/** Asks agents for signs of life, and gives up those that give none (W-5.3). */
export class AgentPings {
  readonly #links: AgentLinks;
  readonly #options: PingOptions;
  /** Pings that were not answered, by agent. */
  readonly #missed = new Map<AgentId, number>();
  /** Times of the last removals, the oldest first. */
  #removals: Micros[] = [];
  #share = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(links: AgentLinks, options: PingOptions) {
    this.#links = links;
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), options.intervalMs / SHARES);
  }

  registered(agent: AgentId): void {
    this.#missed.set(agent, 0);
  }

  pong(agent: AgentId): void {
    if (this.#missed.has(agent)) this.#missed.set(agent, 0);
  }

  /** No sign of life is expected of it any more. */
  forget(agent: AgentId): void {
    this.#missed.delete(agent);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    this.#share = (this.#share + 1) % SHARES;
    for (const [agent, missed] of [...this.#missed]) {
      if (agent % SHARES !== this.#share) continue;
      if (missed >= this.#options.most && this.#mayRemove()) {
        this.#links.lose(agent, 'REASON_AGENT_REMOVED');
        continue;
      }
      this.#missed.set(agent, missed + 1);
      this.#links.ping(agent);
    }
  }

  /** Keeps a fault of the network from emptying the cluster at once. */
  #mayRemove(): boolean {
    const { removalLimit, clock } = this.#options;
    if (removalLimit === undefined) return true;
    const now = clock();
    this.#removals = this.#removals.filter((at) => at > now - removalLimit.perUs);
    if (this.#removals.length >= removalLimit.count) return false;
    this.#removals.push(now);
    return true;
  }
}
