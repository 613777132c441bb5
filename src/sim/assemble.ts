import { AgentTasks } from '../cluster/agent/agent-tasks.js';
import { Agent } from '../cluster/agent/agent.js';
import type { Allocator, AllocatorOptions, RandomSource } from '../cluster/allocator.js';
import { SECOND } from '../cluster/ids.js';
import { JournalWriter } from '../cluster/journal/journal-writer.js';
import { Master } from '../cluster/master/master.js';
import { quotaProblem, weightsProblem } from '../cluster/master/policy.js';
import type { AgentInfo, Quantities, TaskSpec } from '../cluster/protocol.js';
import { Resources } from '../cluster/resources/resources.js';
import { Roles } from '../cluster/roles.js';
import { TaskRows } from '../cluster/task-rows.js';
import { TaskProgress } from '../workloads/frameworks/workload.js';
import { randomStream } from '../workloads/random-streams.js';
import type { Trace } from '../workloads/trace.js';
import { Arrivals } from './arrivals.js';
import { agentName, type AgentSpec } from './cluster-spec.js';
import { NO_LATENCY } from './network.js';
import { Post } from './post.js';
import { RunCheck } from './run-check.js';
import type { RunConfig, RunSetup } from './run-config.js';
import { findUnschedulable, type UnschedulableGroup } from './schedulability.js';
import { PolicyError } from './sim-error.js';
import { Simulation } from './simulation.js';
import { TaskLedger } from './task-ledger.js';
import { DEFAULT_REFUSE_US, schedulerMaker } from './trace-schedulers.js';
import { World } from './world.js';

/** First part of all ids: a simulated master has no life before or after its run. */
const masterId = 'sim';
/** Simulated tasks have nothing to tell them apart but their numbers. */
const taskSpec: TaskSpec = { name: 'task' };
/** Mesos's `cpus:0.01|mem:32` (mesos-allocation.md section 0). */
const minAllocatable: readonly Quantities[] = [{ cpus: 10 }, { mem: 32_000 }];

/** A run, ready to start. */
export interface Assembly {
  readonly simulation: Simulation;
  readonly world: World;
  readonly master: Master;
  readonly allocator: Allocator;
  readonly roles: Roles;
  readonly arrivals: Arrivals;
  readonly ledger: TaskLedger;
  readonly setup: RunSetup;
  readonly infos: readonly AgentInfo[];
  readonly unschedulable: readonly UnschedulableGroup[];
  readonly check: RunCheck | undefined;
  readonly journal: JournalWriter | undefined;
}

/** The random streams of an allocator in a run with this seed. */
export function allocatorRandom(seed: string): RandomSource {
  return (stream) => randomStream(seed, `allocator/${stream}`);
}

/** What a run of a trace on a cluster is about, before its first event. */
export function setUp(
  trace: Trace,
  agents: readonly AgentSpec[],
): { readonly setup: RunSetup; readonly groups: readonly UnschedulableGroup[] } {
  const shapes = trace.shapes.map((s) => Resources.plain(s.cpusMilli, s.memMilli, s.diskMilli, s.gpusMilli));
  const { tasks, groups } = findUnschedulable(trace, agents, shapes);
  return { setup: { trace, capacity: agents, shapes, unschedulable: tasks }, groups };
}

/**
 * Puts a simulated cluster together: weights and quota set, agents registered, the clock at 0.
 *
 * @throws SimError when weights, quota or cluster make no sense
 */
export function assemble(config: RunConfig): Assembly {
  const { trace, seed = '1', latency = NO_LATENCY, instant = false, intervalUs = SECOND } = config;
  const { setup, groups } = setUp(trace, config.agents);
  const ledger = new TaskLedger(trace, setup.unschedulable, config.observe?.(setup));

  const roles = new Roles();
  const options = allocatorOptions(config, roles);
  const allocator = config.allocator(options);
  const arrivals = new Arrivals(trace);
  const check = config.check === true ? new RunCheck(ledger, arrivals) : undefined;
  const observer = check?.observer ?? ledger;
  const taskRows = new TaskRows(trace.taskCount);
  const master = new Master({ masterId, roles, allocator, intervalUs, instant, observer, taskRows });
  const infos = agentInfos(config.agents);
  const agentTasks = new AgentTasks(taskRows);
  const journal = journalWriter(config, options, allocator);
  const peers = Math.max(infos.length, arrivals.frameworkCount);
  const progress = new TaskProgress(trace.flags);
  const world = new World({
    trace,
    master,
    agents: infos.map((info, id) => new Agent(id, info, agentTasks)),
    agentTasks,
    arrivals,
    ledger,
    post: new Post(latency, randomStream(seed, 'network'), peers),
    newScheduler: schedulerMaker(config, setup, arrivals, ledger, roles, masterId, () => taskSpec, progress),
    readAhead: (task) => master.tasks.readAhead(task) + ledger.readAhead(task) + progress.of(task),
    journal,
  });
  applyPolicy(config, world, master, roles);
  world.registerAgents();
  const simulation = new Simulation(world, master, arrivals, ledger, {
    intervalUs,
    instant,
    refuseUs: config.refuseUs ?? DEFAULT_REFUSE_US,
    untilUs: config.untilUs ?? Infinity,
    check: check && (() => check.instant(master)),
  });
  return {
    simulation,
    world,
    master,
    allocator,
    roles,
    arrivals,
    ledger,
    setup,
    infos,
    unschedulable: groups,
    check,
    journal,
  };
}

function allocatorOptions(config: RunConfig, roles: Roles): AllocatorOptions {
  const { seed = '1', instant = false } = config;
  return {
    roles,
    random: allocatorRandom(seed),
    offers: config.offers ?? 'coarse',
    agentOrder: config.agentOrder ?? 'random',
    intervalUs: instant ? 0 : (config.intervalUs ?? SECOND),
    instant,
    minAllocatable: config.minAllocatable ?? minAllocatable,
    fairnessExclude: config.fairnessExclude ?? [],
    roleSorter: config.roleSorter ?? 'drf',
    frameworkSorter: config.frameworkSorter ?? 'drf',
    tenants: { roles: config.trace.roles, frameworks: config.trace.frameworks },
  };
}

function journalWriter(
  { journal, seed = '1' }: RunConfig,
  { roles, random: _, ...options }: AllocatorOptions,
  allocator: Allocator,
): JournalWriter | undefined {
  if (journal === undefined) return undefined;
  const { sink, version, allocator: name = allocator.name } = journal;
  return new JournalWriter({ ...options, masterId, allocator: name, seed, version }, roles, sink);
}

function agentInfos(specs: readonly AgentSpec[]): AgentInfo[] {
  const infos: AgentInfo[] = [];
  for (const { count, resources, attributes, domain, hostnames } of specs) {
    for (let i = 0; i < count; i++) {
      const number = infos.length;
      infos.push({
        id: `${masterId}-S${number}`,
        hostname: hostnames?.[i] ?? agentName(number),
        total: resources,
        attributes,
        capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'RESERVATION_REFINEMENT'],
        ...(domain && { domain }),
      });
    }
  }
  return infos;
}

/** Weights and quota before there is anything they could take back. */
function applyPolicy({ weights, quotas }: RunConfig, world: World, { cluster }: Master, roles: Roles): void {
  if (weights !== undefined && weights.size > 0) {
    const list = [...weights].map(([path, weight]) => ({ role: roles.intern(path), weight }));
    const input = { type: 'UPDATE_WEIGHTS', weights: list } as const;
    refuse(weightsProblem(cluster, input));
    world.tellMaster(input);
  }
  if (quotas !== undefined && quotas.size > 0) {
    const list = [...quotas].map(([path, quota]) => ({ role: roles.intern(path), ...quota }));
    // Forced: no agent is there yet, so guarantees cannot be compared with what there is.
    const input = { type: 'UPDATE_QUOTA', quotas: list, force: true } as const;
    refuse(quotaProblem(cluster, input));
    world.tellMaster(input);
  }
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new PolicyError(problem);
}
