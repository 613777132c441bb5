/**
 * The trace model: what every reader and generator produces and every framework model consumes.
 *
 * A trace is a set of parallel columns, one entry per task. A *task number* is its position in the file, rows with
 * `tasks` > 1 expanded in place (semantics-notes C-5); it is the index into every column and the task's id in a run.
 */

/** The resources one task asks for, in integer milli-units (cpus, gpus: 1/1000; mem, disk: 1/1000 MB). */
export interface TaskShape {
  readonly cpusMilli: number;
  readonly memMilli: number;
  readonly diskMilli: number;
  readonly gpusMilli: number;
}

/** Bits of {@link Trace.flags}. */
export const TaskFlag = {
  /** One of several tasks that start together or not at all (semantics-notes A-8). */
  gang: 1,
  /** A service: runs until the end of the run; its duration is not used. */
  service: 2,
  /** The first task of a gang: it reaches to the task before the next start, or before the next task without `gang`. */
  gangStart: 4,
} as const;

/** Rows that a reader left out, by reason, e.g. `{ "run time is unknown": 25 }`. */
export type DroppedRows = Readonly<Record<string, number>>;

/**
 * Builds of continuous integration as the Jenkins plugin for Mesos runs them: each in an executor of the size of the
 * build, which is a Mesos task and is kept for the next build of that size.
 */
export interface CiModel {
  readonly type: 'ci';
  /** From TASK_RUNNING until the executor takes its first build. */
  readonly coldStartUs: number;
  /** How long an executor without a build is kept. */
  readonly keepUs: number;
}

/** `batch`: every task is a Mesos task of its own, queued until it finds room. */
export type FrameworkModelSpec = { readonly type: 'batch' } | CiModel;

export interface Trace {
  /** Name of the reader or generator: `csv`, `swf`, … */
  readonly format: string;
  /** Number of tasks: the length of every per-task column. */
  readonly taskCount: number;
  /** Rows (jobs of an SWF log, lines of a CSV) that were kept, before expansion of `tasks` > 1. */
  readonly rowCount: number;
  readonly dropped: DroppedRows;

  /** Submit time per task, integer microseconds on the trace's clock (semantics-notes C-1). */
  readonly submitUs: Float64Array;
  /** Duration per task, integer microseconds, 0 allowed. */
  readonly durationUs: Float64Array;
  /** Index into {@link shapes}. */
  readonly shape: Int32Array;
  /** Index into {@link frameworks}, dense, in order of first appearance in the file. */
  readonly framework: Int32Array;
  /** Index into {@link roles}, dense, in order of first appearance. */
  readonly role: Int32Array;
  /** Job number per task: dense from 0, in order of first appearance. Tasks of one row share a job. */
  readonly job: Int32Array;
  /** {@link TaskFlag} bits per task. */
  readonly flags: Uint8Array;
  /** Index into {@link constraints}, or -1. Absent when no task has one. */
  readonly constraint?: Int32Array;
  /** Priority per task, larger is more urgent. Absent when the file has none. */
  readonly priority?: Int32Array;
  /** Exit status per task (0 = finished, otherwise failed). Absent when all are 0. */
  readonly exit?: Int32Array;
  /** The user's own estimate of the duration in microseconds (SWF field 9), -1 where unknown. Absent when unknown. */
  readonly estimateUs?: Float64Array;
  /** Command per task; absent when no task has one. Index into {@link commands}, or -1. */
  readonly command?: Int32Array;

  readonly shapes: readonly TaskShape[];
  readonly frameworks: readonly string[];
  readonly roles: readonly string[];
  readonly jobCount: number;
  /** Names of the jobs where the file names them; job n is called `job-n` otherwise. */
  readonly jobNames?: readonly string[];
  /** Constraint texts as written: `rack=r1`, several joined by `;`. */
  readonly constraints: readonly string[];
  readonly commands: readonly string[];
  /** Columns of the file that Agora has no meaning for: name -> value per row is not kept, only the names. */
  readonly labels: readonly string[];

  /**
   * Task numbers in order of arrival (by submit time, ties in file order). Absent when the file is already in that
   * order, so that a million-task trace pays nothing for it.
   */
  readonly arrivalOrder?: Int32Array;
  /** Time 0 of waits and makespan on the clock of {@link submitUs}, microseconds (semantics-notes C-1). */
  readonly originUs: number;
  /** What the reader took off the file's times: the first submit for SWF and with --rebase, otherwise 0 or absent. */
  readonly shiftUs?: number;
  /**
   * A cluster that the file itself names, e.g. SWF MaxProcs or `# cluster:` lines: text as --agents takes it, one line
   * per shape of agent.
   */
  readonly clusterHint?: string;
  /** How the frameworks run their tasks; absent: `batch`. */
  readonly frameworkModel?: FrameworkModelSpec;
  /** One line each: things a person should know (unsorted rows, epoch times, what was not used). */
  readonly notices: readonly string[];
}

/**
 * Whether the framework of the task runs it in an executor that outlives it: the Mesos task of that number is then the
 * executor that was launched for it, and runs until it is killed. So it is in the model `ci`, but for services and gangs.
 */
export function isPooled({ frameworkModel, flags }: Trace, task: number): boolean {
  return frameworkModel?.type === 'ci' && (flags[task] & (TaskFlag.service | TaskFlag.gang)) === 0;
}
