import { availableParallelism, totalmem } from 'node:os';
import type { ResourceJson } from '../../cluster/resources/json.js';
import { noUsage, usageOf, type ProcessUsage } from '../process/process-usage.js';
import type { Message } from '../wire/message-reader.js';
import type { TaskInfoMessage } from '../wire/messages.js';
import type { RunningExecutor } from './containers.js';

const MB = 2 ** 20;

/** A task that is not over, as it was launched. */
export type LimitedTask = Pick<TaskInfoMessage, 'resources' | 'limits'>;

/**
 * ResourceStatistics of each container: what its processes use, and what it may use. Where the host does not say what
 * processes use, that is left out.
 *
 * @param tasksOf those of a container
 */
export async function containerStatistics(
  executors: readonly RunningExecutor[],
  tasksOf: (executor: RunningExecutor) => readonly LimitedTask[],
): Promise<Message[]> {
  const allowances = executors.map(({ info }, at) => allowanceOf(info?.resources, tasksOf(executors[at])));
  const usage = await usageOf(executors.flatMap(({ runs }) => runs));
  const timestamp = Date.now() / 1000;
  return executors.map(({ runs }, at) => {
    const found = runs.flatMap(({ mark }) => usage.get(mark) ?? []);
    return { timestamp, ...(found.length > 0 && usedBy(found)), ...allowances[at] };
  });
}

function usedBy(groups: readonly ProcessUsage[]): Message {
  const sum = noUsage();
  for (const group of groups)
    for (const key of Object.keys(sum) as (keyof ProcessUsage)[]) sum[key] += group[key];
  return {
    processes: sum.processes,
    threads: sum.threads,
    cpus_user_time_secs: sum.userSeconds,
    cpus_system_time_secs: sum.systemSeconds,
    mem_rss_bytes: sum.rssBytes,
  };
}

/** As Mesos counts: what is allocated, and the same as limit, but for tasks that have a higher one. */
function allowanceOf(own: readonly ResourceJson[] | undefined, tasks: readonly LimitedTask[]): Message {
  const [cpus, mem] = ['cpus', 'mem'].map((name) => {
    const asked = [amountOf(own, name), ...tasks.map(({ resources }) => amountOf(resources, name))];
    const most = tasks.map(({ limits }, at) => Number(limits?.[name]?.value ?? asked[at + 1]));
    return { asked: total(asked), limit: total([asked[0], ...most]) };
  });
  return {
    cpus_soft_limit: cpus.asked,
    cpus_limit: Number.isFinite(cpus.limit) ? cpus.limit : availableParallelism(),
    mem_soft_limit_bytes: Math.round(mem.asked * MB),
    mem_limit_bytes: Number.isFinite(mem.limit) ? Math.round(mem.limit * MB) : totalmem(),
  };
}

function amountOf(resources: readonly ResourceJson[] | undefined, name: string): number {
  const own = (resources ?? []).filter((resource) => resource.name === name);
  return total(own.map(({ scalar }) => scalar?.value ?? 0));
}

function total(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}
