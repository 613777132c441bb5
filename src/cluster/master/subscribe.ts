import type { FrameworkId, Micros, RoleId } from '../ids.js';
import { offerConstraintsProblem } from '../offer-constraints.js';
import type { FrameworkInfo, MasterEffects } from '../protocol.js';
import { stateCode } from '../task.js';
import type { Call } from './calls.js';
import type { ClusterState } from './cluster-state.js';
import { MasterFramework } from './framework-table.js';

/** SUBSCRIBE, first or again; a refusal is an ERROR event. */
export function subscribe(
  cluster: ClusterState,
  call: Call<'SUBSCRIBE'>,
  now: Micros,
  out: MasterEffects,
): void {
  const { framework: id, info, suppressedRoles } = call;
  const problem = subscribeProblem(cluster, call);
  if (problem !== undefined) {
    out.toFramework(id, { type: 'ERROR', message: problem });
    return;
  }
  const known = cluster.frameworks.get(id);
  if (known === undefined) {
    const refusal = cluster.allocator.addFramework(id, info, suppressedRoles, true, now);
    if (refusal !== undefined) {
      out.toFramework(id, { type: 'ERROR', message: refusal });
      return;
    }
    cluster.frameworks.put(id, new MasterFramework(id, info));
  } else {
    resubscribe(cluster, known, call, now);
  }
  out.toFramework(id, { type: 'SUBSCRIBED', framework: id });
  resendUpdates(cluster, id, out);
}

/** What the framework has not heard, or not acknowledged, need not wait for the agents' next try. */
function resendUpdates({ tasks, agents, unheard }: ClusterState, id: FrameworkId, out: MasterEffects): void {
  const owing = new Set(unheard.get(id));
  unheard.delete(id);
  for (const task of tasks.ofFramework(id)) {
    if (tasks.unacknowledged(task) !== 0) owing.add(tasks.agentOf(task));
  }
  for (const agent of [...owing].sort((a, b) => a - b)) {
    if (agents.reachable(agent) !== undefined) out.toAgent(agent, { type: 'RESEND_UPDATES', framework: id });
  }
}

/** Offers of before are discarded without a word, its asks are gone, its filters stay. */
function resubscribe(
  cluster: ClusterState,
  framework: MasterFramework,
  { info, suppressedRoles }: Call<'SUBSCRIBE'>,
  now: Micros,
): void {
  const { allocator } = cluster;
  discardOffers(cluster, framework.id, now);
  allocator.request(framework.id, [], now);
  // What cannot change keeps its value without a complaint.
  const { user, checkpoint } = framework.info;
  const kept = {
    ...info,
    ...(user !== undefined && { user }),
    ...(checkpoint !== undefined && { checkpoint }),
  };
  framework.update(kept);
  allocator.updateFramework(framework.id, kept, suppressedRoles);
  if (!framework.connected) {
    cluster.frameworks.connect(framework, true);
    allocator.activateFramework(framework.id);
  }
}

/** Why this SUBSCRIBE is refused; undefined: it is not. */
export function subscribeProblem(cluster: ClusterState, call: Call<'SUBSCRIBE'>): string | undefined {
  const { framework: id, info } = call;
  if (!cluster.frameworks.takes(id)) return `${id} is no framework id`;
  const known = cluster.frameworks.get(id);
  if (known?.removed === true) return 'Framework has been removed';
  if (known !== undefined && known.info.principal !== info.principal) {
    return 'the principal of a framework does not change (R-10.5)';
  }
  return rolesProblem(cluster, info, call.suppressedRoles);
}

/** UPDATE_FRAMEWORK: all or nothing; offers of roles that it leaves are rescinded. */
export function updateFramework(
  cluster: ClusterState,
  call: Call<'UPDATE_FRAMEWORK'>,
  now: Micros,
  out: MasterEffects,
): void {
  const framework = cluster.frameworks.connected(call.framework);
  if (framework === undefined || updateFrameworkProblem(cluster, call) !== undefined) return;
  if (cluster.allocator.updateFramework(framework.id, call.info, call.suppressedRoles) !== undefined) return;
  framework.update(call.info);
  cluster.rescindWhere(
    (offer) => offer.framework === framework.id && !framework.roles.has(offer.role),
    now,
    out,
  );
}

/** Why this UPDATE_FRAMEWORK is refused (the answer to the caller); undefined: it is not. */
export function updateFrameworkProblem(
  cluster: ClusterState,
  { framework: id, info, suppressedRoles }: Call<'UPDATE_FRAMEWORK'>,
): string | undefined {
  const framework = cluster.frameworks.connected(id);
  if (framework === undefined) return 'the framework is not subscribed';
  const before = framework.info;
  if (info.principal !== before.principal) return 'the principal of a framework does not change (R-10.5)';
  if (info.user !== before.user) return 'the user of a framework does not change (R-10.5)';
  if ((info.checkpoint ?? false) !== (before.checkpoint ?? false)) {
    return 'checkpointing of a framework does not change (R-10.5)';
  }
  return rolesProblem(cluster, info, suppressedRoles);
}

/** */
function rolesProblem(
  cluster: ClusterState,
  info: FrameworkInfo,
  suppressed: readonly RoleId[],
): string | undefined {
  const { roles } = cluster;
  const unknown = [...info.roles, ...suppressed].find((role) => !cluster.roles.has(role));
  if (unknown !== undefined) return `${unknown} is no role id`;
  const twice = info.roles.find((role, at) => info.roles.indexOf(role) !== at);
  if (twice !== undefined) return `the framework names the role "${roles.path(twice)}" twice (R-2.4)`;
  if (info.roles.length !== 1 && !info.capabilities.includes('MULTI_ROLE')) {
    return `a framework without MULTI_ROLE has one role, not ${info.roles.length} (R-2.4)`;
  }
  const foreign = suppressed.find((role) => !info.roles.includes(role));
  if (foreign === undefined) return offerConstraintsProblem(info.constraints, info.roles, roles);
  return `the suppressed role "${roles.path(foreign)}" is not one of the framework's roles (R-6.8)`;
}

/** The scheduler's stream broke (W-5.1): no offers, no filters; its tasks run on until the failover time is over. */
export function disconnectFramework(
  cluster: ClusterState,
  id: FrameworkId,
  now: Micros,
  out: MasterEffects,
): void {
  const framework = cluster.frameworks.connected(id);
  if (framework === undefined) return;
  cluster.frameworks.connect(framework, false);
  framework.disconnectedUs = now;
  cluster.allocator.deactivateFramework(id);
  discardOffers(cluster, id, now);
  const failoverUs = framework.info.failoverTimeoutUs ?? 0;
  if (failoverUs > 0) out.timer('FRAMEWORK_FAILOVER', now + failoverUs, id);
  else removeFramework(cluster, framework, now, out);
}

/** The timer of a disconnection. It finds nothing to do when the framework came back, or left again later. */
export function failOver(cluster: ClusterState, id: FrameworkId, now: Micros, out: MasterEffects): void {
  const framework = cluster.frameworks.get(id);
  if (framework === undefined || framework.connected || framework.removed) return;
  if (now < framework.disconnectedUs + (framework.info.failoverTimeoutUs ?? 0)) return;
  removeFramework(cluster, framework, now, out);
}

export function tearDown(
  cluster: ClusterState,
  { framework: id }: Call<'TEARDOWN'>,
  now: Micros,
  out: MasterEffects,
): void {
  const framework = cluster.frameworks.get(id);
  if (framework?.removed === false) removeFramework(cluster, framework, now, out);
}

/** TEARDOWN, or away for too long: all that it holds is free at once, its tasks are killed. */
function removeFramework(
  cluster: ClusterState,
  framework: MasterFramework,
  now: Micros,
  out: MasterEffects,
): void {
  const { tasks, offers, allocator } = cluster;
  cluster.frameworks.connect(framework, false);
  framework.removed = true;
  cluster.unheard.delete(framework.id);
  allocator.removeFramework(framework.id);
  cluster.maintenance.inverse.forget(framework.id);
  for (const offer of offers.where((candidate) => candidate.framework === framework.id)) {
    offers.remove(offer.id);
    cluster.observer?.offerClosed(offer, 'rescinded', now);
  }
  const agents = new Set<number>();
  for (const task of tasks.ofFramework(framework.id)) {
    agents.add(tasks.agentOf(task));
    cluster.endTask(task, stateCode('TASK_KILLED'), now);
    tasks.remove(task);
  }
  for (const agent of [...agents].sort((a, b) => a - b)) {
    if (!cluster.agents.isReachable(agent)) continue;
    out.toAgent(agent, { type: 'SHUTDOWN_FRAMEWORK', framework: framework.id });
  }
}

/** Without RESCIND and without the asks: nobody is there, or the queue starts anew. */
function discardOffers(cluster: ClusterState, framework: FrameworkId, now: Micros): void {
  cluster.maintenance.inverse.forget(framework);
  for (const offer of cluster.offers.where((candidate) => candidate.framework === framework)) {
    cluster.offers.remove(offer.id);
    cluster.allocator.recover(framework, offer.role, offer.agent, offer.resources);
    cluster.observer?.offerClosed(offer, 'rescinded', now);
  }
}
