/** Reads a trace file of any known format, plain or gzip, as a stream. */
import { createHash } from 'node:crypto';
import { ciNotice, parseFrameworkModel } from './framework-model.js';
import { checkText, detectFormat, formatNamed, headBytes } from './formats/detect.js';
import { splitSettings } from './formats/format-settings.js';
import type { ReadTraceOptions, TraceReader } from './formats/format.js';
import { asTraceError, textChunks } from './text-chunks.js';
import { TraceError } from './trace-error.js';
import type { Trace } from './trace.js';

/** A trace and the file it came from. */
export interface TraceFile extends Trace {
  /** As given. */
  readonly path: string;
  /** Of the file's bytes as they are on disk (packed, if it is), in hexadecimal. */
  readonly sha256: string;
}

/**
 * Reads a whole trace; memory is that of the columns and a few chunks. Throws TraceError for a file that cannot be
 * read, is of no known format, has a bad row (unless `skipBadRows`) or no task at all.
 */
export async function readTrace(path: string, options: ReadTraceOptions = {}): Promise<TraceFile> {
  checkOptions(options);
  const hash = createHash('sha256');
  const trace = await readRows(path, options, (chunk) => hash.update(chunk));
  if (trace.taskCount === 0 && options.allowEmpty !== true)
    throw new TraceError(`${path}: ${whyEmpty(trace)}.`);
  return { ...withModel(trace, options.frameworkModel), path, sha256: hash.digest('hex') };
}

/** The trace with the framework model that was asked for, and a notice if that is more than a task per row. */
function withModel(trace: Trace, asked: string | undefined): Trace {
  const frameworkModel =
    asked === undefined ? trace.frameworkModel : parseFrameworkModel(asked, '--framework-model');
  if (frameworkModel === undefined) return trace;
  const isCi = frameworkModel.type === 'ci';
  return {
    ...trace,
    frameworkModel,
    notices: [...trace.notices, ...(isCi ? [ciNotice(frameworkModel)] : [])],
  };
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
  const { mostRows = Infinity } = options;
  try {
    for await (const chunk of textChunks(path, watch)) {
      if (reader !== undefined) reader.push(chunk);
      else {
        head = joined(head, chunk);
        if (head.length >= headBytes) open(false);
      }
      if (reader !== undefined && reader.rowCount >= mostRows) return reader.finish(true);
    }
    if (reader === undefined) open(true);
    return reader!.finish();
  } catch (error) {
    throw asTraceError(path, error);
  }
}

/**
 * A reader for a file of the format that is named or that its first bytes show. Throws TraceError if there is none.
 *
 * @param head the first bytes, unpacked.
 * @param isWhole whether they are all of it.
 */
export function openReader(
  path: string,
  options: ReadTraceOptions,
  head: Uint8Array,
  isWhole: boolean,
): TraceReader {
  if (head.length === 0) throw new TraceError(`${path}: the file is empty.`);
  if (options.format === undefined) return detectFormat(path, head, isWhole).open(path, options);
  checkText(path, head);
  const { given } = splitSettings(options.format);
  return formatNamed(options.format).open(path, { ...options, settings: given });
}

/** The bytes of both, one after the other. */
export function joined(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(left.length + right.length);
  both.set(left);
  both.set(right, left.length);
  return both;
}

/** Throws TraceError for options that no file can be read with. */
export function checkOptions({ format, splitCpus, scaleLoad, frameworkModel }: ReadTraceOptions): void {
  if (frameworkModel !== undefined) parseFrameworkModel(frameworkModel, '--framework-model');
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
