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

/**
 * Averages over time, bin by bin, of amounts that stand for an interval each. An interval costs the same however long it
 * is: its ends are added to their bins, the whole bins between as one step up and one down.
 */
export class BinnedAmounts {
  readonly #bins: TimeBins;
  /** Rows x bins: amount times microseconds of intervals that begin or end in the bin. */
  readonly #edges: Float64Array;
  /** Rows x (bins + 1): change of the amount that stands for whole bins. */
  readonly #steps: Float64Array;

  constructor(bins: TimeBins, rows: number) {
    this.#bins = bins;
    this.#edges = new Float64Array(rows * bins.count);
    this.#steps = new Float64Array(rows * (bins.count + 1));
  }

  /** An amount stands in a row from one time to another, both cut to the stretch of the bins. */
  add(row: number, fromUs: Micros, toUs: Micros, amount: number): void {
    const { startUs, endUs, widthUs, count } = this.#bins;
    const from = fromUs > startUs ? fromUs - startUs : 0;
    const to = (toUs < endUs ? toUs : endUs) - startUs;
    if (to <= from) return;
    const first = Math.floor(from / widthUs);
    const last = Math.min(count - 1, Math.floor(to / widthUs));
    const edges = row * count;
    if (first === last) {
      this.#edges[edges + first] += amount * (to - from);
      return;
    }
    this.#edges[edges + first] += amount * ((first + 1) * widthUs - from);
    this.#edges[edges + last] += amount * (to - last * widthUs);
    const steps = row * (count + 1);
    this.#steps[steps + first + 1] += amount;
    this.#steps[steps + last] -= amount;
  }

  /** The averages of a row, a number per bin. */
  averages(row: number): Float64Array {
    const { startUs, endUs, widthUs, count } = this.#bins;
    const averages = new Float64Array(count);
    let standing = 0;
    for (let bin = 0; bin < count; bin++) {
      standing += this.#steps[row * (count + 1) + bin];
      const width = Math.min(widthUs, Math.max(1, endUs - startUs - bin * widthUs));
      averages[bin] = standing + this.#edges[row * count + bin] / width;
    }
    return averages;
  }
}
