import type { Writable } from 'node:stream';
import { writeCsv } from '../write-csv.js';
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
 * Writes a generated trace as native CSV: its comments as `# ` lines, the header row, then one row per task with times
 * in seconds of at most three decimals. Memory stays at about a day of rows.
 *
 * @throws the stream's own error, such as ENOSPC or EPIPE
 */
export async function writeTraceCsv(trace: GeneratedTrace, stream: Writable): Promise<void> {
  const { comments, columns } = trace;
  const cellsInOrder = columns.map((column) => cells[column]);
  await writeCsv({ comments, columns, rows: records(trace.rows, cellsInOrder) }, stream);
}

function* records(
  rows: Iterable<TraceRow>,
  inOrder: readonly ((row: TraceRow) => string | number)[],
): Generator<(string | number)[]> {
  for (const row of rows) yield inOrder.map((cell) => cell(row));
}
