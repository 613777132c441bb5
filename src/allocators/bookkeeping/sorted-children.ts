import { longer } from './longer.js';
import { NameRanks } from './name-ranks.js';
import { SiblingList } from './sibling-list.js';

export type NodeId = number;

/** Which order a node stands in: those that may be offered whole agents, or those that wait with an ask. */
export type View = 0 | 1;
export const OFFERABLE: View = 0;
export const ASKING: View = 1;
export const VIEWS: readonly View[] = [OFFERABLE, ASKING];

const NOBODY: readonly NodeId[] = [];

/**
 * The children of every node of a share tree that are listed in a view, sorted by share, count of allocations and name
 * . The keys lie here, too: an entry stays where it was until {@link move} is told of new ones, or {@link sort} that all
 * of a node's children have new ones.
 */
export class SortedChildren {
  /** The keys, by node. */
  share = new Float64Array(64);
  count = new Float64Array(64);
  readonly #names: NameRanks;
  /** By view and parent; undefined: nobody was ever listed. */
  readonly #lists: (SiblingList | undefined)[][] = [[], []];
  readonly #listed: boolean[][] = [[], []];

  /** @param names by node, kept by the caller */
  constructor(names: readonly string[]) {
    this.#names = new NameRanks(names);
  }

  add(node: NodeId, parent: NodeId): void {
    this.#names.add(node, parent);
    if (node >= this.share.length) {
      this.share = longer(this.share, 2 * node);
      this.count = longer(this.count, 2 * node);
    }
    this.share[node] = 0;
    this.count[node] = 0;
    for (const view of VIEWS) {
      this.#lists[view][node] = undefined;
      this.#listed[view][node] = false;
    }
  }

  remove(node: NodeId, parent: NodeId): void {
    this.#names.remove(node, parent);
  }

  isListed(node: NodeId, view: View): boolean {
    return this.#listed[view][node];
  }

  /** How many children of a node are listed. */
  length(node: NodeId, view: View): number {
    return this.#lists[view][node]?.length ?? 0;
  }

  /** Who stands at a place of {@link of}, at less cost for the first of them; -1: nobody. */
  at(node: NodeId, view: View, place: number): NodeId {
    const list = this.#lists[view][node];
    return list === undefined || place >= list.length ? -1 : list.at(place);
  }

  /** Valid until the next change. */
  of(node: NodeId, view: View): readonly NodeId[] {
    return this.#lists[view][node]?.all() ?? NOBODY;
  }

  /** Lists a node or takes it out. @returns how many siblings are listed then */
  list(node: NodeId, parent: NodeId, view: View, listed: boolean): number {
    const siblings = (this.#lists[view][parent] ??= new SiblingList(this.#compare));
    if (listed) siblings.insert(node);
    else siblings.remove(node);
    this.#listed[view][node] = listed;
    return siblings.length;
  }

  /** A node gets other keys; all its siblings but this one are in order. */
  move(node: NodeId, parent: NodeId, key: (node: NodeId) => void): void {
    const offerable = this.#listed[OFFERABLE][node] ? this.#lists[OFFERABLE][parent] : undefined;
    const asking = this.#listed[ASKING][node] ? this.#lists[ASKING][parent] : undefined;
    const at = offerable === undefined || offerable.length === 1 ? -1 : offerable.find(node);
    const atAsking = asking === undefined || asking.length === 1 ? -1 : asking.find(node);
    key(node);
    if (offerable !== undefined && at >= 0) offerable.shift(at);
    if (asking !== undefined && atAsking >= 0) asking.shift(atAsking);
  }

  /** All children of a node get other keys. */
  sort(parent: NodeId, key: (node: NodeId) => void): void {
    for (const view of VIEWS) this.#lists[view][parent]?.unsorted().forEach(key);
    for (const view of VIEWS) this.#lists[view][parent]?.sort();
  }

  /** Order of two siblings by keys of the caller's, or by name if these are equal. */
  byName(a: NodeId, b: NodeId): number {
    return this.#names.rank[a] - this.#names.rank[b];
  }

  readonly #compare = (a: NodeId, b: NodeId): number => {
    // Not their differences: what is no small integer is an object on the heap wherever this is called and not inlined.
    const { share, count } = this;
    if (share[a] !== share[b]) return share[a] < share[b] ? -1 : 1;
    if (count[a] !== count[b]) return count[a] < count[b] ? -1 : 1;
    const { rank } = this.#names;
    if (rank[a] !== rank[b]) return rank[a] < rank[b] ? -1 : 1;
    return 0;
  };
}
