import type { AgentId, FrameworkId, OfferId, TaskId } from '../../cluster/ids.js';
import type { Master } from '../../cluster/master/master.js';
import type { AgentInfo } from '../../cluster/protocol.js';
import type { Roles } from '../../cluster/roles.js';
import { Names, TaskNames } from '../names.js';
import type { CallIds } from '../wire/scheduler-call.js';
import type { EventNames } from '../wire/scheduler-event.js';

/** Names and ids of everything that a master speaks of. */
export class MasterNames implements EventNames {
  readonly frameworks = new Names();
  readonly agents = new Names();
  readonly tasks = new TaskNames();
  readonly #master: Master;
  readonly #tasksOn: (agent: AgentId) => Iterable<TaskId>;
  /** Tasks that were named since the last {@link settle}: perhaps there is none of that name. */
  readonly #named: TaskId[] = [];
  /** Names of agents that there are none of, in the call that is being worked on: the answer says them again. */
  readonly #unknownAgents: string[] = [];

  /** @param tasksOn those that have not ended; the master's own search for them takes long where it knows many */
  constructor(master: Master, tasksOn: (agent: AgentId) => Iterable<TaskId>) {
    this.#master = master;
    this.#tasksOn = tasksOn;
  }

  get roles(): Roles {
    return this.#master.cluster.roles;
  }

  framework(id: FrameworkId): string {
    return this.frameworks.text(id);
  }

  agent(id: AgentId): string {
    return id < -1 ? (this.#unknownAgents[-2 - id] ?? '') : this.agents.text(id);
  }

  task(id: TaskId): string {
    return this.tasks.text(id);
  }

  offer(id: OfferId): string {
    return `${this.#master.masterId}-O${id}`;
  }

  agentInfo(id: AgentId): AgentInfo | undefined {
    return this.#master.agents.get(id)?.info;
  }

  /** A command task has an executor of its own, which is called as the task is. */
  executor(task: TaskId): string | undefined {
    const { tasks } = this.#master;
    return tasks.has(task) ? (tasks.specOf(task).executorId ?? this.task(task)) : undefined;
  }

  /** Those that have a task there, a command task's own among them. */
  executors(agent: AgentId, framework: FrameworkId): readonly string[] {
    const { tasks } = this.#master;
    const found = new Set<string>();
    for (const task of this.#tasksOn(agent)) {
      if (tasks.frameworkOf(task) === framework && tasks.holds(task))
        found.add(tasks.specOf(task).executorId ?? this.task(task));
    }
    return [...found];
  }

  /** The id of a task; after the step it is given back if there is no such task. */
  taskId(framework: FrameworkId, name: string): TaskId {
    const id = this.tasks.intern(framework, name);
    this.#named.push(id);
    return id;
  }

  /** -1: no agent of that name. */
  agentId(name: string): AgentId {
    return this.agents.find(name) ?? -1;
  }

  /** -1: no offer of this master. */
  offerId(name: string): OfferId {
    const prefix = `${this.#master.masterId}-O`;
    const number = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    return /^\d{1,15}$/.test(number) ? Number(number) : -1;
  }

  /** What a call of a framework is read with. */
  idsFor(framework: FrameworkId): CallIds {
    return {
      framework: this.framework(framework),
      task: (name) => this.taskId(framework, name),
      agent: (name) => this.agents.find(name) ?? -1 - this.#unknownAgents.push(name),
      offer: (name) => this.offerId(name),
      roles: this.roles,
    };
  }

  /** Gives back the ids of tasks that there are none of, among those that were named and these. */
  settle(tasks: readonly TaskId[] = []): void {
    for (const task of tasks) if (!this.#master.tasks.has(task)) this.tasks.release(task);
    for (const task of this.#named) if (!this.#master.tasks.has(task)) this.tasks.release(task);
    this.#named.length = 0;
    this.#unknownAgents.length = 0;
  }
}
