import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './cluster.js';
import { Daemon, startAgentDaemon, startMasterDaemon } from './daemon.js';
import { ask, callOperator, get } from './operator-client.js';
import { RawScheduler, type Received } from './raw-client.js';

const patient = {
  failover_timeout: 3600,
  checkpoint: true,
  roles: ['eng'],
  capabilities: [{ type: 'MULTI_ROLE' }],
};

interface Cluster {
  readonly port: number;
  readonly masterFolder: string;
  readonly master: Daemon;
  readonly agent: Daemon;
  readonly agentId: { readonly value: string };
}

async function cluster(): Promise<Cluster> {
  const masterFolder = temporaryFolder();
  const master = startMasterDaemon(masterFolder);
  const port = await master.port;
  const agent = startAgentDaemon(port, temporaryFolder());
  const { agent: id } = await agent.logged('registered');
  return { port, masterFolder, master, agent, agentId: { value: String(id) } };
}

/** kill -9, and another master in its place. */
async function restart({ master, port, masterFolder }: Cluster, ...more: string[]): Promise<Daemon> {
  await master.stop('SIGKILL');
  const next = startMasterDaemon(masterFolder, '--port', String(port), ...more);
  await next.port;
  return next;
}

async function operate(port: number, type: string, content: object): Promise<void> {
  const { status, text } = await callOperator(port, { type, [type.toLowerCase()]: content });
  expect([status, text].join(' ')).toMatch(/^20[02] $/);
}

/** The agent as the master tells of it, once it is there. */
async function agentOf(port: number): Promise<Received> {
  for (;;) {
    const { agents = [] } = await ask(port, 'GET_AGENTS');
    if (agents.length > 0) return agents[0];
    await delay(20);
  }
}

describe('--weights of a master', () => {
  it('hold at its first start, and those of the registry from then on (R-8.10)', async () => {
    const folder = temporaryFolder();
    const start = async (weights: string): Promise<[Daemon, number]> => {
      const daemon = startMasterDaemon(folder, '--weights', weights);
      return [daemon, await daemon.port];
    };
    const weightsOf = async (port: number): Promise<unknown> => {
      const { weight_infos: infos } = await ask(port, 'GET_WEIGHTS');
      return Object.fromEntries(
        (infos as { role: string; weight: number }[]).map((info) => [info.role, info.weight]),
      );
    };
    const [first, port] = await start('eng=2,ops=1.5');
    expect(await weightsOf(port)).toEqual({ eng: 2, ops: 1.5 });
    await operate(port, 'UPDATE_WEIGHTS', { weight_infos: [{ role: 'eng', weight: 3 }] });
    await first.stop('SIGKILL');
    const [second, port2] = await start('eng=9,ops=1.5');
    expect(await second.logged('weights of the command line are not used')).toMatchObject({ roles: ['eng'] });
    expect(await weightsOf(port2)).toEqual({ eng: 3, ops: 1.5 });
  });
});

describe('a master that is killed (-9) and started anew in its folder', () => {
  it('has weights, quota and reservations, and tasks go on', async () => {
    const all = await cluster();
    const { port, agentId } = all;
    await operate(port, 'UPDATE_WEIGHTS', { weight_infos: [{ role: 'eng', weight: 3 }] });
    const config = { role: 'eng', guarantees: { cpus: { value: 1 } }, limits: { cpus: { value: 3 } } };
    await operate(port, 'UPDATE_QUOTA', { quota_configs: [config] });
    const reservations = [{ type: 'DYNAMIC', role: 'eng' }];
    const reserved = { name: 'mem', type: 'SCALAR', scalar: { value: 512 }, reservations };
    await operate(port, 'RESERVE_RESOURCES', { agent_id: agentId, resources: [reserved] });
    const go = join(temporaryFolder(), 'go');
    const before = await RawScheduler.subscribe(port, patient);
    await before.launch('long', { value: `until [ -e ${go} ]; do sleep 0.05; done` });
    await before.update();
    expect(await before.update()).toMatchObject({ state: 'TASK_RUNNING' });

    const next = await restart(all);
    expect(await next.logged('recovered')).toMatchObject({ agents: 1, weights: 1, quotas: 1 });
    expect(await ask(port, 'GET_WEIGHTS')).toEqual({ weight_infos: [{ role: 'eng', weight: 3 }] });
    expect(await ask(port, 'GET_QUOTA')).toMatchObject({ status: { configs: [config] } });
    expect(await all.agent.logged('registered')).toMatchObject({ agent: agentId.value });
    const { total_resources: total } = await agentOf(port);
    expect(total).toContainEqual(
      expect.objectContaining({ name: 'mem', scalar: { value: 512 }, reservations }),
    );

    const after = await RawScheduler.subscribe(port, { ...patient, id: { value: before.frameworkId } });
    await after.call('RECONCILE', { tasks: [] });
    expect(await after.update()).toMatchObject({ task_id: { value: 'long' }, state: 'TASK_RUNNING' });
    writeFileSync(go, '');
    let update = await after.update();
    while (update.state === 'TASK_RUNNING') update = await after.update();
    expect(update).toMatchObject({ state: 'TASK_FINISHED' });
  });

  it('says that quota of nested roles is not enforced by an allocator that knows none, and keeps it', async () => {
    const masterFolder = temporaryFolder();
    const strict = ['--allocator', 'drf?quota=strict'];
    const master = startMasterDaemon(masterFolder, ...strict);
    const port = await master.port;
    const config = { role: 'eng/web', guarantees: {}, limits: { cpus: { value: 3 } } };
    await operate(port, 'UPDATE_QUOTA', { quota_configs: [config] });
    await master.stop('SIGKILL');
    const plain = startMasterDaemon(masterFolder);
    expect(await plain.logged('not enforced')).toMatchObject({ roles: ['eng/web'] });
    expect(await ask(await plain.port, 'GET_QUOTA')).toEqual({ status: {} });
    await plain.stop('SIGKILL');
    const again = startMasterDaemon(masterFolder, ...strict);
    expect(await ask(await again.port, 'GET_QUOTA')).toMatchObject({
      status: { configs: [{ role: 'eng/web' }] },
    });
    expect(again.lines.filter((line) => line.includes('not enforced'))).toEqual([]);
  });

  it('goes on with a drain, and its agent is out of the market until it is put back', async () => {
    const all = await cluster();
    const { port, agentId } = all;
    const scheduler = await RawScheduler.subscribe(port, patient);
    const ready = join(temporaryFolder(), 'ready');
    // Deaf to SIGTERM: it is still there when the master is killed.
    const value = `trap '' TERM; echo $$ > ${ready}; while :; do sleep 0.05; done`;
    const patience = { grace_period: { nanoseconds: 3600e9 } };
    await scheduler.launchTask('stubborn', { command: { value }, kill_policy: patience });
    while (!existsSync(ready) || readFileSync(ready, 'utf8') === '') await delay(10);
    await operate(port, 'DRAIN_AGENT', { agent_id: agentId, max_grace_period: { seconds: 3600 } });
    await restart(all);
    expect(await agentOf(port)).toMatchObject({ deactivated: true, drain_info: { state: 'DRAINING' } });
    const reactivate = { type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id: agentId } };
    expect((await callOperator(port, reactivate)).status).toBe(400);
    const after = await RawScheduler.subscribe(port, { ...patient, id: { value: scheduler.frameworkId } });
    await after.call('KILL', {
      task_id: { value: 'stubborn' },
      kill_policy: { grace_period: { nanoseconds: 1_000_000 } },
    });
    let update = await after.update();
    while (update.state !== 'TASK_KILLED') update = await after.update();
    expect(update).toMatchObject({ reason: 'REASON_AGENT_DRAINING' });
    while ((await agentOf(port)).drain_info.state !== 'DRAINED') await delay(20);
    expect((await callOperator(port, reactivate)).status).toBe(200);
    await after.next('OFFERS');
  });

  it('sends an agent away that was marked gone (W-5.8)', async () => {
    const all = await cluster();
    const { port, agentId, agent } = all;
    agent.child.kill('SIGSTOP');
    await operate(port, 'MARK_AGENT_GONE', { agent_id: agentId });
    const next = await restart(all);
    await next.logged('recovered');
    agent.child.kill('SIGCONT');
    await agent.ended;
    expect(await ask(port, 'GET_AGENTS')).toEqual({});
  });

  it('lists agents that are not back as recovered, then takes them for unreachable (W-5.9)', async () => {
    const all = await cluster();
    const { port, agentId, agent } = all;
    agent.child.kill('SIGSTOP');
    await restart(all, '--agent-reregister-timeout', '1s');
    const { recovered_agents: recovered } = await ask(port, 'GET_AGENTS');
    expect(recovered).toMatchObject([{ id: agentId, hostname: expect.any(String) }]);
    while ((await get(port, '/state')).unreachable_slaves !== 1) await delay(20);
    agent.child.kill('SIGCONT');
    expect(await agentOf(port)).toMatchObject({ agent_info: { id: agentId } });
  });
});

it('agora run waits for the next master, and ends as its task ends', async () => {
  const all = await cluster();
  const folder = temporaryFolder();
  const line = `touch ${folder}/there; until [ -e ${folder}/go ]; do sleep 0.05; done; exit 3`;
  const run = new Daemon(['run', '--master', `127.0.0.1:${all.port}`, '--', line]);
  while (!existsSync(join(folder, 'there'))) await delay(20);
  await all.master.stop('SIGKILL');
  const told = (): string[] => run.lines.filter((text) => text.includes('the master does not answer'));
  while (told().length === 0) await delay(20);
  await restart(all);
  writeFileSync(join(folder, 'go'), '');
  expect(await run.ended).toBe(3);
  // However often it tried.
  expect(told()).toEqual([expect.stringContaining('trying again for 10 minutes')]);
  while ((await get(all.port, '/frameworks')).frameworks.length > 0) await delay(20);
});

it('a master whose registry is damaged says so and does not begin', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'registry.log'), 'something else\n');
  const master = new Daemon(['master', '--work-dir', folder, '--port', '0']);
  expect(await master.ended).toBe(2);
  expect(master.lines.join('\n')).toMatch(/^agora: .*registry\.log is no registry of the format/m);
});

it('agora local remembers weights in its folder, and waits for no agents of before', async () => {
  const folder = temporaryFolder();
  const first = new Daemon(['local', '--work-dir', folder, '--port', '0']);
  const weights = { weight_infos: [{ role: 'eng', weight: 3 }] };
  await operate(await first.port, 'UPDATE_WEIGHTS', weights);
  expect(await first.stop('SIGINT')).toBe(0);
  const second = new Daemon(['local', '--work-dir', folder, '--port', '0']);
  const port = await second.port;
  expect(await ask(port, 'GET_WEIGHTS')).toEqual(weights);
  expect((await ask(port, 'GET_AGENTS')).recovered_agents).toBeUndefined();
});

it('agora replay goes on with the next master, and loses no task', async () => {
  const all = await cluster();
  const trace = join(temporaryFolder(), 'x.csv');
  const rows = Array.from({ length: 24 }, () => '0,0.5,1,16');
  writeFileSync(trace, ['submit_s,duration_s,cpus,mem', ...rows, ''].join('\n'));
  const target = ['--master', `127.0.0.1:${all.port}`];
  const folder = join(temporaryFolder(), 'out');
  const replay = new Daemon(['replay', '--trace', trace, '--speedup', '1', ...target, '--out', folder]);
  while (((await get(all.port, '/tasks')).tasks ?? []).length < 6) await delay(20);
  await restart(all);
  expect(await replay.ended).toBe(0);
  const { tasks } = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8'));
  expect(tasks).toMatchObject({ submitted: 24, finished: 24 });
});
