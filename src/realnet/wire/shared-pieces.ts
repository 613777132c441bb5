import { release } from './pieces.js';
import { inSlices } from './slices.js';

type Pieces = readonly Uint8Array[];
type Make = () => Generator<undefined, Pieces>;

/** Something long that is made for some who asked for the same. */
interface Made {
  readonly pieces: Promise<Pieces>;
  /** Who still needs them. */
  readers: number;
}

/** Long answers, each made once for all who wait for it. */
export class SharedPieces {
  readonly #running = new Map<string, Made>();
  /** Those that begin when the running one of the same key is over. */
  readonly #waiting = new Map<string, Made>();

  /**
   * Makes pieces and gives them to `use`; when what that returns resolves they are used for something else. Of those who ask
   * while the same is made, all get the next, which shows what was so when they asked or later.
   *
   * @param key the same for what is the same
   */
  async make(key: string, make: Make, use: (pieces: Pieces) => Promise<void>): Promise<void> {
    const made = this.#made(key, make);
    made.readers++;
    const pieces = await made.pieces;
    try {
      await use(pieces);
    } finally {
      if (--made.readers === 0) release(pieces);
    }
  }

  #made(key: string, make: Make): Made {
    const running = this.#running.get(key);
    if (running === undefined) return this.#begin(key, make);
    let next = this.#waiting.get(key);
    if (next === undefined) {
      const begin = (): Promise<Pieces> => {
        this.#waiting.delete(key);
        return this.#begin(key, make).pieces;
      };
      this.#waiting.set(key, (next = { pieces: running.pieces.then(begin, begin), readers: 0 }));
    }
    return next;
  }

  #begin(key: string, make: Make): Made {
    const made = { pieces: inSlices(make()), readers: 0 };
    this.#running.set(key, made);
    const end = (): unknown => this.#running.delete(key);
    made.pieces.then(end, end);
    return made;
  }
}
