import { CPUS, DISK, GPUS, kindOf, MEM, nameIdOf, PLAIN_LIMIT, type Kind } from './kinds.js';
import { elementCount, sameValue, subtractValue, unionValue, valueContains, type Value } from './values.js';

/** cpus, mem, disk and gpus. */
const STANDARD = 4;
const standardKinds: (readonly number[])[] = [];
const cpusAndMem = sharedKinds([CPUS, MEM]);

/**
 * An immutable bag of resources: a list of (kind, amount) sorted by kind id.
 *
 * Amounts are integers held in doubles: milli-units for scalars (R-1.2, semantics-notes C-4), 1000 times the
 * number of elements for ranges and sets, whose elements lie beside them in {@link values}. The
 * amount of a shared volume is its size times the number of copies.
 */
export class Resources {
  // `this`, not the name: TypeScript 6.0 emits an alias for the name that is not set yet here.
  static readonly EMPTY: Resources = new this([], []);

  /** Plain cpus and mem, 0 when absent: beside the lists, so that what has no more need not look into them. */
  readonly cpus: number;
  readonly mem: number;
  /** Plain cpus and mem and nothing else, as nearly every task. */
  readonly isCpusMem: boolean;
  readonly kinds: readonly number[];
  readonly amounts: readonly number[];
  /** Entries of ranges and sets by position; undefined when the bag has scalars only. */
  readonly values: readonly (Value | undefined)[] | undefined;
  /** Leading entries that are plain: unreserved, non-revocable, divisible scalars. */
  readonly plainCount: number;
  #special: Resources | undefined;

  /**
   * @param kinds strictly ascending kind ids; the bag keeps the array
   * @param amounts positive integers, parallel to `kinds`; the bag keeps the array
   */
  constructor(kinds: readonly number[], amounts: readonly number[], values?: readonly (Value | undefined)[]) {
    const shared = sharedKinds(kinds);
    const memAt = kinds[0] === CPUS ? 1 : 0;
    this.cpus = kinds[0] === CPUS ? amounts[0] : 0;
    this.mem = kinds[memAt] === MEM ? amounts[memAt] : 0;
    this.isCpusMem = shared === cpusAndMem;
    this.kinds = shared;
    this.amounts = amounts;
    this.values = values !== undefined && values.some((v) => v !== undefined) ? values : undefined;
    let plain = 0;
    while (plain < kinds.length && kinds[plain] < PLAIN_LIMIT) plain++;
    this.plainCount = plain;
  }

  /** Plain resources from milli-units; zero entries are left out. */
  static plain(cpusMilli: number, memMilli: number, diskMilli = 0, gpusMilli = 0): Resources {
    const bag = new ResourceBag();
    bag.add(CPUS, cpusMilli);
    bag.add(MEM, memMilli);
    bag.add(DISK, diskMilli);
    bag.add(GPUS, gpusMilli);
    return bag.toResources();
  }

  /** Plain scalars by name, in milli-units. */
  static fromMilli(milliByName: Readonly<Record<string, number>>): Resources {
    const bag = new ResourceBag();
    for (const [name, milli] of Object.entries(milliByName)) bag.add(nameIdOf(name), milli);
    return bag.toResources();
  }

  get isEmpty(): boolean {
    return this.kinds.length === 0;
  }

  /** True when every entry is plain. */
  get isPlain(): boolean {
    return this.plainCount === this.kinds.length;
  }

  /** The amount of one kind, 0 when absent. */
  amountOf(kindId: number): number {
    const at = this.kinds.indexOf(kindId);
    return at < 0 ? 0 : this.amounts[at];
  }

  plus(other: Resources): Resources {
    if (other.isEmpty) return this;
    if (this.isEmpty) return other;
    return merged(this, other);
  }

  /** Takes `other` away as far as it is there; nothing goes below zero. */
  minus(other: Resources): Resources {
    if (other.isEmpty || this.isEmpty) return this;
    return this === other ? Resources.EMPTY : difference(this, other);
  }

  contains(other: Resources): boolean {
    if (this === other) return true;
    if (other.isCpusMem) return this.cpus >= other.cpus && this.mem >= other.mem;
    let at = 0;
    for (let i = 0; i < other.kinds.length; i++) {
      const kind = other.kinds[i];
      while (at < this.kinds.length && this.kinds[at] < kind) at++;
      if (at === this.kinds.length || this.kinds[at] !== kind || this.amounts[at] < other.amounts[i])
        return false;
      const needed = other.values?.[i];
      if (needed !== undefined && !valueContains(this.values?.[at], needed)) return false;
    }
    return true;
  }

  equals(other: Resources): boolean {
    if (this === other) return true;
    if (this.kinds.length !== other.kinds.length) return false;
    for (let i = 0; i < this.kinds.length; i++) {
      if (this.kinds[i] !== other.kinds[i] || this.amounts[i] !== other.amounts[i]) return false;
      if (!sameValue(this.values?.[i], other.values?.[i])) return false;
    }
    return true;
  }

  /** The entries whose kind passes. */
  filter(passes: (kind: Kind) => boolean): Resources {
    let all = 0;
    while (all < this.kinds.length && passes(kindOf(this.kinds[all]))) all++;
    if (all === this.kinds.length) return this;
    const kept: number[] = [];
    for (let i = 0; i < all; i++) kept.push(i);
    for (let i = all + 1; i < this.kinds.length; i++) if (passes(kindOf(this.kinds[i]))) kept.push(i);
    return this.#pick(kept);
  }

  /** The leading plain entries. */
  plainPart(): Resources {
    if (this.isPlain) return this;
    return new Resources(this.kinds.slice(0, this.plainCount), this.amounts.slice(0, this.plainCount));
  }

  /** All entries that are not plain: reserved, revocable, indivisible, ranges, sets. */
  specialPart(): Resources {
    if (this.plainCount === 0) return this;
    if (this.isPlain) return Resources.EMPTY;
    const from = this.plainCount;
    this.#special ??= new Resources(
      this.kinds.slice(from),
      this.amounts.slice(from),
      this.values?.slice(from),
    );
    return this.#special;
  }

  /** Plain entries and special ones in one bag, whose special part is that very object. */
  static joined(plain: Resources, special: Resources): Resources {
    if (special.isEmpty) return plain;
    if (plain.isEmpty) return special;
    const values = special.values && [...plain.kinds.map(() => undefined), ...special.values];
    const both = new Resources(
      plain.kinds.concat(special.kinds),
      plain.amounts.concat(special.amounts),
      values,
    );
    both.#special = special;
    return both;
  }

  /**
   * Calls back with the quantity of every scalar entry that counts in shares and quotas, per name id:
   * reserved and revocable included, ranges and sets left out, a shared volume once however many copies there
   * are.
   */
  forEachScalar(callback: (nameId: number, milli: number, kind: Kind) => void): void {
    for (let i = 0; i < this.kinds.length; i++) {
      const kind = kindOf(this.kinds[i]);
      if (kind.type === 'SCALAR') callback(kind.nameId, kind.shared ? kind.unitMilli : this.amounts[i], kind);
    }
  }

  #pick(positions: readonly number[]): Resources {
    if (positions.length === 0) return Resources.EMPTY;
    return new Resources(
      positions.map((i) => this.kinds[i]),
      positions.map((i) => this.amounts[i]),
      this.values && positions.map((i) => this.values?.[i]),
    );
  }
}

/**
 * One array for all bags of the same standard scalars: a trace has a bag for nearly every job, and what is shared is in
 * the cache when a task ends.
 */
function sharedKinds(kinds: readonly number[]): readonly number[] {
  let mask = 0;
  for (const kind of kinds) {
    if (kind >= STANDARD) return kinds;
    mask |= 1 << kind;
  }
  return (standardKinds[mask] ??= kinds);
}

/** The sum of two bags, both sorted by kind. */
function merged(a: Resources, b: Resources): Resources {
  const kinds: number[] = [];
  const amounts: number[] = [];
  const values: (Value | undefined)[] | undefined = a.values || b.values ? [] : undefined;
  let [i, j] = [0, 0];
  while (i < a.kinds.length || j < b.kinds.length) {
    const fromA = i < a.kinds.length && (j === b.kinds.length || a.kinds[i] <= b.kinds[j]);
    const fromB = j < b.kinds.length && (i === a.kinds.length || b.kinds[j] <= a.kinds[i]);
    const [valueA, valueB] = [fromA ? a.values?.[i] : undefined, fromB ? b.values?.[j] : undefined];
    const value = valueA && valueB ? unionValue(valueA, valueB) : (valueA ?? valueB);
    const amount = (fromA ? a.amounts[i] : 0) + (fromB ? b.amounts[j] : 0);
    kinds.push(fromA ? a.kinds[i] : b.kinds[j]);
    amounts.push(valueA && valueB ? elementCount(value as Value) * 1000 : amount);
    values?.push(value);
    if (fromA) i++;
    if (fromB) j++;
  }
  return trimmed(kinds, amounts, values);
}

/** What is left of `a` without `b`, saturating. */
function difference(a: Resources, b: Resources): Resources {
  const kinds: number[] = [];
  const amounts: number[] = [];
  const values: (Value | undefined)[] | undefined = a.values ? [] : undefined;
  let j = 0;
  for (let i = 0; i < a.kinds.length; i++) {
    while (j < b.kinds.length && b.kinds[j] < a.kinds[i]) j++;
    let value = a.values?.[i];
    let amount = a.amounts[i];
    if (j < b.kinds.length && b.kinds[j] === a.kinds[i]) {
      const gone = b.values?.[j];
      if (value === undefined) amount -= b.amounts[j];
      else if (gone !== undefined) {
        value = value === gone ? undefined : subtractValue(value, gone);
        amount = value === undefined ? 0 : elementCount(value) * 1000;
      }
    }
    if (amount <= 0) continue;
    kinds.push(a.kinds[i]);
    amounts.push(amount);
    values?.push(value);
  }
  return kinds.length === 0 ? Resources.EMPTY : trimmed(kinds, amounts, values);
}

/** What agents have left is kept, and lists that grew have room for many more; what tasks take has no values as a rule. */
function trimmed(kinds: number[], amounts: number[], values: (Value | undefined)[] | undefined): Resources {
  if (values === undefined) return new Resources(kinds, amounts);
  return new Resources(kinds.slice(), amounts.slice(), values.slice());
}

/** A mutable bag for building and summing; {@link toResources} freezes a copy. Not for hot paths. */
export class ResourceBag {
  readonly #amounts = new Map<number, number>();
  readonly #values = new Map<number, Value>();

  constructor(start?: Resources) {
    if (start) this.addAll(start);
  }

  /** Adds a scalar amount; zero is ignored. */
  add(kindId: number, amount: number): void {
    if (amount !== 0) this.#amounts.set(kindId, (this.#amounts.get(kindId) ?? 0) + amount);
  }

  /** Unites ranges or sets of one kind. */
  addValue(kindId: number, value: Value): void {
    const known = this.#values.get(kindId);
    this.#setValue(kindId, known === undefined ? value : unionValue(known, value));
  }

  addAll(resources: Resources): void {
    for (let i = 0; i < resources.kinds.length; i++) {
      const value = resources.values?.[i];
      if (value === undefined) this.add(resources.kinds[i], resources.amounts[i]);
      else this.addValue(resources.kinds[i], value);
    }
  }

  /** Saturating. */
  subtractAll(resources: Resources): void {
    for (let i = 0; i < resources.kinds.length; i++) {
      const kind = resources.kinds[i];
      const value = resources.values?.[i];
      const known = this.#values.get(kind);
      if (value !== undefined) {
        if (known !== undefined) this.#setValue(kind, subtractValue(known, value));
      } else {
        const left = (this.#amounts.get(kind) ?? 0) - resources.amounts[i];
        if (left > 0) this.#amounts.set(kind, left);
        else this.#amounts.delete(kind);
      }
    }
  }

  toResources(): Resources {
    if (this.#amounts.size === 0) return Resources.EMPTY;
    const kinds = [...this.#amounts.keys()].sort((a, b) => a - b);
    const amounts = kinds.map((kind) => this.#amounts.get(kind) as number);
    const values = this.#values.size > 0 ? kinds.map((kind) => this.#values.get(kind)) : undefined;
    return new Resources(kinds, amounts, values);
  }

  #setValue(kindId: number, value: Value): void {
    const count = elementCount(value);
    if (count === 0) {
      this.#values.delete(kindId);
      this.#amounts.delete(kindId);
    } else {
      this.#values.set(kindId, value);
      this.#amounts.set(kindId, count * 1000);
    }
  }
}
