/** Reads a trace file of any known format, plain or gzip, as a stream. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { checkText, detectFormat, formatNamed, headBytes, isGzip } from './formats/detect.js';
import type { ReadTraceOptions, TraceReader } from './formats/format.js';
import { TraceError } from './trace-error.js';
import type { Trace } from './trace.js';

/** A trace and the file it came from. */
export interface TraceFile extends Trace {
  /** As given. */
  readonly path: string;
  /** Of the file's bytes as they are on disk (packed, if it is), in hexadecimal. */
  readonly sha256: string;
}

const chunkBytes = 2 ** 18;

/**
 * Reads a whole trace; memory is that of the columns and a few chunks. Throws TraceError for a file that cannot be
 * read, is of no known format, has a bad row (unless `skipBadRows`) or no task at all.
 */
export async function readTrace(path: string, options: ReadTraceOptions = {}): Promise<TraceFile> {
  checkOptions(options);
  const hash = createHash('sha256');
  const trace = await readRows(path, options, (chunk) => hash.update(chunk));
  if (trace.taskCount === 0) throw new TraceError(`${path}: ${whyEmpty(trace)}.`);
  return { ...trace, path, sha256: hash.digest('hex') };
}

async function readRows(
  path: string,
  options: ReadTraceOptions,
  watch: (chunk: Uint8Array) => void,
): Promise<Trace> {
  let reader: TraceReader | undefined;
  // The first bytes wait here until there are enough of them to tell the format.
  let head = new Uint8Array(0);
  const open = (isWhole: boolean) => {
    reader = openReader(path, options, head, isWhole);
    reader.push(head);
  };
  try {
    for await (const chunk of textChunks(path, watch)) {
      if (reader !== undefined) {
        reader.push(chunk);
        continue;
      }
      head = joined(head, chunk);
      if (head.length >= headBytes) open(false);
    }
    if (reader === undefined) open(true);
    return reader!.finish();
  } catch (error) {
    throw asTraceError(path, error);
  }
}

function openReader(
  path: string,
  options: ReadTraceOptions,
  head: Uint8Array,
  isWhole: boolean,
): TraceReader {
  if (head.length === 0) throw new TraceError(`${path}: the file is empty.`);
  if (options.format === undefined) return detectFormat(path, head, isWhole).open(path, options);
  checkText(path, head);
  return formatNamed(options.format).open(path, options);
}

/** The text of the file in pieces, unpacked if it is gzip. `watch` sees the bytes as they are on disk. */
async function* textChunks(path: string, watch: (chunk: Uint8Array) => void): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: chunkBytes });
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

function joined(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}

function checkOptions({ format, splitCpus, scaleLoad }: ReadTraceOptions): void {
  if (format !== undefined) formatNamed(format);
  if (splitCpus !== undefined && !(splitCpus >= 0.001 && splitCpus <= 1e9)) {
    throw new TraceError(`--split-cpus is ${splitCpus}; it is the most cpus of one task, 0.001 or more.`);
  }
  if (scaleLoad !== undefined && !(scaleLoad > 0 && scaleLoad < Infinity)) {
    throw new TraceError(`--scale-load is ${scaleLoad}; it is a number above 0 (2: twice the load).`);
  }
}

function whyEmpty({ dropped }: Trace): string {
  const reasons = Object.entries(dropped).map(([reason, count]) => `${count} × ${reason}`);
  if (reasons.length === 0) return 'the trace has no tasks';
  return `the trace has no tasks: all rows were left out (${reasons.join(', ')})`;
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
function asTraceError(path: string, error: unknown): unknown {
  if (error instanceof TraceError || !(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  const words = fileFaults[code] ?? (code.startsWith('Z_') ? fileFaults.Z_DATA_ERROR : undefined);
  if (words === undefined && !('syscall' in error)) return error;
  return new TraceError(`${path}: ${words ?? `the file cannot be read (${code})`}.`);
}
