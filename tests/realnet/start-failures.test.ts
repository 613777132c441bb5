import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serveAgent } from '../../src/realnet/agent/start-agent.js';
import { OWN_USER } from '../../src/realnet/process/task-user.js';
import { FileStore } from '../../src/realnet/registry/file-store.js';
import { lock, unlock } from '../../src/realnet/registry/folder-lock.js';
import { localCluster, silent, temporaryFolder } from './cluster.js';
import { Daemon, startAgentDaemon, startMasterDaemon } from './daemon.js';
import { get } from './operator-client.js';
import { RawScheduler } from './raw-client.js';

describe('an agent that stops', () => {
  it('keeps nothing of what its master says later, and starts nothing', async () => {
    const workDir = temporaryFolder();
    const agent = await serveAgent({
      description: { hostname: 'localhost', ip: '127.0.0.1', resources: [], attributes: [] },
      listenIp: '127.0.0.1',
      port: 0,
      workDir,
      users: OWN_USER,
      log: silent,
    });
    agent.host.connected(() => undefined);
    await agent.host.stop(0);
    agent.host.command({ type: 'AGENT_REGISTERED', agent: 'a-S0' });
    await agent.close();
    expect(readdirSync(workDir)).toEqual([]);
  });

  it('does not start the task that it was given just before', async () => {
    const workDir = temporaryFolder();
    const cluster = await localCluster({ workDir });
    const { master } = cluster;
    const scheduler = await RawScheduler.subscribe(master.port);
    const stopped = new Promise<void>((resolve) => {
      const { host } = master;
      const toAgent = host.toAgent.bind(host);
      host.toAgent = (agent, command) => {
        toAgent(agent, command);
        // Behind the step of the agent, before what that puts off to the next turn.
        if (command.type === 'RUN_TASK') setImmediate(() => resolve(cluster.stop()));
      };
    });
    await scheduler.launch('late', { value: 'sleep 1000' });
    await stopped;
    expect(existsSync(join(workDir, 'agent-0', 'slaves'))).toBe(false);
  });
});

describe('what cannot be started whole', () => {
  it('leaves nothing of a cluster behind when its second agent fails', async () => {
    const workDir = temporaryFolder();
    const before = await localCluster({ workDir, agents: 1 });
    const { port } = before.master;
    await before.stop();
    const mark = join(workDir, 'agent-1', 'agent.lock');
    mkdirSync(join(mark, '..'));
    lock(mark, 'test');
    const settings = { workDir, agents: 3, port, registry: new FileStore(temporaryFolder()) };
    await expect(localCluster(settings)).rejects.toThrow(
      `the folder ${join(workDir, 'agent-1')} is in use by another agent, process ${process.pid}`,
    );
    unlock(mark);
    // The port, the registry and the folders are free.
    const { master } = await localCluster(settings);
    expect((await get(master.port, '/slaves')).slaves).toHaveLength(3);
  });

  it('says whose folder it is, in one line', async () => {
    const master = await startMasterDaemon(temporaryFolder()).port;
    const folder = temporaryFolder();
    const agent = startAgentDaemon(master, folder);
    await agent.logged('registered');
    const second = startAgentDaemon(master, folder);
    expect(await second.ended).toBe(2);
    expect(second.lines).toEqual([
      `agora: the folder ${folder} is in use by another agent, process ${agent.pid}`,
    ]);
    await agent.stop('SIGKILL');
    await startAgentDaemon(master, folder).logged('registered');
  });

  it('ends agora local with one line when its folder has a cluster', async () => {
    const folder = temporaryFolder();
    const args = ['local', '--port', '0', '--work-dir', folder];
    const first = new Daemon(args);
    await first.port;
    const second = new Daemon(args);
    expect(await second.ended).toBe(2);
    expect(second.lines).toEqual([
      `agora: the folder ${join(folder, 'master')} is in use by another master, process ${first.pid}`,
    ]);
  });

  it('ends agora local with one line when there is no place for its folder', async () => {
    const local = new Daemon(['local', '--port', '0'], { env: { TMPDIR: '/dev/null' } });
    expect(await local.ended).toBe(3);
    expect(local.lines).toEqual([
      'agora: /dev/null takes no temporary folder: a part of the path is no folder. TMPDIR names another place.',
    ]);
  });
});
