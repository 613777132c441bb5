import type { RoleId } from '../../cluster/ids.js';
import type { Quota } from '../../cluster/master/cluster-state.js';
import { consumptions } from '../../cluster/master/policy.js';
import type { Master } from '../../cluster/master/master.js';
import { ResourceBag, type Resources } from '../../cluster/resources/resources.js';
import { compareBytes } from '../../cluster/roles.js';

/** A role that somebody has, or that an operator spoke of. */
export interface RoleState {
  readonly path: string;
  readonly weight: number;
  readonly quota: Quota | undefined;
  /** Full ids of the frameworks that have it. */
  readonly frameworks: readonly string[];
  /** What tasks of the role use, without those of the roles below. */
  readonly allocated: Resources;
  readonly offered: Resources;
  /** Used by tasks of the role and those below, and idle reservations of theirs, in milli-units. */
  readonly consumed: Readonly<Record<string, number>>;
}

/** The roles of a cluster with all roles above them, by name. Yields wherever a pause is possible. */
export function* rolesOf(master: Master): Generator<undefined, RoleState[]> {
  const { cluster, frameworks, tasks, offers } = master;
  const { roles, weights, quotas } = cluster;
  const members = new Map<RoleId, string[]>();
  const allocated = new Map<RoleId, ResourceBag>();
  const offered = new Map<RoleId, ResourceBag>();
  for (const framework of frameworks) {
    if (framework.removed) continue;
    for (const role of framework.roles) {
      const list = members.get(role) ?? [];
      list.push(framework.info.id);
      members.set(role, list);
    }
  }
  for (let task = 0; task < tasks.top; task++) {
    if (task % 64 === 0) yield undefined;
    if (tasks.holds(task)) bagOf(allocated, tasks.roleOf(task)).addAll(tasks.resourcesOf(task));
  }
  for (const offer of offers.where(() => true)) {
    yield undefined;
    bagOf(offered, offer.role).addAll(offer.resources);
  }
  const consumed = yield* consumptions(
    cluster,
    [...quotas.keys()].map((role) => roles.path(role)),
  );
  const known = new Set([...members, ...allocated, ...weights, ...quotas].map(([role]) => roles.path(role)));
  for (const path of [...known]) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      known.add(path.slice(0, at));
    }
  }
  const states: RoleState[] = [];
  for (const path of [...known].sort(compareBytes)) {
    yield undefined;
    const role = roles.find(path) ?? -1;
    const quota = quotas.get(role);
    states.push({
      path,
      weight: weights.get(role) ?? 1,
      quota,
      frameworks: members.get(role) ?? [],
      allocated: bagOf(allocated, role).toResources(),
      offered: bagOf(offered, role).toResources(),
      consumed: Object.fromEntries(consumed.get(path) ?? []),
    });
  }
  return states;
}

function bagOf(sums: Map<RoleId, ResourceBag>, role: RoleId): ResourceBag {
  let bag = sums.get(role);
  if (bag === undefined) sums.set(role, (bag = new ResourceBag()));
  return bag;
}
