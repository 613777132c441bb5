/** Quota of roles at any level, as Mesos meant it: what the quota of a role and of those below it must keep to. */
import type { Quantities } from './protocol.js';
import { lineageOf } from './roles.js';

export interface RoleQuota {
  readonly guarantees: Quantities;
  readonly limits: Quantities;
}

/**
 * Why these quotas do not go together, in a sentence; undefined: they do. A role is guaranteed at least what the roles right
 * below it are guaranteed together, and no role has a higher limit than one above it; none at all is unlimited (T-4).
 *
 * @param quotas by role path, amounts in milli-units
 */
export function quotaTreeProblem(quotas: ReadonlyMap<string, RoleQuota>): string | undefined {
  const parents = new Map<string, Record<string, number>>();
  for (const [path, { guarantees, limits }] of quotas) {
    if (!path.includes('/')) continue;
    const above = lineageOf(path).slice(1);
    for (const role of above) {
      const most = quotas.get(role)?.limits ?? {};
      const higher = Object.keys(limits).find((name) => limits[name] > (most[name] ?? Infinity));
      if (higher !== undefined) return `the limit of ${higher} for ${path} is above that of ${role} (T-4)`;
    }
    const [parent] = above;
    const sums = parents.get(parent) ?? {};
    for (const [name, milli] of Object.entries(guarantees)) sums[name] = (sums[name] ?? 0) + milli;
    parents.set(parent, sums);
  }
  for (const [parent, sums] of parents) {
    const own = quotas.get(parent)?.guarantees ?? {};
    const short = Object.keys(sums).find((name) => sums[name] > (own[name] ?? 0));
    if (short !== undefined) {
      return `the roles below ${parent} are guaranteed more ${short} together than ${parent} itself (T-4)`;
    }
  }
  return undefined;
}
