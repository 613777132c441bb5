import { EventHeap } from './event-heap.js';
import { FarEvents } from './far-events.js';

/** A heap of so many events lies in the nearest caches; from then on, what is not due soon is kept apart. */
const MOST_NEAR = 1024;

/**
 * The future event list: events with a time, earliest first, equal times in order of creation (semantics-notes I-1).
 *
 * What is due soon is in a heap, what is due at the horizon or later in {@link FarEvents}: an event costs the same whether
 * a thousand or a million others wait. There is no object per event; it carries two 32-bit integers whose meaning is the
 * caller's.
 */
export class EventList {
  readonly #near: EventHeap;
  #far: FarEvents | undefined;
  /** Events at this time or later are far; Infinity: all are near. */
  #horizon = Infinity;
  /** So many near events are too many. It doubles each time, so that events that cannot be told apart cost no more. */
  #mostNear = MOST_NEAR;
  /** A double: counts past 2^32 without wrapping. */
  #sequence = 0;

  /** @param capacity near entries to make room for at first; the list grows by itself */
  constructor(capacity = 64) {
    this.#near = new EventHeap(capacity);
  }

  get size(): number {
    return this.#near.size + (this.#far?.size ?? 0);
  }

  /** Time of the next event; Infinity when there is none. */
  get nextTime(): number {
    return this.#near.nextTime;
  }

  /** First integer of the next event; only when the list is not empty. */
  get first(): number {
    return this.#near.first;
  }

  /** Second integer of the next event; only when the list is not empty. */
  get second(): number {
    return this.#near.second;
  }

  /** @param time finite */
  push(time: number, first: number, second: number): void {
    if (time >= this.#horizon) {
      this.#far!.add(time, this.#sequence++, first, second);
      return;
    }
    this.#near.push(time, this.#sequence++, first, second);
    if (this.#near.size > this.#mostNear) this.#spread();
  }

  /** Removes the next event; only when the list is not empty. */
  pop(): void {
    this.#near.pop();
    if (this.#near.size === 0 && this.#horizon < Infinity) this.#horizon = this.#far!.takeNext(this.#near);
  }

  /** Sets the horizon anew, after the times of all events. */
  #spread(): void {
    const near = this.#near;
    const far = (this.#far ??= new FarEvents());
    far.dropWindow();
    for (let i = 0; i < near.size; i++) {
      far.add(near.timeAt(i), near.sequenceAt(i), near.payloadAt(i, 0), near.payloadAt(i, 1));
    }
    near.clear();
    this.#horizon = far.takeNext(near);
    this.#mostNear = 2 * Math.max(this.#mostNear, near.size);
  }
}
