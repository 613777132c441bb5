import { escapeControls } from '../escape-controls.js';
import { TraceError } from '../trace-error.js';
import type { DroppedRows } from '../trace.js';
import type { ReadTraceOptions } from './format.js';

const wayOut = 'Mend the row, or pass --skip-bad-rows to leave such rows out (they are counted).';
const mostShown = 60;

/** Rows that cannot be used: the first stops the reading, or all are counted by reason (--skip-bad-rows). */
export class BadRows {
  readonly #counts = new Map<string, number>();

  constructor(
    readonly path: string,
    readonly options: Pick<ReadTraceOptions, 'skipBadRows' | 'onBadRow'>,
  ) {}

  /**
   * @param line counted from 1.
   * @param message what is wrong with this row and what it should be.
   * @param reason the same for all rows with this fault, for the count.
   */
  report(line: number, message: string, reason: string): void {
    const { skipBadRows, onBadRow } = this.options;
    if (skipBadRows !== true) throw new TraceError(`${this.path}:${line}: ${message}\n${wayOut}`);
    onBadRow?.(line, message, reason);
    this.count(reason);
  }

  /** A row that is left out by convention, --skip-bad-rows or not. */
  count(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  get dropped(): DroppedRows {
    return Object.fromEntries(this.#counts);
  }
}

/** A value of the file in quotes for a message: control characters escaped, long text cut. */
export function quoted(text: string): string {
  const shown = text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
  return escapeControls(JSON.stringify(shown));
}
