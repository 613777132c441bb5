import { spawn } from 'node:child_process';
import { basename, dirname, isAbsolute, join, normalize } from 'node:path';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { FetchError, openUrl } from './open-url.js';
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
 * Brings the URIs of a command into its sandbox: files of this host and http(s). All is done as the task's user: what a task
 * may not read or write is not read or written for it, whatever links an archive or another task puts in the way.
 *
 * @throws FetchError; the signal's reason
 */
async function fetchUris(
  uris: readonly UriMessage[],
  sandbox: string,
  user: TaskUser | undefined,
  signal: AbortSignal,
): Promise<void> {
  const place = { cwd: sandbox, user, signal };
  const fetched: { readonly uri: UriMessage; readonly path: string }[] = [];
  for (const uri of uris) {
    const path = join(sandbox, targetOf(uri));
    if (dirname(path) !== sandbox) await run(['mkdir', '-p', '--', dirname(path)], place, uri.value);
    if (/^https?:/i.test(uri.value)) await download(uri.value, path, place);
    else await run(['cp', '--', localPath(uri.value), path], place, uri.value);
    fetched.push({ uri, path });
  }
  for (const { uri, path } of fetched) {
    if (uri.executable === true) {
      await run(['chmod', '755', '--', path], place, uri.value);
      continue;
    }
    const unpacker = uri.extract ? UNPACKERS.find(([ending]) => ending.test(path)) : undefined;
    if (unpacker === undefined) continue;
    await run(unpacker[1](path, sandbox), place, uri.value);
  }
}

/** Where and as whom programs are run. */
interface Place {
  readonly cwd: string;
  readonly user: TaskUser | undefined;
  readonly signal: AbortSignal;
}

/** Within the sandbox. */
function targetOf({ value, output_file: given }: UriMessage): string {
  const name = given ?? basename(/^https?:/i.test(value) ? urlPath(value) : value);
  const plain = normalize(name);
  const leaves = isAbsolute(plain) || plain === '..' || plain.startsWith('../') || name.includes('\0');
  if (leaves || plain === '.' || plain === '' || plain.endsWith('/'))
    throw new FetchError(`${shown(value)}: "${name}" is no name of a file in the sandbox`);
  return plain;
}

function urlPath(value: string): string {
  try {
    return decodeURIComponent(new URL(value).pathname);
  } catch {
    throw new FetchError(`${shown(value)} is no URL`);
  }
}

function localPath(value: string): string {
  if (value.startsWith('file://')) {
    try {
      return fileURLToPath(value);
    } catch {
      throw new FetchError(`${shown(value)} is no file of this host`);
    }
  }
  if (isAbsolute(value)) return value;
  throw new FetchError(`${shown(value)}: a URI is a path from /, file:// or http(s)://`);
}

const USER_OF_URL = /^(\s*[a-z][a-z\d+.-]*:[/\\\s]*)[^/\\?#\s][^/\\?#]*@/i;
/** What is no URL may have anything in its password. */
const USER_OF_OTHERS = /^(\s*[a-z][a-z\d+.-]*:[/\\\s]*)[^]*@/i;

/** What is said of a URI goes far: into the status of its task, and to all who ask for that. `http:user@host` is one, too. */
function shown(value: string): string {
  return value.replace(URL.canParse(value) ? USER_OF_URL : USER_OF_OTHERS, '$1…@');
}

async function download(value: string, path: string, place: Place): Promise<void> {
  const { signal } = place;
  const [name, stall] = [shown(value), new AbortController()];
  let timer = setTimeout(() => stall.abort(), STALL_MS);
  const heard = async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      clearTimeout(timer);
      timer = setTimeout(() => stall.abort(), STALL_MS);
      yield piece;
    }
  };
  try {
    const body = await openUrl(value, name, AbortSignal.any([signal, stall.signal]));
    try {
      await run(writerOf(path), place, value, async (input) => pipeline(body, heard, input));
    } finally {
      // Whoever was to read it may not have come to be.
      body.destroy();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof FetchError) throw error;
    if (stall.signal.aborted) throw new FetchError(`${name} sends nothing`);
    // A name with several addresses, none of which answers.
    const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
    throw new FetchError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`);
  } finally {
    clearTimeout(timer);
  }
}

/** A program that writes its input to a new file. */
function writerOf(path: string): readonly string[] {
  return ['/bin/sh', '-c', 'set -C; umask 022; exec cat > "$1"', 'fetch', path];
}

/** Runs a program in the sandbox as the task's user. @param feed writes its input */
async function run(
  [program, ...args]: readonly string[],
  { cwd, user, signal }: Place,
  what: string,
  feed?: (input: Writable) => Promise<void>,
): Promise<void> {
  const identity = user && { uid: user.uid, gid: user.gid };
  // Other processes of the user can read the environment of this one.
  const env = { PATH: process.env.PATH };
  const stdin = feed === undefined ? 'ignore' : 'pipe';
  let failure: string | undefined;
  let fault: Error | undefined;
  await new Promise<void>((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: [stdin, 'ignore', 'pipe'], signal, ...identity });
    child.on('error', (error) => {
      failure = error.message;
      resolve();
    });
    let said = '';
    // Neither pipe is there when this process has no files left to open: then it is an error of the child.
    child.stderr?.on('data', (piece: Buffer) => (said = (said + piece.toString()).slice(-500)));
    const fed = Promise.resolve(child.stdin ? feed?.(child.stdin) : undefined).catch((error: unknown) => {
      fault = error instanceof Error ? error : new Error(String(error));
      child.kill();
    });
    child.on('close', (status) => {
      const [last = ''] = said.trim().split('\n').slice(-1);
      // What broke its input may be that it had ended: its own words come first.
      if (status !== 0 && (status !== null || fault === undefined))
        failure ??= last || `${program} ended with ${status ?? 'a signal'}`;
      void fed.then(resolve);
    });
  });
  signal.throwIfAborted();
  if (failure !== undefined) throw new FetchError(`${shown(what)}: ${failure}`);
  if (fault !== undefined) throw fault;
}
