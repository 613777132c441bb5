/**
 * What dominant resource fairness would give each role if demand were divisible and the cluster one machine: the
 * yardstick against which a run's shares are measured.
 *
 * Every role has a demand vector: all it holds and all it has queued. All dominant shares rise together, in proportion
 * to weight. A role stops when its demand is met or when a resource it wants is used up; the others go on.
 * Source: Ghodsi et al., Dominant Resource Fairness, NSDI 2011, section 4 (weights: 4.3), for divisible tasks.
 */
export class FairShares {
  readonly #demands: Float64Array;
  readonly #totals: Float64Array;
  readonly #weights: Float64Array;
  /** Dominant share of each role's whole demand. */
  readonly #dominant: Float64Array;
  /** Level (dominant share / weight) at which a role's demand is met. */
  readonly #level: Float64Array;
  /** All roles, in the order of the last time: hardly another than the next one's, so that the sort has little to do. */
  readonly #order: number[];
  /** Parts of the whole, per resource: held by roles that have stopped. */
  readonly #given: Float64Array;
  /** Parts of the whole that one more level costs, for the i-th waiting role and all behind it; row by row. */
  readonly #slopes: Float64Array;

  /**
   * @param demands roles x resources, row by row, in any unit; read anew by each {@link compute}
   * @param totals of the cluster per resource, in that unit, above 0
   * @param weights of each role, above 0
   */
  constructor(demands: Float64Array, totals: Float64Array, weights: Float64Array) {
    this.#demands = demands;
    this.#totals = totals;
    this.#weights = weights;
    this.#dominant = new Float64Array(weights.length);
    this.#level = new Float64Array(weights.length);
    this.#order = Array.from(weights.keys());
    this.#given = new Float64Array(totals.length);
    this.#slopes = new Float64Array((weights.length + 1) * totals.length);
  }

  /**
   * Writes the dominant share that is due to each role, 0 to 1; 0 without demand.
   * Cost: O(roles x resources^2), and a sort of the roles with demand.
   */
  compute(shares: Float64Array): void {
    shares.fill(0);
    this.#given.fill(0);
    let waiting = this.#rank();
    while (waiting.length > 0) waiting = this.#raise(waiting, shares);
  }

  /** Roles with demand, in the order in which a rising level meets it. */
  #rank(): number[] {
    const columns = this.#totals.length;
    for (let role = 0; role < this.#weights.length; role++) {
      let dominant = 0;
      for (let c = 0; c < columns; c++) {
        dominant = Math.max(dominant, this.#demands[role * columns + c] / this.#totals[c]);
      }
      this.#dominant[role] = dominant;
      this.#level[role] = dominant / this.#weights[role];
    }
    return this.#order
      .sort((a, b) => this.#level[a] - this.#level[b] || a - b)
      .filter((role) => this.#dominant[role] > 0);
  }

  /** Raises the level until a resource is used up or all demand is met; answers the roles that may go on. */
  #raise(waiting: readonly number[], shares: Float64Array): number[] {
    this.#sumSlopes(waiting);
    for (let i = 0; i < waiting.length; i++) {
      const full = this.#firstFull(i, this.#level[waiting[i]]);
      if (full >= 0) {
        const level = this.#levelWhenFull(i, full);
        const rest = waiting.slice(i);
        for (const role of rest) {
          if (this.#wants(role, full)) this.#stop(role, level * this.#weights[role], shares);
        }
        return rest.filter((role) => !this.#wants(role, full));
      }
      this.#stop(waiting[i], this.#dominant[waiting[i]], shares);
    }
    return [];
  }

  #sumSlopes(waiting: readonly number[]): void {
    const columns = this.#totals.length;
    this.#slopes.fill(0, waiting.length * columns, (waiting.length + 1) * columns);
    for (let i = waiting.length - 1; i >= 0; i--) {
      const role = waiting[i];
      const perLevel = this.#weights[role] / this.#dominant[role];
      for (let c = 0; c < columns; c++) {
        const cost = (perLevel * this.#demands[role * columns + c]) / this.#totals[c];
        this.#slopes[i * columns + c] = this.#slopes[(i + 1) * columns + c] + cost;
      }
    }
  }

  /** The resource that is used up first on the way to a level, or -1 if all of them last. */
  #firstFull(i: number, level: number): number {
    let first = -1;
    let lowest = level;
    for (let c = 0; c < this.#totals.length; c++) {
      const end = this.#levelWhenFull(i, c);
      if (end < lowest) {
        lowest = end;
        first = c;
      }
    }
    return first;
  }

  #levelWhenFull(i: number, column: number): number {
    const slope = this.#slopes[i * this.#totals.length + column];
    return slope > 0 ? Math.max(0, 1 - this.#given[column]) / slope : Infinity;
  }

  #wants(role: number, column: number): boolean {
    return this.#demands[role * this.#totals.length + column] > 0;
  }

  #stop(role: number, share: number, shares: Float64Array): void {
    const columns = this.#totals.length;
    shares[role] = share;
    const met = share / this.#dominant[role];
    for (let c = 0; c < columns; c++) {
      this.#given[c] += (met * this.#demands[role * columns + c]) / this.#totals[c];
    }
  }
}
