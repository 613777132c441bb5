/** The page of a comparison: `report.html` of `sim compare --out`. */
import { sortersText } from '../../cluster/sorters.js';
import type { Difference } from '../../metrics/comparison.js';
import type { Comparison } from '../comparison.js';
import { comparisonNotes, differenceCells, short, verdictLine } from '../comparison-text.js';
import { humanCounted } from '../human.js';
import { loadDrawing, type Drawing, type Frame } from './drawing.js';
import { escapeHtml, nameHtml } from './escape.js';
import { bothSizes, figureHtml, type Figure } from './figure.js';
import { factsHtml, pageHtml, tableHtml } from './page.js';

type Compared = Comparison['comparisons'][number];

const colors: Readonly<Partial<Record<Difference['verdict'], string>>> = {
  better: 'var(--c2)',
  worse: 'var(--c4)',
};

/**
 * One page without scripts that asks for nothing from anywhere. A function of its input, byte for byte.
 *
 * @param repeat a command line that makes the same comparison
 */
export async function comparisonPage(comparison: Comparison, repeat: string): Promise<string> {
  const { allocators, workload, complete, replications, seed, sorters, partial, metrics, comparisons } =
    comparison;
  const drawing = await loadDrawing();
  const drawn = sorters === undefined ? [] : [sortersText(sorters)];
  const facts: [string, string][] = [
    [
      'workload',
      `${nameHtml(workload.name, 200)} · ${workload.isDrawn ? 'drawn anew' : 'the same'} in each replication`,
    ],
    [
      'replications',
      escapeHtml([`${complete}`, `seeds ${seed}/1 to ${seed}/${complete}`, ...drawn].join(' · ')),
    ],
    ...comparisons.map(({ allocator, against, differences }): [string, string] => [
      'verdict',
      escapeHtml(verdictLine(allocator, against, differences, metrics)),
    ]),
    ['repeat', `<code>${escapeHtml(repeat)}</code>`],
    ...comparisonNotes(comparison).map((note): [string, string] => ['note', escapeHtml(note)]),
  ];
  const body = [
    `<h1>${allocators.map((name) => nameHtml(name, 60)).join(' · ')} on ${nameHtml(workload.name, 160)}</h1>`,
    ...(partial
      ? [
          `<p class="partial">Interrupted: ${complete} of ${humanCounted(replications, 'replication')} are through.</p>`,
        ]
      : []),
    factsHtml(facts),
    ...comparisons.map((each, i) => figureHtml(differencesFigure(drawing, comparison, each, i))),
    '<footer>Everything on this page is in the files beside it: <a href="comparison.json">comparison.json</a>,',
    '<a href="comparison.csv">comparison.csv</a>, <a href="runs.csv">runs.csv</a>,',
    '<a href="manifest.json">manifest.json</a>.</footer>',
  ];
  return pageHtml(`${allocators.join(', ')} on ${workload.name}`, body.join('\n'));
}

function differencesFigure(
  { Plot, draw }: Drawing,
  { metrics }: Comparison,
  { allocator, against, differences }: Compared,
  number: number,
): Figure {
  // In parts of the baseline's mean, so that metrics of all units share an axis.
  const drawn = differences.flatMap(({ base, difference, low, high, verdict }, i) =>
    base === null || base === 0 || difference === null
      ? []
      : [
          {
            label: metrics[i].label,
            at: (100 * difference) / base,
            low: (100 * (low ?? difference)) / base,
            high: (100 * (high ?? difference)) / base,
            color: colors[verdict] ?? 'var(--muted)',
          },
        ],
  );
  const plot = ({ width, size, ticks }: Frame): string =>
    draw({
      width,
      height: 64 + 22 * drawn.length,
      marginLeft: size === 'wide' ? 190 : 130,
      marginBottom: 40,
      x: { label: `difference, % of the mean under ${short(against, 24)} →`, grid: true, ticks: ticks / 2 },
      y: { domain: drawn.map(({ label }) => label), label: null },
      marks: [
        Plot.ruleX([0], { strokeOpacity: 0.6 }),
        Plot.ruleY(drawn, { y: 'label', x1: 'low', x2: 'high', stroke: 'color', strokeWidth: 2.5 }),
        Plot.dot(drawn, { x: 'at', y: 'label', fill: 'color', r: 4 }),
      ],
    });
  const cells = differenceCells(metrics, differences);
  const table = tableHtml(
    ['', ...[against, allocator].map((name) => nameHtml(name, 24)), 'difference', '95 % interval', 'verdict'],
    cells.map((row) => row.map(escapeHtml)),
  );
  return {
    id: `differences-${number + 1}`,
    title: `${allocator} against ${against}`,
    see:
      'Each dot is a mean difference, each line its 95 % interval. Green: better, the whole line is on one side of 0. ' +
      'Red: worse. Grey: nothing outside the noise. Metrics without a value, or with a mean of 0, are in the table alone.',
    body:
      (drawn.length === 0 ? '' : bothSizes(`differences of ${allocator} against ${against}`, plot)) + table,
    table: [
      ['metric', 'difference_percent', 'low_95_percent', 'high_95_percent'],
      ...drawn.map(({ label, at, low, high }) => [label, at, low, high]),
    ],
    file: 'comparison.csv',
  };
}
