import type { AllocatorStream, RandomSource } from '../cluster/allocator.js';

/** A number that was drawn, and the one after it once that is drawn, too. */
interface Drawn {
  readonly value: number;
  next: Drawn | undefined;
}

interface Stream {
  readonly source: () => number;
  drawn: number;
  /** The last draw, since others go on from here: what one of them draws first the others get from it. */
  last: Drawn | undefined;
}

/** Random streams that count their draws, so that a snapshot can say where each stands. */
export class CountedStreams {
  readonly #source: (name: AllocatorStream) => Stream;
  readonly #streams = new Map<AllocatorStream, Stream>();

  constructor(source: RandomSource | CountedStreams) {
    this.#source =
      source instanceof CountedStreams
        ? (name) => source.#fork(name)
        : (name) => ({ source: source(name), drawn: 0, last: undefined });
  }

  stream(name: AllocatorStream): () => number {
    const stream = this.#source(name);
    this.#streams.set(name, stream);
    return () => {
      stream.drawn++;
      if (stream.last === undefined) return stream.source();
      stream.last = stream.last.next ??= { value: stream.source(), next: undefined };
      return stream.last.value;
    };
  }

  draws(): Record<string, number> {
    return Object.fromEntries([...this.#streams].map(([name, { drawn }]) => [name, drawn]));
  }

  /** Brings fresh streams to where they stood. */
  skip(draws: Readonly<Record<string, number>>): void {
    for (const [name, stream] of this.#streams) {
      for (let left = draws[name] ?? 0; left > 0; left--) stream.source();
      stream.drawn = draws[name] ?? 0;
    }
  }

  /** A stream that goes on from where this one stands; both draw the same. To draw all anew takes as long as the run so far. */
  #fork(name: AllocatorStream): Stream {
    const stream = this.#streams.get(name)!;
    stream.last ??= { value: 0, next: undefined };
    return { ...stream };
  }
}
