import type { SchedulerDriver } from '../../cluster/scheduler.js';
import type { AgentId, Micros, TaskId } from '../../cluster/ids.js';
import type { StatusUpdate } from '../../cluster/protocol.js';
import { isTerminal } from '../../cluster/task.js';
import type { CiModel } from '../trace.js';
import { Stage, type Workload } from './workload.js';

/** Builds of one framework that can use each other's executors: alike in role, size and constraint. */
interface Pool {
  /** In order of arrival. */
  readonly builds: TaskId[];
  /** Builds before have started. */
  head: number;
  /** Executors without a build, the one that was used last at the end. */
  readonly idle: Executor[];
}

/** A Mesos task, known by the number of the build that it was launched for. */
interface Executor {
  readonly id: TaskId;
  readonly pool: Pool;
  agent: AgentId;
  state: 'starting' | 'cold' | 'busy' | 'idle' | 'stopping';
  /** What it runs; -1: nothing. */
  build: TaskId;
  /** When it leaves this state by itself. */
  untilUs: Micros;
}

/** What the pools ask of the framework that they belong to. */
export interface PoolOwner {
  /** The build waits for an offer again. `refused`: its ACCEPT was (REASON_INVALID_OFFERS). */
  queueAgain(build: TaskId, refused: boolean, driver: SchedulerDriver): void;
  buildEnded(build: TaskId): void;
}

/**
 * The executors of a Jenkins master: one is launched for each build that finds none idle, takes its first build after a
 * cold start, and is killed when it has been idle for long enough. A free executor takes the oldest build of its pool
 * that has not started, also one that another executor was launched for.
 *
 * A pool is of one role because the resources of an executor are allocated to a role. An idle executor that was used last is
 * taken first, so that those that are not needed run out. What is asked for in demand mode is not taken back when an
 * executor gets free in time: the offer for it is declined.
 *
 * @see the Jenkins plugin for Mesos 0.8.0 (2015), MesosRetentionStrategy
 */
export class ExecutorPools {
  readonly #workload: Workload;
  readonly #model: CiModel;
  readonly #owner: PoolOwner;
  readonly #pools = new Map<string, Pool>();
  readonly #executors = new Map<TaskId, Executor>();

  constructor(workload: Workload, model: CiModel, owner: PoolOwner) {
    this.#workload = workload;
    this.#model = model;
    this.#owner = owner;
  }

  /** A build has arrived and is queued: it starts at once if an executor is idle. */
  arrived(build: TaskId, driver: SchedulerDriver): void {
    const pool = this.#poolOf(build);
    pool.builds.push(build);
    const executor = pool.idle.pop();
    if (executor !== undefined) this.#serve(executor, driver);
  }

  /** Executors that the master knows of, for reconciliation. */
  *alive(): IterableIterator<TaskId> {
    yield* this.#executors.keys();
  }

  /** News of the executor that was launched for a build. */
  updated({ task, agent, state, reason }: StatusUpdate, driver: SchedulerDriver): void {
    if (state === 'TASK_RUNNING') this.#isUp(task, agent, driver);
    else if (isTerminal(state) || state === 'TASK_UNKNOWN') {
      this.#isGone(task, state, reason === 'REASON_INVALID_OFFERS', driver);
    }
  }

  /** @param key as it was given to the driver: the id of an executor, above 0 */
  timer(key: number, driver: SchedulerDriver): void {
    const executor = this.#executors.get(key - 1);
    // Timers are never cancelled: this one may be of a state that is over.
    if (executor === undefined || executor.untilUs !== driver.now) return;
    if (executor.state === 'busy') this.#endBuild(executor, driver);
    if (executor.state === 'busy' || executor.state === 'cold') this.#serve(executor, driver);
    else if (executor.state === 'idle') this.#stop(executor, driver);
  }

  #poolOf(build: TaskId): Pool {
    const { role, shape, constraint } = this.#workload.trace;
    const key = `${role[build]} ${shape[build]} ${constraint?.[build] ?? -1}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const pool: Pool = { builds: [], head: 0, idle: [] };
    this.#pools.set(key, pool);
    return pool;
  }

  #executor(id: TaskId): Executor {
    const known = this.#executors.get(id);
    if (known !== undefined) return known;
    const pool = this.#poolOf(id);
    const executor: Executor = { id, pool, agent: -1, state: 'starting', build: -1, untilUs: -1 };
    this.#executors.set(id, executor);
    return executor;
  }

  #isUp(id: TaskId, agent: AgentId, driver: SchedulerDriver): void {
    const executor = this.#executor(id);
    if (executor.state !== 'starting') return;
    executor.agent = agent;
    executor.state = 'cold';
    this.#wake(executor, this.#model.coldStartUs, driver);
  }

  /** Takes the oldest build that has not started, or waits for one. */
  #serve(executor: Executor, driver: SchedulerDriver): void {
    const { pool } = executor;
    const build = this.#oldest(pool);
    if (build < 0) {
      executor.state = 'idle';
      executor.build = -1;
      pool.idle.push(executor);
      this.#wake(executor, this.#model.keepUs, driver);
      return;
    }
    const { progress, trace, builds } = this.#workload;
    // The executor that was launched for it is still to come.
    if (progress.of(build) === Stage.launched) this.#executor(build);
    progress.set(build, Stage.running);
    executor.state = 'busy';
    executor.build = build;
    builds?.started(build, executor.agent, driver.now);
    builds?.running(build, driver.now);
    this.#wake(executor, trace.durationUs[build], driver);
  }

  #oldest(pool: Pool): TaskId {
    const { progress } = this.#workload;
    for (; pool.head < pool.builds.length; pool.head++) {
      const build = pool.builds[pool.head];
      const stage = progress.of(build);
      if (stage === Stage.queued || stage === Stage.launched) return build;
    }
    return -1;
  }

  #endBuild(executor: Executor, driver: SchedulerDriver): void {
    const { build } = executor;
    const { trace, builds } = this.#workload;
    const hasFailed = (trace.exit?.[build] ?? 0) !== 0;
    builds?.ended(build, hasFailed ? 'TASK_FAILED' : 'TASK_FINISHED', driver.now);
    this.#owner.buildEnded(build);
  }

  #stop(executor: Executor, driver: SchedulerDriver): void {
    const { idle } = executor.pool;
    idle.splice(idle.indexOf(executor), 1);
    executor.state = 'stopping';
    driver.kill(executor.id, executor.agent);
  }

  /** Killed here, or lost together with its build. */
  #isGone(id: TaskId, state: StatusUpdate['state'], refused: boolean, driver: SchedulerDriver): void {
    const { progress, builds } = this.#workload;
    const executor = this.#executors.get(id);
    this.#executors.delete(id);
    if (executor?.state === 'idle') executor.pool.idle.splice(executor.pool.idle.indexOf(executor), 1);
    const lost = [
      executor?.state === 'busy' ? executor.build : -1,
      progress.of(id) === Stage.launched ? id : -1,
    ];
    for (const build of lost) {
      if (build < 0) continue;
      if (state === 'TASK_ERROR' && build === id) {
        // The master will never take such a launch.
        builds?.ended(build, state, driver.now);
        this.#owner.buildEnded(build);
        continue;
      }
      builds?.ended(build, 'TASK_LOST', driver.now);
      this.#requeue(build, refused, driver);
    }
  }

  /** Back to its place in the line: an idle executor, the one launched for it that still lives, or an offer. */
  #requeue(build: TaskId, refused: boolean, driver: SchedulerDriver): void {
    const { progress } = this.#workload;
    const pool = this.#poolOf(build);
    pool.head = Math.min(pool.head, pool.builds.indexOf(build));
    const ownLives = this.#executors.has(build);
    progress.set(build, ownLives ? Stage.launched : Stage.queued);
    const executor = pool.idle.pop();
    if (executor !== undefined) this.#serve(executor, driver);
    else if (!ownLives) this.#owner.queueAgain(build, refused, driver);
  }

  #wake(executor: Executor, afterUs: Micros, driver: SchedulerDriver): void {
    executor.untilUs = driver.now + afterUs;
    driver.timer(executor.untilUs, executor.id + 1);
  }
}
