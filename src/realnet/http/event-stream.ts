import type { ServerResponse } from 'node:http';
import type { EventSink } from '../master/schedulers.js';
import { encode, MEDIA_TYPES, type Encoding } from '../wire/codec.js';
import type { Message } from '../wire/message-reader.js';
import type { MessageType } from '../wire/schema.js';
import { frame } from './recordio.js';

/** A reader that leaves more than this unread has lost touch; it may subscribe anew. */
const MOST_UNREAD_BYTES = 16 * 1024 * 1024;

/** A response that is a stream of events: RecordIO, one record a chunk (W-1.6). */
export class EventStream implements EventSink {
  readonly #response: ServerResponse;
  readonly #type: MessageType;
  readonly #encoding: Encoding;

  constructor(
    response: ServerResponse,
    type: MessageType,
    encoding: Encoding,
    headers: Readonly<Record<string, string>> = {},
  ) {
    this.#response = response;
    this.#type = type;
    this.#encoding = encoding;
    response.writeHead(200, {
      'Content-Type': MEDIA_TYPES[encoding],
      'Cache-Control': 'no-store',
      ...headers,
    });
    response.flushHeaders();
  }

  send(event: Message): void {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    response.write(frame(encode(this.#type, this.#encoding, event)));
    if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
  }

  end(): void {
    this.#response.end();
  }

  /** Called once, when the stream is over for whatever reason. */
  onClose(handler: () => void): void {
    this.#response.on('close', handler);
  }
}
