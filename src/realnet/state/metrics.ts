import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import type { Micros } from '../../cluster/ids.js';
import type { MasterInput, TaskState } from '../../cluster/protocol.js';
import { quantities } from '../../cluster/resources/queries.js';
import { nameOf } from '../../cluster/resources/kinds.js';
import type { MasterHost } from '../master/master-host.js';
import { Usage } from './usage.js';

const LIVE: readonly TaskState[] = [
  'TASK_STAGING',
  'TASK_STARTING',
  'TASK_RUNNING',
  'TASK_KILLING',
  'TASK_UNREACHABLE',
];
const ENDED: readonly TaskState[] = [
  'TASK_FINISHED',
  'TASK_FAILED',
  'TASK_KILLED',
  'TASK_ERROR',
  'TASK_LOST',
  'TASK_DROPPED',
  'TASK_GONE',
  'TASK_GONE_BY_OPERATOR',
];
/** How Mesos calls the messages that it counts. */
const MESSAGES: readonly (readonly [name: string, input: MasterInput['type']])[] = [
  ['register_framework', 'SUBSCRIBE'],
  ['unregister_framework', 'TEARDOWN'],
  ['resource_request', 'REQUEST'],
  ['launch_tasks', 'ACCEPT'],
  ['decline_offers', 'DECLINE'],
  ['suppress_offers', 'SUPPRESS'],
  ['revive_offers', 'REVIVE'],
  ['kill_task', 'KILL'],
  ['status_update_acknowledgement', 'ACKNOWLEDGE'],
  ['reconcile_tasks', 'RECONCILE'],
  ['framework_to_executor', 'MESSAGE'],
  ['executor_to_framework', 'EXECUTOR_MESSAGE'],
  ['register_slave', 'REGISTER_AGENT'],
  ['status_update', 'UPDATE'],
  ['exited_executor', 'EXECUTOR_EXITED'],
];
const RESOURCES = ['cpus', 'mem', 'disk', 'gpus'];

/** Figures of a master under the names that Mesos gives them (mesos-http-api 6.4). Yields wherever a pause is possible. */
export function* masterMetrics(
  { master, history, now }: MasterHost,
  startedUs: Micros,
  subscribers: number,
): Generator<undefined, Record<string, number>> {
  const metrics: Record<string, number> = {
    'master/elected': 1,
    'master/uptime_secs': (now - startedUs) / 1e6,
    'master/outstanding_offers': master.offers.size,
    'allocator/mesos/allocation_runs': history.allocationRuns,
    'master/operator_event_stream_subscribers': subscribers,
    'master/slave_removals': history.agentsRemoved,
  };
  for (const [name, input] of MESSAGES)
    metrics[`master/messages_${name}`] = history.inputCounts.get(input) ?? 0;
  const [load1, load5, load15] = loadavg();
  Object.assign(metrics, {
    'system/cpus_total': availableParallelism(),
    'system/load_1min': load1,
    'system/load_5min': load5,
    'system/load_15min': load15,
    'system/mem_free_bytes': freemem(),
    'system/mem_total_bytes': totalmem(),
  });
  const agents = [...master.agents];
  const registered = agents.filter(({ state }) => state === 'registered');
  metrics['master/slaves_connected'] = registered.filter(({ connected }) => connected).length;
  metrics['master/slaves_disconnected'] = registered.length - metrics['master/slaves_connected'];
  metrics['master/slaves_active'] = registered.filter(
    (agent) => agent.connected && !agent.deactivated,
  ).length;
  metrics['master/slaves_inactive'] = registered.length - metrics['master/slaves_active'];
  metrics['master/slaves_unreachable'] = agents.filter(({ state }) => state === 'lost').length;
  const frameworks = [...master.frameworks].filter(({ removed }) => !removed);
  const connected = frameworks.filter((framework) => framework.connected).length;
  metrics['master/frameworks_connected'] = connected;
  metrics['master/frameworks_active'] = connected;
  metrics['master/frameworks_disconnected'] = frameworks.length - connected;
  metrics['master/frameworks_inactive'] = frameworks.length - connected;
  yield undefined;
  const counts = new Map<TaskState, number>();
  for (let task = 0; task < history.tasks.length; task++) {
    if (task % 64 === 0) yield undefined;
    const record = history.tasks[task];
    if (record !== undefined) counts.set(record.state, (counts.get(record.state) ?? 0) + 1);
  }
  for (const state of LIVE) metrics[nameFor(state)] = counts.get(state) ?? 0;
  for (const state of ENDED) metrics[nameFor(state)] = history.ended.get(state) ?? 0;
  yield undefined;
  const usage = yield* Usage.of(master, history);
  const total: Record<string, number> = {};
  const used: Record<string, number> = {};
  for (const agent of registered) {
    yield undefined;
    addTo(total, quantities(agent.total));
    const bag = usage.usedOnAgent.get(agent.id);
    if (bag !== undefined) addTo(used, quantities(bag.toResources()));
  }
  for (const name of RESOURCES) {
    const [all, part] = [(total[name] ?? 0) / 1000, (used[name] ?? 0) / 1000];
    metrics[`master/${name}_total`] = all;
    metrics[`master/${name}_used`] = part;
    metrics[`master/${name}_percent`] = all === 0 ? 0 : part / all;
  }
  return metrics;
}

function nameFor(state: TaskState): string {
  return `master/${state.replace('TASK_', 'tasks_').toLowerCase()}`;
}

function addTo(sum: Record<string, number>, amounts: ReadonlyMap<number, number>): void {
  for (const [name, milli] of amounts) sum[nameOf(name)] = (sum[nameOf(name)] ?? 0) + milli;
}
