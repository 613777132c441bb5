import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { closest } from '../cluster/closest.js';
import type { JournalSink } from '../cluster/journal/journal-writer.js';
import { randomSorters } from '../cluster/sorters.js';
import { jobRuns } from '../metrics/jobs.js';
import { Recorder } from '../metrics/recorder.js';
import { RunRecord } from '../metrics/run-record.js';
import { overAt, summarise, type RunSummary } from '../metrics/summary.js';
import type { RunConfig, RunControl, RunSetup } from '../sim/run-config.js';
import { runSimulation } from '../sim/run.js';
import type { RunEnd } from '../sim/simulation.js';
import type { TraceFile } from '../workloads/read-trace.js';
import type { ChosenCluster } from './choose-cluster.js';
import { CycleTimer } from './cycle-timer.js';
import type { ExplainFile } from './explain-file.js';
import type { OwnAllocatorRun } from './own-allocator.js';
import type { RunOptions } from './run-options.js';
import { UserError } from './user-error.js';
import { version } from './version.js';

export interface Simulated {
  readonly summary: RunSummary;
  readonly record: RunRecord | undefined;
  /** Bounded slowdowns of the jobs that ran and ended. */
  readonly slowdowns: Float64Array;
  readonly overUs: number;
  readonly end: RunEnd;
}

/** What a run is made from. */
export interface RunParts {
  readonly trace: TraceFile;
  readonly cluster: ChosenCluster;
  readonly options: RunOptions;
  readonly own: OwnAllocatorRun;
  readonly journal: JournalSink | undefined;
  readonly explained: ExplainFile | undefined;
  /** Keeps what the files of --out are made from. */
  readonly keepsRecord: boolean;
}

/** Runs a trace and sums the run up. */
export async function simulate(
  { trace, cluster, options, own, journal, explained, keepsRecord }: RunParts,
  control: RunControl | undefined,
  ready: (setup: RunSetup, recorder: Recorder) => void,
): Promise<Simulated> {
  const cycles = new CycleTimer();
  let watching: { setup: RunSetup; recorder: Recorder; record: RunRecord | undefined } | undefined;
  const config: RunConfig = {
    ...runConfig(trace, cluster, options),
    ...(journal && {
      journal: { sink: journal, version: await version(), allocator: options.allocator },
    }),
    allocator: (allocatorOptions) => {
      const allocator = cycles.watch(own.create(allocatorOptions));
      return explained?.watch(allocator) ?? allocator;
    },
    track: own.track,
    observe: (setup) => {
      const recorderOptions = { ...setup, weights: options.weights };
      const record = keepsRecord ? new RunRecord(recorderOptions) : undefined;
      const recorder = record ?? new Recorder(recorderOptions);
      watching = { setup, recorder, record };
      ready(setup, recorder);
      return recorder;
    },
  };
  const [wallStart, cpuStart] = [performance.now(), process.cpuUsage()];
  const result = await runSimulation(config, control);
  own.stop();
  const wallSeconds = (performance.now() - wallStart) / 1000;
  const cpu = process.cpuUsage(cpuStart);
  const { setup, recorder, record } = watching!;
  const jobs = jobRuns(recorder);
  const summary = summarise({
    recorder,
    jobs,
    shapes: setup.shapes,
    endUs: result.endUs,
    events: result.events,
    seed: options.seed,
    allocator: options.allocator,
    sorters: randomSorters(options.sorters),
    traceFile: trace,
    end: result.end,
    unschedulable: result.unschedulable,
    unfinished: result.unfinished,
    timing: {
      wallSeconds,
      engineCpuSeconds: (cpu.user + cpu.system) / 1e6,
      eventsPerSecond: wallSeconds > 0 ? result.events / wallSeconds : null,
      cycleP50Ms: cycles.quantileMs(0.5),
      cycleP99Ms: cycles.quantileMs(0.99),
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    },
  });
  const { end, endUs } = result;
  return { summary, record, slowdowns: jobs.slowdowns, end, overUs: overAt({ recorder, end, endUs }) };
}

/** What the options ask for, as the engine takes it. */
export function runConfig(
  trace: TraceFile,
  cluster: ChosenCluster,
  options: RunOptions,
): Omit<RunConfig, 'allocator' | 'observe'> {
  const { offers, agentOrder, instant, intervalUs, refuseUs, latency, seed, check, weights, quotas } =
    options;
  for (const name of options.neverAsk) checkFramework(name, trace.frameworks);
  return {
    trace,
    durationsAsEstimates: options.usesEstimates,
    agents: cluster.agents,
    offers,
    neverAsk: options.neverAsk,
    agentOrder,
    instant,
    intervalUs,
    refuseUs,
    latency,
    seed,
    check,
    weights,
    quotas,
    ...(options.untilUs !== undefined && { untilUs: options.untilUs }),
    ...(options.minAllocatable !== undefined && { minAllocatable: options.minAllocatable }),
    ...options.sorters,
  };
}

function checkFramework(name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const near = closest(name, known);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  throw new UserError(`--never-ask: the trace has no framework "${name}".${hint}`);
}
