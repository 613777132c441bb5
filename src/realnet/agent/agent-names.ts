import type { AgentTasks } from '../../cluster/agent/agent-tasks.js';
import type { AgentId, FrameworkId, RoleId, TaskId } from '../../cluster/ids.js';
import type { AgentCommand, AgentReport, StatusUpdate } from '../../cluster/protocol.js';
import { resourcesFromJson } from '../../cluster/resources/json.js';
import { Roles } from '../../cluster/roles.js';
import { statusUpdate } from '../../cluster/task.js';
import { Names, TaskNames } from '../names.js';
import {
  resourcesMessage,
  specMessage,
  specOf,
  type AgentCommandMessage,
  type AgentDescription,
  type AgentReportMessage,
  type TaskMessage,
} from '../wire/agent-protocol.js';
import type { Message } from '../wire/message-reader.js';
import type { AgentFramework } from './runner-world.js';
import type { UpdateMessage } from './agent-state.js';

type Registration = Extract<AgentReport, { readonly type: 'REGISTER_AGENT' }>;

/** Commands that are the core's. */
type CoreCommand = Exclude<
  AgentCommandMessage,
  { readonly type: 'PING' | 'SHUTDOWN' | 'EXECUTOR_MESSAGE' | 'SHUTDOWN_EXECUTOR' }
>;

/** The core counts agents; a real one is alone in its process. */
const SELF = 0;

/** Names and ids of what an agent speaks of, and its messages in the core's terms. */
export class AgentNames {
  readonly #frameworks = new Names();
  readonly #infos = new Map<string, Message>();
  readonly #tasks = new TaskNames();
  readonly #roles = new Roles();

  /** Notes how a framework is described. @returns whether that is news */
  learn(framework: string, info: Message | undefined): boolean {
    if (info === undefined) return false;
    const known = this.#infos.get(framework);
    this.#infos.set(framework, info);
    return known === undefined || JSON.stringify(known) !== JSON.stringify(info);
  }

  agentFramework(framework: string): AgentFramework {
    return { id: framework, info: this.#infos.get(framework) ?? {} };
  }

  isCheckpointing(framework: string): boolean {
    return this.#infos.get(framework)?.checkpoint === true;
  }

  framework(id: FrameworkId): string {
    return this.#frameworks.text(id);
  }

  task(id: TaskId): string {
    return this.#tasks.text(id);
  }

  role(id: RoleId): string {
    return this.#roles.path(id);
  }

  /** Every task of a framework that has a name. */
  tasksOf(framework: FrameworkId): TaskId[] {
    return this.#tasks.of(framework);
  }

  releaseTask(task: TaskId): void {
    this.#tasks.release(task);
  }

  taskIds({ framework: name, role, task }: TaskMessage): {
    framework: FrameworkId;
    role: RoleId;
    task: TaskId;
  } {
    const framework = this.#frameworks.intern(name);
    return { framework, role: this.#roles.intern(role), task: this.#tasks.intern(framework, task) };
  }

  /** @throws ResourceJsonError */
  command(message: CoreCommand): AgentCommand {
    const { type } = message;
    if (type === 'AGENT_REGISTERED') return { type, agent: SELF };
    const framework = this.#frameworks.intern(message.framework);
    if (type === 'SHUTDOWN_FRAMEWORK' || type === 'RESEND_UPDATES') return { type, framework };
    if (type === 'RUN_TASK') {
      const { resources } = resourcesFromJson(message.resources);
      const spec = specOf(message.spec);
      return { type, ...this.taskIds(message), resources, spec };
    }
    const task = this.#tasks.intern(framework, message.task);
    if (type === 'ACKNOWLEDGE') return { type, framework, agent: SELF, task, update: message.update };
    const { graceUs, reason } = message;
    return {
      type,
      framework,
      task,
      ...(graceUs !== undefined && { graceUs }),
      ...(reason !== undefined && { reason }),
    };
  }

  registration({ info, tasks }: Registration, description: AgentDescription): AgentReportMessage {
    const frameworks = [...new Set(tasks.map(({ framework }) => this.framework(framework)))];
    const described = frameworks.flatMap((name): [string, Message][] => {
      const known = this.#infos.get(name);
      return known === undefined ? [] : [[name, known]];
    });
    return {
      type: 'REGISTER_AGENT',
      agent: info.id,
      description,
      tasks: tasks.map(({ framework, role, task, resources, spec, state }) => ({
        framework: this.framework(framework),
        role: this.role(role),
        task: this.task(task),
        resources: resourcesMessage(resources),
        spec: specMessage(spec),
        state,
      })),
      ...(described.length > 0 && { frameworks: Object.fromEntries(described) }),
    };
  }

  taskMessage(task: TaskId, tasks: AgentTasks): TaskMessage {
    return {
      framework: this.framework(tasks.frameworkOf(task)),
      role: this.role(tasks.roleOf(task)),
      task: this.task(task),
      resources: resourcesMessage(tasks.resourcesOf(task)),
      spec: specMessage(tasks.specOf(task)),
    };
  }

  updateMessage(report: StatusUpdate): UpdateMessage {
    const { framework, task, state, update, source, reason, message, timestamp, details } = report;
    return {
      type: 'UPDATE',
      framework: this.framework(framework),
      task: this.task(task),
      state,
      update: Number(update),
      source,
      ...(reason !== undefined && { reason }),
      ...(message !== undefined && { message }),
      timestamp,
      ...(details !== undefined && { details }),
    };
  }

  update(agent: AgentId, report: UpdateMessage): StatusUpdate {
    const framework = this.#frameworks.intern(report.framework);
    const task = this.#tasks.intern(framework, report.task);
    const { state, update, source, reason, message, timestamp, details } = report;
    return statusUpdate(framework, agent, task, state, update, source, reason, message, timestamp, details);
  }
}
