/** Generated traces for tests: as the bytes of a file, as rows, and the builds among them. */
import { Writable } from 'node:stream';
import { generate, writeTraceCsv, type GenerateOptions } from '../../src/workloads/generators/index.js';
import type { GeneratedTrace, TraceRow } from '../../src/workloads/generators/trace-row.js';

export async function toCsv(trace: GeneratedTrace): Promise<string> {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  await writeTraceCsv(trace, stream);
  return Buffer.concat(chunks).toString('utf8');
}

/** The bytes without the line that repeats the parameters: what is left was changed by their effect. */
export async function toCsvWithoutEcho(name: string, options: GenerateOptions): Promise<string> {
  const csv = await toCsv(generate(name, options));
  return csv.replace(/^# parameters: .*\n/m, '');
}

export function buildsOf(name: string, options: GenerateOptions): TraceRow[] {
  return [...generate(name, options).rows].filter((row) => row.kind === 'batch');
}

export function isRestart(build: TraceRow): boolean {
  return build.job.endsWith('-retry');
}

export function isNightly(build: TraceRow): boolean {
  return build.role === 'nightly';
}
