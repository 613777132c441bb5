import { setImmediate } from 'node:timers/promises';
import { allocatorNames } from '../allocators/registry.js';
import type { Recorder } from '../metrics/recorder.js';
import type { RunSummary } from '../metrics/summary.js';
import { humanCounted } from '../report/human.js';
import type { RunFolderInput } from '../report/out/run-folder.js';
import { inputsText, resultsText, type RunInputs } from '../report/summary-text.js';
import { agentCount, agentName } from '../sim/cluster-spec.js';
import type { RunSetup } from '../sim/run-config.js';
import { readTrace } from '../workloads/read-trace.js';
import { chooseCluster } from './choose-cluster.js';
import type { Command } from './command.js';
import { openJournal } from './journal-file.js';
import { ExplainFile } from './explain-file.js';
import { runOptions } from './options.js';
import { chooseAllocator, OwnAllocatorRun } from './own-allocator.js';
import type { ParsedArgs } from './parse-args.js';
import { provenanceOf } from './provenance.js';
import { aboutRun, runInputs } from './run-inputs.js';
import { RunMonitor } from './run-monitor.js';
import { checkAllocatorFits, readRunOptions, type RunOptions } from './run-options.js';
import { shellWord } from './shell-word.js';
import { runConfig, simulate } from './simulate.js';
import type { Terminal } from './terminal.js';
import { ExitStatus } from './user-error.js';

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
  guide: [
    'It needs a trace: what arrives when, and what it asks for. One of these is here:',
    '  sim run --trace traces/paypal-ci.csv            a day of builds, 100 agents',
    '  sim run --trace traces/ebay-ci.csv --until 1d   a week of them, cut to a day',
    'Your own is CSV (submit_s, duration_s, cpus, mem), SWF, or another known format:',
    '  sim trace info FILE                             what it holds',
    '  sim run --trace FILE --agents "100*cpus:16;mem:65536"',
    'Then see what another policy makes of it, and keep everything:',
    '  sim run --trace traces/paypal-ci.csv --allocator weighted-role --out out',
    '  sim compare --trace traces/paypal-ci.csv --allocators drf,weighted-role',
  ],
  run: runCommand,
};

/** The folder after --out, begun before the run: a long run that cannot be written is a pity. */
export async function openOut(args: ParsedArgs) {
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
  const isJson = args.has('json');
  const isQuiet = args.has('quiet');
  // Ctrl-C while the trace is read ends the run at its first step, with a summary of nothing.
  const monitor = args.has('dry-run') ? undefined : new RunMonitor(terminal, !isQuiet);
  const trace = await readTrace(options.tracePath, options.readTrace);
  // Between two long steps: Ctrl-C is heard while the event loop turns.
  await setImmediate();
  const cluster = chooseCluster(trace, options.agents, options.agentsSource);
  checkAllocatorFits(choice, trace, cluster.agents, options.weights);
  await setImmediate();
  if (monitor === undefined) {
    const { dryRun } = await import('./dry-run.js');
    dryRun(runConfig(trace, cluster, options), trace, cluster, options, choice, terminal, isJson);
    return ExitStatus.done;
  }
  const out = await openOut(args);
  let inputs: RunInputs | undefined;
  const tellInputs = (setup: RunSetup, recorder: Recorder): void => {
    inputs = runInputs(trace, cluster, aboutRun(options), setup, recorder);
    if (!isJson) terminal.out(`${inputsText(isQuiet ? { ...inputs, notes: [] } : inputs)}\n`);
    else if (!isQuiet) for (const note of inputs.notes) terminal.err(`sim: note: ${note}\n`);
  };

  const { journalPath } = options;
  const journal = journalPath === undefined ? undefined : openJournal(journalPath, [trace.path]);
  const explainPath = args.value('explain');
  const explained = explainPath === undefined ? undefined : new ExplainFile(explainPath, [trace.path]);
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
    ...(other === undefined
      ? []
      : [`sim compare --trace ${path} --allocators ${shellWord(`${allocator},${other}`)}`]),
    out === undefined
      ? `sim run --trace ${path} --out out   (all rows, report.html)`
      : `open ${shellWord(`${out}/report.html`)}`,
  ];
  return nexts.map((next, i) => `${(i === 0 ? 'next' : '').padEnd(8)}${next}\n`).join('');
}
