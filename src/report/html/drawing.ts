// Plots are elements of a document, also where there is no browser.
/// <reference lib="dom" />
import type * as PlotModule from '@observablehq/plot';

/** What plots are drawn with: Observable Plot on a document without a browser. */
export interface Drawing {
  readonly Plot: typeof PlotModule;
  /** Draws one plot as SVG text. Same options, same text. */
  readonly draw: (options: PlotModule.PlotOptions) => string;
}

/**
 * Loads the two packages, which takes a while: only a run that writes a report pays for them. linkedom comes as the one file
 * it is also built as, which is read in half the time of its many.
 */
export async function loadDrawing(): Promise<Drawing> {
  const [Plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom/worker')]);
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  return {
    Plot,
    draw: (options) => {
      const svg = Plot.plot({
        document,
        ...options,
        style: { background: 'none', color: 'currentColor', fontFamily: 'inherit', overflow: 'visible' },
      });
      return svg.outerHTML;
    },
  };
}

/** Plots come in two widths; the page shows the one that suits the screen. */
export type Size = 'wide' | 'narrow';

export interface Frame {
  readonly size: Size;
  readonly width: number;
  /** Ticks that fit on the horizontal axis. */
  readonly ticks: number;
}

export const frames: readonly Frame[] = [
  { size: 'wide', width: 760, ticks: 12 },
  { size: 'narrow', width: 370, ticks: 5 },
];

/** Colours of series, from the style sheet: they differ in light and dark. */
export function seriesColor(index: number): string {
  return `var(--c${index % 6})`;
}

/** Dashes that tell series apart on paper without colours. */
export function seriesDash(index: number): string {
  return ['none', '6 3', '2 2', '8 2 2 2', '4 4', '1 3'][index % 6];
}
