import { readFileSync } from 'node:fs';

/** A process is there, and no zombie. */
export function isAlive(pid: number | string): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
