import type { FrameworkModel, SchedulerDriver } from '../../cluster/scheduler.js';
import type { Micros, OfferId, TaskId } from '../../cluster/ids.js';
import type { Offer, StatusUpdate } from '../../cluster/protocol.js';
import type { Buyer } from './buyer.js';
import { CoarseBuyer } from './coarse-buyer.js';
import { DemandBuyer } from './demand-buyer.js';
import { isPooled } from '../trace.js';
import { ExecutorPools } from './executor-pools.js';
import { Stage, type Workload } from './workload.js';

export interface TraceFrameworkOptions {
  /** Ask for each task, or choose from whole agents (section 6 of semantics-notes). */
  readonly demand: boolean;
  /** How long declined offers and the rest of accepted ones are refused, microseconds. */
  readonly refuseUs: Micros;
  /** Coarse offers: how long offers are kept for a gang that they do not suffice for; 0: not at all. */
  readonly gangHoldUs: Micros;
  /** True for a task that fits no agent of the cluster (C-8). */
  readonly unschedulable: (task: TaskId) => boolean;
}

/**
 * A framework of a trace: queues its tasks as they arrive and launches them in that order, per role.
 *
 * A batch task runs once, whatever its exit status. A task whose agent or launch was lost goes back to its place in the
 * queue, which is the head of it, and is still one task. A service task goes back when it fails, too; it never ends the run.
 *
 * In the model `ci` builds run in executors that outlive them: see {@link ExecutorPools}.
 *
 * Subscribe it with every role suppressed: it revives a role when the first task of the role arrives (B-2).
 */
export class TraceFramework implements FrameworkModel {
  readonly #workload: Workload;
  readonly #tasks: Int32Array;
  readonly #options: TraceFrameworkOptions;
  readonly #buyer: Buyer;
  /** Undefined: every task is a Mesos task of its own. */
  readonly #pools: ExecutorPools | undefined;
  #subscribed = false;
  #arrived = 0;

  /** @param tasks its task numbers in order of arrival */
  constructor(workload: Workload, tasks: Int32Array, options: TraceFrameworkOptions) {
    this.#workload = workload;
    this.#tasks = tasks;
    this.#options = options;
    this.#buyer = options.demand
      ? new DemandBuyer(workload, tasks)
      : new CoarseBuyer(workload, tasks, options.refuseUs, options.gangHoldUs);
    const { frameworkModel: model } = workload.trace;
    if (model?.type === 'ci' && tasks.some((task) => isPooled(workload.trace, task))) {
      this.#pools = new ExecutorPools(workload, model, {
        queueAgain: (build, refused, driver) => this.#buyer.again(build, refused, driver),
        buildEnded: (build) => this.#end(build),
      });
    }
  }

  subscribed(driver: SchedulerDriver): void {
    const { progress } = this.#workload;
    const again = this.#subscribed;
    this.#subscribed = true;
    if (again) {
      // Calls may have been lost while the stream was broken: ask about everything that was launched.
      const launched: { task: TaskId; agent: number }[] = [];
      for (const task of this.#tasks.subarray(0, this.#arrived)) {
        const stage = progress.of(task);
        const isOwnTask = stage === Stage.launched || (stage === Stage.running && !this.#isPooled(task));
        if (isOwnTask) launched.push({ task, agent: -1 });
      }
      for (const task of this.#pools?.alive() ?? []) {
        if (progress.of(task) !== Stage.launched) launched.push({ task, agent: -1 });
      }
      if (launched.length > 0) driver.reconcile(launched);
    }
    this.#buyer.restart(driver);
  }

  arrived(first: number, count: number, driver: SchedulerDriver): void {
    const { progress } = this.#workload;
    for (let position = first; position < first + count; position++) {
      const task = this.#tasks[position];
      progress.set(task, this.#options.unschedulable(task) ? Stage.unschedulable : Stage.queued);
    }
    this.#arrived = first + count;
    this.#buyer.enter(first, count);
    if (this.#pools !== undefined) this.#takeUp(first, count, this.#pools, driver);
    if (this.#subscribed) this.#buyer.buy(first, driver);
  }

  offers(offers: readonly Offer[], driver: SchedulerDriver): void {
    this.#buyer.offers(offers, driver);
  }

  rescinded(offer: OfferId): void {
    this.#buyer.rescinded(offer);
  }

  timer(key: number, driver: SchedulerDriver): void {
    // Buyers have one timer, of key 0.
    if (key > 0 && this.#pools !== undefined) this.#pools.timer(key, driver);
    else this.#buyer.timer(key, driver);
  }

  updated(update: StatusUpdate, driver: SchedulerDriver): void {
    const { progress } = this.#workload;
    const { task } = update;
    if (this.#isPooled(task)) {
      this.#pools?.updated(update, driver);
      return;
    }
    const stage = progress.of(task);
    if (stage === Stage.done || stage === Stage.future || stage === Stage.unschedulable) return;
    switch (update.state) {
      case 'TASK_RUNNING':
        // Queued: it was taken for lost, and runs after all.
        progress.set(task, Stage.running);
        return;
      case 'TASK_FINISHED':
      case 'TASK_KILLED':
      case 'TASK_ERROR':
        this.#end(task);
        return;
      case 'TASK_FAILED':
        if (this.#workload.progress.isService(task)) this.#again(update, driver);
        else this.#end(task);
        return;
      case 'TASK_LOST':
      case 'TASK_DROPPED':
      case 'TASK_GONE':
      case 'TASK_GONE_BY_OPERATOR':
      case 'TASK_UNKNOWN':
        this.#again(update, driver);
        return;
      case 'TASK_STAGING':
      case 'TASK_STARTING':
      case 'TASK_KILLING':
      case 'TASK_UNREACHABLE':
        return;
    }
  }

  #isPooled(task: TaskId): boolean {
    return this.#pools !== undefined && isPooled(this.#workload.trace, task);
  }

  #takeUp(first: number, count: number, pools: ExecutorPools, driver: SchedulerDriver): void {
    for (const task of this.#tasks.subarray(first, first + count)) {
      if (this.#isPooled(task) && !this.#options.unschedulable(task)) pools.arrived(task, driver);
    }
  }

  #end(task: TaskId): void {
    this.#workload.progress.set(task, Stage.done);
  }

  #again({ task, reason }: StatusUpdate, driver: SchedulerDriver): void {
    const { progress } = this.#workload;
    if (progress.of(task) === Stage.queued) return;
    progress.set(task, Stage.queued);
    this.#buyer.again(task, reason === 'REASON_INVALID_OFFERS', driver);
  }
}
