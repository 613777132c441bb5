import type { Micros } from '../cluster/ids.js';
import { formatResources } from '../cluster/resources/text.js';
import type { Resources } from '../cluster/resources/resources.js';
import type { SorterNames } from '../cluster/sorters.js';
import type { DeclineReason } from '../workloads/frameworks/workload.js';
import { distributionOfMicros, type Distribution } from './distribution.js';
import { fairnessOf, type Fairness, type RoleFairness } from './fairness.js';
import { groupFigures, type GroupFigures } from './groups.js';
import { jobFigures, type JobRuns } from './jobs.js';
import { offeredLoad } from './load.js';
import type { Recorder } from './recorder.js';
import { OutcomeCounter, type TaskCounts } from './task-counts.js';

/** A number per resource name of the cluster. */
export type ByResource = Readonly<Record<string, number>>;

/**
 * What one run came to; times in seconds. docs/metrics.md defines every figure. All but `timing` is a function of the
 * run's inputs, byte for byte.
 */
export interface RunSummary {
  readonly tasks: TaskCounts;
  readonly jobs: TaskCounts & { readonly wait: Distribution };
  /** Master accepts the launch - submit, over tasks that started (semantics-notes C-2). */
  readonly wait: Distribution;
  /** Scheduler sees TASK_RUNNING - submit. */
  readonly timeToRunning: Distribution;
  /** Job completion time. */
  readonly jct: Distribution;
  /** Bounded by 10 s. */
  readonly slowdown: Distribution;
  /** Last task end - origin of the trace; null when no task has ended. */
  readonly makespan: number | null;
  /** Clock at the end of the run, of the trace's own time; what is still running runs on. */
  readonly endedAt: number;
  /** Demand / capacity; see offeredLoad. */
  readonly load: ByResource;
  /** Time-averaged used / total. */
  readonly utilization: ByResource;
  readonly offeredOrAllocated: ByResource;
  readonly fairness: Fairness;
  readonly offers: {
    readonly made: number;
    readonly accepted: number;
    readonly declined: number;
    readonly rescinded: number;
    /** Coarse offers declined, by the reason of the framework model. */
    readonly declinedFor: Readonly<Record<DeclineReason, number>>;
  };
  readonly allocationCycles: { readonly count: number };
  /** Inputs that the simulator handled. */
  readonly events: number;
  readonly decisionHash: string;
  readonly seed: string;
  readonly allocator: string;
  /** Only where one is random. */
  readonly sorters?: SorterNames;
  readonly trace: TraceFacts;
  /** The run was interrupted: this holds up to then. */
  readonly partial: boolean;
  /** Tasks were left that nothing could ever start. */
  readonly stalled: boolean;
  readonly roles: readonly RoleSummary[];
  readonly frameworks: readonly FrameworkSummary[];
  /** Tasks that fit no agent and were never asked for. */
  readonly unschedulable: readonly TaskGroup[];
  /** Tasks that had arrived and not ended, services included. */
  readonly unfinished: readonly UnfinishedTasks[];
  readonly timing: Timing;
}

export interface TraceFacts {
  readonly path: string;
  /** Of the file's bytes. */
  readonly sha256: string;
  /** Kept and left out. */
  readonly rows: number;
  readonly dropped: number;
  /** Rows left out by reason. */
  readonly droppedFor: Readonly<Record<string, number>>;
}

export interface RoleSummary extends GroupFigures, RoleFairness {
  readonly name: string;
  readonly weight: number;
}

export interface FrameworkSummary extends GroupFigures {
  readonly name: string;
}

/** Tasks that are alike, and what is the matter with them. */
export interface TaskGroup {
  readonly role: string;
  readonly resources: string;
  readonly constraint: string | null;
  readonly tasks: number;
  readonly reason: string;
}

export interface UnfinishedTasks extends TaskGroup {
  readonly kind: 'batch' | 'service';
  /** Launched, not waiting. */
  readonly running: boolean;
}

/** The same by indices into the lists of the trace, per framework. */
export interface FoundGroup {
  readonly role: number;
  readonly shape: number;
  /** -1: none. */
  readonly constraint: number;
  readonly count: number;
  readonly reason: string;
}

export interface FoundUnfinished extends FoundGroup {
  readonly isService: boolean;
  readonly isRunning: boolean;
}

/** Figures of the machine and the moment, never of the run. */
export interface Timing {
  readonly wallSeconds: number;
  /** User and system time of the process while the engine ran. */
  readonly engineCpuSeconds: number;
  readonly eventsPerSecond: number | null;
  /** Of the allocation cycles; null when there was none. */
  readonly cycleP50Ms: number | null;
  readonly cycleP99Ms: number | null;
  readonly peakMemoryBytes: number;
}

export interface SummaryInput {
  readonly recorder: Recorder;
  /** What became of the jobs, of the same recorder. */
  readonly jobs: JobRuns;
  /** Resources per task shape of the trace. */
  readonly shapes: readonly Resources[];
  /** Clock at the end of the run, in microseconds. */
  readonly endUs: Micros;
  readonly events: number;
  readonly seed: string;
  readonly allocator: string;
  readonly sorters?: SorterNames | undefined;
  readonly traceFile: { readonly path: string; readonly sha256: string };
  /** How the run ended: `done` when nothing was left to do. */
  readonly end: 'done' | 'until' | 'stalled' | 'interrupted';
  readonly unschedulable: readonly FoundGroup[];
  readonly unfinished: readonly FoundUnfinished[];
  readonly timing: Timing;
}

/**
 * When a run was over: one that was not cut, with its last launch or end. What follows are acknowledgements, or idle offers.
 */
export function overAt({ recorder, end, endUs }: Pick<SummaryInput, 'recorder' | 'end' | 'endUs'>): Micros {
  const isCut = end === 'until' || end === 'interrupted';
  return isCut ? Math.max(endUs, recorder.lastChangeUs) : recorder.lastChangeUs;
}

/** Sums a run up. Cost: O(tasks + jobs). Call it once, when the run is over. */
export function summarise(input: SummaryInput): RunSummary {
  const { recorder, end } = input;
  const { trace } = recorder;
  const overUs = overAt(input);
  const windowUs = Math.max(0, overUs - trace.originUs);
  recorder.advanceAll(overUs);

  const wait = distributionOfMicros(sinceSubmit(recorder, recorder.startUs));
  const jobs = jobFigures(recorder, input.jobs, wait);
  const { fairness, roles } = fairnessOf(recorder, windowUs);
  const all = { tasks: taskCounts(recorder), wait };
  const roleFigures = groupFigures(recorder, trace.role, trace.roles.length, all);
  const frameworkFigures = groupFigures(recorder, trace.framework, trace.frameworks.length, all);
  const droppedCounts = Object.values(trace.dropped);
  return {
    tasks: all.tasks,
    jobs: { ...jobs.counts, wait: jobs.wait },
    wait,
    timeToRunning: seenAtOnce(recorder)
      ? wait
      : distributionOfMicros(sinceSubmit(recorder, recorder.runningUs)),
    jct: jobs.jct,
    slowdown: jobs.slowdown,
    makespan: recorder.lastEndUs < 0 ? null : (recorder.lastEndUs - trace.originUs) / 1e6,
    endedAt: input.endUs / 1e6,
    ...resourceFigures(input, windowUs),
    fairness,
    offers: { ...recorder.offers, declinedFor: { ...recorder.declinedFor } },
    allocationCycles: { count: recorder.allocationCycles },
    events: input.events,
    decisionHash: recorder.decisionHash(),
    seed: input.seed,
    allocator: input.allocator,
    ...(input.sorters && { sorters: input.sorters }),
    trace: {
      path: input.traceFile.path,
      sha256: input.traceFile.sha256,
      rows: trace.rowCount,
      dropped: droppedCounts.reduce((sum, count) => sum + count, 0),
      droppedFor: trace.dropped,
    },
    partial: end === 'interrupted',
    stalled: end === 'stalled',
    roles: trace.roles.map((name, role) => ({
      name,
      weight: recorder.weightOf(name),
      ...roles[role],
      ...roleFigures[role],
    })),
    frameworks: trace.frameworks.map((name, framework) => ({ name, ...frameworkFigures[framework] })),
    unschedulable: taskGroups(input, input.unschedulable, () => ({})),
    unfinished: taskGroups(input, input.unfinished, ({ isService, isRunning }) => ({
      kind: isService ? ('service' as const) : ('batch' as const),
      running: isRunning,
    })),
    timing: input.timing,
  };
}

function taskCounts({ outcome, startUs }: Recorder): TaskCounts {
  const counter = new OutcomeCounter();
  for (let task = 0; task < outcome.length; task++) counter.add(outcome[task], startUs[task] >= 0);
  return counter.counts();
}

/** Microseconds from submit to a time per task, for the tasks that have one. */
function sinceSubmit({ trace }: Recorder, at: Float64Array): Float64Array {
  const spans = new Float64Array(at.length);
  let count = 0;
  for (let task = 0; task < at.length; task++) {
    if (at[task] >= 0) spans[count++] = at[task] - trace.submitUs[task];
  }
  return spans.subarray(0, count);
}

/** Without latency a task is seen running in the instant of its launch: one distribution says both. */
function seenAtOnce({ startUs, runningUs }: Recorder): boolean {
  for (let task = 0; task < startUs.length; task++) if (startUs[task] !== runningUs[task]) return false;
  return true;
}

function resourceFigures(
  { recorder, shapes }: SummaryInput,
  windowUs: Micros,
): Pick<RunSummary, 'load' | 'utilization' | 'offeredOrAllocated'> {
  const { columns, outcome, trace } = recorder;
  const used = recorder.topShares.heldAreas();
  const offered = recorder.offeredAreas();
  const load = offeredLoad(trace, columns, shapes, outcome);
  const average = (area: number, column: number): number =>
    windowUs > 0 ? area / (columns.totals[column] * windowUs) : 0;
  const byResource = (value: (column: number) => number): ByResource =>
    Object.fromEntries(columns.names.map((name, column) => [name, value(column)]));
  return {
    load: byResource((column) => load[column]),
    utilization: byResource((column) => average(used[column], column)),
    offeredOrAllocated: byResource((column) => average(used[column] + offered[column], column)),
  };
}

/** Puts the groups of several frameworks together, in order of first appearance. */
function taskGroups<Found extends FoundGroup, More extends object>(
  { recorder: { trace }, shapes }: SummaryInput,
  found: readonly Found[],
  more: (group: Found) => More,
): (TaskGroup & More)[] {
  const groups = new Map<string, TaskGroup & More>();
  for (const group of found) {
    const { role, shape, constraint, count, reason } = group;
    const key = [role, shape, constraint, JSON.stringify(more(group)), reason].join(' ');
    const tasks = (groups.get(key)?.tasks ?? 0) + count;
    groups.set(key, {
      role: trace.roles[role],
      resources: formatResources(shapes[shape]),
      constraint: constraint < 0 ? null : trace.constraints[constraint],
      tasks,
      reason,
      ...more(group),
    });
  }
  return [...groups.values()];
}
