import process from 'node:process';
import { CONTAINER_MARK } from '../process/process-table.js';
import type { TaskUser } from '../process/task-user.js';
import { variablesOf } from '../process/variables.js';
import { microsOfNanos } from '../wire/framework-info.js';
import type { CommandMessage, ExecutorInfoMessage } from '../wire/messages.js';
import { isCheckpointing, type AgentFramework, type RunnerWorld } from './runner-world.js';

/** What a task may know of the agent's own environment. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];
/** Without a PATH a shell finds nothing. */
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface Surroundings {
  readonly world: RunnerWorld;
  readonly framework: AgentFramework;
  readonly executor: string;
  /** The run's own folder. */
  readonly sandbox: string;
  readonly mark: string;
  readonly user: TaskUser | undefined;
  readonly command: CommandMessage | undefined;
}

/** The environment of a command or an executor (W-3.5); what the command itself says comes last. */
export function environmentOf(
  { world, framework, executor, sandbox, mark, user, command }: Surroundings,
  more: Readonly<Record<string, string>>,
): Record<string, string> {
  const inherited = INHERITED.flatMap((name): [string, string][] => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    PATH,
    ...Object.fromEntries(inherited),
    ...(user && { HOME: user.home, USER: user.name, LOGNAME: user.name }),
    MESOS_SANDBOX: sandbox,
    MESOS_DIRECTORY: sandbox,
    MESOS_FRAMEWORK_ID: framework.id,
    MESOS_EXECUTOR_ID: executor,
    MESOS_SLAVE_ID: world.agent(),
    ...more,
    ...variablesOf(command),
    [CONTAINER_MARK]: mark,
  };
}

const SHUTDOWN_GRACE_MS = 5000;

/** How long an executor has to end by itself when it is told to (W-3.6). */
export function shutdownGraceMs({ shutdown_grace_period: grace }: ExecutorInfoMessage): number {
  return grace === undefined ? SHUTDOWN_GRACE_MS : microsOfNanos(grace.nanoseconds) / 1000;
}

/** What only an executor of a framework's own has to know. */
export function executorVariables(
  { description }: RunnerWorld,
  framework: AgentFramework,
  info: ExecutorInfoMessage,
): Record<string, string> {
  const endpoint = `${description.ip}:${description.port}`;
  return {
    MESOS_AGENT_ENDPOINT: endpoint,
    MESOS_SLAVE_PID: `slave(1)@${endpoint}`,
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: `${shutdownGraceMs(info) / 1000}secs`,
    MESOS_HTTP_COMMAND_EXECUTOR: '0',
    LIBPROCESS_PORT: '0',
    ...(isCheckpointing(framework)
      ? {
          MESOS_CHECKPOINT: '1',
          MESOS_RECOVERY_TIMEOUT: '15mins',
          MESOS_SUBSCRIPTION_BACKOFF_MAX: '2secs',
        }
      : { MESOS_CHECKPOINT: '0' }),
  };
}
