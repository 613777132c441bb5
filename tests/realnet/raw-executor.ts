import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { encode, type Encoding } from '../../src/realnet/wire/codec.js';
import { messageType } from '../../src/realnet/wire/schema.js';
import { eventsOf, mediaHeaders, open, type Received, type Reply } from './raw-client.js';

type Environment = Readonly<Record<string, string>>;

/** An executor's command that writes its environment to a file of the folder, and runs until it is killed. */
export function executorCommand(folder: string): { value: string } {
  const file = join(folder, 'env');
  return { value: `echo $$ > pid; env > ${file}.new; mv ${file}.new ${file}; exec sleep 1000` };
}

/** What {@link executorCommand} wrote, when it has. */
export async function environmentIn(folder: string): Promise<Environment> {
  const file = join(folder, 'env');
  while (!existsSync(file)) await delay(10);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]));
}

/** Of the process whose sandbox that is. */
export function pidIn(sandbox: string): number {
  return Number(readFileSync(join(sandbox, 'pid'), 'utf8'));
}

/** The test itself in the place of an executor, which knows nothing but its environment and the wire. */
export class RawExecutor {
  readonly #env: Environment;
  readonly #encoding: Encoding;
  readonly #events: AsyncIterator<Received>;
  readonly #response: IncomingMessage;

  private constructor(env: Environment, encoding: Encoding, response: IncomingMessage) {
    this.#env = env;
    this.#encoding = encoding;
    this.#response = response;
    this.#events = eventsOf(response, encoding, 'executor');
  }

  static async subscribe(
    env: Environment,
    encoding: Encoding = 'json',
    more: object = {},
  ): Promise<RawExecutor> {
    const response = await post(env, encoding, 'SUBSCRIBE', { ...more });
    if (response.statusCode !== 200)
      throw new Error(`${response.statusCode} ${(await buffer(response)).toString()}`);
    onTestFinished(() => {
      response.destroy();
    });
    return new RawExecutor(env, encoding, response);
  }

  get contentType(): string | undefined {
    return this.#response.headers['content-type'];
  }

  async next(type: string): Promise<Received> {
    for (;;) {
      const { value, done } = await this.#events.next();
      if (done === true) throw new Error(`the stream ended before a ${type}`);
      if (value.type === type) return value;
    }
  }

  async update(task: string, state: string, more: object = {}): Promise<Reply> {
    const uuid = randomUUID().replaceAll('-', '');
    const status = {
      task_id: { value: task },
      state,
      source: 'SOURCE_EXECUTOR',
      uuid: Buffer.from(uuid, 'hex').toString('base64'),
      ...more,
    };
    return await this.call('UPDATE', { status });
  }

  async call(type: string, content: object): Promise<Reply> {
    const response = await post(this.#env, this.#encoding, type, content);
    const text = (await buffer(response)).toString();
    return { status: response.statusCode ?? 0, headers: response.headers, text };
  }
}

async function post(
  env: Environment,
  encoding: Encoding,
  type: string,
  content: object,
): Promise<IncomingMessage> {
  const call = {
    type,
    framework_id: { value: env.MESOS_FRAMEWORK_ID },
    executor_id: { value: env.MESOS_EXECUTOR_ID },
    [type.toLowerCase()]: content,
  };
  const token = env.MESOS_EXECUTOR_AUTHENTICATION_TOKEN;
  return await open(Number(env.MESOS_AGENT_ENDPOINT.split(':')[1]), {
    path: '/slave(1)/api/v1/executor',
    headers: { ...mediaHeaders(encoding), ...(token && { Authorization: `Bearer ${token}` }) },
    body: encode(messageType('executor', 'Call'), encoding, call),
  });
}
