import type { AgentId } from '../../cluster/ids.js';
import { isLimited, nameCount } from '../../cluster/resources/kinds.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { FreeMaxima } from './free-maxima.js';
import { longer } from './longer.js';

/**
 * What of plain resources nobody holds: a column of agents per name, in milli-units, with its sums and its maxima. An amount
 * may be below 0 where an agent shrank below what is held.
 */
export class FreeColumns {
  /** `columns[name][agent]`; every name that an agent has had or somebody has held has one, cpus and mem always. */
  readonly columns: Float64Array[] = [];
  /** Sum of positive free amounts per name over all agents. */
  readonly free: number[] = [];
  /** Beside it in headroom: free whole disks, less than nothing of either, usage of unknown frameworks. */
  readonly apart: number[] = [];
  /** Sum of all agents' scalars per name, held or not. */
  readonly total: number[] = [];
  readonly maxima = new FreeMaxima(this.columns);
  #capacity = 0;

  constructor() {
    // Those of cpus and mem are asked for without a look whether any agent ever had some.
    this.#widen();
  }

  /** The column of a name, made if need be. */
  of(name: number): Float64Array {
    if (name >= this.columns.length) this.#widen();
    return this.columns[name];
  }

  /** @returns false when it was that already */
  set(name: number, agent: AgentId, amount: number): boolean {
    const column = this.columns[name];
    const before = column[agent];
    if (before === amount) return false;
    column[agent] = amount;
    this.free[name] += Math.max(amount, 0) - Math.max(before, 0);
    if (amount < 0 || before < 0) this.apart[name] += Math.min(amount, 0) - Math.min(before, 0);
    this.maxima.changed(name, agent, before, amount);
    return true;
  }

  /** Resources that headroom counts beside plain free ones come (sign 1) or go (-1). */
  countApart(resources: Resources, sign: 1 | -1): void {
    resources.forEachScalar((name, milli, kind) => {
      if (!isLimited(kind)) return;
      this.of(name);
      this.apart[name] += sign * milli;
    });
  }

  /** What an agent has comes (sign 1) or goes (-1). */
  countAgent(resources: Resources, sign: 1 | -1): void {
    resources.forEachScalar((name, milli) => {
      this.of(name);
      this.total[name] += sign * milli;
    });
  }

  /** Makes room for so many agents, a multiple of 1,024. */
  reserve(capacity: number): void {
    this.#capacity = capacity;
    for (let name = 0; name < this.columns.length; name++) {
      this.columns[name] = longer(this.columns[name], capacity);
    }
    this.maxima.reserve(capacity);
  }

  #widen(): void {
    while (this.columns.length < nameCount()) {
      this.columns.push(new Float64Array(this.#capacity));
      this.free.push(0);
      this.apart.push(0);
      this.total.push(0);
    }
    this.maxima.reserve(this.#capacity);
  }
}
