import { renameSync, statSync } from 'node:fs';
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
 * The journal of a daemon; what a life before has left in the file is kept in `FILE.1`. The file is begun with its first
 * bytes: a second daemon that is turned away from the work folder of the first has not touched its journal.
 *
 * @param onFailure it cannot be written any more, and gets nothing more; one that cannot be begun is thrown by `sink`
 */
export function daemonJournal(
  path: string | undefined,
  onFailure: (error: Error) => void,
): JournalFile | undefined {
  if (path === undefined) return undefined;
  let file: JournalFile | undefined;
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
    sink: (bytes) => {
      file ??= begin(path);
      const { sink } = file;
      guarded(() => sink(bytes));
    },
    close: () => guarded(() => file?.close()),
  };
}

/** @throws UserError */
function begin(path: string): JournalFile {
  // A pipe or a device is written to, and stays where it is.
  orRefuse(path, 'journal', () => {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) renameSync(path, `${path}.1`);
  });
  return openJournal(path, []);
}
