import { CPUS, MEM } from '../../cluster/resources/kinds.js';
import { longer, widerRows } from './longer.js';

/**
 * What nodes use by name, milli-units, and their dominant shares: the most of used/total over the names that count, not
 * weighted.
 */
export class DominantShares {
  readonly #total: readonly number[];
  readonly #excluded: ReadonlySet<number>;
  /** A row of {@link #width} amounts by name for every node. */
  #used = new Float64Array(64);
  #width = 4;
  /** Names that count: there is some of them in the cluster, and rows have room for them. */
  #names: readonly number[] = [];
  #totals = new Float64Array(0);

  /**
   * @param total amount of every name in the cluster; the caller changes it in place and calls {@link totalsChanged}
   * @param excluded name ids that do not count
   */
  constructor(total: readonly number[], excluded: ReadonlySet<number>) {
    this.#total = total;
    this.#excluded = excluded;
  }

  /** The names that count; another list when they are other ones. */
  get names(): readonly number[] {
    return this.#names;
  }

  /** Makes room for a node that uses nothing. */
  add(node: number): void {
    if ((node + 1) * this.#width > this.#used.length) {
      this.#used = longer(this.#used, 2 * (node + 1) * this.#width);
    }
    this.#used.fill(0, node * this.#width, (node + 1) * this.#width);
  }

  totalsChanged(): void {
    const names: number[] = [];
    for (let name = 0; name < Math.min(this.#width, this.#total.length); name++) {
      if (this.#total[name] > 0 && !this.#excluded.has(name)) names.push(name);
    }
    const isSame = names.length === this.#names.length && names.every((name, i) => name === this.#names[i]);
    if (!isSame) {
      this.#names = names;
      this.#totals = new Float64Array(names.length);
    }
    for (let i = 0; i < names.length; i++) this.#totals[i] = this.#total[names[i]];
  }

  of(node: number): number {
    const row = node * this.#width;
    const used = this.#used;
    const names = this.#names;
    const totals = this.#totals;
    let share = 0;
    for (let i = 0; i < names.length; i++) {
      const part = used[row + names[i]] / totals[i];
      if (part > share) share = part;
    }
    return share;
  }

  /** Where in {@link names} the name stands that decides the share; -1: the node uses nothing of any. */
  dominant(node: number): number {
    let [share, found] = [0, -1];
    for (let at = 0; at < this.#names.length; at++) {
      const part = this.part(node, at);
      if (part > share) [share, found] = [part, at];
    }
    return found;
  }

  /** Used over total of one name. @param at of {@link names} */
  part(node: number, at: number): number {
    return this.#used[node * this.#width + this.#names[at]] / this.#totals[at];
  }

  used(node: number, nameId: number): number {
    return nameId < this.#width ? this.#used[node * this.#width + nameId] : 0;
  }

  isUsed(node: number): boolean {
    for (let name = 0; name < this.#width; name++)
      if (this.#used[node * this.#width + name] !== 0) return true;
    return false;
  }

  use(node: number, nameId: number, amount: number): void {
    if (nameId >= this.#width) this.#widen(nameId);
    this.#used[node * this.#width + nameId] += amount;
  }

  useCpusMem(node: number, cpus: number, mem: number): void {
    const row = node * this.#width;
    this.#used[row + CPUS] += cpus;
    this.#used[row + MEM] += mem;
  }

  /** @param amounts by name id from a place on, so many */
  useRow(node: number, amounts: Float64Array, from: number, count: number): void {
    if (count > this.#width) this.#widen(count - 1);
    const row = node * this.#width;
    for (let name = 0; name < count; name++) this.#used[row + name] += amounts[from + name];
  }

  #widen(nameId: number): void {
    const width = nameId + 1;
    this.#used = widerRows(this.#used, this.#width, Math.floor(this.#used.length / this.#width), width);
    this.#width = width;
    this.totalsChanged();
  }
}
