import { randomUUID } from 'node:crypto';
import type { ExecutorReport, TaskState } from '../../cluster/protocol.js';
import { isTerminal } from '../../cluster/task.js';
import { fetchWithin } from '../process/fetch-uris.js';
import { OutputFiles } from '../process/output-files.js';
import type { MarkedGroup } from '../process/process-usage.js';
import { TaskProcess, type ProcessEnd } from '../process/task-process.js';
import type { TaskUser } from '../process/task-user.js';
import { microsOfNanos } from '../wire/framework-info.js';
import type { Message } from '../wire/message-reader.js';
import type { CommandMessage } from '../wire/messages.js';
import { containerStatus } from './container-status.js';
import { launchFailure, type LaunchFailure } from './launch-failure.js';
import {
  hasCapability,
  isCheckpointing,
  type LaunchedTask,
  type RunnerWorld,
  type RunRecord,
} from './runner-world.js';
import { TaskChecks } from './task-checks.js';
import { environmentOf } from './task-environment.js';

/** How long a task may take to end by itself after SIGTERM (mesos-http-api section 7). */
const GRACE_MS = 3000;

/** Where and for whom a command runs. */
export interface CommandContext {
  readonly world: RunnerWorld;
  readonly task: LaunchedTask;
  readonly command: CommandMessage;
  readonly executor: string;
  /** Of the run: the command's own folder, or the one around it. */
  readonly container: string;
  readonly sandbox: string;
  /** An existing folder. */
  readonly folder: string;
  /** Undefined: the agent itself. */
  readonly user: TaskUser | undefined;
  /** Called once, after its last word. */
  readonly ended: (state: TaskState) => void;
}

/** A command task: its process, and what its end means. It stands for Mesos's command executor. */
export class CommandTask {
  readonly task: LaunchedTask;
  readonly #context: CommandContext;
  readonly #mark: string;
  readonly #fetching = new AbortController();
  #process: TaskProcess | undefined;
  #output: OutputFiles | undefined;
  #completionTimer: NodeJS.Timeout | undefined;
  #isKilled = false;
  #isOverdue = false;
  /** Why it is killed for its health. */
  #unhealthy: string | undefined;
  #checks: TaskChecks | undefined;

  private constructor(context: CommandContext, mark: string) {
    this.#context = context;
    this.task = context.task;
    this.#mark = mark;
  }

  /** Fetches what the command needs, and starts it. */
  static start(context: CommandContext): CommandTask {
    const task = new CommandTask(context, randomUUID());
    void task.#begin();
    return task;
  }

  /** One that an earlier agent started. */
  static find(context: CommandContext, { mark, process }: RunRecord): CommandTask {
    const task = new CommandTask(context, mark);
    task.#openOutput();
    task.#process = TaskProcess.find(process, mark, context.folder, (end) => task.#ended(end));
    task.#checks = task.#newChecks();
    task.#follow();
    return task;
  }

  get container(): string {
    return this.#context.container;
  }

  get directory(): string {
    return this.#context.folder;
  }

  get run(): MarkedGroup {
    return { mark: this.#mark, pid: this.#process?.pid };
  }

  get containerStatus(): Message {
    const { container, world } = this.#context;
    return containerStatus({ container, ip: world.description.ip, pid: this.#process?.pid });
  }

  /** Ends it, within `graceMs` or what its kill policy says. */
  kill(graceMs: number | undefined): void {
    if (this.#process === undefined) {
      this.#isKilled = true;
      this.#fetching.abort();
      return;
    }
    if (!this.#isKilled && hasCapability(this.task.framework, 'TASK_KILLING_STATE'))
      this.#say('TASK_KILLING');
    this.#isKilled = true;
    this.#checks?.stop();
    this.#process.kill(graceMs ?? this.#graceMs());
  }

  #graceMs(): number {
    const policy = this.task.info.kill_policy?.grace_period;
    return policy ? microsOfNanos(policy.nanoseconds) / 1000 : GRACE_MS;
  }

  async #begin(): Promise<void> {
    const { command, folder, user, world } = this.#context;
    try {
      const uris = command.uris ?? [];
      await fetchWithin(world.executorRegistrationMs, uris, folder, user, this.#fetching);
      if (!this.#isKilled) this.#spawn();
    } catch (error) {
      if (!this.#isKilled) {
        this.#fail(launchFailure(error));
        return;
      }
    }
    if (!this.#isKilled || this.#process !== undefined) return;
    world.report(this.#update('TASK_KILLED', undefined, 'REASON_TASK_KILLED_DURING_LAUNCH', 'SOURCE_AGENT'));
    this.#context.ended('TASK_KILLED');
  }

  #spawn(): void {
    const { world, task, command, executor, container, folder, user } = this.#context;
    const { framework } = task;
    const mark = this.#mark;
    const output = this.#openOutput();
    if (output === undefined) throw new Error('stdout and stderr cannot be opened');
    this.#checks = this.#newChecks();
    this.#say('TASK_STARTING');
    const checkpoint = isCheckpointing(framework);
    const plan = {
      command,
      folder,
      env: this.#environment(),
      user,
      mark,
      keepStatus: checkpoint,
      output: output.files,
    };
    this.#process = TaskProcess.start(plan, (end) => this.#ended(end));
    const { record } = this.#process;
    if (record !== undefined) {
      const { id } = framework;
      world.keep({
        mark,
        framework: id,
        executor,
        task: task.name,
        folder,
        container,
        process: record,
        checkpoint,
      });
    }
    if (this.#process.pid === undefined) return;
    this.#say('TASK_RUNNING');
    this.#follow();
  }

  #environment(): Record<string, string> {
    const { world, task, command, executor, sandbox, user } = this.#context;
    const surroundings = {
      world,
      framework: task.framework,
      executor,
      sandbox,
      mark: this.#mark,
      user,
      command,
    };
    return environmentOf(surroundings, { MESOS_TASK_ID: task.name, MESOS_ALLOCATION_ROLE: task.role });
  }

  /** It runs: its time is limited, its health looked after. */
  #follow(): void {
    this.#limitTime();
    this.#checks?.start();
  }

  #newChecks(): TaskChecks | undefined {
    const { info } = this.task;
    if (info.health_check === undefined && info.check === undefined) return undefined;
    const { folder, user } = this.#context;
    return new TaskChecks({
      info,
      place: { folder, user, env: this.#environment() },
      say: (reason, message) => this.#say('TASK_RUNNING', message, reason),
      unhealthy: (why) => {
        this.#unhealthy = why;
        this.kill(undefined);
      },
    });
  }

  #openOutput(): OutputFiles | undefined {
    const { folder, user, world } = this.#context;
    try {
      this.#output = new OutputFiles(folder, user);
      world.rotation.add(this.#output);
    } catch (error) {
      world.log.warn({ error, folder }, 'the output of a task cannot be opened');
    }
    return this.#output;
  }

  #limitTime(): void {
    const limit = this.task.info.max_completion_time;
    if (limit === undefined) return;
    const overdue = (): void => {
      this.#isOverdue = !this.#isKilled;
      this.kill(undefined);
    };
    this.#completionTimer = setTimeout(
      overdue,
      Math.min(microsOfNanos(limit.nanoseconds) / 1000, 2 ** 31 - 1),
    );
  }

  #ended(end: ProcessEnd): void {
    clearTimeout(this.#completionTimer);
    this.#checks?.stop();
    this.#close();
    const message = endMessage(end);
    if (this.#isOverdue) this.#finish('TASK_FAILED', message, 'REASON_MAX_COMPLETION_TIME_REACHED');
    else if (this.#unhealthy !== undefined) this.#finish('TASK_KILLED', `${this.#unhealthy}. ${message}`);
    else if (this.#isKilled) this.#finish('TASK_KILLED', message);
    else if (this.#process?.pid === undefined) this.#fail(launchFailure(new Error(end.failure)));
    else this.#finish(end.status === 0 ? 'TASK_FINISHED' : 'TASK_FAILED', message);
  }

  #fail({ reason, message }: LaunchFailure): void {
    this.#close();
    this.#context.world.report(this.#update('TASK_FAILED', message, reason, 'SOURCE_AGENT'));
    this.#context.ended('TASK_FAILED');
  }

  #finish(state: TaskState, message: string, reason?: ExecutorReport['reason']): void {
    this.#say(state, message, reason);
    this.#context.ended(state);
  }

  #close(): void {
    const { world } = this.#context;
    if (this.#output !== undefined) world.rotation.remove(this.#output);
    world.forget(this.#mark);
  }

  #say(state: TaskState, message?: string, reason?: ExecutorReport['reason']): void {
    this.#context.world.report(this.#update(state, message, reason, 'SOURCE_EXECUTOR'));
  }

  #update(
    state: TaskState,
    message: string | undefined,
    reason: ExecutorReport['reason'],
    source: NonNullable<ExecutorReport['source']>,
  ): ExecutorReport {
    const isOver = isTerminal(state);
    const details = {
      ...this.#checks?.details(!isOver),
      ...(isOver && this.#unhealthy !== undefined && { healthy: false }),
      container_status: this.containerStatus,
    };
    return { type: 'EXECUTOR_UPDATE', task: this.task.id, state, reason, message, source, details };
  }
}

function endMessage({ status, signal, failure }: ProcessEnd): string {
  if (failure !== undefined) return `How the command ended is not known: ${failure}`;
  return status === undefined
    ? `Command terminated with signal ${signal ?? ''}`
    : `Command exited with status ${status}`;
}
