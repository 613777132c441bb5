/** Columns two blanks apart, the first to the left, the others to the right; a line per row. */
export function alignColumns(
  rows: readonly (readonly string[])[],
  minWidths: readonly number[] = [],
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, minWidths[i] ?? 0, cell.length)));
  }
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join('  ')
      .trimEnd(),
  );
}

/** Two blocks of lines next to each other, `gap` blanks apart. */
export function sideBySide(left: readonly string[], right: readonly string[], gap: number): string[] {
  if (right.length === 0) return [...left];
  const width = Math.max(0, ...left.map((line) => line.length)) + gap;
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
    `${(left[i] ?? '').padEnd(width)}${right[i] ?? ''}`.trimEnd(),
  );
}
