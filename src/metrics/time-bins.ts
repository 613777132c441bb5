import type { Micros } from '../cluster/ids.js';

const SECOND = 1e6;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Widths that a person can count in, in microseconds: 1, 2, 5 times a power of ten up to 1 s, then these. */
const LONG_WIDTHS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
];

/** A stretch of time cut into equal parts; the last one may reach beyond its end. */
export interface TimeBins {
  readonly startUs: Micros;
  readonly endUs: Micros;
  readonly widthUs: number;
  /** At least 1. */
  readonly count: number;
}

/** Cuts a stretch of time into at most `most` bins of a round width, such as 5 min. */
export function timeBins(startUs: Micros, endUs: Micros, most: number): TimeBins {
  const span = Math.max(1, endUs - startUs);
  const widthUs = roundWidth(span / most);
  return { startUs, endUs, widthUs, count: Math.ceil(span / widthUs) };
}

/** The least round width that is not below another. */
function roundWidth(least: number): number {
  for (let power = 1; power < SECOND; power *= 10) {
    const found = [1, 2, 5].find((factor) => factor * power >= least);
    if (found !== undefined) return found * power;
  }
  const found = LONG_WIDTHS.find((width) => width >= least);
  if (found !== undefined) return found;
  let width = DAY;
  while (width < least) width *= 2;
  return width;
}

/** Where an interval of time lies among bins: found once, used for every amount that stands in it. */
export class Stretch {
  readonly #bins: TimeBins;
  /** Bins of its ends; -1: it has no length. */
  first = -1;
  last = -1;
  /** Microseconds of it in the first bin, and in the last one if that is another. */
  head = 0;
  tail = 0;

  constructor(bins: TimeBins) {
    this.#bins = bins;
  }

  /** Becomes the stretch from one time to another, both cut to the time of the bins. */
  between(fromUs: Micros, toUs: Micros): this {
    const { startUs, endUs, widthUs, count } = this.#bins;
    const from = fromUs > startUs ? fromUs - startUs : 0;
    const to = (toUs < endUs ? toUs : endUs) - startUs;
    this.first = -1;
    if (to <= from) return this;
    this.first = Math.floor(from / widthUs);
    this.last = Math.min(count - 1, Math.floor(to / widthUs));
    this.head = this.first === this.last ? to - from : (this.first + 1) * widthUs - from;
    this.tail = to - this.last * widthUs;
    return this;
  }
}

/**
 * Averages over time, bin by bin, of amounts that stand for an interval each. An interval costs the same however long it
 * is: its ends are added to their bins, the whole bins between as one step up and one down.
 *
 * There is a row per group and column; the columns of a group lie side by side, for they are added to together.
 */
export class BinnedAmounts {
  readonly #bins: TimeBins;
  readonly #columns: number;
  /**
   * Groups x (bins + 1) x (columns, columns): amount times microseconds of intervals that begin or end in the bin; then the
   * change of the amount that stands for whole bins.
   */
  readonly #cells: Float64Array;

  constructor(bins: TimeBins, groups: number, columns: number) {
    this.#bins = bins;
    this.#columns = columns;
    this.#cells = new Float64Array(groups * (bins.count + 1) * 2 * columns);
  }

  /** Amounts stand for a stretch: `count` of them, from a place of a table on, in the columns of a group from one on. */
  add(
    group: number,
    column: number,
    stretch: Stretch,
    amounts: Float64Array,
    place: number,
    count: number,
  ): void {
    const { first, last, head, tail } = stretch;
    if (first < 0) return;
    const width = 2 * this.#columns;
    const base = group * (this.#bins.count + 1) * width + column;
    const cells = this.#cells;
    const [from, to] = [base + first * width, base + last * width];
    for (let c = 0; c < count; c++) {
      const amount = amounts[place + c];
      if (amount === 0) continue;
      cells[from + c] += amount * head;
      if (first === last) continue;
      cells[to + c] += amount * tail;
      cells[from + width + this.#columns + c] += amount;
      cells[to + this.#columns + c] -= amount;
    }
  }

  /** The averages of a row, a number per bin. */
  averages(group: number, column: number): Float64Array {
    const { startUs, endUs, widthUs, count } = this.#bins;
    const averages = new Float64Array(count);
    const width = 2 * this.#columns;
    const base = group * (count + 1) * width + column;
    let standing = 0;
    for (let bin = 0; bin < count; bin++) {
      const at = base + bin * width;
      standing += this.#cells[at + this.#columns];
      const length = Math.min(widthUs, Math.max(1, endUs - startUs - bin * widthUs));
      averages[bin] = standing + this.#cells[at] / length;
    }
    return averages;
  }
}
