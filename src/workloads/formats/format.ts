import type { Trace } from '../trace.js';
import type { FormatSettings, GivenSettings } from './format-settings.js';

/** What `sim run` and its kin say about how to read a trace. */
export interface ReadTraceOptions {
  /** Name of the format, with `?name=value&…` for its settings; found from the content if absent. */
  readonly format?: string;
  /** The settings of {@link format}, taken apart; whoever opens a reader fills it in. */
  readonly settings?: GivenSettings;
  /** Which column or field becomes the framework; each format says what it takes. */
  readonly tenant?: string;
  /** Tasks of more cpus than this are cut up into a gang. */
  readonly splitCpus?: number;
  /** Submit times are divided by this, relative to the origin. @defaultValue 1 */
  readonly scaleLoad?: number;
  /** Native CSV: count time from the first submit (C-1). */
  readonly rebase?: boolean;
  /** `batch` or `ci?…`, in place of what the trace says. */
  readonly frameworkModel?: string;
  /** Leave bad rows out and count them, where the first of them would stop the run. */
  readonly skipBadRows?: boolean;
  /** Stop reading after about so many rows, at the latest 256 KiB later: for a look at the head of a large file. */
  readonly mostRows?: number;
  /** A trace without a task is one, too, where it would be an error. */
  readonly allowEmpty?: boolean;
  /** Hears of each bad row that is left out: its line from 1, what is wrong with it, and the words it is counted under. */
  readonly onBadRow?: (line: number, message: string, reason: string) => void;
}

/** One reading of one file. Bytes come in as the disk gives them, cut anywhere. */
export interface TraceReader {
  /** Takes the next bytes, already unpacked; the caller may use the array again afterwards. */
  push(chunk: Uint8Array): void;
  /** Rows kept so far. */
  readonly rowCount: number;
  /**
   * The trace, after the last bytes. Both methods throw TraceError.
   *
   * @param isCut the bytes are not all of the file: what comes after the last line end is no row
   */
  finish(isCut?: boolean): Trace;
}

export interface TraceFormat {
  readonly name: string;
  /** One line for help texts and errors: what such a file looks like. */
  readonly summary: string;
  /** What of the format Agora uses and what it leaves; sentences for the documentation. */
  readonly convention: string;
  /** What can be set; absent: nothing. */
  readonly settings?: FormatSettings;
  /** Whether the beginning of a file (whole lines, without byte order mark) is of this format. */
  matches(head: string): boolean;
  /** @param path as the user typed it, for messages. */
  open(path: string, options: ReadTraceOptions): TraceReader;
}
