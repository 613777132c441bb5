/**
 * Events with a time and a sequence number, earliest first, equal times by sequence: a 4-ary heap in typed arrays. There is
 * no object per event, and the four children of an entry lie side by side. Push and pop cost O(log n).
 */
export class EventHeap {
  /** Time and sequence of entry i at 2i and 2i + 1, so that a comparison reads one cache line. */
  #keys: Float64Array;
  /** Payload of entry i at 2i and 2i + 1. */
  #payloads: Int32Array;
  #size = 0;

  /** @param capacity entries to make room for at first; the heap grows by itself */
  constructor(capacity = 64) {
    this.#keys = keys(capacity);
    this.#payloads = new Int32Array(2 * capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** Time of the next event; Infinity when there is none. */
  get nextTime(): number {
    return this.#size === 0 ? Infinity : this.#keys[0];
  }

  /** First integer of the next event; only when the heap is not empty. */
  get first(): number {
    return this.#payloads[0];
  }

  /** Second integer of the next event; only when the heap is not empty. */
  get second(): number {
    return this.#payloads[1];
  }

  /** Time of entry `i`, in no order; {@link sequenceAt} and {@link payloadAt} say the rest of it. */
  timeAt(i: number): number {
    return this.#keys[2 * i];
  }

  sequenceAt(i: number): number {
    return this.#keys[2 * i + 1];
  }

  /** @param which 0: the first integer; 1: the second */
  payloadAt(i: number, which: 0 | 1): number {
    return this.#payloads[2 * i + which];
  }

  clear(): void {
    this.#size = 0;
  }

  push(time: number, sequence: number, first: number, second: number): void {
    if (2 * this.#size === this.#keys.length) this.#grow();
    const keys = this.#keys;
    const payloads = this.#payloads;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      const parentTime = keys[2 * parent];
      if (parentTime < time || (parentTime === time && keys[2 * parent + 1] < sequence)) break;
      keys[2 * at] = keys[2 * parent];
      keys[2 * at + 1] = keys[2 * parent + 1];
      payloads[2 * at] = payloads[2 * parent];
      payloads[2 * at + 1] = payloads[2 * parent + 1];
      at = parent;
    }
    keys[2 * at] = time;
    keys[2 * at + 1] = sequence;
    payloads[2 * at] = first;
    payloads[2 * at + 1] = second;
  }

  /** Removes the next event; only when the heap is not empty. */
  pop(): void {
    const keys = this.#keys;
    const payloads = this.#payloads;
    const last = --this.#size;
    if (last === 0) return;
    const time = keys[2 * last];
    const sequence = keys[2 * last + 1];
    let at = 0;
    for (;;) {
      // The least of up to four children.
      let child = 4 * at + 1;
      if (child >= last) break;
      let childTime = keys[2 * child];
      const stop = Math.min(child + 4, last);
      for (let other = child + 1; other < stop; other++) {
        const otherTime = keys[2 * other];
        if (otherTime > childTime) continue;
        if (otherTime === childTime && keys[2 * other + 1] > keys[2 * child + 1]) continue;
        child = other;
        childTime = otherTime;
      }
      if (time < childTime || (time === childTime && sequence < keys[2 * child + 1])) break;
      keys[2 * at] = childTime;
      keys[2 * at + 1] = keys[2 * child + 1];
      payloads[2 * at] = payloads[2 * child];
      payloads[2 * at + 1] = payloads[2 * child + 1];
      at = child;
    }
    keys[2 * at] = time;
    keys[2 * at + 1] = sequence;
    payloads[2 * at] = payloads[2 * last];
    payloads[2 * at + 1] = payloads[2 * last + 1];
  }

  #grow(): void {
    const longer = keys(this.#keys.length);
    longer.set(this.#keys);
    this.#keys = longer;
    const payloads = new Int32Array(2 * this.#payloads.length);
    payloads.set(this.#payloads);
    this.#payloads = payloads;
  }
}

/** Large buffers begin 16 bytes behind a cache line: with these before them the keys of four children lie on one. */
const OFFSET_BYTES = 32;

function keys(capacity: number): Float64Array {
  return new Float64Array(new ArrayBuffer(OFFSET_BYTES + 16 * capacity), OFFSET_BYTES);
}
