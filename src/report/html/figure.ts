import { Buffer } from 'node:buffer';
import { csvText } from '../out/csv-file.js';
import type { Frame } from './drawing.js';
import { frames } from './drawing.js';
import { escapeHtml, nameHtml } from './escape.js';

/** A part of the page: one plot, what to see in it, and its data. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  /** What is drawn, in which unit, and what to look for: plain text. */
  readonly see: string;
  /** HTML. */
  readonly body: string;
  /** The data of the plot, header first. */
  readonly table: readonly (readonly (string | number | null)[])[];
  /** The file of the folder that the data is from. */
  readonly file: string;
}

export function figureHtml({ id, title, see, body, table, file }: Figure): string {
  const csv = Buffer.from(csvText(table)).toString('base64');
  return `<section id="${id}">
<h2>${escapeHtml(title)}</h2>
<p class="see">${escapeHtml(see)}</p>
${body}
<p class="data">Data:
<a download="${id}.csv" href="data:text/csv;charset=utf-8;base64,${csv}">${id}.csv</a> (this plot) ·
<a href="${file}">${file}</a> (all of it, beside this page)</p>
</section>`;
}

/** The plot in both widths, of which the style sheet shows one. `label` is for those who cannot see it. */
export function bothSizes(label: string, draw: (frame: Frame) => string): string {
  return frames
    .map(
      (frame) =>
        `<div class="plot ${frame.size}" role="img" aria-label="${escapeHtml(label)}">${draw(frame)}</div>`,
    )
    .join('\n');
}

export interface LegendEntry {
  /** A name of a file's or a word of ours. */
  readonly name: string;
  readonly color: string;
  readonly dash?: string;
}

/** Names beside lines in their colours. */
export function legendHtml(entries: readonly LegendEntry[]): string {
  const items = entries.map(
    ({ name, color, dash = 'none' }) =>
      `<li><svg width="26" height="10" aria-hidden="true"><line x1="0" x2="26" y1="5" y2="5" stroke="${color}" ` +
      `stroke-width="2.5" stroke-dasharray="${dash}"/></svg> ${nameHtml(name)}</li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}
