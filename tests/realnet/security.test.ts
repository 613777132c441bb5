import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { basicAuthorization, parseCredentials } from '../../src/realnet/auth/credentials.js';
import { fetchWithin } from '../../src/realnet/process/fetch-uris.js';
import { localCluster, temporaryFolder } from './cluster.js';
import { Daemon, startAgentDaemon, startMasterDaemon } from './daemon.js';
import { mediaHeaders, RawScheduler, send, type Received } from './raw-client.js';

const SECRET = 'a-secret-of-agents';

/** A file made by `agora credentials add`, and the file of the one who is in it. */
async function credentialFiles(): Promise<{ all: string; own: string }> {
  const folder = temporaryFolder();
  const [all, own] = [join(folder, 'all.json'), join(folder, 'own.json')];
  const adding = new Daemon(['credentials', 'add', 'agents', '--file', all], { input: `${SECRET}\n` });
  expect(await adding.ended).toBe(0);
  writeFileSync(own, JSON.stringify({ principal: 'agents', secret: SECRET }));
  return { all, own };
}

describe('credentials', () => {
  it('are kept as hashes, for nobody else to read', async () => {
    const { all } = await credentialFiles();
    expect(readFileSync(all, 'utf8')).toMatch(/"principal": "agents",\s+"secret": "scrypt\$/);
    expect(statSync(all).mode & 0o777).toBe(0o600);
  });

  it('are asked of everybody who calls a master, agents among them (W-1.8)', async () => {
    const { all, own } = await credentialFiles();
    const master = startMasterDaemon(temporaryFolder(), '--credentials', all);
    const port = await master.port;
    const call = async (authorization: string | undefined, path: string): Promise<number> => {
      const headers = { ...mediaHeaders('json'), ...(authorization && { Authorization: authorization }) };
      return (await send(port, { path, headers, body: '{}' })).status;
    };
    const right = basicAuthorization({ principal: 'agents', secret: SECRET });
    const wrong = basicAuthorization({ principal: 'agents', secret: 'guess' });
    for (const header of [undefined, wrong, 'Basic !', 'Bearer x'])
      expect(await call(header, '/api/v1/scheduler'), header).toBe(401);
    expect(await call(undefined, '/agora/v1/agent/link')).toBe(401);
    expect(await call(right, '/api/v1/scheduler')).toBe(400);
    const { headers } = await send(port, { headers: mediaHeaders('json'), body: '{}' });
    expect(headers['www-authenticate']).toBe('Basic realm="mesos-master-scheduler"');
    expect((await send(port, { method: 'GET', path: '/health' })).status).toBe(200);
    const anonymous = new Daemon(['ps', '--master', `127.0.0.1:${port}`]);
    expect(await anonymous.ended).toBe(1);
    expect(anonymous.lines).toEqual([
      `agora: the master at http://127.0.0.1:${port} refuses: the credentials (HTTP Basic) are missing or not good. ` +
        '--credential FILE says who calls.',
    ]);
    const stranger = startAgentDaemon(port, temporaryFolder());
    expect(await stranger.ended).toBe(1);
    expect(stranger.lines.join('\n')).toMatch(/the master refuses this agent: 401/);
    const agent = startAgentDaemon(port, temporaryFolder(), '--credential', own, '--credentials', all);
    await agent.logged('registered');
    // Nor does an agent tell who shows no token which executors it has.
    const id = { value: 'x' };
    const body = JSON.stringify({ type: 'HEARTBEAT', framework_id: id, executor_id: id });
    const path = '/api/v1/executor';
    const refused = await send(await agent.port, { path, headers: mediaHeaders('json'), body });
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="mesos-agent-executor"');
    expect([...master.lines, ...agent.lines].join('\n')).not.toContain(SECRET);
  });

  it.each([
    ['scrypt$16384$8$1$c2FsdA==', /begins like a hash and is none/],
    ['scrypt$99999999$8$1$c2FsdA==$aGFzaGhhc2hoYXNoaGFzaA==', /begins like a hash and is none/],
    ['scrypt$16384$8$1$c2FsdA==$aA==', /begins like a hash and is none/],
  ])('that nobody could ever show are refused: %s', (secret, why) => {
    const text = JSON.stringify({ credentials: [{ principal: 'alice', secret }] });
    expect(() => parseCredentials(text)).toThrow(why);
  });

  it('are needed, or --insecure, to listen elsewhere than on this host', async () => {
    const refused = startMasterDaemon(temporaryFolder(), '--ip', '0.0.0.0');
    expect(await refused.ended).toBe(2);
    expect(refused.lines.join('\n')).toMatch(/--credentials FILE.*--insecure/s);
  });
});

it('an agent of root refuses tasks of root, and runs those of others as them; any other runs them as itself', async () => {
  const isRoot = process.getuid?.() === 0;
  const master = startMasterDaemon(temporaryFolder());
  const port = await master.port;
  const workDir = temporaryFolder();
  chmodSync(workDir, 0o755);
  const args = ['agent', '--master', `127.0.0.1:${port}`, '--work-dir', workDir, '--port', '0'];
  const agent = new Daemon([...args, '--resources', 'cpus:4;mem:4096']);
  await agent.logged('registered');
  const scheduler = await RawScheduler.subscribe(port);
  const end = async (): Promise<Received> => {
    for (;;) {
      const status = await scheduler.update();
      if (!['TASK_STARTING', 'TASK_RUNNING'].includes(status.state)) return status;
    }
  };
  await scheduler.launch('mine', { value: 'true' });
  const first = await end();
  expect(first.state).toBe(isRoot ? 'TASK_FAILED' : 'TASK_FINISHED');
  if (isRoot) expect(first.message).toMatch(/no task as root.*--allow-root/);
  const wanted = isRoot ? 'nobody' : '$(id -un)';
  await scheduler.launch('other', { value: `[ "$(id -un)" = "${wanted}" ]`, user: 'nobody' });
  expect(await end()).toMatchObject({ state: 'TASK_FINISHED' });
});

describe('a web page of somebody else', () => {
  const rebound = { Host: 'evil.example:5050', 'User-Agent': 'Mozilla/5.0' };

  it.each([
    ['sends a form from an old browser', 'POST', '/teardown', { Referer: 'http://evil.example/page' }],
    ['sends a form', 'POST', '/teardown', { Origin: 'null' }],
    [
      'changes something without saying where it is from',
      'PUT',
      '/weights',
      { 'Sec-Fetch-Site': 'cross-site' },
    ],
    [
      'under a name that leads here writes',
      'PUT',
      '/weights',
      { ...rebound, Origin: 'http://evil.example:5050' },
    ],
    ['under a name that leads here reads', 'GET', '/state', rebound],
  ])('that %s is turned away', async (_what, method, path, headers) => {
    const { master } = await localCluster();
    expect(
      await send(master.port, { method, path, headers, ...(method !== 'GET' && { body: '[]' }) }),
    ).toMatchObject({
      status: 403,
      text: expect.stringContaining('a page of another origin may not call'),
    });
  });

  it("is not the server's own, nor a program", async () => {
    const { master } = await localCluster();
    const host = `127.0.0.1:${master.port}`;
    const own = {
      'User-Agent': 'Mozilla/5.0',
      Host: host,
      Origin: `http://${host}`,
      'Sec-Fetch-Site': 'same-origin',
    };
    for (const headers of [own, { Host: 'alias.example' }])
      expect((await send(master.port, { method: 'PUT', path: '/weights', headers, body: '[]' })).status).toBe(
        200,
      );
    const typed = { 'User-Agent': 'Mozilla/5.0', Host: host, 'Sec-Fetch-Site': 'none' };
    expect((await send(master.port, { method: 'GET', path: '/state', headers: typed })).status).toBe(200);
  });

  it('cannot kill a task by plain text', async () => {
    const { master } = await localCluster();
    const body = JSON.stringify({ framework_id: { value: 'f' }, task_id: { value: 't' } });
    const headers = { 'Content-Type': 'text/plain' };
    const reply = await send(master.port, { path: '/agora/v1/tasks/kill', headers, body });
    expect(reply.status).toBe(415);
  });
});

describe('what a root agent does for a task of somebody else', () => {
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? { name: 'nobody', uid: 65_534, gid: 65_534, home: '/' } : undefined;

  it('follows no link of an archive: a URI is fetched as the user of its task', async () => {
    const [folder, sandbox] = [temporaryFolder(), temporaryFolder()];
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'victim');
    chmodSync(victim, 0o600);
    symlinkSync(victim, join(folder, 'tool'));
    execFileSync('tar', ['-cf', join(folder, 'a.tar'), '-C', folder, 'tool']);
    chmodSync(folder, 0o755);
    if (user !== undefined) chownSync(sandbox, user.uid, user.gid);
    const uris = [
      { value: join(folder, 'a.tar'), extract: true },
      { value: '/bin/true', output_file: 'tool', executable: true, extract: false },
    ];
    const fetched = fetchWithin(60_000, uris, sandbox, user, new AbortController()).then(
      () => 'done',
      (error: unknown) => String(error),
    );
    expect(await fetched).toMatch(isRoot ? /not permitted|denied/ : /done/);
    if (isRoot) expect(statSync(victim).mode & 0o777).toBe(0o600);
  });

  it('leaves to the tasks of a group their folders alone, not the one around them', async () => {
    const port = await startMasterDaemon(temporaryFolder()).port;
    const workDir = temporaryFolder();
    chmodSync(workDir, 0o755);
    const agent = startAgentDaemon(port, workDir);
    await agent.logged('registered');
    const scheduler = await RawScheduler.subscribe(port);
    const executor = { type: 'DEFAULT', executor_id: { value: 'group' } };
    const own = isRoot ? { user: 'nobody' } : {};
    const value = 'stat -c %u . ..; touch mine';
    await scheduler.launchGroup(executor, { a: { value, ...own } });
    for (const state of ['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED'])
      expect(await scheduler.update()).toMatchObject({ state });
    const found = execFileSync('find', [workDir, '-path', '*/tasks/a/stdout'], { encoding: 'utf8' });
    const [its, around] = readFileSync(found.trim(), 'utf8').trim().split('\n');
    expect(Number(around)).toBe(process.getuid?.());
    if (isRoot) expect(Number(its)).toBe(65_534);
  });
});

it('a user and a password in a URI reach its server, and nobody else', async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(asked.length === 1 ? 200 : 404).end('data');
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const sandbox = temporaryFolder();
  const uris = [{ extract: false, value: `http://me:${SECRET}@127.0.0.1:${port}/file` }];
  const fetch = async (): Promise<void> =>
    fetchWithin(60_000, uris, sandbox, undefined, new AbortController());
  await fetch();
  expect(asked).toEqual([basicAuthorization({ principal: 'me', secret: SECRET })]);
  expect(readFileSync(join(sandbox, 'file'), 'utf8')).toBe('data');
  await expect(fetch()).rejects.toThrow(`http://…@127.0.0.1:${port}/file answers 404`);
});
