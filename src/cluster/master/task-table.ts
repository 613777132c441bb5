import type { Digest } from '../digest.js';
import type { AgentId, FrameworkId, OfferId, RoleId, TaskId } from '../ids.js';
import type { TaskSpec, TaskState, UpdateId } from '../protocol.js';
import { mixResources } from '../resource-digest.js';
import { Resources } from '../resources/resources.js';
import { holdsResources, STAGING, TASK_STATES } from '../task.js';

const NO_SPEC: TaskSpec = { name: '' };

/** A row of the table: integers in this order. */
const FRAMEWORK = 0;
const ROLE = 1;
const AGENT = 2;
/** The offer it was launched from; -1: unknown. */
const OFFER = 3;
const STATE = 4;
const FORWARDED = 5;
/** Forwarded and not yet acknowledged; 0: none; -1: a text, kept aside. */
const UPDATE = 6;
const WIDTH = 8;

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
  /** Rows of {@link WIDTH} integers. What a task passes through touches nearly all of them: they lie side by side. */
  #rows: Int32Array = new Int32Array(0);
  #capacity = 0;
  /** Resources and description: two a task, side by side. */
  readonly #objects: (Resources | TaskSpec)[] = [];
  readonly #updateTexts = new Map<TaskId, string>();
  /** Rows per agent and framework: tell a search when it has found all. */
  #rowsOfAgent: Int32Array = new Int32Array(0);
  #rowsOfFramework: Int32Array = new Int32Array(0);
  /** Every row is below. */
  #top = 0;
  #size = 0;

  /** Number of rows. */
  get size(): number {
    return this.#size;
  }

  has(task: TaskId): boolean {
    return this.frameworkOf(task) >= 0;
  }

  /** -1 when there is no such task. */
  frameworkOf(task: TaskId): FrameworkId {
    if ((task | 0) !== task) return -1;
    return this.#rows[task * WIDTH + FRAMEWORK] ?? -1;
  }

  roleOf(task: TaskId): RoleId {
    return this.#rows[task * WIDTH + ROLE];
  }

  agentOf(task: TaskId): AgentId {
    return this.#rows[task * WIDTH + AGENT];
  }

  offerOf(task: TaskId): OfferId {
    return this.#rows[task * WIDTH + OFFER];
  }

  resourcesOf(task: TaskId): Resources {
    return this.#objects[2 * task] as Resources;
  }

  specOf(task: TaskId): TaskSpec {
    return this.#objects[2 * task + 1] as TaskSpec;
  }

  stateOf(task: TaskId): TaskState {
    return TASK_STATES[this.#rows[task * WIDTH + STATE]];
  }

  stateCodeOf(task: TaskId): number {
    return this.#rows[task * WIDTH + STATE];
  }

  /** The state the framework was told last; the answer to RECONCILE. */
  forwardedStateOf(task: TaskId): TaskState {
    return TASK_STATES[this.#rows[task * WIDTH + FORWARDED]];
  }

  forwardedCodeOf(task: TaskId): number {
    return this.#rows[task * WIDTH + FORWARDED];
  }

  /** The update that was forwarded and not yet acknowledged; 0: none. */
  unacknowledged(task: TaskId): UpdateId {
    const update = this.#rows[task * WIDTH + UPDATE];
    return update === -1 ? (this.#updateTexts.get(task) as string) : update;
  }

  /** The task holds its resources: it is there, neither terminal nor unreachable. */
  holds(task: TaskId): boolean {
    return this.has(task) && holdsResources(this.#rows[task * WIDTH + STATE]);
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
    if (task >= this.#capacity) this.#grow(task);
    this.#rows[task * WIDTH + FRAMEWORK] = framework;
    this.#rows[task * WIDTH + ROLE] = role;
    this.#rows[task * WIDTH + AGENT] = agent;
    this.#rows[task * WIDTH + OFFER] = offer;
    this.#rows[task * WIDTH + STATE] = STAGING;
    this.#rows[task * WIDTH + FORWARDED] = STAGING;
    this.#rows[task * WIDTH + UPDATE] = 0;
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
    this.#rows[task * WIDTH + STATE] = code;
  }

  /** The framework was told: `update` awaits its acknowledgement (0: none is due). */
  setForwarded(task: TaskId, code: number, update: UpdateId): void {
    this.#rows[task * WIDTH + FORWARDED] = code;
    if (typeof update === 'number') {
      this.#rows[task * WIDTH + UPDATE] = update;
    } else {
      this.#rows[task * WIDTH + UPDATE] = -1;
      this.#updateTexts.set(task, update);
    }
  }

  setAcknowledged(task: TaskId): void {
    if (this.#rows[task * WIDTH + UPDATE] === -1) this.#updateTexts.delete(task);
    this.#rows[task * WIDTH + UPDATE] = 0;
  }

  remove(task: TaskId): void {
    this.setAcknowledged(task);
    this.#rowsOfAgent[this.#rows[task * WIDTH + AGENT]]--;
    this.#rowsOfFramework[this.#rows[task * WIDTH + FRAMEWORK]]--;
    this.#rows[task * WIDTH + FRAMEWORK] = -1;
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
      if (this.#rows[task * WIDTH + FRAMEWORK] >= 0) callback(task);
  }

  mixInto(digest: Digest): void {
    this.forEach((task) => {
      digest.word(task);
      digest.word(this.#rows[task * WIDTH + FRAMEWORK]);
      digest.word(this.#rows[task * WIDTH + ROLE]);
      digest.word(this.#rows[task * WIDTH + AGENT]);
      digest.word(this.#rows[task * WIDTH + OFFER]);
      digest.word(this.#rows[task * WIDTH + STATE] * 256 + this.#rows[task * WIDTH + FORWARDED]);
      digest.text(String(this.unacknowledged(task)));
      mixResources(digest, this.resourcesOf(task));
    });
  }

  #search(field: number, wanted: number, count: number): TaskId[] {
    const found: TaskId[] = [];
    for (let task = this.#top - 1; task >= 0 && found.length < count; task--) {
      if (this.#rows[task * WIDTH + field] === wanted && this.#rows[task * WIDTH + FRAMEWORK] >= 0)
        found.push(task);
    }
    return found.reverse();
  }

  #grow(task: TaskId): void {
    const from = this.#capacity;
    const capacity = column(task).length;
    const rows = new Int32Array(capacity * WIDTH);
    rows.set(this.#rows);
    for (let i = from; i < capacity; i++) rows[i * WIDTH + FRAMEWORK] = -1;
    this.#rows = rows;
    this.#capacity = capacity;
    // Filled without gaps: an array with large ones turns into a dictionary.
    for (let i = from; i < capacity; i++) this.#objects.push(Resources.EMPTY, NO_SPEC);
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
