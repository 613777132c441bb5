import type { Micros } from '../cluster/ids.js';

/** No timer of the host reaches further; a longer wait is made of several. */
const LONGEST_WAIT_MS = 2 ** 30;

interface Entry {
  readonly at: Micros;
  readonly fire: () => void;
}

/** Timers at times of one clock, by one timer of the host: a state machine sets many and cancels none. */
export class Timers {
  readonly #clock: () => Micros;
  /** A binary heap, the earliest first. */
  readonly #heap: Entry[] = [];
  #armed: NodeJS.Timeout | undefined;
  #armedFor: Micros = Infinity;
  #isStopped = false;

  constructor(clock: () => Micros) {
    this.#clock = clock;
  }

  at(time: Micros, fire: () => void): void {
    if (this.#isStopped) return;
    const heap = this.#heap;
    const entry = { at: time, fire };
    let hole = heap.length;
    heap.push(entry);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (heap[parent].at <= time) break;
      heap[hole] = heap[parent];
      hole = parent;
    }
    heap[hole] = entry;
    if (time < this.#armedFor) this.#arm();
  }

  /** Forgets all, for good: a late step must not keep the program from ending. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#armed);
    this.#heap.length = 0;
    this.#armedFor = Infinity;
  }

  #arm(): void {
    clearTimeout(this.#armed);
    const first = this.#heap[0];
    this.#armedFor = first === undefined ? Infinity : first.at;
    if (first === undefined) return;
    const wait = Math.min(Math.ceil((first.at - this.#clock()) / 1000), LONGEST_WAIT_MS);
    this.#armed = setTimeout(() => this.#run(), Math.max(wait, 0));
  }

  #run(): void {
    const now = this.#clock();
    while (this.#heap.length > 0 && this.#heap[0].at <= now) this.#pop().fire();
    this.#arm();
  }

  #pop(): Entry {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop() as Entry;
    const { length } = heap;
    if (length === 0) return first;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= length) break;
      if (child + 1 < length && heap[child + 1].at < heap[child].at) child++;
      if (heap[child].at >= last.at) break;
      heap[hole] = heap[child];
      hole = child;
    }
    heap[hole] = last;
    return first;
  }
}
