import { randomUUID } from 'node:crypto';
import type { FrameworkId } from '../../cluster/ids.js';
import { updateFrameworkProblem } from '../../cluster/master/subscribe.js';
import type { SchedulerEvent } from '../../cluster/protocol.js';
import type { Sliced } from '../wire/sliced.js';
import type { Message } from '../wire/message-reader.js';
import type { SchedulerCallMessage } from '../wire/messages.js';
import { callProblem, principalProblem, readCall, type Caller } from '../wire/scheduler-call.js';
import { eventMessage, HEARTBEAT, type Greeting } from '../wire/scheduler-event.js';
import { WireError } from '../wire/wire-error.js';
import type { MasterHost } from './master-host.js';

/** Where the events of one subscription go. */
export interface EventSink {
  /** Events leave in this order, also behind one that is made in turns. */
  send(event: Message | Sliced): void;
  /** The last event has been sent. */
  end(): void;
}

/** One SUBSCRIBE that is in force, or about to be. */
export interface Subscription {
  /** Has to come with every other call of the framework. */
  readonly streamId: string;
  readonly sink: EventSink;
  framework: FrameworkId;
}

/** The answer to a call: an HTTP status, and the reason where it is a refusal. */
export interface Answer {
  readonly status: number;
  readonly reason?: string;
}

const ACCEPTED: Answer = { status: 202 };

/** The frameworks' side of a master: their calls in the core's terms, the core's events on the stream of the framework. */
export class Schedulers {
  readonly #host: MasterHost;
  readonly #greeting: Greeting;
  readonly #subscriptions = new Map<FrameworkId, Subscription>();
  /** The SUBSCRIBE that is being worked on: its refusal must not reach the subscription that it did not replace. */
  #subscribing: Subscription | undefined;
  #named = 0;

  constructor(host: MasterHost, greeting: Greeting) {
    this.#host = host;
    this.#greeting = greeting;
    host.toFramework = (framework, event) => this.#event(framework, event);
  }

  /** Sends a heartbeat to every subscription. */
  heartbeat(): void {
    this.#host.deliver(() => {
      for (const { sink } of this.#subscriptions.values()) sink.send(HEARTBEAT);
    });
  }

  /**
   * Takes a SUBSCRIBE. A refusal is an ERROR event on the stream, which then ends.
   *
   * @param call passed {@link callProblem}
   */
  subscribe(call: SchedulerCallMessage, streamId: string, sink: EventSink): Subscription {
    const { names } = this.#host;
    const given = call.framework_id?.value ?? '';
    const before = names.frameworks.count;
    const name = given === '' ? this.#newName() : given;
    const framework = names.frameworks.intern(name);
    const subscription: Subscription = { streamId, sink, framework };
    this.#subscribing = subscription;
    try {
      const input = readCall(call, this.#caller(framework, name), names.idsFor(framework));
      if (input !== undefined) this.#host.step(input);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#event(framework, { type: 'ERROR', message: error.message });
    } finally {
      this.#subscribing = undefined;
    }
    const isNew = names.frameworks.count > before;
    if (isNew && this.#host.master.frameworks.get(framework) === undefined) names.frameworks.forgetNewest();
    return subscription;
  }

  /** Takes any other call. @param principal who calls; undefined: nobody asked */
  call(call: SchedulerCallMessage, streamId: string | undefined, principal?: string): Answer {
    const problem = callProblem(call) ?? principalProblem(call, principal);
    if (problem !== undefined) return { status: 400, reason: problem };
    const { names, master } = this.#host;
    const name = call.framework_id?.value ?? '';
    const framework = names.frameworks.find(name);
    const known = framework === undefined ? undefined : master.frameworks.get(framework);
    // Also of one that was torn down: to Mesos it is no framework any more.
    if (framework === undefined || known?.removed !== false) {
      return { status: 400, reason: 'Framework cannot be found' };
    }
    const owner = known.info.principal;
    if (owner !== undefined && principal !== undefined && owner !== principal) {
      return { status: 400, reason: `the framework is of "${owner}", and "${principal}" calls` };
    }
    const subscription = this.#subscriptions.get(framework);
    if (subscription === undefined) return { status: 403, reason: 'Framework is not subscribed' };
    if (streamId === undefined) {
      return { status: 400, reason: "All non-subscribe calls should include the 'Mesos-Stream-Id' header" };
    }
    if (streamId !== subscription.streamId) {
      return {
        status: 400,
        reason:
          "The stream ID included in this request didn't match the stream ID currently associated with framework ID " +
          name,
      };
    }
    return this.#take(call, this.#caller(framework, name));
  }

  /** The stream broke, or its reader was too slow. */
  closed({ framework, streamId }: Subscription): void {
    if (this.#subscriptions.get(framework)?.streamId !== streamId) return;
    this.#subscriptions.delete(framework);
    this.#host.step({ type: 'FRAMEWORK_DISCONNECTED', framework });
  }

  /** An operator ends a framework. */
  tearDown(framework: FrameworkId): void {
    this.#host.step({ type: 'TEARDOWN', framework });
    this.#end(framework);
  }

  /** Ends all streams: the master is going. */
  stop(): void {
    for (const { sink } of this.#subscriptions.values()) sink.end();
    this.#subscriptions.clear();
  }

  #take(call: SchedulerCallMessage, caller: Caller): Answer {
    const { names, master } = this.#host;
    const { framework } = caller;
    // No status of an operation carries a uuid, so there is nothing to acknowledge.
    if (call.type === 'ACKNOWLEDGE_OPERATION_STATUS') return ACCEPTED;
    try {
      const input = readCall(call, caller, names.idsFor(framework));
      if (input === undefined) return { status: 501, reason: `${call.type ?? ''} is not supported` };
      if (input.type === 'UPDATE_FRAMEWORK') {
        const refusal = updateFrameworkProblem(master.cluster, input);
        if (refusal !== undefined) return { status: 400, reason: refusal };
      }
      this.#host.step(input);
      if (input.type === 'TEARDOWN') this.#end(framework);
      return input.type === 'UPDATE_FRAMEWORK' ? { status: 200 } : ACCEPTED;
    } catch (error) {
      if (error instanceof WireError) return { status: 400, reason: error.message };
      throw error;
    } finally {
      names.settle();
    }
  }

  #caller(framework: FrameworkId, name: string): Caller {
    return { framework, name, info: this.#host.master.frameworks.get(framework)?.info };
  }

  /** `<master>-0000`, `<master>-0001`, …. */
  #newName(): string {
    return `${this.#host.master.masterId}-${String(this.#named++).padStart(4, '0')}`;
  }

  #event(framework: FrameworkId, event: SchedulerEvent): void {
    const subscribing = this.#subscribing?.framework === framework ? this.#subscribing : undefined;
    if (subscribing !== undefined && event.type === 'SUBSCRIBED') this.#replace(subscribing);
    const subscription = subscribing ?? this.#subscriptions.get(framework);
    if (subscription === undefined) return;
    const { master, names } = this.#host;
    const info = master.frameworks.get(framework)?.info;
    const { sink } = subscription;
    const message = eventMessage(event, info, names, this.#greeting);
    this.#host.deliver(() => sink.send(message));
    if (event.type === 'SUBSCRIBED') this.#host.deliver(() => sink.send(HEARTBEAT));
    if (event.type === 'ERROR') {
      this.#host.deliver(() => sink.end());
      if (this.#subscriptions.get(framework) === subscription) this.#subscriptions.delete(framework);
    }
  }

  /** A new subscription always wins over the old one (mesos-http-api 2.2). */
  #replace(subscription: Subscription): void {
    const old = this.#subscriptions.get(subscription.framework);
    this.#subscriptions.set(subscription.framework, subscription);
    if (old === undefined) return;
    this.#host.deliver(() => {
      old.sink.send({ type: 'ERROR', error: { message: 'Framework failed over' } });
      old.sink.end();
    });
  }

  #end(framework: FrameworkId): void {
    const subscription = this.#subscriptions.get(framework);
    this.#subscriptions.delete(framework);
    this.#host.deliver(() => subscription?.sink.end());
  }
}

export function newStreamId(): string {
  return randomUUID();
}
