/** Quota and weights (mesos-allocation.md section 8). */
import type { Refusal } from '../../cluster/allocator.js';
import type { RoleId } from '../../cluster/ids.js';
import type { Quantities } from '../../cluster/protocol.js';
import { quotaTreeProblem } from '../../cluster/quota-tree.js';
import { roleProblem } from '../../cluster/roles.js';
import type { Books } from '../bookkeeping/books.js';
import { quotaOf } from '../bookkeeping/quota-book.js';

/** Replaces a role's quota; triggers nothing. */
export function applyQuota(books: Books, role: RoleId, guarantees: Quantities, limits: Quantities): Refusal {
  const path = books.options.roles.path(role);
  const malformed = roleProblem(path);
  if (malformed !== undefined) return malformed;
  if (path.includes('/') && !books.quota.strict) {
    return `quota is for top-level roles only, and ${path} is nested; drf?quota=strict takes it (R-8.2)`;
  }
  for (const [name, milli] of [...Object.entries(guarantees), ...Object.entries(limits)]) {
    if (!(milli >= 0) || !Number.isSafeInteger(milli)) return `the quota of ${name} is not 0 or more (R-8.1)`;
  }
  for (const [name, milli] of Object.entries(guarantees)) {
    if (milli > (limits[name] ?? Infinity)) {
      return `the guarantee of ${name} for ${path} is above its limit (R-8.1)`;
    }
  }
  if (books.quota.strict) {
    const quotas = new Map(books.quota.roles.map((each) => [each.path, quotaOf(each)]));
    const problem = quotaTreeProblem(quotas.set(path, { guarantees, limits }));
    if (problem !== undefined) return problem;
  }
  books.setQuota(path, guarantees, limits);
  books.hooks.clusterChanged?.();
  books.work.markAll();
  return undefined;
}

/** Replaces the named roles' weights (R-8.9); triggers nothing (R-4.3). */
export function applyWeights(
  books: Books,
  weights: readonly { readonly role: RoleId; readonly weight: number }[],
): Refusal {
  for (const { role, weight } of weights) {
    const path = books.options.roles.path(role);
    const problem = roleProblem(path);
    if (problem !== undefined) return problem;
    if (!(weight > 0) || weight === Infinity) return `the weight of ${path} is not above 0 (R-8.9)`;
  }
  for (const { role, weight } of weights) books.roles.setWeight(books.options.roles.path(role), weight);
  books.hooks.clusterChanged?.();
  return undefined;
}
