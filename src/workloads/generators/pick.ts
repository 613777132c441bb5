import { bisectRight, cumsum } from 'd3-array';

/**
 * A draw of an index in proportion to weights.
 * @param weights numbers of at least 0, not all 0; an index of weight 0 is never drawn
 * @param random draws uniform in [0, 1)
 * @returns a function that draws the next index; one number of `random` each
 */
export function weightedPick(weights: readonly number[], random: () => number): () => number {
  const cumulative = cumsum(weights);
  const total = cumulative[cumulative.length - 1];
  return () => bisectRight(cumulative, random() * total);
}

/** The weights, scaled so that their mean is 1. */
export function toMeanOne(weights: readonly number[]): number[] {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  return weights.map((weight) => weight / mean);
}
