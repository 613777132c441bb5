import type { ServerResponse } from 'node:http';
import type { EventSink } from '../master/schedulers.js';
import { encode, MEDIA_TYPES, type Encoding } from '../wire/codec.js';
import type { Message } from '../wire/message-reader.js';
import type { MessageType } from '../wire/schema.js';
import { frame } from './recordio.js';

/** A reader that leaves more than this unread has lost touch; it may subscribe anew. */
const MOST_UNREAD_BYTES = 16 * 1024 * 1024;

/** A record up to this size is one chunk. */
const ONE_CHUNK_BYTES = 1024 * 1024;

/** A response that is a stream of events: RecordIO, one record a chunk (W-1.6). */
export class EventStream implements EventSink {
  readonly #response: ServerResponse;
  readonly #type: MessageType;
  readonly #encoding: Encoding;
  /** Bytes that may be unread beside the usual. */
  #granted = 0;

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
    this.write(frame(encode(this.#type, this.#encoding, event)));
  }

  /** A record with its length before it; the same bytes may go to many. */
  write(record: Uint8Array): void {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    response.write(record);
    if (response.writableLength > MOST_UNREAD_BYTES + this.#granted) response.destroy();
  }

  /** One record in pieces, which may be larger than what a reader may leave unread otherwise. */
  writePieces(pieces: readonly Uint8Array[]): void {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (length < ONE_CHUNK_BYTES) {
      response.write(frame(Buffer.concat(pieces)));
      return;
    }
    this.#granted = length;
    response.write(Buffer.from(`${length}\n`, 'latin1'));
    for (const piece of pieces) response.write(piece);
    response.once('drain', () => (this.#granted = 0));
  }

  end(): void {
    this.#response.end();
  }

  /** Called once, when the stream is over for whatever reason. */
  onClose(handler: () => void): void {
    this.#response.on('close', handler);
  }
}
