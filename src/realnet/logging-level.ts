import type { Log } from './log.js';

/** Longest that a timer of Node waits. */
const LONGEST_MS = 2 ** 31 - 1;

/** How much a daemon logs, as GET_LOGGING_LEVEL and SET_LOGGING_LEVEL know it: 0 is what it began with, above is more. */
export class LoggingLevel {
  readonly #log: Log;
  readonly #usual: string | undefined;
  #value = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Log) {
    this.#log = log;
    this.#usual = log.level;
  }

  get value(): number {
    return this.#value;
  }

  /** Logs more for so long, then as usual again. */
  set(value: number, durationMs: number): void {
    clearTimeout(this.#timer);
    this.#value = value;
    if (this.#usual !== undefined) this.#log.level = value === 0 ? this.#usual : 'debug';
    if (value === 0) return;
    this.#timer = setTimeout(() => this.set(0, 0), Math.min(durationMs, LONGEST_MS));
    this.#timer.unref();
  }
}
