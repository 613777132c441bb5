/**
 * The future event list: events with a time, earliest first, equal times in order of creation (semantics-notes I-1).
 *
 * A 4-ary heap of the key (time, sequence) in typed arrays: no object per event, and the four children of an entry lie
 * side by side. An event carries two 32-bit integers whose meaning is the caller's. Push and pop cost O(log n).
 */
export class EventList {
  /** Time and sequence of entry i at 2i and 2i + 1, so that a comparison reads one cache line. */
  #keys: Float64Array;
  /** Payload of entry i at 2i and 2i + 1. */
  #payloads: Int32Array;
  #size = 0;
  /** A double: counts past 2^32 without wrapping. */
  #sequence = 0;

  /** @param capacity entries to make room for at first; the list grows by itself */
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

  /** First integer of the next event; only when the list is not empty. */
  get first(): number {
    return this.#payloads[0];
  }

  /** Second integer of the next event; only when the list is not empty. */
  get second(): number {
    return this.#payloads[1];
  }

  push(time: number, first: number, second: number): void {
    if (2 * this.#size === this.#keys.length) this.#grow();
    const keys = this.#keys;
    const payloads = this.#payloads;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 2;
      // A new event has the highest sequence: among equal times it stays below.
      if (keys[2 * parent] <= time) break;
      keys[2 * at] = keys[2 * parent];
      keys[2 * at + 1] = keys[2 * parent + 1];
      payloads[2 * at] = payloads[2 * parent];
      payloads[2 * at + 1] = payloads[2 * parent + 1];
      at = parent;
    }
    keys[2 * at] = time;
    keys[2 * at + 1] = this.#sequence++;
    payloads[2 * at] = first;
    payloads[2 * at + 1] = second;
  }

  /** Removes the next event; only when the list is not empty. */
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
