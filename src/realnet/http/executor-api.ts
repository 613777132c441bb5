import type { AgentHost } from '../agent/agent-host.js';
import type { CustomExecutor } from '../agent/custom-executor.js';
import type { ExecutorCallMessage } from '../wire/messages.js';
import { messageType } from '../wire/schema.js';
import { EventStream } from './event-stream.js';
import { answerEmpty, refuse, type Exchange, type Handler } from './exchange.js';
import { responseEncoding } from './negotiation.js';
import { takeCalls } from './take-calls.js';

/** An executor's stream hears from its agent at least this often (W-3.4). */
const HEARTBEAT_MS = 30 * 60 * 1000;

/**
 * `/api/v1/executor` of an agent (mesos-http-api section 3).
 *
 * @param asksToken executors say who they are by the token in their environment
 */
export function executorApi(host: AgentHost, asksToken: boolean): Handler {
  const taking = takeCalls(messageType('executor', 'Call'), (call, exchange) =>
    take(host, asksToken, call, exchange),
  );
  if (!asksToken) return taking;
  // Who shows no token of any executor here is told nothing else.
  const guarded: Handler = (exchange) =>
    host.containers.hasToken(tokenIn(exchange) ?? '') ? taking(exchange) : refuseToken(exchange);
  return Object.assign(guarded, { methods: taking.methods });
}

function tokenIn({ request }: Exchange): string | undefined {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
}

function take(host: AgentHost, asksToken: boolean, message: object, exchange: Exchange): void {
  const call = message as ExecutorCallMessage;
  const problem = callProblem(call);
  if (problem !== undefined) {
    refuse(exchange, { status: 400, reason: problem });
    return;
  }
  const executor = host.containers.custom(call.framework_id.value, call.executor_id.value);
  if (executor === undefined) {
    const what = host.containers.hasFramework(call.framework_id.value) ? 'Executor' : 'Framework';
    refuse(exchange, { status: 400, reason: `${what} cannot be found` });
    return;
  }
  if (asksToken && tokenIn(exchange) !== executor.token) {
    refuseToken(exchange);
    return;
  }
  if (call.type === 'SUBSCRIBE') subscribe(executor, call.subscribe ?? {}, exchange);
  else others(host, executor, call, exchange);
}

/** W-1.8. */
function refuseToken(exchange: Exchange): void {
  exchange.response.setHeader('WWW-Authenticate', 'Bearer realm="mesos-agent-executor"');
  refuse(exchange, { status: 401, reason: 'the token is not that of the executor' });
}

/** W-3.1. */
function callProblem({ type, subscribe, update, message }: ExecutorCallMessage): string | undefined {
  switch (type) {
    case 'SUBSCRIBE':
      return subscribe === undefined ? "Expecting 'subscribe' to be present" : undefined;
    case 'UPDATE':
      return update === undefined ? "Expecting 'update' to be present" : undefined;
    case 'MESSAGE':
      return message === undefined ? "Expecting 'message' to be present" : undefined;
    case 'HEARTBEAT':
      return undefined;
    default:
      return "Expecting 'type' to be present";
  }
}

function subscribe(
  executor: CustomExecutor,
  call: NonNullable<ExecutorCallMessage['subscribe']>,
  exchange: Exchange,
): void {
  const encoding = responseEncoding(exchange.request.headers);
  if (typeof encoding !== 'string') {
    refuse(exchange, encoding);
    return;
  }
  const stream = new EventStream(exchange.response, messageType('executor', 'Event'), encoding);
  const heartbeat = setInterval(() => stream.send({ type: 'HEARTBEAT' }), HEARTBEAT_MS);
  stream.onClose(() => {
    clearInterval(heartbeat);
    executor.unsubscribed(stream);
  });
  executor.subscribe(call, stream);
}

function others(
  host: AgentHost,
  executor: CustomExecutor,
  call: ExecutorCallMessage,
  exchange: Exchange,
): void {
  if (!executor.isSubscribed) {
    refuse(exchange, { status: 403, reason: 'Executor is not subscribed' });
    return;
  }
  const problem = call.update && executor.update(call.update.status);
  if (problem !== undefined) {
    refuse(exchange, { status: 400, reason: problem });
    return;
  }
  if (call.message !== undefined)
    host.executorMessage(call.framework_id.value, call.executor_id.value, call.message.data);
  answerEmpty(exchange, 202);
}
