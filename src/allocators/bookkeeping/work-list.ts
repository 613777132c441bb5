import type { AgentId } from '../../cluster/ids.js';
import type { AgentPool } from './agent-pool.js';
import { longer } from './longer.js';

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
  #dirty = new Int32Array(256);
  #dirtyCount = 0;
  /** One more than where each agent stands among the dirty ones; 0: it is clean. */
  #place = new Int32Array(256);
  /** What the last run was to look at. */
  #drained = new Int32Array(256);
  readonly #triggered = new Set<AgentId>();
  /** Agents where quota or headroom cut somebody short: any release may change that. */
  readonly #heldBack = new Set<AgentId>();
  #all = false;
  /** Some client has to be offered agents that are clean for all others. */
  #newcomer = false;
  #allTriggered = false;
  #asks = false;
  /** Told of every agent that may have room again; the search for room keeps a log of them. */
  onGain: ((agent: AgentId) => void) | undefined;
  /** Told when quota or the sums behind it changed; asks that it held may be granted now. */
  onQuota: (() => void) | undefined;

  constructor(pool: AgentPool) {
    this.#pool = pool;
  }

  get dirty(): boolean {
    return this.#all || this.#asks || this.#dirtyCount > 0 || this.#newcomer;
  }

  /** No agent changed since a run looked at all of them. */
  get areAgentsClean(): boolean {
    return !this.#all && this.#dirtyCount === 0;
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
    if (agent >= this.#place.length) this.#grow(agent);
    if (this.#place[agent] > 0) return;
    this.#dirty[this.#dirtyCount++] = agent;
    this.#place[agent] = this.#dirtyCount;
  }

  /** Agents marked one by one since the last run, ascending. */
  changedAgents(): readonly AgentId[] {
    if (this.#dirtyCount === 1) return [this.#dirty[0]];
    const agents: AgentId[] = [];
    if (this.#dirtyCount > 1) this.#dirty.subarray(0, this.#dirtyCount).sort();
    for (let i = 0; i < this.#dirtyCount; i++) {
      agents.push(this.#dirty[i]);
      this.#place[this.#dirty[i]] = i + 1;
    }
    return agents;
  }

  /** Something changed that concerns every agent with anything left. */
  markAll(): void {
    this.#all = true;
  }

  /** Something changed for one client, on every agent: the next full run looks at agents that are clean, too. */
  markNewcomer(): void {
    this.#newcomer = true;
  }

  /** New asks came in. */
  markAsks(): void {
    this.#asks = true;
  }

  triggerAgent(agent: AgentId): void {
    this.#triggered.add(agent);
  }

  /** The next run is due at once and covers all agents that changed. */
  triggerRun(): void {
    this.#allTriggered = true;
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
    this.onQuota?.();
  }

  /** True when the run covers all agents: a batch run, or one triggered for all. */
  coversAll(scope: 'triggered' | 'all'): boolean {
    return scope === 'all' || this.#allTriggered;
  }

  /** Agents that an event wants looked at, ascending. */
  triggeredAgents(): AgentId[] {
    return [...this.#triggered].sort((a, b) => a - b);
  }

  /**
   * The dirty agents that a run covers and that have anything to offer, ascending; they count as clean from now on.
   *
   * @returns may be changed, and is valid until the next run
   */
  drain(scope: 'triggered' | 'all'): Int32Array {
    const everything = this.coversAll(scope);
    if (this.#all) this.#markAgents();
    this.#asks &&= !everything;
    if (everything && this.#newcomer) return this.#drainEveryone();
    if (!everything) return this.#drainTriggered();
    const drained = this.#dirtyCount * 8 > this.#place.length ? this.#drainMany() : this.#drainFew();
    this.#dirtyCount = 0;
    if (this.#triggered.size > 0) this.#triggered.clear();
    this.#allTriggered = false;
    return drained;
  }

  #drainFew(): Int32Array {
    let count = 0;
    for (let i = 0; i < this.#dirtyCount; i++) {
      const agent = this.#dirty[i];
      this.#place[agent] = 0;
      if (this.#isOnOffer(agent)) this.#drained[count++] = agent;
    }
    return this.#drained.subarray(0, count).sort();
  }

  /** In order of their ids at once: to sort tens of thousands takes a good part of a cycle. */
  #drainMany(): Int32Array {
    let count = 0;
    for (let agent = 0; agent < this.#place.length; agent++) {
      if (this.#place[agent] === 0) continue;
      this.#place[agent] = 0;
      if (this.#isOnOffer(agent)) this.#drained[count++] = agent;
    }
    return this.#drained.subarray(0, count);
  }

  /** The same of a run for the triggered agents alone, however many others are dirty. */
  #drainTriggered(): Int32Array {
    let count = 0;
    for (const agent of this.triggeredAgents()) {
      const place = agent < this.#place.length ? this.#place[agent] : 0;
      if (place === 0) continue;
      const last = this.#dirty[--this.#dirtyCount];
      this.#dirty[place - 1] = last;
      this.#place[last] = place;
      this.#place[agent] = 0;
      if (this.#isOnOffer(agent)) this.#drained[count++] = agent;
    }
    this.#triggered.clear();
    return this.#drained.subarray(0, count);
  }

  #isOnOffer(agent: AgentId): boolean {
    return this.#pool.open[agent] && !this.#pool.isEmpty(agent);
  }

  /** Every agent is dirty, for every client. */
  #markAgents(): void {
    for (let agent = 0; agent < this.#pool.info.length; agent++) this.markAgent(agent);
    this.#all = false;
  }

  /** All agents that have anything to offer. */
  #drainEveryone(): Int32Array {
    this.clear();
    const agents = this.#pool.info.length;
    if (agents > this.#drained.length) this.#drained = longer(this.#drained, 2 * agents);
    let count = 0;
    for (let agent = 0; agent < agents; agent++) if (this.#isOnOffer(agent)) this.#drained[count++] = agent;
    return this.#drained.subarray(0, count);
  }

  /** The same as draining everything when nobody wants whole agents. */
  clear(): void {
    for (let i = 0; i < this.#dirtyCount; i++) this.#place[this.#dirty[i]] = 0;
    this.#dirtyCount = 0;
    this.#newcomer = false;
    this.#all = false;
    this.#asks = false;
    this.#allTriggered = false;
    if (this.#triggered.size > 0) this.#triggered.clear();
  }

  snapshot(): WorkSnapshot {
    return {
      dirty: this.changedAgents(),
      heldBack: [...this.#heldBack].sort((a, b) => a - b),
      triggered: this.triggeredAgents(),
      // A restored copy looks at a few more pairs and finds the same.
      all: this.#all || this.#newcomer,
      allTriggered: this.#allTriggered,
      asks: this.#asks,
    };
  }

  restore(snapshot: WorkSnapshot): void {
    this.clear();
    this.#heldBack.clear();
    for (const agent of snapshot.dirty) this.markAgent(agent);
    for (const agent of snapshot.heldBack) this.#heldBack.add(agent);
    for (const agent of snapshot.triggered) this.#triggered.add(agent);
    this.#all = snapshot.all;
    this.#allTriggered = snapshot.allTriggered;
    this.#asks = snapshot.asks;
  }

  #grow(agent: AgentId): void {
    const size = Math.max(agent + 1, this.#place.length * 2);
    this.#place = longer(this.#place, size);
    this.#dirty = longer(this.#dirty, size);
    if (size > this.#drained.length) this.#drained = longer(this.#drained, size);
  }

  #wakeHeldBack(): void {
    for (const agent of this.#heldBack) this.markAgent(agent);
    this.#heldBack.clear();
  }
}
