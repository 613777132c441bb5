import { decode, encode, type Encoding } from '../../src/realnet/wire/codec.js';
import { messageType } from '../../src/realnet/wire/schema.js';
import { mediaHeaders, send, type Received, type Reply } from './raw-client.js';

/** One call of the operator API, and its answer as it came. */
export async function callOperator(
  port: number,
  call: Readonly<Record<string, unknown>>,
  encoding: Encoding = 'json',
): Promise<Reply> {
  return await send(port, {
    path: '/api/v1',
    headers: mediaHeaders(encoding),
    body: encode(messageType('master', 'Call'), encoding, call),
  });
}

/** What a call shows: the content of its answer. */
export async function ask(port: number, type: string, more: object = {}): Promise<Received> {
  const { status, text } = await callOperator(port, { type, ...more });
  if (status !== 200) throw new Error(`${status} ${text}`);
  const answer = decode(messageType('master', 'Response'), 'json', Buffer.from(text)) as Received;
  if (answer.type !== type) throw new Error(`the answer is a ${answer.type}`);
  return answer[type.toLowerCase()];
}

/** A document of the endpoints that are older than the v1 API. */
export async function get(port: number, path: string): Promise<Received> {
  const { status, text } = await send(port, { method: 'GET', path });
  if (status !== 200) throw new Error(`${status} ${text}`);
  return JSON.parse(text);
}
