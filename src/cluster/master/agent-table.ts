import { DenseTable } from '../dense-table.js';
import type { Digest } from '../digest.js';
import type { AgentId, FrameworkId, Micros, RoleId, TaskId } from '../ids.js';
import type { AgentInfo } from '../protocol.js';
import { mixResources } from '../resource-digest.js';
import type { Resources } from '../resources/resources.js';

/** An executor that several tasks share; it is there while one of them holds its resources. */
export interface MasterExecutor {
  readonly framework: FrameworkId;
  readonly role: RoleId;
  readonly resources: Resources;
  /** See TaskSpec; undefined: nothing is known but its id. */
  readonly digest: string | undefined;
  taskCount: number;
}

/** What an operator wants of an agent that he drains. */
export interface Drain {
  readonly isDone: boolean;
  readonly maxGraceUs: Micros | undefined;
  readonly markGone: boolean;
  /** When he asked for it; absent: an older registry did not keep it. */
  readonly sinceUs?: Micros;
}

/**
 * An agent as the master knows it.
 *
 * `recovered`: the master before this one knew it, and it is expected to register again. `lost`: unreachable or removed, all
 * its resources are forgotten; it may register again. `gone`: it may not (W-5.8).
 */
export class MasterAgent {
  readonly id: AgentId;
  info: AgentInfo;
  /** What is there after the conversions that the master knows of; {@link info} has what the agent reported. */
  total: Resources;
  state: 'registered' | 'recovered' | 'lost' | 'gone' = 'registered';
  /** When it came to be admitted, unreachable or gone. */
  sinceUs: Micros = 0;
  /** Its link is up. Moves with {@link state} by {@link AgentTable.move} alone. */
  connected = true;
  /** An operator wants no offers of it. */
  deactivated = false;
  /** An operator wants its tasks away; undefined: nobody does. */
  drain: Drain | undefined;
  /** Executors that were named, by {@link executorKey}; undefined until there is one. */
  executors: Map<string, MasterExecutor> | undefined;
  /**
   * To be killed when the agent is back, each within how long; undefined: as its description says. Undefined itself until
   * there is one.
   */
  killsDue: Map<TaskId, Micros | undefined> | undefined;

  constructor(id: AgentId, info: AgentInfo) {
    this.id = id;
    this.info = info;
    this.total = info.total;
  }
}

export function executorKey(framework: FrameworkId, executorId: string): string {
  return `${framework}/${executorId}`;
}

function drainCode(drain: Drain | undefined): number {
  if (drain === undefined) return 0;
  return (drain.isDone ? 8 : 4) + (drain.markGone ? 16 : 0);
}

/** Agents that have registered, by id. */
export class AgentTable extends DenseTable<MasterAgent> {
  /** 1: messages reach the agent. Every message asks, and ten thousand agents themselves fit in no cache. */
  #reachable = new Uint8Array(64);

  /** The agent when messages reach it. */
  reachable(id: AgentId): MasterAgent | undefined {
    return this.isReachable(id) ? this.get(id) : undefined;
  }

  isReachable(id: AgentId): boolean {
    return this.#reachable[id] === 1;
  }

  /** Notes what became of an agent of the table. */
  move(agent: MasterAgent, state: MasterAgent['state'], connected: boolean): void {
    agent.state = state;
    agent.connected = connected;
    if (agent.id >= this.#reachable.length) {
      const longer = new Uint8Array(2 * agent.id + 2);
      longer.set(this.#reachable);
      this.#reachable = longer;
    }
    this.#reachable[agent.id] = connected && state === 'registered' ? 1 : 0;
  }

  /** An agent of the master before is not back yet. */
  get isExpecting(): boolean {
    for (const { state } of this) if (state === 'recovered') return true;
    return false;
  }

  mixInto(digest: Digest): void {
    digest.word(this.length);
    for (const agent of this) {
      digest.word(agent.id);
      digest.text(agent.state);
      digest.word((agent.connected ? 1 : 0) + (agent.deactivated ? 2 : 0) + drainCode(agent.drain));
      mixResources(digest, agent.total);
      for (const [key, executor] of agent.executors ?? []) {
        digest.text(key);
        digest.word(executor.taskCount);
      }
      for (const [task, graceUs] of agent.killsDue ?? []) {
        digest.word(task);
        if (graceUs !== undefined) digest.double(graceUs);
      }
    }
  }
}
