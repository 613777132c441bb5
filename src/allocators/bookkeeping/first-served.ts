import type { DominantShares } from './dominant-shares.js';
import type { NodeId } from './sorted-children.js';

/** Siblings charged since they were sorted from which on it is better to sort them anew. */
const MOST_LOOSE = 32;
/** Different amounts below this have different quotients by any total. */
const LARGE = 2 ** 51;

/**
 * Finds who of many siblings is served first, without a look at all of them, while the cluster's totals change again and
 * again and with them every share.
 *
 * The siblings stand in lists by the name that was dominant when they were sorted, by how much they use of it. That over its
 * total is never more than the share, whatever is dominant now, and its order does not depend on the total: a search ends
 * where it is more than the least share found so far. Who was charged since is looked at one by one.
 */
export class FirstServed {
  readonly #shares: DominantShares;
  readonly #names: readonly number[];
  readonly #byCountAndName: (a: NodeId, b: NodeId) => number;
  /** By place of the dominant name in the names that count; -1: those that used nothing. */
  readonly #lists = new Map<number, NodeId[]>();
  readonly #loose = new Set<NodeId>();

  #best: NodeId = -1;
  #least = Infinity;

  /**
   * @param sorted of weight 1, in order of share, count of allocations and name
   * @param byCountAndName order of those whose shares are equal
   */
  constructor(
    sorted: readonly NodeId[],
    shares: DominantShares,
    byCountAndName: (a: NodeId, b: NodeId) => number,
  ) {
    this.#shares = shares;
    this.#names = shares.names;
    this.#byCountAndName = byCountAndName;
    for (const node of sorted) {
      const at = shares.dominant(node);
      // Shares of such amounts may be equal now and not when the totals are other ones.
      if (at >= 0 && shares.used(node, this.#names[at]) >= LARGE) this.#loose.add(node);
      const list = this.#lists.get(at);
      if (list === undefined) this.#lists.set(at, [node]);
      else list.push(node);
    }
  }

  /** A sibling was charged or credited. */
  loosen(node: NodeId): void {
    this.#loose.add(node);
  }

  /** False: they are to be sorted anew. */
  get isOfUse(): boolean {
    return this.#loose.size <= MOST_LOOSE && this.#shares.names === this.#names;
  }

  find(): NodeId {
    this.#best = -1;
    this.#least = Infinity;
    for (const node of this.#loose) this.#consider(node);
    for (const [at, nodes] of this.#lists) {
      for (const node of nodes) {
        if (this.#loose.has(node)) continue;
        const part = at < 0 ? 0 : this.#shares.part(node, at);
        if (part > this.#least) break;
        if (part === this.#least && this.#byCountAndName(this.#best, node) < 0) break;
        this.#consider(node);
      }
    }
    return this.#best;
  }

  #consider(node: NodeId): void {
    const share = this.#shares.of(node);
    if (share > this.#least) return;
    if (share === this.#least && this.#byCountAndName(this.#best, node) < 0) return;
    this.#best = node;
    this.#least = share;
  }
}
