/**
 * First-in, first-out rings that grow by themselves. What comes due in the order in which it was made needs no heap:
 * messages of the same instant, messages and timers after a constant delay. Push and shift cost O(1).
 */

/** Messages with a receiver (an integer of the caller's making) and the time at which they arrive. */
export class MessageRing<Message> {
  #times = new Float64Array(64);
  #receivers = new Int32Array(64);
  #messages = new Array<Message | undefined>(64).fill(undefined);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Time of the oldest message; Infinity when there is none. */
  get nextTime(): number {
    return this.#size === 0 ? Infinity : this.#times[this.#head];
  }

  /** Receiver of the oldest message; only when there is one. */
  get receiver(): number {
    return this.#receivers[this.#head];
  }

  /** @param time not before that of the message pushed last */
  push(time: number, receiver: number, message: Message): void {
    if (this.#size === this.#times.length) this.#grow();
    const at = (this.#head + this.#size++) & (this.#times.length - 1);
    this.#times[at] = time;
    this.#receivers[at] = receiver;
    this.#messages[at] = message;
  }

  /** Removes the oldest message; only when there is one. */
  shift(): Message {
    const at = this.#head;
    const message = this.#messages[at] as Message;
    // A message lives short: one that the ring still named would be moved to the old generation.
    this.#messages[at] = undefined;
    this.#head = (at + 1) & (this.#times.length - 1);
    this.#size--;
    return message;
  }

  #grow(): void {
    const length = this.#times.length;
    this.#times = unrolled(this.#times, this.#head, new Float64Array(2 * length));
    this.#receivers = unrolled(this.#receivers, this.#head, new Int32Array(2 * length));
    const messages = new Array<Message | undefined>(2 * length).fill(undefined);
    for (let i = 0; i < length; i++) messages[i] = this.#messages[(this.#head + i) & (length - 1)];
    this.#messages = messages;
    this.#head = 0;
  }
}

/** Timers of one constant delay: a time and two integers whose meaning is the caller's. */
export class TimerRing {
  #times = new Float64Array(64);
  #firsts = new Int32Array(64);
  #seconds = new Int32Array(64);
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Time of the oldest timer; Infinity when there is none. */
  get nextTime(): number {
    return this.#size === 0 ? Infinity : this.#times[this.#head];
  }

  /** First integer of the oldest timer; only when there is one. */
  get first(): number {
    return this.#firsts[this.#head];
  }

  /** Second integer of the oldest timer; only when there is one. */
  get second(): number {
    return this.#seconds[this.#head];
  }

  /** Second integer of the timer pushed last; only when there is one. */
  get lastSecond(): number {
    return this.#seconds[(this.#head + this.#size - 1) & (this.#times.length - 1)];
  }

  /** @param time not before that of the timer pushed last */
  push(time: number, first: number, second: number): void {
    if (this.#size === this.#times.length) this.#grow();
    const at = (this.#head + this.#size++) & (this.#times.length - 1);
    this.#times[at] = time;
    this.#firsts[at] = first;
    this.#seconds[at] = second;
  }

  /** Removes the oldest timer; only when there is one. */
  shift(): void {
    this.#head = (this.#head + 1) & (this.#times.length - 1);
    this.#size--;
  }

  /** Removes the timer pushed last; only when there is one. */
  pop(): void {
    this.#size--;
  }

  #grow(): void {
    const length = this.#times.length;
    this.#times = unrolled(this.#times, this.#head, new Float64Array(2 * length));
    this.#firsts = unrolled(this.#firsts, this.#head, new Int32Array(2 * length));
    this.#seconds = unrolled(this.#seconds, this.#head, new Int32Array(2 * length));
    this.#head = 0;
  }
}

/** Copies a full ring to the front of a larger column, oldest entry first. */
function unrolled<Column extends Float64Array | Int32Array>(
  ring: Column,
  head: number,
  into: Column,
): Column {
  into.set(ring.subarray(head), 0);
  into.set(ring.subarray(0, head), ring.length - head);
  return into;
}
