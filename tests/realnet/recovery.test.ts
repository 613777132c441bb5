import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './cluster.js';
import { Daemon, startAgentDaemon, startMasterDaemon } from './daemon.js';
import { RawScheduler, type Received } from './raw-client.js';
import { environmentIn, executorCommand, RawExecutor } from './raw-executor.js';
import { isAlive } from './processes.js';

const checkpointing = { failover_timeout: 3600, checkpoint: true };

interface Cluster {
  readonly port: number;
  readonly folder: string;
  readonly agent: Daemon;
  readonly id: unknown;
  readonly scheduler: RawScheduler;
}

async function cluster(framework: object): Promise<Cluster> {
  const folder = temporaryFolder();
  const master = startMasterDaemon(temporaryFolder());
  const port = await master.port;
  const agent = startAgentDaemon(port, folder);
  const { agent: id } = await agent.logged('registered');
  return { port, folder, agent, id, scheduler: await RawScheduler.subscribe(port, framework) };
}

/** Kills the agent's process and starts another one in its place. */
async function restart({ agent, port, folder }: Cluster, ...more: string[]): Promise<Daemon> {
  await agent.stop('SIGKILL');
  return startAgentDaemon(port, folder, ...more);
}

async function nextState(scheduler: RawScheduler, wanted: string): Promise<Received> {
  for (;;) {
    const status = await scheduler.update();
    if (status.state === wanted) return status;
  }
}

async function pidFrom(file: string): Promise<number> {
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') await delay(10);
  return Number(readFileSync(file, 'utf8'));
}

async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await delay(10);
}

describe('an agent that is killed and started anew', () => {
  it('looks after the health of a task that it finds, and kills it', async () => {
    const all = await cluster(checkpointing);
    const well = join(temporaryFolder(), 'well');
    writeFileSync(well, '');
    const times = { delay_seconds: 0, interval_seconds: 0.05, grace_period_seconds: 0 };
    const health = { ...times, type: 'COMMAND', command: { value: `[ -e ${well} ]` } };
    await all.scheduler.launchTask('long', { command: { value: 'sleep 1000' }, health_check: health });
    while ((await all.scheduler.update()).healthy !== true);
    const again = await restart(all);
    await again.logged('registered');
    rmSync(well);
    expect(await nextState(all.scheduler, 'TASK_KILLED')).toMatchObject({
      healthy: false,
      message: expect.stringContaining('Health check failed 3 times in a row'),
    });
  });

  it('finds the task of a checkpointing framework, and tells how it ends', async () => {
    const all = await cluster(checkpointing);
    const go = join(temporaryFolder(), 'go');
    await all.scheduler.launch('long', { value: `until [ -e ${go} ]; do sleep 0.05; done; exit 7` });
    await nextState(all.scheduler, 'TASK_RUNNING');
    const again = await restart(all);
    expect(await again.logged('registered')).toMatchObject({ agent: all.id });
    writeFileSync(go, '');
    expect(await nextState(all.scheduler, 'TASK_FAILED')).toMatchObject({
      task_id: { value: 'long' },
      message: 'Command exited with status 7',
      source: 'SOURCE_EXECUTOR',
    });
  });

  it('tells how a task ended while it was away', async () => {
    const all = await cluster(checkpointing);
    const folder = temporaryFolder();
    await all.scheduler.launch('long', {
      value: `echo $$ > ${folder}/pid; until [ -e ${folder}/go ]; do sleep 0.05; done`,
    });
    await nextState(all.scheduler, 'TASK_RUNNING');
    const pid = await pidFrom(join(folder, 'pid'));
    await all.agent.stop('SIGKILL');
    writeFileSync(join(folder, 'go'), '');
    await untilGone(pid);
    startAgentDaemon(all.port, all.folder);
    expect(await nextState(all.scheduler, 'TASK_FINISHED')).toMatchObject({ task_id: { value: 'long' } });
  });

  it('can still kill the task', async () => {
    const all = await cluster(checkpointing);
    const folder = temporaryFolder();
    await all.scheduler.launch('long', { value: `echo $$ > ${folder}/pid; sleep 1000` });
    await nextState(all.scheduler, 'TASK_RUNNING');
    const pid = await pidFrom(join(folder, 'pid'));
    await (await restart(all)).logged('registered');
    await all.scheduler.call('KILL', { task_id: { value: 'long' } });
    expect(await nextState(all.scheduler, 'TASK_KILLED')).toMatchObject({ task_id: { value: 'long' } });
    expect(isAlive(pid)).toBe(false);
  });

  it('kills the task of a framework that does not checkpoint', async () => {
    const all = await cluster({ failover_timeout: 3600 });
    const folder = temporaryFolder();
    await all.scheduler.launch('long', { value: `echo $$ > ${folder}/pid; sleep 1000` });
    await nextState(all.scheduler, 'TASK_RUNNING');
    const pid = await pidFrom(join(folder, 'pid'));
    await restart(all);
    expect(await nextState(all.scheduler, 'TASK_LOST')).toMatchObject({
      reason: 'REASON_AGENT_DISCONNECTED',
    });
    await untilGone(pid);
  });

  it('takes an executor back that subscribes again (W-3.2)', async () => {
    const all = await cluster(checkpointing);
    const folder = temporaryFolder();
    const executor = { executor_id: { value: 'e1' }, type: 'CUSTOM', command: executorCommand(folder) };
    await all.scheduler.launchTask('t1', { executor });
    const env = await environmentIn(folder);
    expect(env).toMatchObject({ MESOS_CHECKPOINT: '1', MESOS_RECOVERY_TIMEOUT: '15mins' });
    const before = await RawExecutor.subscribe(env);
    const { task } = (await before.next('LAUNCH')).launch;
    await before.update('t1', 'TASK_RUNNING');
    await nextState(all.scheduler, 'TASK_RUNNING');
    const again = await restart(all, '--executor-reregistration-timeout', '60s');
    await again.logged('registered');
    const after = await RawExecutor.subscribe(env, 'json', { unacknowledged_tasks: [task] });
    await after.next('SUBSCRIBED');
    await after.update('t1', 'TASK_FINISHED');
    expect(await nextState(all.scheduler, 'TASK_FINISHED')).toMatchObject({ executor_id: { value: 'e1' } });
  });

  it('gives an executor up that does not come back (W-3.6)', async () => {
    const all = await cluster(checkpointing);
    const folder = temporaryFolder();
    const executor = { executor_id: { value: 'e1' }, type: 'CUSTOM', command: executorCommand(folder) };
    await all.scheduler.launchTask('t1', { executor });
    const before = await RawExecutor.subscribe(await environmentIn(folder));
    await before.next('LAUNCH');
    await before.update('t1', 'TASK_RUNNING');
    await nextState(all.scheduler, 'TASK_RUNNING');
    await restart(all, '--executor-reregistration-timeout', '100ms');
    expect(await nextState(all.scheduler, 'TASK_FAILED')).toMatchObject({
      reason: 'REASON_EXECUTOR_REREGISTRATION_TIMEOUT',
      source: 'SOURCE_AGENT',
    });
  });
});

it('an agent that gets SIGTERM leaves the tasks of checkpointing frameworks to the next one', async () => {
  const all = await cluster(checkpointing);
  const folder = temporaryFolder();
  await all.scheduler.launch('long', { value: `echo $$ > ${folder}/pid; sleep 1000` });
  const pid = await pidFrom(join(folder, 'pid'));
  expect(await all.agent.stop('SIGTERM')).toBe(0);
  expect(isAlive(pid)).toBe(true);
  const again = startAgentDaemon(all.port, all.folder);
  await again.logged('registered');
  expect(await again.stop('SIGINT')).toBe(0);
  expect(isAlive(pid)).toBe(false);
});

describe('an agent that is started anew with other settings', () => {
  async function withTask() {
    const all = await cluster(checkpointing);
    const file = join(temporaryFolder(), 'pid');
    await all.scheduler.launch('long', { value: `echo $$ > ${file}; exec sleep 1000` });
    await nextState(all.scheduler, 'TASK_RUNNING');
    return { all, pid: await pidFrom(file) };
  }

  it('does not start and names them; as before, it finds its tasks (mesos-http-api section 7)', async () => {
    const { all, pid } = await withTask();
    const other = await restart(all, '--hostname', 'other', '--resources', 'cpus:2;mem:4096');
    expect(await other.ended).toBe(2);
    expect(other.lines.filter((line) => !line.startsWith('{'))).toEqual([
      `agora: this folder is that of agent ${String(all.id)}, which has other settings: ` +
        'hostname "localhost", now "other"; resources "cpus:4;mem:4096", now "cpus:2;mem:4096".',
      '       Start it as before and it goes on; --reconfiguration-policy new kills what it runs, for another agent.',
    ]);
    expect(isAlive(pid)).toBe(true);
    const same = startAgentDaemon(all.port, all.folder);
    expect(await same.logged('registered')).toMatchObject({ agent: all.id });
    expect(isAlive(pid)).toBe(true);
  });

  it('becomes another one where that is wanted, and leaves nothing running', async () => {
    const { all, pid } = await withTask();
    const other = await restart(all, '--hostname', 'other', '--reconfiguration-policy', 'new');
    expect(await other.logged('becomes another one: its settings have changed')).toMatchObject({
      agent: all.id,
      changes: [{ what: 'hostname', before: 'localhost', now: 'other' }],
    });
    expect((await other.logged('registered')).agent).not.toBe(all.id);
    await untilGone(pid);
  });

  it('has none when it offers what its host has', async () => {
    const [folder, master] = [temporaryFolder(), startMasterDaemon(temporaryFolder())];
    const args = ['agent', '--master', `127.0.0.1:${await master.port}`, '--work-dir', folder, '--port', '0'];
    const first = new Daemon(args);
    const { agent } = await first.logged('registered');
    await first.stop('SIGKILL');
    writeFileSync(join(folder, 'sandbox'), Buffer.alloc(2 ** 21));
    expect(await new Daemon(args).logged('registered')).toMatchObject({ agent });
  });
});
