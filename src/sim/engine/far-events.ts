import type { EventHeap } from './event-heap.js';

/** Entries per chunk, a power of two. */
const CHUNK_BITS = 5;
const CHUNK = 1 << CHUNK_BITS;
const BUCKETS = 2048;
/** The chain of what comes after the window. */
const REST = BUCKETS;
/** About so many events lie in a bucket of the window. */
const IN_BUCKET = 64;
const SAMPLES = 256;

/**
 * Events that are not due for a while, in no order: a window of buckets, each of one stretch of time, and the rest, which
 * comes after the window. {@link takeNext} empties the buckets one after another; when the window is through, a new one is
 * laid over the next half of the rest. An event is written about three times in all, each time behind the one written
 * before, where a heap of a hundred thousand events moves it up and down through cold memory.
 *
 * After the calendar queue (Brown, CACM 1988) and the ladder queue (Tang et al., ACM TOMACS 2005). A bucket is a chain of
 * chunks of one pool, and its width a power of two, so that no division rounds an event into the wrong one.
 */
export class FarEvents {
  /** Three doubles an event: time, sequence, and the place of its two integers in {@link #integers}. */
  #doubles = new Float64Array(0);
  /** The same rows as integers. */
  #integers = new Int32Array(0);
  /** The chunk before this one in its chain, or the next free one; -1: none. */
  #links = new Int32Array(0);
  #free = -1;
  /** One past the last entry of each chain; 0: it is empty. Every chunk of a chain but the last is full. */
  readonly #ends = new Int32Array(BUCKETS + 1);
  #start = 0;
  /** Buckets per microsecond. */
  #perMicro = 1;
  /** The bucket that is emptied next; BUCKETS: there is no window. */
  #next = BUCKETS;
  #inWindow = 0;
  #inRest = 0;

  get size(): number {
    return this.#inWindow + this.#inRest;
  }

  /** @param time finite, and not before the last answer of {@link takeNext} */
  add(time: number, sequence: number, first: number, second: number): void {
    const bucket = Math.floor((time - this.#start) * this.#perMicro);
    if (bucket < BUCKETS && this.#next < BUCKETS) {
      this.#inWindow++;
      this.#append(bucket, time, sequence, first, second);
    } else {
      this.#inRest++;
      this.#append(REST, time, sequence, first, second);
    }
  }

  /**
   * Moves the next events into a heap; only when there are any.
   *
   * @returns the time before which none is left here; Infinity when none is left at all
   */
  takeNext(heap: EventHeap): number {
    if (this.#inWindow === 0) this.#layWindow();
    while (this.#ends[this.#next] === 0) this.#next++;
    for (let end = this.#cut(this.#next); end > 0; end = this.#release(end)) {
      const from = firstOf(end);
      this.#inWindow -= end - from;
      for (let at = from; at < end; at++) {
        const [time, sequence] = [this.#doubles[3 * at], this.#doubles[3 * at + 1]];
        heap.push(time, sequence, this.#integers[6 * at + 4], this.#integers[6 * at + 5]);
      }
    }
    this.#next++;
    return this.size === 0 ? Infinity : this.#start + this.#next / this.#perMicro;
  }

  /** Takes the window away: what is in it is part of the rest. */
  dropWindow(): void {
    for (; this.#next < BUCKETS; this.#next++) {
      for (let end = this.#cut(this.#next); end > 0; end = this.#release(end)) this.#copy(end, false);
    }
    this.#inRest += this.#inWindow;
    this.#inWindow = 0;
  }

  /** The window goes from the first event of the rest over about half of it. */
  #layWindow(): void {
    const [low, middle] = this.#rangeOfRest();
    const width = Math.max(1, ((middle - low) * 2 * IN_BUCKET) / this.#inRest);
    this.#perMicro = 2 ** -Math.ceil(Math.log2(width));
    this.#start = low;
    this.#next = 0;
    this.#inRest = 0;
    for (let end = this.#cut(REST); end > 0; end = this.#release(end)) this.#copy(end, true);
  }

  /** The first time of the rest, and about the middle one. */
  #rangeOfRest(): [number, number] {
    const step = Math.ceil(this.#inRest / SAMPLES);
    const samples: number[] = [];
    let low = Infinity;
    let count = 0;
    for (let end = this.#ends[REST]; end > 0; end = this.#endBefore(end)) {
      for (let at = firstOf(end); at < end; at++) {
        const time = this.#doubles[3 * at];
        if (time < low) low = time;
        if (count++ % step === 0) samples.push(time);
      }
    }
    samples.sort((a, b) => a - b);
    return [low, samples[samples.length >> 1]];
  }

  /** Copies the chunk that ends there to where its events belong, or all of it to the rest. */
  #copy(end: number, mayEnterWindow: boolean): void {
    for (let at = firstOf(end); at < end; at++) {
      const [time, sequence] = [this.#doubles[3 * at], this.#doubles[3 * at + 1]];
      const [first, second] = [this.#integers[6 * at + 4], this.#integers[6 * at + 5]];
      if (mayEnterWindow) this.add(time, sequence, first, second);
      else this.#append(REST, time, sequence, first, second);
    }
  }

  #append(chain: number, time: number, sequence: number, first: number, second: number): void {
    let at = this.#ends[chain];
    if ((at & (CHUNK - 1)) === 0) at = this.#newChunk(at);
    this.#doubles[3 * at] = time;
    this.#doubles[3 * at + 1] = sequence;
    this.#integers[6 * at + 4] = first;
    this.#integers[6 * at + 5] = second;
    this.#ends[chain] = at + 1;
  }

  /** Empties a chain. Returns where it ended: its chunks stay as they are until they are released, last first. */
  #cut(chain: number): number {
    const end = this.#ends[chain];
    this.#ends[chain] = 0;
    return end;
  }

  /** Frees the chunk that ends there. Returns the end of the one before, 0: there is none. */
  #release(end: number): number {
    const before = this.#endBefore(end);
    const chunk = firstOf(end) >> CHUNK_BITS;
    this.#links[chunk] = this.#free;
    this.#free = chunk;
    return before;
  }

  #endBefore(end: number): number {
    return (this.#links[firstOf(end) >> CHUNK_BITS] + 1) << CHUNK_BITS;
  }

  /** Links a free chunk to the chain that ends there. Returns its first entry. */
  #newChunk(end: number): number {
    if (this.#free < 0) this.#grow();
    const chunk = this.#free;
    this.#free = this.#links[chunk];
    this.#links[chunk] = (end >> CHUNK_BITS) - 1;
    return chunk << CHUNK_BITS;
  }

  #grow(): void {
    const before = this.#links.length;
    const chunks = Math.max(64, 2 * before);
    const doubles = new Float64Array(3 * chunks * CHUNK);
    doubles.set(this.#doubles);
    this.#doubles = doubles;
    this.#integers = new Int32Array(doubles.buffer);
    const links = new Int32Array(chunks);
    links.set(this.#links);
    this.#links = links;
    for (let chunk = chunks - 1; chunk >= before; chunk--) {
      this.#links[chunk] = this.#free;
      this.#free = chunk;
    }
  }
}

/** The first entry of the chunk in which a chain ends. */
function firstOf(end: number): number {
  return ((end - 1) >> CHUNK_BITS) << CHUNK_BITS;
}
