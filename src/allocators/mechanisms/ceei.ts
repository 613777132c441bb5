import { shares, type Division, type Economy, type Mechanism } from './economy.js';

/** The prices that prove a division to be the competitive equilibrium. */
export interface Certificate {
  /** Price of the whole of each resource; they sum to the sum of weights. */
  readonly prices: readonly number[];
  /** Part of each resource in use at these prices: 1 where the price is above 0, never above. */
  readonly use: readonly number[];
  /** How much the Nash product could still grow, as a difference of logarithms: the sum of price times what is not used. */
  readonly gap: number;
}

const MOST_ROUNDS = 10_000;
const GAP = 1e-13;

/**
 * Competitive equilibrium from equal incomes: each user spends its weight at prices that clear the market, which maximises
 * the product of tasks^weight (Varian 1974; Ghodsi et al., NSDI 2011, section 4.3.2; semantics-notes section 8).
 */
export const ceei: Mechanism = (economy) => certifiedCeei(economy);

/**
 * The same with its certificate. At prices p a user buys w/(p . D) tasks. The prices are the least point of
 * sum p - sum w ln(p . D): a Newton step where it helps, else the price iteration p := p * use, which never harms.
 */
export function certifiedCeei({
  capacity,
  users,
}: Economy): Division & { readonly certificate: Certificate } {
  const need = users.map((user) => shares(user, capacity));
  const weights = users.map(({ weight }) => weight);
  const budget = sum(weights);
  let prices = capacity.map(() => budget / capacity.length);
  let use = useAt(prices, need, weights);
  for (let round = 0; round < MOST_ROUNDS && gapOf(prices, use, budget) > GAP; round++) {
    prices = better(prices, use, need, weights);
    use = useAt(prices, need, weights);
  }
  // Prices may be off by what is left of the gap: nobody gets what is not there.
  const over = Math.max(1, ...use);
  const tasks = need.map((shape, i) => weights[i] / dot(prices, shape) / over);
  const gap = gapOf(prices, use, budget);
  const least = Math.min(...weights);
  return { tasks, error: Math.sqrt((2 * gap) / least), certificate: { prices, use, gap } };
}

function better(prices: number[], use: number[], need: number[][], weights: number[]): number[] {
  const before = cost(prices, need, weights);
  const gap = gapOf(prices, use, sum(weights));
  const newton = newtonStep(prices, use, need, weights);
  for (let length = 1; length > 1e-4; length /= 4) {
    const candidate = prices.map((price, r) => Math.max(0, price + length * newton[r]));
    if (cost(candidate, need, weights) < before) return candidate;
    // So near to the end that the cost has no digits left to tell them apart.
    const after = useAt(candidate, need, weights);
    if (gapOf(candidate, after, sum(weights)) < gap / 4) return candidate;
  }
  return prices.map((price, r) => price * use[r]);
}

/** Newton's step over the prices that are not pinned to 0. */
function newtonStep(prices: number[], use: number[], need: number[][], weights: number[]): number[] {
  const free = prices.map((_, r) => r).filter((r) => prices[r] > 1e-14 || use[r] > 1);
  const matrix = free.map((r) => free.map((s) => curvature(r, s, prices, need, weights)));
  free.forEach((_, k) => (matrix[k][k] *= 1 + 1e-12));
  const step = solve(
    matrix,
    free.map((r) => use[r] - 1),
  );
  const whole = prices.map(() => 0);
  free.forEach((r, k) => (whole[r] = step[k]));
  return whole;
}

function curvature(r: number, s: number, prices: number[], need: number[][], weights: number[]): number {
  return need.reduce(
    (sum, shape, i) => sum + (weights[i] * shape[r] * shape[s]) / dot(prices, shape) ** 2,
    0,
  );
}

/** Gaussian elimination with pivots; an unknown that nothing pins stays 0. */
function solve(matrix: number[][], right: number[]): number[] {
  const size = right.length;
  const rows = matrix.map((row, k) => [...row, right[k]]);
  for (let k = 0; k < size; k++) {
    let pivot = k;
    for (let j = k + 1; j < size; j++) if (Math.abs(rows[j][k]) > Math.abs(rows[pivot][k])) pivot = j;
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    if (rows[k][k] === 0) continue;
    for (let j = 0; j < size; j++) {
      if (j === k) continue;
      const factor = rows[j][k] / rows[k][k];
      for (let column = k; column <= size; column++) rows[j][column] -= factor * rows[k][column];
    }
  }
  return rows.map((row, k) => (row[k] === 0 ? 0 : row[size] / row[k]));
}

function useAt(prices: number[], need: number[][], weights: number[]): number[] {
  const spent = need.map((shape, i) => weights[i] / dot(prices, shape));
  return prices.map((_, r) => need.reduce((sum, shape, i) => sum + spent[i] * shape[r], 0));
}

function cost(prices: number[], need: number[][], weights: number[]): number {
  let total = sum(prices);
  need.forEach((shape, i) => {
    const price = dot(prices, shape);
    total -= price > 0 ? weights[i] * Math.log(price) : -Infinity;
  });
  return total;
}

/** How far from the optimum the division is that these prices give, scaled to fit. */
function gapOf(prices: number[], use: number[], budget: number): number {
  const idle = sum(prices.map((price, r) => price * Math.max(0, 1 - use[r])));
  const over = Math.max(0, ...use.map((part) => part - 1));
  return idle + budget * over;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, r) => sum + value * b[r], 0);
}
