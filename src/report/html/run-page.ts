/** The page of one run: `report.html`. */
import type { Curve } from '../../metrics/spreads.js';
import type { Distribution } from '../../metrics/distribution.js';
import type { RunSummary } from '../../metrics/summary.js';
import type { Timeline } from '../../metrics/timeline.js';
import {
  humanCount,
  humanCounted,
  humanDuration,
  humanFactor,
  humanPart,
  humanResource,
  humanSpan,
} from '../human.js';
import type { RunInputs } from '../summary-text.js';
import { loadDrawing } from './drawing.js';
import { escapeHtml, nameHtml } from './escape.js';
import { figureHtml } from './figure.js';
import { factsHtml, pageHtml, tableHtml } from './page.js';
import { funnelFigure, slowdownFigure, waitFigure, type FunnelStep } from './spread-figures.js';
import { heatFigure, queueFigure, sharesFigure, utilisationFigure } from './time-figures.js';

/** Rows of the table of roles. */
const MOST_ROLES = 12;

export interface RunPageInput {
  readonly summary: RunSummary;
  readonly inputs: RunInputs;
  readonly timeline: Timeline;
  readonly waits: readonly Curve[];
  readonly slowdowns: Curve;
  /** A command line that makes the same run. */
  readonly repeat: string;
}

/** One page without scripts that asks for nothing from anywhere. A function of its input, byte for byte. */
export async function runPage(input: RunPageInput): Promise<string> {
  const { summary, inputs, timeline } = input;
  const drawing = await loadDrawing();
  const hasTenants = timeline.tenants.length > 1;
  const figures = [
    utilisationFigure(drawing, timeline),
    ...(hasTenants ? [sharesFigure(drawing, timeline)] : []),
    waitFigure(drawing, input.waits, timeline.tenantKind),
    slowdownFigure(drawing, input.slowdowns),
    queueFigure(drawing, timeline),
    funnelFigure(drawing, funnelSteps(summary)),
    heatFigure(drawing, timeline),
  ];
  const title = `${summary.allocator} on ${inputs.trace.path}`;
  return pageHtml(
    title,
    `<h1>${nameHtml(summary.allocator, 80)} on ${nameHtml(inputs.trace.path, 160)}</h1>
${warningHtml(summary)}
${runFactsHtml(input)}
<div class="tables">
${distributionTable(summary)}
${roleTable(summary)}
</div>
${figures.map(figureHtml).join('\n')}
<footer>Everything on this page is a function of the run's inputs, and is in the files beside it:
<a href="summary.json">summary.json</a>, <a href="tasks.csv">tasks.csv</a>, <a href="decisions.csv">decisions.csv</a>,
<a href="roles.csv">roles.csv</a>, <a href="frameworks.csv">frameworks.csv</a>, <a href="timeseries.csv">timeseries.csv</a>,
<a href="manifest.json">manifest.json</a>.</footer>`,
  );
}

function warningHtml({ partial, stalled, endedAt }: RunSummary): string {
  const warning = (text: string): string => `<p class="partial">${text}</p>`;
  if (partial) {
    return warning(
      `Interrupted at ${humanDuration(endedAt)} of simulated time: everything here holds up to then.`,
    );
  }
  return stalled ? warning('The run stalled: tasks were left that nothing could ever start.') : '';
}

function runFactsHtml({ summary, inputs, repeat }: RunPageInput): string {
  const { trace, cluster, allocator, load, notes } = inputs;
  const { tasks, makespan, fairness } = summary;
  const asked = Object.entries(load).filter(([, factor]) => factor > 0);
  const facts: [string, string][] = [
    [
      'trace',
      `${nameHtml(trace.path, 200)} · ${humanCounted(trace.tasks, 'task')} · ${humanCounted(trace.jobs, 'job')} · ` +
        `${humanCounted(trace.frameworks, 'framework')} · ${humanCounted(trace.roles, 'role')} · ${humanSpan(trace.span)}`,
    ],
    [
      'cluster',
      [
        humanCounted(cluster.agents, 'agent'),
        ...cluster.totals.map(([name, milli]) => escapeHtml(humanResource(name, milli))),
        escapeHtml(cluster.source),
      ].join(' · '),
    ],
    ['allocator', allocator.map(escapeHtml).join(' · ')],
    [
      'load',
      asked.length === 0
        ? 'nothing that takes time'
        : `${asked.map(([name, factor]) => `${escapeHtml(name)} ${humanFactor(factor)}`).join(' · ')} of capacity`,
    ],
    [
      'tasks',
      [
        `${humanCount(tasks.finished)} finished`,
        ...(['failed', 'killed', 'error', 'lost', 'unfinished', 'unschedulable'] as const)
          .filter((outcome) => tasks[outcome] > 0)
          .map((outcome) => `${humanCount(tasks[outcome])} ${outcome}`),
        ...(makespan === null ? [] : [`makespan ${humanDuration(makespan)}`]),
      ].join(' · '),
    ],
    [
      'fairness',
      `Jain ${fairness.jain.toFixed(3)} · least / largest share of fair ${fairness.minMaxShare.toFixed(2)}`,
    ],
    ['decisions', `hash ${escapeHtml(summary.decisionHash)} · ${humanCounted(summary.events, 'event')}`],
    ['repeat', `<code>${escapeHtml(repeat)}</code>`],
    ...notes.map((note): [string, string] => ['note', escapeHtml(note)]),
  ];
  return factsHtml(facts);
}

function distributionTable({ wait, timeToRunning, jct, slowdown }: RunSummary): string {
  const row = (name: string, values: Distribution, show: (value: number | null) => string): string[] => [
    name,
    ...[values.mean, values.p50, values.p95, values.p99, values.max].map(show),
  ];
  const factor = (value: number | null): string => (value === null ? '-' : humanFactor(value));
  return tableHtml(
    ['', 'mean', 'p50', 'p95', 'p99', 'max'],
    [
      row('wait', wait, humanDuration),
      row('time until running', timeToRunning, humanDuration),
      row('job, submit to end', jct, humanDuration),
      row('bounded slowdown', slowdown, factor),
    ],
  );
}

function roleTable({ roles }: RunSummary): string {
  if (roles.length < 2) return '';
  const shown = roles.toSorted((a, b) => b.share - a.share).slice(0, MOST_ROLES);
  const table = tableHtml(
    ['role', 'weight', 'share', 'fair share', 'of fair', 'tasks', 'wait p50', 'wait p95'],
    shown.map(({ name, weight, share, fairShare, shareOfFair, tasks, wait }) => [
      nameHtml(name, 24),
      String(weight),
      humanPart(share),
      humanPart(fairShare),
      shareOfFair === null ? '-' : humanFactor(shareOfFair),
      humanCount(tasks.submitted),
      humanDuration(wait.p50),
      humanDuration(wait.p95),
    ]),
  );
  const left = roles.length - shown.length;
  return left > 0 ? `${table}<p class="note">${humanCounted(left, 'role')} more in roles.csv.</p>` : table;
}

function funnelSteps({ offers }: RunSummary): FunnelStep[] {
  const { made, accepted, declined, rescinded, declinedFor: declines } = offers;
  const reasons: [string, number][] = [
    ['declined: nothing queued', declines.nothingQueued],
    ['declined: too small', declines.tooSmall],
    ['declined: wrong agent', declines.wrongAgent],
    ['declined: no room for gang', declines.gangTooLarge],
  ];
  const told = reasons.reduce((sum, [, count]) => sum + count, 0);
  const open = made - accepted - declined - rescinded;
  return [
    { name: 'made', count: made, kind: 'made' },
    { name: 'accepted', count: accepted, kind: 'accepted' },
    ...[...reasons, ['declined: no reason told', declined - told] as const]
      .filter(([, count]) => count > 0)
      .map(([name, count]) => ({ name, count, kind: 'declined' as const })),
    ...[['rescinded or invalid', rescinded] as const, ['still open at the end', open] as const]
      .filter(([name, count]) => count > 0 || name.startsWith('rescinded'))
      .map(([name, count]) => ({ name, count, kind: 'other' as const })),
  ];
}
