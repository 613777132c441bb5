import { Outcome } from './recorder.js';

/** Numbers of tasks or jobs. submitted = finished + failed + killed + error + lost + unfinished + unschedulable. */
export interface TaskCounts {
  /** Arrived so far, and those that can never be asked for. */
  readonly submitted: number;
  /** Launched at least once. */
  readonly started: number;
  readonly finished: number;
  /** Ended with an exit status other than 0. */
  readonly failed: number;
  readonly killed: number;
  /** Refused by the master: an invalid launch. */
  readonly error: number;
  /** Lost, dropped, gone or unreachable. */
  readonly lost: number;
  /** Waiting or running at the end; services, which run until then, are among them. */
  readonly unfinished: number;
  /** Fit no agent, and so never asked for. */
  readonly unschedulable: number;
}

export class OutcomeCounter {
  readonly #byOutcome = new Float64Array(Object.keys(Outcome).length);
  #started = 0;

  add(outcome: number, hasStarted: boolean): void {
    this.#byOutcome[outcome]++;
    if (hasStarted) this.#started++;
  }

  counts(): TaskCounts {
    const of = this.#byOutcome;
    const total = of.reduce((sum, count) => sum + count, 0);
    return {
      submitted: total - of[Outcome.ahead],
      started: this.#started,
      finished: of[Outcome.finished],
      failed: of[Outcome.failed],
      killed: of[Outcome.killed],
      error: of[Outcome.error],
      lost: of[Outcome.lost],
      unfinished: of[Outcome.waiting] + of[Outcome.running],
      unschedulable: of[Outcome.unschedulable],
    };
  }
}
