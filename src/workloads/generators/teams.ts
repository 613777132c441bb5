import { randomNormal } from 'd3-random';

/** Those who build on one master. */
export interface Team {
  /** Index of the team's master, which is also the team's framework. */
  readonly master: number;
  /** Index into `stackShares`. */
  readonly stack: number;
  /** Part of all builds, 0 to 1; the shares of all teams sum to 1. */
  readonly share: number;
}

export interface TeamOptions {
  readonly count: number;
  /** Sigma of the lognormal law of a team's builds. */
  readonly sigma: number;
  /** Most that one team builds, as a share; raised to ten times the mean team where it is less. */
  readonly shareMax: number;
  readonly stackShares: readonly number[];
}

/** How far one team may be above the mean one even in a small trace, or its heavy tail would be gone. */
const largestOverMean = 10;

/** Teams with a heavy tail of shares; the first teams are those of the first masters. */
export function makeTeams(options: TeamOptions, random: () => number): Team[] {
  const normal = randomNormal.source(random)(0, options.sigma);
  const weights = Array.from({ length: options.count }, () => Math.exp(normal()));
  const cap = Math.max(options.shareMax, Math.min(1, largestOverMean / options.count));
  const shares = capShares(weights, cap);
  const stacks = dealStacks(shares, options.stackShares);
  return shares.map((share, master) => ({ master, stack: stacks[master], share }));
}

/**
 * Scales weights to a sum of 1 with none above `cap`; what the largest lose goes to the others in proportion.
 */
export function capShares(weights: readonly number[], cap: number): number[] {
  const order = byDescending(weights);
  let cappedCount = 0;
  let rest = weights.reduce((sum, weight) => sum + weight, 0);
  for (const index of order) {
    if (weights[index] * (1 - cappedCount * cap) <= cap * rest) break;
    rest -= weights[index];
    cappedCount += 1;
  }
  const capped = new Set(order.slice(0, cappedCount));
  const scale = (1 - cappedCount * cap) / rest;
  return weights.map((weight, index) => (capped.has(index) ? cap : weight * scale));
}

/**
 * Gives each team one stack, the largest teams first and each to the stack that is furthest below its part.
 * Drawing the stack of each team would let the few largest teams decide the split.
 * @returns stack index per team
 */
function dealStacks(shares: readonly number[], stackShares: readonly number[]): number[] {
  const total = stackShares.reduce((sum, share) => sum + share, 0);
  const missing = stackShares.map((share) => (share > 0 ? share / total : -Infinity));
  const stacks = new Array<number>(shares.length).fill(0);
  for (const team of byDescending(shares)) {
    const stack = missing.indexOf(Math.max(...missing));
    stacks[team] = stack;
    missing[stack] -= shares[team];
  }
  return stacks;
}

/** Indices from the largest value to the smallest, ties in order of index. */
function byDescending(values: readonly number[]): number[] {
  return values.map((_, index) => index).sort((a, b) => values[b] - values[a] || a - b);
}
