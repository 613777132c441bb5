import { longer } from './longer.js';
import { NameRanks } from './name-ranks.js';

export type NodeId = number;

/** Which order a node stands in: those that may be offered whole agents, or those that wait with an ask. */
export type View = 0 | 1;
export const OFFERABLE: View = 0;
export const ASKING: View = 1;
export const VIEWS: readonly View[] = [OFFERABLE, ASKING];

/** Entries looked at from the front before a place is searched for: most that move are among the first. */
const FRONT = 8;
/** Entries to be passed from which on the list is cut and joined: the engine moves its parts as blocks of memory. */
const FAR = 64;

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
  /** By view and parent. */
  readonly #lists: NodeId[][][] = [[], []];
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
      this.#lists[view][node] = [];
      this.#listed[view][node] = false;
    }
  }

  remove(node: NodeId, parent: NodeId): void {
    this.#names.remove(node, parent);
  }

  isListed(node: NodeId, view: View): boolean {
    return this.#listed[view][node];
  }

  /** Valid until the next change. */
  of(node: NodeId, view: View): readonly NodeId[] {
    return this.#lists[view][node];
  }

  /** Lists a node or takes it out. @returns how many siblings are listed then */
  list(node: NodeId, parent: NodeId, view: View, listed: boolean): number {
    const siblings = this.#lists[view][parent];
    if (listed) siblings.splice(this.#placeIn(siblings, node, 0, siblings.length), 0, node);
    else siblings.splice(this.#find(siblings, node), 1);
    this.#listed[view][node] = listed;
    return siblings.length;
  }

  /** A node has other keys now; all its siblings but this one are in order. */
  move(node: NodeId, parent: NodeId, share: number, count: number): void {
    const offerable = this.#listed[OFFERABLE][node] ? this.#lists[OFFERABLE][parent] : undefined;
    const asking = this.#listed[ASKING][node] ? this.#lists[ASKING][parent] : undefined;
    const at = offerable === undefined || offerable.length === 1 ? -1 : this.#find(offerable, node);
    const atAsking = asking === undefined || asking.length === 1 ? -1 : this.#find(asking, node);
    this.share[node] = share;
    this.count[node] = count;
    if (offerable !== undefined && at >= 0) this.#shift(offerable, at);
    if (asking !== undefined && atAsking >= 0) this.#shift(asking, atAsking);
  }

  /** All children of a node have other keys. They change the order little as a rule, so each list is gone through once. */
  sort(parent: NodeId): void {
    for (const view of VIEWS) this.#sort(this.#lists[view][parent]);
  }

  /** Order of two siblings by keys of the caller's, or by name if these are equal. */
  byName(a: NodeId, b: NodeId): number {
    return this.#names.rank[a] - this.#names.rank[b];
  }

  #sort(list: NodeId[]): void {
    let steps = 4 * list.length;
    for (let at = 1; at < list.length; at++) {
      const node = list[at];
      let to = at;
      while (to > 0 && this.#compare(node, list[to - 1]) < 0) {
        list[to] = list[to - 1];
        to--;
      }
      list[to] = node;
      steps -= at - to;
      if (steps < 0) {
        list.sort((a, b) => this.#compare(a, b));
        return;
      }
    }
  }

  /** Moves the entry at a position to where its keys belong. */
  #shift(list: NodeId[], at: number): void {
    const node = list[at];
    let to = at;
    if (at + 1 < list.length && this.#compare(list[at + 1], node) < 0) {
      to = this.#placeAfter(list, node, at + 2) - 1;
    } else if (at > 0 && this.#compare(node, list[at - 1]) < 0) {
      to = this.#placeIn(list, node, 0, at - 1);
    }
    if (to !== at) moveEntry(list, at, to);
  }

  /** Where a node would stand from a position on, searched from there and from the end: who was served goes to the last. */
  #placeAfter(list: readonly NodeId[], node: NodeId, from: number): number {
    let low = from;
    let high = list.length;
    for (let step = 1; high - low > 2 * step; step *= 2) {
      if (this.#compare(list[low + step - 1], node) >= 0) {
        high = low + step - 1;
        break;
      }
      low += step;
      if (this.#compare(list[high - step], node) < 0) {
        low = high - step + 1;
        break;
      }
      high -= step;
    }
    return this.#placeIn(list, node, low, high);
  }

  /** Where a node stands. */
  #find(list: readonly NodeId[], node: NodeId): number {
    const front = Math.min(FRONT, list.length);
    for (let at = 0; at < front; at++) if (list[at] === node) return at;
    return list.indexOf(node, this.#placeIn(list, node, front, list.length));
  }

  /** Where a node would stand in a part of a list, from `low` to before `high`. */
  #placeIn(list: readonly NodeId[], node: NodeId, from: number, to: number): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(list[middle], node) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(a: NodeId, b: NodeId): number {
    const share = this.share[a] - this.share[b];
    if (share !== 0) return share;
    const count = this.count[a] - this.count[b];
    return count !== 0 ? count : this.byName(a, b);
  }
}

/** What leaves the front for the end, as most do, costs no move of all that is between. */
function moveEntry(list: NodeId[], at: number, to: number): void {
  const node = list[at];
  if (Math.abs(to - at) <= FAR) {
    for (let i = at; i < to; i++) list[i] = list[i + 1];
    for (let i = at; i > to; i--) list[i] = list[i - 1];
    list[to] = node;
    return;
  }
  if (at < FRONT) {
    for (let i = at; i > 0; i--) list[i] = list[i - 1];
    list.shift();
  } else {
    list.splice(at, 1);
  }
  if (to === list.length) list.push(node);
  else list.splice(to, 0, node);
}
