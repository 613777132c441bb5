import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { EventStream } from '../../src/realnet/http/event-stream.js';
import type { Message } from '../../src/realnet/wire/message-reader.js';
import { newPiece, PIECE, release } from '../../src/realnet/wire/pieces.js';
import { messageType } from '../../src/realnet/wire/schema.js';
import { Each, Sliced } from '../../src/realnet/wire/sliced.js';

/** A stream of events, as both of its ends see it. */
async function open(): Promise<{ stream: EventStream; reader: IncomingMessage; closed: Promise<unknown> }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const request = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  const [, response] = await once(server, 'request');
  const stream = new EventStream(response, messageType('scheduler', 'Event'), 'json');
  const closed = new Promise<void>((resolve) => {
    stream.onClose(resolve);
  });
  const [reader] = (await once(request, 'response')) as [IncomingMessage];
  return { stream, reader, closed };
}

/** An event in the making: more than a piece, then it waits until `isOver` says so. */
function longEvent(isOver: () => boolean, begun: () => void, done: () => void): Sliced {
  function* offers(): Generator<Message | undefined> {
    for (let length = 0; length < 2 * PIECE; length += 1000) yield { id: { value: 'o'.repeat(1000) } };
    begun();
    while (!isOver()) yield undefined;
    done();
  }
  return new Sliced({ type: 'OFFERS', offers: new Sliced({ offers: new Each(offers()) }) });
}

it('gives back what an event took whose reader goes away while it is made, and the next reader gets all', async () => {
  const [left, stays] = [await open(), await open()];
  const first = newPiece();
  release([first]);
  let hasLeft = false;
  await new Promise<void>((done) => {
    left.stream.send(
      longEvent(
        () => hasLeft,
        () => left.reader.destroy(),
        done,
      ),
    );
    left.stream.send({ type: 'HEARTBEAT' });
    void left.closed.then(() => (hasLeft = true));
  });
  // What is left of the making ends within a few turns.
  const held: Uint8Array[] = [];
  for (let turns = 0; turns < 100 && !held.includes(first); turns++) {
    held.push(newPiece());
    await turn();
  }
  expect(held).toContain(first);
  release(held);
  left.stream.send({ type: 'HEARTBEAT' });
  left.stream.end();

  stays.stream.send(
    longEvent(
      () => true,
      () => undefined,
      () => undefined,
    ),
  );
  stays.stream.send({ type: 'HEARTBEAT' });
  stays.stream.end();
  const records = (await text(stays.reader))
    .split(/(?<=})\d+\n|^\d+\n/)
    .filter(Boolean)
    .map((record) => JSON.parse(record));
  expect(records.map(({ type }) => type)).toEqual(['OFFERS', 'HEARTBEAT']);
  expect(records[0].offers.offers).toHaveLength(Math.ceil((2 * PIECE) / 1000));
});

it('ends a stream whose event cannot be made, and no other', async () => {
  const [broken, other] = [await open(), await open()];
  const fail = (): void => {
    throw new Error('it cannot be made');
  };
  broken.stream.send(
    longEvent(
      () => true,
      fail,
      () => undefined,
    ),
  );
  other.stream.send({ type: 'HEARTBEAT' });
  other.stream.end();
  await expect(text(broken.reader)).rejects.toThrow('aborted');
  expect(await text(other.reader)).toBe('20\n{"type":"HEARTBEAT"}');
});
