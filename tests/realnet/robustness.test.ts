import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answerEmpty } from '../../src/realnet/http/exchange.js';
import { HttpServer } from '../../src/realnet/http/http-server.js';
import { localCluster, temporaryFolder } from './cluster.js';
import { startAgentDaemon, startMasterDaemon } from './daemon.js';
import { get } from './operator-client.js';
import { RawScheduler, send } from './raw-client.js';

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  // What the server does to it is looked at, not complained about.
  socket.on('error', () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  return socket;
}

function post(path: string, body: string): string {
  const head = ['Host: 127.0.0.1', 'Content-Type: application/json', `Content-Length: ${body.length}`];
  return [`POST ${path} HTTP/1.1`, ...head, '', body].join('\r\n');
}

function subscribeBody(more: object = {}): string {
  return JSON.stringify({
    type: 'SUBSCRIBE',
    subscribe: { framework_info: { user: 'root', name: 'one of many', ...more } },
  });
}

async function metric(port: number, name: string): Promise<number> {
  return (await get(port, '/metrics/snapshot'))[name];
}

describe('a server', () => {
  async function server(): Promise<number> {
    const made = new HttpServer({
      routes: new Map([['/there', (exchange) => answerEmpty(exchange, 200)]]),
      prefix: '/master',
      log: quiet,
      requestTimeoutMs: 200,
    });
    const port = await made.listen(0, '127.0.0.1');
    onTestFinished(() => made.close());
    return port;
  }

  it.each([
    ['head', 'POST /there HTTP/1.1\r\nHost: x\r\n'],
    ['body', 'POST /there HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc'],
  ])('sends those away who do not get on with their %s, and serves the next', async (_what, beginning) => {
    const port = await server();
    const slow = await Promise.all(Array.from({ length: 50 }, () => open(port)));
    for (const socket of slow) socket.write(beginning);
    const answers = await Promise.all(slow.map((socket) => text(socket)));
    expect(new Set(answers.map((answer) => answer.split('\r\n', 1)[0]))).toEqual(
      new Set(['HTTP/1.1 408 Request Timeout']),
    );
    expect((await send(port, { method: 'GET', path: '/there' })).status).toBe(200);
  });
});

describe('a master', () => {
  it('stays up for others whatever bytes come, and however connections end', async () => {
    const { port } = (await localCluster()).master;
    const garbage = [
      Buffer.from([0, 255, 13, 10, 13, 10]),
      Buffer.from('\x16\x03\x01\x02\x00\x01\x00', 'latin1'),
      Buffer.from('GET / HTTP/9.9\r\n\r\n'),
      Buffer.from('POST /api/v1/scheduler HTTP/1.1\r\nContent-Length: -1\r\n\r\n'),
      Buffer.from(`GET /${'x'.repeat(100_000)} HTTP/1.1\r\n\r\n`),
      Buffer.from('POST /api/v1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'),
    ];
    for (const bytes of garbage) {
      const socket = await open(port);
      socket.write(bytes);
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
    // Halves of requests whose sender has gone, and those who say nothing at all.
    for (let i = 0; i < 100; i++) {
      const socket = await open(port);
      if (i % 2 === 0) socket.write(post('/api/v1/scheduler', subscribeBody()).slice(0, 80));
      if (i % 3 === 0) socket.end();
      else socket.destroy();
    }
    expect((await send(port, { method: 'GET', path: '/health' })).status).toBe(200);
    expect((await get(port, '/frameworks')).frameworks).toEqual([]);
  });

  it('takes a subscriber for gone that closes its half of the connection (W-5.1)', async () => {
    const { port } = (await localCluster()).master;
    const socket = await open(port);
    socket.write(post('/api/v1/scheduler', subscribeBody()));
    await once(socket, 'data');
    expect((await get(port, '/frameworks')).frameworks).toHaveLength(1);
    socket.end();
    while ((await get(port, '/frameworks')).frameworks.length > 0) await delay(10);
  });

  it('cuts a subscriber off that never reads, and keeps serving those who do', async () => {
    const { port } = (await localCluster()).master;
    const silent = await open(port);
    silent.write(post('/api/v1', '{"type":"SUBSCRIBE"}'));
    silent.pause();
    const subscribers = 'master/operator_event_stream_subscribers';
    while ((await metric(port, subscribers)) === 0) await delay(10);
    // Each tells all who listen of 900 kB: more than a reader may leave unread in the end.
    const labels = { labels: [{ key: 'long', value: 'x'.repeat(900_000) }] };
    for (let i = 0; (await metric(port, subscribers)) === 1; i++) {
      expect(i).toBeLessThan(60);
      (await RawScheduler.subscribe(port, { labels })).drop();
    }
    expect((await send(port, { method: 'GET', path: '/health' })).status).toBe(200);
  });

  it('holds 5,000 idle streams and serves the next client; when they have gone, so has what they took', async () => {
    const master = startMasterDaemon(temporaryFolder());
    const port = await master.port;
    const memory = (): number =>
      Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${master.pid}/status`, 'utf8'))![1]) * 1024;
    const before = memory();
    const body = subscribeBody({ roles: ['idle'], capabilities: [{ type: 'MULTI_ROLE' }] });
    const request = post('/api/v1/scheduler', body);
    const sockets: Socket[] = [];
    while (sockets.length < 5000) {
      const some = await Promise.all(Array.from({ length: 250 }, () => open(port)));
      for (const socket of some) socket.write(request);
      await Promise.all(some.map((socket) => once(socket, 'data')));
      sockets.push(...some);
    }
    const connected = 'master/frameworks_connected';
    expect(await metric(port, connected)).toBe(5000);
    // A stream and its framework: a few tens of kB, whatever the allocator keeps of it.
    expect((memory() - before) / 5000).toBeLessThan(100_000);
    const next = await RawScheduler.subscribe(port);
    next.drop();
    for (const socket of sockets) socket.destroy();
    while ((await metric(port, connected)) > 0) await delay(50);
    const held = memory();
    // The same once more: what was freed is used again.
    for (let i = 0; i < 20; i++) {
      const some = await Promise.all(Array.from({ length: 250 }, () => open(port)));
      for (const socket of some) socket.write(request);
      await Promise.all(some.map((socket) => once(socket, 'data')));
      for (const socket of some) socket.destroy();
    }
    while ((await metric(port, connected)) > 0) await delay(50);
    expect(memory() - held).toBeLessThan((held - before) / 2 + 50e6);
  });
});

it('a scheduler that dies between its ACCEPT and the first update finds its task when it is back', async () => {
  const master = startMasterDaemon(temporaryFolder());
  const port = await master.port;
  const agent = startAgentDaemon(port, temporaryFolder());
  await agent.logged('registered');
  const info = { failover_timeout: 3600, checkpoint: true };
  const scheduler = await RawScheduler.subscribe(port, info);
  await scheduler.launch('one', { value: 'exit 3' });
  scheduler.drop();
  while ((await metric(port, 'master/frameworks_connected')) > 0) await delay(10);
  const again = await RawScheduler.subscribe(port, { ...info, id: { value: scheduler.frameworkId } });
  const states: string[] = [];
  while (states.at(-1) !== 'TASK_FAILED') states.push((await again.update()).state);
  expect(states).toContain('TASK_RUNNING');
});
