import type { Books, Client } from './bookkeeping/books.js';
import type { QuotaRole } from './bookkeeping/quota-book.js';
import { OFFERABLE, ShareTree, type NodeId } from './bookkeeping/share-tree.js';
import { WORTH_IT } from './idle-roles.js';
import type { ServingOrder, Visit } from './serving-order.js';

/** A top-level role that is owed something. */
interface Owed {
  readonly node: NodeId;
  /** Its own frameworks stand below it: only these get what is guaranteed to the role. */
  readonly home: NodeId;
  readonly quota: QuotaRole;
}

/**
 * The order of shares in stage 1, of those roles alone that are owed something. Of thousands most are served once and owed
 * nothing then, so that nobody needs to know where they would stand: the share tree brings all in order when stage 2 asks.
 */
export class OwedRoles {
  readonly #books: Books;
  /** In order. */
  #roles: Owed[] = [];
  /** False: a walk has to go by the serving order itself. */
  isInUse = false;

  constructor(books: Books) {
    this.#books = books;
  }

  /** Stage 1 begins, for so many agents. */
  begin(agents: number, order: ServingOrder): void {
    const { tree, quota, roles } = this.#books;
    const isWorthIt = agents >= WORTH_IT && quota.unmetRoles > 0;
    this.isInUse = isWorthIt && !quota.strict && order.walksByPrecedence === true;
    this.#roles = [];
    if (!this.isInUse) return;
    tree.settle();
    for (const node of tree.children(ShareTree.ROOT, OFFERABLE)) {
      const path = tree.special.rolePath[node];
      const home = path === undefined ? undefined : roles.knownHome(path);
      if (path === undefined || home === undefined) continue;
      const owed = { node, home, quota: quota.roleOf(path) };
      if (quota.isOwed(owed.quota)) this.#roles.push(owed);
    }
  }

  /** Visits all in the order in which they stand when it begins: charges made meanwhile move a role for the next walk. */
  walk(visit: Visit): void {
    const { tree, quota } = this.#books;
    const roles = this.#roles;
    const served: Owed[] = [];
    let goOn = true;
    for (let at = 0; goOn && at < roles.length;) {
      const role = roles[at];
      const count = tree.countOf(role.node);
      goOn = this.#visitRole(role, visit);
      if (tree.countOf(role.node) === count) {
        at++;
        continue;
      }
      roles.splice(at, 1);
      if (quota.isOwed(role.quota)) served.push(role);
    }
    for (const role of served) roles.splice(this.#placeOf(role), 0, role);
  }

  #visitRole({ home }: Owed, visit: Visit): boolean {
    const { tree, clients } = this.#books;
    let frameworks = tree.listed(home, OFFERABLE);
    if (frameworks.length > 1) {
      tree.settle();
      frameworks = tree.children(home, OFFERABLE);
    }
    for (const node of frameworks) if (!visit(clients[tree.client[node]] as Client)) return false;
    return true;
  }

  #placeOf({ node }: Owed): number {
    const roles = this.#roles;
    let [low, high] = [0, roles.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#books.tree.compare(roles[middle].node, node) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
