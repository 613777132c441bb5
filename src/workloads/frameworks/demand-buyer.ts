import { quantities } from '../../cluster/resources/queries.js';
import type { Resources } from '../../cluster/resources/resources.js';
import type { SchedulerDriver } from '../../cluster/scheduler.js';
import { REFUSE_DEFAULT, type Ask, type Offer } from '../../cluster/protocol.js';
import type { OfferId, TaskId } from '../../cluster/ids.js';
import type { Buyer } from './buyer.js';
import { estimateOf, runLength, Stage, taskInfo, type Workload } from './workload.js';

/** Key of the timer that asks anew at the end of the updates of one instant. */
const ASK_ANEW = 0;

/**
 * Buys by asking: everything queued is asked for at once and in order, and each granted offer launches one task,
 * the oldest that the grant was for.
 *
 * A grant names the ask by value. Queued tasks of equal asks are the same to the allocator, and so the oldest of them gets it.
 */
export class DemandBuyer implements Buyer {
  readonly #workload: Workload;
  readonly #tasks: Int32Array;
  /** No task before this position is queued. */
  #head = 0;
  #arrived = 0;
  #revived = false;
  #askAnewSet = false;
  /** Offers that were rescinded after they were accepted here, and whose refusal has not come yet. */
  #rescinded = 0;
  /** Offers that were declined: when they are rescinded nothing else will come. */
  readonly #spare = new Set<OfferId>();

  constructor(workload: Workload, tasks: Int32Array) {
    this.#workload = workload;
    this.#tasks = tasks;
  }

  enter(first: number, count: number): void {
    this.#arrived = first + count;
  }

  buy(first: number, driver: SchedulerDriver): void {
    this.#ask(first, driver);
  }

  restart(driver: SchedulerDriver): void {
    this.#revived = false;
    this.#rescinded = 0;
    this.#spare.clear();
    this.#ask(this.#head, driver);
  }

  /**
   * An ask of a rescinded offer is back in its old place by itself. In all other cases the whole queue is asked for
   * anew, since a REQUEST can only append and this task is the oldest.
   */
  again(task: TaskId, refused: boolean, driver: SchedulerDriver): void {
    const position = this.#tasks.indexOf(task);
    if (position < this.#head) this.#head = position;
    if (refused && this.#rescinded > 0) {
      this.#rescinded--;
      return;
    }
    if (this.#askAnewSet) return;
    this.#askAnewSet = true;
    driver.timer(driver.now, ASK_ANEW);
  }

  timer(_key: number, driver: SchedulerDriver): void {
    this.#askAnewSet = false;
    driver.request([]);
    this.#ask(this.#head, driver);
  }

  offers(offers: readonly Offer[], driver: SchedulerDriver): void {
    let spare: OfferId[] | undefined;
    for (const offer of offers) {
      const task = this.#taskFor(offer);
      if (task < 0) {
        (spare ??= []).push(offer.id);
        this.#spare.add(offer.id);
        this.#workload.declined?.('nothingQueued', 1);
        continue;
      }
      this.#workload.progress.set(task, Stage.launched);
      const tasks = [taskInfo(this.#workload, task, offer.resources)];
      driver.accept([offer.id], [{ type: 'LAUNCH', tasks }], REFUSE_DEFAULT);
    }
    // Granted twice, or offered before the first ask was heard: no filter, it must not hide later grants.
    if (spare !== undefined) driver.decline(spare, 0);
  }

  /** Every offer was answered when it came: the ACCEPT that is on its way will be refused. */
  rescinded(offer: OfferId): void {
    if (!this.#spare.delete(offer)) this.#rescinded++;
  }

  /** One REQUEST for all that is queued from this position on. */
  #ask(first: number, driver: SchedulerDriver): void {
    const asks: Ask[] = [];
    const { progress } = this.#workload;
    for (let position = first; position < this.#arrived;) {
      if (progress.of(this.#tasks[position]) !== Stage.queued) {
        position++;
        continue;
      }
      const count = runLength(this.#workload, this.#tasks, position, this.#arrived);
      asks.push(this.#askFor(this.#tasks[position], count));
      position += count;
    }
    if (asks.length === 0) return;
    driver.request(asks);
    if (this.#revived) return;
    this.#revived = true;
    driver.revive();
  }

  #askFor(task: TaskId, count: number): Ask {
    const { trace, resources, roleIds } = this.#workload;
    const constraint = trace.constraint?.[task] ?? -1;
    const estimateUs = estimateOf(this.#workload, task);
    const ask = {
      role: roleIds[trace.role[task]],
      resources: resources[trace.shape[task]],
      count,
      allOrNothing: this.#workload.progress.isGang(task),
    };
    if (constraint < 0 && estimateUs < 0 && trace.priority === undefined) return ask;
    return {
      ...ask,
      ...(constraint >= 0 && { constraint: trace.constraints[constraint] }),
      ...(trace.priority !== undefined && { priority: trace.priority[task] }),
      ...(estimateUs >= 0 && { estimateUs }),
    };
  }

  /** The oldest queued task that this offer was made for; -1: none. */
  #taskFor(offer: Offer): TaskId {
    const { progress } = this.#workload;
    const tasks = this.#tasks;
    while (this.#head < this.#arrived && progress.of(tasks[this.#head]) !== Stage.queued) this.#head++;
    for (let position = this.#head; position < this.#arrived; position++) {
      const task = tasks[position];
      if (progress.of(task) === Stage.queued && this.#isFor(offer, task)) return task;
    }
    return -1;
  }

  #isFor({ ask, role, resources }: Offer, task: TaskId): boolean {
    const { trace, roleIds } = this.#workload;
    const wanted = this.#workload.resources[trace.shape[task]];
    if (roleIds[trace.role[task]] !== role) return false;
    // Over the wire an offer does not carry its ask: equal amounts have to do.
    if (ask === undefined) return sameAmounts(wanted, resources);
    if (ask.resources !== wanted && !ask.resources.equals(wanted)) return false;
    if (ask.allOrNothing !== this.#workload.progress.isGang(task)) return false;
    if (trace.priority !== undefined && ask.priority !== trace.priority[task]) return false;
    const constraint = trace.constraint?.[task] ?? -1;
    if (ask.constraint !== (constraint < 0 ? undefined : trace.constraints[constraint])) return false;
    const estimateUs = estimateOf(this.#workload, task);
    return ask.estimateUs === (estimateUs < 0 ? undefined : estimateUs);
  }
}

/** As much of each name, some of it from reservations perhaps. */
function sameAmounts(wanted: Resources, given: Resources): boolean {
  if (given.isPlain || wanted.equals(given)) return wanted.equals(given);
  const [asked, got] = [quantities(wanted), quantities(given)];
  return asked.size === got.size && [...asked].every(([name, milli]) => got.get(name) === milli);
}
