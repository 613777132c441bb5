import { compareBytes } from '../../cluster/roles.js';
import { longer } from './longer.js';

/**
 * The byte order of siblings' names (R-3.4) as numbers, so that a tie between two of them costs no look at their names.
 * Ranks are only comparable between siblings; equal names have equal ranks.
 */
export class NameRanks {
  /** By node. */
  rank = new Float64Array(64);
  readonly #names: readonly string[];
  /** Children in the order of their names, by parent. */
  readonly #sorted: number[][] = [];

  /** @param names by node, kept by the caller */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  /** O(log n) comparisons for n siblings, now and then O(n). */
  add(node: number, parent: number): void {
    if (node >= this.rank.length) this.rank = longer(this.rank, 2 * (node + 1));
    const siblings = (this.#sorted[parent] ??= []);
    const at = this.#position(siblings, this.#names[node]);
    siblings.splice(at, 0, node);
    this.rank[node] = this.#rankAt(siblings, at);
    if (Number.isNaN(this.rank[node])) this.#renumber(siblings);
  }

  remove(node: number, parent: number): void {
    const siblings = this.#sorted[parent];
    siblings.splice(siblings.indexOf(node, this.#position(siblings, this.#names[node])), 1);
  }

  /** Between the neighbours; NaN when nothing is left there. */
  #rankAt(siblings: readonly number[], at: number): number {
    const name = this.#names[siblings[at]];
    if (at + 1 === siblings.length) return at === 0 ? 0 : this.rank[siblings[at - 1]] + 1;
    const after = this.rank[siblings[at + 1]];
    if (this.#names[siblings[at + 1]] === name) return after;
    if (at === 0) return after - 1;
    const before = this.rank[siblings[at - 1]];
    const middle = (before + after) / 2;
    return before < middle && middle < after ? middle : NaN;
  }

  #renumber(siblings: readonly number[]): void {
    for (let i = 0; i < siblings.length; i++) {
      const isSame = i > 0 && this.#names[siblings[i]] === this.#names[siblings[i - 1]];
      this.rank[siblings[i]] = isSame ? this.rank[siblings[i - 1]] : i;
    }
  }

  /** First position of a name that is not before this one. */
  #position(siblings: readonly number[], name: string): number {
    let low = 0;
    let high = siblings.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareBytes(this.#names[siblings[middle]], name) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
