import type { AgentId } from '../../cluster/ids.js';
import type { AgentPool } from './agent-pool.js';

export interface WorkSnapshot {
  readonly dirty: readonly AgentId[];
  readonly heldBack: readonly AgentId[];
  readonly triggered: readonly AgentId[];
  readonly all: boolean;
  readonly allTriggered: boolean;
  readonly asks: boolean;
}

/**
 * The dirty set: agents that a cycle must look at because something changed since it last did, and what an event asked to be
 * looked at at once. Batch, instant and triggered runs differ only in when and how far they drain it.
 */
export class WorkList {
  readonly #pool: AgentPool;
  readonly #dirty: AgentId[] = [];
  readonly #isDirty: boolean[] = [];
  readonly #triggered = new Set<AgentId>();
  /** Agents where quota or headroom cut somebody short: any release may change that. */
  readonly #heldBack = new Set<AgentId>();
  #all = false;
  #allTriggered = false;
  #asks = false;
  /** Told of every agent that may have room again; the demand cycle keeps its log of them. */
  onGain: ((agent: AgentId) => void) | undefined;

  constructor(pool: AgentPool) {
    this.#pool = pool;
  }

  get dirty(): boolean {
    return this.#all || this.#asks || this.#dirty.length > 0;
  }

  get triggered(): boolean {
    return this.#allTriggered || this.#triggered.size > 0;
  }

  agentGained(agent: AgentId): void {
    this.markAgent(agent);
    if (this.#heldBack.size > 0) this.#wakeHeldBack();
    this.onGain?.(agent);
  }

  markAgent(agent: AgentId): void {
    if (this.#isDirty[agent] === true) return;
    this.#isDirty[agent] = true;
    this.#dirty.push(agent);
  }

  /** Something changed that concerns every agent with anything left. */
  markAll(): void {
    this.#all = true;
  }

  /** New asks came in. */
  markAsks(): void {
    this.#asks = true;
  }

  triggerAgent(agent: AgentId): void {
    this.#triggered.add(agent);
  }

  triggerAll(): void {
    this.#allTriggered = true;
    this.#all = true;
  }

  holdBack(agent: AgentId): void {
    this.#heldBack.add(agent);
  }

  /** Quota or the sums behind it changed. */
  quotaChanged(): void {
    if (this.#heldBack.size > 0) this.#wakeHeldBack();
  }

  /** True when the run covers all agents: a batch run, or one triggered for all. */
  coversAll(scope: 'triggered' | 'all'): boolean {
    return scope === 'all' || this.#allTriggered;
  }

  /** Agents that an event wants looked at, ascending. */
  triggeredAgents(): AgentId[] {
    return [...this.#triggered].sort((a, b) => a - b);
  }

  /** The dirty agents that a run covers and that have anything to offer, ascending; they count as clean from now on. */
  drain(scope: 'triggered' | 'all'): AgentId[] {
    const everything = this.coversAll(scope);
    if (this.#all) {
      for (let agent = 0; agent < this.#pool.info.length; agent++) this.markAgent(agent);
      this.#all = false;
    }
    this.#asks &&= !everything;
    const drained: AgentId[] = [];
    let kept = 0;
    for (const agent of this.#dirty) {
      if (everything || this.#triggered.has(agent)) {
        this.#isDirty[agent] = false;
        if (this.#pool.open[agent] && !this.#pool.isEmpty(agent)) drained.push(agent);
      } else {
        this.#dirty[kept++] = agent;
      }
    }
    this.#dirty.length = kept;
    this.#triggered.clear();
    this.#allTriggered = false;
    return drained.sort((a, b) => a - b);
  }

  snapshot(): WorkSnapshot {
    return {
      dirty: [...this.#dirty].sort((a, b) => a - b),
      heldBack: [...this.#heldBack].sort((a, b) => a - b),
      triggered: this.triggeredAgents(),
      all: this.#all,
      allTriggered: this.#allTriggered,
      asks: this.#asks,
    };
  }

  restore(snapshot: WorkSnapshot): void {
    this.#isDirty.length = 0;
    this.#dirty.length = 0;
    this.#triggered.clear();
    this.#heldBack.clear();
    for (const agent of snapshot.dirty) this.markAgent(agent);
    for (const agent of snapshot.heldBack) this.#heldBack.add(agent);
    for (const agent of snapshot.triggered) this.#triggered.add(agent);
    this.#all = snapshot.all;
    this.#allTriggered = snapshot.allTriggered;
    this.#asks = snapshot.asks;
  }

  #wakeHeldBack(): void {
    for (const agent of this.#heldBack) this.markAgent(agent);
    this.#heldBack.clear();
  }
}
