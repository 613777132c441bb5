import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { metricsOf, type RunMetrics } from '../metrics/comparison.js';
import type { RunControl } from '../sim/run-config.js';
import type { RunEnd } from '../sim/simulation.js';
import type { ReadTraceOptions } from '../workloads/formats/format.js';
import { generate, writeTraceCsv } from '../workloads/generators/index.js';
import { readTrace, type TraceFile } from '../workloads/read-trace.js';
import { chooseCluster } from './choose-cluster.js';
import { runOptions } from './options.js';
import { chooseAllocator, OwnAllocatorRun } from './own-allocator.js';
import { parseArgs } from './parse-args.js';
import { checkAllocatorFits, readRunOptions, readTraceOptions } from './run-options.js';
import { shellWord } from './shell-word.js';
import { simulate } from './simulate.js';

/** Where the workload of a replication is from: a file, the same for all, or a generator, which draws it anew for each. */
export type WorkloadSource =
  | { readonly type: 'file'; readonly trace: TraceFile }
  | {
      readonly type: 'generator';
      readonly name: string;
      readonly days: number;
      readonly scale: number;
      readonly parameters: Readonly<Record<string, string>>;
    };

/** One run of a comparison, as plain data that can go to another thread. */
export interface ReplicationJob {
  /** As after --allocator. */
  readonly allocator: string;
  /** Of all random draws: the same for every allocator of the replication. */
  readonly seed: string;
  /** Options of `sim run`, the same for all runs. */
  readonly options: readonly string[];
}

export interface ReplicationResult {
  readonly metrics: RunMetrics;
  readonly end: RunEnd;
  readonly decisionHash: string;
  readonly events: number;
  /** Of the trace's bytes. */
  readonly sha256: string;
}

/** Runs replications one after the other, in the main thread or in another. */
export class Replicator {
  readonly #source: WorkloadSource;
  /** The last workload drawn: the allocators of one replication often follow each other. */
  #drawn: { readonly seed: string; readonly trace: TraceFile } | undefined;

  constructor(source: WorkloadSource) {
    this.#source = source;
  }

  async run({ allocator, seed, options }: ReplicationJob, control?: RunControl): Promise<ReplicationResult> {
    const path = this.#source.type === 'file' ? this.#source.trace.path : drawnName(this.#source, seed);
    const given = ['--allocator', allocator, '--seed', seed, ...options, '--trace', path];
    const args = await parseArgs(given, runOptions, 'sim compare');
    const trace = await this.#workload(seed, readTraceOptions(args));
    const choice = await chooseAllocator(args);
    const runOf = await readRunOptions(args, choice);
    const cluster = chooseCluster(trace, runOf.agents, runOf.agentsSource);
    checkAllocatorFits(choice, trace, cluster.agents, runOf.weights);
    const own = new OwnAllocatorRun(choice, `${drawCommand(this.#source, seed)}sim run`, args);
    try {
      const { summary, end } = await simulate(
        { trace, cluster, options: runOf, own, journal: undefined, explained: undefined, keepsRecord: false },
        control,
        () => undefined,
      );
      const { decisionHash, events } = summary;
      return { metrics: metricsOf(summary), end, decisionHash, events, sha256: trace.sha256 };
    } catch (error) {
      throw own.explained(error);
    } finally {
      own.stop();
    }
  }

  /** @param options the same for all runs; a file has been read with them */
  async #workload(seed: string, options: ReadTraceOptions): Promise<TraceFile> {
    if (this.#source.type === 'file') return this.#source.trace;
    if (this.#drawn?.seed !== seed)
      this.#drawn = { seed, trace: await drawTrace(this.#source, seed, options) };
    return this.#drawn.trace;
  }
}

type GeneratorSource = Extract<WorkloadSource, { type: 'generator' }>;

/** Draws a generator's trace, through a file: there is one way to read a trace. */
async function drawTrace(
  { name, days, scale, parameters }: GeneratorSource,
  seed: string,
  options: ReadTraceOptions,
): Promise<TraceFile> {
  const folder = await mkdtemp(join(tmpdir(), 'agora-draw-'));
  try {
    const path = join(folder, `${name}.csv`);
    const stream = createWriteStream(path);
    await writeTraceCsv(generate(name, { seed, days, scale, parameters }), stream);
    stream.end();
    await finished(stream);
    return { ...(await readTrace(path, options)), path: `${name} (seed ${seed})` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a drawn workload's file is called where somebody makes it. */
function drawnName({ name }: GeneratorSource, seed: string): string {
  return `${name}-${seed.replaceAll(/[^\w.-]+/g, '-')}.csv`;
}

/** The command that makes the file of a drawn workload, for a shell, with another to follow; of a file nothing. */
function drawCommand(source: WorkloadSource, seed: string): string {
  if (source.type === 'file') return '';
  const { name, days, scale, parameters } = source;
  const words = [
    ...[name, '--seed', seed, '--days', String(days), '--scale', String(scale)],
    ...Object.entries(parameters).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
    ...['-o', drawnName(source, seed)],
  ];
  return `sim trace generate ${words.map(shellWord).join(' ')} && `;
}

/**
 * The same trace with its columns in memory that threads share: a million tasks are not copied to each of them.
 */
export function shareTrace(trace: TraceFile): TraceFile {
  const shared = Object.entries(trace).map(([key, value]: [string, unknown]) => {
    if (!ArrayBuffer.isView(value)) return [key, value];
    const source = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    const bytes = new Uint8Array(new SharedArrayBuffer(source.length));
    bytes.set(source);
    const Column = value.constructor as new (buffer: SharedArrayBuffer) => ArrayBufferView;
    return [key, new Column(bytes.buffer)];
  });
  return Object.fromEntries(shared) as TraceFile;
}
