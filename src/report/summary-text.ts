import type { FrameworkSummary, RoleSummary, RunSummary, TaskGroup } from '../metrics/summary.js';
import type { Distribution } from '../metrics/distribution.js';
import { escapeControls } from '../workloads/escape-controls.js';
import { alignColumns, labelledFacts, sideBySide } from './columns.js';
import {
  humanCount,
  humanCounted,
  humanDuration,
  humanFactor,
  humanPart,
  humanResource,
  humanSpan,
} from './human.js';

/** What went into a run, for the lines above the results. */
export interface RunInputs {
  readonly trace: {
    readonly path: string;
    readonly tasks: number;
    readonly services: number;
    readonly jobs: number;
    readonly frameworks: number;
    readonly roles: number;
    /** From the origin to the last submit, in seconds. */
    readonly span: number;
    readonly dropped: number;
  };
  readonly cluster: {
    readonly agents: number;
    /** Milli-units by resource name. */
    readonly totals: readonly (readonly [name: string, milli: number])[];
    /** Where it is from: `from --agents`. */
    readonly source: string;
  };
  /** How offers are made, in a few words each: `demand offers`, `1 s batches`, `seed 1`. */
  readonly allocator: readonly string[];
  readonly load: Readonly<Record<string, number>>;
  /** One line each: what a person should know before believing the figures. */
  readonly notes: readonly string[];
}

/** Labels stand in a column of this width. */
const LABEL = 11;
/** Rows of the table of roles: with all else that is there a screen of 24 lines holds them. */
const MOST_ROLES = 4;
/** Rows of the table of frameworks where there are more than a pair: it stands under the resources, beside the roles. */
const MOST_FRAMEWORKS = 1;
/** Blanks between the tables: 80 columns hold both. */
const GAP = 3;
/** Kinds of tasks that did not run. */
const MOST_GROUPS = 3;

/** What went in: trace, cluster, allocator, load. */
export function inputsText({ trace, cluster, allocator, load, notes }: RunInputs): string {
  const batch = trace.tasks - trace.services;
  const amounts = cluster.totals.map(([name, milli]) => humanResource(name, milli));
  return lines([
    ...labelledFacts('trace', [
      trace.path,
      [
        ...(batch > 0 ? [humanCounted(batch, 'task')] : []),
        ...(trace.services > 0 ? [humanCounted(trace.services, 'service')] : []),
      ].join(' + '),
      ...(trace.jobs < trace.tasks ? [humanCounted(trace.jobs, 'job')] : []),
      ...(trace.frameworks > 1 ? [humanCounted(trace.frameworks, 'framework')] : []),
      ...(trace.roles > 1 ? [humanCounted(trace.roles, 'role')] : []),
      humanSpan(trace.span),
      ...(trace.dropped > 0 ? [`${humanCounted(trace.dropped, 'row')} left out`] : []),
    ]),
    ...labelledFacts('cluster', [humanCounted(cluster.agents, 'agent'), ...amounts, cluster.source]),
    ...labelledFacts('allocator', allocator),
    ...labelledFacts('load', loadFacts(load)),
    ...notes.flatMap((note) => labelledFacts('note', [note])),
  ]);
}

/** Demand over capacity, and what that means: most surprising results are an overloaded or an empty cluster. */
function loadFacts(load: Readonly<Record<string, number>>): string[] {
  const asked = Object.entries(load).filter(([, factor]) => factor > 0);
  const most = Math.max(0, ...asked.map(([, factor]) => factor));
  if (most === 0) return ['nothing that takes time'];
  const factors = asked.map(([name, factor]) => `${name} ${humanFactor(factor)}`);
  factors[factors.length - 1] += ' of capacity';
  if (most > 1) return [...factors, 'overloaded: the queue grows while tasks arrive'];
  if (most < 0.1) return [...factors, 'nearly empty: hardly a task waits for another'];
  return factors;
}

/** What came out, on one screen. */
export function resultsText(summary: RunSummary): string {
  const { tasks, makespan, offers } = summary;
  const shown = summary.timeToRunning;
  const isDelayed = JSON.stringify(shown) !== JSON.stringify(summary.wait);
  const services = runningServices(summary);
  const counted: [number, string][] = [
    [tasks.failed, 'failed'],
    [tasks.killed, 'killed'],
    [tasks.error, 'error'],
    [tasks.lost, 'lost'],
    [services, services === 1 ? 'service up' : 'services up'],
    [tasks.unfinished - services, 'unfinished'],
    [tasks.unschedulable, 'unschedulable'],
  ];
  const outcomes = [
    `${humanCount(tasks.finished)} finished`,
    ...counted.filter(([count]) => count > 0).map(([count, what]) => `${humanCount(count)} ${what}`),
    ...(makespan === null ? [] : [`makespan ${humanDuration(makespan)}`]),
  ];
  const share = (count: number): string => humanPart(offers.made > 0 ? count / offers.made : null);
  const why = declinedText(offers.declinedFor);
  return lines([
    ...(summary.partial
      ? labelledFacts('PARTIAL', [
          `interrupted at ${humanDuration(summary.endedAt)}: the figures hold up to then`,
        ])
      : []),
    ...alignColumns(
      [
        ['', 'mean', 'p50', 'p95', 'p99', 'max'],
        ['wait', ...distribution(summary.wait, humanDuration)],
        ...(isDelayed ? [['until running', ...distribution(shown, humanDuration)]] : []),
        ['time to end', ...distribution(summary.jct, humanDuration)],
        [
          'slowdown',
          ...distribution(summary.slowdown, (value) => (value === null ? '-' : humanFactor(value))),
        ],
      ],
      [LABEL + 2, 7, 7, 7, 7, 7],
    ),
    ...sideBySide(
      [...resourceTable(summary), ...frameworkTable(summary.frameworks)],
      roleTable(summary.roles),
      GAP,
    ),
    ...labelledFacts('tasks', outcomes),
    ...labelledFacts('offers', [
      `${humanCount(offers.made)} made`,
      `${share(offers.accepted)} accepted`,
      `${share(offers.declined)} declined${why}`,
      ...(offers.rescinded > 0 ? [`${share(offers.rescinded)} rescinded`] : []),
      ...(why === '' ? [humanCounted(summary.allocationCycles.count, 'allocation')] : []),
    ]),
    ...fairnessLine(summary),
    ...labelledFacts('hash', [
      `${summary.decisionHash} of all decisions`,
      `${humanCounted(summary.events, 'event')} in ${humanDuration(summary.timing.wallSeconds)}`,
      ...(isCut(summary) ? ['more: --json'] : []),
    ]),
    ...groupLines('left out', summary.unschedulable),
    ...(summary.stalled
      ? groupLines(
          'stuck',
          summary.unfinished.filter(({ running }) => !running),
        )
      : []),
  ]);
}

const declineWords = {
  nothingQueued: 'nothing queued',
  tooSmall: 'too small',
  wrongAgent: 'wrong agent',
  gangTooLarge: 'no room for gang',
} as const;

/** A reason for fewer of the declined offers than this is left to --json. */
const LEAST_REASON = 0.05;

/** Why coarse offers were declined, the most frequent reason first; in parts of those with a reason. */
function declinedText(declinedFor: RunSummary['offers']['declinedFor']): string {
  const reasons = Object.entries(declinedFor) as [keyof typeof declineWords, number][];
  const told = reasons.reduce((sum, [, count]) => sum + count, 0);
  const parts = reasons
    .filter(([, count]) => count >= LEAST_REASON * told && count > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([why, count]) => `${humanPart(count / told)} ${declineWords[why]}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function runningServices({ unfinished }: RunSummary): number {
  const services = unfinished.filter(({ kind, running }) => kind === 'service' && running);
  return services.reduce((sum, { tasks }) => sum + tasks, 0);
}

/** Tasks that did not run, and why: the largest groups. */
function groupLines(label: string, groups: readonly TaskGroup[]): string[] {
  const shown = groups.toSorted((a, b) => b.tasks - a.tasks).slice(0, MOST_GROUPS);
  const more = groups.length - shown.length;
  return [
    ...shown.map(groupText),
    ...(more > 0 ? [`and ${humanCounted(more, 'kind')} of task more (--json)`] : []),
  ].flatMap((text, i) => labelledFacts(i === 0 ? label : '', [text]));
}

function groupText({ tasks, role, resources, constraint, reason }: TaskGroup): string {
  const where = constraint === null ? '' : `, ${constraint}`;
  const whose = role === '*' ? '' : ` of ${role}`;
  return escapeControls(`${humanCounted(tasks, 'task')}${whose} (${resources}${where}): ${reason}`);
}

/** The resources that tasks ask for. */
function resourceTable({ load, utilization, offeredOrAllocated }: RunSummary): string[] {
  const names = Object.keys(load).filter((name) => load[name] > 0);
  const rows = names.map((name) => [
    name,
    humanPart(utilization[name]),
    humanPart(offeredOrAllocated[name] - utilization[name]),
    humanPart(Math.max(0, 1 - offeredOrAllocated[name])),
  ]);
  return alignColumns([['', 'used', 'offered', 'idle'], ...rows], [LABEL + 2, 7, 7, 7]);
}

/** The roles that got the least of their fair share first, then those that waited longest. */
function roleTable(roles: readonly RoleSummary[]): string[] {
  if (roles.length < 2) return [];
  const percent = ({ shareOfFair }: RoleSummary): number => Math.round((shareOfFair ?? 100) * 100);
  const byNeed = roles.toSorted((a, b) => percent(a) - percent(b) || (b.wait.p95 ?? 0) - (a.wait.p95 ?? 0));
  const rows = byNeed
    .slice(0, MOST_ROLES)
    .map(({ name, share, fairShare, wait }) => [
      shortName(name),
      humanPart(share),
      humanPart(fairShare),
      humanDuration(wait.p95),
    ]);
  return alignColumns([[tableHead('role', MOST_ROLES, roles.length), 'share', 'fair', 'wait p95'], ...rows]);
}

/** The frameworks whose tasks waited longest. */
function frameworkTable(frameworks: readonly FrameworkSummary[]): string[] {
  if (frameworks.length < 2) return [];
  const byWait = frameworks.toSorted(
    (a, b) => (b.wait.p95 ?? 0) - (a.wait.p95 ?? 0) || b.tasks.submitted - a.tasks.submitted,
  );
  const most = shownFrameworks(frameworks);
  const rows = byWait
    .slice(0, most)
    .map(({ name, tasks, wait }) => [shortName(name), humanCount(tasks.submitted), humanDuration(wait.p95)]);
  const head = tableHead('framework', most, frameworks.length);
  return alignColumns([[head, 'tasks', 'wait p95'], ...rows], [20, 7, 9]);
}

/** `role`, or `4 of 6 roles` where rows are left out. */
function tableHead(what: string, most: number, all: number): string {
  return all > most ? `${most} of ${humanCounted(all, what)}` : what;
}

/** Has more roles or frameworks than the tables show. */
function isCut({ roles, frameworks }: RunSummary): boolean {
  return roles.length > MOST_ROLES || frameworks.length > shownFrameworks(frameworks);
}

function shownFrameworks({ length }: readonly FrameworkSummary[]): number {
  return length === 2 ? 2 : MOST_FRAMEWORKS;
}

function shortName(name: string): string {
  const chars = Array.from(escapeControls(name));
  return chars.length > 20 ? `${chars.slice(0, 19).join('')}…` : chars.join('');
}

function fairnessLine({ fairness, roles }: RunSummary): string[] {
  const compared = roles.filter(({ shareOfFair }) => shareOfFair !== null);
  if (compared.length < 2) return [];
  const worst = compared.reduce((least, role) => (role.shareOfFair! < least.shareOfFair! ? role : least));
  return labelledFacts('fair?', [
    `Jain ${fairness.jain.toFixed(3)}`,
    `worst role ${shortName(worst.name)} at ${humanFactor(worst.shareOfFair!)} of its fair share`,
  ]);
}

function distribution(values: Distribution, show: (value: number | null) => string): string[] {
  return [values.mean, values.p50, values.p95, values.p99, values.max].map(show);
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}
