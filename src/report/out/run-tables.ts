import { stringify } from 'csv-stringify/sync';
import { formatMilli } from '../../cluster/resources/scalars.js';
import type { Distribution } from '../../metrics/distribution.js';
import { Outcome } from '../../metrics/recorder.js';
import type { RunRecord } from '../../metrics/run-record.js';
import type { FrameworkSummary, RoleSummary } from '../../metrics/summary.js';
import type { TaskCounts } from '../../metrics/task-counts.js';
import type { Timeline } from '../../metrics/timeline.js';
import { TaskFlag } from '../../workloads/trace.js';
import { cellsOf, CsvFile, csvOptions, csvText, rawCells } from './csv-file.js';

/** Tenants with columns of their own in timeseries.csv. */
const MOST_TENANTS = 20;

/** By number. */
const outcomeNames = Object.entries(Outcome)
  .toSorted(([, a], [, b]) => a - b)
  .map(([name]) => name);

/** One row per task of the trace, in its order. docs/output.md has the columns. @returns the number of rows */
export async function writeTasks(
  path: string,
  { trace, startUs, runningUs, endUs, agent, outcome }: RunRecord,
  agentNames: readonly string[],
): Promise<number> {
  const header = [
    ...['task', 'job', 'framework', 'role', 'kind', 'cpus', 'mem', 'disk', 'gpus'],
    ...['submit_s', 'start_s', 'running_s', 'end_s', 'wait_s', 'agent', 'outcome'],
  ];
  const shapes = rawCells(
    trace.shapes.map(({ cpusMilli, memMilli, diskMilli, gpusMilli }) =>
      [cpusMilli, memMilli, diskMilli, gpusMilli].map(formatMilli).join(),
    ),
  );
  const [frameworks, roles, agents] = [trace.frameworks, trace.roles, agentNames].map(cellsOf);
  const kinds = cellsOf(['batch', 'service']);
  const outcomes = cellsOf(outcomeNames);
  await CsvFile.write(path, header, trace.taskCount, (csv, task) => {
    const job = trace.job[task];
    const jobName = trace.jobNames?.[job];
    csv.integer(task);
    if (jobName === undefined) csv.numbered('job-', job);
    else csv.text(jobName);
    csv.raw(frameworks, trace.framework[task]);
    csv.raw(roles, trace.role[task]);
    csv.raw(kinds, (trace.flags[task] & TaskFlag.service) === 0 ? 0 : 1);
    csv.raw(shapes, trace.shape[task]);
    csv.micros(trace.submitUs[task]);
    csv.micros(startUs[task]);
    csv.micros(runningUs[task]);
    csv.micros(endUs[task]);
    csv.micros(startUs[task] < 0 ? -1 : startUs[task] - trace.submitUs[task]);
    if (agent[task] < 0) csv.empty();
    else csv.raw(agents, agent[task]);
    csv.raw(outcomes, outcome[task]);
  });
  return trace.taskCount;
}

/** One row per launch, in the order in which the master accepted them. @returns the number of rows */
export async function writeDecisions(
  path: string,
  { trace, launches }: RunRecord,
  agentNames: readonly string[],
): Promise<number> {
  const header = ['time_s', 'task', 'framework', 'role', 'agent', 'share', 'framework_share'];
  const [frameworks, roles, agents] = [trace.frameworks, trace.roles, agentNames].map(cellsOf);
  await CsvFile.write(path, header, launches.count, (csv, i) => {
    const task = launches.task[i];
    csv.micros(launches.startUs[i]);
    csv.integer(task);
    csv.raw(frameworks, trace.framework[task]);
    csv.raw(roles, trace.role[task]);
    csv.raw(agents, launches.agent[i]);
    csv.micros(Math.round(launches.roleShare[i] * 1e6));
    csv.micros(Math.round(launches.frameworkShare[i] * 1e6));
  });
  return launches.count;
}

/** One row per role of the trace. */
export function rolesCsv(roles: readonly RoleSummary[]): string {
  return csvOf(
    roles.map(({ name, weight, share, fairShare, shareOfFair, tasks, wait }) => ({
      role: name,
      weight,
      share: decimal(share),
      fair_share: decimal(fairShare),
      share_of_fair: decimal(shareOfFair),
      ...groupCells(tasks, wait),
    })),
  );
}

/** One row per framework of the trace. */
export function frameworksCsv(frameworks: readonly FrameworkSummary[]): string {
  const rows = frameworks.map(({ name, tasks, wait }) => ({ framework: name, ...groupCells(tasks, wait) }));
  return csvText([Object.keys(rows[0]), ...rows.map((row) => Object.values(row))]);
}

/** One row per bin of the timeline. The tenants that held or were due the most have columns of their own. */
export function timeseriesCsv({ bins, queued, running, used, tenantKind, tenants }: Timeline): string {
  const weightOf = ({ share, fair }: (typeof tenants)[number]): number => sum(share) + sum(fair);
  const weights = new Map(tenants.map((tenant) => [tenant, weightOf(tenant)]));
  const most = new Set(
    tenants.toSorted((a, b) => weights.get(b)! - weights.get(a)!).slice(0, MOST_TENANTS),
  );
  const shown = tenants.filter((tenant) => most.has(tenant));
  const header = [
    ...['time_s', 'until_s', 'queued', 'running'],
    ...used.map(({ name }) => `used_${name}`),
    ...shown.flatMap(({ name }) => [`share ${tenantKind} ${name}`, `fair ${tenantKind} ${name}`]),
  ];
  const rows = Array.from({ length: bins.count }, (_, bin) => {
    const from = bins.startUs + bin * bins.widthUs;
    return [
      from / 1e6,
      Math.min(from + bins.widthUs, Math.max(bins.endUs, bins.startUs)) / 1e6,
      decimal(queued[bin]),
      decimal(running[bin]),
      ...used.map(({ part }) => decimal(part[bin])),
      ...shown.flatMap(({ share, fair }) => [decimal(share[bin]), decimal(fair[bin])]),
    ];
  });
  return csvText([header, ...rows]);
}

function groupCells(tasks: TaskCounts, wait: Distribution): Record<string, number | null> {
  return {
    ...tasks,
    wait_mean_s: decimal(wait.mean),
    wait_p50_s: decimal(wait.p50),
    wait_p95_s: decimal(wait.p95),
    wait_p99_s: decimal(wait.p99),
    wait_max_s: decimal(wait.max),
  };
}

/** A table with the keys of its rows as header. There is at least one row: every trace has a task. */
export function csvOf(rows: readonly Readonly<Record<string, string | number | null>>[]): string {
  return stringify([Object.keys(rows[0]), ...rows.map((row) => Object.values(row))], csvOptions);
}

/** Six decimals: a spreadsheet needs no more, and none of them is written with an exponent. */
export function decimal(value: number): number;
export function decimal(value: number | null): number | null;
export function decimal(value: number | null): number | null {
  return value === null ? null : rounded(value, 1e6, 6);
}

/** Three decimals. */
export function thousandths(value: number): number {
  return rounded(value, 1000, 3);
}

/** What `toFixed` makes of a number, in a tenth of its time: that is asked only near a half, where the product may err. */
function rounded(value: number, scale: number, digits: number): number {
  const scaled = value * scale;
  const whole = Math.floor(scaled);
  const rest = scaled - whole;
  // At most 2^32: the product is off by less than 2^-20.
  if (!(value >= 0 && scaled < 2 ** 32) || Math.abs(rest - 0.5) < 1e-6) return Number(value.toFixed(digits));
  return (rest < 0.5 ? whole : whole + 1) / scale;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
