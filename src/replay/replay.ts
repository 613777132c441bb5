import { performance } from 'node:perf_hooks';
import { userInfo } from 'node:os';
import type { FrameworkId, Micros, TaskId } from '../cluster/ids.js';
import type { TaskSpec } from '../cluster/protocol.js';
import { Roles } from '../cluster/roles.js';
import type { Scheduler } from '../cluster/scheduler.js';
import type { MasterClient } from '../realnet/client/master-client.js';
import { SchedulerClient, type ClientClock } from '../realnet/client/scheduler-client.js';
import { Arrivals } from '../sim/arrivals.js';
import { setUp } from '../sim/assemble.js';
import type { RunConfig, RunControl, RunProgress, RunResult, RunSetup } from '../sim/run-config.js';
import type { RunEnd } from '../sim/simulation.js';
import { TaskLedger, type RunObserver } from '../sim/task-ledger.js';
import { schedulerMaker } from '../sim/trace-schedulers.js';
import { unfinishedGroups } from '../sim/unfinished.js';
import type { Trace } from '../workloads/trace.js';
import type { LiveCluster } from './cluster.js';
import { LiveBooks } from './live-books.js';
import { commandOf } from './task-command.js';

/** What a replay is made from. */
export interface ReplayConfig extends Pick<
  RunConfig,
  'offers' | 'refuseUs' | 'gangHoldUs' | 'durationsAsEstimates' | 'untilUs'
> {
  readonly trace: Trace;
  readonly client: MasterClient;
  readonly cluster: LiveCluster;
  /** Seconds of the trace in one of the world. */
  readonly speedup: number;
  /** Name of the allocator, for reasons. */
  readonly allocator: string;
  readonly observe?: (setup: RunSetup) => RunObserver;
  /** A master was lost; said once. */
  readonly onLost: (why: string) => void;
}

/** From one look at the control to the next. */
const LOOK_MS = 100;
/** From one reconciliation to the next, once a master was lost. */
const RECONCILE_MS = 5000;
/** How long the end may take: a master that does not answer is left alone. */
const FAREWELL_MS = 10_000;
/** No timer of the host reaches further. */
const LONGEST_WAIT_MS = 2 ** 30;

/**
 * Replays a trace on a real cluster: the framework models of the simulator, each as a framework of its own, with real tasks.
 * All times are on the trace's clock, which begins with the first arrival and goes `speedup` times as fast as the world's.
 *
 * @throws MasterClientError
 */
export async function replayTrace(config: ReplayConfig, control: RunControl): Promise<RunResult> {
  return await new Replay(config).run(control);
}

class Replay {
  readonly #config: ReplayConfig;
  readonly #arrivals: Arrivals;
  readonly #ledger: TaskLedger;
  readonly #books: LiveBooks;
  readonly #roles = new Roles();
  readonly #setup: ReturnType<typeof setUp>;
  readonly #newScheduler: (framework: FrameworkId) => Scheduler;
  readonly #clients: SchedulerClient[] = [];
  readonly #runs: Promise<void>[] = [];
  readonly #clock: ClientClock;
  readonly #agentIds: ReadonlyMap<string, number>;
  #failure: Error | undefined;
  #isLost = false;
  #askedMs = 0;

  constructor(config: ReplayConfig) {
    const { trace, cluster, speedup } = config;
    this.#config = config;
    this.#setup = setUp(trace, cluster.agents);
    this.#arrivals = new Arrivals(trace);
    const { setup } = this.#setup;
    this.#ledger = new TaskLedger(trace, setup.unschedulable, config.observe?.(setup));
    this.#books = new LiveBooks(
      this.#ledger,
      cluster.agents.map(({ resources }) => resources),
    );
    this.#newScheduler = schedulerMaker(
      config,
      setup,
      this.#arrivals,
      this.#ledger,
      this.#roles,
      'replay',
      (task) => this.#specOf(task),
    );
    this.#agentIds = new Map(cluster.ids.map((id, index) => [id, index]));
    const beginUs = this.#arrivals.nextTime;
    const startMs = performance.now();
    this.#clock = {
      speedup,
      now: () => beginUs + Math.round((performance.now() - startMs) * 1000 * speedup),
    };
  }

  async run(control: RunControl): Promise<RunResult> {
    let end: RunEnd | undefined;
    try {
      while (end === undefined) {
        this.#arrive();
        if (this.#failure !== undefined) throw this.#failure;
        if (await control.pause(this.#progress())) end = 'interrupted';
        else if (this.#clock.now() >= (this.#config.untilUs ?? Infinity)) end = 'until';
        else if (this.#ledger.openCount === 0 && this.#arrivals.nextTime === Infinity) end = 'done';
        else {
          this.#askAgain();
          await this.#wait();
        }
      }
      return this.#result(end);
    } finally {
      await this.#leave();
    }
  }

  /** Takes what has arrived by now. */
  #arrive(): void {
    const arrivals = this.#arrivals;
    while (arrivals.nextTime <= this.#clock.now()) {
      const at = arrivals.nextTime;
      arrivals.take();
      const { framework, first, count } = arrivals;
      for (let i = 0; i < count; i++) this.#ledger.submitted(arrivals.task(i), at);
      const client = first === 0 ? this.#begin(framework) : this.#clients[framework];
      client.arrived(first, count);
    }
  }

  #begin(framework: FrameworkId): SchedulerClient {
    const { client, cluster, onLost } = this.#config;
    const now = (): Micros => this.#clock.now();
    const scheduler = new SchedulerClient(client, {
      scheduler: this.#newScheduler(framework),
      names: {
        roles: this.#roles,
        agent: (id) => cluster.ids[id] ?? '',
        agentId: (name) => this.#agentIds.get(name) ?? -1,
        task: (id) => `t${id}`,
        taskId: (name) => (/^t\d{1,9}$/.test(name) ? Number(name.slice(1)) : -1),
      },
      user: userInfo().username,
      clock: this.#clock,
      watch: {
        called: (call) => this.#books.called(framework, call, now()),
        heard: (event) => this.#books.heard(framework, event, now()),
        lost: (why) => {
          this.#books.lost(framework, now());
          if (!this.#isLost) onLost(why);
          this.#isLost = true;
        },
      },
    });
    this.#clients[framework] = scheduler;
    const run = scheduler.run().catch((error: unknown) => {
      this.#failure ??= error as Error;
    });
    this.#runs.push(run);
    return scheduler;
  }

  /**
   * After a restart a master cannot tell at once what became of launches that were under way (mesos-http-api 4.4): who asks has
   * to ask again.
   */
  #askAgain(): void {
    if (!this.#isLost || performance.now() - this.#askedMs < RECONCILE_MS) return;
    this.#askedMs = performance.now();
    for (const [framework, client] of this.#clients.entries()) {
      const tasks = this.#books.open(framework).map((task) => ({ task, agent: -1 }));
      if (tasks.length > 0) client.toMaster(framework, { type: 'RECONCILE', framework, tasks });
    }
  }

  /** Until the next arrival, or the next look. */
  async #wait(): Promise<void> {
    const untilMs = (this.#arrivals.nextTime - this.#clock.now()) / 1000 / this.#config.speedup;
    const wait = Math.min(Math.max(untilMs, 1), LOOK_MS, LONGEST_WAIT_MS);
    await new Promise<void>((resolve) => {
      setTimeout(resolve, wait);
    });
  }

  /** Tears all frameworks down: no task outlives a replay. */
  async #leave(): Promise<void> {
    for (const client of this.#clients) client.giveUp();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FAREWELL_MS);
    });
    await Promise.race([Promise.all(this.#runs), patience]);
    clearTimeout(timer);
    for (const client of this.#clients) client.fail(new Error('the replay is over'));
  }

  #specOf(task: TaskId): TaskSpec {
    const { trace, speedup } = this.#config;
    const name = trace.jobNames?.[trace.job[task]] ?? `t${task}`;
    return { name, payload: { command: commandOf(trace, task, speedup) } };
  }

  #progress(): RunProgress {
    const arrived = this.#arrivals.arrivedCount;
    const ended = arrived - this.#ledger.openCount - this.#ledger.waitingServices;
    const { trace } = this.#config;
    return {
      nowUs: this.#clock.now(),
      events: this.#books.messages,
      arrived,
      ended,
      tasks: trace.taskCount,
    };
  }

  #result(end: RunEnd): RunResult {
    const { trace, cluster, allocator } = this.#config;
    const { setup, groups } = this.#setup;
    const { outcome } = this.#ledger;
    const books = this.#books;
    const agents = cluster.agents.map(({ resources, attributes }, index) => ({
      id: cluster.ids[index],
      hostname: '',
      total: resources,
      attributes,
      capabilities: [],
    }));
    const unfinished = unfinishedGroups({
      trace,
      outcome,
      shapes: setup.shapes,
      agents,
      allocator: {
        name: allocator,
        holdings: (agent) => books.holdings(agent),
        available: (agent) => books.available(agent),
      },
      limits: new Map(),
      rolePath: (role) => this.#roles.path(role),
      end,
    });
    return {
      end,
      partial: end === 'interrupted',
      stalled: false,
      endUs: this.#clock.now(),
      events: books.messages,
      allocations: this.#ledger.allocationCount,
      tasks: this.#ledger.counts(),
      unschedulable: groups,
      unfinished,
    };
  }
}
