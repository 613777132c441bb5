import type { SchedulerDriver } from '../../cluster/scheduler.js';
import type { Micros, OfferId, RoleId, TaskId } from '../../cluster/ids.js';
import { ResourcePool } from '../../cluster/master/resource-pool.js';
import type { Offer, TaskInfo } from '../../cluster/protocol.js';
import type { Buyer } from './buyer.js';
import { gangLength, Stage, taskInfo, type DeclineReason, type Workload } from './workload.js';

/** The tasks of one role in order of arrival. */
interface RoleQueue {
  readonly role: RoleId;
  readonly tasks: Int32Array;
  /** Positions before are not queued. */
  head: number;
  arrived: number;
  /** The master was told that the role wants nothing. */
  suppressed: boolean;
}

/** An offer that is kept for a gang. */
interface HeldOffer {
  readonly offer: Offer;
  readonly untilUs: Micros;
}

/**
 * Buys from whole agents: takes the offers in the order received and launches while the head of the queue fits in the
 * current one, without overtaking (B-1); an empty queue suppresses its role (B-2); what is not used of an event is
 * declined in one call (B-3).
 */
export class CoarseBuyer implements Buyer {
  readonly #workload: Workload;
  readonly #tasks: Int32Array;
  readonly #refuseUs: Micros;
  readonly #gangHoldUs: Micros;
  /** By the trace's role number; undefined where the framework has no tasks. */
  readonly #queues: (RoleQueue | undefined)[];
  /** Its queue, when it has only one. */
  readonly #only: RoleQueue | undefined;
  #held: HeldOffer[] = [];
  readonly #pool = new ResourcePool();
  readonly #gangPool = new ResourcePool();

  constructor(workload: Workload, tasks: Int32Array, refuseUs: Micros, gangHoldUs: Micros) {
    this.#workload = workload;
    this.#tasks = tasks;
    this.#refuseUs = refuseUs;
    this.#gangHoldUs = gangHoldUs;
    this.#queues = queuesByRole(workload, tasks);
    const queues = this.#queues.filter((queue) => queue !== undefined);
    this.#only = queues.length === 1 ? queues[0] : undefined;
  }

  enter(first: number, count: number): void {
    const { trace } = this.#workload;
    for (let position = first; position < first + count; position++) {
      (this.#queues[trace.role[this.#tasks[position]]] as RoleQueue).arrived++;
    }
  }

  buy(_first: number, driver: SchedulerDriver): void {
    this.#revive(driver);
  }

  restart(driver: SchedulerDriver): void {
    this.#held = [];
    for (const queue of this.#queues) if (queue !== undefined) queue.suppressed = true;
    this.#revive(driver);
  }

  again(task: TaskId, _refused: boolean, driver: SchedulerDriver): void {
    const queue = this.#queues[this.#workload.trace.role[task]] as RoleQueue;
    queue.head = Math.min(queue.head, queue.tasks.indexOf(task));
    this.#revive(driver);
  }

  offers(offers: readonly Offer[], driver: SchedulerDriver): void {
    const all = this.#held.length > 0 ? [...this.#held.map(({ offer }) => offer), ...offers] : offers;
    let declined: OfferId[] = [];
    const held: HeldOffer[] = [];
    for (let i = 0; i < all.length; i++) {
      const offer = all[i];
      const queue = this.#queueOf(offer.role);
      const head = queue === undefined ? -1 : this.#oldest(queue);
      const mayFit = head >= 0 && (!offer.resources.isPlain || offer.resources.contains(this.#need(head)));
      const launched = queue !== undefined && mayFit ? this.#fill(queue, all, i) : undefined;
      if (launched !== undefined) {
        driver.accept([offer.id], [{ type: 'LAUNCH', tasks: launched }], this.#refuseUs);
      } else if (this.#gangHoldUs > 0 && queue !== undefined && this.#waitsForGang(queue)) {
        held.push(this.#hold(offer, driver));
      } else {
        const reason = this.#whyNot(queue, offer);
        declined.push(offer.id);
        this.#workload.declined?.(reason, 1);
        if (this.#only === undefined || queue === undefined) continue;
        if (head < 0) {
          declined = this.#declineRest(all, i + 1, declined);
          break;
        }
        if (reason === 'tooSmall' && !mayFit) i += this.#declineSmall(all, i + 1, head, declined);
      }
    }
    this.#held = held;
    if (declined.length > 0) driver.decline(declined, this.#refuseUs);
    this.#suppress(driver);
  }

  rescinded(offer: OfferId): void {
    if (this.#held.length > 0) this.#held = this.#held.filter((held) => held.offer.id !== offer);
  }

  /** Offers were kept long enough. */
  timer(_key: number, driver: SchedulerDriver): void {
    const over = this.#held.filter(({ untilUs }) => untilUs <= driver.now);
    if (over.length === 0) return;
    this.#held = this.#held.filter(({ untilUs }) => untilUs > driver.now);
    this.#workload.declined?.('gangTooLarge', over.length);
    driver.decline(
      over.map(({ offer }) => offer.id),
      this.#refuseUs,
    );
  }

  /**
   * Nothing is queued any more: the offers from position `from` on are refused unseen.
   *
   * @returns `declined` and their ids: often thousands, and a list that grows as it is filled takes three times the memory
   */
  #declineRest(offers: readonly Offer[], from: number, declined: readonly OfferId[]): OfferId[] {
    const count = offers.length - from;
    if (count > 0) this.#workload.declined?.('nothingQueued', count);
    const ids = new Array<OfferId>(declined.length + count);
    for (let i = 0; i < declined.length; i++) ids[i] = declined[i];
    for (let i = 0; i < count; i++) ids[declined.length + i] = offers[from + i].id;
    return ids;
  }

  /**
   * The task did not fit into a plain offer: so are those from position `from` on refused that are as small.
   *
   * @returns how many they are, added to `declined`
   */
  #declineSmall(offers: readonly Offer[], from: number, task: TaskId, declined: OfferId[]): number {
    // Where it may run is another reason.
    if (!this.#runsAnywhere(task)) return 0;
    const need = this.#need(task);
    const role = this.#only?.role;
    let next = from;
    for (; next < offers.length; next++) {
      const offer = offers[next];
      if (offer.role !== role || !offer.resources.isPlain || offer.resources.contains(need)) break;
      declined.push(offer.id);
    }
    if (next > from) this.#workload.declined?.('tooSmall', next - from);
    return next - from;
  }

  #queueOf(role: RoleId): RoleQueue | undefined {
    if (this.#only !== undefined) return this.#only.role === role ? this.#only : undefined;
    return this.#queues.find((queue) => queue?.role === role);
  }

  /** The oldest queued task, -1 when there is none. */
  #oldest(queue: RoleQueue): TaskId {
    const { progress } = this.#workload;
    while (queue.head < queue.arrived && progress.of(queue.tasks[queue.head]) !== Stage.queued) queue.head++;
    return queue.head < queue.arrived ? queue.tasks[queue.head] : -1;
  }

  /** What is launched on offer i; undefined: nothing. */
  #fill(queue: RoleQueue, offers: readonly Offer[], i: number): TaskInfo[] | undefined {
    let task = this.#oldest(queue);
    if (task < 0) return undefined;
    const offer = offers[i];
    let launched: TaskInfo[] | undefined;
    this.#pool.clear();
    this.#pool.add(offer.resources);
    /** Tasks of a gang that is known to fit into this offer and the next ones. */
    let gangLeft = 0;
    for (; task >= 0; task = this.#oldest(queue)) {
      if (!this.#agentFits(task, offer)) break;
      if (this.#workload.progress.isGang(task) && gangLeft === 0) {
        gangLeft = this.#gangFits(queue, offers, i);
        if (gangLeft === 0) break;
      }
      const resources = this.#pool.takeQuantities(this.#need(task));
      if (resources === undefined) break;
      if (gangLeft > 0) gangLeft--;
      this.#workload.progress.set(task, Stage.launched);
      (launched ??= []).push(taskInfo(this.#workload, task, resources));
    }
    return launched;
  }

  /** The size of the gang at the head when the rest of offer i and the offers after it suffice for it, else 0. */
  #gangFits(queue: RoleQueue, offers: readonly Offer[], i: number): number {
    const size = gangLength(this.#workload, queue.tasks, queue.head, queue.arrived);
    const pool = this.#gangPool;
    let placed = 0;
    for (let j = i; j < offers.length && placed < size; j++) {
      if (offers[j].role !== queue.role) continue;
      pool.clear();
      pool.add(j === i ? this.#pool.rest() : offers[j].resources);
      for (; placed < size; placed++) {
        const task = queue.tasks[queue.head + placed];
        if (!this.#agentFits(task, offers[j])) break;
        if (pool.takeQuantities(this.#need(task)) === undefined) break;
      }
    }
    return placed === size ? size : 0;
  }

  #whyNot(queue: RoleQueue | undefined, offer: Offer): DeclineReason {
    const task = queue === undefined ? -1 : this.#oldest(queue);
    if (task < 0) return 'nothingQueued';
    if (!this.#agentFits(task, offer)) return 'wrongAgent';
    return this.#workload.progress.isGang(task) ? 'gangTooLarge' : 'tooSmall';
  }

  #need(task: TaskId): Workload['resources'][number] {
    return this.#workload.resources[this.#workload.trace.shape[task]];
  }

  #runsAnywhere(task: TaskId): boolean {
    return (this.#workload.trace.constraint?.[task] ?? -1) < 0;
  }

  #agentFits(task: TaskId, offer: Offer): boolean {
    const constraint = this.#workload.trace.constraint?.[task] ?? -1;
    return constraint < 0 || this.#workload.agentFits?.(constraint, offer.agent) !== false;
  }

  #waitsForGang(queue: RoleQueue): boolean {
    const task = this.#oldest(queue);
    return task >= 0 && this.#workload.progress.isGang(task);
  }

  #hold(offer: Offer, driver: SchedulerDriver): HeldOffer {
    const known = this.#held.find((held) => held.offer === offer);
    if (known !== undefined) return known;
    const untilUs = driver.now + this.#gangHoldUs;
    driver.timer(untilUs, 0);
    return { offer, untilUs };
  }

  /** One REVIVE for the roles that have work again. */
  #revive(driver: SchedulerDriver): void {
    const roles: RoleId[] = [];
    for (const queue of this.#queues) {
      if (queue === undefined || !queue.suppressed || this.#oldest(queue) < 0) continue;
      queue.suppressed = false;
      roles.push(queue.role);
    }
    if (roles.length > 0) driver.revive(roles);
  }

  /** One SUPPRESS for the roles that ran out of it. */
  #suppress(driver: SchedulerDriver): void {
    const roles: RoleId[] = [];
    for (const queue of this.#queues) {
      if (queue === undefined || queue.suppressed || this.#oldest(queue) >= 0) continue;
      queue.suppressed = true;
      roles.push(queue.role);
    }
    if (roles.length > 0) driver.suppress(roles);
  }
}

/** One queue per role that occurs. With a single role it is the list of tasks itself. */
function queuesByRole({ trace, roleIds }: Workload, tasks: Int32Array): (RoleQueue | undefined)[] {
  const counts = new Map<number, number>();
  for (const task of tasks) counts.set(trace.role[task], (counts.get(trace.role[task]) ?? 0) + 1);
  const queues: (RoleQueue | undefined)[] = roleIds.map(() => undefined);
  for (const [role, count] of counts) {
    const own = counts.size === 1 ? tasks : tasks.filter((task) => trace.role[task] === role);
    queues[role] = {
      role: roleIds[role],
      tasks: own.subarray(0, count),
      head: 0,
      arrived: 0,
      suppressed: true,
    };
  }
  return queues;
}
