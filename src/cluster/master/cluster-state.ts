import type { Allocator } from '../allocator.js';
import type { AgentId, FrameworkId, Micros, OfferId, RoleId, TaskId } from '../ids.js';
import type {
  Domain,
  MasterEffects,
  Offer,
  Quantities,
  TaskSpec,
  TaskState,
  UpdateReason,
} from '../protocol.js';
import type { Resources } from '../resources/resources.js';
import type { Roles } from '../roles.js';
import { holdsResources, stateFor, statusUpdate, TASK_STATES } from '../task.js';
import { AgentTable, executorKey, type MasterAgent, type MasterExecutor } from './agent-table.js';
import { FrameworkTable, type MasterFramework } from './framework-table.js';
import type { MasterObserver, MasterOptions, OfferEnd } from './master-options.js';
import { Maintenance } from './maintenance.js';
import { OfferTable } from './offer-table.js';
import { ResourcePool } from './resource-pool.js';
import { TaskTable } from './task-table.js';

/** Guarantees and limits of a role; names without a limit have none. */
export interface Quota {
  readonly guarantees: Quantities;
  readonly limits: Quantities;
}

/**
 * What a master knows, and the moves that keep its tables and the allocator's books in step: whatever leaves a table here
 * is given back there in the same breath.
 */
export class ClusterState {
  readonly frameworks = new FrameworkTable();
  readonly agents = new AgentTable();
  readonly offers = new OfferTable();
  readonly tasks: TaskTable;
  /** Of roles that an operator gave one; the others have 1. */
  readonly weights = new Map<RoleId, number>();
  readonly quotas = new Map<RoleId, Quota>();
  /** Agents that are being drained. */
  readonly draining = new Set<AgentId>();
  /** Agents with something to tell a framework that was not there to hear it. */
  readonly unheard = new Map<FrameworkId, Set<AgentId>>();
  readonly maintenance = new Maintenance();
  /** Registered agents that allocation waits for after a fail-over; 0: it waits for nothing. */
  awaitedAgents = 0;
  /** Scratch of the ACCEPT that is being worked on. */
  readonly pool = new ResourcePool();
  readonly roles: Roles;
  readonly allocator: Allocator;
  readonly offerTimeoutUs: Micros | undefined;
  readonly observer: MasterObserver | undefined;
  /** Of the master; null: it has none; undefined: nobody looks at domains. */
  readonly domain: Domain | null | undefined;

  constructor(options: MasterOptions) {
    this.roles = options.roles;
    this.allocator = options.allocator;
    this.offerTimeoutUs = options.offerTimeoutUs;
    this.observer = options.observer;
    this.tasks = new TaskTable(options.taskRows);
    this.domain = options.domain;
  }

  /** The agent has something to tell the framework once that is there. */
  keepUnheard(framework: FrameworkId, agent: AgentId): void {
    const agents = this.unheard.get(framework);
    if (agents === undefined) this.unheard.set(framework, new Set([agent]));
    else agents.add(agent);
  }

  // ---- offers

  /** Takes a live offer back from its framework and says so; a granted ask returns to its place. */
  rescind(offer: Offer, now: Micros, out: MasterEffects): void {
    this.recoverOffer(offer, 'rescinded', now);
    if (this.frameworks.connected(offer.framework) !== undefined) {
      out.toFramework(offer.framework, { type: 'RESCIND', offer: offer.id });
    }
  }

  rescindWhere(passes: (offer: Offer) => boolean, now: Micros, out: MasterEffects): void {
    for (const offer of this.offers.where(passes)) this.rescind(offer, now, out);
  }

  /** Ends a live offer; all of it is free again, unfiltered, and its ask is back in the queue. */
  recoverOffer(offer: Offer, how: OfferEnd, now: Micros): void {
    this.offers.remove(offer.id);
    this.allocator.recover(offer.framework, offer.role, offer.agent, offer.resources, offer.ask, offer.id);
    this.observer?.offerClosed(offer, how, now);
  }

  // ---- tasks

  /**
   * Adds a task whose resources are charged already: they were offered, or came with a registering agent.
   *
   * @param offer the first of those it was launched from; -1: unknown
   */
  addTask(
    task: TaskId,
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    spec: TaskSpec,
    offer: OfferId,
    now: Micros,
  ): void {
    this.tasks.add(task, framework, role, agent, resources, spec, offer);
    this.observer?.taskLaunched(task, framework, role, agent, resources, now);
  }

  /**
   * Moves a task to a state that holds no resources and gives them back. Does nothing to a task that holds none.
   */
  endTask(task: TaskId, code: number, now: Micros): void {
    const tasks = this.tasks;
    const held = holdsResources(tasks.stateCodeOf(task));
    tasks.setState(task, code);
    if (!held) return;
    const framework = tasks.frameworkOf(task);
    const role = tasks.roleOf(task);
    const agent = tasks.agentOf(task);
    const resources = tasks.resourcesOf(task);
    // Refused, and rightly so, when agent or framework were forgotten a moment ago, with all that was held.
    const offer = tasks.offerOf(task);
    this.allocator.recover(framework, role, agent, resources, undefined, offer < 0 ? undefined : offer);
    const { executorId } = tasks.specOf(task);
    if (executorId !== undefined) this.#releaseExecutor(agent, framework, executorId);
    this.observer?.taskEnded(task, framework, role, agent, resources, TASK_STATES[code], now);
  }

  // ---- executors

  /** What has to be charged beside the task: its executor, when that is not on the agent yet. */
  executorNeed(agent: MasterAgent, framework: FrameworkId, spec: TaskSpec): Resources | undefined {
    if (spec.executorId === undefined || spec.executorResources === undefined) return undefined;
    const there = agent.executors?.has(executorKey(framework, spec.executorId)) === true;
    return there ? undefined : spec.executorResources;
  }

  /** The executor that runs there under this id is another one. */
  isOtherExecutor(agent: MasterAgent, framework: FrameworkId, spec: TaskSpec): boolean {
    const { executorId, executorDigest } = spec;
    if (executorId === undefined || executorDigest === undefined) return false;
    const there = agent.executors?.get(executorKey(framework, executorId))?.digest;
    return there !== undefined && there !== executorDigest;
  }

  /** @param spec of a task that names an executor */
  joinExecutor(
    agent: MasterAgent,
    framework: FrameworkId,
    role: RoleId,
    { executorId = '', executorDigest: digest }: TaskSpec,
    resources: Resources,
  ): void {
    agent.executors ??= new Map();
    const key = executorKey(framework, executorId);
    const executor = agent.executors.get(key);
    if (executor === undefined)
      agent.executors.set(key, { framework, role, resources, digest, taskCount: 1 });
    else executor.taskCount++;
  }

  /** One task less in the executor; the executor when that was the last. Nothing is given back. */
  leaveExecutor(agent: MasterAgent, framework: FrameworkId, executorId: string): MasterExecutor | undefined {
    const key = executorKey(framework, executorId);
    const executor = agent.executors?.get(key);
    if (executor === undefined || --executor.taskCount > 0) return undefined;
    agent.executors?.delete(key);
    return executor;
  }

  #releaseExecutor(agentId: AgentId, framework: FrameworkId, executorId: string): void {
    const agent = this.agents.get(agentId);
    const executor = agent && this.leaveExecutor(agent, framework, executorId);
    if (executor === undefined || executor.resources.isEmpty) return;
    this.allocator.recover(framework, executor.role, agentId, executor.resources);
  }

  // ---- words of the master's own

  /** Tells a framework about a task; the master's own updates are not acknowledged (W-4.3). */
  tell(
    framework: MasterFramework,
    agent: AgentId,
    task: TaskId,
    state: TaskState,
    reason: UpdateReason,
    message: string,
    now: Micros,
    out: MasterEffects,
  ): void {
    if (!framework.connected) return;
    const told = stateFor(state, framework.partitionAware);
    const { id } = framework;
    const update = statusUpdate(id, agent, task, told, 0, 'SOURCE_MASTER', reason, message, now);
    const isLost = state === 'TASK_UNREACHABLE' || state === 'TASK_LOST';
    const unreachableUs = isLost ? this.#unreachableSince(agent) : undefined;
    out.toFramework(id, unreachableUs === undefined ? update : { ...update, unreachableUs });
  }

  /** An agent whose machine is DOWN was taken away: nobody missed it. */
  #unreachableSince(id: AgentId): Micros | undefined {
    const agent = this.agents.get(id);
    return agent?.state === 'lost' && !this.maintenance.isDown(agent.info) ? agent.sinceUs : undefined;
  }
}
