import type { TaskId } from '../../cluster/ids.js';
import type { ExecutorReport } from '../../cluster/protocol.js';
import type { Log } from '../log.js';
import type { OutputRotation } from '../process/output-files.js';
import type { ProcessRecord } from '../process/process-table.js';
import type { UserPolicy } from '../process/task-user.js';
import type { AgentDescription } from '../wire/agent-protocol.js';
import type { FrameworkInfoMessage, TaskInfoMessage } from '../wire/messages.js';

/** A framework as an agent knows it. */
export interface AgentFramework {
  readonly id: string;
  /** As its master described it with the last task. */
  readonly info: Partial<FrameworkInfoMessage>;
}

/** A task that is to be started. */
export interface LaunchedTask {
  readonly id: TaskId;
  readonly name: string;
  readonly info: TaskInfoMessage;
  readonly framework: AgentFramework;
  readonly role: string;
  /** Names of the tasks of its group. */
  readonly group?: readonly string[];
}

/** A process of a container, as an agent that is started anew finds it. */
export interface RunRecord {
  /** What its processes are found by; names the record, too. */
  readonly mark: string;
  readonly framework: string;
  readonly executor: string;
  /** Of a command; absent: it is an executor with tasks of its own. */
  readonly task?: string;
  /** Its folder, and that of the whole run. */
  readonly folder: string;
  readonly container: string;
  readonly process: ProcessRecord;
  /** It may outlive its agent. */
  readonly checkpoint: boolean;
}

/** What those who run tasks need of their agent. */
export interface RunnerWorld {
  readonly workDir: string;
  readonly users: UserPolicy;
  readonly rotation: OutputRotation;
  readonly log: Log;
  readonly description: AgentDescription;
  /** Full id of the agent. */
  readonly agent: () => string;
  readonly report: (report: ExecutorReport) => void;
  /** Nothing was heard of the task yet. */
  readonly isStaging: (task: TaskId) => boolean;
  /** A process was started, or found again. */
  readonly keep: (record: RunRecord) => void;
  /** Nothing is left of it. */
  readonly forget: (mark: string) => void;
  /** Executors say who they are by a token. */
  readonly asksToken: boolean;
  /** How long an executor has to subscribe, and to subscribe again, in milliseconds (W-3.6). */
  readonly executorRegistrationMs: number;
  readonly executorReregistrationMs: number;
}

/** A framework's tasks outlive its agent's process. */
export function isCheckpointing({ info }: AgentFramework): boolean {
  return info.checkpoint === true;
}

export function hasCapability({ info }: AgentFramework, name: string): boolean {
  return info.capabilities?.some(({ type }) => type === name) === true;
}
