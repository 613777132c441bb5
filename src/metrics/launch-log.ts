import type { AgentId, Micros, TaskId } from '../cluster/ids.js';
import type { Resources } from '../cluster/resources/resources.js';
import type { Trace } from '../workloads/trace.js';
import type { ResourceColumns } from './resource-columns.js';

/** Every launch of a run in the order in which the master accepted them, and when each came to its end; a column a fact. */
export interface Launches {
  readonly count: number;
  readonly task: Int32Array;
  readonly agent: Int32Array;
  readonly startUs: Float64Array;
  /** -1: it has not ended. */
  readonly endUs: Float64Array;
  /** Dominant share of the cluster, 0 to 1, of the task's role and of its framework, the launch included. */
  readonly roleShare: Float64Array;
  readonly frameworkShare: Float64Array;
}

/**
 * What a run writes down of its launches: one number and one time an event, one behind the other, so that a run of a million
 * tasks hardly feels it. What follows from them is worked out when the run is over: {@link launchesOf}.
 */
export class LaunchLog {
  /** The task of a launch; of an end, -1 - the task. */
  events: Int32Array;
  times: Float64Array;
  eventCount = 0;
  /** Of the launches alone. */
  agents: Int32Array;
  count = 0;

  /** @param tasks of the trace: no more launches than these, unless tasks are launched again */
  constructor(tasks: number) {
    const capacity = Math.max(16, tasks);
    this.events = new Int32Array(2 * capacity);
    this.times = new Float64Array(2 * capacity);
    this.agents = new Int32Array(capacity);
  }

  launched(task: TaskId, agent: AgentId, now: Micros): void {
    if (this.count === this.agents.length) this.agents = longer(this.agents);
    this.agents[this.count++] = agent;
    this.#add(task, now);
  }

  ended(task: TaskId, now: Micros): void {
    this.#add(-1 - task, now);
  }

  #add(event: number, now: Micros): void {
    if (this.eventCount === this.events.length) {
      this.events = longer(this.events);
      this.times = longer(this.times);
    }
    this.events[this.eventCount] = event;
    this.times[this.eventCount++] = now;
  }
}

function longer<Column extends Int32Array | Float64Array>(column: Column): Column {
  const copy = new (column.constructor as new (length: number) => Column)(column.length * 2);
  copy.set(column);
  return copy;
}

/** Columns of a task's row: its last launch, or -1 if it does not run, and where its shape, role and framework begin. */
const [ROW, LAUNCH, SHAPE, ROLE, FRAMEWORK] = [4, 0, 1, 2, 3];

/** Goes through a log again: which launch each end belongs to, and the shares at each launch. O(events x resources). */
export function launchesOf(
  { events, times, eventCount, agents, count }: LaunchLog,
  trace: Trace,
  columns: ResourceColumns,
  shapes: readonly Resources[],
): Launches {
  const task = new Int32Array(count);
  const startUs = new Float64Array(count);
  const endUs = new Float64Array(count).fill(-1);
  const roleShare = new Float64Array(count);
  const frameworkShare = new Float64Array(count);
  const rows = taskRows(trace, columns.count);
  const perShape = columns.tableOf(shapes);
  const perTotal = columns.totals.map((total) => 1 / total);
  const roles = new Float64Array(trace.roles.length * columns.count);
  const frameworks = new Float64Array(trace.frameworks.length * columns.count);
  let launch = 0;
  for (let i = 0; i < eventCount; i++) {
    const event = events[i];
    const which = event < 0 ? -1 - event : event;
    const row = which * ROW;
    const [shape, role, framework] = [rows[row + SHAPE], rows[row + ROLE], rows[row + FRAMEWORK]];
    if (event >= 0) {
      task[launch] = which;
      startUs[launch] = times[i];
      roleShare[launch] = charge(roles, role, perShape, shape, 1, perTotal);
      frameworkShare[launch] = charge(frameworks, framework, perShape, shape, 1, perTotal);
      rows[row + LAUNCH] = launch++;
      continue;
    }
    const at = rows[row + LAUNCH];
    if (at < 0) continue;
    rows[row + LAUNCH] = -1;
    endUs[at] = times[i];
    charge(roles, role, perShape, shape, -1, perTotal);
    charge(frameworks, framework, perShape, shape, -1, perTotal);
  }
  return { count, task, agent: agents, startUs, endUs, roleShare, frameworkShare };
}

/** What an event needs of its task, side by side: tasks end in any order, and seldom lie in the processor's cache. */
function taskRows({ taskCount, shape, role, framework }: Trace, width: number): Int32Array {
  const rows = new Int32Array(taskCount * ROW);
  for (let task = 0; task < taskCount; task++) {
    const row = task * ROW;
    rows[row + LAUNCH] = -1;
    rows[row + SHAPE] = shape[task] * width;
    rows[row + ROLE] = role[task] * width;
    rows[row + FRAMEWORK] = framework[task] * width;
  }
  return rows;
}

/** Adds a row of a table to a row of another, and answers the dominant share of that one afterwards. */
function charge(
  held: Float64Array,
  to: number,
  amounts: Float64Array,
  from: number,
  sign: 1 | -1,
  perTotal: Float64Array,
): number {
  let share = 0;
  for (let c = 0; c < perTotal.length; c++) {
    const amount = (held[to + c] += sign * amounts[from + c]);
    const part = amount * perTotal[c];
    if (part > share) share = part;
  }
  return share;
}
