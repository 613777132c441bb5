import type { AgentId } from '../cluster/ids.js';
import { kindOf } from '../cluster/resources/kinds.js';
import { compareReserved } from '../cluster/resources/reserved-order.js';
import { ResourceBag, type Resources } from '../cluster/resources/resources.js';
import type { Books, Client } from './bookkeeping/books.js';
import { isReservedAmount } from './bookkeeping/reserved-index.js';

/**
 * What an agent gives for one piece of an ask; undefined: it has no room. Of a name that is asked for plainly, what is
 * reserved for the role or an ancestor goes first, the most narrowly reserved before the rest, and then what is unreserved:
 * the coarse cycle could have offered all of it (semantics-notes ). All else is taken as it is asked for.
 */
export function pieceOn(
  books: Books,
  client: Client,
  wanted: Resources,
  agent: AgentId,
): Resources | undefined {
  const { pool } = books;
  const special = wanted.specialPart();
  const free = pool.special(agent);
  if (!free.contains(special)) return undefined;
  const reserved = free.minus(special).filter((kind) => isReservedAmount(kind) && books.mayUse(client, kind));
  if (reserved.isEmpty) return pool.fits(agent, wanted) ? wanted : undefined;
  const entries = reserved.kinds
    .map((id, i) => ({ kind: kindOf(id), amount: reserved.amounts[i] }))
    .sort((a, b) => compareReserved(a.kind, b.kind));
  const piece = new ResourceBag();
  for (let i = 0; i < wanted.plainCount; i++) {
    const name = wanted.kinds[i];
    let missing = wanted.amounts[i];
    for (const { kind, amount } of entries) {
      if (kind.nameId !== name || missing === 0) continue;
      const part = Math.min(missing, amount);
      piece.add(kind.id, part);
      missing -= part;
    }
    if (missing > pool.freeOf(agent, name) && missing > 0) return undefined;
    piece.add(name, missing);
  }
  return piece.toResources().plus(special);
}
