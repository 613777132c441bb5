import type { AllocatorStream, RandomSource } from '../cluster/allocator.js';

/** Random streams that count their draws, so that a snapshot can say where each stands. */
export class CountedStreams {
  readonly #source: RandomSource;
  readonly #streams = new Map<AllocatorStream, { next: () => number; drawn: number }>();

  constructor(source: RandomSource) {
    this.#source = source;
  }

  stream(name: AllocatorStream): () => number {
    const stream = { next: this.#source(name), drawn: 0 };
    this.#streams.set(name, stream);
    return () => {
      stream.drawn++;
      return stream.next();
    };
  }

  draws(): Record<string, number> {
    return Object.fromEntries([...this.#streams].map(([name, { drawn }]) => [name, drawn]));
  }

  /** Brings fresh streams to where they stood. */
  skip(draws: Readonly<Record<string, number>>): void {
    for (const [name, stream] of this.#streams) {
      for (let left = draws[name] ?? 0; left > 0; left--) stream.next();
      stream.drawn = draws[name] ?? 0;
    }
  }
}
