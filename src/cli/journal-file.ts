import { existsSync, renameSync } from 'node:fs';
import type { JournalSink } from '../cluster/journal/journal-writer.js';
import { openGrowing, orRefuse } from './growing-file.js';

/** A journal on its way to a file. */
export interface JournalFile {
  readonly sink: JournalSink;
  close(): void;
}

/**
 * Opens a file for a journal; what was in it is gone. It is written while the run goes on, so that what led to a fault is
 * in it.
 *
 * @param inputs files that are read in this run and must not be overwritten
 * @throws UserError with exit status 3; also when a write fails
 */
export function openJournal(path: string, inputs: readonly string[]): JournalFile {
  const file = openGrowing(path, 'journal', inputs);
  return { sink: (bytes) => file.write(bytes), close: () => file.close() };
}

/**
 * The journal of a daemon; what a life before has left in the file is kept in `FILE.1`.
 *
 * @param onFailure it cannot be written any more, and gets nothing more
 * @throws UserError when it cannot be begun
 */
export function daemonJournal(
  path: string | undefined,
  onFailure: (error: Error) => void,
): JournalFile | undefined {
  if (path === undefined) return undefined;
  if (existsSync(path)) orRefuse(path, 'journal', () => renameSync(path, `${path}.1`));
  const file = openJournal(path, []);
  let hasFailed = false;
  const guarded = (act: () => void): void => {
    if (hasFailed) return;
    try {
      act();
    } catch (error) {
      hasFailed = true;
      onFailure(error as Error);
    }
  };
  return {
    sink: (bytes) => guarded(() => file.sink(bytes)),
    close: () => guarded(() => file.close()),
  };
}
