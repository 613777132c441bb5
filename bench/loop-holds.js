import { readFileSync } from 'node:fs';
import process from 'node:process';

/**
 * How long each turn of this program's loop held it, from now until `stop` is called: time of its thread on a processor, in
 * milliseconds, the shortest first.
 *
 * @returns {{ stop: () => number[] }}
 */
export function loopHolds() {
  const holds = [];
  let before = threadMs();
  let isRunning = true;
  const turn = () => {
    const now = threadMs();
    holds.push(now - before);
    before = now;
    if (isRunning) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    stop: () => {
      isRunning = false;
      return holds.sort((a, b) => a - b);
    },
  };
}

/** Time of this program's main thread on a processor, in milliseconds. */
export function threadMs() {
  // Linux brings a thread's account up to date at its ticks, and when somebody asks for that of the whole process.
  process.cpuUsage();
  const [spent] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ', 1);
  return Number(spent) / 1e6;
}
