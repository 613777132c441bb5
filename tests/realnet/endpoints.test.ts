import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serveAgent } from '../../src/realnet/agent/start-agent.js';
import { OWN_USER } from '../../src/realnet/process/task-user.js';
import { localCluster, silent, temporaryFolder } from './cluster.js';
import { send } from './raw-client.js';

const OPEN = ['/health'];
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'];
const credentials = [{ principal: 'me', secret: 'secret' }];
const known = { Authorization: `Basic ${Buffer.from('me:secret').toString('base64')}` };

async function agentPort(security: object): Promise<number> {
  const folder = temporaryFolder();
  const agent = await serveAgent({
    description: { hostname: 'localhost', ip: '127.0.0.1', resources: [], attributes: [] },
    listenIp: '127.0.0.1',
    port: 0,
    workDir: folder,
    users: OWN_USER,
    security,
    log: silent,
  });
  onTestFinished(async () => {
    await agent.host.stop(0);
    await agent.close();
  });
  return agent.port;
}

async function daemonPort(kind: string, security: object = {}): Promise<number> {
  if (kind === 'agent') return await agentPort(security);
  return (await localCluster({ security, agents: 0 })).master.port;
}

/** What the front page lists. */
async function endpoints(port: number): Promise<string[]> {
  const { status, text } = await send(port, { method: 'GET', path: '/', headers: known });
  expect(status).toBe(200);
  const lines = text.split('\n').filter((line) => line.startsWith('  '));
  return lines.flatMap((line) => line.match(/(?<=[\s,]|^)\/[\w./-]+/g) ?? []);
}

describe.each(['master', 'agent'])('the endpoints of a %s', (kind) => {
  it('ask who calls before anything else, whatever the method and the body (W-1.8)', async () => {
    const port = await daemonPort(kind, { credentials });
    const paths = await endpoints(port);
    const requests = ['/', '/nothing', ...paths].flatMap((path) =>
      METHODS.map((method) => ({ path, method })),
    );
    const told: string[] = [];
    for (const { path, method } of requests.filter((request) => !OPEN.includes(request.path))) {
      const headers = { 'Content-Type': 'text/none', 'Content-Length': '1' };
      const { status } = await send(port, { path, method, headers, body: 'x' });
      if (status !== 401) told.push(`${method} ${path} ${status}`);
    }
    expect(told).toEqual([]);
    // Nor is more than the head read of who is nobody.
    const body = Buffer.alloc(2 ** 21);
    expect((await send(port, { path: '/api/v1', body })).status).toBe(401);
    expect((await send(port, { path: '/api/v1', body, headers: known })).status).toBe(413);
    expect(
      (await send(port, { path: '/api/v1', body: 'x', headers: { ...known, 'Content-Type': 'text/none' } }))
        .status,
    ).toBe(415);
  });

  it('are all on its front page and in the documentation', async () => {
    const port = await daemonPort(kind);
    const paths = await endpoints(port);
    const some = { master: ['/weights', '/quota', '/machine/up'], agent: ['/containers', '/files/read'] };
    expect(paths).toEqual(expect.arrayContaining(some[kind as keyof typeof some]));
    expect(new Set(paths).size).toBe(paths.length);
    for (const path of paths) {
      const { status } = await send(port, { path, method: 'PATCH' });
      expect(status, path).toBe(405);
    }
    const docs = readFileSync('docs/http-api.md', 'utf8');
    expect(paths.filter((path) => !new RegExp(`${path}[\`/?]`).test(docs))).toEqual([]);
  });
});
