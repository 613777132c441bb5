import { nameIdOf } from '../cluster/resources/kinds.js';
import type { Resources } from '../cluster/resources/resources.js';
import { ShareTree, type NodeId } from './bookkeeping/share-tree.js';
import type { Books, Client } from './bookkeeping/books.js';

/**
 * Weighted slices of the cluster: the cluster belongs to the root, and every node's slice is divided by weight among those
 * children with unmet demand, after what the other children hold was taken off. The `.` leaf of a role with frameworks of its
 * own is a child of weight 1. Slices are amounts of every resource name.
 */
export class Slices {
  readonly #books: Books;
  readonly #excluded: ReadonlySet<number>;
  /** Clients that want more, below each node; 0: no unmet demand. */
  #wanting: number[] = [];
  readonly #isWanting = new Set<Client>();
  /** By node, then by name id. */
  readonly #slices: (Float64Array | undefined)[] = [];
  #stale = true;

  constructor(books: Books) {
    this.#books = books;
    this.#excluded = new Set(books.options.fairnessExclude.map(nameIdOf));
  }

  /** What roles hold changed between two runs, or the cluster did. */
  forget(): void {
    this.#stale = true;
  }

  /** The client's demand may have changed. Call it before the client's node is removed. */
  put(client: Client): void {
    const { options, tree } = this.#books;
    const byAsks = options.offers === 'demand' && client.framework.hasAsked;
    const wants = this.#books.isWilling(client) && (!byAsks || !client.asks.isEmpty);
    if (wants === this.#isWanting.has(client)) return;
    if (wants) this.#isWanting.add(client);
    else this.#isWanting.delete(client);
    for (let node = client.node; node >= 0; node = tree.parent[node]) {
      const before = this.#wanting[node] ?? 0;
      this.#wanting[node] = before + (wants ? 1 : -1);
      if (before === 0 || this.#wanting[node] === 0) this.#stale = true;
    }
  }

  /**
   * How much more of a name the client's role may take before it, or a role above it, passes its slice, milli-units;
   * below 0 when it did already.
   */
  left(client: Client, nameId: number): number {
    this.#divide();
    const { tree } = this.#books;
    let least = Infinity;
    for (let node = tree.parent[client.node]; node !== ShareTree.ROOT; node = tree.parent[node]) {
      const slice = this.#slices[node]?.[nameId] ?? 0;
      least = Math.min(least, Math.floor(slice) - tree.used(node, nameId));
    }
    return least;
  }

  /** The role is below its slice in all that counts in shares. */
  isBelow(client: Client): boolean {
    const { total } = this.#books.pool;
    for (let name = 0; name < total.length; name++) {
      if (total[name] > 0 && !this.#excluded.has(name) && this.left(client, name) <= 0) return false;
    }
    return true;
  }

  /** The resources would not take the role beyond its slice. */
  holds(client: Client, { kinds, amounts, plainCount }: Resources): boolean {
    for (let i = 0; i < plainCount; i++) if (this.left(client, kinds[i]) < amounts[i]) return false;
    return true;
  }

  /** O(roles). */
  #divide(): void {
    if (!this.#stale) return;
    this.#stale = false;
    const { tree, pool } = this.#books;
    const children = new Map<NodeId, NodeId[]>();
    for (const path of this.#books.roles.paths()) {
      for (const node of [this.#books.roles.node(path), this.#books.roles.knownHome(path)]) {
        if (node === undefined) continue;
        const siblings = children.get(tree.parent[node]);
        if (siblings === undefined) children.set(tree.parent[node], [node]);
        else siblings.push(node);
      }
    }
    this.#slices.length = 0;
    this.#divideAmong(ShareTree.ROOT, Float64Array.from(pool.total), children);
  }

  #divideAmong(parent: NodeId, slice: Float64Array, children: ReadonlyMap<NodeId, readonly NodeId[]>): void {
    this.#slices[parent] = slice;
    const { tree } = this.#books;
    const siblings = children.get(parent) ?? [];
    const wanting = siblings.filter((node) => (this.#wanting[node] ?? 0) > 0);
    const weights = wanting.reduce((sum, node) => sum + tree.weight[node], 0);
    const rest = slice.map((amount, name) =>
      siblings.reduce(
        (left, node) => ((this.#wanting[node] ?? 0) > 0 ? left : Math.max(0, left - tree.used(node, name))),
        amount,
      ),
    );
    for (const node of wanting) {
      const part = tree.weight[node] / weights;
      this.#divideAmong(
        node,
        rest.map((amount) => amount * part),
        children,
      );
    }
  }
}
