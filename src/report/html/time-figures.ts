/** The plots over simulated time. */
import type { AgentLoad, TenantLine, Timeline } from '../../metrics/timeline.js';
import type { TimeBins } from '../../metrics/time-bins.js';
import { humanCount, humanPart } from '../human.js';
import { decimal, thousandths } from '../out/run-tables.js';
import { seriesColor, seriesDash, type Drawing, type Frame } from './drawing.js';
import { nameHtml } from './escape.js';
import { bothSizes, legendHtml, type Figure } from './figure.js';
import { timeAxis } from './time-axis.js';

/** Tenants that are drawn. */
const MOST_TENANTS = 8;
/** Steps of darkness in the heat map. */
const LEVELS = 20;

/** Corners of a staircase through averages per bin: [time in the axis' unit, value]. */
function staircase(
  { startUs, endUs, widthUs }: TimeBins,
  values: Float64Array,
  us: number,
): [number, number][] {
  const corners: [number, number][] = [];
  values.forEach((value, bin) => {
    // In the middle of a level stretch nothing is to be drawn.
    if (bin > 0 && bin < values.length - 1 && value === values[bin - 1]) return;
    const x = (startUs + bin * widthUs) / us;
    if (bin > 0) corners.push([x, values[bin - 1]]);
    corners.push([x, value]);
  });
  corners.push([Math.max(endUs, startUs + 1) / us, values[values.length - 1]]);
  return corners;
}

/** The least round number above all values, at most `cap`. */
function roundTop(most: number, cap = Infinity): number {
  if (most <= 0) return Math.min(1, cap);
  const power = 10 ** Math.floor(Math.log10(most));
  const top = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((factor) => factor * power >= most * 1.02) ?? 10;
  return Math.min(cap, top * power);
}

function largest(series: readonly Float64Array[]): number {
  return series.reduce((most, values) => values.reduce((max, value) => Math.max(max, value), most), 0);
}

function timeColumns({ startUs, endUs, widthUs, count }: TimeBins): [number, number][] {
  return Array.from({ length: count }, (_, bin) => {
    const from = startUs + bin * widthUs;
    return [from / 1e6, Math.min(from + widthUs, Math.max(startUs, endUs)) / 1e6];
  });
}

export function utilisationFigure({ Plot, draw }: Drawing, { bins, used }: Timeline): Figure {
  const axis = timeAxis(bins.startUs, bins.endUs);
  // Resources that no task asks for would be a line at 0.
  const shown = used.filter(({ part }) => part.some((value) => value > 0));
  const top = roundTop(largest(shown.map(({ part }) => part)), 1);
  const plot = ({ width, ticks }: Frame): string =>
    draw({
      width,
      height: 280,
      marginLeft: 50,
      marginTop: 24,
      marginBottom: 40,
      x: { domain: axis.domain, ticks: axis.ticks(ticks), label: axis.label, tickFormat: tick },
      y: { domain: [0, top], label: '↑ used, % of the cluster', grid: true, ticks: 5, tickFormat: percent },
      marks: [
        Plot.ruleY([0]),
        ...shown.map(({ part }, i) =>
          Plot.line(staircase(bins, part, axis.us), {
            stroke: seriesColor(i),
            strokeWidth: 1.8,
            strokeDasharray: seriesDash(i),
          }),
        ),
      ],
    });
  return {
    id: 'utilisation',
    title: 'Utilisation over time',
    see:
      'How much of each resource tasks used, as a part of what the cluster has. The line that comes nearest to 100 % is the ' +
      'bottleneck; where lines lie far apart, what is left of one resource cannot be sold without the other.',
    body:
      legendHtml(shown.map(({ name }, i) => ({ name, color: seriesColor(i), dash: seriesDash(i) }))) +
      bothSizes('Used part of each resource over time', plot),
    table: [
      ['time_s', 'until_s', ...used.map(({ name }) => `used_${name}`)],
      ...timeColumns(bins).map((time, bin) => [...time, ...used.map(({ part }) => decimal(part[bin]))]),
    ],
    file: 'timeseries.csv',
  };
}

export function queueFigure({ Plot, draw }: Drawing, { bins, queued }: Timeline): Figure {
  const axis = timeAxis(bins.startUs, bins.endUs);
  const line = staircase(bins, queued, axis.us);
  const plot = ({ width, ticks }: Frame): string =>
    draw({
      width,
      height: 220,
      marginLeft: 50,
      marginTop: 24,
      marginBottom: 40,
      x: { domain: axis.domain, ticks: axis.ticks(ticks), label: axis.label, tickFormat: tick },
      y: {
        domain: [0, roundTop(largest([queued]))],
        label: '↑ tasks waiting',
        grid: true,
        ticks: 5,
        tickFormat: tick,
      },
      marks: [
        Plot.areaY(line, { fill: seriesColor(0), fillOpacity: 0.25 }),
        Plot.line(line, { stroke: seriesColor(0), strokeWidth: 1.5 }),
        Plot.ruleY([0]),
      ],
    });
  return {
    id: 'queue',
    title: 'Queue length over time',
    see:
      'Tasks that had arrived and were not running, on average per stretch of time. A queue that drains is a burst; one ' +
      'that only grows is a cluster too small for its load.',
    body: queued.some((tasks) => tasks > 0)
      ? bothSizes('Number of waiting tasks over time', plot)
      : '<p class="note">No task ever waited: nothing to draw.</p>',
    table: [
      ['time_s', 'until_s', 'queued'],
      ...timeColumns(bins).map((time, bin) => [...time, decimal(queued[bin])]),
    ],
    file: 'timeseries.csv',
  };
}

/** One small plot per tenant. */
export function sharesFigure({ Plot, draw }: Drawing, { bins, tenantKind, tenants }: Timeline): Figure {
  const axis = timeAxis(bins.startUs, bins.endUs);
  const mean = (values: Float64Array): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const weights = new Map(tenants.map((tenant) => [tenant, mean(tenant.share) + mean(tenant.fair)]));
  const shown = tenants.toSorted((a, b) => weights.get(b)! - weights.get(a)!).slice(0, MOST_TENANTS);
  const plot = ({ share, fair }: TenantLine): string => {
    const top = roundTop(largest([share, fair]), 1);
    const line = staircase(bins, share, axis.us);
    return draw({
      width: 370,
      height: 150,
      marginLeft: 46,
      marginTop: 10,
      marginBottom: 34,
      x: { domain: axis.domain, ticks: axis.ticks(6), label: axis.label, tickFormat: tick },
      y: { domain: [0, top], label: null, grid: true, ticks: 3, tickFormat: percent },
      marks: [
        Plot.areaY(line, { fill: seriesColor(0), fillOpacity: 0.3 }),
        Plot.line(line, { stroke: seriesColor(0), strokeWidth: 1.2 }),
        Plot.line(staircase(bins, fair, axis.us), {
          stroke: seriesColor(1),
          strokeWidth: 1.6,
          strokeDasharray: '5 3',
        }),
        Plot.ruleY([0]),
      ],
    });
  };
  const panels = shown.map(
    (tenant) =>
      `<div class="panel"><h3>${nameHtml(tenant.name)}</h3>` +
      `<p class="panel-facts">share ${humanPart(mean(tenant.share))} · fair ${humanPart(mean(tenant.fair))}</p>` +
      `<div role="img" aria-label="Share and fair share over time">${plot(tenant)}</div></div>`,
  );
  const left = tenants.length - shown.length;
  const more =
    left > 0
      ? `<p class="note">The ${MOST_TENANTS} largest; ${humanCount(left)} more are in the files.</p>`
      : '';
  return {
    id: 'shares',
    title: `Dominant share per ${tenantKind} over time`,
    see:
      `The largest part of any resource that each ${tenantKind} held (filled), against its fair share (dashed): what ` +
      'weighted dominant resource fairness would give it for what it wanted just then. Filled above dashed took more than ' +
      'was due, below it got less. Every plot has a scale of its own.',
    body:
      legendHtml([
        { name: 'share held', color: seriesColor(0) },
        { name: 'fair share', color: seriesColor(1), dash: '5 3' },
      ]) + `<div class="panels">${panels.join('\n')}</div>${more}`,
    table: [
      ['time_s', 'until_s', ...shown.flatMap(({ name }) => [`share ${name}`, `fair ${name}`])],
      ...timeColumns(bins).map((time, bin) => [
        ...time,
        ...shown.flatMap(({ share, fair }) => [decimal(share[bin]), decimal(fair[bin])]),
      ]),
    ],
    file: 'timeseries.csv',
  };
}

export function heatFigure({ draw }: Drawing, { agents: heat }: Timeline): Figure {
  const { bins, rows, perRow, agents } = heat;
  const axis = timeAxis(bins.startUs, bins.endUs);
  const plot = ({ width, ticks }: Frame): string =>
    draw({
      width,
      height: Math.max(120, Math.min(420, 70 + rows * 14)),
      marginLeft: 56,
      marginTop: 24,
      marginBottom: 40,
      x: { domain: axis.domain, ticks: axis.ticks(ticks), label: axis.label, tickFormat: tick },
      y: {
        domain: [rows * perRow, 0],
        type: 'linear',
        label: 'agent, by number in the cluster',
        ticks: agentTicks(agents),
        tickFormat: tick,
      },
      marks: [
        (_index, { x, y }, _values, _dimensions, { document }) => {
          const group = document.createElementNS('http://www.w3.org/2000/svg', 'g');
          group.setAttribute('fill', 'var(--heat)');
          group.setAttribute('shape-rendering', 'crispEdges');
          heatPaths(
            heat,
            (us) => Number(x!(us / axis.us)),
            (agent) => Number(y!(agent)),
          ).forEach((d, level) => {
            if (d === '') return;
            const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
            path.setAttribute('d', d);
            path.setAttribute('fill-opacity', String(Math.round((level / LEVELS) * 100) / 100));
            group.append(path);
          });
          return group;
        },
      ],
    });
  const whose =
    perRow === 1 ? 'Each row is an agent' : `Each row is ${humanCount(perRow)} agents that follow each other`;
  return {
    id: 'agents',
    title: 'Agents over time',
    see:
      `${whose}; the stronger the colour, the fuller its busiest resource. Strong bands beside pale ones ` +
      'are load packed on few agents; a pale row all along is an agent that was not needed, or that nobody could use.',
    body:
      `<p class="scale"><span>idle</span><span class="ramp" aria-hidden="true"></span><span>100 % used</span></p>` +
      bothSizes('How full agents were over time', plot),
    table: [
      ['from_s', 'until_s', ...Array.from({ length: rows }, (_, row) => rowName(heat, row))],
      ...timeColumns(bins).map((time, bin) => [
        ...time,
        ...Array.from({ length: rows }, (_, row) => thousandths(heat.load[row * bins.count + bin])),
      ]),
    ],
    file: 'tasks.csv',
  };
}

/** The outline of all cells of a level, by level. Cells of a row that follow each other at one level are one box. */
function heatPaths(
  { bins, rows, perRow, load }: AgentLoad,
  x: (us: number) => number,
  y: (agent: number) => number,
): string[] {
  const paths = Array.from({ length: LEVELS + 1 }, () => '');
  const levelAt = (row: number, bin: number): number => {
    const value = Math.min(1, load[row * bins.count + bin]);
    // What is hardly used is still used.
    return value > 0 ? Math.max(1, Math.round(value * LEVELS)) : 0;
  };
  for (let row = 0; row < rows; row++) {
    const [top, bottom] = [y(row * perRow), y((row + 1) * perRow)].map(
      (value) => Math.round(value * 10) / 10,
    );
    for (let bin = 0; bin < bins.count;) {
      const level = levelAt(row, bin);
      let end = bin + 1;
      while (end < bins.count && levelAt(row, end) === level) end++;
      if (level > 0) {
        const [left, right] = [bin, end].map(
          (at) =>
            Math.round(
              x(Math.min(bins.startUs + at * bins.widthUs, Math.max(bins.endUs, bins.startUs + 1))) * 10,
            ) / 10,
        );
        paths[level] += `M${left} ${top}H${right}V${bottom}H${left}Z`;
      }
      bin = end;
    }
  }
  return paths;
}

function rowName({ perRow, agents }: AgentLoad, row: number): string {
  const last = Math.min(agents, (row + 1) * perRow) - 1;
  return perRow === 1 ? `agent ${row}` : `agents ${row * perRow}-${last}`;
}

/** Agents are whole: a handful of round numbers, and the first. */
function agentTicks(agents: number): number[] {
  const step = [1, 2, 5].flatMap((factor) => [1, 10, 100, 1e3, 1e4, 1e5, 1e6].map((power) => factor * power));
  const distance = step.sort((a, b) => a - b).find((candidate) => agents / candidate <= 8) ?? agents;
  return Array.from({ length: Math.ceil(agents / distance) }, (_, i) => i * distance);
}

function percent(value: number): string {
  return `${Number((value * 100).toFixed(2))} %`;
}

/** `1,500`, `0.5`, `2M`. */
function tick(value: number): string {
  if (value >= 1e6) return `${Number((value / 1e6).toFixed(2))}M`;
  return Number.isInteger(value) ? humanCount(value) : String(Number(value.toFixed(3)));
}
