import {
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { TaskUser } from './task-user.js';

export interface OutputLimits {
  /** Bytes of `stdout` and `stderr` each, after which it becomes `stdout.1` and so on. */
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
}

export const OUTPUT_LIMITS: OutputLimits = { stdoutBytes: 10 * 2 ** 20, stderrBytes: 10 * 2 ** 20 };

/** Older files that are kept of each. */
const KEPT = 9;
const LOOK_MS = 500;
const PIECE = 64 * 1024;

/** The files `stdout` and `stderr` of one folder, open for appending. */
export class OutputFiles {
  readonly #folder: string;
  readonly #user: TaskUser | undefined;
  readonly files: readonly [stdout: number, stderr: number];

  /** @throws NodeJS.ErrnoException */
  constructor(folder: string, user: TaskUser | undefined) {
    this.#folder = folder;
    this.#user = user;
    const stdout = open(join(folder, 'stdout'), user);
    try {
      this.files = [stdout, open(join(folder, 'stderr'), user)];
    } catch (error) {
      closeSync(stdout);
      throw error;
    }
  }

  close(): void {
    this.files.forEach(closeSync);
  }

  /** Looks whether a file has grown too large. Only the open file is looked at: its name may lead elsewhere by now. */
  rotate({ stdoutBytes, stderrBytes }: OutputLimits): void {
    this.#rotate('stdout', this.files[0], stdoutBytes);
    this.#rotate('stderr', this.files[1], stderrBytes);
  }

  #rotate(name: string, file: number, most: number): void {
    const { size } = fstatSync(file);
    if (size <= most) return;
    const path = join(this.#folder, name);
    for (let n = KEPT; n > 1; n--)
      if (existsSync(`${path}.${n - 1}`)) renameSync(`${path}.${n - 1}`, `${path}.${n}`);
    rmSync(`${path}.1`, { force: true });
    const copy = open(`${path}.1`, this.#user, constants.O_EXCL);
    try {
      copyTail(file, copy, size - most);
    } finally {
      closeSync(copy);
    }
    // Appending writers go on at the new end.
    ftruncateSync(file, 0);
  }
}

/** Rotates the output of all that runs, from time to time. */
export class OutputRotation {
  readonly #limits: OutputLimits;
  readonly #open = new Set<OutputFiles>();
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: OutputLimits) {
    this.#limits = limits;
  }

  add(files: OutputFiles): void {
    this.#open.add(files);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
  }

  /** What ran has ended. */
  remove(files: OutputFiles): void {
    if (!this.#open.delete(files)) return;
    this.#rotate(files);
    files.close();
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    for (const files of this.#open) this.#rotate(files);
  }

  #rotate(files: OutputFiles): void {
    try {
      files.rotate(this.#limits);
    } catch {
      // A full disk, or a folder that is gone: the output stays as it is, and the task runs on.
    }
  }
}

function open(path: string, user: TaskUser | undefined, more = 0): number {
  const file = openSync(
    path,
    constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | more,
    0o644,
  );
  const { nlink } = fstatSync(file);
  if (nlink > 1) {
    closeSync(file);
    throw new Error(`${path} has other names`);
  }
  if (user !== undefined) fchownSync(file, user.uid, user.gid);
  return file;
}

function copyTail(from: number, to: number, start: number): void {
  const piece = Buffer.alloc(PIECE);
  for (let at = Math.max(start, 0); ;) {
    const length = readSync(from, piece, 0, PIECE, at);
    if (length === 0) return;
    writeSync(to, piece, 0, length);
    at += length;
  }
}
