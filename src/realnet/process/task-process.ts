import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { constants as host } from 'node:os';
import { join, resolve } from 'node:path';
import type { CommandMessage } from '../wire/messages.js';
import {
  lookAt,
  ProcessFinder,
  processStart,
  processStat,
  signalProcess,
  type ProcessRecord,
} from './process-table.js';
import type { TaskUser } from './task-user.js';

/** How a process ended. */
export interface ProcessEnd {
  /** Exit status; undefined when a signal ended it, it never began, or nobody knows. */
  readonly status?: number;
  readonly signal?: string;
  /** Why it could not be started, or is not known. */
  readonly failure?: string;
}

export interface ProcessPlan {
  readonly command: CommandMessage;
  /** An existing folder: the working directory. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Undefined: the agent itself. */
  readonly user: TaskUser | undefined;
  /** What its processes are found by. */
  readonly mark: string;
  /** Its exit status is written to the folder, for an agent that was not there when it ended. */
  readonly keepStatus: boolean;
  /** Open files for its output. */
  readonly output: readonly [stdout: number, stderr: number];
}

const finder = new ProcessFinder();

/** Where {@link ProcessPlan.keepStatus} writes to. */
const STATUS_FILE = '.exit-status';
/** From one look at a process that is not a child to the next. */
const LOOK_MS = 100;
/** Whoever starts processes faster than they are killed gets away after so many rounds. */
const MOST_ROUNDS = 20;

/** A shell that waits for the command and writes its status down; a signal to the group is for the command alone. */
const KEEPER = [
  'trap : TERM HUP INT QUIT',
  'file=$1; shift',
  '"$@"',
  's=$?',
  '{ echo $s > "$file.new" && mv "$file.new" "$file"; } 2>/dev/null',
  'ulimit -c 0',
  'trap - TERM HUP INT QUIT',
  '[ $s -gt 128 ] && [ $s -lt 160 ] && kill -$((s - 128)) $$',
  'exit $s',
].join('\n');

/**
 * The process of a task or an executor: leader of a process group of its own. What it started ends with it, whether it
 * stayed in the group or not.
 */
export class TaskProcess {
  /** Undefined: it could not be started. */
  readonly pid: number | undefined;
  readonly #mark: string;
  readonly #ended: (end: ProcessEnd) => void;
  #deadline = Infinity;
  #killTimer: NodeJS.Timeout | undefined;
  #hasEnded = false;
  #isTaken = false;

  /** @param ended called once, when nothing of it is left; also when it could not be started */
  private constructor(pid: number | undefined, mark: string, ended: (end: ProcessEnd) => void) {
    this.pid = pid;
    this.#mark = mark;
    this.#ended = ended;
  }

  /** @throws Error when there can be no such process */
  static start(plan: ProcessPlan, ended: (end: ProcessEnd) => void): TaskProcess {
    const { folder, env, user, mark, output } = plan;
    const [file, args, argv0] = plan.keepStatus
      ? keptCommand(plan.command, join(folder, STATUS_FILE))
      : commandLine(plan.command);
    if (file === '') throw new Error('the command is empty');
    if ([file, ...args, argv0 ?? '', ...Object.entries(env).flat()].some((text) => text.includes('\0')))
      throw new Error('the command or its environment has a NUL character in it');
    let child: ChildProcess;
    try {
      child = spawn(file, args, {
        cwd: folder,
        env,
        detached: true,
        ...(user && { uid: user.uid, gid: user.gid }),
        stdio: ['ignore', output[0], output[1]],
        ...(argv0 !== undefined && { argv0 }),
      });
    } catch (error) {
      throw new Error(startFailure(error as Error, file, folder));
    }
    const process = new TaskProcess(child.pid, mark, ended);
    child.on('error', (error) => process.#over({ failure: startFailure(error, file, folder) }));
    child.on('exit', (status, signal) =>
      process.#over(status === null ? { signal: signal ?? '' } : { status }),
    );
    return process;
  }

  /** One that an earlier agent started. */
  static find(
    record: ProcessRecord,
    mark: string,
    folder: string,
    ended: (end: ProcessEnd) => void,
  ): TaskProcess {
    const process = new TaskProcess(record.pid, mark, ended);
    const look = (): void => {
      const now = lookAt(record);
      if (now === 'there' || now === 'unknown') {
        setTimeout(look, LOOK_MS);
        return;
      }
      process.#isTaken = now === 'taken';
      process.#over(keptEnd(folder));
    };
    setImmediate(look);
    return process;
  }

  /** Undefined: it could not be started, or has ended already. */
  get record(): ProcessRecord | undefined {
    const { pid } = this;
    if (pid === undefined) return undefined;
    try {
      const start = processStart(pid);
      return start === undefined ? undefined : { pid, start };
    } catch {
      // The next agent does not take it for this one, and finds it by its mark.
      return { pid, start: 'unknown' };
    }
  }

  /** SIGTERM now, SIGKILL after the grace period; another call can only shorten it (mesos-http-api section 7). */
  kill(graceMs: number): void {
    if (this.#hasEnded || this.pid === undefined) return;
    if (graceMs > 0) void this.#signal('SIGTERM');
    const deadline = Date.now() + graceMs;
    if (deadline >= this.#deadline) return;
    this.#deadline = deadline;
    clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => void this.#signal('SIGKILL'), graceMs);
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    if (this.pid !== undefined) signalProcess(-this.pid, signal);
    for (const pid of await finder.processesOf(this.#mark)) {
      // Those of the group have had it.
      if (signal === 'SIGKILL' || !isOfGroup(pid, this.pid)) signalProcess(pid, signal);
    }
  }

  #over(end: ProcessEnd): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#killTimer);
    if (this.pid === undefined) this.#ended(end);
    else void killAll(this.#isTaken ? undefined : this.pid, this.#mark).then(() => this.#ended(end));
  }
}

/** Kills what a container left behind. @param group of its leader; absent: it may be somebody else's by now */
export async function killAll(group: number | undefined, mark: string): Promise<void> {
  if (group !== undefined) signalProcess(-group, 'SIGKILL');
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const left = (await finder.processesOf(mark)).filter(isLeft);
    if (left.length === 0) return;
    for (const pid of left) signalProcess(pid, 'SIGKILL');
  }
}

/** What to execute: `sh -c value`, or the value with the arguments as the whole argv. */
export function commandLine(
  command: CommandMessage,
): [file: string, args: string[], argv0: string | undefined] {
  const { value, shell, arguments: argv = [] } = command;
  if (shell) return ['/bin/sh', ['-c', value ?? ''], 'sh'];
  const [name, ...rest] = argv;
  return [value ?? name ?? '', rest, name];
}

/** The system has one error for a program and a folder that are not there. */
function startFailure({ code = '', message }: NodeJS.ErrnoException, file: string, folder: string): string {
  const problem = folderProblem(folder);
  if (problem !== undefined) return `its folder ${folder} ${problem}`;
  if (code === 'E2BIG') return 'the command and its environment are longer than this host takes (E2BIG)';
  if (code === 'EACCES') return `${file}: it may not be executed`;
  if (code !== 'ENOENT') return message;
  // A name without a slash is looked for in PATH.
  const isThere = file.includes('/') && existsSync(resolve(folder, file));
  return `${file}: ${isThere ? 'the interpreter that it names is not there' : 'there is no such program'}`;
}

function folderProblem(folder: string): string | undefined {
  try {
    accessSync(`${folder}/.`, constants.X_OK);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'is not there any more' : `cannot be entered: ${message}`;
  }
}

function keptCommand(command: CommandMessage, statusFile: string): ReturnType<typeof commandLine> {
  const [file, args] = commandLine(command);
  return ['/bin/sh', ['-c', KEEPER, 'agora-task', statusFile, file, ...args], undefined];
}

function keptEnd(folder: string): ProcessEnd {
  const status = Number.parseInt(keptText(join(folder, STATUS_FILE)), 10);
  if (!(status >= 0 && status <= 255))
    return { failure: 'an agent before this one started it, and it left no exit status' };
  if (status <= 128) return { status };
  const signal = Object.entries(host.signals).find(([, number]) => number === status - 128);
  return signal === undefined ? { status } : { signal: signal[0] };
}

/** The task may have put anything there: a pipe that nobody writes to, a file without end. */
function keptText(path: string): string {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const start = Buffer.alloc(8);
    return start.toString('latin1', 0, readSync(file, start, 0, start.length, 0));
  } catch {
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Who cannot be looked at counts as there, and outside of the group: it is signalled once more. */
function isLeft(pid: number): boolean {
  try {
    return processStart(pid) !== undefined;
  } catch {
    return true;
  }
}

function isOfGroup(pid: number, group: number | undefined): boolean {
  try {
    const stat = processStat(pid);
    return stat === undefined || Number(stat[2]) === group;
  } catch {
    return false;
  }
}
