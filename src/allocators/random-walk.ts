import type { SorterName } from '../cluster/allocator.js';
import { compareBytes } from '../cluster/roles.js';
import type { Books, Client } from './bookkeeping/books.js';
import { mixed } from './bookkeeping/lots.js';
import { OFFERABLE, ShareTree, type NodeId } from './bookkeeping/share-tree.js';
import { Groups, Race } from './race.js';
import type { Skip, Visit } from './serving-order.js';

/** With more clients that may take anything of an agent the first of them is soon met among all. */
const FEW = 32;

/** The `.` leaf of a role with the frameworks that may be offered something there. */
interface Home {
  readonly node: NodeId;
  readonly path: string;
  /** Of the top-level role above it, or that it is of. */
  readonly top: NodeId;
  /** Its relative weight among all. */
  readonly weight: number;
  /** Its frameworks in the order of their names, once they were asked for. */
  frameworks: { readonly leaves: readonly NodeId[]; readonly race: Race } | undefined;
}

/**
 * Mesos's random sorter: roles in a weighted shuffle without replacement, where a leaf's weight is its relative weight
 * through the tree; frameworks of a role in a plain shuffle. Either level may be sorted by shares instead. The shuffles are
 * races ({@link Race}), run no further than to those who take all there is. Draws: none but that of the run ({@link Lots}).
 */
export class RandomWalk {
  readonly #books: Books;
  readonly #areRolesDrawn: boolean;
  readonly #areFrameworksDrawn: boolean;
  readonly #roleGroups = new Groups();
  readonly #frameworkGroups = new Groups();
  readonly #few = new Int32Array(FEW);

  // Of the clients that may be offered something and of the weights as they were at this revision of the tree:
  #revision = -1;
  /** In the order of their paths, so that an order drawn does not depend on what led to this state. */
  #homes: Home[] = [];
  #race = new Race([]);
  /** How many there are. */
  #clients = 0;
  #tops: NodeId[] = [];
  /** By node: where a home stands among all, where a framework stands in its home. */
  #places: number[] = [];

  constructor(books: Books, roleSorter: SorterName, frameworkSorter: SorterName) {
    this.#books = books;
    this.#areRolesDrawn = roleSorter === 'random';
    this.#areFrameworksDrawn = frameworkSorter === 'random';
  }

  /** @param skip passes over top-level roles; absent: whoever is known to take nothing is visited, too */
  walk(visit: Visit, skip?: Skip): void {
    const { tree, misses, quota, lots } = this.#books;
    if (!this.#areRolesDrawn || !this.#areFrameworksDrawn) tree.settle();
    if (tree.revision !== this.#revision) this.#prepare();
    const few = skip === undefined ? -1 : misses.unsettled(lots.agent, this.#few);
    const { seed } = lots;
    // The first of so many is met after `all / few` others; to find their times takes as long as `few` such meetings.
    if (few >= 0 && few * few < this.#clients) {
      if (!quota.active || this.#visitSettled(visit, skip)) this.#visitFew(few, visit, seed);
    } else if (this.#areRolesDrawn) {
      const isVain = skip && ((from: number, to: number) => skip(this.#tops, from, to) === to);
      this.#race.run(seed, this.#roleGroups, (home) => this.#visitHome(home, visit, seed), isVain);
    } else this.#byShares(skip, (home) => this.#visitHome(home, visit, seed));
  }

  /** What a walk comes to when these clients alone take anything. @param count of {@link #few} */
  #visitFew(count: number, visit: Visit, seed: number): void {
    const { clients, tree } = this.#books;
    const order = Array.from(this.#few.subarray(0, count), (id) => {
      const client = clients[id] as Client;
      const home = this.#places[tree.parent[client.node]];
      const time = count > 1 && this.#areRolesDrawn ? this.#race.timeOf(home, seed) : 0;
      return { client, home, time, own: count > 1 ? this.#timeInHome(client, home, seed) : 0 };
    });
    order.sort((a, b) => {
      const isDrawn = a.home === b.home ? this.#areFrameworksDrawn : this.#areRolesDrawn;
      if (isDrawn) return a.time - b.time || a.home - b.home || a.own - b.own;
      return tree.precedes(a.client.node, b.client.node) ? -1 : 1;
    });
    for (const { client } of order) if (!visit(client)) return;
  }

  /** Those with a verdict take nothing, whenever they are visited; under quota the cycle wants to know who is stopped by it. */
  #visitSettled(visit: Visit, skip: Skip | undefined): boolean {
    const { tree, clients, misses, lots } = this.#books;
    return this.#byShares(skip, (home) => {
      for (const leaf of tree.listed(this.#homes[home].node, OFFERABLE)) {
        const client = clients[tree.client[leaf]] as Client;
        if (misses.has(lots.agent, client.id) && !visit(client)) return false;
      }
      return true;
    });
  }

  #timeInHome(client: Client, home: number, seed: number): number {
    if (!this.#areFrameworksDrawn) return 0;
    const { race } = this.#frameworksOf(this.#homes[home]);
    return race.timeOf(this.#places[client.node], seedOfHome(seed, home));
  }

  /** Roles in the order of shares. @returns false when it was stopped */
  #byShares(skip: Skip | undefined, arrive: (home: number) => boolean): boolean {
    const roles = this.#books.tree.children(ShareTree.ROOT, OFFERABLE);
    for (let i = 0; i < roles.length; i++) {
      if (skip !== undefined && (i = skip(roles, i, roles.length)) === roles.length) break;
      if (!this.#below(roles[i], arrive)) return false;
    }
    return true;
  }

  #below(node: NodeId, arrive: (home: number) => boolean): boolean {
    const { tree } = this.#books;
    const children = tree.children(node, OFFERABLE);
    if (tree.client[children[0]] >= 0) return arrive(this.#places[node]);
    for (const child of children) if (!this.#below(child, arrive)) return false;
    return true;
  }

  #visitHome(at: number, visit: Visit, seed: number): boolean {
    const { tree, clients } = this.#books;
    const home = this.#homes[at];
    if (!this.#areFrameworksDrawn || tree.listed(home.node, OFFERABLE).length === 1) {
      for (const leaf of tree.children(home.node, OFFERABLE)) {
        if (!visit(clients[tree.client[leaf]] as Client)) return false;
      }
      return true;
    }
    const { leaves, race } = this.#frameworksOf(home);
    return race.run(seedOfHome(seed, at), this.#frameworkGroups, (place) =>
      visit(clients[tree.client[leaves[place]]] as Client),
    );
  }

  #frameworksOf(home: Home): { readonly leaves: readonly NodeId[]; readonly race: Race } {
    if (home.frameworks !== undefined) return home.frameworks;
    const { tree } = this.#books;
    const leaves = tree.listed(home.node, OFFERABLE).toSorted((a, b) => tree.byName(a, b));
    leaves.forEach((leaf, place) => (this.#places[leaf] = place));
    return (home.frameworks = { leaves, race: new Race(leaves.map(() => 1)) });
  }

  #prepare(): void {
    const { tree } = this.#books;
    this.#revision = tree.revision;
    this.#homes = [];
    this.#clients = 0;
    this.#collect(ShareTree.ROOT, -1, 1);
    this.#homes.sort((a, b) => compareBytes(a.path, b.path));
    this.#homes.forEach(({ node }, place) => (this.#places[node] = place));
    this.#race = new Race(this.#homes.map(({ weight }) => weight));
    this.#tops = this.#homes.map(({ top }) => top);
  }

  #collect(node: NodeId, top: NodeId, weight: number): void {
    const { tree } = this.#books;
    const children = tree.listed(node, OFFERABLE);
    if (children.length === 0) return;
    if (tree.client[children[0]] >= 0) {
      const path = tree.special.rolePath[tree.parent[node]] ?? '';
      this.#clients += children.length;
      this.#homes.push({ node, path, top, weight, frameworks: undefined });
      return;
    }
    const sum = children.reduce((total, child) => total + tree.weight[child], 0);
    for (const child of children) {
      this.#collect(child, top < 0 ? child : top, (weight * tree.weight[child]) / sum);
    }
  }
}

/** Of the race of its frameworks. */
function seedOfHome(seed: number, home: number): number {
  return mixed(seed + 1, home);
}
