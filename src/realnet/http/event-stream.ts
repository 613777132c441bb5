import type { ServerResponse } from 'node:http';
import type { EventSink } from '../master/schedulers.js';
import { release } from '../wire/pieces.js';
import { encodeSliced, Sliced } from '../wire/sliced.js';
import { inSlices } from '../wire/slices.js';
import { encode, MEDIA_TYPES, type Encoding } from '../wire/codec.js';
import type { Message } from '../wire/message-reader.js';
import type { MessageType } from '../wire/schema.js';
import { writePaced } from './paced-writer.js';
import { frame, framed } from './recordio.js';

/** A reader that leaves more than this unread has lost touch; it may subscribe anew. */
const MOST_UNREAD_BYTES = 16 * 1024 * 1024;

/** A record up to this size is one chunk. */
const ONE_CHUNK_BYTES = 1024 * 1024;

/** A response that is a stream of events: RecordIO, one record a chunk (W-1.6). */
export class EventStream implements EventSink {
  readonly #response: ServerResponse;
  readonly #type: MessageType;
  readonly #encoding: Encoding;
  /** What comes behind a record that is being made in turns; undefined: none is. */
  #queue: (Uint8Array | Sliced)[] | undefined;
  #queuedBytes = 0;
  #hasEnded = false;

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

  send(event: Message | Sliced): void {
    if (this.#isClosed) return;
    if (!(event instanceof Sliced)) {
      this.write(frame(encode(this.#type, this.#encoding, event)));
    } else if (this.#queue === undefined) {
      this.#queue = [event];
      void this.#empty(this.#queue);
    } else {
      this.#queue.push(event);
    }
  }

  /** A record with its length before it; the same bytes may go to many. */
  write(record: Uint8Array): void {
    const response = this.#response;
    if (this.#isClosed) return;
    if (this.#queue === undefined) {
      response.write(record);
    } else {
      this.#queue.push(record);
      this.#queuedBytes += record.length;
    }
    if (response.writableLength + this.#queuedBytes > MOST_UNREAD_BYTES) response.destroy();
  }

  /**
   * One record in pieces, as fast as the reader takes them. Nothing else may be written until this resolves; then the pieces
   * may be used again.
   */
  async writePieces(pieces: readonly Uint8Array[]): Promise<void> {
    const response = this.#response;
    if (this.#isClosed) return;
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (length < ONE_CHUNK_BYTES) response.write(framed(pieces));
    else await writePaced(response, [Buffer.from(`${length}\n`, 'latin1'), ...pieces]);
  }

  /** Records with their lengths before them, in the same way. */
  async writeAll(records: readonly Uint8Array[]): Promise<void> {
    await writePaced(this.#response, records);
  }

  end(): void {
    this.#hasEnded = true;
    if (this.#queue === undefined) this.#response.end();
  }

  /** Called once, when the stream is over for whatever reason. */
  onClose(handler: () => void): void {
    this.#response.on('close', handler);
  }

  get #isClosed(): boolean {
    return this.#response.destroyed || this.#hasEnded;
  }

  async #empty(queue: (Uint8Array | Sliced)[]): Promise<void> {
    const response = this.#response;
    try {
      for (let next = queue.shift(); next !== undefined && !response.destroyed; next = queue.shift()) {
        if (!(next instanceof Sliced)) this.#queuedBytes -= next.length;
        response.write(next instanceof Sliced ? await this.#made(next) : next);
      }
    } catch (error) {
      response.destroy(error as Error);
    }
    this.#queue = undefined;
    if (this.#hasEnded) response.end();
  }

  async #made(event: Sliced): Promise<Uint8Array> {
    const pieces = await inSlices(encodeSliced(this.#type.type, this.#encoding, event));
    const record = framed(pieces);
    release(pieces);
    return record;
  }
}
