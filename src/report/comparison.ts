import type { SorterNames } from '../cluster/sorters.js';
import type { ComparedMetric, Difference, RunMetrics } from '../metrics/comparison.js';

/** A comparison as `--json` prints it. */
export interface Comparison {
  /** The first allocator: what the others are compared with. */
  readonly baseline: string;
  readonly allocators: readonly string[];
  /** Asked for, and those that every allocator finished. */
  readonly replications: number;
  readonly complete: number;
  readonly seed: string;
  /** Of all runs, only where one is random. */
  readonly sorters?: SorterNames;
  readonly workload: { readonly name: string; readonly sha256: string | null; readonly isDrawn: boolean };
  /** Interrupted: only the complete replications count. */
  readonly partial: boolean;
  /** Every replication took the same decisions, per allocator: nothing random is in its runs. */
  readonly fixed: Readonly<Record<string, boolean>>;
  readonly metrics: readonly ComparedMetric[];
  readonly comparisons: readonly {
    readonly allocator: string;
    readonly against: string;
    readonly differences: readonly Difference[];
  }[];
  readonly runs: readonly ComparedRun[];
}

export interface ComparedRun {
  readonly allocator: string;
  /** From 1. */
  readonly replication: number;
  /** `sim run --seed` with it makes this run. */
  readonly seed: string;
  /** `stalled` when tasks were left that nothing could start. */
  readonly end: string;
  readonly decisionHash: string;
  readonly metrics: RunMetrics;
}
