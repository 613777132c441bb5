import type { ServerResponse } from 'node:http';
import { SharedPieces } from '../wire/shared-pieces.js';
import type { Exchange } from './exchange.js';
import { writePaced } from './paced-writer.js';

/** Answers that are made piece by piece, so that one of a large cluster does not hold everybody else up. */
export class SlicedAnswers {
  readonly #shared = new SharedPieces();

  /**
   * Makes an answer and sends it. It has a length: one without is a stream to some clients. Rejects with what `make` throws.
   *
   * @param key the same for equal answers
   */
  async send(
    exchange: Exchange,
    mediaType: string,
    key: string,
    make: () => Generator<undefined, readonly Uint8Array[]>,
  ): Promise<void> {
    await this.#shared.make(`${mediaType} ${key}`, make, (pieces) => write(exchange, mediaType, pieces));
  }
}

/** Resolves when the pieces are not needed any more. */
async function write(
  { response, method }: Exchange,
  mediaType: string,
  pieces: readonly Uint8Array[],
): Promise<void> {
  if (response.destroyed) return;
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  response.writeHead(200, { 'Content-Type': mediaType, 'Content-Length': length });
  if (method === 'HEAD') response.end();
  else if (pieces.length === 1) await ended(response, pieces[0]);
  else {
    await writePaced(response, pieces);
    response.end();
  }
}

function ended(response: ServerResponse, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.end(piece);
  });
}
