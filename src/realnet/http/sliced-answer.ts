import { inSlices } from '../state/slices.js';
import type { Exchange } from './exchange.js';
import { writePaced } from './paced-writer.js';

type Pieces = readonly Uint8Array[];

/** Answers that are made piece by piece, so that one of a large cluster does not hold everybody else up. */
export class SlicedAnswers {
  readonly #running = new Map<string, Promise<Pieces>>();
  /** Those that begin when the running one of the same key is over. */
  readonly #waiting = new Map<string, Promise<Pieces>>();

  /**
   * Makes an answer and sends it. It has a length: one without is a stream to some clients. Of those who ask while the same
   * answer is made, all get the next one, which shows what was so when they asked or later.
   *
   * @param key the same for equal answers
   */
  send(
    { response, method }: Exchange,
    mediaType: string,
    key: string,
    make: () => Generator<undefined, Pieces>,
  ): void {
    this.#made(`${mediaType} ${key}`, make).then(
      (pieces) => {
        if (response.destroyed) return;
        const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
        response.writeHead(200, { 'Content-Type': mediaType, 'Content-Length': length });
        if (method === 'HEAD') response.end();
        else if (pieces.length === 1) response.end(pieces[0]);
        else void writePaced(response, pieces).then(() => response.end());
      },
      (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
    );
  }

  #made(key: string, make: () => Generator<undefined, Pieces>): Promise<Pieces> {
    const running = this.#running.get(key);
    if (running === undefined) return this.#begin(key, make);
    let next = this.#waiting.get(key);
    if (next === undefined) {
      const begin = (): Promise<Pieces> => {
        this.#waiting.delete(key);
        return this.#begin(key, make);
      };
      this.#waiting.set(key, (next = running.then(begin, begin)));
    }
    return next;
  }

  #begin(key: string, make: () => Generator<undefined, Pieces>): Promise<Pieces> {
    const work = inSlices(make());
    this.#running.set(key, work);
    const end = (): unknown => this.#running.delete(key);
    work.then(end, end);
    return work;
  }
}
