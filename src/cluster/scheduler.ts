import type { AgentId, FrameworkId, Micros, OfferId, RoleId, TaskId } from './ids.js';
import type {
  Ask,
  FrameworkInfo,
  Offer,
  Operation,
  SchedulerCall,
  SchedulerEvent,
  StatusUpdate,
} from './protocol.js';

/** What a framework model may do; every method is one v1 call. */
export interface SchedulerDriver {
  readonly framework: FrameworkId;
  readonly now: Micros;
  request(asks: readonly Ask[]): void;
  /** `refuseUs`: how long the rest is refused; REFUSE_DEFAULT: 5 s. */
  accept(offers: readonly OfferId[], operations: readonly Operation[], refuseUs: Micros): void;
  decline(offers: readonly OfferId[], refuseUs: Micros): void;
  /** No roles: all of the framework. */
  suppress(roles?: readonly RoleId[]): void;
  revive(roles?: readonly RoleId[]): void;
  /** `agent` -1: wherever it is. */
  kill(task: TaskId, agent: AgentId): void;
  /** No tasks: all that the master knows of. */
  reconcile(tasks?: readonly { readonly task: TaskId; readonly agent: AgentId }[]): void;
  /** Ask for a call of {@link FrameworkModel.timer} at a time not before now. Never cancelled. */
  timer(at: Micros, key: number): void;
}

/** How one kind of framework reacts. Pure: written once, it runs in the simulator and in the real runtime. */
export interface FrameworkModel {
  /** Subscribed, for the first time or again: asks of before are gone, offers of before are dead. */
  subscribed(driver: SchedulerDriver): void;
  /** `count` tasks arrived, the first at this position in the framework's own list. May come before {@link subscribed}. */
  arrived(first: number, count: number, driver: SchedulerDriver): void;
  offers(offers: readonly Offer[], driver: SchedulerDriver): void;
  rescinded(offer: OfferId, driver: SchedulerDriver): void;
  /** Acknowledged already. The same update can come twice. */
  updated(update: StatusUpdate, driver: SchedulerDriver): void;
  timer(key: number, driver: SchedulerDriver): void;
}

export interface SchedulerEffects {
  toMaster(framework: FrameworkId, call: SchedulerCall): void;
  timer(framework: FrameworkId, at: Micros, key: number): void;
}

/**
 * The framework side of the protocol: subscribes, acknowledges, and hands the rest to its model.
 *
 * To subscribe again after a broken stream, {@link start} again.
 */
export class Scheduler {
  readonly framework: FrameworkId;
  readonly info: FrameworkInfo;
  readonly model: FrameworkModel;
  readonly #suppressedRoles: readonly RoleId[];
  readonly #driver: Driver;
  #failure: string | undefined;

  constructor(
    framework: FrameworkId,
    info: FrameworkInfo,
    model: FrameworkModel,
    suppressedRoles: readonly RoleId[],
  ) {
    this.framework = framework;
    this.info = info;
    this.model = model;
    this.#suppressedRoles = suppressedRoles;
    this.#driver = new Driver(framework);
  }

  /** What the master refused for good (an ERROR event); undefined: nothing. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Sends SUBSCRIBE. */
  start(_now: Micros, out: SchedulerEffects): void {
    const { framework, info } = this;
    out.toMaster(framework, {
      type: 'SUBSCRIBE',
      framework,
      info,
      suppressedRoles: this.#suppressedRoles,
    });
  }

  event(event: SchedulerEvent, now: Micros, out: SchedulerEffects): void {
    const driver = this.#driver.at(now, out);
    switch (event.type) {
      case 'UPDATE':
        if (event.update !== 0) driver.acknowledge(event);
        this.model.updated(event, driver);
        return;
      case 'OFFERS':
        this.model.offers(event.offers, driver);
        return;
      case 'RESCIND':
        this.model.rescinded(event.offer, driver);
        return;
      case 'SUBSCRIBED':
        this.model.subscribed(driver);
        return;
      case 'ERROR':
        this.#failure = event.message;
        return;
      case 'INVERSE_OFFERS':
      case 'RESCIND_INVERSE_OFFER':
        // They bind nobody: the tasks run as long as they can.
        return;
      case 'UPDATE_OPERATION_STATUS':
        // No model converts resources.
        return;
      case 'MESSAGE':
      case 'FAILURE':
        // There are no executors that speak. The updates of the tasks that were there come by themselves.
        return;
    }
  }

  /** Positions [first, first + count) of the framework's list of tasks have arrived. */
  arrived(first: number, count: number, now: Micros, out: SchedulerEffects): void {
    this.model.arrived(first, count, this.#driver.at(now, out));
  }

  timer(key: number, now: Micros, out: SchedulerEffects): void {
    this.model.timer(key, this.#driver.at(now, out));
  }
}

/** One per scheduler, pointed to time and effects of the step that runs. */
class Driver implements SchedulerDriver {
  readonly framework: FrameworkId;
  now: Micros = 0;
  #out: SchedulerEffects | undefined;

  constructor(framework: FrameworkId) {
    this.framework = framework;
  }

  at(now: Micros, out: SchedulerEffects): this {
    this.now = now;
    this.#out = out;
    return this;
  }

  request(asks: readonly Ask[]): void {
    this.#send({ type: 'REQUEST', framework: this.framework, asks });
  }

  accept(offers: readonly OfferId[], operations: readonly Operation[], refuseUs: Micros): void {
    this.#send({ type: 'ACCEPT', framework: this.framework, offers, operations, refuseUs });
  }

  decline(offers: readonly OfferId[], refuseUs: Micros): void {
    this.#send({ type: 'DECLINE', framework: this.framework, offers, refuseUs });
  }

  suppress(roles: readonly RoleId[] = []): void {
    this.#send({ type: 'SUPPRESS', framework: this.framework, roles });
  }

  revive(roles: readonly RoleId[] = []): void {
    this.#send({ type: 'REVIVE', framework: this.framework, roles });
  }

  kill(task: TaskId, agent: AgentId): void {
    this.#send({ type: 'KILL', framework: this.framework, task, agent });
  }

  reconcile(tasks: readonly { readonly task: TaskId; readonly agent: AgentId }[] = []): void {
    this.#send({ type: 'RECONCILE', framework: this.framework, tasks });
  }

  timer(at: Micros, key: number): void {
    this.#out?.timer(this.framework, at, key);
  }

  acknowledge({ agent, task, update }: StatusUpdate): void {
    this.#send({ type: 'ACKNOWLEDGE', framework: this.framework, agent, task, update });
  }

  #send(call: SchedulerCall): void {
    this.#out?.toMaster(this.framework, call);
  }
}
