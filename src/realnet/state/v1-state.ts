import type { Micros } from '../../cluster/ids.js';
import type { MasterAgent, Drain } from '../../cluster/master/agent-table.js';
import type { Offer } from '../../cluster/protocol.js';
import { FOR_OPERATORS, resourcesToJson } from '../../cluster/resources/json.js';
import type { Resources } from '../../cluster/resources/resources.js';
import type { MasterHost } from '../master/master-host.js';
import { nanosText } from '../wire/duration-text.js';
import { API_VERSION } from '../wire/master-info.js';
import type { Message } from '../wire/message-reader.js';
import { attributeMessage, domainMessage } from '../wire/messages.js';
import { offerConstraintsMessage } from '../wire/offer-constraints.js';
import { offerMessage, statusMessage } from '../wire/scheduler-event.js';
import type { TaskPayload } from '../wire/task-info.js';
import { updateUuid } from '../wire/update-uuid.js';
import type { FrameworkRecord, History, StatusRecord, TaskRecord } from './history.js';
import { Each, Sliced } from '../wire/sliced.js';
import { Usage, type AgentUsage, type FrameworkUsage } from './usage.js';

/** The state of a master in the messages of the operator API (mesos-http-api 6.1). */
export class V1State {
  readonly #host: MasterHost;
  readonly #recovered: () => Iterable<Message>;

  /** @param recovered frameworks that agents told of and that have not subscribed (W-5.2) */
  constructor(host: MasterHost, recovered: () => Iterable<Message>) {
    this.#host = host;
    this.#recovered = recovered;
  }

  get history(): History {
    return this.#host.history;
  }

  *state(): Generator<undefined, Sliced> {
    const usage = yield* this.usage();
    return new Sliced({
      get_tasks: this.tasks(usage),
      get_executors: this.executors(),
      get_frameworks: this.frameworks(usage),
      get_agents: this.agents(usage),
    });
  }

  usage(): Generator<undefined, Usage> {
    return Usage.of(this.#host.master, this.history);
  }

  tasks(usage: Usage): Sliced {
    const all = (records: Iterable<TaskRecord>): Each =>
      new Each(mapped(records, (record) => this.task(record)));
    return new Sliced({
      tasks: all(usage.tasksOf()),
      unreachable_tasks: all(usage.unreachableOf()),
      completed_tasks: all(usage.completedOf()),
    });
  }

  executors(): Sliced {
    return new Sliced({ executors: new Each(this.#executors()) });
  }

  frameworks(usage: Usage): Sliced {
    const { frameworks } = this.history;
    const live = [...frameworks.values()].filter(({ removed }) => !removed);
    const completed = [...this.history.completed];
    return new Sliced({
      frameworks: new Each(mapped(live, (record) => this.framework(record, usage))),
      completed_frameworks: new Each(mapped(completed, (record) => this.framework(record, usage))),
      recovered_frameworks: new Each(this.#recovered()),
    });
  }

  agents(usage: Usage): Sliced {
    const all = usage.agents.filter(({ state }) => state === 'registered');
    const recovered = usage.agents.filter(({ state }) => state === 'recovered');
    return new Sliced({
      agents: new Each(mapped(all, (agent) => this.agent(agent, usage))),
      recovered_agents: new Each(mapped(recovered, agentInfo)),
    });
  }

  task({ name, framework, agent, role, resources, spec, state, statuses }: TaskRecord): Message {
    const { names } = this.#host;
    const { task } = (spec.payload ?? {}) as Partial<TaskPayload>;
    const { labels, discovery, container, health_check, kill_policy, limits } = (task ?? {}) as Message;
    const last = statuses.findLast(({ update }) => update !== 0);
    const owner = { agent: names.agent(agent), framework: names.framework(framework), task: name };
    const user = this.history.frameworks.get(framework)?.info.user;
    return {
      name: spec.name,
      task_id: { value: name },
      framework_id: { value: owner.framework },
      ...(spec.executorId !== undefined && { executor_id: { value: spec.executorId } }),
      agent_id: { value: owner.agent },
      state,
      resources: resourcesToJson(resources, { legacy: false, allocationRole: names.roles.path(role) }),
      ...(statuses.length > 0 && {
        statuses: statuses.map((status) => this.status({ name, framework, agent, spec }, status)),
      }),
      ...(last && { status_update_state: last.state, status_update_uuid: updateUuid(owner, last.update) }),
      ...(user !== undefined && { user: task?.command?.user ?? user }),
      ...definedOf({ labels, discovery, container, health_check, kill_policy, limits }),
    };
  }

  status(
    { name, framework, agent, spec }: Pick<TaskRecord, 'name' | 'framework' | 'agent' | 'spec'>,
    { at, details, ...said }: StatusRecord,
  ): Message {
    const { names } = this.#host;
    return statusMessage(
      {
        type: 'UPDATE',
        framework,
        agent,
        task: -1,
        reason: undefined,
        message: undefined,
        ...said,
        timestamp: at,
        details,
      },
      {
        framework: (id) => names.framework(id),
        agent: (id) => names.agent(id),
        task: () => name,
        executor: () => spec.executorId ?? name,
      },
    );
  }

  framework(record: FrameworkRecord, usage: FrameworkUsage): Sliced {
    const offers = hasOffers(record, usage) && {
      offers: new Each(mapped(usage.offersOf(record.id), this.#offerTo(record))),
    };
    return new Sliced({ ...this.#frameworkHead(record, usage), ...offers });
  }

  /** The same as one message. */
  wholeFramework(record: FrameworkRecord, usage: FrameworkUsage): Message {
    const offers = hasOffers(record, usage) && {
      offers: [...mapped(usage.offersOf(record.id), this.#offerTo(record))],
    };
    return { ...this.#frameworkHead(record, usage), ...offers };
  }

  #offerTo({ info }: FrameworkRecord): (offer: Offer) => Message {
    return (offer) => offerMessage(offer, info, this.#host.names);
  }

  /** All but its offers. */
  #frameworkHead(record: FrameworkRecord, usage: FrameworkUsage): Message {
    const { id, info, connected, registeredUs, reregisteredUs, unregisteredUs } = record;
    const { names } = this.#host;
    return {
      framework_info: info.payload,
      ...(info.constraints && {
        offer_constraints: offerConstraintsMessage(info.constraints, names.roles),
      }),
      active: connected,
      connected,
      recovered: false,
      registered_time: time(registeredUs),
      ...(reregisteredUs !== undefined && { reregistered_time: time(reregisteredUs) }),
      ...(unregisteredUs !== undefined && { unregistered_time: time(unregisteredUs) }),
      ...listOf('allocated_resources', usage.usedBy(id)),
      ...listOf('offered_resources', usage.offeredTo(id)),
    };
  }

  agent(agent: MasterAgent, usage: AgentUsage): Message {
    const { id, info, connected, deactivated, drain } = agent;
    const record = this.history.agents.get(id);
    return {
      agent_info: agentInfo(agent),
      active: connected && !deactivated,
      version: API_VERSION,
      pid: `slave(1)@${info.ip ?? info.hostname}:${info.port ?? 0}`,
      ...(record && { registered_time: time(record.registeredUs) }),
      ...(record?.reregisteredUs !== undefined && { reregistered_time: time(record.reregisteredUs) }),
      ...listOf('total_resources', agent.total, FOR_OPERATORS),
      ...listOf('allocated_resources', usage.usedOn(id), FOR_OPERATORS),
      ...listOf('offered_resources', usage.offeredOn(id), FOR_OPERATORS),
      capabilities: info.capabilities.map((type) => ({ type })),
      deactivated,
      ...(drain && { drain_info: drainInfo(drain) }),
      ...(drain?.sinceUs !== undefined && { estimated_drain_start_time: time(drain.sinceUs) }),
    };
  }

  /** Those that tasks name; the executor of a command task is nobody's business (mesos-http-api section 7). */
  *#executors(): Generator<Message | undefined> {
    const seen = new Set<string>();
    const { tasks } = this.history;
    for (let task = 0; task < tasks.length; task++) {
      if (task % 64 === 0) yield undefined;
      const record = tasks[task];
      if (record?.spec.executorId === undefined) continue;
      const key = `${record.agent}/${record.framework}/${record.spec.executorId}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const { names } = this.#host;
      const { task: info } = (record.spec.payload ?? {}) as Partial<TaskPayload>;
      const executor = info?.executor ?? { executor_id: { value: record.spec.executorId } };
      yield {
        executor_info: { ...executor, framework_id: { value: names.framework(record.framework) } },
        agent_id: { value: names.agent(record.agent) },
      };
    }
  }
}

export function* mapped<Item, Made>(items: Iterable<Item>, map: (item: Item) => Made): Generator<Made> {
  for (const item of items) yield map(item);
}

function hasOffers({ id, removed }: FrameworkRecord, usage: FrameworkUsage): boolean {
  return !removed && !usage.offeredTo(id).isEmpty;
}

export function agentInfo({ info }: MasterAgent): Message {
  return {
    hostname: info.hostname,
    ...(info.port !== undefined && { port: info.port }),
    ...listOf('resources', info.total, FOR_OPERATORS),
    ...(info.attributes.length > 0 && { attributes: info.attributes.map(attributeMessage) }),
    id: { value: info.id },
    ...(info.domain && { domain: domainMessage(info.domain) }),
  };
}

export function drainInfo({ isDone, maxGraceUs, markGone }: Drain): Message {
  const grace = maxGraceUs === undefined ? {} : { max_grace_period: { nanoseconds: nanosText(maxGraceUs) } };
  return { state: isDone ? 'DRAINED' : 'DRAINING', config: { ...grace, mark_gone: markGone } };
}

export function time(us: Micros): Message {
  return { nanoseconds: nanosText(us) };
}

function listOf(name: string, resources: Resources, format = { legacy: false }): Message {
  return resources.isEmpty ? {} : { [name]: resourcesToJson(resources, format) };
}

function definedOf(fields: Message): Message {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
