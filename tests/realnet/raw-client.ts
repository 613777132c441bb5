import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { RecordReader } from '../../src/realnet/http/recordio.js';
import { decode, encode, MEDIA_TYPES, type Encoding } from '../../src/realnet/wire/codec.js';
import type { Message } from '../../src/realnet/wire/message-reader.js';
import { messageType } from '../../src/realnet/wire/schema.js';

/** What came over the wire; a wrong shape fails the assertion. */
export type Received = ReturnType<typeof JSON.parse>;

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

const SCHEDULER = '/api/v1/scheduler';

/** One request, whose answer is still to be read. */
export async function open(
  port: number,
  { method = 'POST', path = SCHEDULER, headers, body }: Sent,
): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    const call = request({ port, host: '127.0.0.1', method, path, headers, agent: new Agent() }, resolve);
    call.on('error', reject);
    call.end(body);
  });
}

/** One request and its whole answer. */
export async function send(port: number, sent: Sent): Promise<Reply> {
  const response = await open(port, sent);
  const text = (await buffer(response)).toString();
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** A scheduler that knows nothing but the wire. */
export class RawScheduler {
  readonly #port: number;
  readonly #encoding: Encoding;
  readonly #events: AsyncIterator<Received>;
  readonly #response: IncomingMessage;
  /** Read, and not wanted yet. */
  readonly #kept: Received[] = [];
  readonly streamId: string;
  frameworkId = '';

  private constructor(port: number, encoding: Encoding, response: IncomingMessage) {
    this.#port = port;
    this.#encoding = encoding;
    this.#response = response;
    this.streamId = String(response.headers['mesos-stream-id']);
    this.#events = eventsOf(response, encoding);
  }

  get headers(): IncomingHttpHeaders {
    return this.#response.headers;
  }

  /** Subscribes; the SUBSCRIBED event is still to be read. */
  static async open(port: number, info: object = {}, encoding: Encoding = 'json'): Promise<RawScheduler> {
    const framework = { user: 'root', name: 'raw', ...(info as { id?: { value: string } }) };
    const call = {
      type: 'SUBSCRIBE',
      ...(framework.id && { framework_id: framework.id }),
      subscribe: { framework_info: framework },
    };
    const response = await open(port, { headers: mediaHeaders(encoding), body: encodeCall(call, encoding) });
    if (response.statusCode !== 200)
      throw new Error(`${response.statusCode} ${(await buffer(response)).toString()}`);
    onTestFinished(() => {
      response.destroy();
    });
    return new RawScheduler(port, encoding, response);
  }

  /** Subscribes and reads SUBSCRIBED. */
  static async subscribe(
    port: number,
    info: object = {},
    encoding: Encoding = 'json',
  ): Promise<RawScheduler> {
    const scheduler = await RawScheduler.open(port, info, encoding);
    const { framework_id: id } = (await scheduler.next('SUBSCRIBED')).subscribed;
    scheduler.frameworkId = id.value;
    return scheduler;
  }

  /**
   * The next event of a type. Others are kept until somebody wants them: an update waits for the acknowledgement of the one
   * before, and what is no update overtakes it.
   */
  async next(type: string): Promise<Received> {
    const at = this.#kept.findIndex((event) => event.type === type);
    if (at >= 0) return this.#kept.splice(at, 1)[0];
    for (;;) {
      const { value, done } = await this.#events.next();
      if (done === true) throw new Error(`the stream ended before a ${type}`);
      if (value.type === type) return value;
      this.#kept.push(value);
    }
  }

  /** The types of all events until the stream ends. @param last ends at the first of this type, too */
  async rest(last?: string): Promise<string[]> {
    const types: string[] = [];
    for (;;) {
      const { value, done } = await this.#events.next();
      if (done === true) return types;
      types.push(value.type);
      if (value.type === last) return types;
    }
  }

  /** Any other call. */
  async call(
    type: string,
    content: object = {},
    more: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const call = { type, framework_id: { value: this.frameworkId }, [type.toLowerCase()]: content };
    return await send(this.#port, {
      headers: { ...mediaHeaders(this.#encoding), 'Mesos-Stream-Id': this.streamId, ...more },
      body: encodeCall(call, this.#encoding),
    });
  }

  /** Launches one command task on the next offer. */
  async launch(name: string, command: object, resources = 'cpus:0.1'): Promise<Received> {
    return await this.launchTask(name, { command }, resources);
  }

  /** Launches one task, with a command or an executor, on the next offer. */
  async launchTask(name: string, content: object, resources = 'cpus:0.1'): Promise<Received> {
    return await this.accept((agent) => ({
      type: 'LAUNCH',
      launch: { task_infos: [taskInfo(name, agent, content, resources)] },
    }));
  }

  /** Launches tasks with commands as one group. */
  async launchGroup(executor: object, commands: Readonly<Record<string, object>>): Promise<Received> {
    return await this.accept((agent) => {
      const tasks = Object.entries(commands).map(([name, command]) => taskInfo(name, agent, { command }));
      return { type: 'LAUNCH_GROUP', launch_group: { executor, task_group: { tasks } } };
    });
  }

  /** Accepts the next offer with one operation. */
  async accept(operation: (agent: object) => object): Promise<Received> {
    const { offers } = (await this.next('OFFERS')).offers;
    const [offer] = offers;
    const filters = { refuse_seconds: 0 };
    return await this.call('ACCEPT', {
      offer_ids: [offer.id],
      operations: [operation(offer.agent_id)],
      filters,
    });
  }

  /** The next UPDATE, acknowledged when that is due. */
  async update(): Promise<Received> {
    const { status } = (await this.next('UPDATE')).update;
    const { agent_id, task_id, uuid } = status;
    if (uuid !== undefined) await this.call('ACKNOWLEDGE', { agent_id, task_id, uuid });
    return status;
  }

  /** Breaks the stream, as a process that dies does. */
  drop(): void {
    this.#response.destroy();
  }
}

function taskInfo(name: string, agent: object, content: object, resources = 'cpus:0.1'): object {
  const [, cpus] = resources.split(':');
  return {
    name,
    task_id: { value: name },
    agent_id: agent,
    resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: Number(cpus) } }],
    ...content,
  };
}

export function mediaHeaders(encoding: Encoding): Record<string, string> {
  return { 'Content-Type': MEDIA_TYPES[encoding], Accept: MEDIA_TYPES[encoding] };
}

function encodeCall(call: Message, encoding: Encoding): Uint8Array {
  return encode(messageType('scheduler', 'Call'), encoding, call);
}

/** The events of a stream. */
export async function* eventsOf(
  response: IncomingMessage,
  encoding: Encoding,
  file = 'scheduler',
): AsyncGenerator<Received> {
  const reader = new RecordReader(4 * 1024 * 1024);
  const type = messageType(file, 'Event');
  for await (const piece of response) {
    for (const record of reader.push(piece)) yield decode(type, encoding, record);
  }
}
