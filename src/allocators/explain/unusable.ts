import { kindOf, type Kind } from '../../cluster/resources/kinds.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { formatResources } from '../../cluster/resources/text.js';
import { isWithin } from '../../cluster/roles.js';
import type { Client } from '../bookkeeping/books.js';
import type { Reason } from './reasons.js';

/** Why a client may use none of these: reserved for others, or nothing that its framework takes. */
export function unusableReasons(client: Client, resources: Resources): Reason[] {
  const roles = new Set<string>();
  const lacking = new Set<string>();
  for (const id of resources.kinds) {
    const kind = kindOf(id);
    const lacks = lackingFor(client, kind);
    if (isForeign(client, kind)) roles.add(kind.owner ?? '');
    else if (lacks !== undefined) lacking.add(lacks);
  }
  const reasons: Reason[] = [];
  if (roles.size > 0) {
    const free = formatResources(resources.filter((kind) => isForeign(client, kind)));
    reasons.push({ rule: 'reserved', free, roles: [...roles].sort() });
  }
  for (const lacks of lacking) {
    const its = resources.filter((kind) => !isForeign(client, kind) && lackingFor(client, kind) === lacks);
    reasons.push({ rule: 'capability', who: 'framework', lacks, free: formatResources(its) });
  }
  return reasons;
}

function isForeign({ rolePath }: Client, { owner }: Kind): boolean {
  return owner !== undefined && !isWithin(rolePath, owner);
}

function lackingFor({ framework }: Client, { shared, revocable, reservations }: Kind): string | undefined {
  if (shared && !framework.shared) return 'SHARED_RESOURCES';
  if (revocable && !framework.revocable) return 'REVOCABLE_RESOURCES';
  return reservations.length > 1 && !framework.refinement ? 'RESERVATION_REFINEMENT' : undefined;
}
