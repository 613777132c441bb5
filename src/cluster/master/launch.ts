import type { Micros, TaskId } from '../ids.js';
import type { MasterEffects, TaskInfo } from '../protocol.js';
import { Resources } from '../resources/resources.js';
import { mixedRevocableProblem, volumesProblem } from '../resources/validate.js';
import type { Acceptance } from './accept.js';
import type { OperationOf } from './calls.js';
import type { ClusterState } from './cluster-state.js';
import { isTaskId } from './task-table.js';

/** LAUNCH: each task is judged on its own. */
export function launch(
  cluster: ClusterState,
  acceptance: Acceptance,
  tasks: readonly TaskInfo[],
  now: Micros,
  out: MasterEffects,
): void {
  for (const info of tasks) {
    const problem = taskProblem(cluster, acceptance, info) ?? charge(cluster, acceptance, info);
    if (problem === undefined) start(cluster, acceptance, info, now, out);
    else fail(cluster, acceptance, info, 'REASON_TASK_INVALID', problem, now, out);
  }
}

/** LAUNCH_GROUP: all tasks or none. */
export function launchGroup(
  cluster: ClusterState,
  acceptance: Acceptance,
  { tasks, executorId }: OperationOf<'LAUNCH_GROUP'>,
  now: Micros,
  out: MasterEffects,
): void {
  const problem = groupProblem(cluster, acceptance, tasks, executorId);
  for (const info of tasks) {
    if (problem === undefined) start(cluster, acceptance, info, now, out);
    else fail(cluster, acceptance, info, 'REASON_TASK_GROUP_INVALID', problem, now, out);
  }
}

/** Charges the whole group, or nothing when there is a problem. */
function groupProblem(
  cluster: ClusterState,
  acceptance: Acceptance,
  tasks: readonly TaskInfo[],
  executorId: string,
): string | undefined {
  if (new Set(tasks.map((info) => info.task)).size < tasks.length)
    return 'a task is in the group twice (R-7.7)';
  let charged = 0;
  for (const info of tasks) {
    const other = info.spec.executorId;
    const problem =
      other === executorId
        ? (taskProblem(cluster, acceptance, info) ?? charge(cluster, acceptance, info))
        : `a task of the group names the executor "${other ?? ''}", the group "${executorId}"`;
    if (problem === undefined) {
      charged++;
      continue;
    }
    for (const before of tasks.slice(0, charged)) uncharge(cluster, acceptance, before);
    return problem;
  }
  return undefined;
}

/** as far as it does not depend on the offer. */
function taskProblem(
  cluster: ClusterState,
  { agent, offer }: Acceptance,
  { task, resources, spec }: TaskInfo,
): string | undefined {
  if (spec.problem !== undefined) return spec.problem;
  if (spec.agent !== undefined && spec.agent !== agent.id)
    return 'the task names another agent than the offer';
  if (spec.role !== undefined && spec.role !== offer.role)
    return 'the task uses resources of another role than was offered to (R-1.24)';
  if (cluster.tasks.has(task) || !isTaskId(task)) return idProblem(cluster, task);
  if (resources.isEmpty) return 'the task uses no resources (R-7.7)';
  return resources.isPlain ? undefined : (mixedRevocableProblem(resources) ?? volumesProblem(resources));
}

/** A function of its own: the number would be made a text for every task, bad or not. */
function idProblem(cluster: ClusterState, task: TaskId): string {
  return cluster.tasks.has(task)
    ? 'the framework has a task of this id already (R-7.7)'
    : `${task} is no task id`;
}

/** Takes task and executor out of the pool; a sentence when they are not all there. */
function charge(
  cluster: ClusterState,
  { framework, agent, offer }: Acceptance,
  { resources, spec }: TaskInfo,
): string | undefined {
  const { pool } = cluster;
  if (spec.executorId === undefined) {
    return pool.take(resources) ? undefined : 'the task uses more than was offered (R-7.5)';
  }
  if (cluster.isOtherExecutor(agent, framework.id, spec))
    return `executor "${spec.executorId}" runs on the agent already, and is described otherwise (R-7.5)`;
  const executor = cluster.executorNeed(agent, framework.id, spec) ?? Resources.EMPTY;
  if (!pool.take(resources.plus(executor)))
    return 'the task and its executor use more than was offered (R-7.5)';
  cluster.joinExecutor(agent, framework.id, offer.role, spec, executor);
  return undefined;
}

/** Takes a charge of this very ACCEPT back. */
function uncharge(
  cluster: ClusterState,
  { framework, agent }: Acceptance,
  { resources, spec }: TaskInfo,
): void {
  cluster.pool.add(resources);
  if (spec.executorId === undefined) return;
  const executor = cluster.leaveExecutor(agent, framework.id, spec.executorId);
  if (executor !== undefined) cluster.pool.add(executor.resources);
}

function start(
  cluster: ClusterState,
  { framework, offer }: Acceptance,
  { task, resources, spec }: TaskInfo,
  now: Micros,
  out: MasterEffects,
): void {
  const { role, agent } = offer;
  cluster.addTask(task, framework.id, role, agent, resources, spec, offer.id, now);
  out.toAgent(agent, { type: 'RUN_TASK', framework: framework.id, role, task, resources, spec });
}

function fail(
  cluster: ClusterState,
  { framework, offer }: Acceptance,
  { task }: TaskInfo,
  reason: 'REASON_TASK_INVALID' | 'REASON_TASK_GROUP_INVALID',
  problem: string,
  now: Micros,
  out: MasterEffects,
): void {
  cluster.tell(framework, offer.agent, task, 'TASK_ERROR', reason, problem, now, out);
}
