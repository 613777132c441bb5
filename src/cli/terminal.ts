import type { Writable } from 'node:stream';
import type { ExitStatus } from './user-error.js';

/** Where a command writes to. */
export interface Terminal {
  /** To standard output. */
  out(text: string): void;
  /** Standard output, for what is too long to be held in memory. */
  stream(): Writable;
  /** To standard error. */
  err(text: string): void;
  /** Standard error is read by a person now: a progress bar makes sense. */
  readonly isInteractive: boolean;
  /** What Ctrl-C does from now on; undefined: it ends the program at once. */
  onInterrupt(handler: (() => void) | undefined): void;
  /** Ends the program at once. */
  exit(status: ExitStatus): never;
}
