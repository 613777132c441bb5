/** Plain amounts and allocations of framework nodes that are noted and not carried up the share tree yet. */
export class Tabs {
  /** Nodes with something on their tab. */
  readonly open: number[] = [];
  readonly #amounts: (Float64Array | undefined)[] = [];
  readonly #allocations: number[] = [];
  readonly #isOpen: boolean[] = [];

  /** Amounts by name id of a node, for the caller to change, with room for so many names. Valid until the next call. */
  of(node: number, names: number): Float64Array {
    if (!this.#isOpen[node]) {
      this.#isOpen[node] = true;
      this.open.push(node);
    }
    const amounts = this.#amounts[node];
    if (amounts !== undefined && amounts.length >= names) return amounts;
    const wider = new Float64Array(names + 2);
    if (amounts !== undefined) wider.set(amounts);
    this.#amounts[node] = wider;
    return wider;
  }

  countAllocation(node: number): void {
    this.#allocations[node] = (this.#allocations[node] ?? 0) + 1;
  }

  allocations(node: number): number {
    return this.#allocations[node] ?? 0;
  }

  /** What was noted of the node has been carried up. */
  close(node: number): void {
    this.#amounts[node]?.fill(0);
    this.#allocations[node] = 0;
    this.#isOpen[node] = false;
  }
}
