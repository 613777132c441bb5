import type { AgentId, FrameworkId, Micros, RoleId, TaskId } from '../cluster/ids.js';
import type { MasterObserver } from '../cluster/master/master.js';
import type { Offer, TaskState } from '../cluster/protocol.js';
import type { Resources } from '../cluster/resources/resources.js';
import { Outcome } from '../metrics/recorder.js';
import { OutcomeCounter, type TaskCounts } from '../metrics/task-counts.js';
import type { DeclineReason } from '../workloads/frameworks/workload.js';
import { isPooled, TaskFlag, type Trace } from '../workloads/trace.js';

/** Every task that was submitted is counted in exactly one of the others. */
export type OutcomeCounts = Omit<TaskCounts, 'started'>;

/** Watches a run: the master's observer, and what only the world sees. Never steers. */
export interface RunObserver extends MasterObserver {
  /** A task has arrived at its framework, also one that is unschedulable. */
  submitted(task: TaskId, now: Micros): void;
  /** The scheduler has received TASK_RUNNING. */
  runningSeen(task: TaskId, now: Micros): void;
  /** A task has started that the master did not launch: an executor that its framework kept has taken it. */
  startedUnlaunched(task: TaskId, agent: AgentId, now: Micros): void;
  /** The framework knows that a task has ended which the master did not launch, or which ran in an executor that goes on. */
  endedUnlaunched(task: TaskId, state: TaskState, now: Micros): void;
  /** Reads what the end of a task reads, as {@link TaskTable.readAhead} does. */
  readAhead?(task: TaskId): number;
  /** A framework declines so many coarse offers. Observers that do not ask for reasons cost nothing. */
  offersRefused?(why: DeclineReason, count: number): void;
}

/** For good; after any other end the framework puts the task back to its place in the queue. */
const outcomes: Readonly<Partial<Record<TaskState, number>>> = {
  TASK_FINISHED: Outcome.finished,
  TASK_FAILED: Outcome.failed,
  TASK_KILLED: Outcome.killed,
  TASK_ERROR: Outcome.error,
};

/**
 * Where every task of the trace stands: what tells the run that it is over or stuck. It hears everything first and passes
 * it on to the observer of the run.
 */
export class TaskLedger implements RunObserver {
  /** {@link Outcome} per task. */
  readonly outcome: Uint8Array;
  /** Batch tasks that have arrived and not ended. */
  openCount = 0;
  /** Batch tasks that are launched and not ended. */
  runningCount = 0;
  /** Services that have arrived and are not launched. */
  waitingServices = 0;
  /** Launches and ends so far: moves when the run does. */
  progress = 0;
  /** Offers made so far. */
  offerCount = 0;
  allocationCount = 0;

  readonly #trace: Trace;
  readonly #flags: Uint8Array;
  /** Mostly there are none, and then their column is not looked at. */
  readonly #hasServices: boolean;
  readonly #hasPools: boolean;
  readonly #observer: RunObserver | undefined;

  constructor(trace: Trace, unschedulable: readonly TaskId[], observer: RunObserver | undefined) {
    this.#trace = trace;
    this.#flags = trace.flags;
    this.#hasPools = trace.frameworkModel?.type === 'ci';
    this.#hasServices = hasServices(trace.flags);
    this.#observer = observer;
    this.outcome = new Uint8Array(trace.taskCount);
    for (const task of unschedulable) this.outcome[task] = Outcome.unschedulable;
  }

  submitted(task: TaskId, now: Micros): void {
    if (this.outcome[task] === Outcome.ahead) this.#enter(task);
    this.#observer?.submitted(task, now);
  }

  runningSeen(task: TaskId, now: Micros): void {
    this.#observer?.runningSeen(task, now);
  }

  startedUnlaunched(task: TaskId, agent: AgentId, now: Micros): void {
    if (this.outcome[task] === Outcome.waiting) this.#start(task);
    this.#observer?.startedUnlaunched(task, agent, now);
  }

  endedUnlaunched(task: TaskId, state: TaskState, now: Micros): void {
    this.#leave(task, state);
    this.#observer?.endedUnlaunched(task, state, now);
  }

  taskLaunched(
    task: TaskId,
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    now: Micros,
  ): void {
    // An executor comes too late for a build that another one has taken.
    if (!this.isExecutor(task) && this.outcome[task] !== Outcome.waiting) this.#enter(task);
    if (this.outcome[task] === Outcome.waiting) this.#start(task);
    this.#observer?.taskLaunched(task, framework, role, agent, resources, now);
  }

  taskEnded(
    task: TaskId,
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    state: TaskState,
    now: Micros,
  ): void {
    if (!this.isExecutor(task)) this.#leave(task, state);
    this.#observer?.taskEnded(task, framework, role, agent, resources, state, now);
  }

  readAhead(task: TaskId): number {
    return this.outcome[task] + (this.#observer?.readAhead?.(task) ?? 0);
  }

  offersMade(offers: readonly Offer[], now: Micros): void {
    this.offerCount += offers.length;
    this.#observer?.offersMade(offers, now);
  }

  offerClosed(offer: Offer, how: 'accepted' | 'declined' | 'rescinded' | 'invalid', now: Micros): void {
    this.#observer?.offerClosed(offer, how, now);
  }

  offersDeclined(offers: readonly Offer[], now: Micros): void {
    this.#observer?.offersDeclined(offers, now);
  }

  allocationRun(now: Micros): void {
    this.allocationCount++;
    this.#observer?.allocationRun(now);
  }

  /** Where frameworks say why they decline; undefined when nobody listens. */
  get refusals(): ((why: DeclineReason, count: number) => void) | undefined {
    const observer = this.#observer;
    if (observer?.offersRefused === undefined) return undefined;
    return (why, count) => observer.offersRefused?.(why, count);
  }

  isWaiting(task: TaskId): boolean {
    return this.outcome[task] === Outcome.waiting;
  }

  /** A service runs until the end of the run. */
  isService(task: TaskId): boolean {
    return this.#hasServices && (this.#flags[task] & TaskFlag.service) !== 0;
  }

  /** The Mesos task of this number is an executor, whose end is not that of its builds: see {@link isPooled}. */
  isExecutor(task: TaskId): boolean {
    return this.#hasPools && isPooled(this.#trace, task);
  }

  /** How many tasks stand where. */
  counts(): OutcomeCounts {
    const counter = new OutcomeCounter();
    for (const outcome of this.outcome) counter.add(outcome, false);
    const { started: _, ...counts } = counter.counts();
    return counts;
  }

  /**
   * Counts everything anew and compares with what was kept up to date.
   *
   * @param arrivedCount tasks that the trace has delivered
   * @returns what does not add up; undefined when all does
   */
  audit(arrivedCount: number): string | undefined {
    const [batch, services] = [new Float64Array(9), new Float64Array(9)];
    this.outcome.forEach((outcome, task) => (this.isService(task) ? services : batch)[outcome]++);
    const ahead = batch[Outcome.ahead] + services[Outcome.ahead];
    const facts: [string, number, number][] = [
      ['batch tasks waiting or running', batch[Outcome.waiting] + batch[Outcome.running], this.openCount],
      ['batch tasks running', batch[Outcome.running], this.runningCount],
      ['services waiting', services[Outcome.waiting], this.waitingServices],
    ];
    const wrong = facts.find(([, counted, kept]) => counted !== kept);
    if (wrong !== undefined) return `${wrong[1]} ${wrong[0]}, but ${wrong[2]} on the books`;
    const known = this.outcome.length - ahead;
    return known < arrivedCount
      ? `${arrivedCount} tasks arrived, but only ${known} are on the books`
      : undefined;
  }

  #enter(task: TaskId): void {
    this.outcome[task] = Outcome.waiting;
    if (this.isService(task)) this.waitingServices++;
    else this.openCount++;
  }

  #start(task: TaskId): void {
    this.outcome[task] = Outcome.running;
    if (this.isService(task)) this.waitingServices--;
    else this.runningCount++;
    this.progress++;
  }

  #leave(task: TaskId, state: TaskState): void {
    const before = this.outcome[task];
    if (before !== Outcome.waiting && before !== Outcome.running) return;
    const after = outcomes[state] ?? Outcome.waiting;
    this.outcome[task] = after;
    this.progress++;
    if (this.isService(task)) {
      if (before === Outcome.waiting) this.waitingServices--;
      if (after === Outcome.waiting) this.waitingServices++;
    } else {
      if (before === Outcome.running) this.runningCount--;
      if (after !== Outcome.waiting) this.openCount--;
    }
  }
}

/** A plain loop: a call for each of a million tasks takes ten times as long. */
function hasServices(flags: Uint8Array): boolean {
  for (let task = 0; task < flags.length; task++) if ((flags[task] & TaskFlag.service) !== 0) return true;
  return false;
}
