import { csvFormat } from '../../src/workloads/formats/csv.js';
import type { ReadTraceOptions, TraceFormat } from '../../src/workloads/formats/format.js';
import { swfFormat } from '../../src/workloads/formats/swf.js';
import { TraceError } from '../../src/workloads/trace-error.js';
import type { Trace } from '../../src/workloads/trace.js';

/** Reads text as a file of the format, in chunks of `size` bytes (default: all at once). */
export function readText(
  format: TraceFormat,
  text: string | Uint8Array,
  options: ReadTraceOptions = {},
  size = Infinity,
): Trace {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const reader = format.open('t', options);
  for (let at = 0; at < bytes.length; at += size) {
    // A copy that is wiped afterwards, as a stream uses its buffers again.
    const chunk = Uint8Array.from(bytes.subarray(at, at + size));
    reader.push(chunk);
    chunk.fill(0x2c);
  }
  return reader.finish();
}

export const readCsv = (text: string | Uint8Array, options?: ReadTraceOptions, size?: number) =>
  readText(csvFormat, text, options, size);

export const readSwf = (text: string | Uint8Array, options?: ReadTraceOptions, size?: number) =>
  readText(swfFormat, text, options, size);

/** The message of the TraceError that `read` throws. */
export function faultOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof TraceError) return error.message;
    throw error;
  }
  return 'no fault';
}

/** One task as a plain object with names, for comparisons by eye. */
export function taskOf(trace: Trace, task: number) {
  const shape = trace.shapes[trace.shape[task]];
  return {
    submit: trace.submitUs[task] / 1e6,
    duration: trace.durationUs[task] / 1e6,
    cpus: shape.cpusMilli / 1000,
    mem: shape.memMilli / 1000,
    framework: trace.frameworks[trace.framework[task]],
    role: trace.roles[trace.role[task]],
    job: trace.jobNames?.[trace.job[task]] ?? trace.job[task],
    flags: trace.flags[task],
  };
}
