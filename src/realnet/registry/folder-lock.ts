import { mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { processStart } from '../process/process-table.js';

/** A folder that is somebody else's, or cannot be written to. One line, without a full stop. */
export class FolderError extends Error {
  override readonly name = 'FolderError';
}

/**
 * Marks a folder as that of this process, until {@link unlock} or its end. A mark whose process is not there any more, killed
 * perhaps, does not count. Of several that try at one instant, one gets it.
 *
 * A mark is a folder with one entry, which names its process. It takes its place whole, by a rename, and only where there is
 * nothing or an empty folder; what is removed for the next one is the entry of a process that is known to be gone.
 *
 * @param path of the mark, in the folder
 * @param owner what it may be another one of: `agent`
 * @throws FolderError
 */
export function lock(path: string, owner: string): void {
  let holder: number | undefined;
  try {
    holder = holderAfterTrying(path);
  } catch (error) {
    throw new FolderError(`the folder ${dirname(path)} cannot be used: ${(error as Error).message}`);
  }
  if (holder === undefined) return;
  throw new FolderError(`the folder ${dirname(path)} is in use by another ${owner}, process ${holder}`);
}

export function unlock(path: string): void {
  rmSync(join(path, ownMark()), { force: true });
  try {
    rmdirSync(path);
  } catch {
    // It is the next one's already, or was never there.
  }
}

/** Undefined: it is this process. */
function holderAfterTrying(path: string): number | undefined {
  const made = mkdtempSync(`${path}-`);
  try {
    writeFileSync(join(made, ownMark()), '');
    for (;;) {
      if (isMoved(made, path)) return undefined;
      for (const mark of entriesOf(path)) {
        const pid = Number.parseInt(mark, 10);
        if (mark === markOf(pid)) return pid;
        rmSync(join(path, mark), { recursive: true, force: true });
      }
    }
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

function isMoved(made: string, path: string): boolean {
  try {
    renameSync(made, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

function entriesOf(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    // It was given up meanwhile.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

let own: string | undefined;

function ownMark(): string {
  return (own ??= markOf(process.pid));
}

/** Process ids are given out again: the time when it began tells one from a later one. */
function markOf(pid: number): string {
  return `${pid}-${processStart(pid) ?? 'gone'}`;
}
