/**
 * What checks of a task mean (HealthCheck and CheckInfo of the v1 API): pure, told of results and times. The rules are those of
 * Mesos's health_checker.cpp and checker.cpp.
 */
import type { Message } from '../wire/message-reader.js';
import type { CheckType, HealthCheckMessage } from '../wire/check-messages.js';

/** What one try came to. */
export type CheckResult =
  | { readonly exitCode: number }
  | { readonly statusCode: number }
  | { readonly succeeded: boolean }
  /** It could not be made, or took too long. */
  | { readonly failure: string };

/** News of a task's health. */
export interface HealthNews {
  readonly healthy: boolean;
  /** It failed once too often: the task is to be killed. */
  readonly isFatal: boolean;
  /** Why it is not healthy. */
  readonly message?: string;
}

/** The health of one task, from the results of its health check. */
export class HealthState {
  readonly #graceMs: number;
  readonly #most: number;
  readonly #sinceMs: number;
  #hasPassed = false;
  #failures = 0;

  /** @param sinceMs when the task began, on the clock of {@link take} */
  constructor(
    { grace_period_seconds: grace, consecutive_failures: most }: HealthCheckMessage,
    sinceMs: number,
  ) {
    this.#graceMs = grace * 1000;
    this.#most = most;
    this.#sinceMs = sinceMs;
  }

  /**
   * Failures within the grace period do not count until the check has passed once; every other one is news, a pass only when it
   * is the first or follows a failure. As many failures in a row as `consecutive_failures` are fatal.
   */
  take(result: CheckResult, nowMs: number): HealthNews | undefined {
    const failure = failureOf(result);
    if (failure === undefined) {
      const isNews = !this.#hasPassed || this.#failures > 0;
      this.#hasPassed = true;
      this.#failures = 0;
      return isNews ? { healthy: true, isFatal: false } : undefined;
    }
    if (!this.#hasPassed && nowMs - this.#sinceMs <= this.#graceMs && this.#graceMs > 0) return undefined;
    this.#failures++;
    const count = this.#failures === 1 ? 'once' : `${this.#failures} times in a row`;
    const message = `Health check failed ${count}: ${failure}`;
    return { healthy: false, isFatal: this.#failures >= this.#most, message };
  }
}

/** Why a result is that of a task that is not healthy. */
function failureOf(result: CheckResult): string | undefined {
  if ('failure' in result) return result.failure;
  if ('exitCode' in result)
    return result.exitCode === 0 ? undefined : `the command exited with status ${result.exitCode}`;
  if ('statusCode' in result) {
    const { statusCode } = result;
    return statusCode >= 200 && statusCode < 400 ? undefined : `the answer was ${statusCode}`;
  }
  return result.succeeded ? undefined : 'nobody listens at the port';
}

/** The last result of a check that judges nothing; only changes of it are news. */
export class CheckState {
  readonly #type: CheckType;
  #status: Message;

  constructor(type: CheckType) {
    this.#type = type;
    this.#status = this.#of({ failure: 'not tried yet' });
  }

  /** CheckStatusInfo; without a value before the first result, and after one that could not be had. */
  get status(): Message {
    return this.#status;
  }

  /** @returns whether that is news */
  take(result: CheckResult): boolean {
    const status = this.#of(result);
    if (JSON.stringify(status) === JSON.stringify(this.#status)) return false;
    this.#status = status;
    return true;
  }

  #of(result: CheckResult): Message {
    const type = this.#type;
    return { type, [type.toLowerCase()]: valueOf(result) };
  }
}

function valueOf(result: CheckResult): Message {
  if ('exitCode' in result) return { exit_code: result.exitCode };
  if ('statusCode' in result) return { status_code: result.statusCode };
  return 'succeeded' in result ? { succeeded: result.succeeded } : {};
}
