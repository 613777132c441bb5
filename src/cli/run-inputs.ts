import { offeredLoad } from '../metrics/load.js';
import { humanCounted, humanDuration } from '../report/human.js';
import type { RunInputs } from '../report/summary-text.js';
import { randomSorters, sortersText } from '../cluster/sorters.js';
import type { Recorder } from '../metrics/recorder.js';
import { agentCount } from '../sim/cluster-spec.js';
import type { RunSetup } from '../sim/run-config.js';
import type { TraceFile } from '../workloads/read-trace.js';
import { TaskFlag } from '../workloads/trace.js';
import type { ChosenCluster } from './choose-cluster.js';
import type { RunOptions } from './run-options.js';

/** How offers are made, in a few words each, and what a person should know of the agents. */
export interface RunAbout {
  readonly allocator: readonly string[];
  readonly notices: readonly string[];
}

/** What went into a run, for the person who reads the results. */
export function runInputs(
  trace: TraceFile,
  cluster: ChosenCluster,
  about: RunAbout,
  setup: RunSetup,
  recorder: Recorder,
): RunInputs {
  let services = 0;
  let lastSubmitUs = trace.originUs;
  for (let task = 0; task < trace.taskCount; task++) {
    if ((trace.flags[task] & TaskFlag.service) !== 0) services++;
    lastSubmitUs = Math.max(lastSubmitUs, trace.submitUs[task]);
  }
  const { columns, outcome } = recorder;
  const load = offeredLoad(trace, columns, setup.shapes, outcome);
  const left = setup.unschedulable.length;
  return {
    trace: {
      path: trace.path,
      tasks: trace.taskCount,
      services,
      jobs: trace.jobCount,
      frameworks: trace.frameworks.length,
      roles: trace.roles.length,
      span: (lastSubmitUs - trace.originUs) / 1e6,
      dropped: Object.values(trace.dropped).reduce((sum, count) => sum + count, 0),
    },
    cluster: {
      agents: agentCount(cluster.agents),
      totals: columns.names.map((name, column) => [name, columns.totals[column]]),
      source: cluster.source,
    },
    allocator: about.allocator,
    load: Object.fromEntries(columns.names.map((name, column) => [name, load[column]])),
    notes: [
      ...trace.notices,
      ...about.notices,
      ...(left > 0 ? [`${humanCounted(left, 'task')} left out: no agent can hold such a task`] : []),
    ],
  };
}

/** @param options of `sim run` */
export function aboutRun(options: RunOptions): RunAbout {
  const { allocator, offers, needsAsks, instant, intervalUs, agentOrder, seed, latencyText } = options;
  const sorters = randomSorters(options.sorters);
  const facts = [
    allocator,
    `${offers} offers${needsAsks ? ` (${allocator.split('?', 1)[0]} needs them)` : ''}`,
    ...(sorters === undefined ? [] : [sortersText(sorters)]),
    instant ? 'instant' : `${humanDuration(intervalUs / 1e6)} batches`,
    ...(agentOrder === 'random' ? [] : [agentOrder]),
    ...(latencyText === undefined ? [] : [`latency ${latencyText}`]),
    `seed ${seed}`,
  ];
  return { allocator: facts, notices: options.agentsNotices };
}
