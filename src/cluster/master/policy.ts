import type { Micros } from '../ids.js';
import type { MasterEffects, Offer, Quantities } from '../protocol.js';
import { kindOf, type Kind } from '../resources/kinds.js';
import type { Resources } from '../resources/resources.js';
import { quotaTreeProblem, type RoleQuota } from '../quota-tree.js';
import { isWithin } from '../roles.js';
import { toEnd } from '../to-end.js';
import type { Control } from './calls.js';
import type { ClusterState } from './cluster-state.js';

export type Quota = Control<'UPDATE_QUOTA'>['quotas'][number];

/** UPDATE_WEIGHTS: when a named role is active, every offer of the cluster is rescinded. */
export function updateWeights(
  cluster: ClusterState,
  call: Control<'UPDATE_WEIGHTS'>,
  now: Micros,
  out: MasterEffects,
): void {
  if (weightsProblem(cluster, call) !== undefined) return;
  if (cluster.allocator.updateWeights(call.weights) !== undefined) return;
  for (const { role, weight } of call.weights) {
    cluster.weights.set(role, weight);
    out.persist({ type: 'WEIGHT', role, weight });
  }
  if (!call.weights.some(({ role }) => cluster.frameworks.hasRole(role))) return;
  cluster.rescindWhere(() => true, now, out);
}

/** Why these weights are refused (the answer to the operator); undefined: they are not. */
export function weightsProblem(
  cluster: ClusterState,
  { weights }: Control<'UPDATE_WEIGHTS'>,
): string | undefined {
  for (const { role, weight } of weights) {
    if (!cluster.roles.has(role)) return `${role} is no role id`;
    if (!(weight > 0 && weight < Infinity)) {
      return `the weight of role "${cluster.roles.path(role)}" is ${weight}; it is a number above 0 (R-8.9)`;
    }
  }
  return undefined;
}

/** UPDATE_QUOTA: all or nothing; then offers are rescinded as far as the new quota needs it. */
export function updateQuota(
  cluster: ClusterState,
  call: Control<'UPDATE_QUOTA'>,
  now: Micros,
  out: MasterEffects,
): void {
  if (quotaProblem(cluster, call) !== undefined) return;
  tellQuotas(cluster, call.quotas);
  for (const { role, guarantees, limits } of call.quotas) {
    if (Object.keys(guarantees).length + Object.keys(limits).length === 0) cluster.quotas.delete(role);
    else cluster.quotas.set(role, { guarantees, limits });
    out.persist({ type: 'QUOTA', role, guarantees, limits });
  }
  for (const quota of call.quotas) enforceLimits(cluster, quota, now, out);
  for (const quota of call.quotas) makeRoom(cluster, quota, now, out);
}

/**
 * Tells the allocator of all quotas, which go together, one by one, so that none goes against those of other roles on the
 * way: first down to what was and will be guaranteed, from below, then up, from above.
 */
function tellQuotas(cluster: ClusterState, call: readonly Quota[]): void {
  const { allocator, quotas } = cluster;
  const ordered = fromAbove(cluster, call);
  if (allocator.nestedQuota === true && call.length > 1) {
    for (const { role, guarantees } of ordered.toReversed()) {
      const before = Object.entries(quotas.get(role)?.guarantees ?? {});
      const least = before.map(([name, milli]) => [name, Math.min(milli, guarantees[name] ?? 0)]);
      allocator.setQuota(role, Object.fromEntries(least) as Quantities, {});
    }
  }
  for (const { role, guarantees, limits } of ordered) allocator.setQuota(role, guarantees, limits);
}

/** Quotas of roles before those of the roles below them. */
export function fromAbove({ roles }: ClusterState, quotas: readonly Quota[]): Quota[] {
  const depth = ({ role }: Quota): number => roles.path(role).split('/').length;
  return [...quotas].sort((a, b) => depth(a) - depth(b));
}

/** Why this quota is refused (the answer to the operator; ); undefined: it is not. */
export function quotaProblem(
  cluster: ClusterState,
  { quotas, force }: Control<'UPDATE_QUOTA'>,
): string | undefined {
  const { roles } = cluster;
  for (const { role, guarantees, limits } of quotas) {
    if (!cluster.roles.has(role)) return `${role} is no role id`;
    const path = roles.path(role);
    if (path.includes('/') && cluster.allocator.nestedQuota !== true) {
      return `role "${path}" is not at the top level: only those have quota, but for quota=strict of drf (R-8.2)`;
    }
    const problem = amountsProblem(guarantees, limits);
    if (problem !== undefined) return `quota of role "${path}": ${problem}`;
    if (!force && Object.keys(limits).length > 0) {
      const over = exceeded(consumption(cluster, path), limits);
      if (over !== undefined) return `role "${path}" uses more ${over} than the limit already (R-8.3)`;
    }
  }
  const after = quotasAfter(cluster, quotas);
  return quotaTreeProblem(after) ?? (force ? undefined : overcommitProblem(cluster, after));
}

/** This quota is sound, and yet more is guaranteed with it than the cluster has. */
export function isQuotaConflict(cluster: ClusterState, call: Control<'UPDATE_QUOTA'>): boolean {
  if (quotaProblem(cluster, { ...call, force: true }) !== undefined) return false;
  return overcommitProblem(cluster, quotasAfter(cluster, call.quotas)) !== undefined;
}

function quotasAfter(cluster: ClusterState, changes: readonly Quota[]): Map<string, RoleQuota> {
  const { roles, quotas } = cluster;
  const after = new Map<string, RoleQuota>();
  for (const [role, quota] of quotas) after.set(roles.path(role), quota);
  for (const { role, guarantees, limits } of changes) after.set(roles.path(role), { guarantees, limits });
  return after;
}

function amountsProblem(guarantees: Quantities, limits: Quantities): string | undefined {
  for (const [name, milli] of [...Object.entries(guarantees), ...Object.entries(limits)]) {
    if (!(milli >= 0 && milli < Infinity))
      return `${name} is ${milli / 1000}; it is a number of 0 or more (R-8.1)`;
  }
  for (const [name, milli] of Object.entries(guarantees)) {
    if (name in limits && limits[name] < milli) return `the guarantee of ${name} is above its limit (R-8.1)`;
  }
  return undefined;
}

/** Guarantees of all roles, as they would be, fit into the agents that are registered (R-8.3 b). */
function overcommitProblem(
  cluster: ClusterState,
  quotas: ReadonlyMap<string, RoleQuota>,
): string | undefined {
  const sum = new Map<string, number>();
  // What nested roles are guaranteed is a part of what those above them are.
  for (const [path, { guarantees }] of quotas) if (!path.includes('/')) addAll(sum, guarantees);
  const capacity = new Map<string, number>();
  for (const agent of cluster.agents) {
    if (agent.state === 'registered') addScalars(capacity, agent.total, (kind) => !kind.revocable);
  }
  for (const [name, milli] of sum) {
    if (milli > (capacity.get(name) ?? 0))
      return `the guarantees of ${name} are more than the cluster has (R-8.3)`;
  }
  return undefined;
}

/**
 * What tasks of the role's subtree use, and what is reserved to it and no task uses. Offers are left out: what is
 * reserved counts whether it is on offer or not.
 */
function consumption(cluster: ClusterState, path: string): Map<string, number> {
  return toEnd(consumptions(cluster, [path])).get(path) ?? new Map<string, number>();
}

/** The same of many roles, by path. Yields wherever a pause is possible: then it is of no one instant. */
export function* consumptions(
  { tasks, roles, agents }: ClusterState,
  paths: readonly string[],
): Generator<undefined, Map<string, Map<string, number>>> {
  const sums = new Map(paths.map((path) => [path, new Map<string, number>()]));
  if (sums.size === 0) return sums;
  const above = new Map<string, Map<string, number>[]>();
  const sumsFor = (path: string): readonly Map<string, number>[] => {
    let found = above.get(path);
    if (found === undefined) {
      found = [...sums].flatMap(([role, sum]) => (isWithin(path, role) ? [sum] : []));
      above.set(path, found);
    }
    return found;
  };
  for (let task = 0; task < tasks.top; task++) {
    if (task % 64 === 0) yield undefined;
    if (!tasks.holds(task)) continue;
    const resources = tasks.resourcesOf(task);
    for (const sum of sumsFor(roles.path(tasks.roleOf(task))))
      addScalars(sum, resources, (kind) => !kind.revocable);
    // What it uses of a reservation is in the total of the agent, too.
    if (resources.isPlain || agents.get(tasks.agentOf(task))?.state !== 'registered') continue;
    for (const owner of ownersOf(resources))
      for (const sum of sumsFor(owner)) addScalars(sum, resources, (kind) => kind.owner === owner, -1);
  }
  for (const agent of agents) {
    yield undefined;
    if (agent.state !== 'registered') continue;
    for (const owner of ownersOf(agent.total))
      for (const sum of sumsFor(owner)) addScalars(sum, agent.total, (kind) => kind.owner === owner);
  }
  return sums;
}

/** Rescinds offers of the role's subtree, newest first, until what it uses and is offered is within the limits. */
function enforceLimits(cluster: ClusterState, quota: Quota, now: Micros, out: MasterEffects): void {
  const { roles, offers } = cluster;
  // What is used is a sum over all tasks.
  if (Object.keys(quota.limits).length === 0) return;
  const path = roles.path(quota.role);
  const sum = consumption(cluster, path);
  const own = offers.where((offer) => isWithin(roles.path(offer.role), path));
  const counts = isBesideReservations(path);
  for (const offer of own) addScalars(sum, offer.resources, counts);
  for (const offer of own.reverse()) {
    if (exceeded(sum, quota.limits) === undefined) return;
    cluster.rescind(offer, now, out);
    addScalars(sum, offer.resources, counts, -1);
  }
}

/** Rescinds offers of other roles, oldest first, until the guarantee could be met from what is free. */
function makeRoom(cluster: ClusterState, quota: Quota, now: Micros, out: MasterEffects): void {
  const { roles, offers, agents, allocator } = cluster;
  const wanted = Object.entries(quota.guarantees);
  if (wanted.length === 0) return;
  const path = roles.path(quota.role);
  const sum = consumption(cluster, path);
  for (const agent of agents) {
    if (!cluster.agents.isReachable(agent.id) || agent.deactivated) continue;
    addScalars(sum, allocator.available(agent.id), (kind) => kind.plain);
  }
  const isOwn = (offer: Offer): boolean => isWithin(roles.path(offer.role), path);
  for (const offer of offers.where(isOwn)) addScalars(sum, offer.resources, isBesideReservations(path));
  for (const offer of offers.where((candidate) => !isOwn(candidate))) {
    const missing = wanted.some(([name, milli]) => (sum.get(name) ?? 0) < milli);
    if (!missing) return;
    cluster.rescind(offer, now, out);
    addScalars(sum, offer.resources, (kind) => kind.plain);
  }
}

/** What of an offer is not consumed by the role's subtree already, as all that is reserved to it. */
function isBesideReservations(path: string): (kind: Kind) => boolean {
  return ({ revocable, owner }) => !revocable && (owner === undefined || !isWithin(owner, path));
}

/** Roles that something of it is reserved for. */
function ownersOf({ kinds }: Resources): Set<string> {
  return new Set(kinds.flatMap((id) => kindOf(id).owner ?? []));
}

/** The first name of which there is more than the limit; names without one are unlimited. */
function exceeded(sum: ReadonlyMap<string, number>, limits: Quantities): string | undefined {
  return Object.keys(limits).find((name) => (sum.get(name) ?? 0) > limits[name]);
}

function addAll(sum: Map<string, number>, quantities: Quantities): void {
  for (const [name, milli] of Object.entries(quantities)) sum.set(name, (sum.get(name) ?? 0) + milli);
}

function addScalars(
  sum: Map<string, number>,
  resources: Resources,
  counts: (kind: Kind) => boolean,
  sign = 1,
): void {
  resources.forEachScalar((_, milli, kind) => {
    if (counts(kind)) sum.set(kind.name, (sum.get(kind.name) ?? 0) + sign * milli);
  });
}
