import type { TaskId } from '../../cluster/ids.js';
import { REFUSE_DEFAULT, type Offer, type StatusUpdate } from '../../cluster/protocol.js';
import { kindOf } from '../../cluster/resources/kinds.js';
import { ResourceBag, Resources } from '../../cluster/resources/resources.js';
import type { FrameworkModel, SchedulerDriver } from '../../cluster/scheduler.js';
import { SECOND } from '../../cluster/ids.js';
import { isTerminal } from '../../cluster/task.js';

/** What is to run. */
export interface OneTaskPlan {
  readonly task: TaskId;
  readonly name: string;
  readonly role: number;
  /** Scalar amounts in milli-units, by resource. */
  readonly needs: Readonly<Record<string, number>>;
  /** What the edge puts beside it in the TaskInfo. */
  readonly payload: unknown;
}

/** What becomes of it. */
export interface OneTaskWatcher {
  /** There was no offer that it fits into, for a while. */
  waiting(): void;
  updated(update: StatusUpdate): void;
}

/** Two allocations of a master with the usual interval. */
const PATIENCE = 2 * SECOND;
const LONG = 3600 * SECOND;
const RECONCILE_EVERY = 30 * SECOND;

/** A framework of one task, launched on the first offer that holds it. */
export class OneTask implements FrameworkModel {
  readonly #plan: OneTaskPlan;
  readonly #watcher: OneTaskWatcher;
  /** It needs no offer: it was launched, or is not wanted any more. */
  isSettled = false;
  #hasEnded = false;

  constructor(plan: OneTaskPlan, watcher: OneTaskWatcher) {
    this.#plan = plan;
    this.#watcher = watcher;
  }

  subscribed(driver: SchedulerDriver): void {
    const { role, needs } = this.#plan;
    driver.timer(driver.now + PATIENCE, 0);
    if (this.isSettled) {
      // Again; the agent says once more what was lost, if it is there.
      driver.suppress();
      return;
    }
    // Allocators that give what was asked for have to be asked; the others take no notice.
    driver.request([{ role, resources: Resources.fromMilli(needs), count: 1, allOrNothing: false }]);
  }

  arrived(): void {
    // The task is there from the beginning.
  }

  offers(offers: readonly Offer[], driver: SchedulerDriver): void {
    for (const { id, agent, resources } of offers) {
      const used = this.isSettled ? undefined : take(resources, this.#plan.needs);
      if (used === undefined) {
        driver.decline([id], this.isSettled ? LONG : REFUSE_DEFAULT);
        continue;
      }
      const { task, name, payload } = this.#plan;
      this.isSettled = true;
      const launch = { task, resources: used, spec: { name, agent, payload } };
      driver.accept([id], [{ type: 'LAUNCH', tasks: [launch] }], LONG);
      driver.suppress();
    }
  }

  rescinded(): void {
    // An offer is answered as soon as it comes.
  }

  updated(update: StatusUpdate): void {
    if (isTerminal(update.state)) this.#hasEnded = true;
    this.#watcher.updated(update);
  }

  timer(_key: number, driver: SchedulerDriver): void {
    if (this.#hasEnded) return;
    if (!this.isSettled) {
      this.#watcher.waiting();
      return;
    }
    // The master cannot always tell at once what became of a task (mesos-http-api 4.4).
    driver.reconcile([{ task: this.#plan.task, agent: -1 }]);
    driver.timer(driver.now + RECONCILE_EVERY, 0);
  }
}

/** That much of an offer, what is reserved first; undefined: it holds less. */
export function take(offered: Resources, needs: Readonly<Record<string, number>>): Resources | undefined {
  const bag = new ResourceBag();
  const missing = new Map(Object.entries(needs).filter(([, milli]) => milli > 0));
  const kinds = offered.kinds
    .map((id, at) => ({ kind: kindOf(id), amount: offered.amounts[at] }))
    .filter(({ kind }) => kind.type === 'SCALAR' && kind.unitMilli === 0 && !kind.revocable && !kind.shared)
    .sort((a, b) => b.kind.reservations.length - a.kind.reservations.length);
  for (const { kind, amount } of kinds) {
    const used = Math.min(amount, missing.get(kind.name) ?? 0);
    if (kind.volume !== undefined || used === 0) continue;
    bag.add(kind.id, used);
    missing.set(kind.name, missing.get(kind.name)! - used);
  }
  return [...missing.values()].every((milli) => milli === 0) ? bag.toResources() : undefined;
}
