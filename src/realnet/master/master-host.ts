import { performance } from 'node:perf_hooks';
import type { Allocator } from '../../cluster/allocator.js';
import type { AgentId, FrameworkId, Micros, TaskId } from '../../cluster/ids.js';
import type { JournalWriter } from '../../cluster/journal/journal-writer.js';
import { agentsOn } from '../../cluster/master/maintenance.js';
import { Master } from '../../cluster/master/master.js';
import type {
  AgentCommand,
  Domain,
  MasterEffects,
  MasterInput,
  SchedulerEvent,
} from '../../cluster/protocol.js';
import type { Roles } from '../../cluster/roles.js';
import { changeOf } from '../registry/registry-entries.js';
import { Registrar } from '../registry/registrar.js';
import type { Timers } from '../timers.js';
import { History } from '../state/history.js';
import { Timings } from '../state/timings.js';
import { MasterNames } from './master-names.js';

export interface MasterHostOptions {
  /** First part of every id; new for every life of a master, so that no id comes twice. */
  readonly masterId: string;
  readonly roles: Roles;
  readonly allocator: Allocator;
  readonly intervalUs: Micros;
  readonly offerTimeoutUs?: Micros;
  /** Where the master is; null: nowhere, and agents with a domain are turned away. */
  readonly domain?: Domain | null;
  readonly clock: () => Micros;
  readonly timers: Timers;
  /** Writes down what the master is told. */
  readonly journal?: JournalWriter;
  /** What may not be forgotten; absent: nothing outlives this master. */
  readonly registrar?: Registrar;
  /** An allocator of the user's own is faulty, and the master takes nothing any more; absent: that is thrown. */
  readonly onFault?: (error: Error) => void;
}

/**
 * The world of a real master: gives the state machine its inputs with the time of day, sets its timers, runs the allocator
 * when that is due, and hands its words to those who carry them.
 */
export class MasterHost {
  readonly master: Master;
  readonly names: MasterNames;
  /** What was and is, beyond what the master itself keeps. */
  readonly history = new History();
  /** Carries events to frameworks; called inside a step. What is said goes through {@link deliver}. */
  toFramework: (framework: FrameworkId, event: SchedulerEvent) => void = () => undefined;
  /** Carries commands to agents; called inside a step. */
  toAgent: (agent: AgentId, command: AgentCommand) => void = () => undefined;
  readonly #clock: () => Micros;
  readonly #timers: Timers;
  readonly #registrar: Registrar;
  readonly #journal: JournalWriter | undefined;
  readonly #onFault: ((error: Error) => void) | undefined;
  /** For when the next allocation is scheduled; Infinity: for no time. */
  #allocationAt: Micros = Infinity;
  #isStopped = false;
  #isFaulty = false;
  readonly #allocations = new Timings();

  constructor(options: MasterHostOptions) {
    this.master = new Master({ ...options, instant: false, observer: this.history });
    this.names = new MasterNames(this.master, (agent) => this.history.tasksOn(agent));
    this.history.begin(this.master, this.names);
    this.#clock = options.clock;
    this.#timers = options.timers;
    this.#journal = options.journal;
    this.#onFault = options.onFault;
    this.#registrar = options.registrar ?? new Registrar(undefined, () => undefined);
  }

  /** What its registry and its allocator have measured. */
  get figures(): Record<string, number> {
    return { ...this.#registrar.figures, ...this.#allocations.figures('allocator/mesos/allocation_run_ms') };
  }

  get now(): Micros {
    return this.#clock();
  }

  /**
   * Lets something out of this master: at once, or when all is durable that it must not forget. What is let out before comes
   * before.
   */
  deliver(act: () => void): void {
    this.#registrar.whenDurable(act);
  }

  /** Resolves when all that this master must not forget is durable, or cannot be. */
  async settled(): Promise<void> {
    await this.#registrar.settled();
  }

  step(input: MasterInput): void {
    if (this.#isStopped) return;
    const now = this.#clock();
    const before = this.#tasksOfAgent(input);
    this.history.taking(input);
    try {
      if (this.#journal === undefined) this.master.step(input, now, this.#effects);
      else this.#journal.step(this.master, input, now, this.#effects);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'PolicyFault' || this.#onFault === undefined)
        throw error;
      // An allocator of the user's own: what it has given away cannot be told any more.
      this.#isFaulty = true;
      this.stop();
      this.#onFault(error);
      return;
    }
    this.history.taken(input, now);
    this.names.settle([...before, ...this.#tasksOfFramework(input)]);
    this.#scheduleAllocation(now);
  }

  /** Tasks that may be gone with their agent; the names that they had are asked for before. */
  #tasksOfAgent(input: MasterInput): readonly TaskId[] {
    if (input.type === 'START_MAINTENANCE') {
      const agents = agentsOn(this.master.cluster, input.machines);
      return agents.flatMap((agent) => this.master.tasks.onAgent(agent));
    }
    const mayLose =
      input.type === 'AGENT_LOST' || input.type === 'AGENT_DISCONNECTED' || input.type === 'REGISTER_AGENT';
    return mayLose ? this.master.tasks.onAgent(input.agent) : [];
  }

  /** Tasks that may be gone with their framework. */
  #tasksOfFramework(input: MasterInput): readonly TaskId[] {
    if (input.type === 'TEARDOWN' || input.type === 'FRAMEWORK_DISCONNECTED')
      return this.names.tasks.of(input.framework);
    return input.type === 'TIMER' && input.kind === 'FRAMEWORK_FAILOVER'
      ? this.names.tasks.of(input.key)
      : [];
  }

  stop(): void {
    this.#isStopped = true;
    this.#timers.stop();
    // Its end would say what the allocator knows.
    if (!this.#isFaulty) this.#journal?.end(this.master);
  }

  readonly #effects: MasterEffects = {
    toFramework: (framework, event) => {
      if (event.type === 'UPDATE') this.history.told(event);
      else if (event.type === 'MESSAGE') this.history.passedOn('EXECUTOR_MESSAGE');
      this.toFramework(framework, event);
    },
    toAgent: (agent, command) => {
      if (command.type === 'ACKNOWLEDGE') this.history.passedOn('ACKNOWLEDGE');
      else if (command.type === 'EXECUTOR_MESSAGE') this.history.passedOn('MESSAGE');
      this.toAgent(agent, command);
    },
    persist: (record) => this.#registrar.persist(changeOf(record, this.names)),
    timer: (kind, at, key) => this.#timers.at(at, () => this.step({ type: 'TIMER', kind, key })),
  };

  /** What is due at once runs when the inputs that are waiting have been taken: one allocation for all of them. */
  #scheduleAllocation(now: Micros): void {
    const due = this.master.allocationDue(now);
    if (due >= this.#allocationAt) return;
    this.#allocationAt = due;
    if (due <= now) setImmediate(() => this.#allocate(due));
    else this.#timers.at(due, () => this.#allocate(due));
  }

  /** An earlier one may have been scheduled since, and have run. */
  #allocate(scheduledFor: Micros): void {
    if (this.#allocationAt !== scheduledFor) return;
    this.#allocationAt = Infinity;
    const start = performance.now();
    this.step({ type: 'ALLOCATE' });
    this.#allocations.add(performance.now() - start);
  }
}
