import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskId } from '../../cluster/ids.js';
import type { TaskState } from '../../cluster/protocol.js';
import type { MarkedGroup } from '../process/process-usage.js';
import type { Sandbox } from '../process/sandbox.js';
import type { TaskUser } from '../process/task-user.js';
import type { Message } from '../wire/message-reader.js';
import { CommandTask, type CommandContext } from './command-task.js';
import { containerStatus } from './container-status.js';
import type { LaunchedTask, RunnerWorld, RunRecord } from './runner-world.js';

export interface GroupContext {
  readonly world: RunnerWorld;
  readonly executor: string;
  readonly sandbox: Sandbox;
  readonly userOf: (task: LaunchedTask) => TaskUser | undefined;
  /** No task is left. */
  readonly ended: () => void;
}

/**
 * The agent's own executor of task groups: each task is a command in a folder `tasks/<id>` of the common sandbox. When one
 * of a group fails or is killed, the others are killed.
 */
export class GroupExecutor {
  readonly #context: GroupContext;
  readonly #tasks = new Map<TaskId, CommandTask>();

  constructor(context: GroupContext) {
    this.#context = context;
  }

  get id(): string {
    return this.#context.executor;
  }

  get runs(): readonly MarkedGroup[] {
    return [...this.#tasks.values()].map(({ run }) => run);
  }

  get containerStatus(): Message {
    const { sandbox, world } = this.#context;
    return containerStatus({ container: sandbox.container, ip: world.description.ip, pid: undefined });
  }

  get label(): string {
    return 'Default Executor';
  }

  launch(tasks: readonly LaunchedTask[]): void {
    for (const task of tasks) this.#tasks.set(task.id, CommandTask.start(this.#contextOf(task)));
  }

  /** A task that an earlier agent started. */
  find(task: LaunchedTask, record: RunRecord): void {
    this.#tasks.set(task.id, CommandTask.find(this.#contextOf(task), record));
  }

  has(task: TaskId): boolean {
    return this.#tasks.has(task);
  }

  kill(task: TaskId, graceMs: number | undefined): void {
    this.#tasks.get(task)?.kill(graceMs);
  }

  /** Kills all. */
  shutdown(graceMs?: number): void {
    for (const task of this.#tasks.values()) task.kill(graceMs);
  }

  #contextOf(task: LaunchedTask): CommandContext {
    const { world, executor, sandbox, userOf } = this.#context;
    const user = userOf(task);
    const folder = join(sandbox.path, 'tasks', task.name);
    mkdirSync(folder, { recursive: true });
    if (user !== undefined) chownSync(folder, user.uid, user.gid);
    return {
      world,
      task,
      command: task.info.command ?? { shell: true, value: '' },
      executor,
      container: sandbox.container,
      sandbox: folder,
      folder,
      user,
      ended: (state) => this.#ended(task, state),
    };
  }

  #ended(task: LaunchedTask, state: TaskState): void {
    this.#tasks.delete(task.id);
    if (state !== 'TASK_FINISHED') {
      for (const other of this.#tasks.values()) {
        if (task.group?.includes(other.task.name) === true) other.kill(undefined);
      }
    }
    if (this.#tasks.size === 0) this.#context.ended();
  }
}
