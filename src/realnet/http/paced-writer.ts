import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';

/** Who takes nothing of a long answer for so long is cut off. */
const STALLED_MS = 60_000;

/** So many bytes are written in one turn of the loop. */
const TURN_BYTES = 64 * 1024;

/**
 * Writes pieces as fast as the reader takes them and some in a turn of the loop, which a fast reader would hold otherwise.
 * Resolves when all are written, or when the reader went away or takes nothing.
 */
export async function writePaced(response: ServerResponse, pieces: Iterable<Uint8Array>): Promise<void> {
  let written = 0;
  for (const piece of pieces) {
    if (written >= TURN_BYTES) {
      written = 0;
      await turn();
    }
    if (response.destroyed || response.writableEnded) return;
    written += piece.length;
    if (!response.write(piece)) await drained(response);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(stalled);
      response.off('drain', done).off('close', done);
      resolve();
    };
    const stalled = setTimeout(() => response.destroy(), STALLED_MS);
    response.on('drain', done).on('close', done);
  });
}
