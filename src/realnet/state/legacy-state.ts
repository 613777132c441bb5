import type { MasterAgent } from '../../cluster/master/agent-table.js';
import type { Offer } from '../../cluster/protocol.js';
import { reservedPart, unreservedPart } from '../../cluster/resources/queries.js';
import type { MasterHost } from '../master/master-host.js';
import { API_VERSION, type MasterAddress } from '../wire/master-info.js';
import type { Message } from '../wire/message-reader.js';
import { domainMessage, type FrameworkInfoMessage, type TaskInfoMessage } from '../wire/messages.js';
import { offerConstraintsMessage } from '../wire/offer-constraints.js';
import type { TaskPayload } from '../wire/task-info.js';
import { Grouped } from './grouped.js';
import type { FrameworkRecord, History, StatusRecord, TaskRecord } from './history.js';
import { legacyExecutors } from './legacy-executors.js';
import { amounts, attributesOf, byOwner, flat, json, TaskCounts } from './legacy-fields.js';
import { rolesOf } from './roles-state.js';
import { sortedInSlices } from '../wire/slices.js';
import { Each, Joined, Sliced } from '../wire/sliced.js';
import { Usage } from './usage.js';
import { drainInfo, mapped } from './v1-state.js';

/** The state of a master in the documents that came before the v1 API (mesos-http-api 6.4). */
export class LegacyState {
  readonly #host: MasterHost;

  constructor(host: MasterHost) {
    this.#host = host;
  }

  get #history(): History {
    return this.#host.history;
  }

  usage(): Generator<undefined, Usage> {
    return Usage.of(this.#host.master, this.#history);
  }

  *state(
    address: MasterAddress,
    startedUs: number,
    flags: Message,
    version: object,
  ): Generator<undefined, Sliced> {
    const usage = yield* this.usage();
    const { agents } = usage;
    const active = agents.filter((agent) => isThere(agent) && agent.connected && !agent.deactivated).length;
    const pid = `master@${address.ip}:${address.port}`;
    const domain = address.domain && { domain: domainMessage(address.domain) };
    return new Sliced({
      ...version,
      start_time: startedUs / 1e6,
      elected_time: startedUs / 1e6,
      id: address.id,
      pid,
      hostname: address.hostname,
      capabilities: ['AGENT_UPDATE', 'AGENT_DRAINING', 'QUOTA_V2'],
      activated_slaves: active,
      deactivated_slaves: agents.filter(isThere).length - active,
      unreachable_slaves: agents.filter(({ state }) => state === 'lost').length,
      leader: pid,
      leader_info: { id: address.id, pid, port: address.port, hostname: address.hostname, ...domain },
      ...domain,
      flags,
      slaves: this.agents(usage),
      recovered_slaves: this.recoveredAgents(usage),
      ...this.frameworkLists(usage),
      orphan_tasks: [],
      unregistered_frameworks: [],
    });
  }

  /** Agents of the master before that are not back yet. */
  recoveredAgents({ agents }: Usage): Each {
    const recovered = agents.filter(({ state }) => state === 'recovered');
    return new Each(mapped(recovered, ({ info }) => ({ id: info.id, hostname: info.hostname })));
  }

  /** @param id of one agent; undefined: all */
  agents(usage: Usage, id?: string, full = false): Each {
    const wanted = usage.agents.filter(
      (agent) => isThere(agent) && (id === undefined || agent.info.id === id),
    );
    return new Each(mapped(wanted, (agent) => this.#agent(agent, usage, full)));
  }

  frameworkLists(usage: Usage, id?: string): { frameworks: Each; completed_frameworks: Each } {
    const isWanted = ({ info }: FrameworkRecord): boolean => id === undefined || info.id === id;
    const live = [...this.#history.frameworks.values()].filter(
      (record) => !record.removed && isWanted(record),
    );
    const completed = this.#history.completed.filter(isWanted);
    return {
      frameworks: new Each(mapped(live, (record) => this.#framework(record, usage))),
      completed_frameworks: new Each(mapped(completed, (record) => this.#framework(record, usage))),
    };
  }

  *summary(address: MasterAddress): Generator<undefined, Sliced> {
    const usage = yield* this.usage();
    const [ofAgent, ofFramework] = [new TaskCounts(), new TaskCounts()];
    // Which framework has tasks on which agent, once each.
    const places: { readonly agents: number[]; readonly frameworks: number[] } = {
      agents: [],
      frameworks: [],
    };
    const [placesOn, placesOf] = [new Grouped(), new Grouped()];
    const live = [...this.#history.frameworks.values()].filter(({ removed }) => !removed);
    for (const { id } of live) {
      const seen = new Set<number>();
      for (const { agent, state } of usage.everyTaskOf(id)) {
        yield undefined;
        ofAgent.count(agent, state);
        ofFramework.count(id, state);
        if (seen.has(agent)) continue;
        seen.add(agent);
        placesOn.add(agent, places.agents.length);
        placesOf.add(id, places.agents.length);
        places.agents.push(agent);
        places.frameworks.push(id);
      }
    }
    const { names } = this.#host;
    const agents = usage.agents.filter(isThere);
    return new Sliced({
      hostname: address.hostname,
      slaves: new Each(
        mapped(agents, (agent) => {
          const ids = [...placesOn.of(agent.id)].map((at) => names.framework(places.frameworks[at]));
          const counts = ofAgent.of(agent.id);
          return new Joined([this.#agent(agent, usage, false), counts, { framework_ids: ids }]);
        }),
      ),
      frameworks: new Each(
        mapped(
          live,
          (record) =>
            new Sliced({
              ...this.#frameworkHead(record, usage),
              ...ofFramework.of(record.id),
              slave_ids: new Each(mapped(placesOf.of(record.id), (at) => names.agent(places.agents[at]))),
            }),
        ),
      ),
    });
  }

  /** All tasks that pass, by the time of their first status, as asked for. */
  *tasks(query: URLSearchParams): Generator<undefined, Sliced> {
    const [limit, offset] = [wholeOf(query.get('limit'), 100), wholeOf(query.get('offset'), 0)];
    const [framework, task] = [query.get('framework_id'), query.get('task_id')];
    const isAscending = query.get('order') === 'asc';
    const found: TaskRecord[] = [];
    const add = (record: TaskRecord): void => {
      if (task !== null && record.name !== task) return;
      if (framework !== null && this.#host.names.framework(record.framework) !== framework) return;
      found.push(record);
    };
    const usage = yield* this.usage();
    for (const { id } of this.#history.frameworks.values()) {
      for (const record of usage.everyTaskOf(id)) {
        yield undefined;
        add(record);
      }
    }
    const sorted = yield* sortedInSlices(
      found,
      (a, b) => compareTimes(firstTime(a), firstTime(b)) * (isAscending ? 1 : -1),
    );
    const page = sorted.slice(offset, offset + limit);
    return new Sliced({ tasks: new Each(mapped(page, (record) => this.#task(record))) });
  }

  *roles(): Generator<undefined, Sliced> {
    const states = yield* rolesOf(this.#host.master);
    const roles = states.map(({ path, weight, quota, frameworks, allocated, offered, consumed }) => ({
      name: path,
      weight,
      resources: flat(allocated),
      allocated: flat(allocated),
      offered: flat(offered),
      frameworks,
      ...(quota && {
        quota: {
          role: path,
          guarantee: amounts(quota.guarantees),
          limit: amounts(quota.limits),
          consumed: amounts(consumed),
        },
      }),
    }));
    return new Sliced({ roles: new Each(roles) });
  }

  #agent(agent: MasterAgent, usage: Usage, full: boolean): Message {
    const { id, info, total, drain, deactivated } = agent;
    const record = this.#history.agents.get(id);
    const [used, offered] = [usage.usedOn(id), usage.offeredOn(id)];
    const [reserved, unreserved] = [reservedPart(total), unreservedPart(total)];
    return {
      id: info.id,
      hostname: info.hostname,
      port: info.port ?? 0,
      attributes: attributesOf(info),
      ...(info.domain && { domain: domainMessage(info.domain) }),
      pid: `slave(1)@${info.ip ?? info.hostname}:${info.port ?? 0}`,
      registered_time: (record?.registeredUs ?? 0) / 1e6,
      ...(record?.reregisteredUs !== undefined && { reregistered_time: record.reregisteredUs / 1e6 }),
      resources: flat(total),
      used_resources: flat(used),
      offered_resources: flat(offered),
      reserved_resources: byOwner(reserved, flat),
      unreserved_resources: flat(unreserved),
      ...(full && {
        used_resources_full: json(used),
        offered_resources_full: json(offered),
        reserved_resources_full: byOwner(reserved, json),
        unreserved_resources_full: json(unreserved),
      }),
      active: agent.connected && !deactivated,
      deactivated,
      version: API_VERSION,
      capabilities: info.capabilities,
      ...(drain && { drain_info: drainInfo(drain) }),
      ...(drain?.sinceUs !== undefined && { estimated_drain_start_time_seconds: drain.sinceUs / 1e6 }),
    };
  }

  #framework(record: FrameworkRecord, usage: Usage): Sliced {
    const { id, removed } = record;
    const list = (records: Iterable<TaskRecord>): Each =>
      new Each(mapped(records, (task) => this.#task(task)));
    return new Sliced({
      ...this.#frameworkHead(record, usage),
      tasks: list(removed ? [] : usage.tasksOf(id)),
      unreachable_tasks: list(removed ? [] : usage.unreachableOf(id)),
      completed_tasks: list(usage.completedOf(id)),
      offers: new Each(mapped(usage.offersOf(id), (offer) => this.#offer(offer))),
      executors: new Each(legacyExecutors(removed ? [] : usage.tasksOf(id), this.#host.names)),
    });
  }

  #frameworkHead({ id, info, connected, removed, ...times }: FrameworkRecord, usage: Usage): Message {
    const [used, offered] = [usage.usedBy(id), usage.offeredTo(id)];
    const { labels } = (info.payload ?? {}) as FrameworkInfoMessage & Message;
    const roles = info.roles.map((role) => this.#host.names.roles.path(role));
    return {
      id: info.id,
      name: info.name,
      used_resources: flat(used),
      offered_resources: flat(offered),
      resources: flat(used.plus(offered)),
      capabilities: info.capabilities,
      hostname: info.hostname ?? '',
      webui_url: info.webuiUrl ?? '',
      active: connected,
      connected,
      recovered: false,
      user: info.user ?? '',
      failover_timeout: (info.failoverTimeoutUs ?? 0) / 1e6,
      checkpoint: info.checkpoint ?? false,
      registered_time: times.registeredUs / 1e6,
      ...(times.reregisteredUs !== undefined && { reregistered_time: times.reregisteredUs / 1e6 }),
      unregistered_time: removed ? (times.unregisteredUs ?? 0) / 1e6 : 0,
      ...(info.principal !== undefined && { principal: info.principal }),
      ...(info.constraints && {
        offer_constraints: offerConstraintsMessage(info.constraints, this.#host.names.roles),
      }),
      ...(info.capabilities.includes('MULTI_ROLE') ? { roles } : { role: roles[0] }),
      ...(labels !== undefined && { labels: (labels as { labels?: unknown }).labels ?? [] }),
    };
  }

  #task({ name, framework, agent, role, resources, spec, state, statuses }: TaskRecord): Message {
    const { names } = this.#host;
    const { task } = (spec.payload ?? {}) as Partial<TaskPayload>;
    const { labels, discovery, container, health_check: check, limits } = (task ?? {}) as Message;
    const user = task?.command?.user ?? this.#history.frameworks.get(framework)?.info.user;
    return {
      id: name,
      name: spec.name,
      framework_id: names.framework(framework),
      executor_id: spec.executorId ?? '',
      slave_id: names.agent(agent),
      state,
      resources: flat(resources),
      role: names.roles.path(role),
      statuses: statuses.map(legacyStatus),
      ...(user !== undefined && { user }),
      ...(labels !== undefined && { labels: (labels as { labels?: unknown }).labels ?? [] }),
      ...(discovery !== undefined && { discovery }),
      ...(container !== undefined && { container }),
      ...(check !== undefined && { health_check: check }),
      ...(limits !== undefined && { limits: limitAmounts(limits as NonNullable<TaskInfoMessage['limits']>) }),
    };
  }

  #offer({ id, framework, agent, role, resources }: Offer): Message {
    const { names } = this.#host;
    return {
      id: names.offer(id),
      framework_id: names.framework(framework),
      allocation_info: { role: names.roles.path(role) },
      slave_id: names.agent(agent),
      resources: flat(resources),
    };
  }
}

/** What the executor said beside the state is in the form of v1, but labels are a list. */
function legacyStatus({ state, at, details }: StatusRecord): Message {
  const { labels, container_status: container, healthy } = (details ?? {}) as Message;
  return {
    state,
    timestamp: at / 1e6,
    ...(labels !== undefined && { labels: (labels as { labels?: unknown }).labels ?? [] }),
    ...(container !== undefined && { container_status: container }),
    ...(healthy !== undefined && { healthy }),
  };
}

/** Amounts by name; JSON has no number for one without end. */
function limitAmounts(limits: NonNullable<TaskInfoMessage['limits']>): Message {
  const amounts = Object.entries(limits).map(([name, { value }]) => [
    name,
    Number.isFinite(value) ? value : 'infinity',
  ]);
  return Object.fromEntries(amounts) as Message;
}

function isThere({ state }: MasterAgent): boolean {
  return state === 'registered';
}

function firstTime({ statuses }: TaskRecord): number {
  return statuses[0]?.at ?? Infinity;
}

function compareTimes(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

function wholeOf(text: string | null, otherwise: number): number {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : otherwise;
}
