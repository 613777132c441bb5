import { distributionOfMicros, type Distribution } from './distribution.js';
import type { Recorder } from './recorder.js';
import { OutcomeCounter, type TaskCounts } from './task-counts.js';

/** The tasks of one role or framework. */
export interface GroupFigures {
  readonly tasks: TaskCounts;
  /** In seconds, over tasks that started. */
  readonly wait: Distribution;
}

/**
 * Counts and waits of the tasks per group.
 *
 * @param groupOf group number per task, below `groupCount`
 * @param all the figures of all tasks together: those of a group that is the only one
 */
export function groupFigures(
  recorder: Recorder,
  groupOf: Int32Array,
  groupCount: number,
  all: GroupFigures,
): GroupFigures[] {
  if (groupCount === 1) return [all];
  const { trace, outcome, startUs } = recorder;
  const counters = Array.from({ length: groupCount }, () => new OutcomeCounter());
  const ends = new Int32Array(groupCount + 1);
  for (let task = 0; task < trace.taskCount; task++) {
    const hasStarted = startUs[task] >= 0;
    counters[groupOf[task]].add(outcome[task], hasStarted);
    if (hasStarted) ends[groupOf[task] + 1]++;
  }
  for (let group = 0; group < groupCount; group++) ends[group + 1] += ends[group];

  // The waits of one group after those of another; next[g] is where the next one of group g goes.
  const waits = new Float64Array(ends[groupCount]);
  const next = ends.slice(0, groupCount);
  for (let task = 0; task < trace.taskCount; task++) {
    if (startUs[task] >= 0) waits[next[groupOf[task]]++] = startUs[task] - trace.submitUs[task];
  }
  return counters.map((counter, group) => ({
    tasks: counter.counts(),
    wait: distributionOfMicros(waits.subarray(ends[group], ends[group + 1])),
  }));
}
