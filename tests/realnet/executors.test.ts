import { describe, expect, it } from 'vitest';
import { localCluster, temporaryFolder } from './cluster.js';
import { mediaHeaders, RawScheduler, send, type Received } from './raw-client.js';
import { environmentIn, executorCommand, pidIn, RawExecutor } from './raw-executor.js';

const killing = { capabilities: [{ type: 'TASK_KILLING_STATE' }] };

function executorInfo(folder: string, more: object = {}): object {
  return {
    executor_id: { value: 'e1' },
    type: 'CUSTOM',
    name: 'mine',
    command: executorCommand(folder),
    ...more,
  };
}

describe.each(['json', 'protobuf'] as const)('an executor of a framework that speaks %s', (encoding) => {
  it('is started, gets its task, and its word is passed on (W-3.2 to W-3.5)', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port);
    const folder = temporaryFolder();
    await scheduler.launchTask('t1', { executor: executorInfo(folder), data: 'aGVsbG8=' });
    const env = await environmentIn(folder);
    expect(env).toMatchObject({
      MESOS_FRAMEWORK_ID: scheduler.frameworkId,
      MESOS_EXECUTOR_ID: 'e1',
      MESOS_CHECKPOINT: '0',
      MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: '5secs',
      MESOS_SLAVE_PID: `slave(1)@${env.MESOS_AGENT_ENDPOINT}`,
    });
    expect(env.MESOS_DIRECTORY).toBe(env.MESOS_SANDBOX);
    const executor = await RawExecutor.subscribe(env, encoding);
    expect(executor.contentType).toBe(mediaHeaders(encoding).Accept);
    const { subscribed } = await executor.next('SUBSCRIBED');
    expect(subscribed).toMatchObject({
      executor_info: { executor_id: { value: 'e1' }, framework_id: { value: scheduler.frameworkId } },
      framework_info: { name: 'raw', id: { value: scheduler.frameworkId } },
      agent_info: { id: { value: env.MESOS_SLAVE_ID }, hostname: 'localhost' },
    });
    const { task } = (await executor.next('LAUNCH')).launch;
    expect(task).toMatchObject({ task_id: { value: 't1' }, data: 'aGVsbG8=' });
    const roles = task.resources.map((resource: Received) => resource.allocation_info);
    expect(roles).toEqual([{ role: '*' }]);
    expect(await executor.update('t1', 'TASK_RUNNING', { data: 'd29ybGQ=' })).toMatchObject({ status: 202 });
    expect((await executor.next('ACKNOWLEDGED')).acknowledged).toMatchObject({ task_id: { value: 't1' } });
    expect(await scheduler.update()).toMatchObject({
      state: 'TASK_RUNNING',
      source: 'SOURCE_EXECUTOR',
      executor_id: { value: 'e1' },
      data: 'd29ybGQ=',
      container_status: {
        container_id: subscribed.container_id,
        network_infos: [{ ip_addresses: [{ ip_address: '127.0.0.1' }] }],
        executor_pid: expect.any(Number),
      },
    });
    await executor.update('t1', 'TASK_FINISHED');
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_FINISHED' });
  });
});

describe('an executor of a framework', () => {
  async function running(info: object = {}) {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port, info);
    const folder = temporaryFolder();
    await scheduler.launchTask('t1', { executor: executorInfo(folder) });
    const env = await environmentIn(folder);
    const executor = await RawExecutor.subscribe(env);
    await executor.next('LAUNCH');
    await executor.update('t1', 'TASK_RUNNING');
    const { agent_id: agent } = await scheduler.update();
    return { master, scheduler, executor, env, agent, folder };
  }

  it('exchanges messages with its framework', async () => {
    const { scheduler, executor, agent } = await running();
    const address = { agent_id: agent, executor_id: { value: 'e1' } };
    expect((await scheduler.call('MESSAGE', { ...address, data: 'cGluZw==' })).status).toBe(202);
    expect(await executor.next('MESSAGE')).toMatchObject({ message: { data: 'cGluZw==' } });
    await executor.call('MESSAGE', { data: 'cG9uZw==' });
    expect(await scheduler.next('MESSAGE')).toMatchObject({ message: { ...address, data: 'cG9uZw==' } });
  });

  it('gets a second task of its own, and is told to kill one', async () => {
    const { scheduler, executor, folder } = await running(killing);
    await scheduler.launchTask('t2', { executor: executorInfo(folder) });
    expect((await executor.next('LAUNCH')).launch.task.task_id).toEqual({ value: 't2' });
    await scheduler.call('KILL', {
      task_id: { value: 't2' },
      kill_policy: { grace_period: { nanoseconds: 1e9 } },
    });
    const { kill } = await executor.next('KILL');
    expect(kill).toEqual({ task_id: { value: 't2' }, kill_policy: { grace_period: { nanoseconds: 1e9 } } });
    await executor.update('t2', 'TASK_KILLED');
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_KILLED', task_id: { value: 't2' } });
  });

  it('that is killed fails its tasks, and its framework hears of it', async () => {
    const { scheduler, env } = await running();
    process.kill(pidIn(env.MESOS_SANDBOX), 'SIGKILL');
    expect(await scheduler.update()).toMatchObject({
      state: 'TASK_FAILED',
      source: 'SOURCE_AGENT',
      reason: 'REASON_EXECUTOR_TERMINATED',
    });
    const { failure } = await scheduler.next('FAILURE');
    expect(failure).toMatchObject({ executor_id: { value: 'e1' }, status: -1 });
  });

  it('ends when its framework shuts it down', async () => {
    const { scheduler, executor, agent } = await running();
    await scheduler.call('SHUTDOWN', { agent_id: agent, executor_id: { value: 'e1' } });
    expect(await executor.next('SHUTDOWN')).toEqual({ type: 'SHUTDOWN' });
  });

  it('that says what makes no sense gets 400, and its stream lives (W-3.3)', async () => {
    const { executor, env } = await running();
    const wrong: object[] = [{ source: 'SOURCE_AGENT' }, { state: 'TASK_STAGING' }, { uuid: 'AAAA' }];
    for (const more of wrong)
      expect((await executor.update('t1', 'TASK_RUNNING', more)).status, JSON.stringify(more)).toBe(400);
    const stranger = { ...env, MESOS_EXECUTOR_ID: 'nobody' };
    await expect(RawExecutor.subscribe(stranger)).rejects.toThrow(/400 Executor cannot be found/);
    const port = Number(env.MESOS_AGENT_ENDPOINT.split(':')[1]);
    const get = await send(port, { method: 'GET', path: '/api/v1/executor' });
    expect(get).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });
});

describe('a task group', () => {
  const executor = { type: 'DEFAULT', executor_id: { value: 'group' } };

  it('runs as one executor, and lives as long as its last task', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port);
    await scheduler.launchGroup(executor, { a: { value: 'true' }, b: { value: 'sleep 0.1' } });
    const last = new Map<string, string>();
    for (let i = 0; i < 6; i++) {
      const { task_id: id, state, executor_id: its } = await scheduler.update();
      expect(its).toEqual({ value: 'group' });
      last.set(id.value, state);
    }
    expect(Object.fromEntries(last)).toEqual({ a: 'TASK_FINISHED', b: 'TASK_FINISHED' });
    expect((await scheduler.next('FAILURE')).failure).toMatchObject({ status: 0 });
  });

  it('falls with the first task that fails', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port);
    await scheduler.launchGroup(executor, { a: { value: 'sleep 1000' }, b: { value: 'sleep 0.1; exit 1' } });
    const last = new Map<string, string>();
    for (let i = 0; i < 6; i++) {
      const { task_id: id, state } = await scheduler.update();
      last.set(id.value, state);
    }
    expect(Object.fromEntries(last)).toEqual({ a: 'TASK_KILLED', b: 'TASK_FAILED' });
  });

  it('of a custom executor comes to it as a whole', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port);
    const folder = temporaryFolder();
    await scheduler.launchGroup(executorInfo(folder), { a: { value: 'true' }, b: { value: 'true' } });
    const custom = await RawExecutor.subscribe(await environmentIn(folder));
    const { tasks } = (await custom.next('LAUNCH_GROUP')).launch_group.task_group;
    expect(tasks.map(({ task_id: id }: { task_id: object }) => id)).toEqual([{ value: 'a' }, { value: 'b' }]);
  });
});
