import { type AgentFiles, FilesError } from '../agent/files.js';
import type { AgentView } from '../agent/agent-view.js';
import type { LoggingLevel } from '../logging-level.js';
import { encode, MEDIA_TYPES, type Encoding } from '../wire/codec.js';
import type { SetLoggingLevelMessage } from '../wire/operator-call.js';
import type { Message } from '../wire/message-reader.js';
import { messageType } from '../wire/schema.js';
import { answerEmpty, refuse, type Exchange, type Handler } from './exchange.js';
import { fileInfo } from './files-api.js';
import { responseEncoding } from './negotiation.js';
import { takeCalls } from './take-calls.js';

export interface AgentApiFace {
  readonly view: AgentView;
  readonly files: AgentFiles;
  readonly version: object;
  readonly metrics: () => Readonly<Record<string, number>>;
  /** How the agent was started, by option. */
  readonly flags: Readonly<Record<string, string>>;
  readonly logging: LoggingLevel;
}

interface AgentCall {
  readonly type?: string;
  readonly set_logging_level?: SetLoggingLevelMessage;
  readonly list_files?: { readonly path: string };
  readonly read_file?: { readonly path: string; readonly offset: number; readonly length?: number };
}

/** Undefined: done, there is nothing to show. */
type Answer = (face: AgentApiFace, call: AgentCall) => Message | undefined | Promise<Message>;

/** What is answered, by the type of the call; other types are 501 (mesos-http-api 6.3). */
const ANSWERS: Readonly<Record<string, Answer | undefined>> = {
  GET_HEALTH: () => ({ get_health: { healthy: true } }),
  GET_FLAGS: ({ flags }) => ({
    get_flags: { flags: Object.entries(flags).map(([name, value]) => ({ name, value })) },
  }),
  GET_VERSION: ({ version }) => ({ get_version: { version_info: version } }),
  GET_METRICS: ({ metrics }) => ({
    get_metrics: { metrics: Object.entries(metrics()).map(([name, value]) => ({ name, value })) },
  }),
  GET_LOGGING_LEVEL: ({ logging }) => ({ get_logging_level: { level: logging.value } }),
  SET_LOGGING_LEVEL: ({ logging }, { set_logging_level: set }) => {
    if (set !== undefined) logging.set(set.level, Number(set.duration.nanoseconds) / 1e6);
    return undefined;
  },
  GET_STATE: ({ view }) => ({
    get_state: {
      get_tasks: view.getTasks(),
      get_executors: view.getExecutors(),
      get_frameworks: view.getFrameworks(),
    },
  }),
  GET_TASKS: ({ view }) => ({ get_tasks: view.getTasks() }),
  GET_EXECUTORS: ({ view }) => ({ get_executors: view.getExecutors() }),
  GET_FRAMEWORKS: ({ view }) => ({ get_frameworks: view.getFrameworks() }),
  GET_CONTAINERS: async ({ view }) => ({ get_containers: await view.getContainers() }),
  GET_AGENT: ({ view }) => ({ get_agent: { agent_info: view.agentInfo() } }),
  GET_OPERATIONS: () => ({ get_operations: {} }),
  LIST_FILES: ({ files }, { list_files: list }) => ({
    list_files: { file_infos: files.browse(list?.path).map(fileInfo) },
  }),
  READ_FILE: ({ files }, { read_file: read }) => {
    const { size, data } = files.read(read?.path, read?.offset ?? 0, read?.length);
    return { read_file: { size, data: data.toString('base64') } };
  },
};

/** Calls whose content has to be there, under its own name in lower case. */
const WITH_CONTENT = new Set(['SET_LOGGING_LEVEL', 'LIST_FILES', 'READ_FILE', 'GET_METRICS']);

/** `/api/v1` of an agent. */
export function agentApi(face: AgentApiFace): Handler {
  return takeCalls(messageType('agent', 'Call'), async (message, exchange) => {
    const call = message as AgentCall;
    const answer = answerTo(call, exchange);
    if (answer === undefined) return;
    const wanted = responseEncoding(exchange.request.headers);
    if (typeof wanted !== 'string') {
      refuse(exchange, wanted);
      return;
    }
    try {
      const content = await answer(face, call);
      if (content === undefined) answerEmpty(exchange, 200);
      else show(call, wanted, content, exchange);
    } catch (error) {
      if (!(error instanceof FilesError)) throw error;
      refuse(exchange, { status: error.status, reason: error.message });
    }
  });
}

function show({ type }: AgentCall, encoding: Encoding, content: Message, { response }: Exchange): void {
  const body = encode(messageType('agent', 'Response'), encoding, { type, ...content });
  response.writeHead(200, { 'Content-Type': MEDIA_TYPES[encoding], 'Content-Length': body.length });
  response.end(body);
}

function answerTo({ type, ...call }: AgentCall, exchange: Exchange): Answer | undefined {
  const content = type?.toLowerCase();
  const needs = WITH_CONTENT.has(type ?? '');
  if (type === undefined) {
    refuse(exchange, { status: 400, reason: "Expecting 'type' to be present" });
    return undefined;
  }
  if (needs && (call as Message)[content!] === undefined) {
    refuse(exchange, { status: 400, reason: `Expecting '${content}' to be present` });
    return undefined;
  }
  const answer = ANSWERS[type];
  if (answer === undefined) refuse(exchange, { status: 501, reason: `${type} is not supported` });
  return answer;
}
