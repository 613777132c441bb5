import { CPUS, kindOf, MEM, nameOf, PLAIN_LIMIT } from '../cluster/resources/kinds.js';
import type { Resources } from '../cluster/resources/resources.js';

/** The scalar resources a cluster has, as columns of tables; a resource that it has none of is in no column. */
export class ResourceColumns {
  /** Resource name per column, in order of name id: cpus, mem, disk, gpus, then by first use. */
  readonly names: readonly string[];
  /** What the cluster has, in milli-units per column; above 0. */
  readonly totals: Float64Array;
  /** Columns 0 and 1 are cpus and mem. */
  readonly hasCpusMem: boolean;
  readonly #columnOfName = new Int32Array(PLAIN_LIMIT).fill(-1);

  /** @param capacity the resources of the agents, one entry per agent or per shape of agent */
  constructor(capacity: readonly { readonly count: number; readonly resources: Resources }[]) {
    const byName = new Map<number, number>();
    for (const { count, resources } of capacity) {
      resources.forEachScalar((nameId, milli) =>
        byName.set(nameId, (byName.get(nameId) ?? 0) + count * milli),
      );
    }
    const nameIds = [...byName.keys()].filter((nameId) => byName.get(nameId)! > 0).sort((a, b) => a - b);
    nameIds.forEach((nameId, column) => (this.#columnOfName[nameId] = column));
    this.names = nameIds.map(nameOf);
    this.hasCpusMem = nameIds[0] === CPUS && nameIds[1] === MEM;
    this.totals = Float64Array.from(nameIds, (nameId) => byName.get(nameId)!);
  }

  get count(): number {
    return this.totals.length;
  }

  /** The scalars of many bags, a row for each. */
  tableOf(bags: readonly Resources[]): Float64Array {
    const table = new Float64Array(bags.length * this.count);
    bags.forEach((bag, row) => this.addTo(table, row, bag, 1));
    return table;
  }

  /** Adds `sign` times the scalars of a bag to a row of a table. */
  addTo(table: Float64Array, row: number, resources: Resources, sign: 1 | -1): void {
    const { kinds, amounts } = resources;
    const from = row * this.totals.length;
    for (let i = 0; i < kinds.length; i++) {
      const column = this.#columnOfName[kinds[i] < PLAIN_LIMIT ? kinds[i] : scalarName(kinds[i])];
      if (column >= 0) table[from + column] += sign * amounts[i];
    }
  }
}

/** The name of a reserved or revocable scalar; for ranges and sets the last id, which no column has. */
function scalarName(kindId: number): number {
  const kind = kindOf(kindId);
  return kind.type === 'SCALAR' ? kind.nameId : PLAIN_LIMIT - 1;
}
