import type { Holding } from '../allocator.js';
import { areSameAttributes } from '../attributes.js';
import type { AgentId, Micros } from '../ids.js';
import type { AgentInfo, MasterEffects, RunningTask, TaskState, UpdateReason } from '../protocol.js';
import { Resources } from '../resources/resources.js';
import { isTerminalCode, stateCode, statusUpdate, UNREACHABLE } from '../task.js';
import { isTaskId } from './task-table.js';
import { MasterAgent } from './agent-table.js';
import type { Control, Report } from './calls.js';
import type { ClusterState } from './cluster-state.js';
import { killForDrain } from './drain.js';
import { rescindInverseOffers } from './maintenance.js';
import { persistAgent } from './registry.js';
import { moveTask } from './task-updates.js';

/** REGISTER_AGENT: a new agent, one that was away, or one that is there and says so again. */
export function registerAgent(
  cluster: ClusterState,
  report: Report<'REGISTER_AGENT'>,
  now: Micros,
  out: MasterEffects,
): void {
  const { agent: id } = report;
  if (registrationProblem(cluster, report) !== undefined) return;
  const info = cluster.maintenance.described(report.info);
  const known = cluster.agents.get(id);
  const tasks = report.tasks.filter((task, at, all) => isSound(cluster, task, at, all));
  if (known?.state === 'registered') {
    reregister(cluster, known, info, tasks, now, out);
  } else if (!admit(cluster, known ?? new MasterAgent(id, info), info, tasks, now, out)) {
    return;
  }
  out.toAgent(id, { type: 'AGENT_REGISTERED', agent: id });
  const agent = cluster.agents.get(id);
  if (agent === undefined) return;
  for (const { framework } of tasks) {
    const owner = cluster.frameworks.get(framework);
    if (owner?.connected !== true && owner?.removed !== true) cluster.keepUnheard(framework, id);
  }
  for (const [task, graceUs] of agent.killsDue ?? []) {
    if (cluster.tasks.agentOf(task) !== id || !cluster.tasks.has(task)) continue;
    const framework = cluster.tasks.frameworkOf(task);
    out.toAgent(id, { type: 'KILL_TASK', framework, task, ...(graceUs !== undefined && { graceUs }) });
  }
  agent.killsDue = undefined;
  killForDrain(cluster, agent, out);
}

/** Why an agent is not let in (W-5.8), and has to end; undefined: it is. */
export function registrationProblem(
  { agents, maintenance, domain }: ClusterState,
  { agent: id, info }: Report<'REGISTER_AGENT'>,
): string | undefined {
  if (!agents.takes(id)) return `${id} is no agent id`;
  if (maintenance.isDown(info)) return 'the machine of the agent is DOWN for maintenance (R-9.13)';
  if (domain === null && info.domain !== undefined) {
    return 'the agent has a domain and the master has none (R-9.7)';
  }
  const known = agents.get(id);
  if (known === undefined) return undefined;
  if (known.state === 'gone') return 'an operator marked the agent gone';
  const { hostname, ip } = known.info;
  if (hostname !== info.hostname || ip !== info.ip) {
    return `the agent was registered at ${hostname} (${ip ?? 'no address'})`;
  }
  return undefined;
}

/** The report makes sense, and is the first of its task. */
function isSound(
  cluster: ClusterState,
  { framework, role, task }: RunningTask,
  at: number,
  all: readonly RunningTask[],
): boolean {
  if (!isTaskId(task) || !cluster.frameworks.takes(framework) || !cluster.roles.has(role)) return false;
  return all.findIndex((other) => other.task === task) === at;
}

/** Takes an agent in that the allocator does not know, with what runs there. */
function admit(
  cluster: ClusterState,
  agent: MasterAgent,
  info: AgentInfo,
  running: readonly RunningTask[],
  now: Micros,
  out: MasterEffects,
): boolean {
  const { tasks, allocator } = cluster;
  // Conversions outlive a loss: an agent that reports its old total gets back what they made of it.
  const total = agent.info.total.equals(info.total) ? agent.total : info.total;
  const accepted = running.filter((report) => isWelcome(cluster, agent.id, report, out));
  const reported = new Set(running.map(({ task }) => task));
  const left = tasks.onAgent(agent.id).filter((task) => !reported.has(task));
  const used = holdingsOf(accepted);
  if (allocator.addAgent(agent.id, { ...info, total }, used, now) !== undefined) return false;
  // One of the registry that is as it was is written there already.
  const isNews = agent.state !== 'recovered' || !agent.info.total.equals(info.total);
  if (agent.state !== 'recovered') agent.sinceUs = now;
  agent.info = info;
  agent.total = total;
  agent.executors = undefined;
  cluster.agents.put(agent.id, agent);
  cluster.agents.move(agent, 'registered', true);
  if (isNews) persistAgent(cluster, agent.id, out);
  cluster.maintenance.inverse.schedule(agent.id, info.unavailability);
  if (agent.deactivated) allocator.deactivateAgent(agent.id);
  // Unreachable until now, and not there any more.
  for (const task of left) {
    const message = 'the agent came back without the task';
    moveTask(cluster, task, 'TASK_GONE', 'REASON_AGENT_REREGISTERED', message, now, out);
  }
  for (const report of accepted) adopt(cluster, agent, report, now, out);
  for (const report of running) keepEnded(cluster, agent.id, report);
  return true;
}

/** A task that has ended, and whose last update nobody has acknowledged: it is known, and holds nothing. */
function keepEnded(
  { tasks, frameworks }: ClusterState,
  agent: AgentId,
  { framework, role, task, state, resources, spec }: RunningTask,
): void {
  const code = stateCode(state);
  if (!isTerminalCode(code) || tasks.has(task) || frameworks.get(framework)?.removed === true) return;
  tasks.add(task, framework, role, agent, resources, spec);
  tasks.setState(task, code);
  tasks.setForwarded(task, code, 0);
}

/**
 * A task that is known elsewhere, or of a removed framework, is killed instead; one that ended waits for its last update
 * to be acknowledged, and holds nothing.
 */
function isWelcome(
  { tasks, frameworks }: ClusterState,
  agent: AgentId,
  { framework, task, state, resources }: RunningTask,
  out: MasterEffects,
): boolean {
  if (isTerminalCode(stateCode(state)) || stateCode(state) < 0 || resources.isEmpty) return false;
  const owner = tasks.frameworkOf(task);
  const elsewhere = owner >= 0 && (owner !== framework || tasks.agentOf(task) !== agent);
  if (!elsewhere && frameworks.get(framework)?.removed !== true) return true;
  out.toAgent(agent, { type: 'KILL_TASK', framework, task });
  return false;
}

/** What tasks and their executors hold, an executor once. */
function holdingsOf(running: readonly RunningTask[]): Omit<Holding, 'agent'>[] {
  const executors = new Set<string>();
  return running.map(({ framework, role, resources, spec }) => {
    const key = spec.executorId === undefined ? undefined : `${framework}/${spec.executorId}`;
    const first = key !== undefined && !executors.has(key);
    if (first) executors.add(key);
    const executor = first ? (spec.executorResources ?? Resources.EMPTY) : Resources.EMPTY;
    return { framework, role, resources: resources.plus(executor) };
  });
}

/** Enters a task that runs on a registering agent; its framework is told when it is there (W-5.7). */
function adopt(
  cluster: ClusterState,
  agent: MasterAgent,
  { framework, role, task, resources, spec, state }: RunningTask,
  now: Micros,
  out: MasterEffects,
): void {
  if (cluster.tasks.has(task)) cluster.tasks.remove(task);
  if (spec.executorId !== undefined) {
    const executor = cluster.executorNeed(agent, framework, spec) ?? Resources.EMPTY;
    cluster.joinExecutor(agent, framework, role, spec, executor);
  }
  cluster.addTask(task, framework, role, agent.id, resources, spec, -1, now);
  cluster.tasks.setState(task, stateCode(state));
  cluster.tasks.setForwarded(task, stateCode(state), 0);
  if (cluster.frameworks.connected(framework) === undefined) return;
  const reason = 'REASON_AGENT_REREGISTERED';
  out.toFramework(
    framework,
    statusUpdate(framework, agent.id, task, state, 0, 'SOURCE_MASTER', reason, undefined, now),
  );
}

/** An agent that the master has registered: what it runs is compared, what changed is passed on. */
function reregister(
  cluster: ClusterState,
  agent: MasterAgent,
  info: AgentInfo,
  running: readonly RunningTask[],
  now: Micros,
  out: MasterEffects,
): void {
  const { tasks, allocator } = cluster;
  const reported = new Set(running.map(({ task }) => task));
  for (const task of tasks.onAgent(agent.id)) {
    // Ended ones wait for their acknowledgement only; a launch may be on its way still: the kill follows it.
    if (reported.has(task) || !tasks.holds(task)) continue;
    // Of a framework that is not back yet: the allocator cannot take its resources back before it knows it.
    if (cluster.frameworks.get(tasks.frameworkOf(task)) === undefined) continue;
    out.toAgent(agent.id, { type: 'KILL_TASK', framework: tasks.frameworkOf(task), task });
    const message = 'the agent registered without the task';
    moveTask(cluster, task, 'TASK_DROPPED', 'REASON_RECONCILIATION', message, now, out);
  }
  for (const { framework, task } of running) {
    if (tasks.frameworkOf(task) === framework && tasks.agentOf(task) === agent.id) continue;
    out.toAgent(agent.id, { type: 'KILL_TASK', framework, task });
  }
  if (!areSameAttributes(agent.info.attributes, info.attributes)) {
    cluster.maintenance.inverse.forgetRefusals(agent.id);
  }
  if (!agent.info.total.equals(info.total)) {
    // What is offered may not be there any more.
    if (!info.total.contains(agent.total))
      cluster.rescindWhere((offer) => offer.agent === agent.id, now, out);
    agent.total = info.total;
    agent.info = info;
    persistAgent(cluster, agent.id, out);
  }
  agent.info = info;
  allocator.updateAgent(agent.id, { ...info, total: agent.total }, now);
  if (agent.connected) return;
  cluster.agents.move(agent, agent.state, true);
  if (!agent.deactivated) allocator.activateAgent(agent.id);
}

/** The link to an agent broke (W-5.4): no offers of it; tasks of frameworks without checkpointing are lost. */
export function disconnectAgent(cluster: ClusterState, id: AgentId, now: Micros, out: MasterEffects): void {
  const agent = cluster.agents.reachable(id);
  if (agent === undefined) return;
  cluster.agents.move(agent, agent.state, false);
  cluster.allocator.deactivateAgent(id);
  cluster.rescindWhere((offer) => offer.agent === id, now, out);
  rescindInverseOffers(cluster, (offer) => offer.agent === id, out);
  for (const task of cluster.tasks.onAgent(id)) {
    const framework = cluster.frameworks.get(cluster.tasks.frameworkOf(task));
    if (framework === undefined || framework.info.checkpoint === true || !cluster.tasks.holds(task)) continue;
    moveTask(cluster, task, 'TASK_LOST', 'REASON_AGENT_DISCONNECTED', 'the agent disconnected', now, out);
  }
}

/**
 * The agent is unreachable, or was removed by an operator: all that it had is forgotten.
 *
 * @param scope tasks of a machine that goes down are LOST to all frameworks, whatever they can tell apart
 */
export function loseAgent(
  cluster: ClusterState,
  { agent: id, reason }: Control<'AGENT_LOST'>,
  now: Micros,
  out: MasterEffects,
  scope: 'agent' | 'whole machine' = 'agent',
): void {
  const agent = cluster.agents.get(id);
  const gone = reason === 'REASON_AGENT_REMOVED_BY_OPERATOR';
  // One that was lost already can still be marked gone: it will not be let in again.
  if (agent === undefined || agent.state === 'gone' || (agent.state === 'lost' && !gone)) return;
  const wasThere = agent.state === 'registered';
  const wasExpected = agent.state === 'recovered';
  cluster.agents.move(agent, gone ? 'gone' : 'lost', false);
  agent.sinceUs = now;
  persistAgent(cluster, id, out);
  cluster.draining.delete(id);
  cluster.rescindWhere((offer) => offer.agent === id, now, out);
  rescindInverseOffers(cluster, (offer) => offer.agent === id, out);
  cluster.maintenance.inverse.schedule(id, undefined);
  if (wasThere) cluster.allocator.removeAgent(id);
  const aside = scope === 'whole machine' ? 'TASK_LOST' : gone ? 'TASK_GONE_BY_OPERATOR' : 'TASK_UNREACHABLE';
  for (const task of cluster.tasks.onAgent(id)) loseTask(cluster, task, aside, reason, now, out);
  agent.executors = undefined;
  if (!wasThere && !wasExpected) return;
  for (const framework of cluster.frameworks) {
    if (framework.connected) out.toFramework(framework.id, { type: 'FAILURE', agent: id });
  }
}

/** The time that agents of the master before had is over (W-5.9). */
export function loseExpected(cluster: ClusterState, now: Micros, out: MasterEffects): void {
  for (const { id, state } of cluster.agents) {
    if (state !== 'recovered') continue;
    loseAgent(cluster, { type: 'AGENT_LOST', agent: id, reason: 'REASON_AGENT_REMOVED' }, now, out);
  }
}

function loseTask(
  cluster: ClusterState,
  task: number,
  aside: TaskState,
  reason: UpdateReason,
  now: Micros,
  out: MasterEffects,
): void {
  const { tasks } = cluster;
  const state = tasks.stateCodeOf(task);
  if (isTerminalCode(state) || (state === UNREACHABLE && aside === 'TASK_UNREACHABLE')) {
    // Its last update will not be acknowledged any more: the agent that would send it again is lost.
    if (isTerminalCode(state)) tasks.remove(task);
    return;
  }
  const aware = cluster.frameworks.get(tasks.frameworkOf(task))?.partitionAware === true;
  moveTask(cluster, task, aware ? aside : 'TASK_LOST', reason, 'the agent was lost', now, out);
}

/** An operator takes an agent out of the market, or puts it back. */
export function setDeactivated(
  cluster: ClusterState,
  id: AgentId,
  deactivated: boolean,
  now: Micros,
  out: MasterEffects,
): void {
  const agent = cluster.agents.get(id);
  if (agent === undefined || agent.deactivated === deactivated) return;
  if (!deactivated && agent.drain?.isDone === false) return;
  agent.deactivated = deactivated;
  if (!deactivated) agent.drain = undefined;
  persistAgent(cluster, id, out);
  if (!cluster.agents.isReachable(id)) return;
  if (deactivated) {
    cluster.allocator.deactivateAgent(id);
    cluster.rescindWhere((offer) => offer.agent === id, now, out);
    rescindInverseOffers(cluster, (offer) => offer.agent === id, out);
  } else {
    cluster.allocator.activateAgent(id);
  }
}
