import type { ServerResponse } from 'node:http';
import type { EventSink } from '../master/schedulers.js';
import { encode, MEDIA_TYPES, type Encoding } from '../wire/codec.js';
import type { Message } from '../wire/message-reader.js';
import type { MessageType } from '../wire/schema.js';
import { writePaced } from './paced-writer.js';
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
    if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
  }

  /**
   * One record in pieces, as fast as the reader takes them. Nothing else may be written until this resolves; then the pieces
   * may be used again.
   */
  async writePieces(pieces: readonly Uint8Array[]): Promise<void> {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (length < ONE_CHUNK_BYTES) response.write(frame(Buffer.concat(pieces)));
    else await writePaced(response, [Buffer.from(`${length}\n`, 'latin1'), ...pieces]);
  }

  /** Records with their lengths before them, in the same way. */
  async writeAll(records: readonly Uint8Array[]): Promise<void> {
    await writePaced(this.#response, records);
  }

  end(): void {
    this.#response.end();
  }

  /** Called once, when the stream is over for whatever reason. */
  onClose(handler: () => void): void {
    this.#response.on('close', handler);
  }
}
