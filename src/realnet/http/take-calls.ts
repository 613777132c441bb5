import { decode } from '../wire/codec.js';
import type { Message } from '../wire/message-reader.js';
import type { MessageType } from '../wire/schema.js';
import { WireError } from '../wire/wire-error.js';
import { only, refuse, type Exchange, type Handler } from './exchange.js';
import { requestEncoding } from './negotiation.js';

/**
 * An endpoint that takes calls by POST, in JSON or protobuf (W-1.2): what cannot be read is refused with 400 or 415, the
 * rest goes to `take`, which may throw a `WireError` itself, or reject with one.
 */
export function takeCalls(
  callType: MessageType,
  take: (call: Message, exchange: Exchange) => ReturnType<Handler>,
): Handler {
  return only('POST', async (exchange) => {
    const encoding = requestEncoding(exchange.request.headers);
    if (typeof encoding !== 'string') {
      refuse(exchange, encoding);
      return;
    }
    try {
      await take(decode(callType, encoding, exchange.body), exchange);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      refuse(exchange, { status: 400, reason: `Failed to parse body into Call: ${error.message}` });
    }
  });
}
