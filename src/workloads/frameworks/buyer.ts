import type { OfferId, TaskId } from '../../cluster/ids.js';
import type { Offer } from '../../cluster/protocol.js';
import type { SchedulerDriver } from '../../cluster/scheduler.js';

/** How a framework gets resources for its queue: the one difference between coarse offers and demand. */
export interface Buyer {
  /** Tasks at positions [first, first + count) of the framework's list are queued now. */
  enter(first: number, count: number): void;
  /** Everything from this position on is new to the master. */
  buy(first: number, driver: SchedulerDriver): void;
  /** The master knows of no asks and no offers: everything queued is to be bought anew. */
  restart(driver: SchedulerDriver): void;
  /** A task that was launched is queued again. `refused`: its ACCEPT was (REASON_INVALID_OFFERS). */
  again(task: TaskId, refused: boolean, driver: SchedulerDriver): void;
  offers(offers: readonly Offer[], driver: SchedulerDriver): void;
  rescinded(offer: OfferId): void;
  timer(key: number, driver: SchedulerDriver): void;
}
