import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';
import type { Column, GeneratedTrace, TraceRow } from './trace-row.js';

const cells: { readonly [C in Column]: (row: TraceRow) => string | number } = {
  submit_s: (row) => row.submitMs / 1000,
  duration_s: (row) => row.durationMs / 1000,
  cpus: (row) => row.cpus,
  mem: (row) => row.mem,
  job: (row) => row.job,
  framework: (row) => row.framework,
  role: (row) => row.role,
  kind: (row) => row.kind,
  exit: (row) => row.exit,
  constraint: (row) => row.constraint,
};

/**
 * Writes a generated trace as native CSV: its comments as `# ` lines, the header row, then one row per task
 * with times in seconds of at most three decimals. Memory stays at about a day of rows. The stream is not
 * ended: that is for its owner, who may be writing to standard output.
 *
 * @throws the stream's own error, such as ENOSPC or EPIPE
 */
export async function writeTraceCsv(trace: GeneratedTrace, stream: Writable): Promise<void> {
  const { columns } = trace;
  stream.write(trace.comments.map((line) => `# ${line}\n`).join(''));
  await pipeline(Readable.from(records(trace)), stringify({ header: true, columns: [...columns] }), stream, {
    end: false,
  });
}

function* records({ columns, rows }: GeneratedTrace): Generator<(string | number)[]> {
  const cellsInOrder = columns.map((column) => cells[column]);
  for (const row of rows) yield cellsInOrder.map((cell) => cell(row));
}
