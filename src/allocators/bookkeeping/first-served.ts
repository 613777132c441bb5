import type { DominantShares } from './dominant-shares.js';
import type { NodeId } from './sorted-children.js';

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
  /** Those that used nothing, then one for each of the names that count. */
  readonly #lists: NodeId[][];
  /** By list, how many at its front are loose. */
  readonly #starts: number[];
  /** Charged since they were sorted. */
  readonly #loose = new Set<NodeId>();
  /** With more of them it is better to sort all anew, which takes as long as so many searches. */
  readonly #mostLoose: number;

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
    this.#mostLoose = 3 * Math.sqrt(sorted.length);
    this.#lists = [[], ...this.#names.map(() => [])];
    this.#starts = this.#lists.map(() => 0);
    for (const node of sorted) {
      const at = shares.dominant(node);
      // Shares of such amounts may be equal now and not when the totals are other ones.
      if (at >= 0 && shares.used(node, this.#names[at]) >= LARGE) this.#loose.add(node);
      this.#lists[at + 1].push(node);
    }
  }

  /** A sibling was charged or credited. */
  loosen(node: NodeId): void {
    this.#loose.add(node);
  }

  /** False: they are to be sorted anew. */
  get isOfUse(): boolean {
    return this.#loose.size <= this.#mostLoose && this.#shares.names === this.#names;
  }

  find(): NodeId {
    this.#best = -1;
    this.#least = Infinity;
    for (const node of this.#loose) this.#consider(node);
    for (let list = 0; list < this.#lists.length; list++) this.#search(list);
    return this.#best;
  }

  #search(list: number): void {
    const nodes = this.#lists[list];
    let at = this.#starts[list];
    while (at < nodes.length && this.#loose.has(nodes[at])) at++;
    this.#starts[list] = at;
    for (; at < nodes.length; at++) {
      const node = nodes[at];
      if (this.#loose.has(node)) continue;
      const part = list === 0 ? 0 : this.#shares.part(node, list - 1);
      if (part > this.#least) return;
      if (part === this.#least && this.#byCountAndName(this.#best, node) < 0) return;
      this.#consider(node);
    }
  }

  #consider(node: NodeId): void {
    const share = this.#shares.of(node);
    if (share > this.#least) return;
    if (share === this.#least && this.#byCountAndName(this.#best, node) < 0) return;
    this.#best = node;
    this.#least = share;
  }
}
