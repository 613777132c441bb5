import type { VerifyReport } from '../verify/run-verify.js';

/** How an experiment is to be run. */
export interface ExperimentRun {
  /** Cases a property, for the experiments that search for cases. */
  readonly runs: number;
  readonly seed: string;
  readonly workers: number;
  /** A small version of the same: for a look, and for tests. */
  readonly quick: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

export interface ExperimentResult {
  /** The tables and the verdict, as Markdown. */
  readonly markdown: string;
  /** The same as plain data. */
  readonly json: object;
  /** Figures that differ from those that were published; empty: none. A verdict on a claim without figures is none. */
  readonly differences: readonly string[];
  /** All that was searched, for the folders of refutations. */
  readonly reports?: readonly VerifyReport[];
}

/** Something published, or worth publishing, that a command brings about again. */
export interface Experiment {
  readonly name: string;
  readonly about: string;
  /** CPU time of the whole version, for people: `2 min`. */
  readonly takes: string;
  /** Cases a property, unless said; absent: it searches for none. */
  readonly runs?: number;
  /** @throws ExperimentInterrupted */
  run(options: ExperimentRun): Promise<ExperimentResult>;
}

/** The signal was given before there was a result. */
export class ExperimentInterrupted extends Error {
  override name = 'ExperimentInterrupted';
}
