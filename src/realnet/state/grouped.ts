/**
 * Positions of a list by the small number that their items have in common, such as that of their agent. It holds no object
 * per group: the garbage collector would copy ten thousand of those at once, while a long answer is made.
 */
export class Grouped {
  /** By group: first and last position, plus 1; 0: it is empty. */
  #ends: Int32Array = new Int32Array(128);
  /** By position: the next of its group, plus 1; 0: it is the last. */
  #next: Int32Array = new Int32Array(1024);

  /** @param position is added once */
  add(group: number, position: number): void {
    if (2 * group >= this.#ends.length) this.#ends = grown(this.#ends, 2 * group + 2);
    if (position >= this.#next.length) this.#next = grown(this.#next, position + 1);
    const last = this.#ends[2 * group + 1];
    if (last === 0) this.#ends[2 * group] = position + 1;
    else this.#next[last - 1] = position + 1;
    this.#ends[2 * group + 1] = position + 1;
  }

  /** Those of a group, in the order in which they were added. */
  *of(group: number): Generator<number> {
    for (let at = this.#ends[2 * group] ?? 0; at > 0; at = this.#next[at - 1]) yield at - 1;
  }

  /** All, by group. */
  *all(): Generator<number> {
    for (let group = 0; 2 * group < this.#ends.length; group++) yield* this.of(group);
  }
}

/** A copy of a column that has room for so many, or for twice as many as before. */
export function grown(column: Int32Array, least: number): Int32Array {
  const bigger = new Int32Array(Math.max(least, 2 * column.length));
  bigger.set(column);
  return bigger;
}
