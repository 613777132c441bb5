/** The bytes of a file that may be packed, and what can be wrong with it, in plain words. */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { orBundled } from './bundled-file.js';
import { isGzip } from './formats/detect.js';
import { TraceError } from './trace-error.js';

const chunkBytes = 2 ** 18;

/** The text of the file in pieces, unpacked if it is gzip. `watch` sees the bytes as they are on disk. */
export async function* textChunks(
  path: string,
  watch: (chunk: Uint8Array) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  const file = createReadStream(orBundled(path), { highWaterMark: chunkBytes });
  const bytes = watched(file, watch);
  try {
    const first = await bytes.next();
    if (first.done === true) return;
    const all = prefixed(first.value, bytes);
    yield* isGzip(first.value) ? unpacked(all) : all;
  } finally {
    file.destroy();
  }
}

async function* watched(
  chunks: AsyncIterable<Uint8Array>,
  watch: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    watch(chunk);
    yield chunk;
  }
}

async function* prefixed(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

function unpacked(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  // An error of either side destroys the other and so comes out of the iteration.
  pipeline(Readable.from(chunks, { objectMode: false }), gunzip, () => undefined);
  return gunzip;
}

const fileFaults: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'that is a folder; a trace is a file',
  EACCES: 'the file may not be read (permission denied)',
  EPERM: 'the file may not be read (permission denied)',
  ENAMETOOLONG: 'that is no path: it is too long',
  ERR_INVALID_ARG_VALUE: 'that is no path',
  Z_BUF_ERROR: 'the gzip file is cut short; copy or download it again',
  Z_DATA_ERROR: 'the gzip data are damaged; copy or download the file again',
};

/** Faults of the file in plain words; what is a fault of the program stays as it is. */
export function asTraceError(path: string, error: unknown): unknown {
  if (error instanceof TraceError || !(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  const words = fileFaults[code] ?? (code.startsWith('Z_') ? fileFaults.Z_DATA_ERROR : undefined);
  if (words === undefined && !('syscall' in error)) return error;
  return new TraceError(`${path}: ${words ?? `the file cannot be read (${code})`}.`);
}
