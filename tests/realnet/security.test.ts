import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { basicAuthorization } from '../../src/realnet/auth/credentials.js';
import { temporaryFolder } from './cluster.js';
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
