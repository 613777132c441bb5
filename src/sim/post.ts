import type { Micros } from '../cluster/ids.js';
import type { AgentInput, MasterInput, SchedulerEvent } from '../cluster/protocol.js';
import { EventList } from './engine/event-list.js';
import { MessageRing } from './engine/fifo.js';
import { latencySampler, Links, type LatencySpec } from './network.js';

export type Message = MasterInput | SchedulerEvent | AgentInput;

/** Who receives a message, as one integer: 4 * id + kind. */
export const MASTER = 0;
export const FRAMEWORK = 1;
export const AGENT = 2;

/**
 * Carries messages between master, agents and frameworks. What takes no time goes through a plain queue; a constant delay
 * is a ring, since equal delays come due in order; only random delays need an event list (semantics-notes I-3).
 */
export class Post {
  /** Arrived and not handled yet, in the order in which they are to be handled. */
  readonly arrived = new MessageRing<Message>();
  readonly #delayUs: Micros;
  readonly #wire = new MessageRing<Message>();
  /** Undefined unless the latency is random. */
  readonly #links: Links | undefined;
  readonly #flights = new EventList();
  /** Messages under random latency, by the slot that their flight carries. */
  readonly #slots: (Message | undefined)[] = [];
  readonly #freeSlots: number[] = [];

  /**
   * @param random the stream `network` of the run's seed
   * @param peers the larger of the numbers of agents and frameworks
   */
  constructor(latency: LatencySpec, random: () => number, peers: number) {
    this.#delayUs = latency.type === 'constant' ? latency.delayUs : 0;
    const isFixed = latency.type === 'none' || latency.type === 'constant';
    this.#links = isFixed ? undefined : new Links(8 * (peers + 1), latencySampler(latency, random));
  }

  /** When the next message that is under way arrives; Infinity when none is. */
  get nextTime(): Micros {
    return this.#links === undefined ? this.#wire.nextTime : this.#flights.nextTime;
  }

  /** Hands a message over within one machine: it arrives at once. */
  hand(receiver: number, message: Message, now: Micros): void {
    this.arrived.push(now, receiver, message);
  }

  /** Sends from the master to a framework or an agent. */
  fromMaster(receiver: number, message: Message, now: Micros): void {
    this.#send(2 * receiver, receiver, message, now);
  }

  /** Sends to the master. @param sender coded as a receiver is */
  toMaster(sender: number, message: Message, now: Micros): void {
    this.#send(2 * sender + 1, MASTER, message, now);
  }

  /** Puts what arrives now behind what has arrived. */
  deliver(now: Micros): void {
    while (this.#wire.nextTime <= now) {
      const receiver = this.#wire.receiver;
      this.arrived.push(now, receiver, this.#wire.shift());
    }
    while (this.#flights.nextTime <= now) {
      const slot = this.#flights.second;
      this.arrived.push(now, this.#flights.first, this.#slots[slot] as Message);
      this.#slots[slot] = undefined;
      this.#freeSlots.push(slot);
      this.#flights.pop();
    }
  }

  #send(link: number, receiver: number, message: Message, now: Micros): void {
    if (this.#links !== undefined) {
      // Also when the draw is 0: the message keeps its place behind what its link still carries.
      const slot = this.#freeSlots.pop() ?? this.#slots.length;
      this.#slots[slot] = message;
      this.#flights.push(this.#links.arrival(link, now), receiver, slot);
    } else if (this.#delayUs > 0) {
      this.#wire.push(now + this.#delayUs, receiver, message);
    } else {
      this.arrived.push(now, receiver, message);
    }
  }
}
