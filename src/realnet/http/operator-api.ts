import type { Micros } from '../../cluster/ids.js';
import { quantitiesToJson } from '../../cluster/resources/json.js';
import { resourcesToJson } from '../../cluster/resources/json.js';
import { maintenanceSchedule, maintenanceStatus } from '../master/maintenance-calls.js';
import type { LoggingLevel } from '../logging-level.js';
import type { MasterHost } from '../master/master-host.js';
import type { OperatorEvents } from '../master/operator-events.js';
import type { Operator } from '../master/operator.js';
import { masterMetrics } from '../state/metrics.js';
import { rolesOf } from '../state/roles-state.js';
import { Each, encodeSliced, Sliced } from '../state/sliced.js';
import type { V1State } from '../state/v1-state.js';
import { MEDIA_TYPES, type Encoding } from '../wire/codec.js';
import { masterInfo, type MasterAddress } from '../wire/master-info.js';
import type { Message } from '../wire/message-reader.js';
import { operatorCallProblem, type OperatorCallMessage } from '../wire/operator-call.js';
import { messageType } from '../wire/schema.js';
import { EventStream } from './event-stream.js';
import { answerEmpty, refuse, type Exchange, type Handler } from './exchange.js';
import { responseEncoding } from './negotiation.js';
import { answerPieces } from './sliced-answer.js';
import { versionInfo } from './version-info.js';
import { takeCalls } from './take-calls.js';

/** What the operator API of a master shows and does. */
export interface OperatorFace {
  readonly host: MasterHost;
  readonly state: V1State;
  readonly operator: Operator;
  readonly events: OperatorEvents;
  readonly address: MasterAddress;
  readonly startedUs: Micros;
  readonly logging: LoggingLevel;
  /** How the master was started, by option. */
  readonly flags: Readonly<Record<string, string>>;
}

/** `/api/v1` of a master (mesos-http-api 6.1 and 6.2). */
export function operatorApi(face: OperatorFace): Handler {
  return takeCalls(messageType('master', 'Call'), (message, exchange) => {
    const call: OperatorCallMessage = message;
    const problem = operatorCallProblem(call);
    if (problem !== undefined) {
      refuse(exchange, { status: 400, reason: problem });
      return;
    }
    const accepted = responseEncoding(exchange.request.headers);
    if (typeof accepted !== 'string') refuse(exchange, accepted);
    else answer(face, call, accepted, exchange);
  });
}

function answer(face: OperatorFace, call: OperatorCallMessage, encoding: Encoding, exchange: Exchange): void {
  const { type = '' } = call;
  if (type === 'SUBSCRIBE') {
    const stream = new EventStream(exchange.response, messageType('master', 'Event'), encoding);
    void face.events.subscribe(stream, encoding);
    return;
  }
  if (call.type === 'SET_LOGGING_LEVEL' && call.set_logging_level !== undefined) {
    const { level, duration } = call.set_logging_level;
    face.logging.set(level, duration.nanoseconds / 1e6);
    answerEmpty(exchange, 200);
    return;
  }
  const changed = face.operator.take(call, exchange.principal);
  if (changed !== undefined) {
    const { status, reason } = changed;
    face.host.deliver(() => {
      if (reason === undefined) answerEmpty(exchange, status);
      else refuse(exchange, { status, reason });
    });
    return;
  }
  if (type === 'LIST_FILES' || type === 'READ_FILE') {
    refuse(exchange, {
      status: 404,
      reason: 'the master keeps no files; sandboxes are at /files of their agent',
    });
    return;
  }
  const content = contentOf(face, type);
  if (content === undefined) {
    refuse(exchange, { status: 501, reason: `${type} is not supported` });
    return;
  }
  answerPieces(exchange, MEDIA_TYPES[encoding], response(type, encoding, content));
}

function* response(
  type: string,
  encoding: Encoding,
  content: Generator<undefined, Sliced>,
): Generator<undefined, Uint8Array[]> {
  const inner = yield* content;
  const message = new Sliced({ type, [type.toLowerCase()]: inner });
  return yield* encodeSliced(messageType('master', 'Response').type, encoding, message);
}

/** The content of an answer that shows something; undefined for a call that is not supported. */
function contentOf(face: OperatorFace, type: string): Generator<undefined, Sliced> | undefined {
  const { state } = face;
  switch (type) {
    case 'GET_STATE':
      return state.state();
    case 'GET_AGENTS':
      return withUsage(state, (usage) => state.agents(usage));
    case 'GET_FRAMEWORKS':
      return withUsage(state, (usage) => state.frameworks(usage));
    case 'GET_TASKS':
      return plain(state.tasks());
    case 'GET_EXECUTORS':
      return plain(state.executors());
    case 'GET_ROLES':
      return roles(face.host);
    case 'GET_METRICS':
      return metrics(face);
    default:
      return smallContentOf(face, type);
  }
}

function smallContentOf(face: OperatorFace, type: string): Generator<undefined, Sliced> | undefined {
  const { cluster } = face.host.master;
  switch (type) {
    case 'GET_HEALTH':
      return plain(new Sliced({ healthy: true }));
    case 'GET_LOGGING_LEVEL':
      return plain(new Sliced({ level: face.logging.value }));
    case 'GET_VERSION':
      return plain(new Sliced({ version_info: versionInfo(face.startedUs) }));
    case 'GET_FLAGS': {
      const flags = Object.entries(face.flags).map(([name, value]) => ({ name, value }));
      return plain(new Sliced({ flags: new Each(flags) }));
    }
    case 'GET_MASTER': {
      const seconds = face.startedUs / 1e6;
      return plain(
        new Sliced({ master_info: masterInfo(face.address), start_time: seconds, elected_time: seconds }),
      );
    }
    case 'GET_WEIGHTS': {
      const infos = [...cluster.weights].map(([role, weight]) => ({
        weight,
        role: cluster.roles.path(role),
      }));
      return plain(new Sliced({ weight_infos: new Each(infos) }));
    }
    case 'GET_QUOTA':
      return plain(new Sliced({ status: quotaStatus(face.host) }));
    // Conversions are done within their call: none is ever under way.
    case 'GET_OPERATIONS':
      return plain(new Sliced({}));
    case 'GET_MAINTENANCE_STATUS':
      return plain(new Sliced({ status: maintenanceStatus(face.host) }));
    case 'GET_MAINTENANCE_SCHEDULE':
      return plain(new Sliced({ schedule: maintenanceSchedule(face.host) }));
    default:
      return undefined;
  }
}

export function quotaStatus({ master: { cluster } }: MasterHost): Message {
  const configs = [...cluster.quotas].map(([role, { guarantees, limits }]) => ({
    role: cluster.roles.path(role),
    ...(Object.keys(guarantees).length > 0 && { guarantees: quantitiesToJson(guarantees) }),
    ...(Object.keys(limits).length > 0 && { limits: quantitiesToJson(limits) }),
  }));
  return configs.length === 0 ? {} : { configs };
}

function* plain(content: Sliced): Generator<undefined, Sliced> {
  yield undefined;
  return content;
}

function* withUsage(
  state: V1State,
  content: (usage: Parameters<V1State['agents']>[0]) => Sliced,
): Generator<undefined, Sliced> {
  return content(yield* state.usage());
}

function* roles({ master }: MasterHost): Generator<undefined, Sliced> {
  const states = yield* rolesOf(master);
  const messages = states.map(({ path, weight, frameworks, allocated }) => ({
    name: path,
    weight,
    ...(frameworks.length > 0 && { frameworks: frameworks.map((value) => ({ value })) }),
    ...(!allocated.isEmpty && { resources: resourcesToJson(allocated, { legacy: false }) }),
  }));
  return new Sliced({ roles: new Each(messages) });
}

function* metrics({ host, startedUs, events }: OperatorFace): Generator<undefined, Sliced> {
  const figures = yield* masterMetrics(host, startedUs, events.count);
  return new Sliced({ metrics: new Each(Object.entries(figures).map(([name, value]) => ({ name, value }))) });
}
