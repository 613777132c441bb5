import type { Change } from '../state/history.js';
import { SharedPieces } from '../wire/shared-pieces.js';
import { encodeSliced, Sliced } from '../wire/sliced.js';
import { usageOfFramework, usageOnAgent } from '../state/usage.js';
import type { V1State } from '../state/v1-state.js';
import { encode, type Encoding } from '../wire/codec.js';
import type { Message } from '../wire/message-reader.js';
import { messageType } from '../wire/schema.js';
import { HEARTBEAT } from '../wire/scheduler-event.js';
import type { MasterHost } from './master-host.js';

/** Where the records of one subscriber go. */
export interface RecordSink {
  write(record: Uint8Array): void;
  /** One record; nothing else is written until this resolves, and then the pieces may be used again. */
  writePieces(pieces: readonly Uint8Array[]): Promise<void>;
  writeAll(records: readonly Uint8Array[]): Promise<void>;
  end(): void;
  onClose(handler: () => void): void;
}

interface Subscriber {
  readonly sink: RecordSink;
  readonly encoding: Encoding;
  /** What happened while its first record is made and read; undefined: that is out. */
  waiting: Uint8Array[] | undefined;
  waitingBytes: number;
}

/** Beyond so many the oldest is closed (mesos-http-api 6.2). */
const MOST_SUBSCRIBERS = 1000;
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

/** The operator's event streams: each begins with the whole state, then come changes. */
export class OperatorEvents {
  readonly #host: MasterHost;
  readonly #state: V1State;
  readonly #heartbeatSeconds: number;
  readonly #subscribers = new Set<Subscriber>();
  readonly #greetings = new SharedPieces();
  readonly #frame: (record: Uint8Array) => Uint8Array;

  /** @param frame puts a record's length before it */
  constructor(
    host: MasterHost,
    state: V1State,
    heartbeatSeconds: number,
    frame: (record: Uint8Array) => Uint8Array,
  ) {
    this.#host = host;
    this.#state = state;
    this.#heartbeatSeconds = heartbeatSeconds;
    this.#frame = frame;
  }

  get count(): number {
    return this.#subscribers.size;
  }

  async subscribe(sink: RecordSink, encoding: Encoding): Promise<void> {
    const subscriber: Subscriber = { sink, encoding, waiting: [], waitingBytes: 0 };
    this.#subscribers.add(subscriber);
    sink.onClose(() => this.#subscribers.delete(subscriber));
    for (const oldest of this.#subscribers) {
      if (this.#subscribers.size <= MOST_SUBSCRIBERS) break;
      this.#close(oldest);
    }
    await this.#greetings.make(
      encoding,
      () => this.#greeting(encoding),
      async (pieces) => {
        if (this.#subscribers.has(subscriber)) await sink.writePieces(pieces);
      },
    );
    if (!this.#subscribers.has(subscriber)) return;
    sink.write(this.#record(HEARTBEAT, encoding));
    while (subscriber.waiting !== undefined && subscriber.waiting.length > 0) {
      const records = subscriber.waiting;
      subscriber.waiting = [];
      subscriber.waitingBytes = 0;
      await sink.writeAll(records);
    }
    subscriber.waiting = undefined;
  }

  heartbeat(): void {
    this.#send(HEARTBEAT);
  }

  changed(change: Change): void {
    if (this.#subscribers.size === 0) return;
    const message = this.#message(change);
    this.#host.deliver(() => this.#send(message));
  }

  stop(): void {
    for (const subscriber of [...this.#subscribers]) this.#close(subscriber);
  }

  /** Encodes once for all who read the same encoding. */
  #send(event: Message): void {
    const records = new Map<Encoding, Uint8Array>();
    for (const subscriber of this.#subscribers) {
      const { encoding, sink, waiting } = subscriber;
      let record = records.get(encoding);
      if (record === undefined) records.set(encoding, (record = this.#record(event, encoding)));
      if (waiting === undefined) {
        sink.write(record);
        continue;
      }
      waiting.push(record);
      subscriber.waitingBytes += record.length;
      if (subscriber.waitingBytes > MOST_WAITING_BYTES) this.#close(subscriber);
    }
  }

  #record(event: Message, encoding: Encoding): Uint8Array {
    return this.#frame(encode(messageType('master', 'Event'), encoding, event));
  }

  *#greeting(encoding: Encoding): Generator<undefined, Uint8Array[]> {
    const state = yield* this.#state.state();
    const subscribed = new Sliced({ get_state: state, heartbeat_interval_seconds: this.#heartbeatSeconds });
    const event = new Sliced({ type: 'SUBSCRIBED', subscribed });
    return yield* encodeSliced(messageType('master', 'Event').type, encoding, event);
  }

  #close(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    subscriber.sink.end();
  }

  #message(change: Change): Message {
    const { type } = change;
    const { names, master } = this.#host;
    switch (change.type) {
      case 'TASK_ADDED':
        return { type, task_added: { task: this.#state.task(change.task) } };
      case 'TASK_UPDATED': {
        const { task, status } = change;
        const told = { status: this.#state.status(task, status), state: status.state };
        return { type, task_updated: { framework_id: { value: names.framework(task.framework) }, ...told } };
      }
      case 'AGENT_ADDED': {
        const agent = master.agents.get(change.agent.id);
        return {
          type,
          agent_added:
            agent === undefined ? {} : { agent: this.#state.agent(agent, usageOnAgent(master, agent.id)) },
        };
      }
      case 'AGENT_REMOVED':
        return { type, agent_removed: { agent_id: { value: names.agent(change.agent.id) } } };
      case 'FRAMEWORK_ADDED':
      case 'FRAMEWORK_UPDATED': {
        const usage = usageOfFramework(master, change.framework.id);
        const framework = this.#state.wholeFramework(change.framework, usage);
        return { type, [type.toLowerCase()]: { framework } };
      }
      case 'FRAMEWORK_REMOVED':
        return { type, framework_removed: { framework_info: change.framework.info.payload } };
    }
  }
}
