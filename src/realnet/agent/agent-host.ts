import { AgentTasks } from '../../cluster/agent/agent-tasks.js';
import { Agent } from '../../cluster/agent/agent.js';
import type { Micros, TaskId } from '../../cluster/ids.js';
import type {
  AgentCommand,
  AgentEffects,
  AgentInput,
  AgentReport,
  TaskSpec,
  TaskState,
  UpdateReason,
} from '../../cluster/protocol.js';
import { resourcesFromJson } from '../../cluster/resources/json.js';
import { Roles } from '../../cluster/roles.js';
import { Names, TaskNames } from '../names.js';
import { makeSandbox } from '../process/sandbox.js';
import { OWN_USER, taskUser, type UserPolicy } from '../process/task-user.js';
import type { Timers } from '../timers.js';
import {
  resourcesMessage,
  specMessage,
  specOf,
  type AgentCommandMessage,
  type AgentDescription,
  type AgentReportMessage,
} from '../wire/agent-protocol.js';
import type { TaskPayload } from '../wire/task-info.js';
import { CommandTask } from './command-task.js';

export interface AgentHostOptions {
  readonly description: AgentDescription;
  /** Where sandboxes are made. */
  readonly workDir: string;
  /** @defaultValue all tasks run as the agent itself */
  readonly users?: UserPolicy;
  readonly clock: () => Micros;
  readonly timers: Timers;
  /** The master does not want this agent. */
  readonly unwanted?: (why: string) => void;
}

/** The core counts agents; a real one is alone in its process. */
const SELF = 0;

/** The world of a real agent: gives the state machine its inputs, runs tasks as processes, and speaks to the master. */
export class AgentHost {
  readonly description: AgentDescription;
  readonly #options: AgentHostOptions;
  readonly #tasks = new AgentTasks();
  readonly #frameworks = new Names();
  readonly #taskNames = new TaskNames();
  readonly #roles = new Roles();
  /** Of each framework: its tasks run as this user, unless they name another. */
  readonly #users = new Map<string, string>();
  readonly #running = new Map<TaskId, CommandTask>();
  /** About to be started. */
  readonly #starting = new Set<TaskId>();
  /** Undefined until the master has given it a name. */
  #agent: Agent | undefined;
  #send: ((report: AgentReportMessage) => void) | undefined;

  constructor(options: AgentHostOptions) {
    this.description = options.description;
    this.#options = options;
  }

  /** Full id as the master gave it; undefined before it did. */
  get id(): string | undefined {
    return this.#agent?.info.id;
  }

  /** There is a way to the master: registers on it. */
  connected(send: (report: AgentReportMessage) => void): void {
    this.#send = send;
    if (this.#agent === undefined) {
      send({ type: 'REGISTER_AGENT', description: this.description, tasks: [] });
    } else {
      this.#agent.register(this.#effects);
    }
  }

  /** What the agent says goes nowhere until it is connected again. */
  disconnected(): void {
    this.#send = undefined;
  }

  /** Takes what the master says. @throws ResourceJsonError for resources that are none */
  command(message: AgentCommandMessage): void {
    if (message.type === 'PING') {
      this.#send?.({ type: 'PONG' });
      return;
    }
    if (message.type === 'SHUTDOWN') {
      this.#options.unwanted?.(message.message);
      return;
    }
    if (message.type === 'AGENT_REGISTERED') this.#agent ??= this.#newAgent(message.agent);
    this.#step(this.#commandOf(message));
  }

  /** Kills all that runs and leaves the cluster; resolves when nothing runs. */
  async stop(graceMs: number): Promise<void> {
    const send = this.#send;
    this.#send = undefined;
    for (const task of this.#running.values()) task.kill(graceMs);
    while (this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#options.timers.stop();
    if (this.#agent !== undefined) send?.({ type: 'UNREGISTER_AGENT' });
  }

  #idle: () => void = () => undefined;

  #newAgent(id: string): Agent {
    const { hostname, ip, port, resources, attributes, domain } = this.description;
    const info = {
      id,
      hostname,
      ip,
      port,
      total: resourcesFromJson(resources).resources,
      attributes,
      capabilities: [],
      ...(domain && { domain }),
    };
    return new Agent(SELF, info, this.#tasks);
  }

  #step(input: AgentInput): void {
    this.#agent?.step(input, this.#options.clock(), this.#effects);
    if ('task' in input) this.#releaseUnlessThere(input.task);
    else if (input.type === 'SHUTDOWN_FRAMEWORK') {
      for (const task of [...this.#taskNames.ids()]) this.#releaseUnlessThere(task);
    }
  }

  #releaseUnlessThere(task: TaskId): void {
    if (!this.#tasks.has(task)) this.#taskNames.release(task);
  }

  #commandOf(message: Exclude<AgentCommandMessage, { readonly type: 'PING' | 'SHUTDOWN' }>): AgentCommand {
    const { type } = message;
    if (type === 'AGENT_REGISTERED') return { type, agent: SELF };
    const framework = this.#frameworks.intern(message.framework);
    if (type === 'SHUTDOWN_FRAMEWORK') return { type, framework };
    const task = this.#taskNames.intern(framework, message.task);
    switch (type) {
      case 'RUN_TASK': {
        const user = message.frameworkInfo?.user;
        if (typeof user === 'string') this.#users.set(message.framework, user);
        const { resources } = resourcesFromJson(message.resources);
        const role = this.#roles.intern(message.role);
        return { type, framework, role, task, resources, spec: specOf(message.spec) };
      }
      case 'KILL_TASK':
        return { type, framework, task, ...(message.graceUs !== undefined && { graceUs: message.graceUs }) };
      case 'ACKNOWLEDGE':
        return { type, framework, agent: SELF, task, update: message.update };
    }
  }

  readonly #effects: AgentEffects = {
    toMaster: (_agent, report) => this.#send?.(this.#reportMessage(report)),
    startTask: (_agent, task, _resources, spec) => this.#start(task, spec),
    killTask: (_agent, task, graceUs) => {
      // What has not begun never does.
      if (!this.#starting.delete(task)) {
        this.#running.get(task)?.kill(graceUs === undefined ? undefined : graceUs / 1000);
      }
    },
    timer: (_agent, kind, at, key) =>
      this.#options.timers.at(at, () => this.#step({ type: 'TIMER', kind, key })),
  };

  /** Not inside the step that asks for it: the process's first words are inputs of their own. */
  #start(task: TaskId, spec: TaskSpec): void {
    this.#starting.add(task);
    setImmediate(() => {
      const tasks = this.#tasks;
      if (!tasks.has(task)) {
        this.#starting.delete(task);
        return;
      }
      if (!this.#starting.delete(task)) {
        this.#fail(task, 'TASK_KILLED', 'REASON_TASK_KILLED_DURING_LAUNCH', undefined);
        return;
      }
      const { task: info } = spec.payload as TaskPayload;
      const { command } = info;
      if (command === undefined) {
        const why = 'this agent runs tasks with a command; it cannot start an executor of a framework';
        this.#fail(task, 'TASK_FAILED', 'REASON_CONTAINER_LAUNCH_FAILED', why);
        return;
      }
      const framework = this.#frameworks.text(tasks.frameworkOf(task));
      const agent = this.id ?? '';
      try {
        const owner = { agent, framework, executor: spec.executorId ?? info.task_id.value };
        const user = taskUser(
          command.user ?? this.#users.get(framework) ?? '',
          this.#options.users ?? OWN_USER,
        );
        const sandbox = makeSandbox(this.#options.workDir, owner, user);
        const role = this.#roles.path(tasks.roleOf(task));
        const report = (input: AgentInput): void => this.#executorSays(task, input);
        this.#running.set(
          task,
          new CommandTask({ task, info, command, agent, framework, role, sandbox, user, report }),
        );
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#fail(task, 'TASK_FAILED', 'REASON_CONTAINER_LAUNCH_FAILED', message);
      }
    });
  }

  #fail(task: TaskId, state: TaskState, reason: UpdateReason, message: string | undefined): void {
    this.#step({ type: 'EXECUTOR_UPDATE', task, state, reason, message, source: 'SOURCE_AGENT' });
  }

  #executorSays(task: TaskId, input: AgentInput): void {
    if (input.type === 'EXECUTOR_UPDATE' && this.#isEnd(input.state)) {
      this.#running.delete(task);
      if (this.#running.size === 0) this.#idle();
    }
    this.#step(input);
  }

  #isEnd(state: string): boolean {
    return state !== 'TASK_STARTING' && state !== 'TASK_RUNNING';
  }

  #reportMessage(report: AgentReport): AgentReportMessage {
    if (report.type === 'REGISTER_AGENT') {
      const { info, tasks } = report;
      return {
        type: 'REGISTER_AGENT',
        agent: info.id,
        description: this.description,
        tasks: tasks.map(({ framework, role, task, resources, spec, state }) => ({
          framework: this.#frameworks.text(framework),
          role: this.#roles.path(role),
          task: this.#taskNames.text(task),
          resources: resourcesMessage(resources),
          spec: specMessage(spec),
          state,
        })),
      };
    }
    const { framework, task, state, update, source, reason, message, timestamp, details } = report;
    return {
      type: 'UPDATE',
      framework: this.#frameworks.text(framework),
      task: this.#taskNames.text(task),
      state,
      update: Number(update),
      source,
      ...(reason !== undefined && { reason }),
      ...(message !== undefined && { message }),
      timestamp,
      ...(details !== undefined && { details }),
    };
  }
}
