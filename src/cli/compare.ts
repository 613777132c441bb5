import { randomSorters, type SorterNames } from '../cluster/sorters.js';
import { comparedMetrics, pairedDifference } from '../metrics/comparison.js';
import type { Comparison, ComparedRun } from '../report/comparison.js';
import { comparisonText } from '../report/comparison-text.js';
import { readTrace } from '../workloads/read-trace.js';
import { wholeOption } from './choices.js';
import type { Command } from './command.js';
import { compareOptions, sharedRunOptions } from './compare-options.js';
import { chooseAllocator } from './own-allocator.js';
import { parseArgs, type ParsedArgs } from './parse-args.js';
import { provenanceOf } from './provenance.js';
import { defaultWorkers, runReplications } from './replication-pool.js';
import type { ReplicationJob, ReplicationResult, WorkloadSource } from './replication.js';
import { readRunOptions, readTraceOptions } from './run-options.js';
import { readSorters } from './sorter-options.js';
import type { Terminal } from './terminal.js';
import { generatorSettings } from './trace-generate.js';
import { ExitStatus, UserError } from './user-error.js';

/** `sim compare`: allocators against each other, over replications with common random numbers. */
export const compare: Command = {
  name: 'compare',
  usage: '--trace FILE --allocators A,B,… [options]',
  about: 'allocators against the first one: paired differences with 95 % intervals',
  options: compareOptions,
  examples: [
    'sim compare --trace traces/ebay-ci.csv --allocators drf,fifo --until 6h',
    'sim compare --trace x.csv --allocators drf,./mine.ts --seeds 20 --out cmp',
    'sim compare --generate ebay-ci --scale 0.2 --allocators drf,fifo --seeds 10',
  ],
  notes: [
    'Replication r runs every allocator with the seed SEED/r, so that all see the',
    'same workload and draws: sim run --seed SEED/r repeats one. Options of sim run',
    'for cluster, allocation and simulation work here, too.',
  ],
  guide: [
    'It needs a trace, or a generator that draws one for each replication, and two',
    'allocators or more:',
    '  sim compare --trace traces/ebay-ci.csv --allocators drf,fifo --until 6h',
    '  sim compare --generate ebay-ci --scale 0.2 --allocators drf,fifo',
    'One may be your own: sim new-allocator my-policy writes it, and',
    '  sim compare --trace traces/ebay-ci.csv --allocators drf,./my-policy.ts',
  ],
  run: runCompare,
};

async function runCompare(args: ParsedArgs, terminal: Terminal): Promise<ExitStatus> {
  const allocators = allocatorsOf(args);
  const replications = wholeOption(args, 'seeds', 1, 100_000) ?? 10;
  const seed = args.value('seed') ?? '1';
  const source = await sourceOf(args);
  const given = args.toArgs((name) => sharedRunOptions.has(name));
  const options = given.slice(0, given.length - args.positionals.length);
  for (const allocator of allocators) await checkRun(allocator, options);
  const jobs = Array.from({ length: replications }, (_, r) =>
    allocators.map((allocator): ReplicationJob => ({ allocator, seed: `${seed}/${r + 1}`, options })),
  ).flat();

  const sorters = randomSorters(readSorters(args));
  const out = await openOut(args);
  const stop = new AbortController();
  let finished = 0;
  terminal.onInterrupt(() => {
    if (stop.signal.aborted) terminal.exit(ExitStatus.interrupted);
    stop.abort();
    terminal.err('sim: interrupted; comparing what is through (Ctrl-C again: end at once)\n');
  });
  try {
    const workers = wholeOption(args, 'workers', 1, 1024) ?? defaultWorkers();
    const shows = terminal.isInteractive && !args.has('quiet');
    const results = await runReplications(source, jobs, workers, stop.signal, () => {
      finished++;
      if (shows)
        terminal.err(`\r  ${finished} of ${jobs.length} runs${finished === jobs.length ? '\n' : ''}`);
    });
    const comparison = comparisonOf({ allocators, replications, seed, sorters, source, jobs, results });
    await out?.write(comparison, await provenanceOf('compare', args));
    terminal.out(args.has('json') ? `${JSON.stringify(comparison, null, 2)}\n` : comparisonText(comparison));
    if (comparison.partial) return ExitStatus.interrupted;
    return comparison.runs.some(({ end }) => end === 'stalled') ? ExitStatus.negative : ExitStatus.done;
  } finally {
    terminal.onInterrupt(undefined);
    out?.discard();
  }
}

function allocatorsOf(args: ParsedArgs): string[] {
  const names = (args.value('allocators') ?? '').split(',').map((name) => name.trim());
  const allocators = names.filter((name) => name !== '');
  if (allocators.length < 2) {
    throw new UserError(
      'sim compare needs two allocators or more: --allocators drf,fifo\nThe first is what the others are compared with.',
    );
  }
  const twice = allocators.find((name, i) => allocators.indexOf(name) < i);
  if (twice !== undefined) throw new UserError(`--allocators names ${twice} twice; give it once.`);
  return allocators;
}

/** The file, read once, or the generator. */
async function sourceOf(args: ParsedArgs): Promise<WorkloadSource> {
  const paths = [...args.values('trace'), ...args.positionals];
  const name = args.value('generate');
  if (name !== undefined) {
    if (paths.length > 0)
      throw new UserError('a workload is from --trace or from --generate; give one of them.');
    return { type: 'generator', ...generatorSettings(name, args) };
  }
  for (const option of ['days', 'scale', 'set']) {
    if (args.has(option)) throw new UserError(`--${option} is for --generate, and there is none.`);
  }
  if (paths.length !== 1) {
    const what =
      paths.length === 0 ? 'a trace, or a generator' : `one trace, and these are ${paths.join(', ')}`;
    throw new UserError(`sim compare needs ${what}: --trace traces/paypal-ci.csv, or --generate paypal-ci`);
  }
  return { type: 'file', trace: await readTrace(paths[0], readTraceOptions(args)) };
}

/** What is wrong with the options is told before the first run. */
async function checkRun(allocator: string, options: readonly string[]): Promise<void> {
  const { runOptions } = await import('./options.js');
  const args = await parseArgs(['--allocator', allocator, ...options, 'x'], runOptions, 'sim compare');
  await readRunOptions(args, await chooseAllocator(args));
}

async function openOut(args: ParsedArgs) {
  const path = args.value('out');
  if (path === undefined) return undefined;
  const { openComparisonFolder } = await import('../report/out/comparison-folder.js');
  return await openComparisonFolder(path);
}

interface Parts {
  readonly allocators: readonly string[];
  readonly replications: number;
  readonly seed: string;
  readonly sorters: SorterNames | undefined;
  readonly source: WorkloadSource;
  readonly jobs: readonly ReplicationJob[];
  readonly results: readonly (ReplicationResult | undefined)[];
}

/** Only replications that every allocator finished count: the differences are of pairs. */
function comparisonOf({ allocators, replications, seed, sorters, source, jobs, results }: Parts): Comparison {
  const isComplete = (r: number): boolean =>
    allocators.every((_, a) => results[r * allocators.length + a] !== undefined);
  const complete = Array.from({ length: replications }, (_, r) => r).filter(isComplete);
  const resultsOf = (a: number): ReplicationResult[] =>
    complete.map((r) => results[r * allocators.length + a]!);
  const runs = complete.flatMap((r) =>
    allocators.map((allocator, a): ComparedRun => {
      const { metrics, end, decisionHash } = results[r * allocators.length + a]!;
      const { seed: ofRun } = jobs[r * allocators.length + a];
      return { allocator, replication: r + 1, seed: ofRun, end, decisionHash, metrics };
    }),
  );
  const base = resultsOf(0).map(({ metrics }) => metrics);
  const isDrawn = source.type === 'generator';
  const hashes = (a: number): Set<string> => new Set(resultsOf(a).map(({ decisionHash }) => decisionHash));
  return {
    baseline: allocators[0],
    allocators,
    replications,
    complete: complete.length,
    seed,
    ...(sorters && { sorters }),
    workload: {
      name: isDrawn ? source.name : source.trace.path,
      sha256: isDrawn ? null : source.trace.sha256,
      isDrawn,
    },
    partial: complete.length < replications,
    fixed: Object.fromEntries(allocators.map((allocator, a) => [allocator, hashes(a).size <= 1])),
    metrics: comparedMetrics,
    comparisons: allocators.slice(1).map((allocator, i) => {
      const other = resultsOf(i + 1).map(({ metrics }) => metrics);
      return {
        allocator,
        against: allocators[0],
        differences: comparedMetrics.map((metric) => pairedDifference(metric, base, other)),
      };
    }),
    runs,
  };
}
