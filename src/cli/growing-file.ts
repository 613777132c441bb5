import { closeSync, openSync, realpathSync, writeSync } from 'node:fs';
import { ExitStatus, UserError } from './user-error.js';
import { writeReasons } from './write-reasons.js';

/** A file that is written while the run goes on. */
export interface GrowingFile {
  write(bytes: Uint8Array): void;
  close(): void;
}

const files = { journal: 'the journal', explain: 'the explanations' } as const;

/**
 * Opens the file of an option; what was in it is gone.
 *
 * @param inputs files that are read in this run and must not be overwritten
 * @throws UserError with exit status 3; also when a write fails
 */
export function openGrowing(
  path: string,
  option: keyof typeof files,
  inputs: readonly string[],
): GrowingFile {
  if (inputs.some((input) => isSameFile(path, input))) {
    throw new UserError(`--${option} ${path} would overwrite the trace; give it another name.`);
  }
  const file = orRefuse(path, option, () => openSync(path, 'w'));
  return {
    write: (bytes) =>
      orRefuse(path, option, () => {
        for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      }),
    close: () => orRefuse(path, option, () => closeSync(file)),
  };
}

/** @throws UserError that says why the file cannot be written */
export function orRefuse<T>(path: string, option: keyof typeof files, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const reason = writeReasons[code] ?? message;
    throw new UserError(`cannot write ${files[option]} ${path}: ${reason}.`, ExitStatus.output);
  }
}

function isSameFile(left: string, right: string): boolean {
  try {
    return realpathSync(left) === realpathSync(right);
  } catch {
    return false;
  }
}
