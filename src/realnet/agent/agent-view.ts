import { group } from 'd3-array';
import type { TaskId } from '../../cluster/ids.js';
import { isTerminal, STAGING, TASK_STATES } from '../../cluster/task.js';
import { agentInfoMessage, resourcesMessage } from '../wire/agent-protocol.js';
import { flatResources } from '../wire/flat-resources.js';
import type { Message } from '../wire/message-reader.js';
import { domainMessage } from '../wire/messages.js';
import type { TaskPayload } from '../wire/task-info.js';
import type { AgentHost } from './agent-host.js';
import { containerStatistics, type LimitedTask } from './container-statistics.js';
import { keyOf, type RunningExecutor } from './containers.js';

/** An agent as those who ask see it: for `/api/v1` and for `/state`. */
export class AgentView {
  readonly host: AgentHost;
  readonly #startedUs: number;

  constructor(host: AgentHost, startedUs: number) {
    this.host = host;
    this.#startedUs = startedUs;
  }

  get executors(): readonly RunningExecutor[] {
    return this.host.containers.running();
  }

  /** AgentInfo. */
  agentInfo(): Message {
    return agentInfoMessage(this.host.description, this.host.id);
  }

  getTasks(): Message {
    const tasks = this.#tasks().map((task) => this.#task(task));
    const queued = tasks.filter(({ state }) => state === TASK_STATES[STAGING]);
    const terminated = tasks.filter(({ state }) => isTerminal(state));
    const launched = tasks.filter(({ state }) => state !== TASK_STATES[STAGING] && !isTerminal(state));
    return { queued_tasks: queued, launched_tasks: launched, terminated_tasks: terminated };
  }

  getFrameworks(): Message {
    const ids = new Set(this.#tasks().map((task) => this.#frameworkOf(task)));
    for (const { framework } of this.executors) ids.add(framework);
    return { frameworks: [...ids].map((id) => ({ framework_info: this.#frameworkInfo(id) })) };
  }

  getExecutors(): Message {
    return {
      executors: this.executors.map(({ framework, executor, name, info }) => ({
        executor_info: {
          ...info,
          executor_id: { value: executor },
          framework_id: { value: framework },
          name,
        },
      })),
    };
  }

  async getContainers(): Promise<Message> {
    const containers = await this.#containers();
    return {
      containers: containers.map(([{ framework, executor, name, container, status }, statistics]) => ({
        framework_id: { value: framework },
        executor_id: { value: executor },
        executor_name: name,
        container_id: { value: container },
        container_status: status,
        resource_statistics: statistics,
      })),
    };
  }

  /** `/containers`. @param only the one of this id */
  async containers(only: string | undefined): Promise<object[]> {
    const containers = await this.#containers(({ container }) => (only ?? container) === container);
    return containers.map(([executor, statistics]) => ({
      ...legacyNames(executor),
      container_id: executor.container,
      status: executor.status,
      statistics,
    }));
  }

  /** `/monitor/statistics`. */
  async statistics(): Promise<object[]> {
    const containers = await this.#containers();
    return containers.map(([executor, statistics]) => ({ ...legacyNames(executor), statistics }));
  }

  async #containers(
    isMeant: (executor: RunningExecutor) => boolean = () => true,
  ): Promise<[executor: RunningExecutor, statistics: Message][]> {
    const executors = this.executors.filter(isMeant);
    const { tasks } = this.host;
    const running = this.#byExecutor(
      this.#tasks().filter((task) => !isTerminal(TASK_STATES[tasks.stateCodeOf(task)])),
    );
    const tasksOf = ({ framework, executor }: RunningExecutor): readonly LimitedTask[] =>
      (running.get(keyOf(framework, executor)) ?? []).map((task) => this.#infoOf(task));
    const statistics = await containerStatistics(executors, tasksOf);
    return executors.map((executor, at) => [executor, statistics[at]]);
  }

  #byExecutor(tasks: readonly TaskId[]): Map<string, TaskId[]> {
    return group(tasks, (task) => keyOf(this.#frameworkOf(task), this.#executorOf(task)));
  }

  /** `/state` (mesos-http-api 6.4). */
  state(version: object, flags: object): object {
    const { description, id = '' } = this.host;
    const { hostname, ip, port, resources, attributes, domain } = description;
    const executors = group(this.executors, ({ framework }) => framework);
    const tasks = this.#byExecutor(this.#tasks());
    const frameworks = (this.getFrameworks().frameworks as { framework_info: Message }[]).map((entry) =>
      this.#legacyFramework(entry.framework_info, executors, tasks),
    );
    return {
      ...version,
      id,
      pid: `slave(1)@${ip}:${port}`,
      hostname,
      start_time: this.#startedUs / 1e6,
      resources: flatResources(resources),
      attributes: Object.fromEntries(
        attributes.map((attribute) => [attribute.name, attributeValue(attribute)]),
      ),
      ...(domain && { domain: domainMessage(domain) }),
      flags,
      frameworks,
      completed_frameworks: [],
    };
  }

  /** @param executors by framework @param tasks by {@link keyOf} of their executor */
  #legacyFramework(
    info: Message,
    executors: ReadonlyMap<string, readonly RunningExecutor[]>,
    tasks: ReadonlyMap<string, readonly TaskId[]>,
  ): object {
    const id = (info.id as { value: string }).value;
    return {
      id,
      name: info.name,
      user: info.user,
      ...(info.roles === undefined ? { role: info.role ?? '*' } : { roles: info.roles }),
      failover_timeout: info.failover_timeout ?? 0,
      checkpoint: info.checkpoint ?? false,
      hostname: info.hostname ?? '',
      executors: (executors.get(id) ?? []).map(({ executor, name, container, directory, info: given }) => {
        const own = (tasks.get(keyOf(id, executor)) ?? []).map((task) => this.#legacyTask(task));
        return {
          id: executor,
          name,
          source: sourceOf(executor, given),
          container,
          directory,
          queued_tasks: own.filter(({ state }) => state === TASK_STATES[STAGING]),
          tasks: own.filter(({ state }) => state !== TASK_STATES[STAGING]),
          completed_tasks: [],
        };
      }),
      completed_executors: [],
    };
  }

  #legacyTask(task: TaskId): { readonly state: string; readonly [field: string]: unknown } {
    const { tasks, names, id } = this.host;
    const spec = tasks.specOf(task);
    const info = this.#infoOf(task);
    const { labels, discovery, container, health_check: check } = info as typeof info & Message;
    return {
      id: names.task(task),
      name: spec.name,
      framework_id: this.#frameworkOf(task),
      executor_id: spec.executorId ?? '',
      slave_id: id,
      state: TASK_STATES[tasks.stateCodeOf(task)],
      resources: flatResources(resourcesMessage(tasks.resourcesOf(task))),
      role: names.role(tasks.roleOf(task)),
      statuses: [],
      ...(labels !== undefined && { labels: (labels as { labels?: unknown }).labels ?? [] }),
      ...(discovery !== undefined && { discovery }),
      ...(container !== undefined && { container }),
      ...(check !== undefined && { health_check: check }),
    };
  }

  #task(task: TaskId): Message & { readonly state: (typeof TASK_STATES)[number] } {
    const { tasks, names, id = '' } = this.host;
    const spec = tasks.specOf(task);
    const info = this.#infoOf(task);
    const {
      labels,
      discovery,
      container,
      health_check,
      kill_policy: policy,
      limits,
    } = info as typeof info & Message;
    return {
      name: spec.name,
      task_id: { value: names.task(task) },
      framework_id: { value: this.#frameworkOf(task) },
      ...(spec.executorId !== undefined && { executor_id: { value: spec.executorId } }),
      agent_id: { value: id },
      state: TASK_STATES[tasks.stateCodeOf(task)],
      resources: resourcesMessage(tasks.resourcesOf(task)),
      ...(labels !== undefined && { labels }),
      ...(discovery !== undefined && { discovery }),
      ...(container !== undefined && { container }),
      ...(policy !== undefined && { kill_policy: policy }),
      ...(health_check !== undefined && { health_check }),
      ...(limits !== undefined && { limits }),
    };
  }

  #tasks(): TaskId[] {
    return this.host.tasks.onAgent(0);
  }

  #frameworkOf(task: TaskId): string {
    return this.host.names.framework(this.host.tasks.frameworkOf(task));
  }

  #infoOf(task: TaskId): TaskPayload['task'] {
    return (this.host.tasks.specOf(task).payload as TaskPayload).task;
  }

  #executorOf(task: TaskId): string {
    return this.host.tasks.specOf(task).executorId ?? this.host.names.task(task);
  }

  #frameworkInfo(id: string): Message {
    return { user: '', name: '', ...this.host.names.agentFramework(id).info, id: { value: id } };
  }
}

function legacyNames({ framework, executor, name, info }: RunningExecutor): object {
  const source = sourceOf(executor, info);
  return { executor_id: executor, executor_name: name, framework_id: framework, source };
}

/** That of a command is called as it is. */
function sourceOf(executor: string, info: RunningExecutor['info']): string {
  return info === undefined ? executor : (info.source ?? '');
}

function attributeValue(attribute: AgentHost['description']['attributes'][number]): string | number {
  if (attribute.type === 'TEXT') return attribute.text;
  if (attribute.type === 'SCALAR') return attribute.milli / 1000;
  return `[${attribute.ranges.map(([begin, end]) => `${begin}-${end}`).join(', ')}]`;
}
