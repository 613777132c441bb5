import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { processStart } from '../process/process-table.js';

/**
 * Marks a folder as that of this process. A mark whose process is not there any more, killed perhaps, does not count.
 *
 * @returns the process that has it instead; undefined: it is ours, until {@link unlock} or the end of the process
 */
export function lock(path: string): number | undefined {
  const own = markOf(process.pid);
  for (let tries = 0; tries < 2; tries++) {
    try {
      writeFileSync(path, own, { flag: 'wx', mode: 0o600 });
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = ownerOf(path);
    if (pid !== undefined) return pid;
    rmSync(path, { force: true });
  }
  return process.pid;
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
