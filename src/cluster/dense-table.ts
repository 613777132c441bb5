/** Ids further than this past the last known one are taken for garbage: a table must not grow to any number sent. */
const LARGEST_GAP = 1_000_000;

/** Objects by dense integer id. */
export class DenseTable<Row> {
  readonly #rows: (Row | undefined)[] = [];

  /** Ids handed out are below. */
  get length(): number {
    return this.#rows.length;
  }

  get(id: number): Row | undefined {
    return this.#rows[id];
  }

  /** True when {@link put} would take the id. */
  takes(id: number): boolean {
    return Number.isInteger(id) && id >= 0 && id <= this.#rows.length + LARGEST_GAP;
  }

  put(id: number, row: Row): void {
    while (this.#rows.length < id) this.#rows.push(undefined);
    this.#rows[id] = row;
  }

  /** Rows in order of id. */
  *[Symbol.iterator](): IterableIterator<Row> {
    for (const row of this.#rows) if (row !== undefined) yield row;
  }
}
