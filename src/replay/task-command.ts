import type { TaskId } from '../cluster/ids.js';
import { isPooled, TaskFlag, type Trace } from '../workloads/trace.js';

/** The longest that every `sleep` takes, in seconds. */
const FOR_EVER = 2_147_483_647;

/**
 * What a task of a trace runs on a real host: the command of its row, else a sleep of its duration, `speedup` times as short,
 * that ends with its exit status. A service, and an executor whose builds its framework keeps time of, run until they are
 * killed.
 */
export function commandOf(
  trace: Trace,
  task: TaskId,
  speedup: number,
): { readonly shell: true; readonly value: string } {
  const own = trace.commands[trace.command?.[task] ?? -1];
  if (own !== undefined && own !== '') return { shell: true, value: own };
  const isEndless =
    (trace.flags[task] & TaskFlag.service) !== 0 ||
    (trace.frameworkModel?.type === 'ci' && isPooled(trace, task));
  if (isEndless) return { shell: true, value: `exec sleep ${FOR_EVER}` };
  const seconds = (trace.durationUs[task] / 1e6 / speedup).toFixed(3);
  const exit = trace.exit?.[task] ?? 0;
  return { shell: true, value: exit === 0 ? `exec sleep ${seconds}` : `sleep ${seconds}; exit ${exit}` };
}
