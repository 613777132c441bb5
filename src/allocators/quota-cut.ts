/** How quota cuts an offer down: the parts of stage 1 and the trimming of stage 2 (mesos-allocation.md section 5). */
import { GPUS, isLimited } from '../cluster/resources/kinds.js';
import { shrinkScalars } from '../cluster/resources/queries.js';
import { Resources } from '../cluster/resources/resources.js';
import type { Books, Client } from './bookkeeping/books.js';
import type { QuotaBook, QuotaRole } from './bookkeeping/quota-book.js';

/** Most milli-units of a name; Infinity for no bound. */
export type Budget = (nameId: number) => number;

/** As much of an amount as can be offered: gpus are whole. */
export function offerable(nameId: number, milli: number): number {
  return nameId === GPUS ? Math.floor(milli / 1000) * 1000 : milli;
}

/**
 * Keeps limited scalars up to a budget per name; indivisible ones go whole or not at all, and where a name has several
 * entries their order is drawn. Everything else is kept. The same object when nothing had to go.
 *
 * @param draw uniform in [0, 1)
 */
export function shrinkLimited(resources: Resources, budget: Budget, draw: () => number): Resources {
  if (resources.isPlain) return shrinkPlain(resources, budget);
  const limited = resources.filter(isLimited);
  const shrunk = shrinkScalars(limited, budget, draw);
  if (shrunk === limited) return resources;
  return shrunk.plus(resources.filter((kind) => !isLimited(kind)));
}

function shrinkPlain(resources: Resources, budget: Budget): Resources {
  const { kinds, amounts } = resources;
  let at = 0;
  while (at < kinds.length && amounts[at] <= budget(kinds[at])) at++;
  if (at === kinds.length) return resources;
  const keptKinds: number[] = [];
  const keptAmounts: number[] = [];
  for (let i = 0; i < kinds.length; i++) {
    const amount = Math.min(amounts[i], Math.max(0, budget(kinds[i])));
    if (amount === 0) continue;
    keptKinds.push(kinds[i]);
    keptAmounts.push(amount);
  }
  return new Resources(keptKinds, keptAmounts);
}

/** Stage 2: cut down to the limits that bind the role (of a top-level one its own, R-8.8), then to the surplus headroom. */
export function trimToQuota(
  books: Books,
  client: Client,
  candidate: Resources,
  draw: () => number,
): Resources {
  const { quota } = books;
  let kept = candidate;
  if (books.isUnderQuota(client) && quota.isBound(client.quota)) {
    kept = shrinkLimited(kept, (name) => quota.room(client.quota, name), draw);
  }
  return quota.hasGuarantees ? shrinkLimited(kept, (name) => quota.surplus(name), draw) : kept;
}

/**
 * Stage 1: what is missing of guarantees, and only then what is reserved to the role, all that is no limited scalar, and
 * further limited scalars up to limit and surplus headroom. Empty when none of a guarantee can be met.
 *
 * @param beside gets, by name, what of the further scalars is more of what is still missing: disks that go whole
 */
export function guaranteed(
  quota: QuotaBook,
  client: Client,
  usable: Resources,
  draw: () => number,
  beside: Map<number, number>,
): Resources {
  beside.clear();
  if (usable.isPlain) return plainGuaranteed(quota, client.quota, usable);
  const part = guaranteePart(quota, client.quota, usable, draw);
  if (part.isEmpty) return part;
  const burst = burstPart(quota, client.quota, usable, part, draw);
  const taken = sumsOf(part);
  for (const [name, milli] of sumsOf(burst)) {
    const missing = quota.owedTo(client.quota, name) - (taken.get(name) ?? 0);
    if (missing > 0) beside.set(name, Math.min(missing, milli));
  }
  return part.plus(reservedFor(client.rolePath, usable)).plus(burst);
}

function sumsOf(resources: Resources): Map<number, number> {
  const sums = new Map<number, number>();
  resources.forEachScalar((name, milli) => sums.set(name, (sums.get(name) ?? 0) + milli));
  return sums;
}

/** The same where all are plain: name by name, without bags in between. */
function plainGuaranteed(quota: QuotaBook, role: QuotaRole, usable: Resources): Resources {
  const { kinds, amounts } = usable;
  const isBound = quota.isBound(role);
  const keptKinds: number[] = [];
  const keptAmounts: number[] = [];
  let [owed, kept] = [0, 0];
  for (let i = 0; i < kinds.length; i++) {
    const part = Math.min(amounts[i], Math.max(0, quota.owedTo(role, kinds[i])));
    let burst = Math.min(amounts[i] - part, quota.surplus(kinds[i]));
    if (isBound) burst = Math.min(burst, Math.max(0, quota.room(role, kinds[i]) - part));
    owed += part;
    if (part + burst === amounts[i]) kept++;
    if (part + burst === 0) continue;
    keptKinds.push(kinds[i]);
    keptAmounts.push(part + burst);
  }
  if (owed === 0) return Resources.EMPTY;
  return kept === kinds.length ? usable : new Resources(keptKinds, keptAmounts);
}

/** Stage 1: limited scalars cut down to what is missing of the guarantee; nothing else. */
function guaranteePart(
  quota: QuotaBook,
  role: QuotaRole,
  available: Resources,
  draw: () => number,
): Resources {
  return shrinkLimited(available.filter(isLimited), (name) => quota.owedTo(role, name), draw);
}

/** Stage 1: reserved exactly to the role, and all that is revocable or no scalar. */
function reservedFor(rolePath: string, available: Resources): Resources {
  return available.filter((kind) =>
    kind.owner === undefined
      ? !isLimited(kind)
      : kind.owner === rolePath || kind.type !== 'SCALAR' || kind.revocable,
  );
}

/** Stage 1: further limited scalars, up to the limit beside the guarantee part, then to the surplus headroom. */
function burstPart(
  quota: QuotaBook,
  role: QuotaRole,
  available: Resources,
  guaranteed: Resources,
  draw: () => number,
): Resources {
  let rest = available.minus(guaranteed).filter(isLimited);
  const taken = sumsOf(guaranteed);
  if (quota.isBound(role)) {
    rest = shrinkLimited(rest, (name) => quota.room(role, name) - (taken.get(name) ?? 0), draw);
  }
  return shrinkLimited(rest, (name) => quota.surplus(name), draw);
}
