import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answerJson, byMethod, type Handler } from '../../src/realnet/http/exchange.js';
import { HttpServer } from '../../src/realnet/http/http-server.js';
import { silent } from './cluster.js';

/** A server that answers with what it understood. */
async function server(): Promise<number> {
  const echo = byMethod({
    GET: (exchange) => answerJson(exchange, [exchange.path, exchange.query.toString()]),
    POST: (exchange) => answerJson(exchange, exchange.body.toString()),
  });
  const made = new HttpServer({
    routes: new Map([
      ['/state', echo],
      ['/files/read', echo],
      ['/quota', echo],
      ['/api/v1', echo],
    ]),
    prefix: '/slave(1)',
    log: silent,
    bodyLimit: 10,
  });
  const port = await made.listen(0, '127.0.0.1');
  onTestFinished(() => made.close());
  return port;
}

/** All that comes back for some bytes. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  socket.write(bytes);
  return await text(socket);
}

describe('W-1.1: a target', () => {
  it.each([
    ['/state', '/state', ''],
    ['/slave(1)/state', '/state', ''],
    ['/slave%281%29/state', '/state', ''],
    ['/state/', '/state', ''],
    ['//state', '/state', ''],
    ['//slave(1)//state?a=//b', '/state', 'a=%2F%2Fb'],
    ['/state.json', '/state', ''],
    ['/slave(1)/state.json?x=1', '/state', 'x=1'],
    ['/files/read.json?path=/a', '/files/read', 'path=%2Fa'],
    ['http://127.0.0.1:5050/state?x=1', '/state', 'x=1'],
    ['/quota/eng%2Fdev', '/quota/eng%2Fdev', ''],
    ['/quota/a.json', '/quota/a.json', ''],
    ['/api/v1/operator', '/api/v1/operator', ''],
  ])('%s is %s', async (target, path, query) => {
    const answer = await raw(
      await server(),
      `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(JSON.parse(answer.split('\r\n\r\n')[1])).toEqual([path, query]);
  });

  it.each(['/slave(1)x/state', '/STATE', '/json', '/.json', '/%73tate'])(
    '%s leads nowhere',
    async (target) => {
      const answer = await raw(
        await server(),
        `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    },
  );
});

it('W-1.5: a daemon that is still starting says 503 to whoever comes', async () => {
  const routes = new Map<string, Handler>();
  const starting = new HttpServer({ routes, prefix: '/slave(1)', log: silent });
  const port = await starting.listen(0, '127.0.0.1');
  onTestFinished(() => starting.close());
  const get = 'GET /slave(1)/state HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  expect(await raw(port, get)).toMatch(/^HTTP\/1\.1 503 /);
  routes.set('/state', (exchange) => answerJson(exchange, []));
  expect(await raw(port, get)).toMatch(/^HTTP\/1\.1 200 /);
});

describe('a request', () => {
  const post = (more: readonly string[], body: string): string =>
    ['POST /api/v1 HTTP/1.1', 'Host: x', 'Connection: close', ...more, '', body].join('\r\n');

  it.each([
    ['with its length', ['Content-Length: 2'], 'ab'],
    [
      'in chunks with extensions and a trailer',
      ['Transfer-Encoding: chunked'],
      '1;x=y\r\na\r\n1\r\nb\r\n0\r\nT: u\r\n\r\n',
    ],
    ['of HTTP/1.0', ['Content-Length: 2'], 'ab'],
  ])('%s is read', async (what, headers, body) => {
    const request = post(headers, body);
    const sent = what.endsWith('1.0') ? request.replace('HTTP/1.1', 'HTTP/1.0') : request;
    const answer = await raw(await server(), sent);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer.split('\r\n\r\n')[1]).toBe('"ab"');
  });

  it('that asks whether to go on is told to, and that it is too large before it sends anything', async () => {
    const port = await server();
    const small = await raw(port, post(['Expect: 100-continue', 'Content-Length: 2'], 'ab'));
    expect(small).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    const large = await raw(port, post(['Expect: 100-continue', 'Content-Length: 11'], ''));
    expect(large).toMatch(/^HTTP\/1\.1 413 [^]*larger than 10 bytes/);
  });

  it('whose headers are too long is refused with 431', async () => {
    const answer = await raw(await server(), post([`X: ${'x'.repeat(20_000)}`, 'Content-Length: 0'], ''));
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('that comes with others at once is answered in its turn', async () => {
    const one = 'GET /state?n=1 HTTP/1.1\r\nHost: x\r\n\r\n';
    const last = one.replace('n=1', 'n=3').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');
    const answer = await raw(await server(), one + one.replace('n=1', 'n=2') + last);
    expect([...answer.matchAll(/n=\d/g)].map(String)).toEqual(['n=1', 'n=2', 'n=3']);
  });
});

it.each([
  ['says nothing', ''],
  ['stops in the middle of the handshake', '\x16\x03\x01\x02\x00'],
])('a server with TLS cuts off a client that %s', async (_what, bytes) => {
  const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
  const tls = { cert: fixture('test-only-cert.pem'), key: fixture('test-only-key.pem') };
  const made = new HttpServer({ routes: new Map(), prefix: '/x', log: silent, tls, requestTimeoutMs: 100 });
  onTestFinished(() => made.close());
  const port = await made.listen(0, '127.0.0.1');
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.write(bytes, 'latin1');
  socket.resume();
  await once(socket, 'end');
});
