import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { processStart } from '../process/process-table.js';

/** A folder that is somebody else's, or cannot be written to. One line, without a full stop. */
export class FolderError extends Error {
  override readonly name = 'FolderError';
}

/**
 * Marks a folder as that of this process, until {@link unlock} or its end. A mark whose process is not there any more, killed
 * perhaps, does not count.
 *
 * @param path of the mark, in the folder
 * @param owner what it may be another one of: `agent`
 * @throws FolderError
 */
export function lock(path: string, owner: string): void {
  const own = markOf(process.pid);
  let pid: number | undefined;
  for (let tries = 0; tries < 2; tries++) {
    try {
      writeFileSync(path, own, { flag: 'wx', mode: 0o600 });
      return;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') throw new FolderError(`the folder ${dirname(path)} cannot be used: ${message}`);
    }
    pid = ownerOf(path);
    if (pid !== undefined) break;
    rmSync(path, { force: true });
  }
  throw new FolderError(
    `the folder ${dirname(path)} is in use by another ${owner}, process ${pid ?? process.pid}`,
  );
}

export function unlock(path: string): void {
  if (readIfThere(path) === markOf(process.pid)) rmSync(path, { force: true });
}

/** The living process whose mark is there. */
function ownerOf(path: string): number | undefined {
  const text = readIfThere(path);
  const pid = Number.parseInt(text, 10);
  return text !== '' && text === markOf(pid) ? pid : undefined;
}

/** Process ids are given out again: the time when it began tells one from a later one. */
function markOf(pid: number): string {
  return `${pid} ${processStart(pid) ?? 'gone'}`;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
