import type { Micros } from '../../cluster/ids.js';
import { quantitiesToJson, resourcesToJson } from '../../cluster/resources/json.js';
import { maintenanceSchedule, maintenanceStatus } from '../master/maintenance-calls.js';
import type { LoggingLevel } from '../logging-level.js';
import type { MasterHost } from '../master/master-host.js';
import type { OperatorEvents } from '../master/operator-events.js';
import type { Operator } from '../master/operator.js';
import { masterMetrics } from '../state/metrics.js';
import { rolesOf } from '../state/roles-state.js';
import { Each, encodeSliced, Sliced } from '../wire/sliced.js';
import type { Usage } from '../state/usage.js';
import type { V1State } from '../state/v1-state.js';
import { MEDIA_TYPES, type Encoding } from '../wire/codec.js';
import { masterInfo, type MasterAddress } from '../wire/master-info.js';
import type { Message } from '../wire/message-reader.js';
import { operatorCallProblem, type OperatorCallMessage } from '../wire/operator-call.js';
import { messageType } from '../wire/schema.js';
import { EventStream } from './event-stream.js';
import { answerEmpty, answerStatus, refuse, type Exchange, type Handler } from './exchange.js';
import { responseEncoding } from './negotiation.js';
import { SlicedAnswers } from './sliced-answer.js';
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
  const answers = new SlicedAnswers();
  return takeCalls(messageType('master', 'Call'), async (message, exchange) => {
    const call: OperatorCallMessage = message;
    const problem = operatorCallProblem(call);
    if (problem !== undefined) {
      refuse(exchange, { status: 400, reason: problem });
      return;
    }
    const accepted = responseEncoding(exchange.request.headers);
    if (typeof accepted !== 'string') refuse(exchange, accepted);
    else await answer(face, call, { encoding: accepted, answers }, exchange);
  });
}

async function answer(
  face: OperatorFace,
  call: OperatorCallMessage,
  { encoding, answers }: { readonly encoding: Encoding; readonly answers: SlicedAnswers },
  exchange: Exchange,
): Promise<void> {
  const { type = '' } = call;
  if (type === 'SUBSCRIBE') {
    const stream = new EventStream(exchange.response, messageType('master', 'Event'), encoding);
    await face.events.subscribe(stream, encoding);
    return;
  }
  if (call.type === 'SET_LOGGING_LEVEL' && call.set_logging_level !== undefined) {
    const { level, duration } = call.set_logging_level;
    face.logging.set(level, Number(duration.nanoseconds) / 1e6);
    answerEmpty(exchange, 200);
    return;
  }
  const changed = face.operator.take(call, exchange.principal);
  if (changed !== undefined) {
    face.host.deliver(() => answerStatus(exchange, changed));
    return;
  }
  if (type === 'LIST_FILES' || type === 'READ_FILE') {
    refuse(exchange, {
      status: 404,
      reason: 'the master keeps no files; sandboxes are at /files of their agent',
    });
    return;
  }
  const content = SHOWN[type];
  if (content === undefined) {
    refuse(exchange, { status: 501, reason: `${type} is not supported` });
    return;
  }
  await answers.send(exchange, MEDIA_TYPES[encoding], type, () => response(type, encoding, content(face)));
}

function* response(type: string, encoding: Encoding, content: Content): Generator<undefined, Uint8Array[]> {
  const inner = yield* content;
  const message = new Sliced({ type, [type.toLowerCase()]: inner });
  return yield* encodeSliced(messageType('master', 'Response').type, encoding, message);
}

type Content = Generator<undefined, Sliced>;

/** The content of answers that show something, by call. */
const SHOWN: Readonly<Record<string, ((face: OperatorFace) => Content) | undefined>> = {
  GET_STATE: ({ state }) => state.state(),
  GET_AGENTS: ({ state }) => withUsage(state, (usage) => state.agents(usage)),
  GET_FRAMEWORKS: ({ state }) => withUsage(state, (usage) => state.frameworks(usage)),
  GET_TASKS: ({ state }) => withUsage(state, (usage) => state.tasks(usage)),
  GET_EXECUTORS: ({ state }) => plain(state.executors()),
  GET_ROLES: ({ host }) => roles(host),
  GET_METRICS: metrics,
  GET_HEALTH: () => plain({ healthy: true }),
  GET_LOGGING_LEVEL: ({ logging }) => plain({ level: logging.value }),
  GET_VERSION: ({ startedUs }) => plain({ version_info: versionInfo(startedUs) }),
  GET_FLAGS: ({ flags }) =>
    plain({ flags: new Each(Object.entries(flags).map(([name, value]) => ({ name, value }))) }),
  GET_MASTER: ({ startedUs, address }) => {
    const seconds = startedUs / 1e6;
    return plain({ master_info: masterInfo(address), start_time: seconds, elected_time: seconds });
  },
  GET_WEIGHTS: ({ host }) => plain({ weight_infos: new Each(weightInfos(host)) }),
  GET_QUOTA: ({ host }) => plain({ status: quotaStatus(host) }),
  // Conversions are done within their call: none is ever under way.
  GET_OPERATIONS: () => plain({}),
  GET_MAINTENANCE_STATUS: ({ host }) => plain({ status: maintenanceStatus(host) }),
  GET_MAINTENANCE_SCHEDULE: ({ host }) => plain({ schedule: maintenanceSchedule(host) }),
};

export function weightInfos({ master: { cluster } }: MasterHost): Message[] {
  return [...cluster.weights].map(([role, weight]) => ({ weight, role: cluster.roles.path(role) }));
}

export function quotaStatus({ master: { cluster } }: MasterHost): Message {
  const configs = [...cluster.quotas].map(([role, { guarantees, limits }]) => ({
    role: cluster.roles.path(role),
    ...(Object.keys(guarantees).length > 0 && { guarantees: quantitiesToJson(guarantees) }),
    ...(Object.keys(limits).length > 0 && { limits: quantitiesToJson(limits) }),
  }));
  return configs.length === 0 ? {} : { configs };
}

function* plain(content: Message | Sliced): Content {
  yield undefined;
  return content instanceof Sliced ? content : new Sliced(content);
}

function* withUsage(state: V1State, content: (usage: Usage) => Sliced): Content {
  return content(yield* state.usage());
}

function* roles({ master }: MasterHost): Content {
  const states = yield* rolesOf(master);
  const messages = states.map(({ path, weight, frameworks, allocated }) => ({
    name: path,
    weight,
    ...(frameworks.length > 0 && { frameworks: frameworks.map((value) => ({ value })) }),
    ...(!allocated.isEmpty && { resources: resourcesToJson(allocated, { legacy: false }) }),
  }));
  return new Sliced({ roles: new Each(messages) });
}

function* metrics({ host, startedUs, events }: OperatorFace): Content {
  const figures = yield* masterMetrics(host, startedUs, events.count);
  return new Sliced({ metrics: new Each(Object.entries(figures).map(([name, value]) => ({ name, value }))) });
}
