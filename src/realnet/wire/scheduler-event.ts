import type { AgentId, FrameworkId, OfferId, TaskId } from '../../cluster/ids.js';
import type { InverseOffer } from '../../cluster/maintenance.js';
import type {
  AgentInfo,
  FrameworkInfo,
  Offer,
  SchedulerEvent,
  StatusUpdate,
} from '../../cluster/protocol.js';
import { resourcesToJson } from '../../cluster/resources/json.js';
import type { Roles } from '../../cluster/roles.js';
import { Each, Sliced } from './sliced.js';
import { nanosText } from './duration-text.js';
import { unavailabilityMessage } from './maintenance.js';
import type { Message } from './message-reader.js';
import { attributeMessage, domainMessage } from './messages.js';
import { updateUuid } from './update-uuid.js';

/** Names by id, as the writer of an event needs them. */
export interface EventNames {
  framework(id: FrameworkId): string;
  agent(id: AgentId): string;
  task(id: TaskId): string;
  offer(id: OfferId): string;
  agentInfo(id: AgentId): AgentInfo | undefined;
  /** The executor that a task runs in; undefined when that is not known. */
  executor(task: TaskId): string | undefined;
  /** Ids of the executors of a framework on an agent. */
  executors(agent: AgentId, framework: FrameworkId): readonly string[];
  readonly roles: Roles;
}

/** What SUBSCRIBED says beside the framework's id. */
export interface Greeting {
  readonly heartbeatSeconds: number;
  readonly masterInfo: Message;
}

export const HEARTBEAT: Message = { type: 'HEARTBEAT' };

/** Most offers that are made into a message at once; more take turns with everything else. */
const MOST_AT_ONCE = 100;

/** An event of the core as the scheduler API says it. */
export function eventMessage(
  event: SchedulerEvent,
  info: FrameworkInfo | undefined,
  names: EventNames,
  greeting: Greeting,
): Message | Sliced {
  const { type } = event;
  switch (event.type) {
    case 'UPDATE':
      return { type, update: { status: statusMessage(event, names) } };
    case 'OFFERS':
      return offersEvent(event.type, event.offers, names, (offer, agent) =>
        offerMessage(offer, info, names, agent),
      );
    case 'RESCIND':
      return { type, rescind: { offer_id: { value: names.offer(event.offer) } } };
    case 'SUBSCRIBED':
      return {
        type,
        subscribed: {
          framework_id: { value: names.framework(event.framework) },
          heartbeat_interval_seconds: greeting.heartbeatSeconds,
          master_info: greeting.masterInfo,
        },
      };
    case 'FAILURE': {
      const { agent, executorId, status } = event;
      const failure = {
        agent_id: { value: names.agent(agent) },
        ...(executorId !== undefined && { executor_id: { value: executorId }, status: status ?? -1 }),
      };
      return { type, failure };
    }
    case 'MESSAGE': {
      const { agent, executorId, data } = event;
      const message = {
        agent_id: { value: names.agent(agent) },
        executor_id: { value: executorId },
        data,
      };
      return { type, message };
    }
    case 'INVERSE_OFFERS':
      return offersEvent(event.type, event.offers, names, (offer, agent) =>
        inverseOfferMessage(offer, names, agent),
      );
    case 'RESCIND_INVERSE_OFFER':
      return { type, rescind_inverse_offer: { inverse_offer_id: { value: names.offer(event.offer) } } };
    case 'UPDATE_OPERATION_STATUS': {
      const { id, state, message, converted, agent } = event;
      const status = {
        operation_id: { value: id },
        state,
        ...(message !== undefined && { message }),
        ...(converted && { converted_resources: resourcesToJson(converted, { legacy: false }) }),
        ...(agent !== -1 && { agent_id: { value: names.agent(agent) } }),
      };
      return { type, update_operation_status: { status } };
    }
    case 'ERROR':
      return { type, error: { message: event.message } };
  }
}

/** Many of them are made in turns. */
function offersEvent<Of extends Offer | InverseOffer>(
  type: 'OFFERS' | 'INVERSE_OFFERS',
  offers: readonly Of[],
  names: EventNames,
  messageOf: (offer: Of, agent: AgentInfo | undefined) => Message,
): Message | Sliced {
  const field = type.toLowerCase();
  // An agent may be gone when its turn comes.
  const agents = offers.map(({ agent }) => names.agentInfo(agent));
  function* messages(): Generator<Message> {
    for (const [at, offer] of offers.entries()) yield messageOf(offer, agents[at]);
  }
  return offers.length > MOST_AT_ONCE
    ? new Sliced({ type, [field]: new Sliced({ [field]: new Each(messages()) }) })
    : { type, [field]: { [field]: [...messages()] } };
}

/** The status of a task, with a uuid when an acknowledgement is due. */
export function statusMessage(
  update: StatusUpdate,
  names: Pick<EventNames, 'framework' | 'agent' | 'task' | 'executor'>,
): Message {
  const { agent, task, state, update: number, source, reason, message, timestamp, details } = update;
  const { unreachableUs } = update;
  const taskName = names.task(task);
  const owner = { agent: names.agent(agent), framework: names.framework(update.framework), task: taskName };
  const executor = names.executor(task);
  return {
    ...(details as Message | undefined),
    task_id: { value: taskName },
    state,
    ...(message !== undefined && { message }),
    source,
    ...(reason !== undefined && { reason }),
    ...(agent !== -1 && { agent_id: { value: owner.agent } }),
    ...(executor !== undefined && { executor_id: { value: executor } }),
    timestamp: timestamp / 1e6,
    ...(unreachableUs !== undefined && { unreachable_time: { nanoseconds: nanosText(unreachableUs) } }),
    ...(number !== 0 && { uuid: updateUuid(owner, Number(number)) }),
  };
}

/** An offer, in the terms that the framework's capabilities allow. */
export function offerMessage(
  offer: Offer,
  info: FrameworkInfo | undefined,
  names: EventNames,
  agent = names.agentInfo(offer.agent),
): Message {
  const role = names.roles.path(offer.role);
  const isMultiRole = info?.capabilities.includes('MULTI_ROLE') === true;
  const legacy = info?.capabilities.includes('RESERVATION_REFINEMENT') !== true;
  const hostname = agent?.hostname ?? '';
  const executors = names.executors(offer.agent, offer.framework);
  return {
    id: { value: names.offer(offer.id) },
    framework_id: { value: names.framework(offer.framework) },
    agent_id: { value: names.agent(offer.agent) },
    hostname,
    url: urlOf(agent),
    ...(agent?.unavailability && { unavailability: unavailabilityMessage(agent.unavailability) }),
    ...(agent?.domain && { domain: domainMessage(agent.domain) }),
    resources: resourcesToJson(offer.resources, isMultiRole ? { legacy, allocationRole: role } : { legacy }),
    ...(executors.length > 0 && { executor_ids: executors.map((value) => ({ value })) }),
    ...(agent && agent.attributes.length > 0 && { attributes: agent.attributes.map(attributeMessage) }),
    ...(isMultiRole && { allocation_info: { role } }),
  };
}

function urlOf(agent: AgentInfo | undefined): Message {
  const address = { hostname: agent?.hostname ?? '', ip: agent?.ip ?? '', port: agent?.port ?? 0 };
  return { scheme: 'http', address, path: '/slave(1)' };
}

/** The request to leave an agent; without resources it means all of it. */
function inverseOfferMessage(
  { id, framework, agent, unavailability }: InverseOffer,
  names: EventNames,
  info: AgentInfo | undefined,
): Message {
  return {
    id: { value: names.offer(id) },
    url: urlOf(info),
    framework_id: { value: names.framework(framework) },
    agent_id: { value: names.agent(agent) },
    unavailability: unavailabilityMessage(unavailability),
  };
}
