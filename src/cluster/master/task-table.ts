import type { Digest } from '../digest.js';
import type { AgentId, FrameworkId, OfferId, RoleId, TaskId } from '../ids.js';
import type { TaskSpec, TaskState, UpdateId } from '../protocol.js';
import { mixResources } from '../resource-digest.js';
import { Resources } from '../resources/resources.js';
import { filledPairs, ROW, TaskRows } from '../task-rows.js';
import { holdsResources, STAGING, TASK_STATES } from '../task.js';

const NO_SPEC: TaskSpec = { name: '' };

/** The first half of a row of {@link TaskRows}: integers in this order. */
const FRAMEWORK = 0;
const ROLE = 1;
const AGENT = 2;
/** The offer it was launched from; -1: unknown. */
const OFFER = 3;
const STATE = 4;
const FORWARDED = 5;
/** Forwarded and not yet acknowledged; 0: none; -1: a text, kept aside. */
const UPDATE = 6;

/** Task ids are handed out densely by the edge; anything above is no id. */
const MOST_TASKS = 2 ** 27;

export function isTaskId(task: number): boolean {
  return Number.isInteger(task) && task >= 0 && task < MOST_TASKS;
}

/**
 * The master's tasks: one row of integers per task id, so that a task costs no object of its own.
 *
 * A row is there from the launch until the terminal update is acknowledged; unreachable tasks keep theirs.
 * Ids are dense; the table grows by doubling.
 */
export class TaskTable {
  readonly #rows: TaskRows;
  /** Resources and description: two a task, side by side. */
  #objects: (Resources | TaskSpec)[];
  readonly #updateTexts = new Map<TaskId, string>();
  /** Rows per agent and framework: tell a search when it has found all. */
  #rowsOfAgent: Int32Array = new Int32Array(0);
  #rowsOfFramework: Int32Array = new Int32Array(0);
  #top = 0;
  #size = 0;

  constructor(rows = new TaskRows()) {
    this.#rows = rows;
    this.#objects = filledPairs([], rows.capacity, Resources.EMPTY, NO_SPEC);
  }

  /** Number of rows. */
  get size(): number {
    return this.#size;
  }

  /** The id of every row is below: for a walk that pauses, where {@link forEach} does not. */
  get top(): TaskId {
    return this.#top;
  }

  has(task: TaskId): boolean {
    return this.frameworkOf(task) >= 0;
  }

  /** -1 when there is no such task. */
  frameworkOf(task: TaskId): FrameworkId {
    if ((task | 0) !== task) return -1;
    return this.#rows.ints[task * ROW + FRAMEWORK] ?? -1;
  }

  roleOf(task: TaskId): RoleId {
    return this.#rows.ints[task * ROW + ROLE];
  }

  agentOf(task: TaskId): AgentId {
    return this.#rows.ints[task * ROW + AGENT];
  }

  offerOf(task: TaskId): OfferId {
    return this.#rows.ints[task * ROW + OFFER];
  }

  resourcesOf(task: TaskId): Resources {
    return this.#objects[2 * task] as Resources;
  }

  specOf(task: TaskId): TaskSpec {
    return this.#objects[2 * task + 1] as TaskSpec;
  }

  stateOf(task: TaskId): TaskState {
    return TASK_STATES[this.#rows.ints[task * ROW + STATE]];
  }

  stateCodeOf(task: TaskId): number {
    return this.#rows.ints[task * ROW + STATE];
  }

  /** The state the framework was told last; the answer to RECONCILE. */
  forwardedStateOf(task: TaskId): TaskState {
    return TASK_STATES[this.#rows.ints[task * ROW + FORWARDED]];
  }

  forwardedCodeOf(task: TaskId): number {
    return this.#rows.ints[task * ROW + FORWARDED];
  }

  /** The update that was forwarded and not yet acknowledged; 0: none. */
  unacknowledged(task: TaskId): UpdateId {
    const update = this.#rows.ints[task * ROW + UPDATE];
    return update === -1 ? (this.#updateTexts.get(task) as string) : update;
  }

  /** The task holds its resources: it is there, neither terminal nor unreachable. */
  holds(task: TaskId): boolean {
    return this.has(task) && holdsResources(this.#rows.ints[task * ROW + STATE]);
  }

  /** Reads what the end of a task reads: for a caller who knows early which task ends next. The sum means nothing. */
  readAhead(task: TaskId): number {
    return this.frameworkOf(task) + this.resourcesOf(task).cpus;
  }

  /** Adds a staging task. The id must be free: see {@link has}. */
  add(
    task: TaskId,
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    spec: TaskSpec,
    offer: OfferId = -1,
  ): void {
    if (2 * task >= this.#objects.length) this.#grow(task);
    this.#rows.ints[task * ROW + FRAMEWORK] = framework;
    this.#rows.ints[task * ROW + ROLE] = role;
    this.#rows.ints[task * ROW + AGENT] = agent;
    this.#rows.ints[task * ROW + OFFER] = offer;
    this.#rows.ints[task * ROW + STATE] = STAGING;
    this.#rows.ints[task * ROW + FORWARDED] = STAGING;
    this.#rows.ints[task * ROW + UPDATE] = 0;
    this.#objects[2 * task] = resources;
    this.#objects[2 * task + 1] = spec;
    if (agent >= this.#rowsOfAgent.length) this.#rowsOfAgent = grown(this.#rowsOfAgent, column(agent));
    if (framework >= this.#rowsOfFramework.length) {
      this.#rowsOfFramework = grown(this.#rowsOfFramework, column(framework));
    }
    this.#rowsOfAgent[agent]++;
    this.#rowsOfFramework[framework]++;
    if (task >= this.#top) this.#top = task + 1;
    this.#size++;
  }

  setState(task: TaskId, code: number): void {
    this.#rows.ints[task * ROW + STATE] = code;
  }

  /** The framework was told: `update` awaits its acknowledgement (0: none is due). */
  setForwarded(task: TaskId, code: number, update: UpdateId): void {
    this.#rows.ints[task * ROW + FORWARDED] = code;
    if (typeof update === 'number') {
      this.#rows.ints[task * ROW + UPDATE] = update;
    } else {
      this.#rows.ints[task * ROW + UPDATE] = -1;
      this.#updateTexts.set(task, update);
    }
  }

  setAcknowledged(task: TaskId): void {
    if (this.#rows.ints[task * ROW + UPDATE] === -1) this.#updateTexts.delete(task);
    this.#rows.ints[task * ROW + UPDATE] = 0;
  }

  remove(task: TaskId): void {
    this.setAcknowledged(task);
    this.#rowsOfAgent[this.#rows.ints[task * ROW + AGENT]]--;
    this.#rowsOfFramework[this.#rows.ints[task * ROW + FRAMEWORK]]--;
    this.#rows.ints[task * ROW + FRAMEWORK] = -1;
    this.#objects[2 * task] = Resources.EMPTY;
    this.#objects[2 * task + 1] = NO_SPEC;
    this.#size--;
    if (this.#size === 0) this.#top = 0;
  }

  rowsOnAgent(agent: AgentId): number {
    return this.#rowsOfAgent[agent] ?? 0;
  }

  rowsOfFramework(framework: FrameworkId): number {
    return this.#rowsOfFramework[framework] ?? 0;
  }

  /** The tasks on an agent in ascending order of id. Searches from the newest: O(tasks) at worst, for rare events. */
  onAgent(agent: AgentId): TaskId[] {
    return this.#search(AGENT, agent, this.rowsOnAgent(agent));
  }

  ofFramework(framework: FrameworkId): TaskId[] {
    return this.#search(FRAMEWORK, framework, this.rowsOfFramework(framework));
  }

  forEach(callback: (task: TaskId) => void): void {
    for (let task = 0; task < this.#top; task++)
      if (this.#rows.ints[task * ROW + FRAMEWORK] >= 0) callback(task);
  }

  mixInto(digest: Digest): void {
    this.forEach((task) => {
      digest.word(task);
      digest.word(this.#rows.ints[task * ROW + FRAMEWORK]);
      digest.word(this.#rows.ints[task * ROW + ROLE]);
      digest.word(this.#rows.ints[task * ROW + AGENT]);
      digest.word(this.#rows.ints[task * ROW + OFFER]);
      digest.word(this.#rows.ints[task * ROW + STATE] * 256 + this.#rows.ints[task * ROW + FORWARDED]);
      digest.text(String(this.unacknowledged(task)));
      mixResources(digest, this.resourcesOf(task));
    });
  }

  #search(field: number, wanted: number, count: number): TaskId[] {
    const found: TaskId[] = [];
    for (let task = this.#top - 1; task >= 0 && found.length < count; task--) {
      if (this.#rows.ints[task * ROW + field] === wanted && this.#rows.ints[task * ROW + FRAMEWORK] >= 0)
        found.push(task);
    }
    return found.reverse();
  }

  #grow(task: TaskId): void {
    this.#rows.reserve(task);
    this.#objects = filledPairs(this.#objects, this.#rows.capacity, Resources.EMPTY, NO_SPEC);
  }
}

/** An empty column that holds the index: its length is a power of two. */
function column(index: number): Int32Array {
  let capacity = 1024;
  while (capacity <= index) capacity *= 2;
  return new Int32Array(capacity);
}

function grown<Column extends Int32Array | Uint8Array>(old: Column, bigger: Column): Column {
  bigger.set(old);
  return bigger;
}
