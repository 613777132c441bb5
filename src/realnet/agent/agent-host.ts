import { randomUUID } from 'node:crypto';
import { AgentTasks } from '../../cluster/agent/agent-tasks.js';
import { Agent } from '../../cluster/agent/agent.js';
import type { FrameworkId, Micros, TaskId } from '../../cluster/ids.js';
import type {
  AgentEffects,
  AgentInput,
  AgentReport,
  StatusUpdate,
  ExecutorReport,
  TaskSpec,
} from '../../cluster/protocol.js';
import { resourcesFromJson } from '../../cluster/resources/json.js';
import { isTerminal, STAGING } from '../../cluster/task.js';
import type { Log } from '../log.js';
import { OUTPUT_LIMITS, OutputRotation, type OutputLimits } from '../process/output-files.js';
import { lookAt } from '../process/process-table.js';
import type { TaskGuard } from '../process/task-guard.js';
import { OWN_USER, type UserPolicy } from '../process/task-user.js';
import type { Timers } from '../timers.js';
import {
  specOf,
  type AgentCommandMessage,
  type AgentDescription,
  type AgentReportMessage,
} from '../wire/agent-protocol.js';
import type { TaskPayload } from '../wire/task-info.js';
import { AgentNames } from './agent-names.js';
import { AgentState, bootId, type StoredState } from './agent-state.js';
import { Containers } from './containers.js';
import { AgentFiles } from './files.js';
import { changesOf, ReconfigurationError, type ReconfigurationPolicy } from './reconfiguration.js';
import type { LaunchedTask } from './runner-world.js';

export interface AgentHostOptions {
  readonly description: AgentDescription;
  /** Where sandboxes are made, and what must not be forgotten is kept. */
  readonly workDir: string;
  /** @defaultValue all tasks run as the agent itself */
  readonly users?: UserPolicy;
  readonly output?: OutputLimits;
  /** How long an executor has to subscribe, and to come back to an agent that is started anew (W-3.6). */
  readonly executorRegistrationMs?: number;
  readonly executorReregistrationMs?: number;
  /** The port of its description was chosen, and is not just any. @defaultValue true */
  readonly hasPort?: boolean;
  /** Ends what runs when this process is killed; absent: tasks of frameworks with checkpointing outlive it. */
  readonly guard?: TaskGuard;
  /** @defaultValue equal */
  readonly reconfiguration?: ReconfigurationPolicy;
  /** Executors say who they are by a token. @defaultValue false */
  readonly asksToken?: boolean;
  readonly clock: () => Micros;
  readonly timers: Timers;
  readonly log: Log;
  /** The master does not want this agent. */
  readonly unwanted?: (why: string) => void;
}

const EXECUTOR_REGISTRATION_MS = 60_000;
const EXECUTOR_REREGISTRATION_MS = 2000;

/** The core counts agents; a real one is alone in its process. */
const SELF = 0;

/** The world of a real agent: gives the state machine its inputs, has tasks run as processes, and speaks to the master. */
export class AgentHost {
  readonly description: AgentDescription;
  readonly containers: Containers;
  readonly names = new AgentNames();
  readonly tasks = new AgentTasks();
  readonly files: AgentFiles;
  readonly #options: AgentHostOptions;
  readonly #state: AgentState;
  /** Under which the state of a task is kept. */
  readonly #keys = new Map<TaskId, string>();
  /** About to be started. */
  readonly #starting = new Set<TaskId>();
  /** Undefined until the master has given it a name. */
  #agent: Agent | undefined;
  #send: ((report: AgentReportMessage) => void) | undefined;
  /** Nothing begins any more, and nothing is kept that the master says: the folder may go next. */
  #isStopping = false;
  /** Reports of the step that runs: they go out when it is kept. */
  #outbox: AgentReportMessage[] = [];

  constructor(options: AgentHostOptions) {
    this.description = options.description;
    this.#options = options;
    const { workDir, log } = options;
    this.#state = new AgentState(workDir, log);
    this.files = new AgentFiles(workDir, () => this.id);
    this.containers = new Containers({
      workDir,
      log,
      description: options.description,
      users: options.users ?? OWN_USER,
      rotation: new OutputRotation(options.output ?? OUTPUT_LIMITS),
      agent: () => this.id ?? '',
      report: (report) => this.#step(report),
      isStaging: (task) => this.tasks.has(task) && this.tasks.stateCodeOf(task) === STAGING,
      keep: (record) => {
        this.#state.saveRun(record);
        options.guard?.watch(record.mark, record.process.pid);
      },
      forget: (mark) => {
        this.#state.forgetRun(mark);
        options.guard?.forget(mark);
      },
      executorEnded: (framework, executor, status) => this.#executorEnded(framework, executor, status),
      asksToken: options.asksToken ?? false,
      executorRegistrationMs: options.executorRegistrationMs ?? EXECUTOR_REGISTRATION_MS,
      executorReregistrationMs: options.executorReregistrationMs ?? EXECUTOR_REREGISTRATION_MS,
    });
  }

  /** There is a way to the master. */
  get isConnected(): boolean {
    return this.#send !== undefined;
  }

  /** Full id as the master gave it; undefined before it did. */
  get id(): string | undefined {
    return this.#agent?.info.id;
  }

  /**
   * Takes over what an earlier agent in the same folder left. On a host that was started anew that is nothing: it becomes
   * a new agent.
   *
   * @throws ReconfigurationError when it describes itself otherwise, and its policy is `equal`
   */
  async recover(): Promise<void> {
    const stored = this.#state.load();
    if (stored === undefined) return;
    const { log, hasPort = true, reconfiguration = 'equal' } = this.#options;
    const { id, boot, description } = stored.agent;
    const isSameBoot = boot === bootId();
    const changes = isSameBoot ? changesOf(description, this.description, hasPort) : [];
    if (changes.length > 0 && reconfiguration === 'equal') throw new ReconfigurationError(id, changes);
    if (!isSameBoot || changes.length > 0) {
      const why = isSameBoot ? 'its settings have changed' : 'its host was started anew';
      log.warn({ agent: id, changes }, `the agent becomes another one: ${why}`);
      await this.containers.killLeftovers(stored.runs);
      this.#state.clear();
      return;
    }
    this.#agent = this.#newAgent(stored.agent.id);
    this.#restore(stored);
    log.info({ agent: this.id, tasks: stored.tasks.length }, 'recovered');
  }

  /** There is a way to the master: registers on it. */
  connected(send: (report: AgentReportMessage) => void): void {
    this.#send = send;
    if (this.#agent === undefined) {
      send({ type: 'REGISTER_AGENT', description: this.description, tasks: [] });
    } else {
      this.#agent.register(this.#effects);
      this.#flush();
    }
  }

  /** What the agent says goes nowhere until it is connected again. */
  disconnected(): void {
    this.#send = undefined;
  }

  /** Takes what the master says, until it stops. @throws ResourceJsonError for resources that are none */
  command(message: AgentCommandMessage): void {
    if (this.#isStopping) return;
    const { names } = this;
    switch (message.type) {
      case 'PING':
        this.#send?.({ type: 'PONG' });
        return;
      case 'SHUTDOWN':
        this.#options.unwanted?.(message.message);
        return;
      case 'EXECUTOR_MESSAGE':
        this.containers.custom(message.framework, message.executor)?.message(message.data);
        return;
      case 'SHUTDOWN_EXECUTOR':
        this.containers.shutdownExecutor(message.framework, message.executor);
        return;
      case 'AGENT_REGISTERED':
        if (this.#agent === undefined) {
          this.#agent = this.#newAgent(message.agent);
          this.#state.saveAgent({ id: message.agent, description: this.description, boot: bootId() });
        }
        break;
      case 'RUN_TASK':
        if (names.learn(message.framework, message.frameworkInfo) && names.isCheckpointing(message.framework))
          this.#state.saveFramework({ id: message.framework, info: message.frameworkInfo ?? {} });
        break;
      default:
    }
    const input = names.command(message);
    this.#step(input);
    if (message.type === 'SHUTDOWN_FRAMEWORK') this.containers.shutdownFramework(message.framework);
  }

  /** Kills what may not outlive its agent; resolves when that is gone. What goes on is found by the next agent. */
  async leave(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#send = undefined;
    await this.containers.stop(graceMs, ({ info }) => info.checkpoint !== true);
    this.#options.timers.stop();
  }

  /** Kills all that runs and leaves the cluster; resolves when nothing runs. */
  async stop(graceMs: number): Promise<void> {
    const send = this.#send;
    this.#isStopping = true;
    this.#send = undefined;
    await this.containers.stop(graceMs);
    this.#options.timers.stop();
    if (this.#agent === undefined) return;
    send?.({ type: 'UNREGISTER_AGENT' });
    this.#state.clear();
  }

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
    return new Agent(SELF, info, this.tasks);
  }

  #step(input: AgentInput): void {
    this.#agent?.step(input, this.#options.clock(), this.#effects);
    if ('task' in input) this.#keep(input.task);
    else if (input.type === 'SHUTDOWN_FRAMEWORK') this.#keepAll(input.framework);
    this.#flush();
  }

  #keepAll(framework: FrameworkId): void {
    for (const task of this.names.tasksOf(framework)) this.#keep(task);
  }

  /** Writes down what the step made of a task, or forgets it. */
  #keep(task: TaskId): void {
    const { tasks, names } = this;
    const key = this.#keys.get(task);
    if (!tasks.has(task)) {
      if (key !== undefined) this.#state.forgetTask(key);
      this.#keys.delete(task);
      names.releaseTask(task);
      return;
    }
    if (!names.isCheckpointing(names.framework(tasks.frameworkOf(task)))) return;
    const kept = key ?? randomUUID();
    this.#keys.set(task, kept);
    const { state, made, updates } = tasks.snapshot(task);
    const stored = updates.map((update) => names.updateMessage(update));
    this.#state.saveTask(kept, { ...names.taskMessage(task, tasks), state, made, updates: stored });
  }

  #flush(): void {
    const reports = this.#outbox;
    if (reports.length === 0) return;
    this.#outbox = [];
    for (const report of reports) this.#send?.(report);
  }

  readonly #effects: AgentEffects = {
    toMaster: (_agent, report) => void this.#outbox.push(this.#message(report)),
    startTask: (_agent, task) => this.#start(task),
    killTask: (_agent, task, graceUs) => {
      // What has not begun never does.
      if (this.#starting.delete(task)) return;
      setImmediate(() => this.containers.kill(task, graceUs === undefined ? undefined : graceUs / 1000));
    },
    timer: (_agent, kind, at, key) =>
      this.#options.timers.at(at, () => this.#step({ type: 'TIMER', kind, key })),
  };

  #message(report: AgentReport): AgentReportMessage {
    if (report.type === 'REGISTER_AGENT') return this.names.registration(report, this.description);
    return this.names.updateMessage(report as StatusUpdate);
  }

  /** Not inside the step that asks for it: the process's first words are inputs of their own. */
  #start(task: TaskId): void {
    this.#starting.add(task);
    setImmediate(() => {
      const isStarting = this.#starting.delete(task);
      if (this.#isStopping || !this.tasks.has(task)) return;
      if (isStarting) {
        this.containers.start(this.#launched(task, this.tasks.specOf(task)));
        return;
      }
      const [state, reason, source] = [
        'TASK_KILLED',
        'REASON_TASK_KILLED_DURING_LAUNCH',
        'SOURCE_AGENT',
      ] as const;
      this.#step({ type: 'EXECUTOR_UPDATE', task, state, reason, message: undefined, source });
    });
  }

  #launched(task: TaskId, spec: TaskSpec): LaunchedTask {
    const { tasks, names } = this;
    const { task: info, group } = spec.payload as TaskPayload;
    const framework = names.agentFramework(names.framework(tasks.frameworkOf(task)));
    const role = names.role(tasks.roleOf(task));
    return { id: task, name: names.task(task), info, framework, role, ...(group && { group }) };
  }

  #restore({ frameworks, tasks: stored, runs }: StoredState): void {
    const { names, tasks } = this;
    for (const { mark, process } of runs) {
      if (lookAt(process) === 'there') this.#options.guard?.watch(mark, process.pid);
    }
    for (const { id, info } of frameworks) names.learn(id, info);
    const now = this.#options.clock();
    const running: LaunchedTask[] = [];
    for (const { key, task: message } of stored) {
      const { framework, role, task } = names.taskIds(message);
      const { resources } = resourcesFromJson(message.resources);
      tasks.add(task, SELF, framework, role, resources, specOf(message.spec));
      const updates = message.updates.map((update) => names.update(SELF, update));
      tasks.restore(task, { state: message.state, made: message.made, updates }, now);
      this.#keys.set(task, key);
      if (!isTerminal(message.state)) running.push(this.#launched(task, tasks.specOf(task)));
    }
    for (const { id } of this.containers.recover(runs, running)) this.#lostAtRestart(id);
  }

  /** It had not begun, or its end was not seen (W-4.2). */
  #lostAtRestart(task: TaskId): void {
    const [state, reason, source] = ['TASK_DROPPED', 'REASON_AGENT_RESTARTED', 'SOURCE_AGENT'] as const;
    const message = 'the agent was restarted, and nothing runs for the task';
    const report: ExecutorReport = { type: 'EXECUTOR_UPDATE', task, state, reason, message, source };
    this.#step(report);
  }

  /** Of an executor to its framework. @param data bytes in base64 */
  executorMessage(framework: string, executor: string, data: string): void {
    this.#send?.({ type: 'EXECUTOR_MESSAGE', framework, executor, data });
  }

  #executorEnded(framework: string, executor: string, status: number): void {
    this.#options.log.info({ framework, executor, status }, 'an executor ended');
    this.#send?.({ type: 'EXECUTOR_EXITED', framework, executor, status });
  }
}
