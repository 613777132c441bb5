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

/**
 * Facts behind a label, parted by `·`, in lines of at most `width` columns: broken between facts if possible, else between
 * words.
 */
export function labelledFacts(label: string, facts: readonly string[], indent = 11, width = 80): string[] {
  const lines = [label.padEnd(indent)];
  facts
    .filter((text) => text !== '')
    .forEach((fact, i) => {
      const last = lines.length - 1;
      if (i === 0) lines[last] += fact;
      else if (lines[last].length + 3 + fact.length <= width) lines[last] += ` · ${fact}`;
      else lines.push(' '.repeat(indent) + fact);
      wrapLast(lines, indent, width);
    });
  return lines.map((line) => line.trimEnd());
}

/** Breaks the last line between words for as long as it is too long. */
function wrapLast(lines: string[], indent: number, width: number): void {
  for (;;) {
    const last = lines[lines.length - 1];
    if (last.length <= width) return;
    const blank = last.lastIndexOf(' ', width);
    const at = blank > indent ? blank : last.indexOf(' ', width);
    if (at < 0) return;
    lines[lines.length - 1] = last.slice(0, at);
    lines.push(' '.repeat(indent) + last.slice(at + 1));
  }
}
