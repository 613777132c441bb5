import type { AgentTasks } from '../cluster/agent/agent-tasks.js';
import type { Agent } from '../cluster/agent/agent.js';
import type { FrameworkId, Micros, TaskId } from '../cluster/ids.js';
import type { JournalWriter } from '../cluster/journal/journal-writer.js';
import type { Master } from '../cluster/master/master.js';
import type {
  AgentEffects,
  AgentInput,
  ExecutorReport,
  MasterEffects,
  MasterInput,
  MasterTimer,
  SchedulerEvent,
  TaskState,
} from '../cluster/protocol.js';
import type { Scheduler, SchedulerEffects } from '../cluster/scheduler.js';
import { isTerminal } from '../cluster/task.js';
import type { Trace } from '../workloads/trace.js';
import type { Arrivals } from './arrivals.js';
import { EventList } from './engine/event-list.js';
import { TimerRing } from './engine/fifo.js';
import { AGENT, FRAMEWORK, MASTER, type Message, type Post } from './post.js';
import type { TaskLedger } from './task-ledger.js';

/** What an event of the list is about: the low bits of its first integer; the rest of it is an id. */
const TASK_END = 0;
const FRAMEWORK_TIMER = 1;
const AGENT_TIMER = 2;
const MASTER_TIMER = 3;

const masterTimers: readonly MasterTimer[] = [
  'OFFER_TIMEOUT',
  'FRAMEWORK_FAILOVER',
  'AGENT_REREGISTRATION',
  'ALLOCATION_RECOVERY',
];

/** What a world is made of. */
export interface WorldParts {
  readonly trace: Trace;
  readonly master: Master;
  /** In cluster order. */
  readonly agents: readonly Agent[];
  /** The tasks of all agents. */
  readonly agentTasks: AgentTasks;
  readonly arrivals: Arrivals;
  readonly ledger: TaskLedger;
  readonly post: Post;
  /** Makes the scheduler of a framework that has just appeared. */
  readonly newScheduler: (framework: FrameworkId) => Scheduler;
  /** Reads what the end of a task will read; the result means nothing. */
  readonly readAhead: (task: TaskId) => number;
  /** Writes down what the master is told. */
  readonly journal: JournalWriter | undefined;
}

/**
 * Simulated master, agents, frameworks and executors, and the events between them. It knows the order of events inside one
 * instant; when the next instant is and when all is over is the business of the simulation.
 *
 * An executor is a clock: TASK_RUNNING at once, the terminal state after the duration that the trace says.
 */
export class World {
  readonly #trace: Trace;
  readonly #master: Master;
  readonly #agents: readonly Agent[];
  readonly #agentTasks: AgentTasks;
  readonly #arrivals: Arrivals;
  readonly #ledger: TaskLedger;
  readonly #post: Post;
  readonly #newScheduler: (framework: FrameworkId) => Scheduler;
  readonly #readAhead: (task: TaskId) => number;
  readonly #journal: JournalWriter | undefined;
  readonly #schedulers: Scheduler[] = [];

  /** Ends of tasks, and timers that do not share one delay. */
  readonly #list = new EventList(1024);
  /** Retries of status updates: one delay for all but the few that are sent a third time. */
  readonly #retries = new TimerRing();
  #retryDelayUs = 0;
  /** Ends in the list of tasks that were killed since; each counts for one. */
  readonly #staleEnds = new Map<TaskId, number>();

  /** Means nothing: a compiler may leave out reads that nobody can see. */
  lastRead = 0;
  #now: Micros = 0;
  #events = 0;

  constructor(parts: WorldParts) {
    this.#trace = parts.trace;
    this.#master = parts.master;
    this.#agents = parts.agents;
    this.#agentTasks = parts.agentTasks;
    this.#arrivals = parts.arrivals;
    this.#ledger = parts.ledger;
    this.#post = parts.post;
    this.#newScheduler = parts.newScheduler;
    this.#readAhead = parts.readAhead;
    this.#journal = parts.journal;
  }

  /** Inputs handled so far: arrivals, messages, ends of tasks, timers, allocations. */
  get events(): number {
    return this.#events;
  }

  /** When the next event is due that is no allocation; Infinity when none is. */
  get nextTime(): Micros {
    return Math.min(
      this.#arrivals.nextTime,
      this.#list.nextTime,
      this.#post.nextTime,
      this.#retries.nextTime,
    );
  }

  /** Registers all agents, now and whatever the latency: the cluster stands before the run begins. */
  registerAgents(): void {
    const effects: AgentEffects = {
      ...this.#agentEffects,
      toMaster: (_agent, report) => this.#post.hand(MASTER, report, this.#now),
    };
    for (const agent of this.#agents) agent.register(effects);
  }

  /** Gives the master an input at the time of the last instant; what follows from it is for {@link settle}. */
  tellMaster(input: MasterInput): void {
    this.#events++;
    this.#stepMaster(input);
  }

  /**
   * Handles all events of an instant but its allocations, until none is left (class 0 of semantics-notes I-1, I-2).
   *
   * @param now not before the time of the last call, not after {@link nextTime}
   */
  settle(now: Micros): void {
    this.#now = now;
    const { arrived } = this.#post;
    for (;;) {
      while (arrived.size > 0) {
        const receiver = arrived.receiver;
        this.#receive(receiver, arrived.shift(), now);
      }
      if (this.#list.nextTime <= now) this.#fire(now);
      else if (this.#post.nextTime <= now) this.#post.deliver(now);
      else if (this.#retries.nextTime <= now) this.#retry(now);
      else if (this.#arrivals.nextTime <= now) this.#arrive(now);
      else return;
    }
  }

  /**
   * Forgets retries that have nothing left to send, at both ends of their ring: what was acknowledged in the instant of its
   * making wakes nobody later. Those in the middle wait until they are at the front.
   */
  dropStaleRetries(): void {
    const retries = this.#retries;
    while (retries.size > 0 && this.#isAcknowledged(retries.lastSecond)) retries.pop();
    while (retries.size > 0 && this.#isAcknowledged(retries.second)) retries.shift();
  }

  #isAcknowledged(task: TaskId): boolean {
    return this.#agentTasks.agentOf(task) < 0 || this.#agentTasks.updateOut(task) === 0;
  }

  #receive(receiver: number, message: Message, now: Micros): void {
    this.#events++;
    const id = receiver >> 2;
    // The receiver says of which kind the message is: it was put together with it.
    switch (receiver & 3) {
      case MASTER:
        this.#stepMaster(message as MasterInput);
        break;
      case FRAMEWORK: {
        const event = message as SchedulerEvent;
        if (
          event.type === 'UPDATE' &&
          event.state === 'TASK_RUNNING' &&
          !this.#ledger.isExecutor(event.task)
        ) {
          this.#ledger.runningSeen(event.task, now);
        }
        this.#schedulers[id].event(event, now, this.#schedulerEffects);
        break;
      }
      case AGENT:
        this.#agents[id].step(message as AgentInput, now, this.#agentEffects);
        break;
    }
  }

  #stepMaster(input: MasterInput): void {
    if (this.#journal === undefined) this.#master.step(input, this.#now, this.#masterEffects);
    else this.#journal.step(this.#master, input, this.#now, this.#masterEffects);
  }

  #fire(now: Micros): void {
    const { first, second } = this.#list;
    this.#list.pop();
    this.#events++;
    this.#fetchNext();
    const id = first >> 2;
    switch (first & 3) {
      case TASK_END:
        if (this.#staleEnds.size === 0 || !this.#isStaleEnd(second)) {
          this.#agents[id].step(this.#endOf(second), now, this.#agentEffects);
        }
        break;
      case FRAMEWORK_TIMER:
        this.#schedulers[id].timer(second, now, this.#schedulerEffects);
        break;
      case AGENT_TIMER:
        this.#agents[id].step({ type: 'TIMER', kind: 'UPDATE_RETRY', key: second }, now, this.#agentEffects);
        break;
      case MASTER_TIMER:
        this.#stepMaster({ type: 'TIMER', kind: masterTimers[id], key: second });
        break;
    }
  }

  /**
   * Tasks end in another order than they began, so what is known of them has long left the cache. Read an event ahead, the
   * cache misses of all tables overlap; left to the event itself, each would wait for the one before.
   */
  #fetchNext(): void {
    const list = this.#list;
    if (list.size === 0 || (list.first & 3) !== TASK_END) return;
    this.lastRead = this.#readAhead(list.second);
  }

  #retry(now: Micros): void {
    const { first, second } = this.#retries;
    this.#retries.shift();
    this.#events++;
    this.#agents[first].step({ type: 'TIMER', kind: 'UPDATE_RETRY', key: second }, now, this.#agentEffects);
  }

  /** A framework subscribes at the instant of its first arrival, before that task is asked for (C-7). */
  #arrive(now: Micros): void {
    const arrivals = this.#arrivals;
    arrivals.take();
    this.#events += arrivals.count;
    for (let i = 0; i < arrivals.count; i++) this.#ledger.submitted(arrivals.task(i), now);
    const { framework, first, count } = arrivals;
    if (first === 0) {
      this.#schedulers[framework] = this.#newScheduler(framework);
      this.#schedulers[framework].start(now, this.#schedulerEffects);
    }
    this.#schedulers[framework].arrived(first, count, now, this.#schedulerEffects);
  }

  #endOf(task: TaskId): ExecutorReport {
    const exit = this.#trace.exit?.[task] ?? 0;
    if (exit === 0) return executorReport(task, 'TASK_FINISHED');
    return {
      type: 'EXECUTOR_UPDATE',
      task,
      state: 'TASK_FAILED',
      reason: 'REASON_COMMAND_EXECUTOR_FAILED',
      message: `exit status ${exit}`,
    };
  }

  /** Runs until it is killed or the run ends. */
  #isEndless(task: TaskId): boolean {
    return this.#ledger.isService(task) || this.#ledger.isExecutor(task);
  }

  #isStaleEnd(task: TaskId): boolean {
    const count = this.#staleEnds.get(task);
    if (count === undefined) return false;
    // The same duration after an earlier start: the stale ends come first.
    if (count === 1) this.#staleEnds.delete(task);
    else this.#staleEnds.set(task, count - 1);
    return true;
  }

  readonly #masterEffects: MasterEffects = {
    toFramework: (framework, event) => {
      if (event.type === 'UPDATE' && event.source === 'SOURCE_MASTER' && this.#ledger.isWaiting(event.task)) {
        if (isTerminal(event.state)) this.#ledger.endedUnlaunched(event.task, event.state, this.#now);
      }
      this.#post.fromMaster(4 * framework + FRAMEWORK, event, this.#now);
    },
    toAgent: (agent, command) => this.#post.fromMaster(4 * agent + AGENT, command, this.#now),
    // A simulated master never dies: nothing has to outlive it.
    persist: () => undefined,
    timer: (kind, at, key) => this.#list.push(at, 4 * masterTimers.indexOf(kind) + MASTER_TIMER, key),
  };

  readonly #agentEffects: AgentEffects = {
    toMaster: (agent, report) => this.#post.toMaster(4 * agent + AGENT, report, this.#now),
    startTask: (agent, task) => {
      this.#post.hand(4 * agent + AGENT, executorReport(task, 'TASK_RUNNING'), this.#now);
      if (!this.#isEndless(task)) {
        this.#list.push(this.#now + this.#trace.durationUs[task], 4 * agent + TASK_END, task);
      }
    },
    killTask: (agent, task) => {
      this.#post.hand(4 * agent + AGENT, executorReport(task, 'TASK_KILLED'), this.#now);
      if (!this.#isEndless(task)) this.#staleEnds.set(task, (this.#staleEnds.get(task) ?? 0) + 1);
    },
    timer: (agent, _kind, at, key) => {
      if (this.#retryDelayUs === 0) this.#retryDelayUs = at - this.#now;
      if (at - this.#now === this.#retryDelayUs) this.#retries.push(at, agent, key);
      else this.#list.push(at, 4 * agent + AGENT_TIMER, key);
    },
  };

  readonly #schedulerEffects: SchedulerEffects = {
    toMaster: (framework, call) => this.#post.toMaster(4 * framework + FRAMEWORK, call, this.#now),
    timer: (framework, at, key) => this.#list.push(at, 4 * framework + FRAMEWORK_TIMER, key),
  };
}

function executorReport(task: TaskId, state: TaskState): ExecutorReport {
  return { type: 'EXECUTOR_UPDATE', task, state, reason: undefined, message: undefined };
}
