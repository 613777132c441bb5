import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Terminal } from './terminal.js';
import { ExitStatus, UserError } from './user-error.js';
import { writeReasons } from './write-reasons.js';

/**
 * Writes a file whole or not at all: under a temporary name beside it, renamed at the end. Packed with gzip if the name
 * ends in .gz. A link is followed; what is no plain file, such as a pipe or a device, is written to and not replaced.
 *
 * @param path undefined: standard output, where a reader that has gone (`… | head`) is no error
 * @param write writes to the stream and does not end it
 * @throws UserError with status 3 when the output cannot be written
 */
export async function writeOutput(
  path: string | undefined,
  terminal: Terminal,
  write: (stream: Writable) => Promise<void>,
): Promise<void> {
  if (path === undefined) {
    await orUserError('standard output', () => write(terminal.stream()));
    return;
  }
  const target = await realpath(path).catch(() => path);
  const known = await stat(target).catch(() => undefined);
  if (known?.isDirectory() === true) {
    throw new UserError(`cannot write ${path}: that is a folder.`, ExitStatus.output);
  }
  if (known?.isFile() === false)
    await orUserError(path, () => writeFile(target, path.endsWith('.gz'), write));
  else await replaceFile(path, target, terminal, write);
}

async function replaceFile(
  path: string,
  target: string,
  terminal: Terminal,
  write: (stream: Writable) => Promise<void>,
): Promise<void> {
  const temporary = `${target}.${process.pid}.part`;
  let isWhole = false;
  terminal.onInterrupt(
    () => void rm(temporary, { force: true }).finally(() => terminal.exit(ExitStatus.interrupted)),
  );
  try {
    await orUserError(path, async () => {
      await writeFile(temporary, path.endsWith('.gz'), write);
      await rename(temporary, target);
    });
    isWhole = true;
  } finally {
    terminal.onInterrupt(undefined);
    if (!isWhole) await rm(temporary, { force: true }).catch(() => undefined);
  }
}

async function writeFile(
  path: string,
  isPacked: boolean,
  write: (stream: Writable) => Promise<void>,
): Promise<void> {
  const file = createWriteStream(path);
  // Both are watched from the start: an error before anybody waits for it would end the program.
  const done = finished(file);
  done.catch(() => undefined);
  if (isPacked) {
    const gzip = createGzip();
    file.on('error', (error) => gzip.destroy(error));
    gzip.pipe(file);
    await write(gzip);
    gzip.end();
  } else {
    await write(file);
    file.end();
  }
  await done;
}

async function orUserError(what: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (what === 'standard output' && (code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED')) return;
    if (code === undefined || (syscall === undefined && !(code in writeReasons))) throw error;
    throw new UserError(`cannot write ${what}: ${writeReasons[code] ?? code}.`, ExitStatus.output);
  }
}
