import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { makeFolder } from '../report/out/make-folder.js';
import { writeFault } from '../report/out/out-error.js';
import { ExitStatus, UserError } from './user-error.js';

/** Makes the folder after --work-dir. @returns its full path @throws UserError when it cannot be made */
export async function makeWorkFolder(path: string): Promise<string> {
  const folder = resolve(path);
  try {
    await makeFolder(folder);
  } catch (error) {
    throw new UserError(`--work-dir ${path} cannot be made: ${writeFault(error)}.`, ExitStatus.output);
  }
  return folder;
}

/** Makes one that is for a while, in a single step: no signal comes in between. @returns its full path @throws UserError */
export function makeTemporaryFolder(): string {
  try {
    return mkdtempSync(resolve(tmpdir(), 'agora-'));
  } catch (error) {
    const why = `${tmpdir()} takes no temporary folder: ${writeFault(error)}`;
    throw new UserError(`${why}. TMPDIR names another place.`, ExitStatus.output);
  }
}
