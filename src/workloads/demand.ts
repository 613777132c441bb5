/**
 * Concurrent demand of a trace on a cluster without limits: every task starts when it is submitted. A service runs
 * on to the end of the trace.
 */
import { stableOrder } from './stable-order.js';
import { TaskFlag, type TaskShape, type Trace } from './trace.js';

export const resourceNames = ['cpus', 'mem', 'disk', 'gpus'] as const;
export type ResourceName = (typeof resourceNames)[number];
export type PerResource<T> = Readonly<Record<ResourceName, T>>;

export interface Demand {
  /** First and last submit, and the last end of a task on a cluster without limits, microseconds. */
  readonly firstSubmitUs: number;
  readonly lastSubmitUs: number;
  readonly lastEndUs: number;
  /** Largest concurrent demand, milli-units. */
  readonly peakMilli: PerResource<number>;
  /**
   * 95th percentile of concurrent demand, milli-units: the least level that demand does not pass in 95% of the time.
   * The larger of two windows, both from the first submit: to the last submit, so that one task which runs for weeks
   * after all others does not make a busy day look idle; and to the last end, so that a short burst counts in full.
   */
  readonly p95Milli: PerResource<number>;
}

const levelShare = 0.95;
const milliKeys = { cpus: 'cpusMilli', mem: 'memMilli', disk: 'diskMilli', gpus: 'gpusMilli' } as const;

export function milliOf(shape: TaskShape, name: ResourceName): number {
  return shape[milliKeys[name]];
}

export function perResource(valueOf: (name: ResourceName) => number): PerResource<number> {
  return { cpus: valueOf('cpus'), mem: valueOf('mem'), disk: valueOf('disk'), gpus: valueOf('gpus') };
}

/** Cost: O(n log n) for n tasks, about 100 bytes of memory per task while it runs. */
export function demandOf(trace: Trace): Demand {
  const edges = edgesOf(trace);
  const { firstSubmitUs, lastSubmitUs, lastEndUs } = edges;
  const peaks = { cpus: 0, mem: 0, disk: 0, gpus: 0 };
  const p95 = { cpus: 0, mem: 0, disk: 0, gpus: 0 };
  for (const name of resourceNames) {
    const milli = Float64Array.from(trace.shapes, (shape) => milliOf(shape, name));
    if (milli.every((value) => value === 0)) continue;
    const levels = sweep(edges, milli);
    peaks[name] = levels.peak;
    const whileArriving = quantile(levels, lastSubmitUs - firstSubmitUs);
    const toTheEnd = quantile(levels, lastEndUs - firstSubmitUs);
    // Tasks that take no time, all at once, leave no window: what they ask for together is all there is.
    p95[name] = lastEndUs > firstSubmitUs ? Math.max(whileArriving, toTheEnd) : levels.peak;
  }
  return { firstSubmitUs, lastSubmitUs, lastEndUs, peakMilli: peaks, p95Milli: p95 };
}

/** Starts and ends of the tasks, each in order of time. Services have no end; a task of no time neither. */
interface Edges {
  readonly startUs: Float64Array;
  readonly startShape: Int32Array;
  /** 1 for a task of no time. */
  readonly isMomentary: Uint8Array;
  readonly endUs: Float64Array;
  readonly endShape: Int32Array;
  readonly firstSubmitUs: number;
  readonly lastSubmitUs: number;
  readonly lastEndUs: number;
}

function edgesOf({ taskCount, submitUs, durationUs, shape, flags, arrivalOrder }: Trace): Edges {
  const startUs = new Float64Array(taskCount);
  const startShape = new Int32Array(taskCount);
  const isMomentary = new Uint8Array(taskCount);
  const endUs = new Float64Array(taskCount);
  const endShape = new Int32Array(taskCount);
  let ends = 0;
  for (let position = 0; position < taskCount; position++) {
    const task = arrivalOrder === undefined ? position : arrivalOrder[position];
    startUs[position] = submitUs[task];
    startShape[position] = shape[task];
    if ((flags[task] & TaskFlag.service) !== 0) continue;
    if (durationUs[task] === 0) {
      isMomentary[position] = 1;
    } else {
      endUs[ends] = submitUs[task] + durationUs[task];
      endShape[ends++] = shape[task];
    }
  }
  const order = stableOrder(endUs.subarray(0, ends));
  const sortedEndUs = new Float64Array(ends);
  const sortedEndShape = new Int32Array(ends);
  for (let i = 0; i < ends; i++) {
    sortedEndUs[i] = endUs[order[i]];
    sortedEndShape[i] = endShape[order[i]];
  }
  const lastSubmitUs = taskCount > 0 ? startUs[taskCount - 1] : 0;
  return {
    startUs,
    startShape,
    isMomentary,
    endUs: sortedEndUs,
    endShape: sortedEndShape,
    firstSubmitUs: taskCount > 0 ? startUs[0] : 0,
    lastSubmitUs,
    lastEndUs: ends > 0 ? Math.max(lastSubmitUs, sortedEndUs[ends - 1]) : lastSubmitUs,
  };
}

/** How high demand was for how long, in order of time. */
interface Levels {
  readonly count: number;
  readonly level: Float64Array;
  readonly widthUs: Float64Array;
  readonly peak: number;
}

/**
 * Goes through starts and ends in order of time, at one instant first the ends. A task of no time is in the peak of
 * its instant only.
 */
function sweep({ startUs, startShape, isMomentary, endUs, endShape }: Edges, milli: Float64Array): Levels {
  const level = new Float64Array(startUs.length + endUs.length);
  const widthUs = new Float64Array(startUs.length + endUs.length);
  let count = 0;
  let now = startUs[0];
  let demand = 0;
  let momentary = 0;
  let peak = 0;
  let started = 0;
  let ended = 0;
  while (started < startUs.length || ended < endUs.length) {
    const start = started < startUs.length ? startUs[started] : Infinity;
    const end = ended < endUs.length ? endUs[ended] : Infinity;
    const time = Math.min(start, end);
    if (time > now) {
      level[count] = demand;
      widthUs[count++] = time - now;
      now = time;
      momentary = 0;
    }
    if (end <= start) {
      demand -= milli[endShape[ended++]];
    } else {
      if (isMomentary[started] === 1) momentary += milli[startShape[started]];
      else demand += milli[startShape[started]];
      started++;
      if (demand + momentary > peak) peak = demand + momentary;
    }
  }
  return { count, level, widthUs, peak };
}

/**
 * The least level that demand does not pass in {@link levelShare} of the first `windowUs`. Levels are counted in bins
 * first, so that only those of one bin are sorted.
 */
function quantile({ count, level, widthUs, peak }: Levels, windowUs: number): number {
  if (peak === 0) return 0;
  const binCount = 4096;
  const binOf = (segment: number) => Math.floor((level[segment] / peak) * (binCount - 1));
  const bins = new Float64Array(binCount);
  let segments = 0;
  for (let seen = 0; segments < count && seen < windowUs; segments++) {
    seen += widthUs[segments];
    bins[binOf(segments)] += widthUs[segments];
  }
  if (segments === 0) return 0;
  const target = levelShare * windowUs;
  let bin = 0;
  let below = 0;
  while (bin < binCount - 1 && below + bins[bin] < target) below += bins[bin++];
  const inBin: number[] = [];
  for (let segment = 0; segment < segments; segment++) if (binOf(segment) === bin) inBin.push(segment);
  inBin.sort((left, right) => level[left] - level[right]);
  for (const segment of inBin) {
    below += widthUs[segment];
    if (below >= target) return level[segment];
  }
  return peak;
}
