import process from 'node:process';
import type { ExecutorReport, TaskState } from '../../cluster/protocol.js';
import type { TaskId } from '../../cluster/ids.js';
import type { Sandbox } from '../process/sandbox.js';
import type { TaskUser } from '../process/task-user.js';
import { TaskProcess, type ProcessEnd } from '../process/task-process.js';
import { microsOfNanos } from '../wire/framework-info.js';
import type { CommandMessage, TaskInfoMessage } from '../wire/messages.js';

/** How long a task may take to end by itself after SIGTERM (mesos-http-api section 7). */
const GRACE_MS = 3000;

/** What a task may know of the agent's own environment. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

/** Where and for whom a command runs. */
export interface CommandContext {
  readonly task: TaskId;
  readonly info: TaskInfoMessage;
  readonly command: CommandMessage;
  readonly agent: string;
  readonly framework: string;
  readonly role: string;
  readonly sandbox: Sandbox;
  /** Undefined: the agent itself. */
  readonly user: TaskUser | undefined;
  readonly report: (report: ExecutorReport) => void;
}

/** A command task: its process, and what its end means. It stands for Mesos's command executor. */
export class CommandTask {
  readonly #context: CommandContext;
  readonly #process: TaskProcess;
  #isKilled = false;

  constructor(context: CommandContext) {
    this.#context = context;
    const { command, sandbox, user } = context;
    this.#say('TASK_STARTING');
    this.#process = new TaskProcess(command, sandbox.path, environment(context), user, (end) =>
      this.#ended(end),
    );
    if (this.#process.pid !== undefined) this.#say('TASK_RUNNING');
  }

  /** Ends it, within `graceMs` or what its kill policy says. */
  kill(graceMs: number | undefined): void {
    this.#isKilled = true;
    const policy = this.#context.info.kill_policy?.grace_period;
    this.#process.kill(graceMs ?? (policy ? microsOfNanos(policy.nanoseconds) / 1000 : GRACE_MS));
  }

  #ended(end: ProcessEnd): void {
    const message = endMessage(end);
    if (end.failure !== undefined) this.#say('TASK_FAILED', message, 'REASON_CONTAINER_LAUNCH_FAILED');
    else if (this.#isKilled) this.#say('TASK_KILLED', message);
    else if (end.status === 0) this.#say('TASK_FINISHED', message);
    else this.#say('TASK_FAILED', message, 'REASON_COMMAND_EXECUTOR_FAILED');
  }

  #say(state: TaskState, message?: string, reason?: ExecutorReport['reason']): void {
    const { task, report } = this.#context;
    report({ type: 'EXECUTOR_UPDATE', task, state, reason, message });
  }
}

function endMessage({ status, signal, failure }: ProcessEnd): string {
  if (failure !== undefined) return `Command could not be started: ${failure}`;
  return status === undefined
    ? `Command terminated with signal ${signal ?? ''}`
    : `Command exited with status ${status}`;
}

/** W-3.5, as far as a command has use for it. */
function environment({
  agent,
  framework,
  info,
  command,
  role,
  sandbox,
  user,
}: CommandContext): Record<string, string> {
  const { env } = process;
  const inherited = INHERITED.flatMap((name): [string, string][] => {
    const value = env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const given = (command.environment?.variables ?? []).map(({ name, value = '' }) => [name, value]);
  return {
    ...Object.fromEntries(inherited),
    ...(user && { HOME: user.home, USER: user.name, LOGNAME: user.name }),
    MESOS_SANDBOX: sandbox.path,
    MESOS_DIRECTORY: sandbox.path,
    MESOS_FRAMEWORK_ID: framework,
    MESOS_EXECUTOR_ID: info.task_id.value,
    MESOS_SLAVE_ID: agent,
    MESOS_TASK_ID: info.task_id.value,
    MESOS_ALLOCATION_ROLE: role,
    ...(Object.fromEntries(given) as Record<string, string>),
  };
}
