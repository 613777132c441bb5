import { once } from 'node:events';
import { statSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RecordReader } from '../../src/realnet/http/recordio.js';
import { FileStore } from '../../src/realnet/registry/file-store.js';
import { decode, encode } from '../../src/realnet/wire/codec.js';
import { messageType } from '../../src/realnet/wire/schema.js';
import { localCluster, silent, temporaryFolder } from './cluster.js';
import { ask, callOperator, get } from './operator-client.js';
import { mediaHeaders, RawScheduler, send, type Received } from './raw-client.js';

const RESERVED = {
  name: 'cpus',
  type: 'SCALAR',
  scalar: { value: 2 },
  reservations: [{ type: 'DYNAMIC', role: 'eng' }],
};

/** A cluster in which the task `long` of the framework `raw` runs. */
async function running(): Promise<{ port: number; scheduler: RawScheduler }> {
  const { master } = await localCluster();
  const scheduler = await RawScheduler.subscribe(master.port);
  await scheduler.launch('long', { value: 'sleep 60' });
  while ((await scheduler.update()).state !== 'TASK_RUNNING');
  return { port: master.port, scheduler };
}

async function agentId(port: number): Promise<Received> {
  const { agents } = await ask(port, 'GET_AGENTS');
  return agents[0].agent_info.id;
}

/** Events of an operator's stream. */
async function subscribe(port: number): Promise<AsyncGenerator<Received>> {
  const call = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path: '/api/v1',
    headers: mediaHeaders('json'),
  });
  call.end(encode(messageType('master', 'Call'), 'json', { type: 'SUBSCRIBE' }));
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  onTestFinished(() => {
    response.destroy();
  });
  return (async function* () {
    const reader = new RecordReader(1e7);
    for await (const piece of response) {
      for (const record of reader.push(piece)) yield decode(messageType('master', 'Event'), 'json', record);
    }
  })();
}

describe('operator API: W-6.1 reads', () => {
  it('GET_STATE has agents, frameworks and tasks; completed ones with their statuses', async () => {
    const { master } = await localCluster();
    const { port } = master;
    const scheduler = await RawScheduler.subscribe(port);
    const [offer] = (await scheduler.next('OFFERS')).offers.offers;
    const task = (name: string, value: string): object => ({
      name,
      task_id: { value: name },
      agent_id: offer.agent_id,
      resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } }],
      command: { value },
    });
    const launch = { task_infos: [task('long', 'sleep 60'), task('short', 'true')] };
    await scheduler.call('ACCEPT', { offer_ids: [offer.id], operations: [{ type: 'LAUNCH', launch }] });
    const seen = new Set<string>();
    while (!(seen.has('long TASK_RUNNING') && seen.has('short TASK_FINISHED'))) {
      const { task_id: id, state } = await scheduler.update();
      seen.add(`${id.value} ${state}`);
    }
    const { get_tasks: tasks, get_frameworks: frameworks, get_agents: agents } = await ask(port, 'GET_STATE');
    expect(tasks.tasks).toMatchObject([{ task_id: { value: 'long' }, state: 'TASK_RUNNING' }]);
    expect(tasks.completed_tasks).toMatchObject([{ task_id: { value: 'short' }, state: 'TASK_FINISHED' }]);
    expect(tasks.completed_tasks[0].statuses.map(({ state }: Received) => state)).toEqual([
      'TASK_STARTING',
      'TASK_RUNNING',
      'TASK_FINISHED',
    ]);
    expect(frameworks.frameworks).toMatchObject([{ framework_info: { name: 'raw' }, connected: true }]);
    expect(agents.agents).toMatchObject([{ active: true, deactivated: false }]);
    expect(agents.agents[0].allocated_resources).toMatchObject([{ name: 'cpus', scalar: { value: 0.1 } }]);
  });

  it.each([
    ['GET_HEALTH', { healthy: true }],
    ['GET_VERSION', { version_info: { version: '1.11.0' } }],
    ['GET_FLAGS', {}],
    ['GET_MASTER', { master_info: { hostname: 'localhost' } }],
    ['GET_WEIGHTS', {}],
    ['GET_QUOTA', { status: {} }],
    ['GET_OPERATIONS', {}],
    ['GET_EXECUTORS', {}],
    ['GET_ROLES', {}],
    ['GET_MAINTENANCE_STATUS', { status: {} }],
    ['GET_MAINTENANCE_SCHEDULE', { schedule: {} }],
  ])('%s answers in JSON and protobuf alike', async (type, expected) => {
    const { master } = await localCluster();
    expect(await ask(master.port, type)).toMatchObject(expected);
    const { status, headers } = await callOperator(master.port, { type }, 'protobuf');
    expect([status, headers['content-type']]).toEqual([200, 'application/x-protobuf']);
  });

  it('GET_STATE in protobuf is the same message as in JSON', async () => {
    const { port } = await running();
    const type = messageType('master', 'Response');
    const body = encode(messageType('master', 'Call'), 'protobuf', { type: 'GET_STATE' });
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      const options = { port, method: 'POST', path: '/api/v1', headers: mediaHeaders('protobuf') };
      const call = request(options, (response) => void buffer(response).then(resolve, reject));
      call.end(body);
    });
    const { get_tasks: tasks } = (decode(type, 'protobuf', bytes) as Received).get_state;
    expect(tasks.tasks).toMatchObject([{ task_id: { value: 'long' }, state: 'TASK_RUNNING' }]);
  });

  it('GET_METRICS has the names that exporters read', async () => {
    const { port } = await running();
    const metrics = await get(port, '/metrics/snapshot');
    expect(metrics).toMatchObject({
      'master/elected': 1,
      'master/tasks_running': 1,
      'master/cpus_total': 4,
      'master/cpus_used': 0.1,
      'master/slaves_active': 1,
      'master/frameworks_active': 1,
      'master/messages_launch_tasks': 1,
      'master/messages_register_slave': 1,
      'master/slave_removals': 0,
      'system/mem_total_bytes': totalmem(),
      'allocator/mesos/resources/cpus/total': 4,
      'allocator/mesos/allocation_run_ms/count': metrics['allocator/mesos/allocation_runs'],
    });
    // Nothing is kept.
    expect(Object.keys(metrics).filter((name) => name.startsWith('registrar/'))).toEqual([]);
    const { metrics: listed } = await ask(port, 'GET_METRICS', { get_metrics: {} });
    expect(listed.map(({ name }: Received) => name)).toEqual(Object.keys(metrics));
  });

  it('GET_METRICS counts what made sense, and what did not', async () => {
    const { port, scheduler } = await running();
    const agent_id = await agentId(port);
    const counts = async (what: string): Promise<number[]> => {
      const metrics = await get(port, '/metrics/snapshot');
      return [metrics[`master/valid_${what}`], metrics[`master/invalid_${what}`]];
    };
    // STARTING and RUNNING.
    expect(await counts('status_updates')).toEqual([2, 0]);
    expect(await counts('status_update_acknowledgements')).toEqual([2, 0]);
    const wrong = { agent_id, task_id: { value: 'long' }, uuid: Buffer.alloc(16, 1).toString('base64') };
    expect((await scheduler.call('ACKNOWLEDGE', wrong)).status).toBe(202);
    expect(await counts('status_update_acknowledgements')).toEqual([2, 1]);
    const message = { agent_id, executor_id: { value: 'long' }, data: 'cGluZw==' };
    await scheduler.call('MESSAGE', message);
    await scheduler.call('MESSAGE', { ...message, agent_id: { value: 'nobody' } });
    expect(await counts('framework_to_executor_messages')).toEqual([1, 1]);
    expect(await counts('executor_to_framework_messages')).toEqual([0, 0]);
  });

  it('GET_METRICS has what the registry took, and quota', async () => {
    const folder = temporaryFolder();
    const { port } = (await localCluster({ registry: new FileStore(folder) })).master;
    const limits = { cpus: { value: 2 } };
    const update_quota = { quota_configs: [{ role: 'eng', limits }] };
    expect((await callOperator(port, { type: 'UPDATE_QUOTA', update_quota })).status).toBe(200);
    const metrics = await get(port, '/metrics/snapshot');
    expect(metrics).toMatchObject({
      'registrar/queued_operations': 0,
      'registrar/registry_size_bytes': statSync(join(folder, 'registry.log')).size,
      'registrar/state_fetch_ms': expect.any(Number),
      'registrar/state_store_ms': expect.any(Number),
      'registrar/state_store_ms/count': expect.any(Number),
      'registrar/state_store_ms/p99': expect.any(Number),
      'allocator/mesos/quota/roles/eng/resources/cpus/limit': 2,
      'master/slave_registrations': 1,
      'master/slave_reregistrations': 0,
    });
    const { 'registrar/state_store_ms/min': least, 'registrar/state_store_ms/max': most } = metrics;
    expect(least).toBeLessThanOrEqual(most);
  });
});

describe('operator API: W-6.1 writes', () => {
  it('UPDATE_WEIGHTS and UPDATE_QUOTA are shown by GET_WEIGHTS, GET_QUOTA and GET_ROLES', async () => {
    const { master } = await localCluster();
    const { port } = master;
    const weights = { update_weights: { weight_infos: [{ role: 'eng', weight: 2 }] } };
    expect(await callOperator(port, { type: 'UPDATE_WEIGHTS', ...weights })).toMatchObject({
      status: 200,
      text: '',
    });
    const config = { role: 'eng', guarantees: { cpus: { value: 1 } }, limits: { cpus: { value: 2 } } };
    const quota = { update_quota: { quota_configs: [config] } };
    expect((await callOperator(port, { type: 'UPDATE_QUOTA', ...quota })).status).toBe(200);
    expect(await ask(port, 'GET_WEIGHTS')).toEqual({ weight_infos: [{ role: 'eng', weight: 2 }] });
    expect(await ask(port, 'GET_QUOTA')).toEqual({ status: { configs: [config] } });
    expect((await ask(port, 'GET_ROLES')).roles).toMatchObject([{ name: 'eng', weight: 2 }]);
    expect((await get(port, '/roles')).roles).toMatchObject([
      { quota: { guarantee: { cpus: 1 }, limit: { cpus: 2 } } },
    ]);
  });

  it('RESERVE_RESOURCES is 202, UNRESERVE_RESOURCES takes it back', async () => {
    const { master } = await localCluster();
    const { port } = master;
    const content = { agent_id: await agentId(port), resources: [RESERVED] };
    const reserve = { type: 'RESERVE_RESOURCES', reserve_resources: content };
    expect((await callOperator(port, reserve)).status).toBe(202);
    expect((await get(port, '/slaves')).slaves[0].reserved_resources).toMatchObject({ eng: { cpus: 2 } });
    expect((await callOperator(port, reserve)).status).toBe(202);
    expect(await callOperator(port, reserve)).toMatchObject({ status: 409 });
    const unreserve = { type: 'UNRESERVE_RESOURCES', unreserve_resources: content };
    expect((await callOperator(port, unreserve)).status).toBe(202);
    expect((await get(port, '/slaves')).slaves[0].reserved_resources).toMatchObject({ eng: { cpus: 2 } });
  });

  it('DRAIN_AGENT kills its tasks and REACTIVATE_AGENT is refused until it is drained', async () => {
    const { port, scheduler } = await running();
    const agent = { agent_id: await agentId(port) };
    const drain = { type: 'DRAIN_AGENT', drain_agent: { ...agent, max_grace_period: { seconds: 1 } } };
    expect((await callOperator(port, drain)).status).toBe(200);
    const reactivate = { type: 'REACTIVATE_AGENT', reactivate_agent: agent };
    expect(await callOperator(port, reactivate)).toMatchObject({
      status: 400,
      text: 'the agent is still draining (R-9.5)\n',
    });
    while ((await scheduler.update()).state !== 'TASK_KILLED');
    expect((await ask(port, 'GET_AGENTS')).agents[0].drain_info).toMatchObject({ state: 'DRAINED' });
    expect((await callOperator(port, reactivate)).status).toBe(200);
    expect((await ask(port, 'GET_AGENTS')).agents[0]).toMatchObject({ active: true, deactivated: false });
  });

  it('MARK_AGENT_GONE is 404 for an unknown agent; the tasks of a known one are gone', async () => {
    const { port, scheduler } = await running();
    const gone = (value: string): object => ({
      type: 'MARK_AGENT_GONE',
      mark_agent_gone: { agent_id: { value } },
    });
    expect((await callOperator(port, { ...gone('nobody') })).status).toBe(404);
    const { value } = await agentId(port);
    expect((await callOperator(port, { ...gone(value) })).status).toBe(200);
    expect(await scheduler.update()).toMatchObject({
      state: 'TASK_LOST',
      reason: 'REASON_AGENT_REMOVED_BY_OPERATOR',
    });
    expect((await callOperator(port, { ...gone(value) })).status).toBe(200);
  });

  it('TEARDOWN ends a framework, its stream and its tasks', async () => {
    const { port, scheduler } = await running();
    const teardown = { type: 'TEARDOWN', teardown: { framework_id: { value: scheduler.frameworkId } } };
    expect((await callOperator(port, teardown)).status).toBe(200);
    await scheduler.rest();
    const state = await get(port, '/state');
    expect(state.frameworks).toEqual([]);
    expect(state.completed_frameworks).toMatchObject([
      { completed_tasks: [{ id: 'long', state: 'TASK_KILLED' }] },
    ]);
    expect(await callOperator(port, teardown)).toMatchObject({ status: 400 });
  });

  it.each([
    ['no type', {}, 400, "Expecting 'type'"],
    ['no content', { type: 'TEARDOWN' }, 400, "Expecting 'teardown'"],
    [
      'a weight of 0',
      { type: 'UPDATE_WEIGHTS', update_weights: { weight_infos: [{ role: 'a', weight: 0 }] } },
      400,
      'above 0',
    ],
    [
      'a role that is none',
      { type: 'UPDATE_QUOTA', update_quota: { quota_configs: [{ role: '/a' }] } },
      400,
      'slash',
    ],
    [
      'an unknown agent',
      { type: 'DRAIN_AGENT', drain_agent: { agent_id: { value: 'x' } } },
      400,
      'no such agent',
    ],
    ['no level', { type: 'SET_LOGGING_LEVEL' }, 400, "Expecting 'set_logging_level'"],
    ['a file', { type: 'READ_FILE', read_file: { path: '/x', offset: 0 } }, 404, 'keeps no files'],
  ])('%s is refused', async (_, call, status, reason) => {
    const { master } = await localCluster();
    const answer = await callOperator(master.port, call);
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(reason);
  });
});

describe('operator API: W-6.2 SUBSCRIBE', () => {
  it('begins with the state and a heartbeat, and tells of frameworks and tasks', async () => {
    const { master } = await localCluster();
    const events = await subscribe(master.port);
    const next = async (): Promise<Received> => (await events.next()).value;
    const first = await next();
    expect(first.subscribed.get_state.get_agents.agents).toHaveLength(1);
    expect(first.subscribed.heartbeat_interval_seconds).toBe(15);
    expect((await next()).type).toBe('HEARTBEAT');
    const scheduler = await RawScheduler.subscribe(master.port);
    expect(await next()).toMatchObject({
      type: 'FRAMEWORK_ADDED',
      framework_added: { framework: { framework_info: { name: 'raw' } } },
    });
    await scheduler.launch('t', { value: 'true' });
    expect(await next()).toMatchObject({
      type: 'TASK_ADDED',
      task_added: { task: { task_id: { value: 't' } } },
    });
    while ((await scheduler.update()).state !== 'TASK_FINISHED');
    const states = [await next(), await next(), await next()].map(({ task_updated: told }) => told.state);
    expect(states).toEqual(['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
    await scheduler.call('TEARDOWN');
    expect((await next()).type).toBe('FRAMEWORK_REMOVED');
  });

  it('tells with a framework what it has and what it is offered', async () => {
    const { port, scheduler } = await running();
    await scheduler.next('OFFERS');
    const events = await subscribe(port);
    const updated = async (): Promise<Received> => {
      for (;;) {
        const { type, framework_updated: told } = (await events.next()).value;
        if (type === 'FRAMEWORK_UPDATED') return told.framework;
      }
    };
    const framework_info = { user: 'root', name: 'other', id: { value: scheduler.frameworkId } };
    await scheduler.call('UPDATE_FRAMEWORK', { framework_info });
    const cpus = (value: number) => ({ name: 'cpus', type: 'SCALAR', scalar: { value } });
    expect(await updated()).toMatchObject({
      framework_info: { name: 'other' },
      allocated_resources: [expect.objectContaining(cpus(0.1))],
      offered_resources: expect.arrayContaining([expect.objectContaining(cpus(3.9))]),
      offers: [{ framework_id: { value: scheduler.frameworkId } }],
    });
  });
});

describe('older endpoints: W-6.4', () => {
  it('/state, /state-summary, /slaves, /frameworks and /tasks agree', async () => {
    const { port, scheduler } = await running();
    const state = await get(port, '/master/state');
    expect(state.slaves).toMatchObject([
      { resources: { cpus: 4, mem: 4096, ports: '[31000-32000]' }, active: true },
    ]);
    expect(state.frameworks).toMatchObject([
      { id: scheduler.frameworkId, tasks: [{ id: 'long', executor_id: '' }] },
    ]);
    expect(state.leader).toMatch(/^master@127\.0\.0\.1:\d+$/);
    const summary = await get(port, '/state-summary');
    expect(summary.slaves).toMatchObject([{ TASK_RUNNING: 1, framework_ids: [scheduler.frameworkId] }]);
    expect(summary.frameworks).toMatchObject([{ TASK_RUNNING: 1, slave_ids: [state.slaves[0].id] }]);
    expect((await get(port, `/slaves?slave_id=${state.slaves[0].id}`)).slaves).toHaveLength(1);
    expect((await get(port, '/slaves?slave_id=other')).slaves).toEqual([]);
    expect((await get(port, `/frameworks?framework_id=${scheduler.frameworkId}`)).frameworks).toHaveLength(1);
    expect((await get(port, '/tasks?task_id=long')).tasks).toMatchObject([{ state: 'TASK_RUNNING' }]);
    expect((await get(port, '/tasks?offset=1')).tasks).toEqual([]);
  });
});

describe('SET_LOGGING_LEVEL', () => {
  const level = (value: number, nanoseconds: number) => ({
    type: 'SET_LOGGING_LEVEL',
    set_logging_level: { level: value, duration: { nanoseconds } },
  });

  it('logs more for a while, then as before', async () => {
    const log = { ...silent, level: 'warn' };
    const { port } = (await localCluster({ log })).master;
    expect(await ask(port, 'GET_LOGGING_LEVEL')).toEqual({ level: 0 });
    expect(await callOperator(port, level(2, 3600e9))).toMatchObject({ status: 200, text: '' });
    expect([await ask(port, 'GET_LOGGING_LEVEL'), log.level]).toEqual([{ level: 2 }, 'debug']);
    await callOperator(port, level(1, 1e6), 'protobuf');
    while ((await ask(port, 'GET_LOGGING_LEVEL')).level !== 0);
    expect(log.level).toBe('warn');
  });
});

it('SET_LOGGING_LEVEL of one daemon holds for all that log to the same place', async () => {
  const log = { ...silent, level: 'warn' };
  const { port } = (await localCluster({ log, agents: 2 })).master;
  const { slaves } = await get(port, '/slaves');
  const agents = slaves.map(({ pid }: Received) => Number(pid.split(':')[1]));
  const set = (value: number) => ({
    type: 'SET_LOGGING_LEVEL',
    set_logging_level: { level: value, duration: { nanoseconds: 3600e9 } },
  });
  await callOperator(agents[0], set(1));
  await callOperator(agents[1], set(2));
  expect([await ask(port, 'GET_LOGGING_LEVEL'), log.level]).toEqual([{ level: 2 }, 'debug']);
  await callOperator(port, set(0));
  expect([await ask(agents[0], 'GET_LOGGING_LEVEL'), log.level]).toEqual([{ level: 0 }, 'warn']);
});

describe('a driver of the v0 API', () => {
  it.each([
    [{ 'Libprocess-From': 'scheduler(1)@127.0.0.1:9' }, '/master/anything'],
    [{}, '/master/mesos.internal.RegisterFrameworkMessage'],
    [{ 'User-Agent': 'libprocess/scheduler(1)@127.0.0.1:9' }, '/master/mesos.scheduler.Call'],
  ])('%j is told so, and so is the log', async (headers, path) => {
    const warnings: string[] = [];
    const log = { ...silent, warn: (_: object, message: string) => void warnings.push(message) };
    const { port } = (await localCluster({ log })).master;
    const { status, text } = await send(port, { path, headers, body: Buffer.from('x') });
    expect(status).toBe(501);
    expect(text).toContain('/api/v1/scheduler');
    expect(warnings).toHaveLength(1);
  });
});
