import type { Micros } from '../cluster/ids.js';
import { isPooled } from '../workloads/trace.js';
import { FairShares } from './fair-shares.js';
import { idealShares } from './nested-fair-shares.js';
import { Outcome } from './recorder.js';
import type { RunRecord } from './run-record.js';
import { BinnedAmounts, Stretch, timeBins, type TimeBins } from './time-bins.js';

/** Bins over the length of a run; fewer for so many tenants that the tables would pass {@link MOST_CELLS} numbers. */
const MOST_BINS = 500;
const MOST_CELLS = 4_000_000;
/** Rows and columns of the heat map. */
const MOST_AGENT_ROWS = 100;
const MOST_AGENT_BINS = 160;

/** One buyer among those who share the cluster. */
export interface TenantLine {
  readonly name: string;
  /** Dominant share per bin, 0 to 1: the largest over resources of what it held on average / cluster total. */
  readonly share: Float64Array;
  /** What weighted DRF would give it for all it held and had queued on average in the bin: see {@link FairShares}. */
  readonly fair: Float64Array;
}

/** How busy agents were: neighbours in cluster order share a row. */
export interface AgentLoad {
  readonly bins: TimeBins;
  readonly agents: number;
  /** Agents per row; the last row may have fewer. */
  readonly perRow: number;
  readonly rows: number;
  /** Rows x bins: used / total of the busiest resource of the row, 0 to 1. */
  readonly load: Float64Array;
}

/** A run over time: averages per bin. */
export interface Timeline {
  readonly bins: TimeBins;
  /** Tasks that had arrived and were not running. */
  readonly queued: Float64Array;
  readonly running: Float64Array;
  /** Per resource of the cluster, in its order: used / total, 0 to 1. */
  readonly used: readonly { readonly name: string; readonly part: Float64Array }[];
  /** Who shares the cluster: the roles, or the frameworks where there is one role only. */
  readonly tenantKind: 'role' | 'framework';
  readonly tenants: readonly TenantLine[];
  readonly agents: AgentLoad;
}

/**
 * Works out a run over time from its launches. Nothing is sampled while it runs: every average is exact, and a run of any
 * length costs the same memory.
 *
 * @param overUs when the run was over; what had not ended then stands until then
 */
export function timelineOf(record: RunRecord, overUs: Micros): Timeline {
  const { trace, columns } = record;
  const kind = trace.roles.length > 1 ? 'role' : 'framework';
  const tenantCount = kind === 'role' ? trace.roles.length : trace.frameworks.length;
  const most = Math.min(MOST_BINS, Math.max(50, Math.floor(MOST_CELLS / (4 * tenantCount * columns.count))));
  const bins = timeBins(trace.originUs, overUs, most);
  const tables = fill(record, bins, kind, tenantCount, overUs);
  return {
    bins,
    queued: tables.tasks.averages(0, 0),
    running: tables.tasks.averages(0, 1),
    used: columns.names.map((name, column) => ({
      name,
      part: tables.used.averages(0, column).map((amount) => amount / columns.totals[column]),
    })),
    tenantKind: kind,
    tenants: tenantLines(record, bins, kind, tables),
    agents: agentLoad(record, overUs),
  };
}

interface Tables {
  /** Column 0: queued, column 1: running. */
  readonly tasks: BinnedAmounts;
  /** A column per resource. */
  readonly used: BinnedAmounts;
  /** A group per tenant: a column per resource for what it held, then a column per resource for what it held or queued. */
  readonly tenants: BinnedAmounts;
}

const ONE = Float64Array.of(1);

function fill(
  { trace, columns, outcome, startUs, endUs, shapes, launches }: RunRecord,
  bins: TimeBins,
  kind: Timeline['tenantKind'],
  tenantCount: number,
  overUs: Micros,
): Tables {
  const width = columns.count;
  const perShape = columns.tableOf(shapes);
  const tasks = new BinnedAmounts(bins, 1, 2);
  const used = new BinnedAmounts(bins, 1, width);
  const tenants = new BinnedAmounts(bins, tenantCount, 2 * width);
  const [running, queued] = [new Stretch(bins), new Stretch(bins)];
  const tenantOf = (task: number): number => (kind === 'role' ? trace.role[task] : trace.framework[task]);
  const want = (task: number, stretch: Stretch): void =>
    tenants.add(tenantOf(task), width, stretch, perShape, trace.shape[task] * width, width);
  /** Since when each task has waited: its submit, or the end of its last launch if it was launched again. */
  const waitsSince = trace.submitUs.slice();
  for (let i = 0; i < launches.count; i++) {
    const task = launches.task[i];
    const start = launches.startUs[i];
    const end = launches.endUs[i] < 0 ? overUs : launches.endUs[i];
    const shape = trace.shape[task] * width;
    running.between(start, end);
    used.add(0, 0, running, perShape, shape, width);
    tenants.add(tenantOf(task), 0, running, perShape, shape, width);
    // An executor that is kept holds more, and longer, than its builds run.
    if (isPooled(trace, task)) continue;
    tasks.add(0, 1, running, ONE, 0, 1);
    const since = waitsSince[task];
    if (since < start) {
      tasks.add(0, 0, queued.between(since, start), ONE, 0, 1);
      want(task, queued.between(since, end));
    } else want(task, running);
    waitsSince[task] = end;
  }
  for (let task = 0; task < trace.taskCount; task++) {
    if (outcome[task] === Outcome.ahead || outcome[task] === Outcome.unschedulable) continue;
    const start = startUs[task];
    if (start >= 0 && isPooled(trace, task)) {
      const end = endUs[task] < 0 ? overUs : endUs[task];
      tasks.add(0, 0, queued.between(trace.submitUs[task], start), ONE, 0, 1);
      tasks.add(0, 1, running.between(start, end), ONE, 0, 1);
      want(task, queued.between(trace.submitUs[task], end));
    } else if (start < 0 || outcome[task] === Outcome.waiting) {
      const end = endUs[task] < 0 ? overUs : endUs[task];
      tasks.add(0, 0, queued.between(waitsSince[task], end), ONE, 0, 1);
      want(task, queued);
    }
  }
  return { tasks, used, tenants };
}

function tenantLines(
  { trace, columns, weightOf }: RunRecord,
  bins: TimeBins,
  kind: Timeline['tenantKind'],
  { tenants }: Tables,
): TenantLine[] {
  const names = kind === 'role' ? trace.roles : trace.frameworks;
  const width = columns.count;
  const lines = names.map((name) => ({
    name,
    share: new Float64Array(bins.count),
    fair: new Float64Array(bins.count),
  }));
  const demandRows = Array.from({ length: names.length * width }, (_, row) =>
    tenants.averages(Math.floor(row / width), width + (row % width)),
  );
  lines.forEach(({ share }, tenant) => {
    for (let c = 0; c < width; c++) {
      const amounts = tenants.averages(tenant, c);
      const total = columns.totals[c];
      for (let bin = 0; bin < share.length; bin++) share[bin] = Math.max(share[bin], amounts[bin] / total);
    }
  });
  const demands = new Float64Array(names.length * width);
  const ideal =
    kind === 'role'
      ? idealShares(names, demands, columns.totals, weightOf)
      : new FairShares(demands, columns.totals, new Float64Array(names.length).fill(1));
  const fair = new Float64Array(names.length);
  for (let bin = 0; bin < bins.count; bin++) {
    // Sums of doubles may leave a trace of what has gone.
    for (let at = 0; at < demands.length; at++) {
      const demand = demandRows[at][bin];
      demands[at] = demand < 1e-6 ? 0 : demand;
    }
    ideal.compute(fair);
    lines.forEach((line, tenant) => (line.fair[bin] = fair[tenant]));
  }
  return lines;
}

function agentLoad({ trace, columns, shapes, capacity, launches }: RunRecord, overUs: Micros): AgentLoad {
  const width = columns.count;
  const agents = capacity.reduce((sum, { count }) => sum + count, 0);
  const perRow = Math.max(1, Math.ceil(agents / MOST_AGENT_ROWS));
  const rows = Math.ceil(agents / perRow);
  const totals = new Float64Array(rows * width);
  let agent = 0;
  for (const { count, resources } of capacity) {
    for (let i = 0; i < count; i++) columns.addTo(totals, Math.floor(agent++ / perRow), resources, 1);
  }
  const bins = timeBins(trace.originUs, overUs, MOST_AGENT_BINS);
  const used = new BinnedAmounts(bins, rows, width);
  const stretch = new Stretch(bins);
  const perShape = columns.tableOf(shapes);
  for (let i = 0; i < launches.count; i++) {
    const row = Math.floor(launches.agent[i] / perRow);
    const shape = trace.shape[launches.task[i]] * width;
    const end = launches.endUs[i] < 0 ? overUs : launches.endUs[i];
    used.add(row, 0, stretch.between(launches.startUs[i], end), perShape, shape, width);
  }
  const load = new Float64Array(rows * bins.count);
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < width; c++) {
      const total = totals[row * width + c];
      if (total === 0) continue;
      used.averages(row, c).forEach((amount, bin) => {
        load[row * bins.count + bin] = Math.max(load[row * bins.count + bin], amount / total);
      });
    }
  }
  return { bins, agents, perRow, rows, load };
}
