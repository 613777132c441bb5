import { sortersText } from '../cluster/sorters.js';
import type { ComparedMetric, Difference } from '../metrics/comparison.js';
import { alignColumns, labelledFacts } from './columns.js';
import type { Comparison } from './comparison.js';
import { humanCount, humanCounted, humanDuration } from './human.js';

/** A comparison for a terminal: a table per allocator, and a line on each that names no winner inside the noise. */
export function comparisonText(comparison: Comparison): string {
  const { baseline, comparisons, complete, replications, workload, seed, sorters } = comparison;
  return [
    ...(comparison.partial
      ? labelledFacts('PARTIAL', [`interrupted: ${complete} of ${replications} replications are through`])
      : []),
    ...labelledFacts('compared', [
      workload.name,
      humanCounted(complete, 'replication'),
      `seeds ${seed}/1 to ${seed}/${complete}`,
      ...(sorters === undefined ? [] : [sortersText(sorters)]),
      workload.isDrawn ? 'a workload drawn anew for each' : 'one workload for all',
    ]),
    '',
    ...comparisons.flatMap(({ allocator, differences }) => [
      ...differenceTable(comparison, allocator, baseline, differences),
      '',
    ]),
    ...comparisons.flatMap(({ allocator, differences }) =>
      labelledFacts('verdict', [verdictLine(allocator, baseline, differences, comparison.metrics)]),
    ),
    ...comparisonNotes(comparison).flatMap((note) => labelledFacts('note', [note])),
    '',
  ].join('\n');
}

function differenceTable(
  { metrics }: Comparison,
  allocator: string,
  baseline: string,
  differences: readonly Difference[],
): string[] {
  const head = ['', short(baseline), short(allocator), 'diff.', '95 % interval', 'verdict'];
  return alignColumns([head, ...differenceCells(metrics, differences)]);
}

/** A row per metric: its name, both means, the difference, its interval, the verdict. */
export function differenceCells(
  metrics: readonly ComparedMetric[],
  differences: readonly Difference[],
): string[][] {
  return differences.map((difference, i) => {
    const show = (value: number | null): string => amount(metrics[i], value);
    const { low, high } = difference;
    const interval =
      low === null || high === null ? '' : `[${signed(metrics[i], low)}, ${signed(metrics[i], high)}]`;
    return [
      metrics[i].label,
      show(difference.base),
      show(difference.other),
      difference.difference === null ? '-' : signed(metrics[i], difference.difference),
      interval,
      difference.verdict,
    ];
  });
}

/** In words, and no winner named inside the noise. */
export function verdictLine(
  allocator: string,
  baseline: string,
  differences: readonly Difference[],
  metrics: readonly ComparedMetric[],
): string {
  const named = (verdict: Difference['verdict']): string[] =>
    differences.flatMap((difference, i) => (difference.verdict === verdict ? [metrics[i].label] : []));
  const parts = (['better', 'worse'] as const).flatMap((verdict) => {
    const labels = named(verdict);
    return labels.length > 0 ? [`${verdict} at ${labels.join(', ')}`] : [];
  });
  if (differences.every(({ verdict }) => verdict === 'unknown')) {
    return `${allocator} against ${baseline}: one replication tells no noise from a difference`;
  }
  const rest = named('inside the noise').length;
  const same = named('same').length;
  return `${allocator} against ${baseline}: ${[
    ...(parts.length > 0 ? parts : ['no difference outside the noise']),
    ...(parts.length > 0 && rest > 0 ? [`inside the noise at ${humanCounted(rest, 'metric')}`] : []),
    ...(same > 0 ? [`the same at ${humanCount(same)}`] : []),
  ].join('; ')}`;
}

/** What the intervals speak of, and what they do not; runs that stalled. */
export function comparisonNotes({
  workload,
  sorters,
  fixed,
  comparisons,
  complete,
  metrics,
  runs,
}: Comparison): string[] {
  const tests = comparisons.length * metrics.length;
  const stalled = runs.filter(({ end }) => end === 'stalled').length;
  const notes =
    stalled > 0 ? [`${humanCounted(stalled, 'run')} stalled: tasks were left that never started`] : [];
  const isFixed = Object.values(fixed).every(Boolean);
  const arePoints = comparisons.every(({ differences }) =>
    differences.every(({ low, high }) => low === high),
  );
  if (complete > 1 && (isFixed || arePoints) && !workload.isDrawn) {
    const why = isFixed
      ? 'nothing random was in these runs'
      : 'the order of agents, which is drawn, moves no difference';
    notes.push(
      `${why}: the differences hold for this trace and say nothing of others; ` +
        '--generate draws a workload for each replication',
    );
  } else if (!workload.isDrawn) {
    const drawn = sorters === undefined ? 'the order of agents' : 'the order of agents, the random sorter';
    notes.push(
      `the trace is the same in all replications: intervals cover ${drawn} and the latency, not other workloads`,
    );
  }
  if (tests >= 20) {
    notes.push(
      `of ${tests} intervals about ${Math.round(tests / 20)} miss the truth: one verdict alone is weak evidence`,
    );
  }
  return notes;
}

function amount({ unit }: ComparedMetric, value: number | null): string {
  if (value === null) return '-';
  if (unit === 's') return humanDuration(value);
  if (unit === 'part') return `${(value * 100).toFixed(value < 0.01 ? 2 : 1)} %`;
  if (unit === 'factor') return value >= 100 ? humanCount(Math.round(value)) : value.toFixed(3);
  return value % 1 === 0
    ? humanCount(value)
    : `${humanCount(Math.floor(value))}.${Math.floor((value % 1) * 10)}`;
}

function signed(metric: ComparedMetric, value: number): string {
  const size = amount(metric, Math.abs(value));
  // Less than is shown has no sign.
  if (value === 0 || /^[0.]+( %)?$/.test(size)) return amount(metric, 0);
  return `${value < 0 ? '-' : '+'}${size}`;
}

/** Its end, where a path has its name. */
export function short(allocator: string, most = 16): string {
  return allocator.length > most ? `…${allocator.slice(1 - most)}` : allocator;
}
