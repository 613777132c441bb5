import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './cluster.js';
import { Daemon, startAgentDaemon, startMasterDaemon } from './daemon.js';
import { ask } from './operator-client.js';
import { RawScheduler } from './raw-client.js';

const patient = { failover_timeout: 3600, checkpoint: true };

describe('agora master and agora agent, as processes of their own,', () => {
  it('run a task, and end cleanly at SIGTERM', async () => {
    const master = startMasterDaemon(temporaryFolder());
    const agent = startAgentDaemon(await master.port, temporaryFolder(), '--attributes', 'rack:r1');
    const { agent: id } = await agent.logged('registered');
    expect(await master.logged('agent added')).toMatchObject({ agent: id });
    const scheduler = await RawScheduler.subscribe(await master.port);
    expect(await master.logged('framework added')).toMatchObject({
      framework: scheduler.frameworkId,
      name: 'raw',
    });
    await scheduler.launch('one', { value: 'true' });
    const states = [await scheduler.update(), await scheduler.update(), await scheduler.update()];
    expect(states.map(({ state }) => state)).toEqual(['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
    expect(await agent.stop()).toBe(0);
    expect(await master.stop()).toBe(0);
  });

  it('a master whose port is taken says so and ends', async () => {
    const port = await startMasterDaemon(temporaryFolder()).port;
    const second = startMasterDaemon(temporaryFolder(), '--port', String(port));
    expect(await second.ended).toBe(2);
    expect(second.lines.join('\n')).toContain(`port ${port} of 127.0.0.1 is taken`);
  });

  it('agora local takes an allocator of a user', async () => {
    const path = join(temporaryFolder(), 'mine.mjs');
    writeFileSync(
      path,
      "import { definePolicy } from 'agora-sim';\nexport default definePolicy({ name: 'mine', rank: () => 0 });\n",
    );
    const local = new Daemon(['local', '--port', '0', '--agents', '1', '--allocator', path]);
    const scheduler = await RawScheduler.subscribe(await local.port);
    await scheduler.launch('one', { value: 'true' });
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_STARTING' });
    expect(await local.stop('SIGINT')).toBe(0);
  });

  it('an agent keeps its tasks and its id while the master is restarted (W-5.6)', async () => {
    const [masterFolder, mark] = [temporaryFolder(), join(temporaryFolder(), 'go')];
    const first = startMasterDaemon(masterFolder);
    const port = await first.port;
    const agent = startAgentDaemon(port, temporaryFolder());
    const { agent: id } = await agent.logged('registered');
    const before = await RawScheduler.subscribe(port, patient);
    await before.launch('long', { value: `until [ -e ${mark} ]; do sleep 0.05; done` });
    await before.update();
    expect(await before.update()).toMatchObject({ state: 'TASK_RUNNING' });
    await first.stop('SIGKILL');
    startMasterDaemon(masterFolder, '--port', String(port));
    expect(await agent.logged('registered')).toMatchObject({ agent: id });
    const after = await RawScheduler.subscribe(port, { ...patient, id: { value: before.frameworkId } });
    expect((await after.call('RECONCILE', { tasks: [] })).status).toBe(202);
    expect(await after.update()).toMatchObject({
      task_id: { value: 'long' },
      state: 'TASK_RUNNING',
      agent_id: { value: id },
    });
    writeFileSync(mark, '');
    // RUNNING may come once more: its acknowledgement can have died with the first master.
    let update = await after.update();
    while (update.state === 'TASK_RUNNING') update = await after.update();
    expect(update).toMatchObject({ state: 'TASK_FINISHED', task_id: { value: 'long' } });
    expect(existsSync(mark)).toBe(true);
  });

  it('a silent agent becomes unreachable, and comes back with its task (W-5.3, W-5.7)', async () => {
    const pings = ['--agent-ping-timeout', '200ms', '--max-agent-ping-timeouts', '5'];
    const master = startMasterDaemon(temporaryFolder(), ...pings);
    const agent = startAgentDaemon(await master.port, temporaryFolder());
    await agent.logged('registered');
    const aware = { ...patient, capabilities: [{ type: 'PARTITION_AWARE' }] };
    const scheduler = await RawScheduler.subscribe(await master.port, aware);
    await scheduler.launch('long', { value: 'sleep 1000' });
    await scheduler.update();
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_RUNNING' });
    agent.child.kill('SIGSTOP');
    const since = { nanoseconds: expect.any(Number) };
    expect(await scheduler.update()).toMatchObject({
      state: 'TASK_UNREACHABLE',
      reason: 'REASON_AGENT_REMOVED',
      unreachable_time: since,
    });
    await scheduler.next('FAILURE');
    const { get_tasks: tasks } = await ask(await master.port, 'GET_STATE');
    expect(tasks.unreachable_tasks[0].statuses.at(-1)).toMatchObject({ unreachable_time: since });
    for (const encoding of ['json', 'protobuf'] as const) {
      const other = await RawScheduler.subscribe(await master.port, {}, encoding);
      const [id] = (await ask(await master.port, 'GET_TASKS')).unreachable_tasks;
      await other.call('RECONCILE', { tasks: [{ task_id: { value: 'none' }, agent_id: id.agent_id }] });
      // To one that is not PARTITION_AWARE the time is all that tells this loss from others (W-4.4).
      expect(await other.update()).toMatchObject({ state: 'TASK_LOST', unreachable_time: since });
    }
    agent.child.kill('SIGCONT');
    expect(await scheduler.update()).toMatchObject({
      state: 'TASK_RUNNING',
      reason: 'REASON_AGENT_REREGISTERED',
    });
  });
});
