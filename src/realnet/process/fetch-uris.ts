import { spawn } from 'node:child_process';
import { chmodSync, chownSync, createWriteStream, mkdirSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { UriMessage } from '../wire/messages.js';
import type { TaskUser } from './task-user.js';

/** A server that sends nothing for so long has stalled. */
const STALL_MS = 60_000;

/** How archives are unpacked, by the end of their names. */
const UNPACKERS: readonly (readonly [
  ending: RegExp,
  argv: (path: string, sandbox: string) => readonly string[],
])[] = [
  [/\.(tar|tar\.gz|tgz|tar\.bz2|tbz2|tar\.xz|txz)$/, (path) => ['tar', '-xf', path]],
  [/\.zip$/, (path, sandbox) => ['unzip', '-o', '-q', path, '-d', sandbox]],
  [/\.gz$/, (path) => ['gzip', '-d', '-k', '-f', path]],
];

/** A URI that cannot be had. One line. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
}

/** What was to be fetched was not there in time. One line. */
export class FetchTimeout extends Error {
  override readonly name = 'FetchTimeout';
}

/**
 * {@link fetchUris}, but not for ever: a server may send without end, and a pipe say nothing.
 *
 * @param fetching ends it
 * @throws FetchTimeout, and what that throws
 */
export async function fetchWithin(
  ms: number,
  uris: readonly UriMessage[],
  sandbox: string,
  user: TaskUser | undefined,
  fetching: AbortController,
): Promise<void> {
  const late = (): void =>
    fetching.abort(new FetchTimeout(`its URIs were not fetched within ${ms / 1000} s`));
  const timer = setTimeout(late, ms);
  try {
    await fetchUris(uris, sandbox, user, fetching.signal);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Brings the URIs of a command into its sandbox: files of this host and http(s). All are there before the first archive is
 * unpacked, so that none can lead another astray; what a task may not read is not read for it.
 *
 * @throws FetchError; the signal's reason
 */
async function fetchUris(
  uris: readonly UriMessage[],
  sandbox: string,
  user: TaskUser | undefined,
  signal: AbortSignal,
): Promise<void> {
  const fetched: { readonly uri: UriMessage; readonly path: string }[] = [];
  for (const uri of uris) {
    const path = join(sandbox, targetOf(uri));
    mkdirSync(dirname(path), { recursive: true });
    if (/^https?:/i.test(uri.value)) await download(uri.value, path, user, signal);
    else await run(['cp', '--', localPath(uri.value), path], sandbox, user, uri.value, signal);
    fetched.push({ uri, path });
  }
  for (const { uri, path } of fetched) {
    if (uri.executable === true) {
      chmodSync(path, 0o755);
      continue;
    }
    const unpacker = uri.extract ? UNPACKERS.find(([ending]) => ending.test(path)) : undefined;
    if (unpacker === undefined) continue;
    await run(unpacker[1](path, sandbox), sandbox, user, uri.value, signal);
  }
}

/** Within the sandbox. */
function targetOf({ value, output_file: given }: UriMessage): string {
  const name = given ?? basename(/^https?:/i.test(value) ? pathOfUrl(value) : value);
  const plain = normalize(name);
  const leaves = isAbsolute(plain) || plain === '..' || plain.startsWith('../') || name.includes('\0');
  if (leaves || plain === '.' || plain === '' || plain.endsWith('/'))
    throw new FetchError(`${value}: "${name}" is no name of a file in the sandbox`);
  return plain;
}

function pathOfUrl(value: string): string {
  try {
    return decodeURIComponent(new URL(value).pathname);
  } catch {
    throw new FetchError(`${value} is no URL`);
  }
}

function localPath(value: string): string {
  if (value.startsWith('file://')) {
    try {
      return fileURLToPath(value);
    } catch {
      throw new FetchError(`${value} is no file of this host`);
    }
  }
  if (isAbsolute(value)) return value;
  throw new FetchError(`${value}: a URI is a path from /, file:// or http(s)://`);
}

async function download(
  url: string,
  path: string,
  user: TaskUser | undefined,
  signal: AbortSignal,
): Promise<void> {
  const stall = new AbortController();
  let timer = setTimeout(() => stall.abort(), STALL_MS);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, stall.signal]) });
    if (!response.ok || response.body === null) throw new FetchError(`${url} answers ${response.status}`);
    const body = response.body as unknown as AsyncIterable<Uint8Array>;
    const heard = async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const piece of pieces) {
        clearTimeout(timer);
        timer = setTimeout(() => stall.abort(), STALL_MS);
        yield piece;
      }
    };
    await pipeline(body, heard, createWriteStream(path, { flags: 'wx', mode: 0o644 }));
    if (user !== undefined) chownSync(path, user.uid, user.gid);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FetchError) throw error;
    if (stall.signal.aborted) throw new FetchError(`${url} sends nothing`);
    const cause = (error as Error).cause ?? error;
    throw new FetchError(`${url}: ${cause instanceof Error ? cause.message : String(cause)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a program in the sandbox as the task's user. */
async function run(
  [program, ...args]: readonly string[],
  cwd: string,
  user: TaskUser | undefined,
  what: string,
  signal: AbortSignal,
): Promise<void> {
  const failure = await new Promise<string | undefined>((resolve) => {
    const identity = user && { uid: user.uid, gid: user.gid };
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], signal, ...identity });
    let said = '';
    child.stderr.on('data', (piece: Buffer) => (said = (said + piece.toString()).slice(-500)));
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status) => {
      const [last = ''] = said.trim().split('\n').slice(-1);
      resolve(status === 0 ? undefined : last || `${program} ended with ${status ?? 'a signal'}`);
    });
  });
  signal.throwIfAborted();
  if (failure !== undefined) throw new FetchError(`${what}: ${failure}`);
}
