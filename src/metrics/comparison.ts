import { mean, sampleStandardDeviation } from 'simple-statistics';
import { studentQuantile } from './student-t.js';
import type { RunSummary } from './summary.js';

/** A figure by which runs are compared. */
export interface ComparedMetric {
  /** As in the summary, with dots: `wait.p95`. */
  readonly key: string;
  readonly label: string;
  readonly unit: 's' | 'factor' | 'part' | 'count';
  readonly better: 'lower' | 'higher';
}

/** Values of one run by key; null where it has none. */
export type RunMetrics = Readonly<Record<string, number | null>>;

interface Reader extends ComparedMetric {
  readonly of: (summary: RunSummary) => number | null;
}

const readers: readonly Reader[] = [
  { key: 'wait.mean', label: 'wait mean', unit: 's', better: 'lower', of: ({ wait }) => wait.mean },
  { key: 'wait.p50', label: 'wait p50', unit: 's', better: 'lower', of: ({ wait }) => wait.p50 },
  { key: 'wait.p95', label: 'wait p95', unit: 's', better: 'lower', of: ({ wait }) => wait.p95 },
  { key: 'wait.p99', label: 'wait p99', unit: 's', better: 'lower', of: ({ wait }) => wait.p99 },
  { key: 'jct.mean', label: 'to end mean', unit: 's', better: 'lower', of: ({ jct }) => jct.mean },
  { key: 'jct.p95', label: 'to end p95', unit: 's', better: 'lower', of: ({ jct }) => jct.p95 },
  {
    key: 'slowdown.mean',
    label: 'slowdown mean',
    unit: 'factor',
    better: 'lower',
    of: ({ slowdown }) => slowdown.mean,
  },
  {
    key: 'slowdown.p95',
    label: 'slowdown p95',
    unit: 'factor',
    better: 'lower',
    of: ({ slowdown }) => slowdown.p95,
  },
  { key: 'makespan', label: 'makespan', unit: 's', better: 'lower', of: ({ makespan }) => makespan },
  {
    key: 'tasks.finished',
    label: 'tasks finished',
    unit: 'count',
    better: 'higher',
    of: ({ tasks }) => tasks.finished,
  },
  {
    key: 'utilization.cpus',
    label: 'cpus used',
    unit: 'part',
    better: 'higher',
    of: ({ utilization }) => utilization['cpus'] ?? null,
  },
  {
    key: 'utilization.mem',
    label: 'mem used',
    unit: 'part',
    better: 'higher',
    of: ({ utilization }) => utilization['mem'] ?? null,
  },
  {
    key: 'fairness.jain',
    label: 'fairness, Jain',
    unit: 'factor',
    better: 'higher',
    of: ({ fairness }) => fairness.jain,
  },
  {
    key: 'fairness.dominantShareDeviation',
    label: 'off fair share',
    unit: 'part',
    better: 'lower',
    of: ({ fairness }) => fairness.dominantShareDeviation,
  },
];

export const comparedMetrics: readonly ComparedMetric[] = readers.map(({ of: _, ...metric }) => metric);

export function metricsOf(summary: RunSummary): RunMetrics {
  return Object.fromEntries(readers.map(({ key, of }) => [key, of(summary)]));
}

/** Mean differences below these print as zero, and are too small to prefer anything by. */
const leastTold: Readonly<Record<ComparedMetric['unit'], number>> = {
  s: 0.0005,
  factor: 0.0005,
  part: 0.00005,
  count: 0.05,
};

/**
 * `better`, `worse`: the whole interval of the difference lies on one side of 0. `inside the noise`: 0 is in it. `same`: no
 * replication differs, or by less than is told. `unknown`: one replication, of which no interval can be had, or none.
 */
export type Verdict = 'better' | 'worse' | 'inside the noise' | 'same' | 'unknown';

/** How one metric differs between two allocators, over replications in which both saw the same workload and draws. */
export interface Difference {
  readonly metric: string;
  /** Replications in which both have a value. */
  readonly n: number;
  /** Means over those. */
  readonly base: number | null;
  readonly other: number | null;
  /** Mean of other - base over the pairs, and the ends of its interval. */
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly verdict: Verdict;
}

/**
 * The paired difference of a metric with its 95 % interval: mean ± t(0.975, n - 1) s / sqrt(n) over the n differences.
 * Source: Law, Simulation Modeling and Analysis, 10.2.1 (paired-t, common random numbers: 11.2).
 *
 * When all differences are equal the interval is a point: nothing random moves the metric, and the difference is what it is.
 */
export function pairedDifference(
  metric: ComparedMetric,
  base: readonly RunMetrics[],
  other: readonly RunMetrics[],
): Difference {
  const pairs = base.flatMap((run, i): [number, number][] => {
    const [left, right] = [run[metric.key] ?? null, other[i][metric.key] ?? null];
    return left === null || right === null ? [] : [[left, right]];
  });
  const n = pairs.length;
  const nothing = { metric: metric.key, n, base: null, other: null, difference: null, low: null, high: null };
  if (n === 0) return { ...nothing, verdict: 'unknown' };
  const differences = pairs.map(([left, right]) => right - left);
  const means = { base: mean(pairs.map(([left]) => left)), other: mean(pairs.map(([, right]) => right)) };
  if (differences.every((value) => value === 0)) {
    return { ...nothing, ...means, difference: 0, low: 0, high: 0, verdict: n > 1 ? 'same' : 'unknown' };
  }
  const isConstant = differences.every((value) => value === differences[0]);
  const difference = isConstant ? differences[0] : mean(differences);
  if (n === 1) return { ...nothing, ...means, difference, verdict: 'unknown' };
  const half = isConstant
    ? 0
    : (studentQuantile(0.975, n - 1) * sampleStandardDeviation(differences)) / Math.sqrt(n);
  const [low, high] = [difference - half, difference + half];
  return { ...nothing, ...means, difference, low, high, verdict: verdictOf(metric, difference, low, high) };
}

function verdictOf({ better, unit }: ComparedMetric, difference: number, low: number, high: number): Verdict {
  if (low <= 0 && high >= 0) return 'inside the noise';
  if (Math.abs(difference) < leastTold[unit]) return 'same';
  return high < 0 === (better === 'lower') ? 'better' : 'worse';
}
