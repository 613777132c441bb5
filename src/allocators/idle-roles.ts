import type { Books } from './bookkeeping/books.js';
import { OFFERABLE, ShareTree, type NodeId } from './bookkeeping/share-tree.js';
import type { Skip } from './serving-order.js';

/** Agents of a run from which on it is worth it to look up every role beforehand. */
export const WORTH_IT = 8;

/**
 * Top-level roles that a walk may leave out under quota: with thousands of roles nearly all are at their limits or have what
 * is guaranteed to them, and a visit to each for every agent would be most of a cycle. Under strict quota, where roles further
 * down count for themselves, none is left out.
 */
export class IdleRoles {
  readonly #books: Books;
  /** Of the running cycle, by node of the role: its row in the quota book; 0: it is never left out. */
  #rows = new Int32Array(0);
  /** The same of roles without sub-roles: quota does not stop these. */
  #flatRows = new Int32Array(0);
  /** Names that no role may have more of: a cycle only charges, so that it stays so. */
  #closed = 0;

  constructor(books: Books) {
    this.#books = books;
  }

  /** A cycle over so many agents begins. */
  begin(agents: number): void {
    const { tree, quota } = this.#books;
    const nodes = agents < WORTH_IT || quota.strict ? 0 : tree.parent.length;
    this.#rows = new Int32Array(nodes);
    this.#flatRows = new Int32Array(nodes);
    this.#closed = 0;
    if (nodes === 0) return;
    for (const role of tree.listed(ShareTree.ROOT, OFFERABLE)) {
      const path = tree.special.rolePath[role];
      if (path === undefined) continue;
      const { row } = quota.roleOf(path);
      this.#rows[role] = row;
      const below = tree.listed(role, OFFERABLE);
      if (below.every((child) => tree.special.rolePath[child] === undefined)) this.#flatRows[role] = row;
    }
  }

  /** Where the next role stands to which something is missing of what is guaranteed to it, as far as is known. */
  readonly nextInDebt: Skip = (roles, from, to) => {
    const { unmetNames } = this.#books.quota;
    const rows = this.#rows;
    let at = from;
    while (at < to && rows[roles[at]] > 0 && unmetNames[rows[roles[at]]] === 0) at++;
    return at;
  };

  /** Where the next role stands that may have some of these names. @param names a bit per name id, not 0 */
  nextWithRoom(roles: readonly NodeId[], from: number, to: number, names: number): number {
    const { fullNames } = this.#books.quota;
    const rows = this.#flatRows;
    let at = from;
    while (at < to && rows[roles[at]] > 0 && (names & ~fullNames[rows[roles[at]]]) === 0) at++;
    if (from === 0 && at === roles.length) this.#closed |= names;
    return at;
  }

  /** A walk found that no role may have any of these names. @param names a bit per name id, not 0 */
  isClosed(names: number): boolean {
    return (names & ~this.#closed) === 0;
  }
}
