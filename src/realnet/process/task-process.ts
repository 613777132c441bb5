import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { CommandMessage } from '../wire/messages.js';
import type { TaskUser } from './task-user.js';

/** How a process ended. */
export interface ProcessEnd {
  /** Exit status; undefined when a signal ended it, or it never began. */
  readonly status?: number;
  readonly signal?: string;
  /** Why it could not be started. */
  readonly failure?: string;
}

/**
 * The process of a command task: leader of a process group of its own, so that whatever it starts ends with it. Its output
 * goes to the files `stdout` and `stderr` of the sandbox.
 */
export class TaskProcess {
  readonly #child: ChildProcess;
  #killTimer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  /**
   * @param sandbox an existing folder: the working directory
   * @param ended called once, also when the process could not be started
   */
  constructor(
    command: CommandMessage,
    sandbox: string,
    env: Readonly<Record<string, string>>,
    user: TaskUser | undefined,
    ended: (end: ProcessEnd) => void,
  ) {
    const output = ['stdout', 'stderr'].map((name) => openSync(join(sandbox, name), 'a'));
    const end = (how: ProcessEnd): void => {
      if (this.#hasEnded) return;
      this.#hasEnded = true;
      clearTimeout(this.#killTimer);
      // Its leader is gone; who it left behind has nobody to answer for it.
      this.#signal('SIGKILL');
      ended(how);
    };
    const [file, args, argv0] = commandLine(command);
    try {
      this.#child = spawn(file, args, {
        cwd: sandbox,
        env,
        detached: true,
        ...(user && { uid: user.uid, gid: user.gid }),
        stdio: ['ignore', output[0], output[1]],
        ...(argv0 !== undefined && { argv0 }),
      });
    } finally {
      output.forEach(closeSync);
    }
    this.#child.on('error', (error) => end({ failure: error.message }));
    this.#child.on('exit', (status, signal) => end(status === null ? { signal: signal ?? '' } : { status }));
  }

  /** Undefined: it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** SIGTERM to the group now, SIGKILL after the grace period; another call can only shorten it. */
  kill(graceMs: number): void {
    if (this.#hasEnded) return;
    this.#signal('SIGTERM');
    const timer = setTimeout(() => this.#signal('SIGKILL'), graceMs);
    if (this.#killTimer === undefined) this.#killTimer = timer;
    else if (graceMs === 0) this.#signal('SIGKILL');
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // Nobody is left in the group.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** What to execute: `sh -c value`, or the value with the arguments as the whole argv. */
function commandLine(command: CommandMessage): [file: string, args: string[], argv0: string | undefined] {
  const { value, shell, arguments: argv = [] } = command;
  if (shell) return ['/bin/sh', ['-c', value ?? ''], 'sh'];
  const [name, ...rest] = argv;
  return [value ?? name ?? '', rest, name];
}
