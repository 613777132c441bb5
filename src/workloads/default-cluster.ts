import { demandOf, milliOf, perResource, resourceNames, type Demand, type PerResource } from './demand.js';
import { largestMilli } from './trace-info.js';
import { TaskFlag, type TaskShape, type Trace } from './trace.js';

/** A cluster for a trace that comes without one. */
export interface DefaultCluster {
  /** As --agents takes it: `57*cpus:32;mem:131072`. */
  readonly text: string;
  readonly count: number;
  /** One sentence for the output of a run: where these agents come from. */
  readonly explanation: string;
}

/** Milli-units of an agent. */
type Agent = PerResource<number>;

const targetLoad = 0.8;

/**
 * The agents to choose from, smallest first: 4 GB of memory and 16 GB of disk a cpu, as the common machines for rent
 * have them, and a gpu for every 8 cpus (one at least).
 */
const agentCpus = [4, 8, 16, 32, 64, 128, 256];
const memPerCpu = 4096;
const diskPerCpu = 16_384;
const cpusPerGpu = 8;

/**
 * The smallest agent of a fixed list that holds the largest task, as many of them as make the 95th percentile of
 * concurrent demand 80% of capacity in the scarcest resource, and enough for the largest gang.
 * Disk and gpus are given only to a trace that asks for them.
 */
export function defaultCluster(trace: Trace, { p95Milli }: Demand = demandOf(trace)): DefaultCluster {
  const largest = perResource((name) => largestMilli(trace, name));
  const listed = agentCpus
    .map(agentOf)
    .find((agent) => resourceNames.every((name) => agent[name] >= largest[name]));
  const agent = listed ?? largerThanListed(largest);
  const needs = resourceNames.map((name) => ({
    name,
    agents: p95Milli[name] === 0 ? 0 : Math.ceil(p95Milli[name] / (targetLoad * agent[name])),
  }));
  const scarcest = needs.reduce((most, need) => (need.agents > most.agents ? need : most));
  const forGang = agentsForLargestGang(trace, agent);
  const count = Math.max(1, scarcest.agents, forGang);
  const shown = resourceNames.filter((name) => name === 'cpus' || name === 'mem' || largest[name] > 0);
  const text = `${count}*${shown.map((name) => `${name}:${agent[name] / 1000}`).join(';')}`;
  const why =
    forGang > scarcest.agents
      ? 'as many as hold its largest gang'
      : `as many as make the 95th percentile of concurrent demand ${targetLoad * 100}% of the ${scarcest.name}`;
  const holds =
    listed === undefined ? 'made to hold the largest task' : 'the smallest that hold the largest task';
  return { text, count, explanation: `chosen for the trace: agents ${holds}, ${why}` };
}

function agentOf(cpus: number): Agent {
  const gpus = Math.max(1, cpus / cpusPerGpu);
  return {
    cpus: cpus * 1000,
    mem: cpus * memPerCpu * 1000,
    disk: cpus * diskPerCpu * 1000,
    gpus: gpus * 1000,
  };
}

/** The largest agent of the list, with as much of each resource as the largest task asks for, in whole units. */
function largerThanListed(largest: PerResource<number>): Agent {
  const agent = agentOf(agentCpus[agentCpus.length - 1]);
  return perResource((name) => Math.max(agent[name], Math.ceil(largest[name] / 1000) * 1000));
}

/** Agents that any gang surely fits on when they are empty: tasks of one shape fill agents of their own. */
function agentsForLargestGang(trace: Trace, agent: Agent): number {
  const perAgent = Float64Array.from(trace.shapes, (shape) => tasksPerAgent(shape, agent));
  let most = 0;
  let agents = 0;
  let run = 0;
  for (let task = 0; task < trace.taskCount; task++) {
    const flags = trace.flags[task];
    if ((flags & TaskFlag.gang) === 0) continue;
    const isStart = (flags & TaskFlag.gangStart) !== 0;
    if (isStart) agents = 0;
    const continues = !isStart && trace.shape[task] === trace.shape[task - 1];
    run = continues ? run + 1 : 1;
    if ((run - 1) % perAgent[trace.shape[task]] === 0) agents++;
    if (agents > most) most = agents;
  }
  return most;
}

function tasksPerAgent(shape: TaskShape, agent: Agent): number {
  const asked = resourceNames.filter((name) => milliOf(shape, name) > 0);
  return Math.min(...asked.map((name) => Math.floor(agent[name] / milliOf(shape, name))));
}
