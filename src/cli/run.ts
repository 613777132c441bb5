import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { allocatorNames } from '../allocators/registry.js';
import type { JournalSink } from '../cluster/journal/journal-writer.js';
import { Recorder } from '../metrics/recorder.js';
import { RunRecord } from '../metrics/run-record.js';
import { overAt, summarise, type RunSummary } from '../metrics/summary.js';
import { humanCounted } from '../report/human.js';
import type { RunFolderInput } from '../report/out/run-folder.js';
import { inputsText, resultsText, type RunInputs } from '../report/summary-text.js';
import { agentCount, agentName } from '../sim/cluster-spec.js';
import type { RunConfig, RunSetup } from '../sim/run-config.js';
import { runSimulation } from '../sim/run.js';
import { readTrace, type TraceFile } from '../workloads/read-trace.js';
import { chooseCluster, type ChosenCluster } from './choose-cluster.js';
import type { Command } from './command.js';
import { CycleTimer } from './cycle-timer.js';
import { openJournal } from './journal-file.js';
import { ExplainFile } from './explain-file.js';
import { runOptions } from './options.js';
import { chooseAllocator, OwnAllocatorRun } from './own-allocator.js';
import type { ParsedArgs } from './parse-args.js';
import { provenanceOf } from './provenance.js';
import { runInputs } from './run-inputs.js';
import { RunMonitor } from './run-monitor.js';
import { checkAllocatorFits, readRunOptions, type RunOptions } from './run-options.js';
import { shellWord } from './shell-word.js';
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
    'sim run --trace traces/paypal-ci.csv --weights masters=2 --out out',
  ],
  notes: [
    'A native trace is CSV with a header: submit_s, duration_s, cpus, mem (MB), and',
    'if you like job, framework, role, tasks, gang, disk, gpus, kind, priority …',
  ],
  run: runCommand,
};

/** The folder after --out, begun before the run: a long run that cannot be written is a pity. */
async function openOut(args: ParsedArgs) {
  const path = args.value('out');
  if (path === undefined) return undefined;
  const { openRunFolder, writeRunFolder } = await import('../report/out/run-folder.js');
  const folder = await openRunFolder(path);
  return {
    write: (input: RunFolderInput) => writeRunFolder(folder, input),
    discard: () => folder.discard(),
  };
}

async function runCommand(args: ParsedArgs, terminal: Terminal): Promise<ExitStatus> {
  const choice = await chooseAllocator(args);
  const options = await readRunOptions(args, choice);
  const trace = await readTrace(options.tracePath, options.readTrace);
  // Between two long steps: Ctrl-C is heard while the event loop turns.
  await setImmediate();
  const cluster = chooseCluster(trace, options.agents, options.agentsSource);
  checkAllocatorFits(choice, trace, cluster.agents, options.weights);
  await setImmediate();
  const isJson = args.has('json');
  const isQuiet = args.has('quiet');
  if (args.has('dry-run')) {
    const { dryRun } = await import('./dry-run.js');
    dryRun(runConfig(trace, cluster, options), trace, cluster, options, choice, terminal, isJson);
    return ExitStatus.done;
  }
  const out = await openOut(args);
  let inputs: RunInputs | undefined;
  const tellInputs = (setup: RunSetup, recorder: Recorder): void => {
    inputs = runInputs(trace, cluster, options, setup, recorder);
    if (!isJson) terminal.out(`${inputsText(inputs)}\n`);
    else if (!isQuiet) for (const note of inputs.notes) terminal.err(`sim: note: ${note}\n`);
  };

  const { journalPath } = options;
  const journal = journalPath === undefined ? undefined : openJournal(journalPath, [trace.path]);
  const explainPath = args.value('explain');
  const explained = explainPath === undefined ? undefined : new ExplainFile(explainPath);
  const monitor = new RunMonitor(terminal, !isQuiet);
  const own = new OwnAllocatorRun(choice, 'sim run', args);
  let summary: RunSummary;
  try {
    const done = await simulate(
      { trace, cluster, options, own, journal: journal?.sink, explained, keepsRecord: out !== undefined },
      monitor,
      tellInputs,
    );
    monitor.stop();
    summary = done.summary;
    await out?.write({
      ...done,
      record: done.record!,
      inputs: inputs!,
      agentNames: Array.from({ length: agentCount(cluster.agents) }, (_, number) => agentName(number)),
      provenance: await provenanceOf('run', args),
    });
  } catch (error) {
    throw own.explained(error);
  } finally {
    own.stop();
    monitor.stop();
    journal?.close();
    explained?.close();
    out?.discard();
  }
  if (isJson) terminal.out(`${JSON.stringify(summary, null, 2)}\n`);
  else terminal.out(`${resultsText(summary)}${isQuiet ? '' : whatNext(options, args.value('out'))}`);
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

function whatNext({ tracePath, allocator }: RunOptions, out: string | undefined): string {
  const path = shellWord(tracePath);
  const other = allocatorNames().find((name) => name !== allocator.split('?', 1)[0]);
  const nexts = [
    ...(other === undefined ? [] : [`sim run --trace ${path} --allocator ${other}`]),
    out === undefined
      ? `sim run --trace ${path} --out out   (tables and report.html)`
      : `open ${shellWord(`${out}/report.html`)}`,
  ];
  return nexts.map((next, i) => `${(i === 0 ? 'next' : '').padEnd(11)}${next}\n`).join('');
}

interface Simulated {
  readonly summary: RunSummary;
  readonly record: RunRecord | undefined;
  readonly overUs: number;
}

/** What a run is made from. */
interface RunParts {
  readonly trace: TraceFile;
  readonly cluster: ChosenCluster;
  readonly options: RunOptions;
  readonly own: OwnAllocatorRun;
  readonly journal: JournalSink | undefined;
  readonly explained: ExplainFile | undefined;
  /** Keeps what the files of --out are made from. */
  readonly keepsRecord: boolean;
}

async function simulate(
  { trace, cluster, options, own, journal, explained, keepsRecord }: RunParts,
  monitor: RunMonitor,
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
      const recorder = record?.recorder ?? new Recorder(recorderOptions);
      watching = { setup, recorder, record };
      ready(setup, recorder);
      return record ?? recorder;
    },
  };
  const [wallStart, cpuStart] = [performance.now(), process.cpuUsage()];
  const result = await runSimulation(config, monitor);
  const wallSeconds = (performance.now() - wallStart) / 1000;
  const cpu = process.cpuUsage(cpuStart);
  const { setup, recorder, record } = watching!;
  const summary = summarise({
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
  return { summary, record, overUs: overAt({ recorder, end: result.end, endUs: result.endUs }) };
}

/** The run that the options ask for, but for its allocator and its observer. */
export function runConfig(
  trace: TraceFile,
  cluster: ChosenCluster,
  options: RunOptions,
): Omit<RunConfig, 'allocator' | 'observe'> {
  const { offers, agentOrder, instant, intervalUs, refuseUs, latency, seed, check, weights, quotas } =
    options;
  return {
    trace,
    durationsAsEstimates: options.usesEstimates,
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
