import { Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { inSlices } from '../state/slices.js';
import type { Exchange } from './exchange.js';

/**
 * An answer that is made piece by piece, so that one of a large cluster does not hold everybody else up. It has a length:
 * one without is a stream to some clients.
 */
export function answerPieces(
  { response, method }: Exchange,
  mediaType: string,
  work: Generator<undefined, Uint8Array[]>,
): void {
  inSlices(work).then(
    (pieces) => {
      if (response.destroyed) return;
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
      response.writeHead(200, { 'Content-Type': mediaType, 'Content-Length': length });
      if (method === 'HEAD') response.end();
      // A reader that went away in between is no fault of ours.
      else pipeline(Readable.from(pieces, { objectMode: false }), response, () => undefined);
    },
    (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
  );
}
