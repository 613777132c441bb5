import { availableParallelism, freemem, loadavg, totalmem } from 'node:os';
import type { Micros } from '../../cluster/ids.js';
import type { MasterAgent } from '../../cluster/master/agent-table.js';
import type { MasterInput, TaskState } from '../../cluster/protocol.js';
import { quantities } from '../../cluster/resources/queries.js';
import { nameOf } from '../../cluster/resources/kinds.js';
import type { MasterHost } from '../master/master-host.js';
import type { History } from './history.js';
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
/** Those of which Mesos counts how many made sense, and how many did not. */
const CHECKED: readonly (readonly [name: string, input: MasterInput['type']])[] = [
  ['status_updates', 'UPDATE'],
  ['status_update_acknowledgements', 'ACKNOWLEDGE'],
  ['framework_to_executor_messages', 'MESSAGE'],
  ['executor_to_framework_messages', 'EXECUTOR_MESSAGE'],
];
const RESOURCES = ['cpus', 'mem', 'disk', 'gpus'];

/** Figures of a master under the names that Mesos gives them (mesos-http-api 6.4). Yields wherever a pause is possible. */
export function* masterMetrics(
  host: MasterHost,
  startedUs: Micros,
  subscribers: number,
): Generator<undefined, Record<string, number>> {
  const { master, history, now } = host;
  const metrics: Record<string, number> = {
    'master/elected': 1,
    'master/uptime_secs': (now - startedUs) / 1e6,
    'master/outstanding_offers': master.offers.size,
    'allocator/mesos/allocation_runs': history.allocationRuns,
    'master/operator_event_stream_subscribers': subscribers,
    'master/slave_removals': history.agentsRemoved,
    'master/slave_registrations': history.agentsRegistered,
    'master/slave_reregistrations': history.agentsReregistered,
  };
  Object.assign(metrics, host.figures, messageCounts(history), quotaFigures(host));
  const [load1, load5, load15] = loadavg();
  Object.assign(metrics, {
    'system/cpus_total': availableParallelism(),
    'system/load_1min': load1,
    'system/load_5min': load5,
    'system/load_15min': load15,
    'system/mem_free_bytes': freemem(),
    'system/mem_total_bytes': totalmem(),
  });
  const usage = yield* Usage.of(master, history);
  const registered = usage.agents.filter(({ state }) => state === 'registered');
  Object.assign(metrics, agentCounts(usage.agents, registered));
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
  const total: Record<string, number> = {};
  const used: Record<string, number> = {};
  const offered: Record<string, number> = {};
  for (const agent of registered) {
    yield undefined;
    addTo(total, quantities(agent.total));
    addTo(used, quantities(usage.usedOn(agent.id)));
    addTo(offered, quantities(usage.offeredOn(agent.id)));
  }
  for (const name of RESOURCES) {
    const [all, part] = [(total[name] ?? 0) / 1000, (used[name] ?? 0) / 1000];
    metrics[`master/${name}_total`] = all;
    metrics[`master/${name}_used`] = part;
    metrics[`master/${name}_percent`] = all === 0 ? 0 : part / all;
    metrics[`allocator/mesos/resources/${name}/total`] = all;
    metrics[`allocator/mesos/resources/${name}/offered_or_allocated`] = part + (offered[name] ?? 0) / 1000;
  }
  return metrics;
}

function agentCounts(
  all: readonly MasterAgent[],
  registered: readonly MasterAgent[],
): Record<string, number> {
  const connected = registered.filter((agent) => agent.connected);
  const active = connected.filter(({ deactivated }) => !deactivated).length;
  return {
    'master/slaves_connected': connected.length,
    'master/slaves_disconnected': registered.length - connected.length,
    'master/slaves_active': active,
    'master/slaves_inactive': registered.length - active,
    'master/slaves_unreachable': all.filter(({ state }) => state === 'lost').length,
  };
}

function messageCounts({ inputCounts, validCounts }: History): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, input] of MESSAGES) counts[`master/messages_${name}`] = inputCounts.get(input) ?? 0;
  for (const [name, input] of CHECKED) {
    const valid = validCounts.get(input) ?? 0;
    counts[`master/valid_${name}`] = valid;
    counts[`master/invalid_${name}`] = (inputCounts.get(input) ?? 0) - valid;
  }
  return counts;
}

function quotaFigures({ master: { cluster } }: MasterHost): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [role, { guarantees, limits }] of cluster.quotas) {
    const prefix = `allocator/mesos/quota/roles/${cluster.roles.path(role)}/resources`;
    for (const [name, milli] of Object.entries(guarantees))
      figures[`${prefix}/${name}/guarantee`] = milli / 1000;
    for (const [name, milli] of Object.entries(limits)) figures[`${prefix}/${name}/limit`] = milli / 1000;
  }
  return figures;
}

function nameFor(state: TaskState): string {
  return `master/${state.replace('TASK_', 'tasks_').toLowerCase()}`;
}

function addTo(sum: Record<string, number>, amounts: ReadonlyMap<number, number>): void {
  for (const [name, milli] of amounts) sum[nameOf(name)] = (sum[nameOf(name)] ?? 0) + milli;
}
