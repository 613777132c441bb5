import { closeSync, openSync, realpathSync, writeSync } from 'node:fs';
import type { JournalSink } from '../cluster/journal/journal-writer.js';
import { ExitStatus, UserError } from './user-error.js';

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
  if (inputs.some((input) => isSameFile(path, input))) {
    throw new UserError(`--journal ${path} would overwrite the trace; give it another name.`);
  }
  const file = orRefuse(path, () => openSync(path, 'w'));
  return {
    sink: (bytes) =>
      orRefuse(path, () => {
        for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      }),
    close: () => orRefuse(path, () => closeSync(file)),
  };
}

function isSameFile(left: string, right: string): boolean {
  try {
    return realpathSync(left) === realpathSync(right);
  } catch {
    return false;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  EISDIR: 'that is a folder; a journal is a file',
  EACCES: 'permission denied',
  ENOSPC: 'the disk is full',
};

function orRefuse<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UserError(`cannot write the journal ${path}: ${reasons[code] ?? message}.`, ExitStatus.output);
  }
}
