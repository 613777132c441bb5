/** How quota cuts an offer down: the parts of stage 1 and the trimming of stage 2 (mesos-allocation.md section 5). */
import { kindOf, type Kind } from '../cluster/resources/kinds.js';
import { ResourceBag, type Resources } from '../cluster/resources/resources.js';
import type { Books, Client } from './bookkeeping/books.js';
import type { QuotaBook, QuotaRole } from './bookkeeping/quota-book.js';

/** Most milli-units of a name; Infinity for no bound. */
export type Budget = (nameId: number) => number;

/** Unreserved non-revocable scalars: what limits and headroom speak of. */
function isLimited(kind: Kind): boolean {
  return kind.type === 'SCALAR' && kind.owner === undefined && !kind.revocable;
}

/**
 * Keeps limited scalars up to a budget per name; indivisible ones go whole or not at all. Everything else is kept.
 * The same object when nothing had to go.
 */
export function shrinkLimited(resources: Resources, budget: Budget): Resources {
  const left = new Map<number, number>();
  const bag = new ResourceBag();
  let cut = false;
  for (let i = 0; i < resources.kinds.length; i++) {
    const kind = kindOf(resources.kinds[i]);
    if (!isLimited(kind)) {
      const value = resources.values?.[i];
      if (value === undefined) bag.add(kind.id, resources.amounts[i]);
      else bag.addValue(kind.id, value);
      continue;
    }
    const allowed = left.get(kind.nameId) ?? budget(kind.nameId);
    const unit = kind.unitMilli === 0 ? 1 : kind.unitMilli;
    const taken = Math.min(resources.amounts[i], Math.floor(Math.max(allowed, 0) / unit) * unit);
    cut ||= taken < resources.amounts[i];
    left.set(kind.nameId, allowed - taken);
    bag.add(kind.id, taken);
  }
  return cut ? bag.toResources() : resources;
}

/** Stage 2: cut down to the role's limit (top-level roles only, R-8.8) and to the surplus headroom. */
export function trimToQuota(books: Books, client: Client, candidate: Resources): Resources {
  const { quota } = books;
  return shrinkLimited(candidate, (name) => {
    const limit = client.nested ? Infinity : quota.belowLimit(client.quota, name);
    return quota.hasGuarantees ? Math.min(limit, quota.surplus(name)) : limit;
  });
}

/** Stage 1: limited scalars cut down to what is missing of the guarantee; nothing else. */
export function guaranteePart(quota: QuotaBook, role: QuotaRole, available: Resources): Resources {
  return shrinkLimited(available.filter(isLimited), (name) => quota.unmet(role, name));
}

/** Stage 1: reserved exactly to the role, and all that is revocable or no scalar. */
export function reservedFor(rolePath: string, available: Resources): Resources {
  return available.filter((kind) => (kind.owner === undefined ? !isLimited(kind) : kind.owner === rolePath));
}

/** Stage 1: further limited scalars, up to the limit beside the guarantee part, and to the surplus headroom. */
export function burstPart(
  quota: QuotaBook,
  role: QuotaRole,
  available: Resources,
  guaranteed: Resources,
): Resources {
  const rest = available.minus(guaranteed).filter(isLimited);
  const taken = new Map<number, number>();
  guaranteed.forEachScalar((name, milli) => taken.set(name, (taken.get(name) ?? 0) + milli));
  return shrinkLimited(rest, (name) =>
    Math.min(quota.belowLimit(role, name) - (taken.get(name) ?? 0), quota.surplus(name)),
  );
}
