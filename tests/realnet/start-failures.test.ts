import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileStore } from '../../src/realnet/registry/file-store.js';
import { lock, unlock } from '../../src/realnet/registry/folder-lock.js';
import { localCluster, temporaryFolder } from './cluster.js';
import { Daemon, startAgentDaemon, startMasterDaemon } from './daemon.js';
import { get } from './operator-client.js';

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
});
