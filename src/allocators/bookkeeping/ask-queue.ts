import type { Micros, RoleId } from '../../cluster/ids.js';
import type { Ask } from '../../cluster/protocol.js';
import type { Resources } from '../../cluster/resources/resources.js';

/** An ask in its place: a copy of its own, so that a grant that comes back finds the place it had. */
export class QueuedAsk implements Ask {
  readonly role: RoleId;
  readonly resources: Resources;
  readonly count: number;
  readonly allOrNothing: boolean;
  readonly constraint?: string;
  readonly priority?: number;
  readonly estimateUs?: Micros;
  /** Arrival number over all queues. */
  readonly sequence: number;
  readonly arrivedUs: Micros;
  /** Pieces not granted yet. */
  left: number;

  constructor(ask: Ask, sequence: number, arrivedUs: Micros) {
    this.role = ask.role;
    this.resources = ask.resources;
    this.count = ask.count;
    this.allOrNothing = ask.allOrNothing;
    if (ask.constraint !== undefined) this.constraint = ask.constraint;
    if (ask.priority !== undefined) this.priority = ask.priority;
    if (ask.estimateUs !== undefined) this.estimateUs = ask.estimateUs;
    this.sequence = sequence;
    this.arrivedUs = arrivedUs;
    this.left = ask.count;
  }
}

/** The asks of one (framework, role), oldest first. Only the oldest counts. */
export class AskQueue {
  #asks: QueuedAsk[] = [];
  #head = 0;
  /** Asks with a lower number were cleared, and grants of them do not come back. */
  clearedBelow: number;

  /** @param nextSequence number of the next ask over all queues */
  constructor(nextSequence: number) {
    this.clearedBelow = nextSequence;
  }

  get oldest(): QueuedAsk | undefined {
    return this.#asks[this.#head];
  }

  get isEmpty(): boolean {
    return this.#head === this.#asks.length;
  }

  append(ask: QueuedAsk): void {
    this.#asks.push(ask);
  }

  get length(): number {
    return this.#asks.length - this.#head;
  }

  /** The ask at a place of the queue, from 0: the oldest. */
  at(place: number): QueuedAsk | undefined {
    return this.#asks[this.#head + place];
  }

  /** Takes pieces off an ask of the queue: the oldest, unless the policy looks behind it. */
  grant(ask: QueuedAsk, pieces: number): void {
    ask.left -= pieces;
    if (ask.left > 0) return;
    if (ask !== this.#asks[this.#head]) {
      this.#asks.splice(this.#asks.indexOf(ask, this.#head), 1);
      return;
    }
    this.#head++;
    if (this.#head > 64 && this.#head * 2 > this.#asks.length) {
      this.#asks = this.#asks.slice(this.#head);
      this.#head = 0;
    }
  }

  /** A granted piece comes back to its old place, unless the queue was cleared since. */
  giveBack(ask: QueuedAsk): void {
    if (ask.sequence < this.clearedBelow) return;
    let at = this.#head;
    while (at < this.#asks.length && this.#asks[at].sequence < ask.sequence) at++;
    const rest = this.#asks[at];
    if (rest?.sequence === ask.sequence) {
      rest.left++;
      return;
    }
    ask.left = 1;
    this.#asks.splice(at, 0, ask);
  }

  /** @param nextSequence number of the next ask over all queues */
  clear(nextSequence: number): void {
    this.#asks = [];
    this.#head = 0;
    this.clearedBelow = nextSequence;
  }

  /** Oldest first. */
  toArray(): readonly QueuedAsk[] {
    return this.#asks.slice(this.#head);
  }
}
