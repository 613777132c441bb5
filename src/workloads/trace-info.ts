/** What a trace holds, in figures: `sim trace info`, and what the default cluster is made from. */
import { demandOf, milliOf, perResource, type PerResource, type ResourceName } from './demand.js';
import { TaskFlag, type DroppedRows, type Trace } from './trace.js';

/** Times in seconds, cpus and gpus as numbers, mem and disk in MB: a plain object for JSON. */
export interface TraceInfo {
  readonly format: string;
  readonly path?: string;
  readonly sha256?: string;
  readonly rows: number;
  readonly dropped: DroppedRows;
  readonly tasks: number;
  readonly services: number;
  /** Groups of tasks that start together. */
  readonly gangs: number;
  readonly jobs: number;
  readonly frameworks: number;
  readonly roles: number;
  /** Tasks with a constraint. */
  readonly constrained: number;
  readonly firstSubmit: number;
  readonly lastSubmit: number;
  /** On a cluster without limits. */
  readonly lastEnd: number;
  /** Of the tasks that are no services; p is the value at index min(N - 1, floor(p N)) of the sorted ones (C-3). */
  readonly duration: {
    readonly mean: number;
    readonly p50: number;
    readonly p95: number;
    readonly max: number;
  };
  /** The largest request of any task, resource by resource. */
  readonly largest: PerResource<number>;
  /** Largest concurrent demand on a cluster without limits. */
  readonly peak: PerResource<number>;
  /** 95th percentile over time of that demand, see Demand.p95Milli. */
  readonly p95: PerResource<number>;
  /** Request times duration over all tasks: CPU-seconds, MB-seconds. A service lasts to `lastEnd`. */
  readonly total: PerResource<number>;
  readonly labels: readonly string[];
  readonly cluster?: string;
  readonly notices: readonly string[];
}

/** Cost: O(n log n) for n tasks. */
export function traceInfo(trace: Trace & { readonly path?: string; readonly sha256?: string }): TraceInfo {
  const demand = demandOf(trace);
  const services = countFlag(trace, TaskFlag.service);
  return {
    format: trace.format,
    ...(trace.path !== undefined && { path: trace.path }),
    ...(trace.sha256 !== undefined && { sha256: trace.sha256 }),
    rows: trace.rowCount,
    dropped: trace.dropped,
    tasks: trace.taskCount,
    services,
    gangs: countFlag(trace, TaskFlag.gangStart),
    jobs: trace.jobCount,
    frameworks: trace.frameworks.length,
    roles: trace.roles.length,
    constrained: trace.constraint?.reduce((sum, id) => sum + (id >= 0 ? 1 : 0), 0) ?? 0,
    firstSubmit: demand.firstSubmitUs / 1e6,
    lastSubmit: demand.lastSubmitUs / 1e6,
    lastEnd: demand.lastEndUs / 1e6,
    duration: durations(trace, services),
    largest: perResource((name) => largestMilli(trace, name) / 1000),
    peak: perResource((name) => demand.peakMilli[name] / 1000),
    p95: perResource((name) => demand.p95Milli[name] / 1000),
    total: totals(trace, demand.lastEndUs),
    labels: trace.labels,
    ...(trace.clusterHint !== undefined && { cluster: trace.clusterHint }),
    notices: trace.notices,
  };
}

export function largestMilli(trace: Trace, name: ResourceName): number {
  return trace.shapes.reduce((largest, shape) => Math.max(largest, milliOf(shape, name)), 0);
}

function countFlag({ flags }: Trace, flag: number): number {
  let count = 0;
  for (let task = 0; task < flags.length; task++) if ((flags[task] & flag) !== 0) count++;
  return count;
}

function durations(trace: Trace, services: number): TraceInfo['duration'] {
  const count = trace.taskCount - services;
  if (count === 0) return { mean: 0, p50: 0, p95: 0, max: 0 };
  const sorted = new Float64Array(count);
  const sum = new SplitSums(1);
  let filled = 0;
  for (let task = 0; task < trace.taskCount; task++) {
    if ((trace.flags[task] & TaskFlag.service) !== 0) continue;
    sorted[filled++] = trace.durationUs[task];
    sum.add(0, trace.durationUs[task]);
  }
  sorted.sort();
  const at = (share: number) => sorted[Math.min(count - 1, Math.floor(share * count))] / 1e6;
  return {
    mean: dividedBy(sum.total(0), BigInt(count) * 1_000_000n),
    p50: at(0.5),
    p95: at(0.95),
    max: sorted[count - 1] / 1e6,
  };
}

/** Exact up to the last division: durations are summed by shape, then multiplied as big integers. */
function totals(trace: Trace, lastEndUs: number): PerResource<number> {
  const usOfShape = new SplitSums(trace.shapes.length);
  for (let task = 0; task < trace.taskCount; task++) {
    const isService = (trace.flags[task] & TaskFlag.service) !== 0;
    usOfShape.add(trace.shape[task], isService ? lastEndUs - trace.submitUs[task] : trace.durationUs[task]);
  }
  return perResource((name) => {
    let milliUs = 0n;
    trace.shapes.forEach((shape, id) => {
      const milli = milliOf(shape, name);
      if (milli > 0) milliUs += BigInt(milli) * usOfShape.total(id);
    });
    return dividedBy(milliUs, 1_000_000_000n);
  });
}

/** The double nearest to the quotient, up to one rounding of its parts. */
function dividedBy(numerator: bigint, denominator: bigint): number {
  return Number(numerator / denominator) + Number(numerator % denominator) / Number(denominator);
}

const splitAt = 2 ** 26;

/** Sums of integers up to 2^53 that never round: high and low halves are summed apart. */
class SplitSums {
  readonly #high: Float64Array;
  readonly #low: Float64Array;

  constructor(count: number) {
    this.#high = new Float64Array(count);
    this.#low = new Float64Array(count);
  }

  add(index: number, value: number): void {
    const high = Math.floor(value / splitAt);
    this.#high[index] += high;
    this.#low[index] += value - high * splitAt;
  }

  total(index: number): bigint {
    return BigInt(this.#high[index]) * BigInt(splitAt) + BigInt(this.#low[index]);
  }
}
