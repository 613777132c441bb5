/** Points per factor of ten. */
const PER_DECADE = 40;
const MOST_POINTS = 16 * PER_DECADE;

/**
 * How values are spread over orders of magnitude: the exact number at or below each of a row of edges that stand
 * log-spaced above a least value. No value is kept, none sorted.
 */
export class LogCdf {
  readonly #least: number;
  readonly #counts = new Float64Array(MOST_POINTS + 1);
  #total = 0;
  #highest = 0;

  /** @param least values at or below it count together */
  constructor(least: number) {
    this.#least = least;
  }

  /** The number of the first edge that a value is not above. */
  edgeOf(value: number): number {
    if (value <= this.#least) return 0;
    return Math.min(MOST_POINTS, Math.ceil(Math.log10(value / this.#least) * PER_DECADE));
  }

  add(value: number): void {
    this.addAt(this.edgeOf(value));
  }

  /** Adds a value of which the edge is known, of another with the same least value. */
  addAt(at: number): void {
    this.#counts[at]++;
    this.#total++;
    if (at > this.#highest) this.#highest = at;
  }

  get total(): number {
    return this.#total;
  }

  /** Edges in ascending order with the part of all values at or below, up to the first that has them all. */
  points(): { readonly value: number; readonly part: number }[] {
    let below = 0;
    return Array.from({ length: this.#total === 0 ? 0 : this.#highest + 1 }, (_, at) => {
      below += this.#counts[at];
      return { value: this.#least * 10 ** (at / PER_DECADE), part: below / this.#total };
    });
  }
}
