import type { AgentId, FrameworkId, Micros, OfferId, TaskId } from '../../cluster/ids.js';
import type {
  Ask,
  Offer,
  Operation,
  SchedulerCall,
  SchedulerEvent,
  TaskInfo,
} from '../../cluster/protocol.js';
import { resourcesFromJson, resourcesToJson, type ResourceJson } from '../../cluster/resources/json.js';
import type { Roles } from '../../cluster/roles.js';
import type { CommandMessage, IdMessage, TaskStatusMessage } from '../wire/messages.js';

/** What a task of a client carries as payload of its spec. */
export interface ClientTask {
  readonly command: object & Partial<CommandMessage>;
}

/** Names behind the numbers that a scheduler speaks of. */
export interface ClientNames {
  readonly roles: Roles;
  agent(id: AgentId): string;
  /** -1: one that the scheduler does not use. */
  agentId(name: string): AgentId;
  task(id: TaskId): string;
  /** -1: none of its tasks. */
  taskId(name: string): TaskId;
}

/** An event of the scheduler API in its JSON form, as far as a client looks into it. */
export interface EventMessage {
  readonly type: string;
  readonly subscribed?: { readonly framework_id: IdMessage };
  readonly offers?: { readonly offers: readonly OfferMessage[] };
  readonly rescind?: { readonly offer_id: IdMessage };
  readonly update?: { readonly status: TaskStatusMessage & { readonly agent_id?: IdMessage } };
  readonly error?: { readonly message: string };
}

interface OfferMessage {
  readonly id: IdMessage;
  readonly agent_id: IdMessage;
  readonly allocation_info?: { readonly role?: string };
  readonly resources: readonly ResourceJson[];
}

/** An offer as the master knows it. */
interface KnownOffer {
  readonly name: string;
  readonly agent: string;
}

/**
 * The calls and events of one framework between the core's terms and the JSON of the v1 API. It remembers the names of offers
 * and updates until they are answered.
 */
export class SchedulerMessages {
  readonly #framework: FrameworkId;
  readonly #names: ClientNames;
  readonly #speedup: number;
  readonly #offers = new Map<OfferId, KnownOffer>();
  readonly #offerIds = new Map<string, OfferId>();
  readonly #uuids = new Map<number, string>();
  #numbered = 0;

  /** @param speedup microseconds of the scheduler's clock in one of the world's */
  constructor(framework: FrameworkId, names: ClientNames, speedup: number) {
    this.#framework = framework;
    this.#names = names;
    this.#speedup = speedup;
  }

  /** The subscription is new: what came on the one before is void. */
  forget(): void {
    this.#offers.clear();
    this.#offerIds.clear();
    this.#uuids.clear();
  }

  /** undefined: nothing that concerns a scheduler. `unused`: offers of agents that it does not use. */
  event(message: EventMessage): { event: SchedulerEvent | undefined; unused: readonly IdMessage[] } {
    const { type, rescind, error } = message;
    let event: SchedulerEvent | undefined;
    let unused: readonly IdMessage[] = [];
    if (type === 'SUBSCRIBED') event = { type, framework: this.#framework };
    else if (type === 'OFFERS') {
      const all = message.offers?.offers ?? [];
      const used = all.filter(({ agent_id: agent }) => this.#names.agentId(agent.value) >= 0);
      unused = all.filter((offer) => !used.includes(offer)).map(({ id }) => id);
      if (used.length > 0) event = { type, offers: used.map((offer) => this.#offer(offer)) };
    } else if (type === 'RESCIND') {
      const offer = this.#offerIds.get(rescind?.offer_id.value ?? '');
      if (offer !== undefined) event = { type, offer };
      if (offer !== undefined) this.#answered(offer);
    } else if (type === 'ERROR') event = { type, message: error?.message ?? '' };
    else if (type === 'UPDATE') event = this.#update(message);
    return { event, unused };
  }

  /** The content of a call, under its type in lower case; undefined: it has none. */
  content(call: SchedulerCall): object | undefined {
    switch (call.type) {
      case 'REQUEST':
        return { requests: call.asks.map((ask) => this.#ask(ask)) };
      case 'ACCEPT': {
        const operations = call.operations.flatMap((operation) => this.#operation(operation, call.offers[0]));
        return { offer_ids: this.#take(call.offers), operations, filters: this.#filters(call.refuseUs) };
      }
      case 'DECLINE':
        return { offer_ids: this.#take(call.offers), filters: this.#filters(call.refuseUs) };
      case 'ACKNOWLEDGE': {
        const uuid = this.#uuids.get(Number(call.update));
        this.#uuids.delete(Number(call.update));
        return { ...this.#place(call.task, call.agent), uuid };
      }
      case 'KILL':
        return this.#place(call.task, call.agent);
      case 'RECONCILE':
        return { tasks: call.tasks.map(({ task, agent }) => this.#place(task, agent)) };
      case 'SUPPRESS':
      case 'REVIVE':
        return { roles: this.#roles(call.roles) };
      default:
        return undefined;
    }
  }

  #offer({ id, agent_id: agent, allocation_info: allocation, resources }: OfferMessage): Offer {
    const read = resourcesFromJson(resources);
    const role = allocation?.role ?? read.allocationRoles[0] ?? '*';
    const offer = this.#numbered++;
    this.#offers.set(offer, { name: id.value, agent: agent.value });
    this.#offerIds.set(id.value, offer);
    return {
      id: offer,
      framework: this.#framework,
      role: this.#names.roles.find(role) ?? -1,
      agent: this.#names.agentId(agent.value),
      resources: read.resources,
      ask: undefined,
    };
  }

  #update({ update }: EventMessage): SchedulerEvent | undefined {
    if (update === undefined) return undefined;
    const { task_id: id, agent_id: agent, state, uuid, reason, message, source, ...details } = update.status;
    const task = this.#names.taskId(id.value);
    if (task < 0) return undefined;
    let number = 0;
    if (uuid !== undefined) this.#uuids.set((number = ++this.#numbered), uuid);
    return {
      type: 'UPDATE',
      framework: this.#framework,
      agent: agent === undefined ? -1 : this.#names.agentId(agent.value),
      task,
      state,
      update: number,
      source: source === 'SOURCE_AGENT' || source === 'SOURCE_EXECUTOR' ? source : 'SOURCE_MASTER',
      reason,
      message,
      timestamp: (details.timestamp ?? 0) * 1e6,
      details,
    };
  }

  #ask({ role, resources, count, allOrNothing, constraint, priority, estimateUs }: Ask): object {
    return {
      resources: resourcesToJson(resources, { legacy: false, allocationRole: this.#names.roles.path(role) }),
      count,
      all_or_nothing: allOrNothing,
      ...(constraint !== undefined && { constraint }),
      ...(priority !== undefined && { priority }),
      ...(estimateUs !== undefined && {
        estimate: { nanoseconds: Math.round((estimateUs * 1000) / this.#speedup) },
      }),
    };
  }

  #operation(operation: Operation, offer: OfferId | undefined): object[] {
    if (operation.type !== 'LAUNCH') return [];
    const agent = this.#offers.get(offer ?? -1)?.agent ?? '';
    const infos = operation.tasks.map((task) => this.#task(task, agent));
    return [{ type: 'LAUNCH', launch: { task_infos: infos } }];
  }

  #task({ task, resources, spec }: TaskInfo, agent: string): object {
    return {
      name: spec.name,
      task_id: { value: this.#names.task(task) },
      agent_id: { value: agent },
      resources: resourcesToJson(resources, { legacy: false }),
      ...(spec.payload as ClientTask),
    };
  }

  #place(task: TaskId, agent: AgentId): object {
    const where = agent < 0 ? {} : { agent_id: { value: this.#names.agent(agent) } };
    return { task_id: { value: this.#names.task(task) }, ...where };
  }

  /** The names of offers that are answered herewith. */
  #take(offers: readonly OfferId[]): IdMessage[] {
    const names = offers.map((offer) => ({ value: this.#offers.get(offer)?.name ?? '' }));
    for (const offer of offers) this.#answered(offer);
    return names;
  }

  #answered(offer: OfferId): void {
    this.#offerIds.delete(this.#offers.get(offer)?.name ?? '');
    this.#offers.delete(offer);
  }

  #roles(roles: readonly number[]): string[] {
    return roles.map((role) => this.#names.roles.path(role));
  }

  #filters(refuseUs: Micros): object {
    return refuseUs < 0 ? {} : { refuse_seconds: refuseUs / 1e6 / this.#speedup };
  }
}
