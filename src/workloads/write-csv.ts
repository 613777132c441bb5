import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify';

/** Rows of text with a header, and `# ` lines before it. */
export interface CsvTable {
  /** Without `# `, one line each. */
  readonly comments: readonly string[];
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly (string | number)[]>;
}

/**
 * Writes a table as CSV (RFC 4180, line feeds), row by row. The stream is not ended: that is for its owner, who may be
 * writing to standard output.
 *
 * @throws the stream's own error, such as ENOSPC or EPIPE
 */
export async function writeCsv({ comments, columns, rows }: CsvTable, stream: Writable): Promise<void> {
  stream.write(comments.map((line) => `# ${line}\n`).join(''));
  const csv = stringify({
    header: true,
    columns: [...columns],
    // Blanks at the edge of a bare field are not part of it, and a line ends at a carriage return for some.
    quoted_match: /^\s|\s$|\r/,
  });
  await pipeline(Readable.from(rows), csv, stream, { end: false });
}
