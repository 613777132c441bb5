import type { AgentId, FrameworkId, Micros, RoleId, TaskId } from '../ids.js';
import type { StatusUpdate, TaskSpec, TaskState, UpdateReason } from '../protocol.js';
import { Resources } from '../resources/resources.js';
import { AGENT_PART, filledPairs, ROW, TaskRows } from '../task-rows.js';
import { STAGING, stateCode, statusUpdate, TASK_STATES } from '../task.js';

const NO_SPEC: TaskSpec = { name: '' };

/** The second half of a row of {@link TaskRows}: integers in this order, and a double behind them. */
const AGENT = AGENT_PART;
const FRAMEWORK = AGENT_PART + 1;
const ROLE = AGENT_PART + 2;
/** Its own state, that of the update that is out, and how often that was sent: a byte each from the lowest on. */
const STATES = AGENT_PART + 3;
/** Number of the last update made; updates count from 1. */
const MADE = AGENT_PART + 4;
/** Number of the update that is out and not acknowledged; 0: none. */
const OUT = AGENT_PART + 5;
/** When the update that is out was sent last: in doubles. */
const SENT = 7;
const MOST_TRIES = 255;

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
  readonly #rows: TaskRows;
  /** Resources and description: two a task, side by side. */
  #objects: (Resources | TaskSpec)[];
  /** Updates of a task from the one that is out on, where its row does not say all: see {@link isInRow}. */
  readonly #queues = new Map<TaskId, StatusUpdate[]>();
  /** Killed with their framework: their end is nobody's news. */
  readonly orphans = new Set<TaskId>();
  /** Why tasks are killed, of those whose updates have to tell it. */
  readonly killReasons = new Map<TaskId, UpdateReason>();
  #rowsOfAgent: Int32Array = new Int32Array(0);
  #top = 0;

  constructor(rows = new TaskRows()) {
    this.#rows = rows;
    this.#objects = filledPairs([], rows.capacity, Resources.EMPTY, NO_SPEC);
  }

  has(task: TaskId): boolean {
    return this.#rows.ints[task * ROW + AGENT] >= 0;
  }

  /** -1 when there is no such task. */
  agentOf(task: TaskId): AgentId {
    return this.#rows.ints[task * ROW + AGENT] ?? -1;
  }

  frameworkOf(task: TaskId): FrameworkId {
    return this.#rows.ints[task * ROW + FRAMEWORK];
  }

  roleOf(task: TaskId): RoleId {
    return this.#rows.ints[task * ROW + ROLE];
  }

  resourcesOf(task: TaskId): Resources {
    return this.#objects[2 * task] as Resources;
  }

  specOf(task: TaskId): TaskSpec {
    return this.#objects[2 * task + 1] as TaskSpec;
  }

  stateCodeOf(task: TaskId): number {
    return this.#rows.ints[task * ROW + STATES] & 0xff;
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
    if (2 * task >= this.#objects.length) this.#grow(task);
    if (this.has(task)) this.remove(task);
    if (agent >= this.#rowsOfAgent.length) {
      this.#rowsOfAgent = copied(this.#rowsOfAgent, new Int32Array(capacityFor(agent)));
    }
    this.#rows.ints[task * ROW + AGENT] = agent;
    this.#rows.ints[task * ROW + FRAMEWORK] = framework;
    this.#rows.ints[task * ROW + ROLE] = role;
    this.#rows.ints[task * ROW + STATES] = STAGING;
    this.#rows.ints[task * ROW + MADE] = 0;
    this.#rows.ints[task * ROW + OUT] = 0;
    this.#objects[2 * task] = resources;
    this.#objects[2 * task + 1] = spec;
    this.#rowsOfAgent[agent]++;
    if (task >= this.#top) this.#top = task + 1;
  }

  setState(task: TaskId, code: number): void {
    this.#rows.ints[task * ROW + STATES] = (this.#rows.ints[task * ROW + STATES] & ~0xff) | code;
  }

  remove(task: TaskId): void {
    this.#rowsOfAgent[this.#rows.ints[task * ROW + AGENT]]--;
    // What the row named is left to the next task of its id: a store for every end would fetch it into the cache.
    this.#rows.ints[task * ROW + AGENT] = -1;
    if (this.#queues.size > 0) this.#queues.delete(task);
    if (this.orphans.size > 0) this.orphans.delete(task);
    if (this.killReasons.size > 0) this.killReasons.delete(task);
  }

  /** The tasks of an agent, ascending. O(tasks) at worst: for rare events. */
  onAgent(agent: AgentId): TaskId[] {
    const count = this.#rowsOfAgent[agent] ?? 0;
    const found: TaskId[] = [];
    for (let task = this.#top - 1; task >= 0 && found.length < count; task--) {
      if (this.#rows.ints[task * ROW + AGENT] === agent) found.push(task);
    }
    return found.reverse();
  }

  // ---- updates

  /** The number for a new update of the task. */
  nextUpdate(task: TaskId): number {
    return ++this.#rows.ints[task * ROW + MADE];
  }

  /** Number of the update that is out; 0: none. */
  updateOut(task: TaskId): number {
    return this.#rows.ints[task * ROW + OUT];
  }

  outSince(task: TaskId): Micros {
    return this.#rows.doubles[(task * ROW) / 2 + SENT];
  }

  /** How often the update that is out was sent. */
  triesOf(task: TaskId): number {
    return this.#rows.ints[task * ROW + STATES] >>> 16;
  }

  /** Notes that the update goes out now for the first time. */
  sent(update: StatusUpdate, number: number, code: number, now: Micros): void {
    const { task } = update;
    const row = task * ROW;
    this.#rows.ints[row + OUT] = number;
    this.#rows.ints[row + STATES] = (this.#rows.ints[row + STATES] & 0xff) | (code << 8) | (1 << 16);
    this.#rows.doubles[(task * ROW) / 2 + SENT] = now;
    if (isInRow(update, now)) return;
    if (this.#queues.get(task)?.[0] !== update) this.#queues.set(task, [update]);
  }

  sentAgain(task: TaskId, now: Micros): void {
    if (!this.#queues.has(task)) this.#queues.set(task, [this.updateOutOf(task)]);
    this.#rows.doubles[(task * ROW) / 2 + SENT] = now;
    if (this.triesOf(task) < MOST_TRIES) this.#rows.ints[task * ROW + STATES] += 1 << 16;
  }

  /** The update that is out, as it was sent. */
  updateOutOf(task: TaskId): StatusUpdate {
    const queue = this.#queues.size > 0 ? this.#queues.get(task) : undefined;
    if (queue !== undefined) return queue[0];
    return statusUpdate(
      this.#rows.ints[task * ROW + FRAMEWORK],
      this.#rows.ints[task * ROW + AGENT],
      task,
      TASK_STATES[(this.#rows.ints[task * ROW + STATES] >>> 8) & 0xff],
      this.#rows.ints[task * ROW + OUT],
      'SOURCE_EXECUTOR',
      undefined,
      undefined,
      this.outSince(task),
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
    this.#rows.ints[task * ROW + OUT] = 0;
    if (this.#queues.size === 0) return undefined;
    const waiting = this.#queues.get(task)?.slice(1) ?? [];
    if (waiting.length > 0) this.#queues.set(task, waiting);
    else this.#queues.delete(task);
    return waiting[0];
  }

  // ---- what outlives the agent's process

  /** State and updates of a task, for {@link restore}. */
  snapshot(task: TaskId): TaskSnapshot {
    const row = task * ROW;
    const queue = this.#queues.get(task);
    const updates = queue ?? (this.updateOut(task) === 0 ? [] : [this.updateOutOf(task)]);
    return { state: TASK_STATES[this.stateCodeOf(task)], made: this.#rows.ints[row + MADE], updates };
  }

  /** Gives a task that was just added the state and the updates that it had. */
  restore(task: TaskId, { state, made, updates }: TaskSnapshot, now: Micros): void {
    this.setState(task, TASK_STATES.indexOf(state));
    this.#rows.ints[task * ROW + MADE] = made;
    const [out, ...waiting] = updates;
    if (out === undefined) return;
    this.sent(out, Number(out.update), stateCode(out.state), now);
    for (const update of waiting) this.wait(update);
  }

  #grow(task: TaskId): void {
    this.#rows.reserve(task);
    this.#objects = filledPairs(this.#objects, this.#rows.capacity, Resources.EMPTY, NO_SPEC);
  }
}

/** The row says all of an update that is sent now. */
function isInRow({ reason, message, source, details, timestamp }: StatusUpdate, now: Micros): boolean {
  return (
    timestamp === now &&
    reason === undefined &&
    message === undefined &&
    source === 'SOURCE_EXECUTOR' &&
    details === undefined
  );
}

function capacityFor(index: number): number {
  let capacity = 1024;
  while (capacity <= index) capacity *= 2;
  return capacity;
}

function copied(old: Int32Array, bigger: Int32Array): Int32Array {
  bigger.set(old);
  return bigger;
}
