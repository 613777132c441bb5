import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { FrameworkId, Micros } from '../../cluster/ids.js';
import type { SchedulerCall, SchedulerEvent } from '../../cluster/protocol.js';
import type { Scheduler, SchedulerEffects } from '../../cluster/scheduler.js';
import { RecordReader } from '../http/recordio.js';
import { MasterClientError, type MasterClient } from './master-client.js';
import { SchedulerMessages, type ClientNames, type EventMessage } from './scheduler-messages.js';

const PATH = '/api/v1/scheduler';
const LONGEST_EVENT = 64 * 1024 * 1024;
/** A stream without a word for so long is dead: heartbeats come every 15 s. */
const SILENCE_MS = 75_000;
/** How long a master that is lost is tried again, and how soon. */
export const PATIENCE_MS = 600_000;
const RETRY_MS = 500;

/** The scheduler's clock. */
export interface ClientClock {
  now(): Micros;
  /** Microseconds of it in one of the world's. */
  readonly speedup: number;
}

export const REAL_TIME: ClientClock = { now: () => Date.now() * 1000, speedup: 1 };

export interface SchedulerClientOptions {
  readonly scheduler: Scheduler;
  readonly names: ClientNames;
  /** Of FrameworkInfo: the user that its tasks run as. */
  readonly user: string;
  readonly clock: ClientClock;
  /** Sees what goes by, before anybody else does. */
  readonly watch?: {
    called?(call: SchedulerCall): void;
    heard?(event: SchedulerEvent): void;
    /** The stream broke, or a try to subscribe again was in vain; it subscribes again. */
    lost?(why: string): void;
  };
}

/** The stream of one subscription. */
interface EventStream {
  readonly id: string;
  readonly response: IncomingMessage;
}

/**
 * The core's scheduler driver on a master's v1 API. When the master is lost it subscribes again, as the same framework; what
 * was under way then is the model's business, as in a simulation.
 */
export class SchedulerClient implements SchedulerEffects {
  /** Id of the framework; '' before it is subscribed. */
  frameworkId = '';
  readonly #client: MasterClient;
  readonly #options: SchedulerClientOptions;
  readonly #messages: SchedulerMessages;
  readonly #timers = new Set<NodeJS.Timeout>();
  #stream: EventStream | undefined;
  /** Nothing more is wanted of the master but that it forgets the framework. */
  #isEnding = false;
  #isOver = false;
  /** What ended it from here. */
  #fault: Error | undefined;
  /** Calls go out one after another. */
  #sent: Promise<void> = Promise.resolve();
  #subscription: object = {};

  constructor(client: MasterClient, options: SchedulerClientOptions) {
    this.#client = client;
    this.#options = options;
    const { scheduler, names, clock } = options;
    this.#messages = new SchedulerMessages(scheduler.framework, names, clock.speedup);
  }

  /** Subscribes and hands on what comes, until {@link end} or TEARDOWN by an operator. @throws MasterClientError */
  async run(): Promise<void> {
    let lostAt: number | undefined;
    try {
      for (;;) {
        const why = await this.#follow();
        // A TEARDOWN ends the stream before it is answered.
        await this.#sent;
        if (this.#fault !== undefined) throw this.#fault;
        if (this.#isOver) return;
        const { failure } = this.#options.scheduler;
        if (failure !== undefined) throw new MasterClientError(`the master refuses: ${failure}.`);
        if (this.#stream !== undefined) lostAt = undefined;
        this.#stream = undefined;
        lostAt ??= Date.now();
        // One that was never there is a mistake of the user's.
        if (this.frameworkId === '' || Date.now() - lostAt > PATIENCE_MS) throw why;
        this.#options.watch?.lost?.(why.message);
        await delay(RETRY_MS * (0.5 + Math.random()));
      }
    } finally {
      for (const timer of this.#timers) clearTimeout(timer);
    }
  }

  /** There is a master that listens, as far as is known. */
  get isSubscribed(): boolean {
    return this.#stream?.response.destroyed === false;
  }

  /** Tears the framework down, which ends the stream; also one that is broken just now. */
  end(): void {
    this.#isEnding = true;
    this.toMaster(this.#framework, { type: 'TEARDOWN', framework: this.#framework });
  }

  /** The same, also when it is not subscribed yet. */
  giveUp(): void {
    if (this.frameworkId !== '') {
      this.end();
      return;
    }
    this.#isOver = true;
    this.#stream?.response.destroy();
  }

  /** Ends the stream, and the framework with it, because of an error that {@link run} throws. */
  fail(error: Error): void {
    this.#fault ??= error;
    this.#stream?.response.destroy();
  }

  /** Positions [first, first + count) of the framework's list of tasks have arrived. */
  arrived(first: number, count: number): void {
    const { scheduler, clock } = this.#options;
    scheduler.arrived(first, count, clock.now(), this);
  }

  toMaster(_framework: FrameworkId, call: SchedulerCall): void {
    this.#options.watch?.called?.(call);
    if (call.type === 'SUBSCRIBE') {
      this.#subscription = this.#subscribeMessage(call);
      return;
    }
    const content = this.#messages.content(call);
    const message = {
      type: call.type,
      framework_id: { value: this.frameworkId },
      ...(content && { [call.type.toLowerCase()]: content }),
    };
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#sent = this.#sent.then(() => this.#send(message, stream));
  }

  timer(_framework: FrameworkId, at: Micros, key: number): void {
    const { clock, scheduler } = this.#options;
    const wait = Math.max(0, at - clock.now()) / 1000 / clock.speedup;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      // The clock of the host may be a little early.
      if (clock.now() < at) this.timer(_framework, at, key);
      // By the time it was set for: a model knows its timers by that.
      else scheduler.timer(key, at, this);
    }, wait);
    this.#timers.add(timer);
  }

  get #framework(): FrameworkId {
    return this.#options.scheduler.framework;
  }

  /** One subscription from its call to the end of its stream. Answers why it ended. */
  async #follow(): Promise<MasterClientError> {
    const { scheduler, clock } = this.#options;
    this.#messages.forget();
    scheduler.start(clock.now(), this);
    let response: IncomingMessage;
    try {
      response = await this.#client.open('POST', PATH, this.#subscription);
    } catch (error) {
      return error as MasterClientError;
    }
    if (response.statusCode !== 200) {
      const text = (await buffer(response)).toString();
      const problem = refusal(text, response.statusCode);
      // A master that has just begun, or is none at present.
      if (response.statusCode !== 503) this.#fault ??= problem;
      return problem;
    }
    this.#stream = { id: String(response.headers['mesos-stream-id']), response };
    if (this.#isOver || this.#fault !== undefined) response.destroy();
    response.setTimeout(SILENCE_MS, () => response.destroy(new Error('it says nothing')));
    const reader = new RecordReader(LONGEST_EVENT);
    try {
      for await (const piece of response) {
        for (const record of reader.push(piece as Buffer))
          this.#take(JSON.parse(record.toString()) as EventMessage);
      }
      return new MasterClientError('the master is lost: it ended the stream.');
    } catch (error) {
      return new MasterClientError(`the master is lost: ${(error as Error).message}.`);
    }
  }

  async #send(message: { readonly type: string }, stream: EventStream): Promise<void> {
    // What was meant for a master that has gone is void.
    if (this.#stream !== stream || stream.response.destroyed) return;
    try {
      const response = await this.#client.open('POST', PATH, message, { 'Mesos-Stream-Id': stream.id });
      const text = (await buffer(response)).toString();
      const { statusCode: status = 0 } = response;
      if (status === 202 || status === 200) {
        if (message.type === 'TEARDOWN') this.#isOver = true;
        return;
      }
      // Another master is there already, and does not know this stream.
      const isStale = status === 403 || status === 503 || /Framework cannot be found|stream ID/.test(text);
      if (!isStale) this.#fault ??= refusal(text, status);
      stream.response.destroy();
    } catch (error) {
      if (error instanceof MasterClientError) stream.response.destroy(error);
      else this.fail(error as Error);
    }
  }

  #take(message: EventMessage): void {
    const id = message.subscribed?.framework_id.value;
    if (id !== undefined) this.frameworkId = id;
    if (this.#isEnding && id !== undefined) {
      this.end();
      return;
    }
    if (
      message.type === 'ERROR' &&
      this.frameworkId !== '' &&
      /has been removed/.test(message.error?.message ?? '')
    ) {
      this.#isOver = true;
      return;
    }
    const { event, unused } = this.#messages.event(message);
    if (unused.length > 0) this.#decline(unused);
    if (event === undefined) return;
    this.#options.watch?.heard?.(event);
    const { scheduler, clock } = this.#options;
    scheduler.event(event, clock.now(), this);
  }

  #decline(offers: readonly object[]): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    const decline = { offer_ids: offers, filters: { refuse_seconds: 3600 } };
    const message = { type: 'DECLINE', framework_id: { value: this.frameworkId }, decline };
    this.#sent = this.#sent.then(() => this.#send(message, stream));
  }

  #subscribeMessage({ info, suppressedRoles }: Extract<SchedulerCall, { type: 'SUBSCRIBE' }>): object {
    const { roles } = this.#options.names;
    const id = this.frameworkId === '' ? {} : { id: { value: this.frameworkId } };
    return {
      type: 'SUBSCRIBE',
      ...('id' in id && { framework_id: id.id }),
      subscribe: {
        framework_info: {
          user: this.#options.user,
          name: info.name,
          ...id,
          roles: info.roles.map((role) => roles.path(role)),
          capabilities: info.capabilities.map((type) => ({ type })),
          failover_timeout: (info.failoverTimeoutUs ?? 0) / 1e6,
          checkpoint: info.checkpoint === true,
        },
        suppressed_roles: suppressedRoles.map((role) => roles.path(role)),
      },
    };
  }
}

function refusal(text: string, status = 0): MasterClientError {
  return new MasterClientError(`the master refuses (${status}): ${text.trim()}.`);
}
