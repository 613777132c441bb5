import { escapeControls } from '../workloads/escape-controls.js';

const mostWidth = 40;

/**
 * A table of text with a header: columns of numbers to the right, others to the left, two blanks apart. Control
 * characters are escaped and long cells cut, so that a hostile name cannot spoil a terminal.
 */
export function tableText(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = [columns, ...rows].map((row) => row.map(plainCell));
  const widths = columns.map((_, column) => Math.max(...shown.map((row) => width(row[column]))));
  const isNumber = columns.map((_, column) => rows.every((row) => /^[\d.]*$/.test(row[column])));
  return shown
    .map((row) => {
      const cells = row.map((cell, column) => {
        const gap = ' '.repeat(widths[column] - width(cell));
        return isNumber[column] ? gap + cell : cell + gap;
      });
      return `${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}

function plainCell(text: string): string {
  const plain = escapeControls(text);
  const chars = Array.from(plain);
  return chars.length > mostWidth ? `${chars.slice(0, mostWidth - 1).join('')}…` : plain;
}

function width(text: string): number {
  return Array.from(text).length;
}
