import { newStreamId, type Schedulers, type Subscription } from '../master/schedulers.js';
import type { SchedulerCallMessage } from '../wire/messages.js';
import { callProblem, principalProblem } from '../wire/scheduler-call.js';
import { messageType } from '../wire/schema.js';
import { EventStream } from './event-stream.js';
import { answerStatus, refuse, type Exchange, type Handler } from './exchange.js';
import { responseEncoding } from './negotiation.js';
import { takeCalls } from './take-calls.js';

const STREAM_ID = 'mesos-stream-id';

/** `/api/v1/scheduler` (mesos-http-api section 2). */
export function schedulerApi(schedulers: Schedulers): Handler {
  return takeCalls(messageType('scheduler', 'Call'), (message, exchange) => {
    const call: SchedulerCallMessage = message;
    if (call.type === 'SUBSCRIBE') subscribe(schedulers, call, exchange);
    else others(schedulers, call, exchange);
  });
}

function subscribe(schedulers: Schedulers, call: SchedulerCallMessage, exchange: Exchange): void {
  const { request, response } = exchange;
  const problem = callProblem(call) ?? principalProblem(call, exchange.principal);
  if (problem !== undefined) {
    refuse(exchange, { status: 400, reason: problem });
    return;
  }
  const encoding = responseEncoding(request.headers);
  if (typeof encoding !== 'string') {
    refuse(exchange, encoding);
    return;
  }
  if (request.headers[STREAM_ID] !== undefined) {
    refuse(exchange, {
      status: 400,
      reason: "Subscribe calls should not include the 'Mesos-Stream-Id' header",
    });
    return;
  }
  const streamId = newStreamId();
  const headers = { 'Mesos-Stream-Id': streamId };
  const stream = new EventStream(response, messageType('scheduler', 'Event'), encoding, headers);
  const subscription: Subscription = schedulers.subscribe(call, streamId, stream);
  stream.onClose(() => schedulers.closed(subscription));
}

function others(schedulers: Schedulers, call: SchedulerCallMessage, exchange: Exchange): void {
  const encoding = responseEncoding(exchange.request.headers);
  // W-1.4: the one call that once was answered by itself.
  if (call.type === 'RECONCILE_OPERATIONS' && typeof encoding !== 'string') {
    refuse(exchange, encoding);
    return;
  }
  const header = exchange.request.headers[STREAM_ID];
  const streamId = typeof header === 'string' ? header : undefined;
  answerStatus(exchange, schedulers.call(call, streamId, exchange.principal));
}
