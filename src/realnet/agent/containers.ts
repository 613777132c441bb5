import { basename } from 'node:path';
import type { TaskId } from '../../cluster/ids.js';
import { makeSandbox, type Sandbox } from '../process/sandbox.js';
import { killAll } from '../process/task-process.js';
import { taskUser, type TaskUser } from '../process/task-user.js';
import type { MarkedGroup } from '../process/process-usage.js';
import { lookAt } from '../process/process-table.js';
import type { Message } from '../wire/message-reader.js';
import type { ExecutorInfoMessage } from '../wire/messages.js';
import { containerProblem } from './container-support.js';
import { CommandTask } from './command-task.js';
import { CustomExecutor } from './custom-executor.js';
import { launchFailure } from './launch-failure.js';
import type { AgentFramework, LaunchedTask, RunnerWorld, RunRecord } from './runner-world.js';
import { GroupExecutor } from './task-group.js';

type Executor = CustomExecutor | GroupExecutor;

export interface ContainersWorld extends RunnerWorld {
  /** An executor that was named has ended. @param status -1: it is not known */
  readonly executorEnded: (framework: string, executor: string, status: number) => void;
}

/** One that runs, for those who ask. */
export interface RunningExecutor {
  readonly framework: string;
  readonly executor: string;
  readonly name: string;
  readonly container: string;
  readonly directory: string;
  /** ContainerStatus. */
  readonly status: Message;
  /** As its framework described it; undefined: it is that of one command. */
  readonly info: ExecutorInfoMessage | undefined;
  readonly runs: readonly MarkedGroup[];
}

interface Entry {
  readonly framework: AgentFramework;
  readonly executor: Executor;
  readonly sandbox: Sandbox;
  readonly info: ExecutorInfoMessage;
}

/** All that runs on an agent: which task is a process of its own, and which belongs to an executor. */
export class Containers {
  readonly #world: ContainersWorld;
  readonly #commands = new Map<TaskId, CommandTask>();
  /** By {@link keyOf}. */
  readonly #executors = new Map<string, Entry>();
  /** Groups of which not all tasks have come yet, by the same key and their first task. */
  readonly #gathering = new Map<string, LaunchedTask[]>();
  #idle: () => void = () => undefined;

  constructor(world: ContainersWorld) {
    this.#world = world;
  }

  /** Starts a task; of a group, when all of it has come. What cannot be started is reported as failed. */
  start(task: LaunchedTask): void {
    const { group, info } = task;
    const batch = group === undefined ? [task] : this.#gathered(task, group);
    if (batch === undefined) return;
    try {
      for (const { info: described } of batch) {
        const problem = containerProblem(described);
        if (problem !== undefined) throw new Error(problem);
      }
      if (info.executor === undefined) this.#startCommand(task);
      else this.#executorFor(task, info.executor).launch(batch);
    } catch (error) {
      for (const one of batch) this.#fail(one.id, error);
    }
  }

  /** @param graceMs absent: as its description says */
  kill(task: TaskId, graceMs: number | undefined): void {
    this.#commands.get(task)?.kill(graceMs);
    for (const { executor } of this.#executors.values()) {
      if (executor.has(task)) executor.kill(task, graceMs);
    }
    for (const [key, tasks] of this.#gathering) {
      if (!tasks.some(({ id }) => id === task)) continue;
      this.#gathering.delete(key);
      for (const { id } of tasks) this.#killedDuringLaunch(id);
    }
  }

  /** The framework is gone: its executors end. Its tasks are killed one by one. */
  shutdownFramework(framework: string): void {
    for (const entry of this.#executors.values())
      if (entry.framework.id === framework) entry.executor.shutdown();
  }

  /** The executor of a name, when it is one that speaks the executor API. */
  custom(framework: string, executor: string): CustomExecutor | undefined {
    const found = this.#executors.get(keyOf(framework, executor))?.executor;
    return found instanceof CustomExecutor ? found : undefined;
  }

  /** It is the token of an executor that speaks the executor API. */
  hasToken(token: string): boolean {
    const executors = [...this.#executors.values()].map(({ executor }) => executor);
    return executors.some((executor) => executor instanceof CustomExecutor && executor.token === token);
  }

  hasFramework(framework: string): boolean {
    return [...this.#executors.values()].some((entry) => entry.framework.id === framework);
  }

  /** Everything that runs; a command task has an executor of its own. */
  running(): RunningExecutor[] {
    const commands = [...this.#commands.values()].map((command) => ({
      framework: command.task.framework.id,
      executor: command.task.name,
      name: `Command Executor (Task: ${command.task.name})`,
      container: command.container,
      directory: command.directory,
      status: command.containerStatus,
      info: undefined,
      runs: [command.run],
    }));
    const executors = [...this.#executors.values()].map(({ framework, executor, sandbox, info }) => ({
      framework: framework.id,
      executor: executor.id,
      name: executor.label,
      container: sandbox.container,
      directory: sandbox.path,
      status: executor.containerStatus,
      info,
      runs: executor.runs,
    }));
    return [...commands, ...executors];
  }

  /** Ends an executor, as its framework asks. */
  shutdownExecutor(framework: string, executor: string): void {
    this.#executors.get(keyOf(framework, executor))?.executor.shutdown();
  }

  /** Kills what is of such frameworks; resolves when nothing of it is left. */
  async stop(graceMs: number, isOf: (framework: AgentFramework) => boolean = () => true): Promise<void> {
    for (const command of this.#commands.values()) if (isOf(command.task.framework)) command.kill(graceMs);
    for (const { framework, executor } of this.#executors.values())
      if (isOf(framework)) executor.shutdown(graceMs);
    while (this.#isRunning(isOf)) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
  }

  #isRunning(isOf: (framework: AgentFramework) => boolean): boolean {
    const commands = [...this.#commands.values()].map(({ task }) => task.framework);
    const executors = [...this.#executors.values()].map(({ framework }) => framework);
    return [...commands, ...executors].some(isOf);
  }

  /**
   * Takes over what an earlier agent left running: what may outlive its agent goes on, the rest is killed.
   *
   * @param tasks that were started and are not over
   * @returns the tasks that nothing runs for
   */
  recover(records: readonly RunRecord[], tasks: readonly LaunchedTask[]): LaunchedTask[] {
    const left = new Set(tasks);
    for (const record of records) {
      const own = tasks.filter((task) => isOf(task, record));
      const [first] = own;
      if (!record.checkpoint || first === undefined) {
        void this.#killLeftover(record);
        continue;
      }
      for (const task of own) left.delete(task);
      try {
        this.#find(record, own, first);
      } catch (error) {
        for (const task of own) this.#fail(task.id, error);
        void this.#killLeftover(record);
      }
    }
    return [...left];
  }

  /** Kills what an agent left running that is not this one any more. */
  async killLeftovers(records: readonly RunRecord[]): Promise<void> {
    await Promise.all(records.map(async (record) => this.#killLeftover(record)));
  }

  async #killLeftover({ mark, process }: RunRecord): Promise<void> {
    await killAll(lookAt(process) === 'there' ? process.pid : undefined, mark);
    this.#world.forget(mark);
  }

  #find(record: RunRecord, own: readonly LaunchedTask[], first: LaunchedTask): void {
    const { executor, container, folder } = record;
    const { framework, info } = first;
    if (info.executor === undefined) {
      const sandbox = { container, path: folder };
      this.#commands.set(first.id, CommandTask.find(this.#commandContext(first, executor, sandbox), record));
    } else if (record.task === undefined) {
      const context = this.#customContext(
        framework,
        info.executor,
        { container, path: folder },
        this.#userOf(first),
      );
      const { sandbox, info: described } = context;
      this.#enter({
        framework,
        executor: CustomExecutor.find(context, record, own),
        sandbox,
        info: described,
      });
    } else {
      const known = this.#executors.get(keyOf(framework.id, executor))?.executor;
      // `<sandbox>/tasks/<id>`
      const sandbox = { container, path: folder.slice(0, -`/tasks/${basename(folder)}`.length) };
      const group = (): Executor => this.#groupExecutor(framework, executor, sandbox);
      const found = known ?? this.#enter({ framework, executor: group(), sandbox, info: info.executor });
      if (found instanceof GroupExecutor) found.find(first, record);
    }
  }

  #startCommand(task: LaunchedTask): void {
    const executor = task.name;
    const user = this.#userOf(task);
    const sandbox = this.#sandbox(task.framework, executor, user);
    this.#commands.set(task.id, CommandTask.start(this.#commandContext(task, executor, sandbox)));
  }

  #commandContext(
    task: LaunchedTask,
    executor: string,
    { container, path }: Sandbox,
  ): Parameters<typeof CommandTask.start>[0] {
    return {
      world: this.#world,
      task,
      command: task.info.command ?? { shell: true, value: '' },
      executor,
      container,
      sandbox: path,
      folder: path,
      user: this.#userOf(task),
      ended: () => {
        this.#commands.delete(task.id);
        this.#idle();
      },
    };
  }

  #executorFor(task: LaunchedTask, info: ExecutorInfoMessage): Executor {
    const { framework } = task;
    const id = info.executor_id.value;
    const known = this.#executors.get(keyOf(framework.id, id))?.executor;
    if (known !== undefined) return known;
    const user = this.#userOf(task);
    const isOwn = info.type === 'DEFAULT' || (info.command === undefined && task.group !== undefined);
    // Of a group only the folders of its tasks are theirs: in one of its own a task could put a link in the way of another.
    const sandbox = this.#sandbox(framework, id, isOwn ? undefined : user);
    const executor = isOwn
      ? this.#groupExecutor(framework, id, sandbox)
      : CustomExecutor.start(this.#customContext(framework, info, sandbox, user));
    return this.#enter({ framework, executor, sandbox, info });
  }

  #enter(entry: Entry): Executor {
    this.#executors.set(keyOf(entry.framework.id, entry.executor.id), entry);
    return entry.executor;
  }

  #groupExecutor(framework: AgentFramework, executor: string, sandbox: Sandbox): GroupExecutor {
    return new GroupExecutor({
      world: this.#world,
      executor,
      sandbox,
      userOf: (task) => this.#userOf(task),
      ended: () => this.#executorEnded(framework.id, executor, 0),
    });
  }

  #customContext(
    framework: AgentFramework,
    info: ExecutorInfoMessage,
    sandbox: Sandbox,
    user: TaskUser | undefined,
  ): Parameters<typeof CustomExecutor.start>[0] {
    const ended = (status: number): void => this.#executorEnded(framework.id, info.executor_id.value, status);
    return { world: this.#world, framework, info, sandbox, user, ended };
  }

  #executorEnded(framework: string, executor: string, status: number): void {
    this.#executors.delete(keyOf(framework, executor));
    this.#world.executorEnded(framework, executor, status);
    this.#idle();
  }

  /** All tasks of a group, once they are there. */
  #gathered(task: LaunchedTask, group: readonly string[]): LaunchedTask[] | undefined {
    const key = JSON.stringify([task.framework.id, ...group]);
    const tasks = [...(this.#gathering.get(key) ?? []), task];
    if (tasks.length < group.length) {
      this.#gathering.set(key, tasks);
      return undefined;
    }
    this.#gathering.delete(key);
    return tasks;
  }

  #userOf({ info, framework }: LaunchedTask): TaskUser | undefined {
    const command = info.command ?? info.executor?.command;
    return taskUser(command?.user ?? framework.info.user ?? '', this.#world.users);
  }

  #sandbox({ id: framework }: AgentFramework, executor: string, user: TaskUser | undefined): Sandbox {
    const { workDir, agent } = this.#world;
    return makeSandbox(workDir, { agent: agent(), framework, executor }, user);
  }

  #fail(task: TaskId, error: unknown): void {
    const [state, source] = ['TASK_FAILED', 'SOURCE_AGENT'] as const;
    this.#world.report({ type: 'EXECUTOR_UPDATE', task, state, source, ...launchFailure(error) });
  }

  #killedDuringLaunch(task: TaskId): void {
    const [state, reason, source] = [
      'TASK_KILLED',
      'REASON_TASK_KILLED_DURING_LAUNCH',
      'SOURCE_AGENT',
    ] as const;
    this.#world.report({ type: 'EXECUTOR_UPDATE', task, state, reason, message: undefined, source });
  }
}

/** Of an executor on this agent. */
export function keyOf(framework: string, executor: string): string {
  return JSON.stringify([framework, executor]);
}

function isOf(task: LaunchedTask, record: RunRecord): boolean {
  if (task.framework.id !== record.framework) return false;
  if (record.task !== undefined) return record.task === task.name;
  return task.info.executor?.executor_id.value === record.executor;
}
