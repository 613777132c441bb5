import { distributionOf, distributionOfMicros, type Distribution } from './distribution.js';
import { Outcome, type Recorder } from './recorder.js';
import { OutcomeCounter, type TaskCounts } from './task-counts.js';

/** Bound of the bounded slowdown: a job that runs shorter counts as if it ran this long. */
const SLOWDOWN_BOUND_US = 10_000_000;

export interface JobFigures {
  readonly counts: TaskCounts;
  /** First launch of the job - its first submit, in seconds. */
  readonly wait: Distribution;
  /** Last end - first submit, in seconds, over jobs that ran and ended. */
  readonly jct: Distribution;
  /**
   * Over the same jobs: max(1, completion time / max(r, 10 s)), r being the longest run time among the job's tasks.
   * Bounded slowdown after Feitelson et al., Theory and Practice in Parallel Job Scheduling, JSSPP 1997.
   */
  readonly slowdown: Distribution;
}

/**
 * What became of the jobs. A job has the worst outcome of its tasks: see {@link outcomeOfJob}.
 *
 * @param runs what {@link jobRuns} makes of the recorder; its slowdowns are rearranged
 * @param taskWait the wait over tasks: that of the jobs, too, where every task is a job of its own
 */
export function jobFigures(recorder: Recorder, runs: JobRuns, taskWait: Distribution): JobFigures {
  const jobs = recorder.trace.jobCount;
  const { submit, start, end, outcomes, slowdowns } = runs;
  const counter = new OutcomeCounter();
  const wait = new Float64Array(jobs);
  const jct = new Float64Array(jobs);
  let [started, ended] = [0, 0];
  for (let job = 0; job < jobs; job++) {
    const hasStarted = start[job] < Infinity;
    counter.add(outcomes[job], hasStarted);
    if (!hasStarted) continue;
    wait[started++] = start[job] - submit[job];
    if (outcomes[job] >= Outcome.finished) jct[ended++] = end[job] - submit[job];
  }
  return {
    counts: counter.counts(),
    wait: jobs === recorder.trace.taskCount ? taskWait : distributionOfMicros(wait.subarray(0, started)),
    jct: distributionOfMicros(jct.subarray(0, ended)),
    slowdown: distributionOf(slowdowns),
  };
}

/** What happened to each job, by job number; times in microseconds. */
export interface JobRuns {
  readonly submit: Float64Array;
  /** Infinity: never. */
  readonly start: Float64Array;
  /** Last end of a task; means nothing when none has started. */
  readonly end: Float64Array;
  /** {@link Outcome} of the job. */
  readonly outcomes: Uint8Array;
  /** Bounded slowdowns of the jobs that ran and ended: see {@link JobFigures.slowdown}. */
  readonly slowdowns: Float64Array;
}

/** Puts the tasks of each job together. Cost: O(tasks). The arrays may be the recorder's own. */
export function jobRuns(recorder: Recorder): JobRuns {
  const spans = eachTaskIsAJob(recorder.trace) ? spansOfTasks(recorder) : spansOfJobs(recorder);
  const { submit, start, end, masks, longest } = spans;
  const jobs = submit.length;
  const outcomes = new Uint8Array(jobs);
  const slowdowns = new Float64Array(jobs);
  let ended = 0;
  for (let job = 0; job < jobs; job++) {
    outcomes[job] = outcomeByMask[masks[job]];
    if (start[job] === Infinity || outcomes[job] < Outcome.finished) continue;
    const ran = longest === undefined ? end[job] - start[job] : longest[job];
    slowdowns[ended++] = Math.max(1, (end[job] - submit[job]) / Math.max(ran, SLOWDOWN_BOUND_US));
  }
  return { submit, start, end, outcomes, slowdowns: slowdowns.subarray(0, ended) };
}

interface JobSpans {
  readonly submit: Float64Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Bit n is set when a task of the job has outcome n. */
  readonly masks: Uint16Array;
  /** Of its tasks' run times, the longest; undefined: from start to end. */
  readonly longest: Float64Array | undefined;
}

function eachTaskIsAJob({ job, jobCount, taskCount }: Recorder['trace']): boolean {
  if (jobCount !== taskCount) return false;
  for (let task = 0; task < taskCount; task++) if (job[task] !== task) return false;
  return true;
}

function spansOfTasks({ trace, outcome, startUs, endUs }: Recorder): JobSpans {
  const start = new Float64Array(trace.taskCount);
  const masks = new Uint16Array(trace.taskCount);
  for (let task = 0; task < start.length; task++) {
    masks[task] = 1 << outcome[task];
    start[task] = startUs[task] < 0 ? Infinity : startUs[task];
  }
  return { submit: trace.submitUs, start, end: endUs, masks, longest: undefined };
}

function spansOfJobs({ trace, outcome, startUs, endUs }: Recorder): JobSpans {
  const jobs = trace.jobCount;
  const submit = new Float64Array(jobs).fill(Infinity);
  const start = new Float64Array(jobs).fill(Infinity);
  const end = new Float64Array(jobs).fill(-1);
  const longest = new Float64Array(jobs);
  const masks = new Uint16Array(jobs);
  for (let task = 0; task < trace.taskCount; task++) {
    const job = trace.job[task];
    masks[job] |= 1 << outcome[task];
    submit[job] = Math.min(submit[job], trace.submitUs[task]);
    if (startUs[task] < 0) continue;
    start[job] = Math.min(start[job], startUs[task]);
    end[job] = Math.max(end[job], endUs[task]);
    longest[job] = Math.max(longest[job], endUs[task] - startUs[task]);
  }
  return { submit, start, end, masks, longest };
}

/**
 * A job with a task that can never start is unschedulable; with one that has not ended, unfinished; otherwise it has the
 * worst end of its tasks, error before lost before failed before killed before finished.
 *
 * @param mask bit n is set when a task has outcome n
 */
function outcomeOfJob(mask: number): number {
  if (mask === 1 << Outcome.finished) return Outcome.finished;
  if (mask === 1 << Outcome.ahead) return Outcome.ahead;
  const worst = WORST_FIRST.find((outcome) => (mask & (1 << outcome)) !== 0)!;
  // Some tasks have not arrived, the others have ended: the job waits for them.
  return worst === Outcome.ahead ? Outcome.waiting : worst;
}

const WORST_FIRST = [
  Outcome.unschedulable,
  Outcome.running,
  Outcome.waiting,
  Outcome.ahead,
  Outcome.error,
  Outcome.lost,
  Outcome.failed,
  Outcome.killed,
  Outcome.finished,
];

/** {@link outcomeOfJob} of every mask there can be; a job without tasks has none and is ahead. */
const outcomeByMask = Uint8Array.from({ length: 1 << WORST_FIRST.length }, (_, mask) =>
  mask === 0 ? Outcome.ahead : outcomeOfJob(mask),
);
