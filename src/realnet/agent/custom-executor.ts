import { randomUUID } from 'node:crypto';
import type { ExecutorReport, TaskState } from '../../cluster/protocol.js';
import type { TaskId } from '../../cluster/ids.js';
import { isTerminal, TASK_STATES } from '../../cluster/task.js';
import { fetchWithin } from '../process/fetch-uris.js';
import { OutputFiles } from '../process/output-files.js';
import type { MarkedGroup } from '../process/process-usage.js';
import type { Sandbox } from '../process/sandbox.js';
import { TaskProcess, type ProcessEnd } from '../process/task-process.js';
import type { TaskUser } from '../process/task-user.js';
import { agentInfoMessage } from '../wire/agent-protocol.js';
import type { ExecutorCallMessage, ExecutorInfoMessage, TaskStatusMessage } from '../wire/messages.js';
import type { Message } from '../wire/message-reader.js';
import { isUuid } from '../wire/update-uuid.js';
import { containerStatus, type ContainerPlace } from './container-status.js';
import { launchFailure } from './launch-failure.js';
import {
  isCheckpointing,
  type AgentFramework,
  type LaunchedTask,
  type RunnerWorld,
  type RunRecord,
} from './runner-world.js';
import { environmentOf, executorVariables, shutdownGraceMs } from './task-environment.js';

/** Where the events of an executor go. */
export interface ExecutorSink {
  send(event: Message): void;
  end(): void;
}

export interface ExecutorContext {
  readonly world: RunnerWorld;
  readonly framework: AgentFramework;
  readonly info: ExecutorInfoMessage;
  readonly sandbox: Sandbox;
  readonly user: TaskUser | undefined;
  /** Called once, when its process and all that it started are gone. @param status -1: it is not known */
  readonly ended: (status: number) => void;
}

/** Updates of one task whose uuids are remembered: an executor that comes back says them again. */
const MOST_UUIDS = 64;

interface OwnTask {
  readonly task: LaunchedTask;
  /** The executor was told to start it. */
  isLaunched: boolean;
  readonly uuids: Set<string>;
}

/** The task with the role that its resources were offered to, where its framework left that out (mesos-http-api 2.3). */
function allocated({ info, role }: LaunchedTask): Message {
  const resources = info.resources?.map((resource) => ({ allocation_info: { role }, ...resource }));
  return { ...info, ...(resources && { resources }) };
}

/** An executor of a framework: its process, its subscription, and the tasks given to it (mesos-http-api section 3). */
export class CustomExecutor {
  readonly #context: ExecutorContext;
  readonly #mark: string;
  readonly #tasks = new Map<string, OwnTask>();
  /** Launches that wait for its subscription: a task, or a whole group. */
  #queue: (readonly LaunchedTask[])[] = [];
  readonly #fetching = new AbortController();
  #process: TaskProcess | undefined;
  #output: OutputFiles | undefined;
  #sink: ExecutorSink | undefined;
  /** Runs while it has to subscribe. */
  #patience: NodeJS.Timeout | undefined;
  /** When it is killed, in milliseconds since 1970. */
  #deadline = Infinity;
  #stopTimer: NodeJS.Timeout | undefined;
  /** Why it is being killed, where its tasks shall know. */
  #failure: { readonly reason: ExecutorReport['reason']; readonly message: string } | undefined;

  private constructor(context: ExecutorContext, mark: string) {
    this.#context = context;
    this.#mark = mark;
  }

  static start(context: ExecutorContext): CustomExecutor {
    const executor = new CustomExecutor(context, randomUUID());
    void executor.#begin();
    return executor;
  }

  /** One that an earlier agent started, with the tasks that it had; it has to subscribe again soon. */
  static find(
    context: ExecutorContext,
    { mark, process }: RunRecord,
    tasks: readonly LaunchedTask[],
  ): CustomExecutor {
    const executor = new CustomExecutor(context, mark);
    for (const task of tasks) executor.#tasks.set(task.name, { task, isLaunched: true, uuids: new Set() });
    executor.#openOutput();
    executor.#process = TaskProcess.find(process, mark, context.sandbox.path, (end) => executor.#ended(end));
    const { executorReregistrationMs: wait } = context.world;
    executor.#waitForIt(wait, 'REASON_EXECUTOR_REREGISTRATION_TIMEOUT');
    return executor;
  }

  /** What it says who it is by; only it has it in its environment. */
  get token(): string {
    return this.#mark;
  }

  get id(): string {
    return this.#context.info.executor_id.value;
  }

  get label(): string {
    return this.#context.info.name ?? '';
  }

  get isSubscribed(): boolean {
    return this.#sink !== undefined;
  }

  has(task: TaskId): boolean {
    return [...this.#tasks.values()].some((own) => own.task.id === task);
  }

  /** One task, or all of a group. */
  launch(tasks: readonly LaunchedTask[]): void {
    for (const task of tasks) this.#tasks.set(task.name, { task, isLaunched: false, uuids: new Set() });
    if (this.#sink === undefined) this.#queue.push(tasks);
    else this.#tell(this.#sink, tasks);
  }

  /** The executor's stream; an older one ends (W-3.2). */
  subscribe(call: NonNullable<ExecutorCallMessage['subscribe']>, sink: ExecutorSink): void {
    clearTimeout(this.#patience);
    this.#sink?.end();
    this.#sink = sink;
    const { framework, info, sandbox, world } = this.#context;
    sink.send({
      type: 'SUBSCRIBED',
      subscribed: {
        executor_info: { ...info, framework_id: { value: framework.id } },
        framework_info: { user: '', name: '', ...framework.info, id: { value: framework.id } },
        agent_info: agentInfoMessage(world.description, world.agent()),
        container_id: { value: sandbox.container },
      },
    });
    for (const { status } of call.unacknowledged_updates ?? []) this.update(status);
    const known = new Set((call.unacknowledged_tasks ?? []).map(({ task_id: id }) => id.value));
    for (const [name, { task, isLaunched, uuids }] of [...this.#tasks]) {
      if (!isLaunched || known.has(name) || uuids.size > 0 || !world.isStaging(task.id)) continue;
      this.#say(task, 'TASK_DROPPED', 'REASON_AGENT_RESTARTED', 'the executor never got the task');
    }
    const queue = this.#queue;
    this.#queue = [];
    for (const tasks of queue) this.#tell(sink, tasks);
  }

  get runs(): readonly MarkedGroup[] {
    return [{ mark: this.#mark, pid: this.#process?.pid }];
  }

  get containerStatus(): Message {
    return containerStatus(this.#place);
  }

  get #place(): ContainerPlace {
    const { sandbox, world } = this.#context;
    return { container: sandbox.container, ip: world.description.ip, pid: this.#process?.pid };
  }

  /** Its stream is over. */
  unsubscribed(sink: ExecutorSink): void {
    if (this.#sink === sink) this.#sink = undefined;
  }

  /** Why the status makes no sense (W-3.3); undefined: it was taken. */
  update(status: TaskStatusMessage): string | undefined {
    const problem = statusProblem(status, this.#context.info.executor_id.value);
    if (problem !== undefined) return problem;
    const { task_id: name, state, message, reason, uuid = '' } = status;
    const own = this.#tasks.get(name.value);
    if (own !== undefined && !own.uuids.has(uuid)) {
      if (own.uuids.size >= MOST_UUIDS) own.uuids.clear();
      own.uuids.add(uuid);
      const { world } = this.#context;
      const details = detailsOf(status, this.#place);
      world.report({ type: 'EXECUTOR_UPDATE', task: own.task.id, state, reason, message, details });
      if (isTerminal(state)) this.#tasks.delete(name.value);
    }
    // What it says of a task that is over is of no interest any more, and must not be said for ever.
    this.#sink?.send({ type: 'ACKNOWLEDGED', acknowledged: { task_id: name, uuid } });
    return undefined;
  }

  kill(task: TaskId, graceMs: number | undefined): void {
    const own = [...this.#tasks.values()].find((candidate) => candidate.task.id === task);
    if (own === undefined) return;
    if (!own.isLaunched) {
      this.#forgetQueued(own.task);
      return;
    }
    const { kill_policy: policy, task_id: id } = own.task.info;
    const grace =
      graceMs === undefined ? policy : { grace_period: { nanoseconds: Math.round(graceMs * 1e6) } };
    this.#sink?.send({ type: 'KILL', kill: { task_id: id, ...(grace && { kill_policy: grace }) } });
  }

  /** @param data bytes in base64 */
  message(data: string): void {
    this.#sink?.send({ type: 'MESSAGE', message: { data } });
  }

  /** Asks it to end, and ends it. */
  shutdown(graceMs = shutdownGraceMs(this.#context.info)): void {
    this.#fetching.abort();
    const deadline = Date.now() + graceMs;
    if (deadline >= this.#deadline) return;
    this.#deadline = deadline;
    clearTimeout(this.#stopTimer);
    this.#sink?.send({ type: 'SHUTDOWN' });
    if (this.#sink === undefined) this.#process?.kill(graceMs);
    this.#stopTimer = setTimeout(() => this.#process?.kill(0), graceMs);
  }

  /** A task that waits, and with it its group, never begins (W-4.2). */
  #forgetQueued(task: LaunchedTask): void {
    const queued = this.#queue.find((tasks) => tasks.includes(task)) ?? [task];
    this.#queue = this.#queue.filter((tasks) => tasks !== queued);
    for (const one of queued) this.#say(one, 'TASK_KILLED', 'REASON_TASK_KILLED_DURING_LAUNCH', undefined);
    if (this.#tasks.size === 0) this.shutdown(0);
  }

  #tell(sink: ExecutorSink, tasks: readonly LaunchedTask[]): void {
    const waiting = tasks.filter(({ name }) => this.#tasks.has(name));
    for (const { name } of waiting) this.#tasks.get(name)!.isLaunched = true;
    const [first] = waiting;
    if (first?.group !== undefined)
      sink.send({
        type: 'LAUNCH_GROUP',
        launch_group: { task_group: { tasks: waiting.map(allocated) } },
      });
    else for (const task of waiting) sink.send({ type: 'LAUNCH', launch: { task: allocated(task) } });
  }

  async #begin(): Promise<void> {
    const { info, sandbox, user, world } = this.#context;
    try {
      const uris = info.command?.uris ?? [];
      await fetchWithin(world.executorRegistrationMs, uris, sandbox.path, user, this.#fetching);
      this.#fetching.signal.throwIfAborted();
      this.#spawn();
    } catch (error) {
      this.#failure ??= launchFailure(error);
      this.#ended({});
    }
  }

  #spawn(): void {
    const { world, framework, info, sandbox, user } = this.#context;
    const [command, executor, mark] = [info.command, info.executor_id.value, this.#mark];
    if (command === undefined) throw new Error('the executor has no command');
    if (!this.#openOutput()) throw new Error('stdout and stderr cannot be opened');
    const surroundings = { world, framework, executor, sandbox: sandbox.path, mark, user, command };
    const checkpoint = isCheckpointing(framework);
    const plan = {
      command,
      folder: sandbox.path,
      env: environmentOf(surroundings, {
        ...executorVariables(world, framework, info),
        ...(world.asksToken && { MESOS_EXECUTOR_AUTHENTICATION_TOKEN: this.token }),
      }),
      user,
      mark,
      keepStatus: false,
      output: this.#output!.files,
    };
    this.#process = TaskProcess.start(plan, (end) => this.#ended(end));
    const { record } = this.#process;
    if (record !== undefined) {
      const { container, path: folder } = sandbox;
      world.keep({ mark, framework: framework.id, executor, folder, container, process: record, checkpoint });
    }
    this.#waitForIt(world.executorRegistrationMs, 'REASON_EXECUTOR_REGISTRATION_TIMEOUT');
  }

  #waitForIt(ms: number, reason: ExecutorReport['reason']): void {
    this.#patience = setTimeout(() => {
      this.#failure = { reason, message: `Executor did not subscribe within ${ms / 1000} s` };
      this.#process?.kill(0);
    }, ms);
  }

  #openOutput(): boolean {
    const { sandbox, user, world } = this.#context;
    try {
      this.#output = new OutputFiles(sandbox.path, user);
      world.rotation.add(this.#output);
      return true;
    } catch (error) {
      world.log.warn({ error, folder: sandbox.path }, 'the output of an executor cannot be opened');
      return false;
    }
  }

  #ended(end: ProcessEnd): void {
    clearTimeout(this.#patience);
    clearTimeout(this.#stopTimer);
    const { world } = this.#context;
    if (this.#output !== undefined) world.rotation.remove(this.#output);
    world.forget(this.#mark);
    this.#sink?.end();
    const launched = this.#process?.pid !== undefined;
    const why = this.#failure ?? {
      reason: launched
        ? ('REASON_EXECUTOR_TERMINATED' as const)
        : ('REASON_CONTAINER_LAUNCH_FAILED' as const),
      message: endMessage(end, launched),
    };
    for (const { task } of [...this.#tasks.values()]) this.#say(task, 'TASK_FAILED', why.reason, why.message);
    this.#context.ended(end.status ?? -1);
  }

  /** The agent's own word on a task, which is its last. */
  #say(
    task: LaunchedTask,
    state: TaskState,
    reason: ExecutorReport['reason'],
    message: string | undefined,
  ): void {
    this.#tasks.delete(task.name);
    const source = 'SOURCE_AGENT';
    this.#context.world.report({ type: 'EXECUTOR_UPDATE', task: task.id, state, reason, message, source });
  }
}

function statusProblem(status: TaskStatusMessage, executor: string): string | undefined {
  const { uuid, source, state, executor_id: id } = status;
  if (uuid === undefined || !isUuid(uuid)) return "'uuid' has 16 bytes";
  if (source !== 'SOURCE_EXECUTOR') return "'source' is SOURCE_EXECUTOR";
  if (state === 'TASK_STAGING' || !TASK_STATES.includes(state)) return `'state' is not ${state}`;
  return id !== undefined && id.value !== executor ? "'executor_id' is not that of the call" : undefined;
}

/** What the core has no word for. */
function detailsOf(status: TaskStatusMessage, place: ContainerPlace): Message {
  const {
    task_id: _task,
    state: _state,
    message: _message,
    source: _source,
    reason: _reason,
    executor_id: _executor,
    timestamp: _time,
    uuid: _uuid,
    ...rest
  } = status;
  const { agent_id: _agent, container_status: given, ...details } = rest as Message;
  return { ...details, container_status: containerStatus(place, given as Message | undefined) };
}

function endMessage({ status, signal, failure }: ProcessEnd, launched: boolean): string {
  if (failure !== undefined)
    return `${launched ? 'How the executor ended is not known' : 'Executor could not be run'}: ${failure}`;
  return status === undefined
    ? `Executor terminated with signal ${signal ?? ''}`
    : `Executor terminated with status ${status}`;
}
