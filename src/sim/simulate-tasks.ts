import type { Allocator, AllocatorOptions, AgentOrderName, OfferMode } from '../cluster/allocator.js';
import { SECOND } from '../cluster/ids.js';
import { Recorder } from '../metrics/recorder.js';
import { allocatorFrom, readsEstimates, type OwnAllocator } from '../plugins/resolve-allocator.js';
import { emptyRow, TraceBuilder } from '../workloads/trace-builder.js';
import { agentCount, parseCluster } from './cluster-spec.js';
import { runSimulation } from './run.js';

/** A task, or several alike. Times in seconds, memory and disk in MB. */
export interface TaskRow {
  readonly cpus: number;
  readonly mem: number;
  readonly disk?: number;
  readonly gpus?: number;
  /** When it is submitted. @defaultValue 0 */
  readonly submit?: number;
  /** How long it runs. @defaultValue 1 */
  readonly duration?: number;
  /** @defaultValue 'default' */
  readonly framework?: string;
  /** @defaultValue '*' */
  readonly role?: string;
  /** Equal tasks. @defaultValue 1 */
  readonly tasks?: number;
  /** They start together or not at all. @defaultValue false */
  readonly gang?: boolean;
  readonly priority?: number;
  /** How long it is said to run. */
  readonly estimate?: number;
  /** Attribute of its agent: `rack=r1`. */
  readonly constraint?: string;
}

export interface SimulateOptions {
  /** A name, a module's default export (definePolicy, defineAllocator), or a function that makes an allocator. */
  readonly allocator: OwnAllocator | string;
  /** Values of the allocator's options, as after the `?`. */
  readonly options?: Readonly<Record<string, string | number | boolean>>;
  /** `2*cpus:4;mem:4096`, one text per shape. */
  readonly agents: readonly string[];
  readonly tasks: readonly TaskRow[];
  /** @defaultValue 'demand' */
  readonly offers?: OfferMode;
  /** @defaultValue 'first-fit' */
  readonly agentOrder?: AgentOrderName;
  /** Weight by role. */
  readonly weights?: Readonly<Record<string, number>>;
  /** @defaultValue '1' */
  readonly seed?: string;
  /** End the run then at the latest, in seconds. */
  readonly until?: number;
}

/** What became of a task; in the order of the rows, several alike one after another. */
export interface TaskOutcome {
  readonly framework: string;
  readonly role: string;
  /** Seconds; undefined: it never started. */
  readonly start: number | undefined;
  /** Number of its agent, from 0; undefined: it never started. */
  readonly agent: number | undefined;
}

/**
 * Runs a few tasks under an allocator: small enough to reckon by hand, for tests of a policy. Offers are made at once, without
 * batches and latency; an allocator of one's own is asked every question twice.
 *
 * @throws PolicyFault when the allocator does what none may do
 */
export async function simulateTasks(options: SimulateOptions): Promise<TaskOutcome[]> {
  const {
    agents,
    tasks,
    offers = 'demand',
    agentOrder = 'first-fit',
    weights = {},
    seed = '1',
    until,
  } = options;
  const builder = new TraceBuilder({});
  for (const row of tasks) builder.add(traceRow(builder, row));
  const trace = builder.finish({ format: 'tasks' });
  const cluster = parseCluster(agents);
  if (agentCount(cluster) === 0) throw new RangeError('a cluster has an agent at least');
  const recorders: Recorder[] = [];
  await runSimulation({
    trace,
    agents: cluster,
    allocator: (each: AllocatorOptions): Allocator =>
      allocatorFrom(options.allocator, options.options ?? {}, each),
    durationsAsEstimates: readsEstimates(options.allocator),
    offers,
    agentOrder,
    instant: true,
    weights: new Map(Object.entries(weights)),
    seed,
    check: true,
    ...(until !== undefined && { untilUs: Math.round(until * SECOND) }),
    observe: (setup) => {
      const recorder = new Recorder(setup);
      recorders.push(recorder);
      return recorder;
    },
  });
  const [{ startUs, agent }] = recorders;
  return Array.from({ length: trace.taskCount }, (_, task) => ({
    framework: trace.frameworks[trace.framework[task]],
    role: trace.roles[trace.role[task]],
    start: startUs[task] < 0 ? undefined : startUs[task] / SECOND,
    agent: startUs[task] < 0 ? undefined : agent[task],
  }));
}

function traceRow(builder: TraceBuilder, row: TaskRow): Parameters<TraceBuilder['add']>[0] {
  const milli = (amount = 0): number => Math.round(amount * 1000);
  return {
    ...emptyRow(),
    submitUs: Math.round((row.submit ?? 0) * SECOND),
    durationUs: Math.round((row.duration ?? 1) * SECOND),
    cpusMilli: milli(row.cpus),
    memMilli: milli(row.mem),
    diskMilli: milli(row.disk),
    gpusMilli: milli(row.gpus),
    tasks: row.tasks ?? 1,
    gang: row.gang ?? false,
    priority: row.priority ?? 0,
    estimateUs: row.estimate === undefined ? -1 : Math.round(row.estimate * SECOND),
    framework: builder.frameworks.id(row.framework ?? 'default'),
    role: builder.roles.id(row.role ?? '*'),
    job: builder.newJob(),
    constraint: row.constraint === undefined ? -1 : builder.constraints.id(row.constraint),
  };
}
