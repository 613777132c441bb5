import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

/** The variable that every process of a container has in its environment, and its children inherit. */
export const CONTAINER_MARK = 'AGORA_CONTAINER_ID';

/** Processes looked at in one go. */
const SHARE = 200;
/** From a search that failed to the next. */
const AGAIN_MS = 100;
/** Environments are not longer, but for the ones that want to hide. */
const LONGEST_ENVIRONMENT = 256 * 1024;

const needle = Buffer.from(`${CONTAINER_MARK}=`);
const scratch = Buffer.alloc(LONGEST_ENVIRONMENT);

/**
 * Finds the processes of a container by the mark in their environment: also those that left its process group and session.
 * Whoever clears its environment is not found. Who asks while a search runs shares the next one.
 */
export class ProcessFinder {
  #waiting: ((found: ReadonlyMap<string, number[]>) => void)[] = [];
  #isSearching = false;

  async processesOf(mark: string): Promise<readonly number[]> {
    return await new Promise((resolve) => {
      this.#waiting.push((found) => resolve(found.get(mark) ?? []));
      if (!this.#isSearching) void this.#search();
    });
  }

  async #search(): Promise<void> {
    this.#isSearching = true;
    // Everything that asks in this turn is served by one search.
    await turn();
    while (this.#waiting.length > 0) {
      const served = this.#waiting;
      this.#waiting = [];
      const found = await untilFound();
      for (const answer of served) answer(found);
    }
    this.#isSearching = false;
  }
}

/** A host that has no file left to open says nothing of who is there. */
async function untilFound(): Promise<Map<string, number[]>> {
  for (;;) {
    try {
      return await processesByMark();
    } catch (error) {
      if (!isLackOfFiles(error)) throw error;
      await delay(AGAIN_MS);
    }
  }
}

async function processesByMark(): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for await (const pid of processIds()) {
    const mark = markOf(pid);
    if (mark !== undefined) found.set(mark, [...(found.get(mark) ?? []), pid]);
  }
  return found;
}

/** Of all processes but this one, with pauses; of none without a /proc that can be read. @throws NodeJS.ErrnoException */
export async function* processIds(): AsyncGenerator<number> {
  let names: readonly string[];
  try {
    names = readdirSync('/proc');
  } catch (error) {
    if (isLackOfFiles(error)) throw error;
    return;
  }
  let looked = 0;
  for (const pid of names.map(Number)) {
    if (pid > 0 && pid !== process.pid) yield pid;
    if (++looked % SHARE === 0) await turn();
  }
}

/** Which container a process is of. @throws NodeJS.ErrnoException when nobody can say now */
export function markOf(pid: number): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(`/proc/${pid}/environ`, 'r');
    const length = readSync(file, scratch, 0, scratch.length, 0);
    const at = scratch.subarray(0, length).indexOf(needle);
    if (at < 0) return undefined;
    const end = scratch.indexOf(0, at);
    return scratch.toString('latin1', at + needle.length, end < 0 || end > length ? length : end);
  } catch (error) {
    if (isLackOfFiles(error)) throw error;
    // It has ended, or is somebody else's.
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

async function turn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}

/** A process as it is found again by an agent that is started anew. */
export interface ProcessRecord {
  readonly pid: number;
  /** {@link processStart} */
  readonly start: string;
}

/** `taken`: somebody else has its number by now, and the group of it; `unknown`: nobody can say now. */
export function lookAt({ pid, start }: ProcessRecord): 'there' | 'over' | 'taken' | 'unknown' {
  try {
    const now = processStart(pid);
    if (now === undefined) return 'over';
    return now === start ? 'there' : 'taken';
  } catch (error) {
    // Whom one may not look at is somebody else.
    return isLackOfFiles(error) ? 'unknown' : 'taken';
  }
}

/**
 * When a process began, in ticks since the host did: with the pid it names one process for ever. Undefined when there is no
 * such process, or only what is left of it.
 *
 * @throws NodeJS.ErrnoException when nobody can say now
 */
export function processStart(pid: number): string | undefined {
  const stat = processStat(pid);
  return stat === undefined || stat[0] === 'Z' || stat[0] === 'X' ? undefined : stat[19];
}

/**
 * The fields of `/proc/<pid>/stat` from the third on, the state; undefined: there is no such process.
 *
 * @throws NodeJS.ErrnoException when nobody can say now
 */
export function processStat(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in brackets may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ENOENT' && code !== 'ESRCH') throw error;
    return undefined;
  }
}

/** Sends a signal; to nobody when the process or group has ended. @param pid negative: a process group */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}

/** It says nothing of the process that was looked at. */
export function isLackOfFiles(error: unknown): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM'].includes(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
