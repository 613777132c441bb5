import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';

/** Who takes nothing of a long answer for so long is cut off. */
const STALLED_MS = 60_000;

/** So many bytes are written in one turn of the loop. */
const TURN_BYTES = 64 * 1024;

/**
 * Writes pieces as fast as the reader takes them and some in a turn of the loop, which a fast reader would hold otherwise.
 * Resolves when all have left this process, or when the reader went away or takes nothing: the pieces may be used again.
 */
export async function writePaced(response: ServerResponse, pieces: readonly Uint8Array[]): Promise<void> {
  let written = 0;
  for (const [at, piece] of pieces.entries()) {
    if (written >= TURN_BYTES) {
      written = 0;
      await turn();
    }
    if (response.destroyed || response.writableEnded) return;
    written += piece.length;
    if (at === pieces.length - 1) await taken(response, (done) => response.write(piece, done));
    else if (!response.write(piece)) await taken(response, (done) => response.once('drain', done));
  }
}

/** Waits for something that comes when the reader takes what was written, or until it went away. */
function taken(response: ServerResponse, when: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(stalled);
      response.off('drain', done).off('close', done);
      resolve();
    };
    const stalled = setTimeout(() => response.destroy(), STALLED_MS);
    response.once('close', done);
    when(done);
  });
}
