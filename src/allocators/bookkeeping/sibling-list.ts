import type { NodeId } from './sorted-children.js';

/** In lists of fewer nobody is kept apart: to move an entry costs next to nothing. */
const LONG = 64;
/** Entries looked at from the front before a place is searched for: most that move are among the first. */
const FRONT = 8;
/** So many times fewer than the others are put among them one by one. */
const FEW = 16;

/** Order of two nodes by the keys they have now: below 0 when `a` stands before `b`. */
export type ByKeys = (a: NodeId, b: NodeId) => number;

/**
 * Siblings in order. Most often the first is served, and its place is then among those that were served before it, far behind.
 * In a long list such a node is kept apart until one that was served may be the first again, or the whole order is asked for:
 * all of them are put in place at once then, which costs less than to search for the place of each.
 */
export class SiblingList {
  /** In order; before {@link #from} lie places of those that are kept apart. */
  #entries: NodeId[] = [];
  #from = 0;
  /** The leading entries, as many as places are left for them. */
  readonly #apart: NodeId[] = [];
  /** The first of those in the order. */
  #firstApart: NodeId = -1;
  readonly #compare: ByKeys;

  constructor(compare: ByKeys) {
    this.#compare = compare;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** Who stands at a place in the order; those before it are looked at first, and no place is behind the end. */
  at(place: number): NodeId {
    const at = this.#from + place;
    if (this.#from > 0) {
      const isApart = at >= this.#entries.length || this.#compare(this.#firstApart, this.#entries[at]) < 0;
      if (isApart) this.#join();
    }
    return this.#entries[this.#from + place];
  }

  /** All of them in order. Valid until the next change. */
  all(): readonly NodeId[] {
    this.#join();
    return this.#entries;
  }

  insert(node: NodeId): void {
    this.#join();
    this.#entries.splice(this.#placeIn(node, 0, this.#entries.length), 0, node);
  }

  remove(node: NodeId): void {
    this.#entries.splice(this.find(node), 1);
  }

  /** Where a node stands, until the next change. */
  find(node: NodeId): number {
    const entries = this.#entries;
    const end = Math.min(this.#from + FRONT, entries.length);
    for (let at = this.#from; at < end; at++) if (entries[at] === node) return at;
    this.#join();
    return entries.indexOf(node, this.#placeIn(node, 0, entries.length));
  }

  /** The node that {@link find} found there has other keys now. */
  shift(at: number): void {
    const entries = this.#entries;
    const node = entries[at];
    if (at + 1 < entries.length && this.#compare(entries[at + 1], node) < 0) {
      if (at < this.#from + FRONT && entries.length > LONG) this.#keepApart(at);
      else this.#move(at, this.#placeAfter(node, at + 2) - 1);
    } else if (at > this.#from && this.#compare(node, entries[at - 1]) < 0) {
      this.#move(at, this.#placeIn(node, this.#from, at - 1));
    }
  }

  /** All of them in no order, and {@link sort} must follow. */
  unsorted(): readonly NodeId[] {
    if (this.#from === 0) return this.#entries;
    this.#entries.splice(0, this.#from);
    for (let i = 0; i < this.#from; i++) this.#entries.push(this.#apart[i]);
    this.#from = 0;
    return this.#entries;
  }

  /** All have other keys. They change the order little as a rule, so the list is gone through once. */
  sort(): void {
    const entries = this.#entries;
    let steps = 4 * entries.length;
    for (let at = 1; at < entries.length; at++) {
      const node = entries[at];
      let to = at;
      while (to > 0 && this.#compare(node, entries[to - 1]) < 0) {
        entries[to] = entries[to - 1];
        to--;
      }
      entries[to] = node;
      steps -= at - to;
      if (steps < 0) {
        entries.sort(this.#compare);
        return;
      }
    }
  }

  /** One of the first goes to those apart. */
  #keepApart(at: number): void {
    const entries = this.#entries;
    const node = entries[at];
    for (let i = at; i > this.#from; i--) entries[i] = entries[i - 1];
    if (this.#from === 0 || this.#compare(node, this.#firstApart) < 0) this.#firstApart = node;
    this.#apart[this.#from++] = node;
  }

  /** Puts those apart among the others. */
  #join(): void {
    if (this.#from === 0) return;
    this.#sortApart();
    const entries = this.#entries;
    const apart = this.#apart;
    const count = this.#from;
    this.#from = 0;
    if (count * FEW < entries.length) {
      entries.splice(0, count);
      for (let i = 0; i < count; i++) entries.splice(this.#placeIn(apart[i], 0, entries.length), 0, apart[i]);
      return;
    }
    let [to, next] = [0, count];
    for (let i = 0; i < count; i++) {
      while (next < entries.length && this.#compare(entries[next], apart[i]) < 0)
        entries[to++] = entries[next++];
      entries[to++] = apart[i];
    }
  }

  /** Most often they are in order, since they were served in order. */
  #sortApart(): void {
    const apart = this.#apart;
    for (let i = 1; i < this.#from; i++) {
      if (this.#compare(apart[i - 1], apart[i]) <= 0) continue;
      apart.length = this.#from;
      apart.sort(this.#compare);
      return;
    }
  }

  /** Where a node would stand from a position on, searched from there and from the end: who was served goes to the last. */
  #placeAfter(node: NodeId, from: number): number {
    const entries = this.#entries;
    let low = from;
    let high = entries.length;
    for (let step = 1; high - low > 2 * step; step *= 2) {
      if (this.#compare(entries[low + step - 1], node) >= 0) {
        high = low + step - 1;
        break;
      }
      low += step;
      if (this.#compare(entries[high - step], node) < 0) {
        low = high - step + 1;
        break;
      }
      high -= step;
    }
    return this.#placeIn(node, low, high);
  }

  /** Where a node would stand in a part of the list, from a position to before another. */
  #placeIn(node: NodeId, from: number, to: number): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#entries[middle], node) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #move(at: number, to: number): void {
    const entries = this.#entries;
    const node = entries[at];
    if (Math.abs(to - at) > LONG) {
      entries.splice(at, 1);
      entries.splice(to, 0, node);
      return;
    }
    for (let i = at; i < to; i++) entries[i] = entries[i + 1];
    for (let i = at; i > to; i--) entries[i] = entries[i - 1];
    entries[to] = node;
  }
}
