import { newStreamId, type Schedulers, type Subscription } from '../master/schedulers.js';
import { decode } from '../wire/codec.js';
import type { SchedulerCallMessage } from '../wire/messages.js';
import { callProblem, principalProblem } from '../wire/scheduler-call.js';
import { messageType } from '../wire/schema.js';
import { WireError } from '../wire/wire-error.js';
import { EventStream } from './event-stream.js';
import { answerEmpty, only, refuse, type Exchange, type Handler } from './exchange.js';
import { requestEncoding, responseEncoding } from './negotiation.js';

const STREAM_ID = 'mesos-stream-id';

/** `/api/v1/scheduler` (mesos-http-api section 2). */
export function schedulerApi(schedulers: Schedulers): Handler {
  const callType = messageType('scheduler', 'Call');
  return only('POST', (exchange) => {
    const encoding = requestEncoding(exchange.request.headers);
    if (typeof encoding !== 'string') {
      refuse(exchange, encoding);
      return;
    }
    let call: SchedulerCallMessage;
    try {
      call = decode(callType, encoding, exchange.body);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      refuse(exchange, { status: 400, reason: `Failed to parse body into Call: ${error.message}` });
      return;
    }
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
  const header = exchange.request.headers[STREAM_ID];
  const streamId = typeof header === 'string' ? header : undefined;
  const { status, reason } = schedulers.call(call, streamId, exchange.principal);
  if (reason === undefined) answerEmpty(exchange, status);
  else refuse(exchange, { status, reason });
}
