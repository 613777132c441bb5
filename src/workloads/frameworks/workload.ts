import type { AgentId, Micros, RoleId, TaskId } from '../../cluster/ids.js';
import type { TaskInfo, TaskSpec, TaskState } from '../../cluster/protocol.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { TaskFlag, type Trace } from '../trace.js';

/** What the framework models read of a trace: one per run, shared by all models of the run. */
export interface Workload {
  readonly trace: Trace;
  /** Resources by shape. */
  readonly resources: readonly Resources[];
  /** Role ids by the trace's role numbers. */
  readonly roleIds: readonly RoleId[];
  readonly specs: (task: TaskId) => TaskSpec;
  /** True when the agent's attributes satisfy the trace's constraint of that number; for coarse offers. */
  readonly agentFits?: (constraint: number, agent: AgentId) => boolean;
  readonly progress: TaskProgress;
  /** Hears what becomes of builds whose executors outlive them: the master does not know. */
  readonly builds?: BuildLog;
  /** Hears of the coarse offers that are declined, how many and why. Absent: nobody wants to know. */
  readonly declined?: (why: DeclineReason, count: number) => void;
  /** A task without an estimate of its own is taken to last as long as it will: for backfilling. */
  readonly durationsAsEstimates?: boolean;
}

/** The life of a build in an executor that was there before it. */
export interface BuildLog {
  /** An executor has taken it. */
  started(build: TaskId, agent: AgentId, now: Micros): void;
  running(build: TaskId, now: Micros): void;
  /** TASK_LOST: it waits again. */
  ended(build: TaskId, state: TaskState, now: Micros): void;
}

/**
 * Why a framework declines a coarse offer: it has nothing queued for the role; the oldest task does not fit into it, may not
 * run on the agent, or is a gang that the offers of the event do not suffice for.
 */
export type DeclineReason = 'nothingQueued' | 'tooSmall' | 'wrongAgent' | 'gangTooLarge';

/** Where each task of the trace stands as its framework sees it, and of which kind it is: one byte a task. */
export class TaskProgress {
  /** The stage in the lowest {@link STAGE_BITS}, {@link TaskFlag} bits above: both are asked for at once. */
  readonly #bytes: Uint8Array;

  /** @param flags {@link TaskFlag} bits per task */
  constructor(flags: Uint8Array) {
    this.#bytes = flags.map((bits) => bits << STAGE_BITS);
  }

  of(task: TaskId): number {
    return this.#bytes[task] & STAGE_MASK;
  }

  set(task: TaskId, stage: number): void {
    this.#bytes[task] = (this.#bytes[task] & ~STAGE_MASK) | stage;
  }

  isService(task: TaskId): boolean {
    return (this.#bytes[task] & (TaskFlag.service << STAGE_BITS)) !== 0;
  }

  isGang(task: TaskId): boolean {
    return (this.#bytes[task] & (TaskFlag.gang << STAGE_BITS)) !== 0;
  }
}

const STAGE_BITS = 3;
const STAGE_MASK = (1 << STAGE_BITS) - 1;

/** Values of {@link TaskProgress}. */
export const Stage = {
  /** Not arrived yet. */
  future: 0,
  /** Waits for an offer. */
  queued: 1,
  /** Sent to the master in an ACCEPT. */
  launched: 2,
  /** TASK_RUNNING was seen. */
  running: 3,
  /** Ended for good. */
  done: 4,
  /** Fits no agent of the cluster (C-8): never asked for. */
  unschedulable: 5,
} as const;

/** How long a task will run as far as its owner knows, microseconds; -1: unknown, as a service's end always is. */
export function estimateOf(workload: Workload, task: TaskId): Micros {
  const own = workload.trace.estimateUs?.[task] ?? -1;
  if (own >= 0 || workload.durationsAsEstimates !== true || workload.progress.isService(task)) return own;
  return workload.trace.durationUs[task];
}

/** What is launched for a task. */
export function taskInfo(workload: Workload, task: TaskId, resources: Resources): TaskInfo {
  return { task, resources, spec: workload.specs(task) };
}

/**
 * The number of queued tasks from `position` on, before `end`, that are one ask: alike in all that an ask says and, where
 * they are a gang, of the same gang. A gang of several shapes (a task that was cut up, and its rest) is one ask per shape.
 */
export function runLength(workload: Workload, tasks: Int32Array, position: number, end: number): number {
  const { trace, progress } = workload;
  const first = tasks[position];
  const gang = trace.flags[first] & TaskFlag.gang;
  const estimates = trace.estimateUs !== undefined || workload.durationsAsEstimates === true;
  let next = position + 1;
  for (; next < end; next++) {
    const task = tasks[next];
    if (progress.of(task) !== Stage.queued) break;
    if (trace.shape[task] !== trace.shape[first] || trace.role[task] !== trace.role[first]) break;
    if ((trace.flags[task] & TaskFlag.gang) !== gang) break;
    if (gang !== 0 && (trace.flags[task] & TaskFlag.gangStart) !== 0) break;
    if (trace.constraint !== undefined && trace.constraint[task] !== trace.constraint[first]) break;
    if (trace.priority !== undefined && trace.priority[task] !== trace.priority[first]) break;
    if (estimates && estimateOf(workload, task) !== estimateOf(workload, first)) break;
  }
  return next - position;
}

/** The number of queued tasks from `position` on, before `end`, that belong to the gang of the first. */
export function gangLength(
  { trace, progress }: Workload,
  tasks: Int32Array,
  position: number,
  end: number,
): number {
  let next = position + 1;
  for (; next < end; next++) {
    const flags = trace.flags[tasks[next]];
    if ((flags & TaskFlag.gang) === 0 || (flags & TaskFlag.gangStart) !== 0) break;
    if (progress.of(tasks[next]) !== Stage.queued) break;
  }
  return next - position;
}
