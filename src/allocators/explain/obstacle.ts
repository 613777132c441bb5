import type { OfferSink } from '../../cluster/allocator.js';
import type { AgentId } from '../../cluster/ids.js';
import type { Resources } from '../../cluster/resources/resources.js';
import type { QueuedAsk } from '../bookkeeping/ask-queue.js';
import type { Client } from '../bookkeeping/books.js';

/** Why a cycle passed a candidate over on an agent. */
export const Obstacle = {
  none: 0,
  /** Nothing is left for it: reserved for others, or cut away by quota. */
  empty: 1,
  incapable: 2,
  small: 3,
  policy: 4,
  filtered: 5,
  closed: 6,
  room: 7,
  constraint: 8,
} as const;
export type Obstacle = (typeof Obstacle)[keyof typeof Obstacle];

/** Told of every "not this one" of a cycle; without one a cycle tells nobody, and that costs nothing. */
export interface CycleRecorder {
  /**
   * Coarse cycle.
   * @param wanted all that the client could use there
   * @param candidate what quota left of it
   */
  passedOver(
    client: Client,
    agent: AgentId,
    obstacle: Obstacle,
    wanted: Resources,
    candidate: Resources,
  ): void;
  /**
   * Demand cycle: the oldest ask of the client was not granted.
   * @param allowed quota allows it
   * @param places agents found for pieces of a gang
   */
  askWaits(
    client: Client,
    ask: QueuedAsk,
    allowed: boolean,
    places: number,
    obstacleOn: (agent: AgentId) => Obstacle,
  ): void;
  /** The same sink, with the recorder told of what is offered. */
  hearing(sink: OfferSink): OfferSink;
}
