/** Cells as text; the first column names what the row is about. */
export interface ResultTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** `consistent`: under the assumptions that are named, the published figure is possible. It is never reproduced by that. */
export type Verdict = 'as published' | 'consistent' | 'not consistent';

/** A result as Markdown that is also easy to read as it is. */
export function resultMarkdown(tables: readonly ResultTable[], verdict: Verdict, because: string): string {
  return [...tables.map(tableMarkdown), `Verdict: **${verdict}**. ${because}`].join('\n\n');
}

function tableMarkdown({ title, columns, rows }: ResultTable): string {
  const cells = [columns, ...rows];
  const widths = columns.map((_, i) => Math.max(3, ...cells.map((row) => row[i].length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [`${title}:`, '', line(columns), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}
