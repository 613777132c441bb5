import { longer } from './bookkeeping/longer.js';
import { uniform } from './bookkeeping/lots.js';

/**
 * A weighted shuffle without replacement of which only the beginning is worked out: a race in which everyone may
 * arrive at any moment, at the rate of its weight. To sort by U^(1/w), largest first, is to sort by the times -ln(U)/w.
 *
 * The times are drawn from the top down. The first of a group comes after a time of the sum of its rates; it is in one of
 * the halves of the group with the odds of their rates, and the first of the other half is later by a time of that half's
 * rate, since such a race has no memory. Every number has its place under the seed of the race, so that all times are
 * settled before the first of them is asked for: the first of n takes O(log n), and so does any one of them.
 */
export class Race {
  readonly #size: number;
  /** By where a group is halved: the rates of its halves. */
  readonly #left: Float64Array;
  readonly #right: Float64Array;

  /** @param rates one for each runner, at least 0 */
  constructor(rates: readonly number[]) {
    this.#size = rates.length;
    this.#left = new Float64Array(rates.length);
    this.#right = new Float64Array(rates.length);
    if (rates.length > 0) this.#sum(rates, 0, rates.length);
  }

  /** When a runner arrives, counted from the first arrival. */
  timeOf(runner: number, seed: number): number {
    let [from, to, time] = [0, this.#size, 0];
    while (to - from > 1) {
      const middle = (from + to) >>> 1;
      const isLeft = runner < middle;
      if (isLeft !== this.#isLeftFirst(middle, seed)) time += this.#delay(middle, seed, isLeft);
      if (isLeft) to = middle;
      else from = middle;
    }
    return time;
  }

  /**
   * Calls back with the runners as they arrive.
   *
   * @param groups scratch space
   * @param arrive false to stop
   * @param isVain nobody from one runner to before another matters
   * @returns false when it was stopped
   */
  run(
    seed: number,
    groups: Groups,
    arrive: (runner: number) => boolean,
    isVain?: (from: number, to: number) => boolean,
  ): boolean {
    groups.clear();
    if (this.#size > 0 && isVain?.(0, this.#size) !== true) groups.put(0, 0, this.#size);
    while (groups.takeFirst()) {
      const { time } = groups;
      let { from, to } = groups;
      const first = this.#firstOf(from, to, seed);
      if (isVain?.(first, first + 1) !== true && !arrive(first)) return false;
      // Each half that the first is not in has a first of its own.
      while (to - from > 1) {
        const middle = (from + to) >>> 1;
        const isLeft = first < middle;
        const other = isLeft ? middle : from;
        const end = isLeft ? to : middle;
        if (isVain?.(other, end) !== true) groups.put(time + this.#delay(middle, seed, !isLeft), other, end);
        if (isLeft) to = middle;
        else from = middle;
        if (isVain?.(from, to) === true) break;
      }
    }
    return true;
  }

  /** Who of a group arrives first. */
  #firstOf(from: number, to: number, seed: number): number {
    let [low, high] = [from, to];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#isLeftFirst(middle, seed)) high = middle;
      else low = middle;
    }
    return low;
  }

  /** Whether the first of the group that is halved here is in the left half. */
  #isLeftFirst(middle: number, seed: number): boolean {
    const left = this.#left[middle];
    return uniform(seed, middle) * (left + this.#right[middle]) < left;
  }

  /** By how much the first of one half comes after that of the other. */
  #delay(middle: number, seed: number, isLeft: boolean): number {
    return -Math.log(uniform(seed, ~middle)) / (isLeft ? this.#left[middle] : this.#right[middle]);
  }

  #sum(rates: readonly number[], from: number, to: number): number {
    if (to - from === 1) return rates[from];
    const middle = (from + to) >>> 1;
    this.#left[middle] = this.#sum(rates, from, middle);
    this.#right[middle] = this.#sum(rates, middle, to);
    return this.#left[middle] + this.#right[middle];
  }
}

/** Groups of runners by when the first of each arrives: a binary heap. */
export class Groups {
  /** Of the group that was taken last. */
  time = 0;
  from = 0;
  to = 0;
  #count = 0;
  #times = new Float64Array(64);
  #froms = new Int32Array(64);
  #tos = new Int32Array(64);

  clear(): void {
    this.#count = 0;
  }

  put(time: number, from: number, to: number): void {
    if (this.#count === this.#times.length) this.#grow();
    let at = this.#count++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#times[parent] <= time) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#set(at, time, from, to);
  }

  /** Takes out the group with the earliest arrival. False: there is none. */
  takeFirst(): boolean {
    if (this.#count === 0) return false;
    this.time = this.#times[0];
    this.from = this.#froms[0];
    this.to = this.#tos[0];
    const last = --this.#count;
    const time = this.#times[last];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#times[child + 1] < this.#times[child]) child++;
      if (this.#times[child] >= time) break;
      this.#move(child, at);
      at = child;
    }
    if (last > 0) this.#move(last, at);
    return true;
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#times[from], this.#froms[from], this.#tos[from]);
  }

  #set(at: number, time: number, from: number, to: number): void {
    this.#times[at] = time;
    this.#froms[at] = from;
    this.#tos[at] = to;
  }

  #grow(): void {
    const length = 2 * this.#times.length;
    this.#times = longer(this.#times, length);
    this.#froms = longer(this.#froms, length);
    this.#tos = longer(this.#tos, length);
  }
}
