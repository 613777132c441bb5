import type { AgentId, Micros, TaskId } from '../cluster/ids.js';
import type { Trace } from '../workloads/trace.js';
import type { ResourceColumns } from './resource-columns.js';
import type { Resources } from '../cluster/resources/resources.js';

/**
 * Every launch of a run in the order in which the master accepted them, and when each came to its end. Columns of 40 bytes
 * a launch; no more launches than tasks, unless tasks are launched again.
 */
export class LaunchLog {
  /** Launches so far: the length of the columns that is in use. */
  count = 0;
  task: Int32Array;
  agent: Int32Array;
  startUs: Float64Array;
  /** -1: it has not ended. */
  endUs: Float64Array;
  /** Dominant share of the cluster, 0 to 1, of the task's role and of its framework, the launch included. */
  roleShare: Float64Array;
  frameworkShare: Float64Array;
  /** Position of the last launch per task; -1: none. */
  readonly #last: Int32Array;
  readonly #trace: Trace;
  /** Milli-units per shape, and held per framework; rows of one number per resource. */
  readonly #shapes: Float64Array;
  readonly #held: Float64Array;
  readonly #perTotal: Float64Array;

  constructor(trace: Trace, columns: ResourceColumns, shapes: readonly Resources[]) {
    const capacity = Math.max(16, trace.taskCount);
    this.task = new Int32Array(capacity);
    this.agent = new Int32Array(capacity);
    this.startUs = new Float64Array(capacity);
    this.endUs = new Float64Array(capacity);
    this.roleShare = new Float64Array(capacity);
    this.frameworkShare = new Float64Array(capacity);
    this.#last = new Int32Array(trace.taskCount).fill(-1);
    this.#trace = trace;
    this.#shapes = columns.tableOf(shapes);
    this.#held = new Float64Array(trace.frameworks.length * columns.count);
    this.#perTotal = columns.totals.map((total) => 1 / total);
  }

  /** @param roleShare of the task's role, this launch included */
  launched(task: TaskId, agent: AgentId, roleShare: number, now: Micros): void {
    if (this.count === this.task.length) this.#grow();
    const at = this.count++;
    this.task[at] = task;
    this.agent[at] = agent;
    this.startUs[at] = now;
    this.endUs[at] = -1;
    this.roleShare[at] = roleShare;
    this.frameworkShare[at] = this.#charge(task, 1);
    this.#last[task] = at;
  }

  ended(task: TaskId, now: Micros): void {
    const at = this.#last[task];
    if (at < 0 || this.endUs[at] >= 0) return;
    this.endUs[at] = now;
    this.#charge(task, -1);
  }

  /** Answers the dominant share of the task's framework afterwards. */
  #charge(task: TaskId, sign: 1 | -1): number {
    const columns = this.#perTotal.length;
    const from = this.#trace.framework[task] * columns;
    const shape = this.#trace.shape[task] * columns;
    let share = 0;
    for (let c = 0; c < columns; c++) {
      const held = this.#held[from + c] + sign * this.#shapes[shape + c];
      this.#held[from + c] = held;
      const part = held * this.#perTotal[c];
      if (part > share) share = part;
    }
    return share;
  }

  #grow(): void {
    const longer = <Column extends Int32Array | Float64Array>(column: Column): Column => {
      const copy = new (column.constructor as new (length: number) => Column)(column.length * 2);
      copy.set(column);
      return copy;
    };
    this.task = longer(this.task);
    this.agent = longer(this.agent);
    this.startUs = longer(this.startUs);
    this.endUs = longer(this.endUs);
    this.roleShare = longer(this.roleShare);
    this.frameworkShare = longer(this.frameworkShare);
  }
}
