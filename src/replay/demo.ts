import { setTimeout as delay } from 'node:timers/promises';
import { SECOND, type Micros } from '../cluster/ids.js';
import { nameIdOf } from '../cluster/resources/kinds.js';
import { quantities } from '../cluster/resources/queries.js';
import type { MasterClient } from '../realnet/client/master-client.js';
import { emptyRow, TraceBuilder } from '../workloads/trace-builder.js';
import type { Trace } from '../workloads/trace.js';
import { readCluster, type LiveCluster } from './cluster.js';
import { replayTrace } from './replay.js';

/** Of the roles of the demo: when all of them want more, they get the cluster in these proportions. */
const DEMO_WEIGHTS: Readonly<Record<string, number>> = { web: 1, ci: 2, analytics: 1 };

/** Every so often its frameworks leave, and new ones begin. */
const DEMO_ROUND_US: Micros = 600 * SECOND;

/** A cluster without agents is looked at again so often. */
const LOOK_MS = 1000;

/** About so many tasks fill a cluster of up to as many agents: each is a process on this machine. */
const MOST_SLOTS = 32;
const SLOTS_OF_AGENT = 8;
/** Builds and queries take their turns through these, in seconds. */
const BUILD_SECONDS = [4, 7, 5, 10, 6];
const QUERY_SECONDS = [8, 12, 6, 10];
/** Somebody pushes every so often; builds alone would keep 70 % of the cluster busy. */
const PUSH_SECONDS = 4;
const BUILDS_SHARE = 0.7;
/** A build of every third push fails. */
const FAILING = 3;
/** A batch of queries comes every so often: twice as many as the cluster holds, gone by the next. */
const BATCH_SECONDS = 120;

/** One kind of task of the demo. */
interface Kind {
  readonly role: string;
  readonly framework: string;
  /** A line for the shell that runs so many seconds. */
  readonly command: (seconds: number) => string;
}

const site: Kind = {
  role: 'web',
  framework: 'site',
  command: () => 'while :; do echo "$(date +%T) serving"; sleep 5; done',
};
const builds: Kind = {
  role: 'ci',
  framework: 'builds',
  command: (seconds) => `echo compiling; sleep ${seconds}; echo "all tests passed"`,
};
const queries: Kind = {
  role: 'analytics',
  framework: 'queries',
  command: (seconds) => `echo "reading rows"; sleep ${seconds}; echo "$$ rows"`,
};

/**
 * The load of `agora local --demo`, cut to the size of a cluster: services that stay, a stream of short builds (of which
 * some fail), and now and then a batch of queries that wants more than there is, so that weights show.
 */
export function demoTrace({ agents }: Pick<LiveCluster, 'agents'>): Trace {
  const slots = Math.min(agents.length * SLOTS_OF_AGENT, MOST_SLOTS);
  const perAgent = Math.max(1, Math.floor(slots / agents.length));
  /** The same of every agent, so that a task fits on any of them. */
  const share = (name: string): number => {
    const least = Math.min(...agents.map(({ resources }) => quantities(resources).get(nameIdOf(name)) ?? 0));
    return Math.floor(least / perAgent);
  };
  const size = { cpusMilli: share('cpus'), memMilli: Math.floor(share('mem') / 2) };
  const trace = new TraceBuilder();
  const add = (kind: Kind, job: string, at: number, seconds: number, more: object): void => {
    const framework = trace.frameworks.id(kind.framework);
    const { exit = 0 } = more as { readonly exit?: number };
    const line = `${kind.command(seconds)}${exit === 0 ? '' : `; echo "a test failed" >&2; exit ${exit}`}`;
    trace.add({
      ...emptyRow(),
      ...size,
      ...more,
      submitUs: at * SECOND,
      durationUs: seconds * SECOND,
      framework,
      role: trace.roles.id(kind.role),
      job: trace.jobOf(framework, trace.jobNames.id(job)),
      command: trace.commands.id(line),
    });
  };
  const endSeconds = DEMO_ROUND_US / SECOND;
  add(site, 'frontend', 0, 1, { tasks: Math.ceil(slots / 8), service: true });
  const meanSeconds = BUILD_SECONDS.reduce((sum, seconds) => sum + seconds, 0) / BUILD_SECONDS.length;
  const tasks = Math.max(1, Math.round((BUILDS_SHARE * slots * PUSH_SECONDS) / meanSeconds));
  for (let push = 0; push * PUSH_SECONDS < endSeconds; push++) {
    const [job, at] = [`build-${push + 1}`, push * PUSH_SECONDS];
    const seconds = BUILD_SECONDS[push % BUILD_SECONDS.length];
    const failing = push % FAILING === FAILING - 1 ? 1 : 0;
    if (failing > 0) add(builds, job, at, seconds, { exit: 1 });
    if (tasks > failing) add(builds, job, at, seconds, { tasks: tasks - failing });
  }
  for (let at = 0; at < endSeconds; at += BATCH_SECONDS) {
    for (const seconds of QUERY_SECONDS)
      add(queries, `batch-${at / BATCH_SECONDS + 1}`, at, seconds, { tasks: Math.ceil(slots / 2) });
  }
  return trace.finish({ format: 'demo' });
}

export interface DemoOptions {
  readonly client: MasterClient;
  readonly allocator: string;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Keeps a cluster busy with {@link demoTrace} until it is told to end; then its frameworks are torn down and their tasks
 * killed. They are the framework models of the simulator, as in a replay.
 *
 * @throws MasterClientError
 */
export async function runDemo({ client, allocator, signal }: DemoOptions): Promise<void> {
  const infos = Object.entries(DEMO_WEIGHTS).map(([role, weight]) => ({ role, weight }));
  await client.change('UPDATE_WEIGHTS', { weight_infos: infos });
  while (!signal.aborted) {
    const cluster = await readCluster(client);
    if (cluster.agents.length === 0) {
      await delay(LOOK_MS, undefined, { signal }).catch(() => undefined);
      continue;
    }
    await replayTrace(
      {
        trace: demoTrace(cluster),
        client,
        cluster,
        speedup: 1,
        offers: cluster.flags.get('offers') === 'demand' ? 'demand' : 'coarse',
        allocator,
        refuseUs: 5 * SECOND,
        untilUs: DEMO_ROUND_US,
        onLost: () => undefined,
      },
      { pause: () => signal.aborted },
    );
  }
}
