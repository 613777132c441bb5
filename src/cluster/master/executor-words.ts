import type { MasterEffects } from '../protocol.js';
import type { Call, Report } from './calls.js';
import type { ClusterState } from './cluster-state.js';

/** MESSAGE and SHUTDOWN: passed on to the agent when it is there, else lost (mesos-http-api 2.3). */
export function toExecutor(
  cluster: ClusterState,
  call: Call<'MESSAGE'> | Call<'SHUTDOWN'>,
  out: MasterEffects,
): void {
  const { framework, agent, executorId } = call;
  if (cluster.frameworks.connected(framework) === undefined) return;
  if (!cluster.agents.isReachable(agent)) return;
  if (call.type === 'SHUTDOWN') out.toAgent(agent, { type: 'SHUTDOWN_EXECUTOR', framework, executorId });
  else out.toAgent(agent, { type: 'EXECUTOR_MESSAGE', framework, executorId, data: call.data });
}

/** What an agent says of an executor, for its framework when that is there. */
export function fromExecutor(
  cluster: ClusterState,
  report: Report<'EXECUTOR_MESSAGE'> | Report<'EXECUTOR_EXITED'>,
  out: MasterEffects,
): void {
  const { framework, agent, executorId } = report;
  if (!cluster.agents.isReachable(agent)) return;
  if (cluster.frameworks.connected(framework) === undefined) return;
  if (report.type === 'EXECUTOR_MESSAGE')
    out.toFramework(framework, { type: 'MESSAGE', agent, executorId, data: report.data });
  else out.toFramework(framework, { type: 'FAILURE', agent, executorId, status: report.status });
}
