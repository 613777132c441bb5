import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { SECOND } from '../cluster/ids.js';
import type { Recorder } from '../metrics/recorder.js';
import { jobRuns } from '../metrics/jobs.js';
import { RunRecord } from '../metrics/run-record.js';
import { overAt, summarise, type RunSummary } from '../metrics/summary.js';
import type { MasterClient } from '../realnet/client/master-client.js';
import { readCluster, type LiveCluster } from '../replay/cluster.js';
import { replayTrace } from '../replay/replay.js';
import { servicesNote } from '../replay/services-note.js';
import { inputsText, resultsText, type RunInputs } from '../report/summary-text.js';
import type { RunResult, RunSetup } from '../sim/run-config.js';
import { readTrace, type TraceFile } from '../workloads/read-trace.js';
import { choiceOption, durationOption, positiveOption } from './choices.js';
import { shortNames } from './cluster-lists.js';
import type { Command } from './command.js';
import { clientOptions, masterClient } from './master-target.js';
import type { OptionSpec } from './option-spec.js';
import { runOptions } from './options.js';
import type { ParsedArgs } from './parse-args.js';
import { provenanceOf } from './provenance.js';
import { runInputs } from './run-inputs.js';
import { RunMonitor } from './run-monitor.js';
import { readTraceOptions } from './run-options.js';
import { openOut } from './run.js';
import { ExitStatus, UserError } from './user-error.js';

const SPEEDUP = 60;

/** Options that mean the same as for `sim run`. */
const shared = new Set(['refuse-seconds', 'until', 'out', 'quiet']);

const options: readonly OptionSpec[] = [
  ...runOptions.filter(({ group, name }) => group === 'trace' || shared.has(name)),
  {
    group: 'simulation',
    name: 'speedup',
    value: 'X',
    about: 'seconds of the trace in one of the world',
    default: String(SPEEDUP),
  },
  {
    group: 'allocation',
    name: 'offers',
    words: ['coarse', 'demand'],
    value: 'MODE',
    about: 'coarse: take what fits; demand: ask for each task',
    default: "the master's",
  },
  ...clientOptions('the whole summary as one JSON document'),
];

/** `agora replay`: a trace on a real cluster. */
export const replay: Command = {
  name: 'replay',
  usage: '--trace FILE [--master HOST:PORT] [options]',
  about: 'a trace on a real cluster: frameworks as schedulers, tasks as processes',
  options,
  examples: [
    'agora replay --trace builds.csv --until 30m --speedup 60',
    'agora replay --trace traces/ebay-ci.csv --master 10.0.0.1:5050 --out out',
  ],
  notes: [
    'A task sleeps for its duration divided by the speedup, or runs the command of',
    'its row. Times are told on the clock of the trace: what takes a second of the',
    "world, such as the master's allocation interval, takes `speedup` seconds of it.",
    'Ctrl-C ends it and kills its tasks.',
  ],
  run: async (args, terminal) => {
    const trace = await readTrace(tracePathOf(args), readTraceOptions(args));
    const client = masterClient(args);
    const cluster = await readCluster(client);
    if (cluster.agents.length === 0) {
      throw new UserError('the master has no agents: agora agent --master HOST:PORT starts one.');
    }
    const note = args.has('quiet') ? undefined : servicesNote(trace, cluster);
    if (note !== undefined) terminal.err(`agora: note: ${note}\n`);
    const out = await openOut(args);
    const monitor = new RunMonitor(terminal, !args.has('quiet'), 'agora');
    try {
      const told = (inputs: RunInputs): void => {
        if (!args.has('json')) terminal.out(`${inputsText(inputs)}\n`);
        else if (!args.has('quiet')) for (const note of inputs.notes) terminal.err(`agora: note: ${note}\n`);
      };
      const done = await replayed({ args, trace, client, cluster, monitor, told });
      monitor.stop();
      await out?.write({
        ...done,
        agentNames: agentNames(cluster),
        provenance: await provenanceOf('replay', args, 'agora'),
      });
      if (args.has('json')) terminal.out(`${JSON.stringify(done.summary, null, 2)}\n`);
      else terminal.out(resultsText(done.summary));
      return done.summary.partial ? ExitStatus.interrupted : ExitStatus.done;
    } finally {
      monitor.stop();
      out?.discard();
    }
  },
};

interface ReplayParts {
  readonly args: ParsedArgs;
  readonly trace: TraceFile;
  readonly client: MasterClient;
  readonly cluster: LiveCluster;
  readonly monitor: RunMonitor;
  readonly told: (inputs: RunInputs) => void;
}

interface Replayed {
  readonly summary: RunSummary;
  readonly record: RunRecord;
  /** Bounded slowdowns of the jobs that ran and ended. */
  readonly slowdowns: Float64Array;
  readonly inputs: RunInputs;
  readonly overUs: number;
}

async function replayed({ args, trace, client, cluster, monitor, told }: ReplayParts): Promise<Replayed> {
  const { flags } = cluster;
  const allocator = flags.get('allocator') ?? 'unknown';
  const offers =
    choiceOption(args, 'offers', ['coarse', 'demand']) ??
    (flags.get('offers') === 'demand' ? 'demand' : 'coarse');
  const speedup = positiveOption(args, 'speedup') ?? SPEEDUP;
  const untilUs = durationOption(args, 'until');
  let inputs: RunInputs | undefined;
  let record: RunRecord | undefined;
  const about = {
    allocator: [`${allocator} of a real master`, `${offers} offers`, `${speedup} times as fast`],
    notices: [],
  };
  const observe = (setup: RunSetup): Recorder => {
    record = new RunRecord(setup);
    inputs = runInputs(trace, { agents: cluster.agents, source: "the master's" }, about, setup, record);
    told(inputs);
    return record;
  };
  const runsBefore = await allocationRuns(client);
  const [wallStart, cpuStart] = [performance.now(), process.cpuUsage()];
  const result = await replayTrace(
    {
      trace,
      client,
      cluster,
      speedup,
      offers,
      allocator,
      refuseUs: durationOption(args, 'refuse-seconds') ?? 5 * SECOND,
      ...(untilUs !== undefined && { untilUs }),
      observe,
      onLost: (why) => monitor.note(`${why} Trying again.`),
    },
    monitor,
  );
  record!.allocationCycles = Math.max(0, (await allocationRuns(client)) - runsBefore);
  const wallSeconds = (performance.now() - wallStart) / 1000;
  const jobs = jobRuns(record!);
  const summary = summarise({
    ...summaryParts(result, record!, trace),
    jobs,
    allocator,
    timing: timingOf(result, wallSeconds, process.cpuUsage(cpuStart)),
  });
  const { end, endUs } = result;
  return {
    summary,
    record: record!,
    slowdowns: jobs.slowdowns,
    inputs: inputs!,
    overUs: overAt({ recorder: record!, end, endUs }),
  };
}

function summaryParts(
  { endUs, events, end, unschedulable, unfinished }: RunResult,
  recorder: RunRecord,
  traceFile: TraceFile,
) {
  const { shapes } = recorder;
  // The draws are the master's.
  return { recorder, shapes, endUs, events, seed: '', traceFile, end, unschedulable, unfinished };
}

function timingOf({ events }: RunResult, wallSeconds: number, cpu: NodeJS.CpuUsage): RunSummary['timing'] {
  return {
    wallSeconds,
    engineCpuSeconds: (cpu.user + cpu.system) / 1e6,
    eventsPerSecond: wallSeconds > 0 ? events / wallSeconds : null,
    cycleP50Ms: null,
    cycleP99Ms: null,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  };
}

/** How often the master's allocator has run; 0 where nobody says. */
async function allocationRuns(client: MasterClient): Promise<number> {
  const metrics = (await client.get('/metrics/snapshot')) as Readonly<Record<string, number | undefined>>;
  return metrics['allocator/mesos/allocation_runs'] ?? 0;
}

/** Their hosts; where several run on one, as `agora agents` shows them. */
function agentNames({ agents, ids }: LiveCluster): string[] {
  const hosts = agents.flatMap(({ hostnames = [] }) => hostnames);
  return new Set(hosts).size === ids.length ? hosts : ids.map(shortNames(ids));
}

function tracePathOf(args: ParsedArgs): string {
  const paths = [...args.values('trace'), ...args.positionals];
  if (paths.length === 1) return paths[0];
  const given = paths.length === 0 ? 'none is given' : `these are ${paths.join(', ')}`;
  throw new UserError(
    `agora replay takes one trace, and ${given}: agora replay --trace traces/paypal-ci.csv`,
  );
}
