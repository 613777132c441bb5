/** The plots of how waits and slowdowns are spread, and of what became of the offers. */
import type { Curve } from '../../metrics/spreads.js';
import { humanCount, humanPart } from '../human.js';
import { decimal } from '../out/run-tables.js';
import { seriesColor, seriesDash, type Drawing, type Frame } from './drawing.js';
import { bothSizes, legendHtml, type Figure } from './figure.js';

interface Spread {
  readonly id: string;
  readonly title: string;
  readonly see: string;
  readonly label: string;
  readonly xLabel: string;
  readonly curves: readonly Curve[];
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
  readonly file: string;
  /** Instead of a plot: there are no values; all are the least there is. */
  readonly nothing: string;
  readonly allLeast: string;
}

const durations = [
  0.001,
  0.01,
  0.1,
  1,
  10,
  60,
  600,
  3600,
  6 * 3600,
  86_400,
  7 * 86_400,
  30 * 86_400,
  365 * 86_400,
];

export function waitFigure(drawing: Drawing, curves: readonly Curve[], of: 'role' | 'framework'): Figure {
  return spreadFigure(drawing, {
    id: 'waits',
    title: 'How long tasks waited',
    see:
      'For each length of time, the part of all started tasks that waited no longer, from submit to launch: all tasks, and ' +
      `each large ${of}. A curve further left waited less; a long flat end is a few tasks that waited very long.`,
    label: 'Cumulative distribution of waits',
    xLabel: 'wait (log scale) →',
    curves,
    ticks: durations,
    format: shortDuration,
    file: 'tasks.csv',
    nothing: 'No task has started.',
    allLeast: 'Every task that started was launched within a millisecond of its submit: nothing to draw.',
  });
}

export function slowdownFigure(drawing: Drawing, curve: Curve): Figure {
  return spreadFigure(drawing, {
    id: 'slowdowns',
    title: 'How much longer jobs took',
    see:
      'For each factor, the part of all ended jobs whose bounded slowdown is no larger: the time from submit to end over the ' +
      'run time, which counts as 10 s at least. A slowdown of 1 is a job that never waited.',
    label: 'Cumulative distribution of bounded slowdowns',
    xLabel: 'bounded slowdown (log scale) →',
    curves: [curve],
    ticks: [1, 2, 5].flatMap((factor) => [1, 10, 100, 1e3, 1e4, 1e5, 1e6].map((power) => factor * power)),
    format: (value) => `${humanCount(value)}×`,
    file: 'tasks.csv',
    nothing: 'No job has ended.',
    allLeast: 'Every job took no longer than it ran: nothing to draw.',
  });
}

function spreadFigure({ Plot, draw }: Drawing, spread: Spread): Figure {
  const { curves, ticks, format } = spread;
  // A single point: nothing is above the least value.
  const drawn = curves[0].points.length > 1 ? curves.filter(({ points }) => points.length > 0) : [];
  const least = Math.min(...drawn.map(({ points }) => firstOf(points)));
  const most = Math.max(...drawn.map(({ points }) => points[points.length - 1].value));
  const domain = [Math.log10(least), Math.log10(Math.max(most, least * 10))] as const;
  const marks = ticks.map(Math.log10).filter((at) => at >= domain[0] && at <= domain[1]);
  // Logarithms on a linear scale: a log scale leaves out labels as it likes.
  const body = ({ width, ticks: room }: Frame): string =>
    draw({
      width,
      height: 280,
      marginLeft: 50,
      marginTop: 24,
      marginRight: 30,
      marginBottom: 40,
      x: {
        domain,
        label: spread.xLabel,
        ticks: thinned(marks, (domain[1] - domain[0]) / room),
        tickFormat: (at: number) => format(Number((10 ** at).toPrecision(6))),
        grid: true,
      },
      y: {
        domain: [0, 1],
        label: '↑ part at or below',
        grid: true,
        ticks: 5,
        tickFormat: (part: number) => `${Math.round(part * 100)} %`,
      },
      marks: [
        Plot.ruleY([0, 1], { strokeOpacity: 0.3 }),
        ...drawn.map(({ points }, i) =>
          Plot.line(
            [
              ...points
                .filter(({ value }) => value >= least)
                .map(({ value, part }): [number, number] => [Math.log10(value), part]),
              [domain[1], 1] as [number, number],
            ],
            lineOf(i),
          ),
        ),
      ],
    });
  return {
    id: spread.id,
    title: spread.title,
    see: spread.see,
    body:
      drawn.length === 0
        ? `<p class="note">${curves[0].count === 0 ? spread.nothing : spread.allLeast}</p>`
        : (drawn.length > 1
            ? legendHtml(drawn.map(({ name }, i) => ({ name: name ?? 'all', ...legendOf(i) })))
            : '') + bothSizes(spread.label, body),
    table: [
      ['of', 'value', 'part'],
      ...curves.flatMap(({ name, points }) =>
        points.map(({ value, part }) => [name ?? 'all', decimal(value), decimal(part)]),
      ),
    ],
    file: spread.file,
  };
}

/** Where a curve begins to be of interest: a decade before it leaves what it is at first. */
function firstOf(points: Curve['points']): number {
  const leaves = points.findIndex(({ part }) => part > points[0].part + 0.002);
  const from = leaves < 0 ? 0 : Math.max(0, leaves - 20);
  return points[from].value;
}

/** All tasks in the colour of text, tenants in colours of their own. */
function lineOf(i: number): { stroke: string; strokeWidth: number; strokeDasharray: string } {
  return i === 0
    ? { stroke: 'currentColor', strokeWidth: 2.2, strokeDasharray: 'none' }
    : { stroke: seriesColor(i - 1), strokeWidth: 1.5, strokeDasharray: seriesDash(i - 1) };
}

function legendOf(i: number): { color: string; dash: string } {
  const { stroke, strokeDasharray } = lineOf(i);
  return { color: stroke, dash: strokeDasharray };
}

/** Those of the ticks that stand far enough apart for their labels. */
function thinned(ticks: readonly number[], least: number): number[] {
  let last = -Infinity;
  return ticks
    .toSorted((a, b) => a - b)
    .filter((at) => {
      if (at - last < least) return false;
      last = at;
      return true;
    });
}

/** `10 ms`, `1 min`, `6 h`, `7 d`. */
function shortDuration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  const [name, length] = [['d', 86_400] as const, ['h', 3600] as const, ['min', 60] as const].find(
    ([, unit]) => seconds >= unit,
  ) ?? ['s', 1];
  return `${Math.round(seconds / length)} ${name}`;
}

/** One bar of the funnel of offers. */
export interface FunnelStep {
  /** A word of ours. */
  readonly name: string;
  readonly count: number;
  readonly kind: 'made' | 'accepted' | 'declined' | 'other';
}

const stepColors: Readonly<Record<FunnelStep['kind'], string>> = {
  made: 'var(--muted)',
  accepted: 'var(--c2)',
  declined: 'var(--c1)',
  other: 'var(--c4)',
};

export function funnelFigure({ Plot, draw }: Drawing, steps: readonly FunnelStep[]): Figure {
  const made = Math.max(1, steps[0].count);
  const names = steps.map(({ name }) => name);
  const plot = ({ width, size }: Frame): string =>
    draw({
      width,
      height: 30 + steps.length * 30,
      marginLeft: 190,
      marginTop: 6,
      marginRight: size === 'wide' ? 130 : 20,
      marginBottom: 10,
      x: { domain: [0, size === 'wide' ? made : made * 2.6], axis: null },
      y: { domain: names, label: null, tickSize: 0 },
      marks: [
        Plot.barX(steps, {
          x: 'count',
          y: 'name',
          fill: (step: FunnelStep) => stepColors[step.kind],
          insetTop: 3,
          insetBottom: 3,
        }),
        Plot.text(steps, {
          x: 'count',
          y: 'name',
          text: ({ count }: FunnelStep) => `${humanCount(count)} · ${humanPart(count / made)}`,
          textAnchor: 'start',
          dx: 6,
          fill: 'currentColor',
        }),
      ],
    });
  return {
    id: 'offers',
    title: 'What became of the offers',
    see:
      'Offers that the master made, and their answers. Declined because nothing is queued is harmless; many that are too ' +
      'small mean that what is free is scattered over agents in pieces that the next task does not fit into.',
    body: bothSizes('Offers made, accepted, declined and rescinded', plot),
    table: [['offers', 'count'], ...steps.map(({ name, count }) => [name, count])],
    file: 'summary.json',
  };
}
