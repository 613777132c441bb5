import { AgentTasks } from '../cluster/agent/agent-tasks.js';
import { Agent } from '../cluster/agent/agent.js';
import type { Allocator, AllocatorOptions, RandomSource } from '../cluster/allocator.js';
import { SECOND, type AgentId, type FrameworkId, type RoleId } from '../cluster/ids.js';
import { parseConstraint, satisfies } from '../cluster/constraint.js';
import { JournalWriter } from '../cluster/journal/journal-writer.js';
import { Master } from '../cluster/master/master.js';
import { quotaProblem, weightsProblem } from '../cluster/master/policy.js';
import type {
  AgentInfo,
  FrameworkCapability,
  FrameworkInfo,
  Quantities,
  TaskSpec,
} from '../cluster/protocol.js';
import { Resources } from '../cluster/resources/resources.js';
import { Roles } from '../cluster/roles.js';
import { Scheduler } from '../cluster/scheduler.js';
import { Outcome } from '../metrics/recorder.js';
import { TraceFramework, type TraceFrameworkOptions } from '../workloads/frameworks/trace-framework.js';
import { TaskProgress, type Workload } from '../workloads/frameworks/workload.js';
import { randomStream } from '../workloads/random-streams.js';
import type { Trace } from '../workloads/trace.js';
import { Arrivals } from './arrivals.js';
import { agentName, type AgentSpec } from './cluster-spec.js';
import { NO_LATENCY } from './network.js';
import { Post } from './post.js';
import { RunCheck } from './run-check.js';
import type { RunConfig, RunSetup } from './run-config.js';
import { findUnschedulable, gpuUse, type UnschedulableGroup } from './schedulability.js';
import { SimError } from './sim-error.js';
import { Simulation } from './simulation.js';
import { TaskLedger } from './task-ledger.js';
import { World } from './world.js';

/** First part of all ids: a simulated master has no life before or after its run. */
const masterId = 'sim';
const defaultRefuseUs = 5 * SECOND;
const capabilities: readonly FrameworkCapability[] = ['MULTI_ROLE', 'RESERVATION_REFINEMENT'];
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

/**
 * Puts a simulated cluster together: weights and quota set, agents registered, the clock at 0.
 *
 * @throws SimError when weights, quota or cluster make no sense
 */
export function assemble(config: RunConfig): Assembly {
  const { trace, seed = '1', latency = NO_LATENCY, instant = false, intervalUs = SECOND } = config;
  const shapes = trace.shapes.map((s) => Resources.plain(s.cpusMilli, s.memMilli, s.diskMilli, s.gpusMilli));
  const { tasks, groups } = findUnschedulable(trace, config.agents, shapes);
  const setup: RunSetup = { trace, capacity: config.agents, shapes, unschedulable: tasks };
  const ledger = new TaskLedger(trace, tasks, config.observe?.(setup));

  const roles = new Roles();
  const options = allocatorOptions(config, roles);
  const allocator = config.allocator(options);
  const arrivals = new Arrivals(trace);
  const check = config.check === true ? new RunCheck(ledger, arrivals) : undefined;
  const observer = check?.observer ?? ledger;
  const master = new Master({ masterId, roles, allocator, intervalUs, instant, observer });
  const infos = agentInfos(config.agents);
  const agentTasks = new AgentTasks();
  const journal = journalWriter(config, options, allocator);
  const peers = Math.max(infos.length, arrivals.frameworkCount);
  const world = new World({
    trace,
    master,
    agents: infos.map((info, id) => new Agent(id, info, agentTasks)),
    agentTasks,
    arrivals,
    ledger,
    post: new Post(latency, randomStream(seed, 'network'), peers),
    newScheduler: schedulerMaker(config, setup, arrivals, ledger, roles),
    journal,
  });
  applyPolicy(config, world, master, roles);
  world.registerAgents();
  const simulation = new Simulation(world, master, arrivals, ledger, {
    intervalUs,
    instant,
    refuseUs: config.refuseUs ?? defaultRefuseUs,
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
  if (problem !== undefined) throw new SimError(problem);
}

/** All schedulers of a run share one {@link Workload}. */
function schedulerMaker(
  config: RunConfig,
  { trace, capacity, shapes }: RunSetup,
  arrivals: Arrivals,
  ledger: TaskLedger,
  roles: Roles,
): (framework: FrameworkId) => Scheduler {
  const workload: Workload = {
    trace,
    resources: shapes,
    roleIds: trace.roles.map((path) => roles.intern(path)),
    specs: () => taskSpec,
    agentFits: agentMatcher(trace, capacity),
    progress: new TaskProgress(trace.flags),
    builds: {
      started: (build, agent, now) => ledger.startedUnlaunched(build, agent, now),
      running: (build, now) => ledger.runningSeen(build, now),
      ended: (build, state, now) => ledger.endedUnlaunched(build, state, now),
    },
    ...(ledger.refusals !== undefined && { declined: ledger.refusals }),
    durationsAsEstimates: config.durationsAsEstimates === true,
  };
  const options: TraceFrameworkOptions = {
    demand: config.offers === 'demand',
    refuseUs: config.refuseUs ?? defaultRefuseUs,
    gangHoldUs: config.gangHoldUs ?? 0,
    unschedulable: (task) => ledger.outcome[task] === Outcome.unschedulable,
  };
  const useGpus = gpuUse(trace, capacity);
  const digits = Math.max(4, String(arrivals.frameworkCount - 1).length);
  return (framework) => {
    const tasks = arrivals.tasksOf(framework);
    const index = arrivals.traceFramework(framework);
    const info: FrameworkInfo = {
      name: trace.frameworks[index],
      id: `${masterId}-${String(framework).padStart(digits, '0')}`,
      roles: rolesOf(workload, tasks),
      capabilities: useGpus[index] ? [...capabilities, 'GPU_RESOURCES'] : capabilities,
    };
    // Every role suppressed: the model revives one when its first task arrives.
    return new Scheduler(framework, info, new TraceFramework(workload, tasks, options), info.roles);
  };
}

/** Whether an agent meets a constraint of the trace; each pair is looked at once. */
function agentMatcher(
  trace: Trace,
  specs: readonly AgentSpec[],
): (constraint: number, agent: AgentId) => boolean {
  const known: boolean[][] = [];
  return (constraint, agent) => {
    known[constraint] ??= specs.flatMap(({ count, attributes }) => {
      const fits = satisfies(attributes, parseConstraint(trace.constraints[constraint]));
      return new Array<boolean>(count).fill(fits);
    });
    return known[constraint][agent];
  };
}

/** The roles of some tasks, in order of first appearance. */
function rolesOf({ trace, roleIds }: Workload, tasks: Int32Array): RoleId[] {
  const found = new Set<RoleId>();
  let last = -1;
  for (const task of tasks) {
    const role = trace.role[task];
    if (role === last) continue;
    found.add(roleIds[role]);
    last = role;
  }
  return [...found];
}
