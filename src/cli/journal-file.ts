import { closeSync, existsSync, openSync, realpathSync, renameSync, writeSync } from 'node:fs';
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
  if (existsSync(path)) orRefuse(path, () => renameSync(path, `${path}.1`));
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
