import type { FrameworkId, OfferId, RoleId } from '../../cluster/ids.js';
import { REFUSE_DEFAULT, type Ask, type FrameworkInfo, type SchedulerCall } from '../../cluster/protocol.js';
import { ResourceJsonError, resourcesFromJson } from '../../cluster/resources/json.js';
import { internRole, microsOf, microsOfNanos, readFrameworkInfo } from './framework-info.js';
import type { FiltersMessage, IdMessage, RequestMessage, SchedulerCallMessage } from './messages.js';
import { readOfferConstraints } from './offer-constraints.js';
import { readOperation } from './operations.js';
import type { TaskInfoIds } from './task-info.js';
import { isUuid, updateNumber } from './update-uuid.js';
import { WireError } from './wire-error.js';

/** Ids by name for the calls of one framework. */
export interface CallIds extends TaskInfoIds {
  /** -1: no offer of this master. */
  offer(name: string): OfferId;
}

/** The framework that calls. */
export interface Caller {
  readonly framework: FrameworkId;
  /** Full id as the outside sees it. */
  readonly name: string;
  /** As it subscribed last; undefined before. */
  readonly info: FrameworkInfo | undefined;
}

/** The field that carries the content of a call. */
const CONTENT: Readonly<Record<string, keyof SchedulerCallMessage | undefined>> = {
  SUBSCRIBE: 'subscribe',
  ACCEPT: 'accept',
  DECLINE: 'decline',
  KILL: 'kill',
  MESSAGE: 'message',
  SHUTDOWN: 'shutdown',
  ACKNOWLEDGE: 'acknowledge',
  RECONCILE: 'reconcile',
  REQUEST: 'request',
  UPDATE_FRAMEWORK: 'update_framework',
  ACCEPT_INVERSE_OFFERS: 'accept_inverse_offers',
  DECLINE_INVERSE_OFFERS: 'decline_inverse_offers',
  RECONCILE_OPERATIONS: 'reconcile_operations',
  ACKNOWLEDGE_OPERATION_STATUS: 'acknowledge_operation_status',
};

/** Why a call is not one, whoever sent it; undefined: it may be read. */
export function callProblem(call: SchedulerCallMessage): string | undefined {
  const { type } = call;
  if (type === undefined) return "Expecting 'type' to be present";
  const content = CONTENT[type];
  if (content !== undefined && call[content] === undefined) {
    return `Expecting '${content}' to be present`;
  }
  const outside = call.framework_id?.value ?? '';
  const info = call.subscribe?.framework_info ?? call.update_framework?.framework_info;
  // An empty id is none: the framework is new.
  if (type === 'SUBSCRIBE') return (info?.id?.value ?? '') === outside ? undefined : differs('subscribe');
  if (call.framework_id === undefined) return "Expecting 'framework_id' to be present";
  if (type === 'UPDATE_FRAMEWORK' && info?.id?.value !== outside) return differs('update_framework');
  return operationStatusProblem(call);
}

function differs(content: string): string {
  return `'framework_id' differs from '${content}.framework_info.id'`;
}

function operationStatusProblem(call: SchedulerCallMessage): string | undefined {
  const { type, acknowledge_operation_status: content } = call;
  if (type !== 'ACKNOWLEDGE_OPERATION_STATUS' || content === undefined) return undefined;
  if (content.agent_id === undefined) return "Expecting 'agent_id' to be present";
  return isUuid(content.uuid) ? undefined : "acknowledge_operation_status: 'uuid' has 16 bytes";
}

/** A framework that names a principal is that of the caller (mesos-http-api 2.1). @param principal undefined: nobody asked */
export function principalProblem(
  call: SchedulerCallMessage,
  principal: string | undefined,
): string | undefined {
  const { framework_info: info } = call.subscribe ?? call.update_framework ?? {};
  const named = info?.principal;
  if (principal === undefined || named === undefined || named === principal) return undefined;
  return `the caller is "${principal}", and FrameworkInfo.principal is "${named}"`;
}

/**
 * The call in the core's terms; undefined for one that the core does not know.
 *
 * @param call passed {@link callProblem}
 * @throws WireError
 */
export function readCall(
  call: SchedulerCallMessage,
  caller: Caller,
  ids: CallIds,
): SchedulerCall | undefined {
  const { framework } = caller;
  switch (call.type) {
    case 'ACCEPT': {
      const operations = (call.accept?.operations ?? []).flatMap((item) => readOperation(item, ids) ?? []);
      const { offer_ids: offers, filters } = call.accept ?? {};
      return {
        type: 'ACCEPT',
        framework,
        offers: offerIds(offers, ids),
        operations,
        refuseUs: refusal(filters),
      };
    }
    case 'DECLINE': {
      const { offer_ids: offers, filters } = call.decline ?? {};
      return { type: 'DECLINE', framework, offers: offerIds(offers, ids), refuseUs: refusal(filters) };
    }
    case 'ACCEPT_INVERSE_OFFERS':
    case 'DECLINE_INVERSE_OFFERS':
      return readInverseAnswer(call, call.type, caller, ids);
    case 'RECONCILE_OPERATIONS':
      return readReconcileOperations(call, caller, ids);
    case 'ACKNOWLEDGE':
      return readAcknowledge(call, caller, ids);
    case 'REQUEST':
      return {
        type: 'REQUEST',
        framework,
        asks: (call.request?.requests ?? []).map((ask) => readAsk(ask, caller, ids)),
      };
    case 'SUPPRESS':
      return { type: 'SUPPRESS', framework, roles: roleIds(call.suppress?.roles, ids) };
    case 'REVIVE':
      return { type: 'REVIVE', framework, roles: roleIds(call.revive?.roles, ids) };
    case 'KILL':
      return readKill(call, caller, ids);
    case 'RECONCILE': {
      const tasks = (call.reconcile?.tasks ?? []).map(({ task_id: task, agent_id: agent }) => ({
        task: ids.task(task.value),
        agent: agent === undefined ? -1 : ids.agent(agent.value),
      }));
      return { type: 'RECONCILE', framework, tasks };
    }
    case 'MESSAGE': {
      const { agent_id: agent, executor_id: executor, data } = call.message!;
      return { type: 'MESSAGE', framework, agent: ids.agent(agent.value), executorId: executor.value, data };
    }
    case 'SHUTDOWN': {
      const { agent_id: agent, executor_id: executor } = call.shutdown!;
      return { type: 'SHUTDOWN', framework, agent: ids.agent(agent.value), executorId: executor.value };
    }
    case 'TEARDOWN':
      return { type: 'TEARDOWN', framework };
    case 'SUBSCRIBE':
    case 'UPDATE_FRAMEWORK':
      return readDescription(call, call.type, caller, ids);
    default:
      return undefined;
  }
}

function readDescription(
  call: SchedulerCallMessage,
  type: 'SUBSCRIBE' | 'UPDATE_FRAMEWORK',
  { framework, name }: Caller,
  { roles }: CallIds,
): SchedulerCall | undefined {
  const content = type === 'SUBSCRIBE' ? call.subscribe : call.update_framework;
  if (content === undefined) return undefined;
  const { offer_constraints: constraints } = content;
  const info = {
    ...readFrameworkInfo(content.framework_info, name, roles),
    ...(constraints && { constraints: readOfferConstraints(constraints, roles) }),
  };
  const suppressedRoles = (content.suppressed_roles ?? []).map((role) => internRole(role, roles));
  return { type, framework, info, suppressedRoles };
}

function readInverseAnswer(
  call: SchedulerCallMessage,
  type: 'ACCEPT_INVERSE_OFFERS' | 'DECLINE_INVERSE_OFFERS',
  { framework }: Caller,
  ids: CallIds,
): SchedulerCall {
  const content = call.accept_inverse_offers ?? call.decline_inverse_offers;
  const offers = offerIds(content?.inverse_offer_ids, ids);
  return { type, framework, offers, refuseUs: refusal(content?.filters) };
}

function readReconcileOperations(
  { reconcile_operations: content }: SchedulerCallMessage,
  { framework }: Caller,
  ids: CallIds,
): SchedulerCall {
  const operations = (content?.operations ?? []).map(({ operation_id: id, agent_id: agent }) => ({
    id: id.value,
    agent: agent === undefined ? -1 : ids.agent(agent.value),
  }));
  return { type: 'RECONCILE_OPERATIONS', framework, operations };
}

function readAcknowledge(
  { acknowledge }: SchedulerCallMessage,
  { framework, name }: Caller,
  ids: CallIds,
): SchedulerCall | undefined {
  if (acknowledge === undefined) return undefined;
  const { agent_id: agent, task_id: task, uuid } = acknowledge;
  const owner = { agent: agent.value, framework: name, task: task.value };
  const update = updateNumber(owner, uuid);
  if (update === undefined) throw new WireError("'uuid' has 16 bytes").within('acknowledge');
  const where = { agent: ids.agent(agent.value), task: ids.task(task.value) };
  return { type: 'ACKNOWLEDGE', framework, ...where, update };
}

function readKill(
  { kill }: SchedulerCallMessage,
  { framework }: Caller,
  ids: CallIds,
): SchedulerCall | undefined {
  if (kill === undefined) return undefined;
  const grace = kill.kill_policy?.grace_period;
  return {
    type: 'KILL',
    framework,
    task: ids.task(kill.task_id.value),
    agent: kill.agent_id === undefined ? -1 : ids.agent(kill.agent_id.value),
    ...(grace && { graceUs: microsOfNanos(grace.nanoseconds) }),
  };
}

function readAsk(
  {
    resources,
    count = 1,
    all_or_nothing: allOrNothing = false,
    constraint,
    priority,
    estimate,
  }: RequestMessage,
  { info }: Caller,
  ids: CallIds,
): Ask {
  const read = readResources(resources);
  const [named] = read.allocationRoles;
  const role = named === undefined ? (info?.roles[0] ?? -1) : (ids.roles.find(named) ?? -1);
  return {
    role,
    resources: read.resources,
    count,
    allOrNothing,
    ...(constraint !== undefined && { constraint }),
    ...(priority !== undefined && { priority }),
    ...(estimate && { estimateUs: microsOfNanos(estimate.nanoseconds) }),
  };
}

function readResources(value: unknown): ReturnType<typeof resourcesFromJson> {
  try {
    return resourcesFromJson(value);
  } catch (error) {
    throw error instanceof ResourceJsonError ? new WireError(error.message) : error;
  }
}

function offerIds(names: readonly IdMessage[] | undefined, ids: CallIds): OfferId[] {
  return (names ?? []).map(({ value }) => ids.offer(value));
}

/** -1 for a role that nobody has: the core drops the call. */
function roleIds(names: readonly string[] | undefined, { roles }: CallIds): RoleId[] {
  return (names ?? []).map((name) => roles.find(name) ?? -1);
}

function refusal(filters: FiltersMessage | undefined): number {
  return filters === undefined || filters.refuse_seconds < 0
    ? REFUSE_DEFAULT
    : microsOf(filters.refuse_seconds);
}
