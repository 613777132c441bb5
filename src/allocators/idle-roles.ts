import type { Books } from './bookkeeping/books.js';
import type { QuotaRole } from './bookkeeping/quota-book.js';
import { OFFERABLE, ShareTree, type NodeId } from './bookkeeping/share-tree.js';

/** Agents of a run from which on it is worth it to look up every role beforehand. */
const WORTH_IT = 8;

/**
 * Top-level roles that a walk may leave out under quota: with thousands of roles nearly all are at their limits or have what
 * is guaranteed to them, and a visit to each for every agent would be most of a cycle. Under strict quota, where roles further
 * down count for themselves, none is left out.
 */
export class IdleRoles {
  readonly #books: Books;
  /** Of the running cycle, by node of the role. */
  #quota: (QuotaRole | undefined)[] = [];
  /** The same of roles without sub-roles: quota does not stop these. */
  #flat: (QuotaRole | undefined)[] = [];

  constructor(books: Books) {
    this.#books = books;
  }

  /** A cycle over so many agents begins. */
  begin(agents: number): void {
    const { tree, quota } = this.#books;
    this.#quota = [];
    this.#flat = [];
    if (agents < WORTH_IT || quota.strict) return;
    for (const role of tree.children(ShareTree.ROOT, OFFERABLE)) {
      const path = tree.special.rolePath[role];
      if (path === undefined) continue;
      const record = quota.roleOf(path);
      this.#quota[role] = record;
      const below = tree.children(role, OFFERABLE);
      if (below.every((child) => tree.special.rolePath[child] === undefined)) this.#flat[role] = record;
    }
  }

  /** Nothing that is guaranteed to the role is missing. */
  readonly hasNoDebt = (role: NodeId): boolean => this.#quota[role]?.hasUnmet === false;

  /** The role may have nothing of these names. @param names a bit per name id, not 0 */
  isFull(role: NodeId, names: number): boolean {
    const record = this.#flat[role];
    return record !== undefined && (names & ~record.full) === 0;
  }
}
