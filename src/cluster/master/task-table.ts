import type { Digest } from '../digest.js';
import type { AgentId, FrameworkId, OfferId, RoleId, TaskId } from '../ids.js';
import type { TaskSpec, TaskState, UpdateId } from '../protocol.js';
import { mixResources } from '../resource-digest.js';
import { Resources } from '../resources/resources.js';
import { holdsResources, STAGING, TASK_STATES } from '../task.js';

const NO_SPEC: TaskSpec = { name: '' };

/** Task ids are handed out densely by the edge; anything above is no id. */
const MOST_TASKS = 2 ** 27;

export function isTaskId(task: number): boolean {
  return Number.isInteger(task) && task >= 0 && task < MOST_TASKS;
}

/**
 * The master's tasks: one row of columns per task id, so that a task costs no object of its own.
 *
 * A row is there from the launch until the terminal update is acknowledged; unreachable tasks keep theirs.
 * Ids are dense; the columns grow by doubling.
 */
export class TaskTable {
  #framework: Int32Array = new Int32Array(0);
  #role: Int32Array = new Int32Array(0);
  #agent: Int32Array = new Int32Array(0);
  /** The offer it was launched from; -1: unknown. */
  #offer: Int32Array = new Int32Array(0);
  #state: Uint8Array = new Uint8Array(0);
  #forwarded: Uint8Array = new Uint8Array(0);
  /** Forwarded and not yet acknowledged; 0: none; -1: a text, in {@link #updateTexts}. */
  #update: Int32Array = new Int32Array(0);
  readonly #resources: Resources[] = [];
  readonly #specs: TaskSpec[] = [];
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
    return this.#framework[task] >= 0;
  }

  /** -1 when there is no such task. */
  frameworkOf(task: TaskId): FrameworkId {
    return this.#framework[task] ?? -1;
  }

  roleOf(task: TaskId): RoleId {
    return this.#role[task];
  }

  agentOf(task: TaskId): AgentId {
    return this.#agent[task];
  }

  offerOf(task: TaskId): OfferId {
    return this.#offer[task];
  }

  resourcesOf(task: TaskId): Resources {
    return this.#resources[task];
  }

  specOf(task: TaskId): TaskSpec {
    return this.#specs[task];
  }

  stateOf(task: TaskId): TaskState {
    return TASK_STATES[this.#state[task]];
  }

  stateCodeOf(task: TaskId): number {
    return this.#state[task];
  }

  /** The state the framework was told last; the answer to RECONCILE. */
  forwardedStateOf(task: TaskId): TaskState {
    return TASK_STATES[this.#forwarded[task]];
  }

  forwardedCodeOf(task: TaskId): number {
    return this.#forwarded[task];
  }

  /** The update that was forwarded and not yet acknowledged; 0: none. */
  unacknowledged(task: TaskId): UpdateId {
    const update = this.#update[task];
    return update === -1 ? (this.#updateTexts.get(task) as string) : update;
  }

  /** The task holds its resources: it is there, neither terminal nor unreachable. */
  holds(task: TaskId): boolean {
    return this.has(task) && holdsResources(this.#state[task]);
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
    if (task >= this.#framework.length) this.#grow(task);
    this.#framework[task] = framework;
    this.#role[task] = role;
    this.#agent[task] = agent;
    this.#offer[task] = offer;
    this.#state[task] = STAGING;
    this.#forwarded[task] = STAGING;
    this.#update[task] = 0;
    this.#resources[task] = resources;
    this.#specs[task] = spec;
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
    this.#state[task] = code;
  }

  /** The framework was told: `update` awaits its acknowledgement (0: none is due). */
  setForwarded(task: TaskId, code: number, update: UpdateId): void {
    this.#forwarded[task] = code;
    if (typeof update === 'number') {
      this.#update[task] = update;
    } else {
      this.#update[task] = -1;
      this.#updateTexts.set(task, update);
    }
  }

  setAcknowledged(task: TaskId): void {
    if (this.#update[task] === -1) this.#updateTexts.delete(task);
    this.#update[task] = 0;
  }

  remove(task: TaskId): void {
    this.setAcknowledged(task);
    this.#rowsOfAgent[this.#agent[task]]--;
    this.#rowsOfFramework[this.#framework[task]]--;
    this.#framework[task] = -1;
    this.#resources[task] = Resources.EMPTY;
    this.#specs[task] = NO_SPEC;
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
    return this.#search(this.#agent, agent, this.rowsOnAgent(agent));
  }

  ofFramework(framework: FrameworkId): TaskId[] {
    return this.#search(this.#framework, framework, this.rowsOfFramework(framework));
  }

  forEach(callback: (task: TaskId) => void): void {
    for (let task = 0; task < this.#top; task++) if (this.#framework[task] >= 0) callback(task);
  }

  mixInto(digest: Digest): void {
    this.forEach((task) => {
      digest.word(task);
      digest.word(this.#framework[task]);
      digest.word(this.#role[task]);
      digest.word(this.#agent[task]);
      digest.word(this.#offer[task]);
      digest.word(this.#state[task] * 256 + this.#forwarded[task]);
      digest.text(String(this.unacknowledged(task)));
      mixResources(digest, this.#resources[task]);
    });
  }

  #search(column: Int32Array, wanted: number, count: number): TaskId[] {
    const found: TaskId[] = [];
    for (let task = this.#top - 1; task >= 0 && found.length < count; task--) {
      if (column[task] === wanted && this.#framework[task] >= 0) found.push(task);
    }
    return found.reverse();
  }

  #grow(task: TaskId): void {
    const from = this.#framework.length;
    this.#framework = grown(this.#framework, column(task).fill(-1));
    const capacity = this.#framework.length;
    this.#role = grown(this.#role, column(task));
    this.#agent = grown(this.#agent, column(task));
    this.#offer = grown(this.#offer, column(task));
    this.#state = grown(this.#state, new Uint8Array(capacity));
    this.#forwarded = grown(this.#forwarded, new Uint8Array(capacity));
    this.#update = grown(this.#update, column(task));
    // Filled without gaps: an array with large ones turns into a dictionary.
    for (let i = from; i < capacity; i++) {
      this.#resources.push(Resources.EMPTY);
      this.#specs.push(NO_SPEC);
    }
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
