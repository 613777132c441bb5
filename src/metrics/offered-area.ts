import type { Micros } from '../cluster/ids.js';
import type { Offer } from '../cluster/protocol.js';
import type { ResourceColumns } from './resource-columns.js';

/**
 * The integral over time of what is out in offers, per resource, in milli-unit microseconds.
 *
 * Without latency nearly all offers are answered in the instant they are made in, and weigh nothing. So the offers of an
 * instant are only noted, and looked at when time moves on while some are still out.
 */
export class OfferedArea {
  readonly areas: Float64Array;
  readonly #columns: ResourceColumns;
  /** Out when the present instant began, in milli-units. */
  readonly #out: Float64Array;
  #outCount = 0;
  /** Of the present instant. */
  readonly #made: (readonly Offer[])[] = [];
  readonly #closed: Offer[] = [];
  readonly #closedLists: (readonly Offer[])[] = [];
  #madeCount = 0;
  #closedCount = 0;
  #instant: Micros = -Infinity;

  constructor(columns: ResourceColumns) {
    this.#columns = columns;
    this.#out = new Float64Array(columns.count);
    this.areas = new Float64Array(columns.count);
  }

  made(offers: readonly Offer[], now: Micros): void {
    if (now > this.#instant) this.advance(now);
    this.#made.push(offers);
    this.#madeCount += offers.length;
  }

  closed(offer: Offer, now: Micros): void {
    if (now > this.#instant) this.advance(now);
    this.#closed.push(offer);
    this.#closedCount++;
    this.#forgetAnswered();
  }

  /** All these were answered at once. */
  closedAll(offers: readonly Offer[], now: Micros): void {
    if (now > this.#instant) this.advance(now);
    this.#closedLists.push(offers);
    this.#closedCount += offers.length;
    this.#forgetAnswered();
  }

  /** Brings the integral up to a time. */
  advance(now: Micros): void {
    if (now <= this.#instant) return;
    const outBefore = this.#outCount;
    this.#outCount += this.#madeCount - this.#closedCount;
    if (outBefore > 0 || this.#outCount > 0) {
      for (const offers of this.#made) {
        for (const { resources } of offers) this.#columns.addTo(this.#out, 0, resources, 1);
      }
      for (const { resources } of this.#closed) this.#columns.addTo(this.#out, 0, resources, -1);
      for (const offers of this.#closedLists) {
        for (const { resources } of offers) this.#columns.addTo(this.#out, 0, resources, -1);
      }
      const elapsed = now - this.#instant;
      for (let c = 0; c < this.#out.length; c++) this.areas[c] += this.#out[c] * elapsed;
    }
    this.#forget();
    this.#instant = now;
  }

  /** Where all that was made in this instant was answered in it and nothing is out from before, nothing needs be kept. */
  #forgetAnswered(): void {
    if (this.#outCount === 0 && this.#closedCount === this.#madeCount) this.#forget();
  }

  #forget(): void {
    clear(this.#made);
    clear(this.#closed);
    clear(this.#closedLists);
    this.#madeCount = 0;
    this.#closedCount = 0;
  }
}

/** Setting the length costs more than taking out the one offer that most instants have. */
function clear(list: unknown[]): void {
  if (list.length > 8) list.length = 0;
  while (list.length > 0) list.pop();
}
