import { nameOf } from '../cluster/resources/kinds.js';
import { quantities } from '../cluster/resources/queries.js';
import { TaskFlag, type Trace } from '../workloads/trace.js';
import type { LiveCluster } from './cluster.js';

/**
 * Services never end: what they leave over is all that other tasks ever get. A sentence that says so when they want more than
 * the cluster has; undefined: they do not.
 */
export function servicesNote(trace: Trace, { agents }: LiveCluster): string | undefined {
  const wanted = { cpus: 0, mem: 0 };
  let services = 0;
  for (let task = 0; task < trace.taskCount; task++) {
    if ((trace.flags[task] & TaskFlag.service) === 0) continue;
    const { cpusMilli, memMilli } = trace.shapes[trace.shape[task]];
    wanted.cpus += cpusMilli;
    wanted.mem += memMilli;
    services++;
  }
  const there: Record<string, number> = {};
  for (const { resources, count } of agents) {
    for (const [name, milli] of quantities(resources)) {
      there[nameOf(name)] = (there[nameOf(name)] ?? 0) + milli * count;
    }
  }
  const [cpus, mem] = [there.cpus ?? 0, there.mem ?? 0];
  if (wanted.cpus <= cpus && wanted.mem <= mem) return undefined;
  const text = (cpusMilli: number, memMilli: number): string =>
    `${Math.round(cpusMilli / 1000)} cpus and ${Math.round(memMilli / 1_024_000)} GB`;
  const larger =
    trace.clusterHint === undefined
      ? 'Take a larger cluster, or leave services out of the trace.'
      : `The trace is made for a cluster of ${trace.clusterHint}: see agora local --agents and --resources.`;
  return (
    `${services} services want ${text(wanted.cpus, wanted.mem)} for good, all agents have ${text(cpus, mem)}: ` +
    `other tasks may never start. ${larger}`
  );
}
