import { AllocatorNameError, allocatorNeeds } from '../allocators/registry.js';
import type { AgentOrderName, OfferMode } from '../cluster/allocator.js';
import { SECOND, type Micros } from '../cluster/ids.js';
import type { Quantities } from '../cluster/protocol.js';
import type { AllocatorChoice } from '../plugins/resolve-allocator.js';
import type { Cluster } from '../sim/cluster-file/cluster.js';
import { parseCluster, type AgentSpec } from '../sim/cluster-spec.js';
import { parseLatency, type LatencySpec } from '../sim/network.js';
import type { RoleQuota } from '../sim/run-config.js';
import { SimError } from '../sim/sim-error.js';
import type { ReadTraceOptions } from '../workloads/formats/format.js';
import type { Trace } from '../workloads/trace.js';
import { choiceOption, durationOption, positiveOption } from './choices.js';
import type { ParsedArgs } from './parse-args.js';
import { parseMinAllocatable, parseQuotas, parseWeights } from './role-options.js';
import { readSorters, type Sorters } from './sorter-options.js';
import { UserError } from './user-error.js';

/** What the options of `sim run` ask for, checked and converted. */
export interface RunOptions {
  readonly tracePath: string;
  readonly readTrace: ReadTraceOptions;
  /** Undefined: the trace's own or the default cluster. */
  readonly agents: readonly AgentSpec[] | undefined;
  /** Where the agents are from, for people; undefined: from --agents. */
  readonly agentsSource: string | undefined;
  /** What a person should know of them. */
  readonly agentsNotices: readonly string[];
  readonly weights: ReadonlyMap<string, number>;
  readonly quotas: ReadonlyMap<string, RoleQuota>;
  /** As given after --allocator. */
  readonly allocator: string;
  readonly offers: OfferMode;
  /** Frameworks that never ask, by name: they are offered what the asks leave over. */
  readonly neverAsk: ReadonlySet<string>;
  /** The allocator turned demand offers on (semantics-notes P-1). */
  readonly needsAsks: boolean;
  /** The allocator reads how long tasks will run. */
  readonly usesEstimates: boolean;
  readonly agentOrder: AgentOrderName;
  readonly instant: boolean;
  readonly intervalUs: Micros;
  readonly refuseUs: Micros;
  /** Undefined: Mesos's. */
  readonly minAllocatable: readonly Quantities[] | undefined;
  readonly sorters: Sorters;
  /** As given, for people; undefined: none. */
  readonly latencyText: string | undefined;
  readonly latency: LatencySpec;
  readonly seed: string;
  readonly untilUs: Micros | undefined;
  readonly check: boolean;
  /** Where the journal goes; undefined: nowhere. */
  readonly journalPath: string | undefined;
}

/** A year: more is a slip of the pen, and a filter lives no longer. */
const longestUs = 365 * 86_400 * SECOND;

/** @throws UserError */
export async function readRunOptions(
  args: ParsedArgs,
  { text: allocator, needs, usesEstimates }: AllocatorChoice,
): Promise<RunOptions> {
  const tracePath = tracePathOf(args);
  const needsAsks = needs === 'asks';
  const offers = choiceOption(args, 'offers', ['coarse', 'demand']);
  if (needsAsks && offers === 'coarse') {
    throw new UserError(
      `${allocator} needs to know what each framework asks for, and coarse offers do not tell it.\nLeave out --offers coarse.`,
    );
  }
  const neverAsk = new Set(listOf(args.value('never-ask') ?? ''));
  if (neverAsk.size > 0 && !needsAsks && offers !== 'demand') {
    throw new UserError('--never-ask is about demand offers, where the others ask: add --offers demand.');
  }
  const instant = args.has('instant');
  const latencyText = args.value('latency');
  for (const other of ['allocation-interval', 'latency']) {
    if (instant && args.has(other)) {
      throw new UserError(`--instant means no batches and no latency: leave out --${other} or --instant.`);
    }
  }
  const minAllocatable = args.value('min-allocatable');
  const cluster = await clusterOf(args);
  return {
    tracePath,
    readTrace: readTraceOptions(args),
    agents: cluster?.agents,
    agentsSource: args.has('cluster') ? `from ${args.value('cluster') ?? ''}` : undefined,
    agentsNotices: cluster?.notices ?? [],
    // The command line has the last word.
    weights: new Map([...(cluster?.weights ?? []), ...parseWeights(args.value('weights') ?? '')]),
    quotas: new Map([...(cluster?.quotas ?? []), ...parseQuotas(args.values('quota'))]),
    allocator,
    offers: needsAsks ? 'demand' : (offers ?? 'coarse'),
    neverAsk,
    needsAsks,
    usesEstimates,
    agentOrder:
      choiceOption(args, 'agent-order', ['random', 'first-fit', 'best-fit', 'least-loaded']) ?? 'random',
    instant,
    intervalUs: intervalOf(args),
    refuseUs: Math.min(durationOption(args, 'refuse-seconds') ?? 5 * SECOND, longestUs),
    minAllocatable: minAllocatable === undefined ? undefined : parseMinAllocatable(minAllocatable),
    sorters: readSorters(args),
    latencyText,
    latency: asUsage(() => parseLatency(latencyText ?? 'none')),
    seed: args.value('seed') ?? '1',
    untilUs: durationOption(args, 'until'),
    check: args.has('check'),
    journalPath: args.value('journal'),
  };
}

/** What --cluster or --agents describe; undefined when neither is given. */
async function clusterOf(args: ParsedArgs): Promise<Cluster | undefined> {
  const path = args.value('cluster');
  if (path === undefined) {
    if (!args.has('agents')) return undefined;
    const agents = asUsage(() => parseCluster(args.values('agents')));
    return { agents, weights: new Map(), quotas: new Map(), notices: [] };
  }
  if (args.has('agents')) {
    throw new UserError('--cluster and --agents both say which agents there are: leave one of them out.');
  }
  const { readCluster } = await import('../sim/cluster-file/read.js');
  return await readCluster(path);
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** How to read the trace; every command that reads one takes these. */
export function readTraceOptions(args: ParsedArgs): ReadTraceOptions {
  const options: { -readonly [K in keyof ReadTraceOptions]: ReadTraceOptions[K] } = {
    rebase: args.has('rebase'),
    skipBadRows: args.has('skip-bad-rows'),
  };
  const [format, tenant] = [args.value('format'), args.value('tenant')];
  const frameworkModel = args.value('framework-model');
  const [splitCpus, scaleLoad] = [positiveOption(args, 'split-cpus'), positiveOption(args, 'scale-load')];
  if (format !== undefined) options.format = format;
  if (tenant !== undefined) options.tenant = tenant;
  if (frameworkModel !== undefined) options.frameworkModel = frameworkModel;
  if (splitCpus !== undefined) options.splitCpus = splitCpus;
  if (scaleLoad !== undefined) options.scaleLoad = scaleLoad;
  return options;
}

function tracePathOf(args: ParsedArgs): string {
  const paths = [...args.values('trace'), ...args.positionals];
  if (paths.length === 0) {
    throw new UserError(
      'sim run needs a trace: sim run --trace traces/paypal-ci.csv\n' +
        'sim run alone says what a trace is, and how to come by one.',
    );
  }
  if (paths.length > 1) throw new UserError(`sim run takes one trace, and these are ${paths.join(', ')}.`);
  return paths[0];
}

/** @throws UserError */
export function checkAllocator(text: string): void {
  try {
    allocatorNeeds(text);
  } catch (error) {
    if (!(error instanceof AllocatorNameError)) throw error;
    const isUnknown = error.message.startsWith('no allocator');
    const hint = isUnknown ? '\nA path loads your own module: --allocator ./my-policy.ts' : '';
    throw new UserError(error.message + hint);
  }
}

/** @throws UserError when the allocator cannot serve such a trace on such a cluster */
export function checkAllocatorFits(
  choice: AllocatorChoice,
  trace: Trace,
  agents: readonly AgentSpec[],
  weights: ReadonlyMap<string, number>,
): void {
  const { roles, frameworks } = trace;
  const problem = choice.misfit({ agents, roles, frameworks, weights });
  if (problem !== undefined) throw new UserError(problem);
}

function intervalOf(args: ParsedArgs): Micros {
  const intervalUs = durationOption(args, 'allocation-interval') ?? SECOND;
  if (intervalUs > 0 && intervalUs <= longestUs) return intervalUs;
  throw new UserError(
    `--allocation-interval is "${args.value('allocation-interval') ?? ''}"; it is above 0 and at most a year.\n` +
      'For an allocation at every change there is --instant.',
  );
}

/** What the engine says of a bad option is wrong usage. */
function asUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SimError) throw new UserError(error.message);
    throw error;
  }
}
