import { SECOND, type AgentId, type Micros, type TaskId } from '../ids.js';
import type { MasterEffects } from '../protocol.js';
import { isTerminalCode } from '../task.js';
import { loseAgent, setDeactivated } from './agent-lifecycle.js';
import type { MasterAgent } from './agent-table.js';
import type { Control } from './calls.js';
import type { ClusterState } from './cluster-state.js';
import { persistAgent } from './registry.js';

/** How long a task has when its description says nothing (mesos-http-api section 7). */
const USUAL_GRACE_US = 3 * SECOND;

/** DRAIN_AGENT: no more offers of the agent, and its tasks are killed. */
export function drainAgent(
  cluster: ClusterState,
  call: Control<'DRAIN_AGENT'>,
  now: Micros,
  out: MasterEffects,
): void {
  const { agent: id, maxGraceUs, markGone } = call;
  if (drainProblem(cluster, id) !== undefined) return;
  const agent = cluster.agents.get(id) as MasterAgent;
  setDeactivated(cluster, id, true, now, out);
  agent.drain = { isDone: false, maxGraceUs, markGone, sinceUs: now };
  persistAgent(cluster, id, out);
  cluster.draining.add(id);
  killForDrain(cluster, agent, out);
}

/** Why the agent cannot be drained (the answer to the operator); undefined: it can. */
export function drainProblem(cluster: ClusterState, id: AgentId): string | undefined {
  const agent = cluster.agents.get(id);
  if (agent?.state !== 'registered') return 'no such agent is registered';
  if (agent.info.unavailability !== undefined) {
    return 'the machine of the agent is in a maintenance schedule (R-9.5)';
  }
  return agent.info.capabilities.includes('AGENT_DRAINING')
    ? undefined
    : 'the agent cannot be drained (R-9.5)';
}

/** Why the agent cannot go back to the market; undefined: it can. */
export function reactivateProblem(cluster: ClusterState, id: AgentId): string | undefined {
  const agent = cluster.agents.get(id);
  if (agent === undefined) return 'no such agent is registered';
  if (!agent.deactivated) return 'the agent is not deactivated';
  return agent.drain?.isDone === false ? 'the agent is still draining (R-9.5)' : undefined;
}

/** Kills what runs on an agent that is being drained, once it can be told. */
export function killForDrain(cluster: ClusterState, agent: MasterAgent, out: MasterEffects): void {
  if (agent.drain?.isDone !== false || !cluster.agents.isReachable(agent.id)) return;
  cluster.draining.add(agent.id);
  const { maxGraceUs } = agent.drain;
  const { tasks } = cluster;
  for (const task of tasks.onAgent(agent.id)) {
    if (isTerminalCode(tasks.stateCodeOf(task))) continue;
    const framework = tasks.frameworkOf(task);
    const grace = maxGraceUs === undefined ? {} : { graceUs: graceOf(cluster, task, maxGraceUs) };
    const reason = 'REASON_AGENT_DRAINING';
    out.toAgent(agent.id, { type: 'KILL_TASK', framework, task, ...grace, reason });
  }
}

function graceOf({ tasks }: ClusterState, task: TaskId, most: Micros): Micros {
  return Math.min(tasks.specOf(task).graceUs ?? USUAL_GRACE_US, most);
}

/** An agent is drained when its last task has ended and that was acknowledged. */
export function settleDrains(cluster: ClusterState, now: Micros, out: MasterEffects): void {
  for (const id of [...cluster.draining]) {
    const agent = cluster.agents.get(id);
    if (agent?.drain === undefined) cluster.draining.delete(id);
    else if (cluster.tasks.rowsOnAgent(id) === 0) {
      cluster.draining.delete(id);
      agent.drain = { ...agent.drain, isDone: true };
      persistAgent(cluster, id, out);
      if (!agent.drain.markGone) continue;
      loseAgent(
        cluster,
        { type: 'AGENT_LOST', agent: id, reason: 'REASON_AGENT_REMOVED_BY_OPERATOR' },
        now,
        out,
      );
    }
  }
}
