import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { allocatorNames } from '../allocators/registry.js';
import type { JournalSink } from '../cluster/journal/journal-writer.js';
import { Recorder } from '../metrics/recorder.js';
import { summarise, type RunSummary } from '../metrics/summary.js';
import { humanCounted } from '../report/human.js';
import { inputsText, resultsText } from '../report/summary-text.js';
import type { RunConfig, RunSetup } from '../sim/run-config.js';
import { runSimulation } from '../sim/run.js';
import { readTrace, type TraceFile } from '../workloads/read-trace.js';
import { chooseCluster, type ChosenCluster } from './choose-cluster.js';
import type { Command } from './command.js';
import { CycleTimer } from './cycle-timer.js';
import { openJournal } from './journal-file.js';
import { runOptions } from './options.js';
import { chooseAllocator, OwnAllocatorRun } from './own-allocator.js';
import type { ParsedArgs } from './parse-args.js';
import { runInputs } from './run-inputs.js';
import { RunMonitor } from './run-monitor.js';
import { readRunOptions, type RunOptions } from './run-options.js';
import type { Terminal } from './terminal.js';
import { ExitStatus } from './user-error.js';
import { version } from './version.js';

/** `sim run`: one run of a trace on a simulated cluster. */
export const run: Command = {
  name: 'run',
  usage: '--trace FILE [options]',
  about: 'one run of a trace on a simulated cluster, summed up on a screen',
  options: runOptions,
  examples: [
    'sim run --trace traces/paypal-ci.csv --allocator fifo',
    'sim run --trace traces/ebay-ci.csv --agents "90*cpus:16;mem:81920" --until 1d',
    'sim run --trace traces/paypal-ci.csv --weights masters=2 --json > summary.json',
  ],
  notes: [
    'A native trace is CSV with a header: submit_s, duration_s, cpus, mem (MB), and',
    'if you like job, framework, role, tasks, gang, disk, gpus, kind, priority …',
  ],
  run: runCommand,
};

async function runCommand(args: ParsedArgs, terminal: Terminal): Promise<ExitStatus> {
  const choice = await chooseAllocator(args);
  const options = readRunOptions(args, choice);
  const trace = await readTrace(options.tracePath, options.readTrace);
  const cluster = chooseCluster(trace, options.agents);
  const isJson = args.has('json');
  const isQuiet = args.has('quiet');
  const tellInputs = (setup: RunSetup, recorder: Recorder): void => {
    const inputs = runInputs(trace, cluster, options, setup, recorder);
    if (!isJson) terminal.out(`${inputsText(inputs)}\n`);
    else if (!isQuiet) for (const note of inputs.notes) terminal.err(`sim: note: ${note}\n`);
  };

  const { journalPath } = options;
  const journal = journalPath === undefined ? undefined : openJournal(journalPath, [trace.path]);
  const monitor = new RunMonitor(terminal, !isQuiet);
  const own = new OwnAllocatorRun(choice, 'sim run', args);
  let summary: RunSummary;
  try {
    summary = await simulate(trace, cluster, options, own, monitor, tellInputs, journal?.sink);
  } catch (error) {
    throw own.explained(error);
  } finally {
    own.stop();
    monitor.stop();
    journal?.close();
  }
  if (isJson) terminal.out(`${JSON.stringify(summary, null, 2)}\n`);
  else terminal.out(`${resultsText(summary)}${isQuiet ? '' : whatNext(options)}`);
  if (summary.partial) return ExitStatus.interrupted;
  if (!summary.stalled) return ExitStatus.done;
  terminal.err(`sim: the run stalled: ${stuckText(summary)}\n`);
  return ExitStatus.negative;
}

function stuckText({ unfinished }: RunSummary): string {
  const stuck = unfinished.filter(({ running }) => !running);
  const tasks = stuck.reduce((sum, group) => sum + group.tasks, 0);
  return `${humanCounted(tasks, 'task')} can never start; ${stuck[0]?.reason ?? 'no reason is known'}.`;
}

function whatNext({ tracePath, allocator }: RunOptions): string {
  const path = /^[\w./+-]+$/.test(tracePath) ? tracePath : JSON.stringify(tracePath);
  const other = allocatorNames().find((name) => name !== allocator.split('?', 1)[0]);
  const nexts = [
    ...(other === undefined ? [] : [`sim run --trace ${path} --allocator ${other}`]),
    'sim run … --json > summary.json',
  ];
  return nexts.map((next, i) => `${(i === 0 ? 'next' : '').padEnd(11)}${next}\n`).join('');
}

async function simulate(
  trace: TraceFile,
  cluster: ChosenCluster,
  options: RunOptions,
  own: OwnAllocatorRun,
  monitor: RunMonitor,
  ready: (setup: RunSetup, recorder: Recorder) => void,
  journal: JournalSink | undefined,
): Promise<RunSummary> {
  const cycles = new CycleTimer();
  let watching: { setup: RunSetup; recorder: Recorder } | undefined;
  const config: RunConfig = {
    ...runConfig(trace, cluster, options),
    ...(journal && {
      journal: { sink: journal, version: await version(), allocator: options.allocator },
    }),
    allocator: (allocatorOptions) => cycles.watch(own.create(allocatorOptions)),
    track: own.track,
    observe: (setup) => {
      const recorder = new Recorder({ ...setup, weights: options.weights });
      watching = { setup, recorder };
      ready(setup, recorder);
      return recorder;
    },
  };
  const [wallStart, cpuStart] = [performance.now(), process.cpuUsage()];
  const result = await runSimulation(config, monitor);
  const wallSeconds = (performance.now() - wallStart) / 1000;
  const cpu = process.cpuUsage(cpuStart);
  const { setup, recorder } = watching!;
  return summarise({
    recorder,
    shapes: setup.shapes,
    endUs: result.endUs,
    events: result.events,
    seed: options.seed,
    allocator: options.allocator,
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
}

function runConfig(
  trace: TraceFile,
  cluster: ChosenCluster,
  options: RunOptions,
): Omit<RunConfig, 'allocator' | 'observe'> {
  const { offers, agentOrder, instant, intervalUs, refuseUs, latency, seed, check, weights, quotas } =
    options;
  return {
    trace,
    agents: cluster.agents,
    offers,
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
  };
}
