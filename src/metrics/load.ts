import type { Resources } from '../cluster/resources/resources.js';
import { TaskFlag, type Trace } from '../workloads/trace.js';
import { Outcome } from './recorder.js';
import type { ResourceColumns } from './resource-columns.js';

/**
 * Offered load per resource of the cluster: what arrives per second against what the cluster can serve per second, with
 * nothing left out but tasks that fit no agent. Above 1 the queue grows for as long as tasks arrive.
 *
 * load = sum(amount x duration) / (capacity x window). The window runs from the first to the last submit; when that is
 * shorter than the mean duration (everything at once), it is the mean duration. A service counts as amount / capacity.
 *
 * @param shapes resources per task shape of the trace
 * @param outcome of each task: those that fit no agent are known before anything runs
 */
export function offeredLoad(
  trace: Trace,
  columns: ResourceColumns,
  shapes: readonly Resources[],
  outcome: Uint8Array,
): Float64Array {
  const busyUs = new Float64Array(trace.shapes.length);
  const services = new Float64Array(trace.shapes.length);
  let [first, last] = [Infinity, -Infinity];
  let [batchCount, durationSum] = [0, 0];
  for (let task = 0; task < trace.taskCount; task++) {
    if (outcome[task] === Outcome.unschedulable) continue;
    first = Math.min(first, trace.submitUs[task]);
    last = Math.max(last, trace.submitUs[task]);
    if ((trace.flags[task] & TaskFlag.service) !== 0) {
      services[trace.shape[task]]++;
      continue;
    }
    batchCount++;
    durationSum += trace.durationUs[task];
    busyUs[trace.shape[task]] += trace.durationUs[task];
  }
  const window = Math.max(last - first, batchCount > 0 ? durationSum / batchCount : 0);
  const load = new Float64Array(columns.count);
  const amounts = columns.tableOf(shapes);
  shapes.forEach((_, shape) => {
    // Nothing but tasks without duration at one instant: they take no time of the cluster.
    const concurrent = services[shape] + (window > 0 ? busyUs[shape] / window : 0);
    for (let c = 0; c < load.length; c++) {
      load[c] += (amounts[shape * load.length + c] * concurrent) / columns.totals[c];
    }
  });
  return load;
}
