import type { VerifyReport } from '../run-verify.js';

export interface ExperimentRun {
  readonly runs: number;
  readonly seed: string;
  readonly workers: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

export interface ExperimentResult {
  /** The table, as Markdown. */
  readonly markdown: string;
  /** The same as plain data. */
  readonly json: object;
  /** What differs from what was published; empty: nothing. */
  readonly differences: readonly string[];
  /** All that was run, for the folders of refutations. */
  readonly reports: readonly VerifyReport[];
}

/** Something published, or worth publishing, that a command brings about again. */
export interface Experiment {
  readonly name: string;
  readonly about: string;
  /** Cases a property, unless said. */
  readonly runs: number;
  run(options: ExperimentRun): Promise<ExperimentResult>;
}
