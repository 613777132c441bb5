import { isLimited, nameOf } from '../../cluster/resources/kinds.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { formatMilli } from '../../cluster/resources/scalars.js';
import type { Books, Client } from '../bookkeeping/books.js';
import type { Reason } from './reasons.js';

/**
 * What quota cut off of what a client wanted: every limit that did, of each name and under strict quota of each role above,
 * and headroom. Where a limit stops it on an agent, the used-up limits of names are told of which nothing is free there, too:
 * to raise the one would not be enough.
 *
 * @param pieces of an ask, all of which must go; 0: any part of what is wanted would do
 * @param total of the agent it is about; absent: it is about none
 */
export function quotaReasons(
  books: Books,
  client: Client,
  wanted: Resources,
  pieces: number,
  total?: Resources,
): Reason[] {
  const { quota } = books;
  const isBound = books.isUnderQuota(client) && quota.isBound(client.quota);
  const found: Reason[] = [];
  const told = new Set<number>();
  const addLimits = (name: number, needed: number): boolean => {
    if (!isBound || quota.room(client.quota, name) >= needed) return false;
    told.add(name);
    for (const { role, kept } of quota.limitsBelow(client.quota, name, needed)) {
      found.push({
        rule: 'limit',
        resource: nameOf(name),
        consumed: formatMilli(quota.consumed(role, name)),
        limit: formatMilli(role.limits.get(name) ?? 0),
        ...(role !== client.quota && { role: role.path }),
        ...(kept > 0 && { kept: formatMilli(kept) }),
      });
    }
    return true;
  };
  wanted.forEachScalar((name, milli, kind) => {
    if (!isLimited(kind)) return;
    // A disk goes whole or not at all.
    const needed = Math.max(1, kind.unitMilli, milli * pieces);
    if (addLimits(name, needed) || !quota.hasGuarantees || quota.surplus(name) >= needed) return;
    found.push({
      rule: 'headroom',
      resource: nameOf(name),
      free: formatMilli(Math.max(0, quota.available(name))),
      required: formatMilli(quota.required(name)),
      roles: quota.roles.filter((role) => quota.unmet(role, name) > 0).map(({ path }) => path),
    });
  });
  if (told.size > 0) {
    total?.forEachScalar((name, _, kind) => {
      if (isLimited(kind) && !told.has(name)) addLimits(name, 1);
    });
  }
  return found;
}
