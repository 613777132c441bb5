import type { AgentId, FrameworkId, Micros, RoleId, TaskId } from '../ids.js';
import type { StatusUpdate, TaskSpec, TaskState, UpdateReason } from '../protocol.js';
import { Resources } from '../resources/resources.js';
import { STAGING, stateCode, statusUpdate, TASK_STATES } from '../task.js';

const NO_SPEC: TaskSpec = { name: '' };

/** A row: integers in this order. */
const AGENT = 0;
const FRAMEWORK = 1;
const ROLE = 2;
const STATE = 3;
/** Number of the last update made; updates count from 1. */
const MADE = 4;
/** Number of the update that is out and not acknowledged; 0: none. */
const OUT = 5;
const OUT_STATE = 6;
/** How often it was sent. */
const TRIES = 7;
const WIDTH = 8;

/** What an agent that is started anew has to know of a task beside its description. */
export interface TaskSnapshot {
  readonly state: TaskState;
  /** Number of the last update made. */
  readonly made: number;
  /** Not acknowledged, the one that is out first. */
  readonly updates: readonly StatusUpdate[];
}

/**
 * The tasks of agents as rows by task id; the simulator has one for all its agents, a real agent its own. A row is there
 * from RUN_TASK until the terminal update is acknowledged.
 *
 * Updates of a task go out one at a time. The one that is out is in its row; only a task with more of them waiting, or
 * one that says a reason or a message, has a queue.
 */
export class AgentTasks {
  /** Rows of {@link WIDTH} integers: what a task passes through touches nearly all of them. */
  #rows: Int32Array = new Int32Array(0);
  #capacity = 0;
  /** When the update that is out was sent last, and its own stamp: two a task. */
  #stamps: Float64Array = new Float64Array(0);
  /** Resources and description: two a task, side by side. */
  readonly #objects: (Resources | TaskSpec)[] = [];
  /** Updates of a task from the one that is out on, where its row does not say all. */
  readonly #queues = new Map<TaskId, StatusUpdate[]>();
  /** Killed with their framework: their end is nobody's news. */
  readonly orphans = new Set<TaskId>();
  /** Why tasks are killed, of those whose updates have to tell it. */
  readonly killReasons = new Map<TaskId, UpdateReason>();
  #rowsOfAgent: Int32Array = new Int32Array(0);
  #top = 0;

  has(task: TaskId): boolean {
    return this.#rows[task * WIDTH + AGENT] >= 0;
  }

  /** -1 when there is no such task. */
  agentOf(task: TaskId): AgentId {
    return this.#rows[task * WIDTH + AGENT] ?? -1;
  }

  frameworkOf(task: TaskId): FrameworkId {
    return this.#rows[task * WIDTH + FRAMEWORK];
  }

  roleOf(task: TaskId): RoleId {
    return this.#rows[task * WIDTH + ROLE];
  }

  resourcesOf(task: TaskId): Resources {
    return this.#objects[2 * task] as Resources;
  }

  specOf(task: TaskId): TaskSpec {
    return this.#objects[2 * task + 1] as TaskSpec;
  }

  stateCodeOf(task: TaskId): number {
    return this.#rows[task * WIDTH + STATE];
  }

  /** Adds a staging task in place of whatever the id was before. */
  add(
    task: TaskId,
    agent: AgentId,
    framework: FrameworkId,
    role: RoleId,
    resources: Resources,
    spec: TaskSpec,
  ): void {
    if (task >= this.#capacity) this.#grow(task);
    if (this.has(task)) this.remove(task);
    if (agent >= this.#rowsOfAgent.length) {
      this.#rowsOfAgent = copied(this.#rowsOfAgent, new Int32Array(capacityFor(agent)));
    }
    this.#rows[task * WIDTH + AGENT] = agent;
    this.#rows[task * WIDTH + FRAMEWORK] = framework;
    this.#rows[task * WIDTH + ROLE] = role;
    this.#rows[task * WIDTH + STATE] = STAGING;
    this.#rows[task * WIDTH + MADE] = 0;
    this.#rows[task * WIDTH + OUT] = 0;
    this.#objects[2 * task] = resources;
    this.#objects[2 * task + 1] = spec;
    this.#rowsOfAgent[agent]++;
    if (task >= this.#top) this.#top = task + 1;
  }

  setState(task: TaskId, code: number): void {
    this.#rows[task * WIDTH + STATE] = code;
  }

  remove(task: TaskId): void {
    this.#rowsOfAgent[this.#rows[task * WIDTH + AGENT]]--;
    this.#rows[task * WIDTH + AGENT] = -1;
    this.#objects[2 * task] = Resources.EMPTY;
    this.#objects[2 * task + 1] = NO_SPEC;
    if (this.#queues.size > 0) this.#queues.delete(task);
    if (this.orphans.size > 0) this.orphans.delete(task);
    if (this.killReasons.size > 0) this.killReasons.delete(task);
  }

  /** The tasks of an agent, ascending. O(tasks) at worst: for rare events. */
  onAgent(agent: AgentId): TaskId[] {
    const count = this.#rowsOfAgent[agent] ?? 0;
    const found: TaskId[] = [];
    for (let task = this.#top - 1; task >= 0 && found.length < count; task--) {
      if (this.#rows[task * WIDTH + AGENT] === agent) found.push(task);
    }
    return found.reverse();
  }

  // ---- updates

  /** The number for a new update of the task. */
  nextUpdate(task: TaskId): number {
    return ++this.#rows[task * WIDTH + MADE];
  }

  /** Number of the update that is out; 0: none. */
  updateOut(task: TaskId): number {
    return this.#rows[task * WIDTH + OUT];
  }

  outSince(task: TaskId): Micros {
    return this.#stamps[2 * task];
  }

  /** How often the update that is out was sent. */
  triesOf(task: TaskId): number {
    return this.#rows[task * WIDTH + TRIES];
  }

  /** Notes that the update goes out now for the first time. */
  sent(update: StatusUpdate, number: number, code: number, now: Micros): void {
    const { task } = update;
    this.#rows[task * WIDTH + OUT] = number;
    this.#rows[task * WIDTH + OUT_STATE] = code;
    this.#stamps[2 * task] = now;
    this.#stamps[2 * task + 1] = update.timestamp;
    this.#rows[task * WIDTH + TRIES] = 1;
    if (isPlain(update)) return;
    if (this.#queues.get(task)?.[0] !== update) this.#queues.set(task, [update]);
  }

  sentAgain(task: TaskId, now: Micros): void {
    this.#stamps[2 * task] = now;
    if (this.#rows[task * WIDTH + TRIES] < 255) this.#rows[task * WIDTH + TRIES]++;
  }

  /** The update that is out, as it was sent. */
  updateOutOf(task: TaskId): StatusUpdate {
    const queue = this.#queues.size > 0 ? this.#queues.get(task) : undefined;
    if (queue !== undefined) return queue[0];
    return statusUpdate(
      this.#rows[task * WIDTH + FRAMEWORK],
      this.#rows[task * WIDTH + AGENT],
      task,
      TASK_STATES[this.#rows[task * WIDTH + OUT_STATE]],
      this.#rows[task * WIDTH + OUT],
      'SOURCE_EXECUTOR',
      undefined,
      undefined,
      this.#stamps[2 * task + 1],
    );
  }

  /** Keeps an update until the one that is out is acknowledged. */
  wait(update: StatusUpdate): void {
    const queue = this.#queues.get(update.task);
    if (queue === undefined) this.#queues.set(update.task, [this.updateOutOf(update.task), update]);
    else queue.push(update);
  }

  /** The update that is out was acknowledged: the next one to send, if there is one. */
  acknowledged(task: TaskId): StatusUpdate | undefined {
    this.#rows[task * WIDTH + OUT] = 0;
    if (this.#queues.size === 0) return undefined;
    const waiting = this.#queues.get(task)?.slice(1) ?? [];
    if (waiting.length > 0) this.#queues.set(task, waiting);
    else this.#queues.delete(task);
    return waiting[0];
  }

  // ---- what outlives the agent's process

  /** State and updates of a task, for {@link restore}. */
  snapshot(task: TaskId): TaskSnapshot {
    const row = task * WIDTH;
    const queue = this.#queues.get(task);
    const updates = queue ?? (this.updateOut(task) === 0 ? [] : [this.updateOutOf(task)]);
    return { state: TASK_STATES[this.#rows[row + STATE]], made: this.#rows[row + MADE], updates };
  }

  /** Gives a task that was just added the state and the updates that it had. */
  restore(task: TaskId, { state, made, updates }: TaskSnapshot, now: Micros): void {
    this.setState(task, TASK_STATES.indexOf(state));
    this.#rows[task * WIDTH + MADE] = made;
    const [out, ...waiting] = updates;
    if (out === undefined) return;
    this.sent(out, Number(out.update), stateCode(out.state), now);
    for (const update of waiting) this.wait(update);
  }

  #grow(task: TaskId): void {
    const from = this.#capacity;
    const capacity = capacityFor(task);
    this.#rows = copied(this.#rows, new Int32Array(capacity * WIDTH));
    for (let i = from; i < capacity; i++) this.#rows[i * WIDTH + AGENT] = -1;
    this.#capacity = capacity;
    this.#stamps = copied(this.#stamps, new Float64Array(2 * capacity));
    for (let i = from; i < capacity; i++) this.#objects.push(Resources.EMPTY, NO_SPEC);
  }
}

/** The row says all of it. */
function isPlain({ reason, message, source, details }: StatusUpdate): boolean {
  return (
    reason === undefined && message === undefined && source === 'SOURCE_EXECUTOR' && details === undefined
  );
}

function capacityFor(index: number): number {
  let capacity = 1024;
  while (capacity <= index) capacity *= 2;
  return capacity;
}

function copied<Column extends Int32Array | Float64Array>(old: Column, bigger: Column): Column {
  bigger.set(old);
  return bigger;
}
