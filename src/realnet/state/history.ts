import type { AgentId, FrameworkId, Micros, RoleId, TaskId } from '../../cluster/ids.js';
import type { MasterObserver } from '../../cluster/master/master-options.js';
import { agentsOn } from '../../cluster/master/maintenance.js';
import type { Master } from '../../cluster/master/master.js';
import type {
  FrameworkInfo,
  MasterInput,
  StatusUpdate,
  TaskSpec,
  TaskState,
  UpdateReason,
  UpdateSource,
} from '../../cluster/protocol.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { isTerminal } from '../../cluster/task.js';
import type { MasterNames } from '../master/master-names.js';

/** A state that a task was in, and who said so. */
export interface StatusRecord {
  readonly state: TaskState;
  readonly source: UpdateSource;
  readonly at: Micros;
  /** Number of the update; 0: it was no agent's. */
  readonly update: number;
  readonly reason?: UpdateReason | undefined;
  readonly message?: string | undefined;
  readonly details?: unknown;
  readonly unreachableUs?: Micros;
}

/** A task as people are told of it, from its launch until it is forgotten. */
export interface TaskRecord {
  readonly name: string;
  readonly framework: FrameworkId;
  readonly agent: AgentId;
  readonly role: RoleId;
  readonly resources: Resources;
  readonly spec: TaskSpec;
  state: TaskState;
  readonly statuses: StatusRecord[];
}

export interface FrameworkRecord {
  readonly id: FrameworkId;
  info: FrameworkInfo;
  connected: boolean;
  removed: boolean;
  readonly registeredUs: Micros;
  reregisteredUs?: Micros;
  unregisteredUs?: Micros;
  /** The last of its tasks that have ended, the oldest first. */
  readonly completed: TaskRecord[];
}

export interface AgentRecord {
  readonly id: AgentId;
  registered: boolean;
  registeredUs: Micros;
  reregisteredUs?: Micros;
}

/** What changed, for those who watch. */
export type Change =
  | { readonly type: 'TASK_ADDED'; readonly task: TaskRecord }
  | { readonly type: 'TASK_UPDATED'; readonly task: TaskRecord; readonly status: StatusRecord }
  | { readonly type: 'AGENT_ADDED' | 'AGENT_REMOVED'; readonly agent: AgentRecord }
  | {
      readonly type: 'FRAMEWORK_ADDED' | 'FRAMEWORK_UPDATED' | 'FRAMEWORK_REMOVED';
      readonly framework: FrameworkRecord;
    };

/** How much is remembered of what is over (mesos-http-api 4.3). */
const MOST_COMPLETED_TASKS = 1000;
const MOST_COMPLETED_FRAMEWORKS = 50;
/** Of one task: a health check may report for ever. */
const MOST_STATUSES = 100;

const FRAMEWORK_INPUTS: ReadonlySet<MasterInput['type']> = new Set([
  'SUBSCRIBE',
  'UPDATE_FRAMEWORK',
  'TEARDOWN',
  'FRAMEWORK_DISCONNECTED',
]);
const AGENT_INPUTS: ReadonlySet<MasterInput['type']> = new Set([
  'REGISTER_AGENT',
  'AGENT_LOST',
  'AGENT_DISCONNECTED',
  'DRAIN_AGENT',
]);

/** Keeps what the master forgets or never knew: times, statuses, what is over; and tells who watches of every change. */
export class History implements MasterObserver {
  readonly tasks: (TaskRecord | undefined)[] = [];
  readonly #tasksOn = new Map<AgentId, Set<TaskId>>();
  readonly frameworks = new Map<FrameworkId, FrameworkRecord>();
  readonly agents = new Map<AgentId, AgentRecord>();
  /** Frameworks that are over, the oldest first. */
  readonly completed: FrameworkRecord[] = [];
  /** Tasks that have reached each terminal state since the master began. */
  readonly ended = new Map<TaskState, number>();
  /** How often the allocator has run. */
  allocationRuns = 0;
  /** How many inputs of each type the master has taken. */
  readonly inputCounts = new Map<MasterInput['type'], number>();
  /** How many of them made sense, of those that are passed on, and of updates. */
  readonly validCounts = new Map<MasterInput['type'], number>();
  /** Agents that were removed, for whatever reason; that came, and that came back. */
  agentsRemoved = 0;
  agentsRegistered = 0;
  agentsReregistered = 0;
  onChange: ((change: Change) => void) | undefined;
  #master: Master | undefined;
  #names: MasterNames | undefined;
  #input: MasterInput | undefined;
  /** The agent that registers is known. */
  #isReturning = false;
  readonly #draining: AgentId[] = [];

  /** Whose history it is. */
  begin(master: Master, names: MasterNames): void {
    this.#master = master;
    this.#names = names;
  }

  /** Tasks of an agent that have not ended. */
  tasksOn(agent: AgentId): Iterable<TaskId> {
    return this.#tasksOn.get(agent) ?? [];
  }

  /** Before the step. */
  taking(input: MasterInput): void {
    this.#input = input;
    this.inputCounts.set(input.type, (this.inputCounts.get(input.type) ?? 0) + 1);
    if (input.type === 'UPDATE' && this.#isKnown(input)) this.passedOn('UPDATE');
    if (input.type === 'REGISTER_AGENT')
      this.#isReturning = this.#master?.agents.get(input.agent) !== undefined;
    const draining = this.#master?.cluster.draining;
    if (draining !== undefined && draining.size > 0) this.#draining.push(...draining);
    if (input.type === 'START_MAINTENANCE' && this.#master !== undefined) {
      this.#draining.push(...agentsOn(this.#master.cluster, input.machines));
    }
  }

  /** The master does with it what its sender meant; what it does besides within the same step is no matter. */
  passedOn(type: MasterInput['type']): void {
    if (this.#input?.type === type) this.validCounts.set(type, (this.validCounts.get(type) ?? 0) + 1);
  }

  /** Of an agent that is there, about a task that runs there. */
  #isKnown({ agent, framework, task }: StatusUpdate): boolean {
    if (this.#master === undefined) return false;
    const { agents, tasks } = this.#master;
    return (
      agents.get(agent)?.state === 'registered' &&
      tasks.frameworkOf(task) === framework &&
      tasks.agentOf(task) === agent
    );
  }

  /** After the step. */
  taken(input: MasterInput, now: Micros): void {
    this.#input = undefined;
    // Whatever ends the last task of a drained agent may end the agent.
    while (this.#draining.length > 0) this.#agent(this.#draining.pop() ?? -1, now, false);
    if (input.type === 'UPDATE') this.#updated(input);
    else if (input.type === 'TIMER') {
      if (input.kind === 'FRAMEWORK_FAILOVER') this.#framework(input.key, now, false);
    } else if (FRAMEWORK_INPUTS.has(input.type) && 'framework' in input) {
      this.#framework(input.framework, now, input.type === 'SUBSCRIBE');
    } else if (AGENT_INPUTS.has(input.type) && 'agent' in input) {
      this.#agent(input.agent, now, input.type === 'REGISTER_AGENT');
    }
  }

  /** The master said this of a task: the words for what {@link taskEnded} has just told. */
  told(said: StatusUpdate): void {
    const { task, source, update } = said;
    const record = this.tasks[task];
    const last = record?.statuses.at(-1);
    if (record === undefined || last === undefined) return;
    if (source !== 'SOURCE_MASTER' || update !== 0 || last.source !== source || last.reason !== undefined)
      return;
    record.statuses[record.statuses.length - 1] = { ...statusOf(said), state: last.state };
  }

  taskLaunched(
    task: TaskId,
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
  ): void {
    if (this.#master === undefined || this.#names === undefined) return;
    const spec = this.#master.tasks.specOf(task);
    const record: TaskRecord = {
      name: this.#names.task(task),
      framework,
      agent,
      role,
      resources,
      spec,
      state: 'TASK_STAGING',
      statuses: [],
    };
    this.tasks[task] = record;
    const beside = this.#tasksOn.get(agent);
    if (beside === undefined) this.#tasksOn.set(agent, new Set([task]));
    else beside.add(task);
    this.onChange?.({ type: 'TASK_ADDED', task: record });
  }

  taskEnded(
    task: TaskId,
    _framework: FrameworkId,
    _role: RoleId,
    _agent: AgentId,
    _resources: Resources,
    state: TaskState,
    now: Micros,
  ): void {
    const record = this.tasks[task];
    if (record === undefined) return;
    const input = this.#input;
    if (input?.type === 'UPDATE' && input.task === task) this.#add(record, statusOf(input));
    else this.#add(record, { state, source: 'SOURCE_MASTER', at: now, update: 0 });
    if (!isTerminal(state)) return;
    this.ended.set(state, (this.ended.get(state) ?? 0) + 1);
    this.tasks[task] = undefined;
    this.#forget(task, record.agent);
    const completed = this.frameworks.get(record.framework)?.completed;
    if (completed === undefined) return;
    completed.push(record);
    if (completed.length > MOST_COMPLETED_TASKS) completed.shift();
  }

  #forget(task: TaskId, agent: AgentId): void {
    const beside = this.#tasksOn.get(agent);
    beside?.delete(task);
    if (beside?.size === 0) this.#tasksOn.delete(agent);
  }

  offersMade(): void {
    // Nobody asks for offers of the past.
  }

  offerClosed(): void {
    // The same.
  }

  offersDeclined(): void {
    // The same.
  }

  allocationRun(): void {
    this.allocationRuns++;
  }

  #updated(input: StatusUpdate): void {
    const record = this.tasks[input.task];
    if (record === undefined || record.framework !== input.framework) return;
    if (this.#master?.tasks.stateOf(input.task) !== input.state) return;
    // Sent again because nobody acknowledged it.
    if (record.statuses.some(({ update }) => update === input.update && update !== 0)) return;
    this.#add(record, statusOf(input));
  }

  #add(record: TaskRecord, status: StatusRecord): void {
    record.state = status.state;
    record.statuses.push(status);
    if (record.statuses.length > MOST_STATUSES) record.statuses.shift();
    this.onChange?.({ type: 'TASK_UPDATED', task: record, status });
  }

  #framework(id: FrameworkId, now: Micros, subscribed: boolean): void {
    const framework = this.#master?.frameworks.get(id);
    if (framework === undefined) return;
    const { info, connected, removed } = framework;
    const record = this.frameworks.get(id);
    if (record === undefined) {
      const added = { id, info, connected, removed, registeredUs: now, completed: [] };
      this.frameworks.set(id, added);
      this.onChange?.({ type: 'FRAMEWORK_ADDED', framework: added });
      return;
    }
    if (record.removed) return;
    const changed = record.connected !== connected || record.info !== info;
    Object.assign(record, { info, connected, removed });
    if (removed) {
      record.unregisteredUs = now;
      this.#complete(record);
      this.onChange?.({ type: 'FRAMEWORK_REMOVED', framework: record });
      return;
    }
    if (subscribed && connected) record.reregisteredUs = now;
    if (changed) this.onChange?.({ type: 'FRAMEWORK_UPDATED', framework: record });
  }

  #complete(record: FrameworkRecord): void {
    this.completed.push(record);
    if (this.completed.length <= MOST_COMPLETED_FRAMEWORKS) return;
    const forgotten = this.completed.shift();
    if (forgotten !== undefined) this.frameworks.delete(forgotten.id);
  }

  #agent(id: AgentId, now: Micros, registers: boolean): void {
    const agent = this.#master?.agents.get(id);
    if (agent === undefined) return;
    const registered = agent.state === 'registered';
    if (registers && registered) {
      if (this.#isReturning) this.agentsReregistered++;
      else this.agentsRegistered++;
    }
    const record = this.agents.get(id);
    if (record === undefined) {
      if (!registered) return;
      const added = { id, registered, registeredUs: now };
      this.agents.set(id, added);
      this.onChange?.({ type: 'AGENT_ADDED', agent: added });
      return;
    }
    const before = record.registered;
    record.registered = registered;
    if (registers && registered) record.reregisteredUs = now;
    if (before !== registered) {
      if (!registered) this.agentsRemoved++;
      this.onChange?.({ type: registered ? 'AGENT_ADDED' : 'AGENT_REMOVED', agent: record });
    }
  }
}

function statusOf(update: StatusUpdate): StatusRecord {
  const { state, source, timestamp: at, reason, message, details, unreachableUs } = update;
  const since = unreachableUs === undefined ? {} : { unreachableUs };
  return { state, source, at, update: Number(update.update), reason, message, details, ...since };
}
