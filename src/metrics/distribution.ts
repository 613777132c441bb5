import { select } from './select.js';
import { divideOnce, exactSum } from './exact-sum.js';

/** What a summary says of many values; every field is null when there are none. */
export interface Distribution {
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

const NOTHING: Distribution = { mean: null, p50: null, p95: null, p99: null, max: null };
const MICROS = 1_000_000;

/**
 * The distribution of durations, in seconds. The mean is exact: an integer sum, divided once (semantics-notes C-3).
 *
 * @param micros integer microseconds, 0 or more, in any order; they are rearranged
 */
export function distributionOfMicros(micros: Float64Array): Distribution {
  if (micros.length === 0) return NOTHING;
  const mean = divideOnce(exactSum(micros), BigInt(micros.length) * BigInt(MICROS));
  const [p50, p95, p99, max] = quantiles(micros, [0.5, 0.95, 0.99, 1]);
  return { mean, p50: p50 / MICROS, p95: p95 / MICROS, p99: p99 / MICROS, max: max / MICROS };
}

/** The distribution of plain numbers, such as slowdowns; they are rearranged. The mean adds in the order given. */
export function distributionOf(values: Float64Array): Distribution {
  if (values.length === 0) return NOTHING;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  const [p50, p95, p99, max] = quantiles(values, [0.5, 0.95, 0.99, 1]);
  return { mean: sum / values.length, p50, p95, p99, max };
}

/**
 * Quantile p of N values is the one at index min(N - 1, floor(p * N)) once they are sorted (semantics-notes C-3).
 * Selection instead of a sort: O(N) on average.
 *
 * @param values at least one; they are rearranged
 * @param probabilities ascending, each from 0 to 1
 */
export function quantiles(values: Float64Array, probabilities: readonly number[]): number[] {
  const last = values.length - 1;
  let from = 0;
  return probabilities.map((p) => {
    const at = Math.min(last, Math.floor(p * values.length));
    // What lies before `from` is in its place already and no larger than anything behind it.
    if (at >= from) select(values, at, from, last);
    from = Math.max(from, at + 1);
    return values[at];
  });
}
