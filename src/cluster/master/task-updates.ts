import type { AgentId, FrameworkId, Micros, TaskId } from '../ids.js';
import type { MasterEffects, StatusUpdate, TaskState } from '../protocol.js';
import { canMove, isTerminalCode, stateCode } from '../task.js';
import type { Call } from './calls.js';
import type { ClusterState } from './cluster-state.js';
import type { MasterFramework } from './framework-table.js';

/** A status update of an agent: forwarded as it is, and the task moves with it. */
export function statusUpdated(
  cluster: ClusterState,
  update: StatusUpdate,
  now: Micros,
  out: MasterEffects,
): void {
  const { tasks } = cluster;
  const { task, agent } = update;
  // Of a removed agent, or of a framework that is removed or not back yet: dropped, the agent says it again (W-4.3).
  if (!cluster.agents.isReachable(agent)) return;
  const connected = cluster.frameworks.isConnected(update.framework);
  if (!connected) {
    const framework = cluster.frameworks.get(update.framework);
    if (framework?.removed === true) return;
    if (cluster.frameworks.takes(update.framework)) cluster.keepUnheard(update.framework, agent);
    if (framework === undefined) return;
  }
  const known = tasks.frameworkOf(task) === update.framework;
  if (known && tasks.agentOf(task) !== agent) {
    acknowledgeStray(update, out);
    return;
  }
  const code = stateCode(update.state);
  if (known && canMove(tasks.stateCodeOf(task), code)) {
    if (isTerminalCode(code)) cluster.endTask(task, code, now);
    else tasks.setState(task, code);
  }
  if (!connected) return;
  if (known) {
    tasks.setForwarded(task, code < 0 ? tasks.stateCodeOf(task) : code, update.update);
    if (update.update === 0 && isTerminalCode(code)) tasks.remove(task);
  }
  out.toFramework(update.framework, update);
}

/** The task was started anew on another agent: what the old copy has to say is of no interest to its framework. */
function acknowledgeStray({ framework, agent, task, update }: StatusUpdate, out: MasterEffects): void {
  if (update !== 0) out.toAgent(agent, { type: 'ACKNOWLEDGE', framework, agent, task, update });
}

/**
 * ACKNOWLEDGE: only the update forwarded last can be acknowledged, once; the call goes on to the agent as it is. For a task
 * that the master does not know any more, the agent decides.
 */
export function acknowledge(cluster: ClusterState, call: Call<'ACKNOWLEDGE'>, out: MasterEffects): void {
  const { tasks } = cluster;
  const { framework, agent, task, update } = call;
  if (!cluster.frameworks.isConnected(framework)) return;
  if (!cluster.agents.isReachable(agent)) return;
  const owner = tasks.frameworkOf(task);
  if (owner >= 0) {
    if (
      owner !== framework ||
      update === 0 ||
      tasks.agentOf(task) !== agent ||
      tasks.unacknowledged(task) !== update
    )
      return;
    if (isTerminalCode(tasks.forwardedCodeOf(task))) tasks.remove(task);
    else tasks.setAcknowledged(task);
  }
  out.toAgent(agent, call);
}

/** KILL: of an unknown task it is a question (RECONCILE); at a wrong agent it is dropped. */
export function kill(cluster: ClusterState, call: Call<'KILL'>, now: Micros, out: MasterEffects): void {
  const { tasks } = cluster;
  const { task, graceUs } = call;
  const framework = cluster.frameworks.connected(call.framework);
  if (framework === undefined) return;
  if (tasks.frameworkOf(task) !== framework.id) {
    answer(cluster, framework, task, call.agent, now, out);
    return;
  }
  const agent = cluster.agents.get(tasks.agentOf(task));
  if (agent === undefined || (call.agent !== -1 && call.agent !== agent.id)) return;
  if (!cluster.agents.isReachable(agent.id)) {
    agent.killsDue ??= new Map();
    agent.killsDue.set(task, graceUs);
    return;
  }
  const grace = graceUs === undefined ? undefined : { graceUs };
  out.toAgent(agent.id, { type: 'KILL_TASK', framework: framework.id, task, ...grace });
}

/** RECONCILE: about the tasks named, or all of the framework when none is (mesos-http-api 4.4). */
export function reconcile(
  cluster: ClusterState,
  call: Call<'RECONCILE'>,
  now: Micros,
  out: MasterEffects,
): void {
  const framework = cluster.frameworks.connected(call.framework);
  if (framework === undefined) return;
  if (call.tasks.length === 0) {
    for (const task of cluster.tasks.ofFramework(framework.id)) {
      answer(cluster, framework, task, -1, now, out);
    }
  } else {
    for (const { task, agent } of call.tasks) answer(cluster, framework, task, agent, now, out);
  }
}

function answer(
  cluster: ClusterState,
  framework: MasterFramework,
  task: TaskId,
  agent: AgentId,
  now: Micros,
  out: MasterEffects,
): void {
  const known = cluster.tasks.frameworkOf(task) === framework.id;
  const where = known ? cluster.tasks.agentOf(task) : agent;
  const state = known ? cluster.tasks.forwardedStateOf(task) : stateOfUnknown(cluster, agent);
  // It may run on an agent that is not back yet: who asks has to ask again (mesos-http-api 4.4).
  if (state === undefined) return;
  const message = known ? 'Reconciliation: latest state' : 'Reconciliation: task is unknown';
  cluster.tell(framework, where, task, state, 'REASON_RECONCILIATION', message, now, out);
}

/** undefined: nobody can tell yet. */
function stateOfUnknown({ agents }: ClusterState, agent: AgentId): TaskState | undefined {
  switch (agents.get(agent)?.state) {
    case 'recovered':
      return undefined;
    case 'registered':
      return 'TASK_GONE';
    case 'lost':
      return 'TASK_UNREACHABLE';
    case 'gone':
      return 'TASK_GONE_BY_OPERATOR';
    case undefined:
      return agent === -1 && agents.isExpecting ? undefined : 'TASK_UNKNOWN';
  }
}

/** Moves a task by the master's own decision and says so to its framework, if that is there. */
export function moveTask(
  cluster: ClusterState,
  task: TaskId,
  state: TaskState,
  reason: StatusUpdate['reason'] & string,
  message: string,
  now: Micros,
  out: MasterEffects,
): void {
  const { tasks } = cluster;
  const id: FrameworkId = tasks.frameworkOf(task);
  const agent = tasks.agentOf(task);
  const code = stateCode(state);
  cluster.endTask(task, code, now);
  if (isTerminalCode(code)) tasks.remove(task);
  else tasks.setForwarded(task, code, 0);
  const framework = cluster.frameworks.get(id);
  if (framework !== undefined) cluster.tell(framework, agent, task, state, reason, message, now, out);
}
