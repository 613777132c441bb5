import { parse } from 'csv-parse/sync';
import { escapeControls } from '../workloads/escape-controls.js';
import { alignColumns, labelledFacts } from './columns.js';
import { humanCount, humanDuration, humanFactor, humanPart } from './human.js';
import type { FirstDifference, ReadOut } from './out/read-out.js';

/** What differs between two runs. */
export interface RunDiff {
  readonly one: string;
  readonly two: string;
  /** Options that only one has, or that have other values. */
  readonly arguments: { readonly only1: readonly string[]; readonly only2: readonly string[] };
  /** Versions, trace and cluster: name and both values, where they differ. */
  readonly inputs: readonly { readonly name: string; readonly one: string; readonly two: string }[];
  readonly sameDecisions: boolean;
  readonly firstDecision: FirstDifference | null;
  /** Figures of the summary that differ, in its order. */
  readonly metrics: readonly {
    readonly key: string;
    readonly one: number | null;
    readonly two: number | null;
  }[];
}

/** Lists of a summary are not compared figure by figure; timing is of the machine. */
const leftOut = new Set([
  'timing',
  'roles',
  'frameworks',
  'unschedulable',
  'unfinished',
  'trace',
  'decisionHash',
  'seed',
  'allocator',
]);

export function diffOf(one: ReadOut, two: ReadOut, first: FirstDifference | undefined): RunDiff {
  const [words1, words2] = [one, two].map(({ arguments: given }) => optionWords(given));
  const facts = (out: ReadOut): [string, string][] => {
    const { trace, allocator, seed } = out.summary;
    return [
      ...Object.entries(out.versions),
      ['trace', trace.path],
      ['trace sha256', trace.sha256.slice(0, 16)],
      ['cluster', JSON.stringify(out.cluster)],
      ['allocator', allocator],
      ['seed', seed],
    ];
  };
  const other = new Map(facts(two));
  const figures2 = new Map(figuresOf(two.summary));
  return {
    one: one.path,
    two: two.path,
    arguments: {
      only1: words1.filter((word) => !words2.includes(word)),
      only2: words2.filter((word) => !words1.includes(word)),
    },
    inputs: facts(one)
      .map(([name, value]) => ({ name, one: value, two: other.get(name) ?? '' }))
      .filter((fact) => fact.one !== fact.two),
    sameDecisions: first === undefined,
    firstDecision: first ?? null,
    metrics: figuresOf(one.summary)
      .map(([key, value]) => ({ key, one: value, two: figures2.get(key) ?? null }))
      .filter((figure) => figure.one !== figure.two),
  };
}

/** `--seed 2` as one word, a file as it is. */
function optionWords(given: readonly string[]): string[] {
  const words: string[] = [];
  for (const word of given) {
    const last = words.at(-1);
    if (!word.startsWith('--') && last !== undefined && /^--\S+$/.test(last))
      words[words.length - 1] = `${last} ${word}`;
    else words.push(word);
  }
  return words;
}

/** Numbers and switches below a summary, with dots between the keys. */
function figuresOf(summary: Readonly<Record<string, unknown>>, above = ''): [string, number | null][] {
  return Object.entries(summary).flatMap(([key, value]): [string, number | null][] => {
    if (above === '' && leftOut.has(key)) return [];
    if (typeof value === 'number' || value === null) return [[above + key, value]];
    if (typeof value === 'boolean') return [[above + key, Number(value)]];
    if (typeof value !== 'object' || Array.isArray(value)) return [];
    return figuresOf(value as Record<string, unknown>, `${above}${key}.`);
  });
}

/** The figures that a person reads first; the rest follow as far as there is room. */
const first = [
  'wait.mean',
  'wait.p95',
  'jct.mean',
  'slowdown.mean',
  'makespan',
  'utilization.cpus',
  'utilization.mem',
  'fairness.jain',
  'tasks.finished',
  'tasks.unfinished',
  'offers.made',
];
const MOST_METRICS = 14;

/** A screen. */
export function diffText(diff: RunDiff): string {
  const { only1, only2 } = diff.arguments;
  const changed = [...only1.map((word) => `- ${word}`), ...only2.map((word) => `+ ${word}`)];
  const ordered = diff.metrics.toSorted((a, b) => rank(a.key) - rank(b.key));
  const shown = ordered.slice(0, MOST_METRICS);
  const rows = shown.map(({ key, one, two }) => [key, figure(key, one), figure(key, two), change(one, two)]);
  return [
    ...labelledFacts('one', [diff.one]),
    ...labelledFacts('two', [diff.two]),
    ...(changed.length > 0
      ? changed.flatMap((word, i) => labelledFacts(i === 0 ? 'arguments' : '', [word]))
      : labelledFacts('arguments', ['the same'])),
    ...diff.inputs.flatMap(({ name, one, two }) => labelledFacts(name, [`${one} → ${two}`], 14)),
    ...decisionLines(diff.firstDecision),
    ...(rows.length === 0
      ? labelledFacts('figures', ['the same, all of them'])
      : ['', ...alignColumns([['', 'one', 'two', 'change'], ...rows])]),
    ...(ordered.length > shown.length
      ? [`and ${humanCount(ordered.length - shown.length)} more figures (--json)`]
      : []),
    '',
  ].join('\n');
}

function rank(key: string): number {
  const at = first.indexOf(key);
  return at < 0 ? first.length : at;
}

function decisionLines(difference: FirstDifference | null): string[] {
  if (difference === null) return labelledFacts('decisions', ['the same, all of them']);
  const [one, two] = difference.rows.map((row) =>
    row === undefined ? 'none: the run was over' : decisionText(row),
  );
  return [
    ...labelledFacts('decisions', [`part at number ${humanCount(difference.decision)}:`]),
    ...labelledFacts('', [`one  ${one}`]),
    ...labelledFacts('', [`two  ${two}`]),
  ];
}

/** `task 17 of web (role prod) on a4 at 2h 05m, share 0.25`. */
function decisionText(row: string): string {
  const [cells = []]: string[][] = parse(row, {
    relaxQuotes: true,
    relaxColumnCount: true,
    skipRecordsWithError: true,
  });
  if (cells.length < 6) return escapeControls(row);
  const [time, task, framework, role, agent, share] = cells;
  const what = `task ${task} of ${framework} (role ${role}) on ${agent}`;
  return `${escapeControls(what)} at ${humanDuration(Number(time))}, share ${share}`;
}

const durations = /^(wait|timeToRunning|jct|jobs\.wait)\.|^makespan$|^endedAt$/;
const parts = /^(utilization|offeredOrAllocated)\./;

function figure(key: string, value: number | null): string {
  if (value === null) return '-';
  if (durations.test(key)) return humanDuration(value);
  if (parts.test(key)) return humanPart(value);
  return Number.isInteger(value) ? humanCount(value) : humanFactor(value);
}

/** The second against the first, in percent. */
function change(one: number | null, two: number | null): string {
  if (one === null || two === null || one === 0) return '';
  const percent = ((two - one) / Math.abs(one)) * 100;
  const digits = Math.abs(percent) < 10 ? 2 : 0;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(digits)} %`;
}
