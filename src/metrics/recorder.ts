import type { AgentId, FrameworkId, Micros, RoleId, TaskId } from '../cluster/ids.js';
import type { MasterObserver } from '../cluster/master/master.js';
import type { Offer, TaskState } from '../cluster/protocol.js';
import type { Resources } from '../cluster/resources/resources.js';
import type { DeclineReason } from '../workloads/frameworks/workload.js';
import { isPooled, type Trace } from '../workloads/trace.js';
import { OfferedArea } from './offered-area.js';
import { ResourceColumns } from './resource-columns.js';
import { RoleShares } from './role-shares.js';

/** What became of a task, as far as the run has come. Kept in one byte per task. */
export const Outcome = {
  /** Not submitted yet. */
  ahead: 0,
  /** Fits no agent, so it is never asked for (semantics-notes C-8). */
  unschedulable: 1,
  waiting: 2,
  /** Launched and not ended. */
  running: 3,
  finished: 4,
  failed: 5,
  killed: 6,
  error: 7,
  lost: 8,
} as const;

const outcomeOf: Readonly<Partial<Record<TaskState, number>>> = {
  TASK_FINISHED: Outcome.finished,
  TASK_FAILED: Outcome.failed,
  TASK_KILLED: Outcome.killed,
  TASK_ERROR: Outcome.error,
};

export interface RecorderOptions {
  readonly trace: Trace;
  /** The cluster, one entry per agent or per shape of agent. */
  readonly capacity: readonly { readonly count: number; readonly resources: Resources }[];
  /** Resources per task shape of the trace: what a task takes wherever it runs. */
  readonly shapes: readonly Resources[];
  /** By role path, above 0. @defaultValue 1 for all */
  readonly weights?: ReadonlyMap<string, number>;
  /** Tasks that fit no agent. */
  readonly unschedulable?: Iterable<TaskId>;
}

/**
 * Writes down what a run does with the tasks of a trace: it watches, and steers nothing. Columns per task and a few sums;
 * no object is made per task or offer, because this runs a dozen times per task of a million-task trace.
 *
 * A task that is launched again under its number counts once: the hash knows every launch, the columns keep the first
 * start and the last end.
 */
export class Recorder implements MasterObserver {
  readonly trace: Trace;
  readonly columns: ResourceColumns;
  /** Top-level roles in order of first appearance: those whose shares are compared. */
  readonly topRoles: readonly string[];
  /** Index into {@link topRoles} per role of the trace. */
  readonly topOf: Int32Array;
  readonly topShares: RoleShares;
  /** The same for the roles of the trace; one with {@link topShares} when none is nested. */
  readonly roleShares: RoleShares;
  readonly weightOf: (role: string) => number;
  /** {@link Outcome} per task. */
  readonly outcome: Uint8Array;
  /** When the master first accepted a launch, per task; -1: never. */
  readonly startUs: Float64Array;
  /** When the scheduler first saw TASK_RUNNING, per task; -1: never. */
  readonly runningUs: Float64Array;
  /** When the task ended, per task; -1: not yet. */
  readonly endUs: Float64Array;
  /** Agent of the last launch, per task; -1: none. */
  readonly agent: Int32Array;
  readonly offers = { made: 0, accepted: 0, declined: 0, rescinded: 0 };
  /** Coarse offers declined, by the reason that the framework model gives. */
  readonly declinedFor: Record<DeclineReason, number> = {
    nothingQueued: 0,
    tooSmall: 0,
    wrongAgent: 0,
    gangTooLarge: 0,
  };
  allocationCycles = 0;
  /** Last time at which a task was launched or ended; the trace's origin before any. */
  lastChangeUs: Micros;
  /** Last time at which a task ended; -1: none has. */
  lastEndUs: Micros = -1;

  readonly #hasPools: boolean;
  /** The trace's number of a role by the master's, as launches tell it: a task's own columns are seldom in the cache. */
  readonly #traceRoles: number[] = [];
  #hash = FNV_START;
  readonly #offered: OfferedArea;

  constructor({ trace, capacity, shapes, weights, unschedulable = [] }: RecorderOptions) {
    this.trace = trace;
    this.#hasPools = trace.frameworkModel?.type === 'ci';
    this.columns = new ResourceColumns(capacity);
    this.weightOf = (role) => weights?.get(role) ?? 1;
    this.topRoles = [...new Set(trace.roles.map(topRole))];
    const topIndex = new Map(this.topRoles.map((role, index) => [role, index]));
    this.topOf = Int32Array.from(trace.roles, (role) => topIndex.get(topRole(role))!);
    const sharesOf = (roles: readonly string[]): RoleShares =>
      new RoleShares(this.columns, shapes, roles, this.weightOf);
    this.topShares = sharesOf(this.topRoles);
    this.roleShares = trace.roles.some((role) => role.includes('/')) ? sharesOf(trace.roles) : this.topShares;
    this.outcome = new Uint8Array(trace.taskCount);
    this.startUs = new Float64Array(trace.taskCount).fill(-1);
    this.runningUs = new Float64Array(trace.taskCount).fill(-1);
    this.endUs = new Float64Array(trace.taskCount).fill(-1);
    this.agent = new Int32Array(trace.taskCount).fill(-1);
    this.#offered = new OfferedArea(this.columns);
    this.lastChangeUs = trace.originUs;
    for (const task of unschedulable) this.outcome[task] = Outcome.unschedulable;
  }

  /** A task has arrived at its framework. An unschedulable one stays what it is. */
  submitted(task: TaskId, now: Micros): void {
    if (this.outcome[task] === Outcome.ahead) this.#enter(task, now);
  }

  /** The scheduler has seen TASK_RUNNING. */
  runningSeen(task: TaskId, now: Micros): void {
    if (this.runningUs[task] < 0) this.runningUs[task] = now;
  }

  /** An executor that its framework kept has taken a task: it starts, and takes no resources of its own. */
  startedUnlaunched(task: TaskId, agent: AgentId, now: Micros): void {
    if (this.outcome[task] !== Outcome.running) this.#start(task, agent, now);
  }

  /**
   * A task has ended that the master never launched: its offer was gone, its launch invalid, or it was killed in the queue.
   * Or it ran in an executor that goes on.
   */
  endedUnlaunched(task: TaskId, state: TaskState, now: Micros): void {
    if (this.#isExecutor(task)) this.lastChangeUs = this.lastEndUs = now;
    this.#end(task, state, now);
  }

  taskLaunched(
    task: TaskId,
    _framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    now: Micros,
  ): void {
    let hash = Math.imul(this.#hash ^ task, FNV_PRIME);
    hash = Math.imul(hash ^ agent, FNV_PRIME);
    this.#hash = Math.imul(hash ^ (now % 2 ** 32), FNV_PRIME);
    // An executor comes too late for a build that another one has taken.
    const outcome = this.outcome[task];
    const isOpen = outcome === Outcome.waiting || outcome === Outcome.lost;
    if (isOpen || !this.#isExecutor(task)) this.#start(task, agent, now);
    this.lastChangeUs = now;
    this.#traceRoles[role] = this.trace.role[task];
    this.#hold(task, role, resources, 1, now);
  }

  taskEnded(
    task: TaskId,
    _framework: FrameworkId,
    role: RoleId,
    _agent: AgentId,
    resources: Resources,
    state: TaskState,
    now: Micros,
  ): void {
    this.lastChangeUs = now;
    this.#hold(task, role, resources, -1, now);
    if (this.#isExecutor(task)) return;
    this.lastEndUs = now;
    this.#end(task, state, now);
  }

  readAhead(task: TaskId): number {
    return this.outcome[task];
  }

  offersMade(offers: readonly Offer[], now: Micros): void {
    this.offers.made += offers.length;
    this.#offered.made(offers, now);
  }

  /** Offers of an ACCEPT that the master found invalid count as rescinded: it took them back. */
  offerClosed(offer: Offer, how: 'accepted' | 'declined' | 'rescinded' | 'invalid', now: Micros): void {
    if (how === 'accepted') this.offers.accepted++;
    else if (how === 'declined') this.offers.declined++;
    else this.offers.rescinded++;
    this.#offered.closed(offer, now);
  }

  offersDeclined(offers: readonly Offer[], now: Micros): void {
    this.offers.declined += offers.length;
    this.#offered.closedAll(offers, now);
  }

  offersRefused(why: DeclineReason, count: number): void {
    this.declinedFor[why] += count;
  }

  allocationRun(): void {
    this.allocationCycles++;
  }

  /** FNV-1a over (task, agent, start mod 2^32) of every launch in the order accepted: 8 hex digits (semantics-notes A-7). */
  decisionHash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  /** Brings all integrals up to a time not before the last event. */
  advanceAll(now: Micros): void {
    this.topShares.advanceAll(now);
    if (this.roleShares !== this.topShares) this.roleShares.advanceAll(now);
    this.#offered.advance(now);
  }

  /** Integral of what was out in offers, per resource, in milli-unit microseconds. */
  offeredAreas(): Float64Array {
    return this.#offered.areas;
  }

  #hold(task: TaskId, roleId: RoleId, resources: Resources, sign: 1 | -1, now: Micros): void {
    const role = this.#traceRoles[roleId];
    if (resources.isCpusMem && this.columns.hasCpusMem) {
      this.topShares.changedCpusMem(this.topOf[role], resources, sign, now);
      if (this.roleShares !== this.topShares) this.roleShares.changedCpusMem(role, resources, sign, now);
      return;
    }
    const shape = this.trace.shape[task];
    this.topShares.changed(this.topOf[role], shape, sign, now);
    if (this.roleShares !== this.topShares) this.roleShares.changed(role, shape, sign, now);
  }

  #isExecutor(task: TaskId): boolean {
    return this.#hasPools && isPooled(this.trace, task);
  }

  #start(task: TaskId, agent: AgentId, now: Micros): void {
    if (this.outcome[task] !== Outcome.waiting) this.#enter(task, now);
    if (this.startUs[task] < 0) this.startUs[task] = now;
    this.agent[task] = agent;
    this.outcome[task] = Outcome.running;
  }

  #enter(task: TaskId, now: Micros): void {
    this.outcome[task] = Outcome.waiting;
    if (!this.roleShares.countsDemand) return;
    const role = this.trace.role[task];
    const shape = this.trace.shape[task];
    if (this.topShares.countsDemand) this.topShares.queued(this.topOf[role], shape, now);
    if (this.roleShares !== this.topShares) this.roleShares.queued(role, shape, now);
  }

  #end(task: TaskId, state: TaskState, now: Micros): void {
    if (this.outcome[task] !== Outcome.waiting && this.outcome[task] !== Outcome.running) return;
    this.outcome[task] = outcomeOf[state] ?? Outcome.lost;
    this.endUs[task] = now;
    if (!this.roleShares.countsDemand) return;
    const role = this.trace.role[task];
    const shape = this.trace.shape[task];
    if (this.topShares.countsDemand) this.topShares.left(this.topOf[role], shape, now);
    if (this.roleShares !== this.topShares) this.roleShares.left(role, shape, now);
  }
}

/** The role's first component: itself, unless it is nested. */
export function topRole(role: string): string {
  return role.split('/', 1)[0];
}

const FNV_START = 2166136261;
const FNV_PRIME = 16777619;
