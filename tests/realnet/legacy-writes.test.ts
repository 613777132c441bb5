import { describe, expect, it } from 'vitest';
import { resourcesToJson } from '../../src/cluster/resources/json.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { localCluster } from './cluster.js';
import { ask, callOperator, get } from './operator-client.js';
import { RawScheduler, send, type Reply } from './raw-client.js';

function reserved(role: string): object {
  return {
    name: 'cpus',
    type: 'SCALAR',
    scalar: { value: 2 },
    reservations: [{ type: 'DYNAMIC', role }],
  };
}

const port = async (): Promise<number> => (await localCluster()).master.port;

async function json(to: number, method: string, path: string, content?: unknown): Promise<Reply> {
  const headers = { 'Content-Type': 'application/json' };
  const body = content === undefined ? {} : { body: JSON.stringify(content) };
  return await send(to, { method, path, headers, ...body });
}

async function form(to: number, path: string, fields: Record<string, string>): Promise<Reply> {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const body = Buffer.from(new URLSearchParams(fields).toString());
  return await send(to, { method: 'POST', path, headers, body });
}

async function agentOf(to: number): Promise<string> {
  return (await get(to, '/slaves')).slaves[0].id;
}

describe('endpoints older than the v1 API that change something (mesos-http-api 6.4)', () => {
  it('/weights: PUT takes what GET shows', async () => {
    const to = await port();
    expect((await json(to, 'PUT', '/weights', [{ role: 'eng', weight: 2.5 }])).status).toBe(200);
    expect(await get(to, '/master/weights')).toEqual([{ role: 'eng', weight: 2.5 }]);
    expect((await json(to, 'PUT', '/weights', [{ role: 'eng', weight: -1 }])).status).toBe(400);
    expect((await json(to, 'PUT', '/weights', [{ weight: 1 }])).status).toBe(400);
    expect(await json(to, 'DELETE', '/weights')).toMatchObject({
      status: 405,
      text: "Expecting one of { 'GET', 'PUT' }, but received 'DELETE'\n",
    });
  });

  it('/quota: POST guarantees, more than there is only by force; DELETE takes it back', async () => {
    const to = await port();
    const guarantee = (value: number): object[] => [{ name: 'cpus', type: 'SCALAR', scalar: { value } }];
    expect((await json(to, 'POST', '/quota', { role: 'eng', guarantee: guarantee(2) })).status).toBe(200);
    expect(await get(to, '/quota')).toEqual({
      infos: [{ role: 'eng', guarantee: guarantee(2) }],
      configs: [{ role: 'eng', guarantees: { cpus: { value: 2 } }, limits: { cpus: { value: 2 } } }],
    });
    const much = { role: 'ads', guarantee: guarantee(1e6) };
    expect((await json(to, 'POST', '/quota', much)).status).toBe(409);
    expect((await json(to, 'POST', '/quota', { ...much, force: true })).status).toBe(200);
    expect((await json(to, 'POST', '/quota', { role: 'x', guarantee: [] })).status).toBe(400);
    expect((await json(to, 'DELETE', '/quota/eng')).status).toBe(200);
    expect((await json(to, 'DELETE', '/quota/eng')).status).toBe(400);
    expect((await json(to, 'DELETE', '/quota')).status).toBe(400);
    expect((await get(to, '/quota')).configs).toHaveLength(1);
  });

  it('/reserve, with source too, and /unreserve', async () => {
    const to = await port();
    const slaveId = await agentOf(to);
    const resources = JSON.stringify([reserved('eng')]);
    expect((await form(to, '/reserve', { slaveId, resources })).status).toBe(202);
    const moved = { slaveId, resources: JSON.stringify([reserved('ads')]), source: resources };
    expect((await form(to, '/reserve', moved)).status).toBe(202);
    expect((await get(to, '/slaves')).slaves[0].reserved_resources).toMatchObject({ ads: { cpus: 2 } });
    expect((await form(to, '/reserve', moved)).status).toBe(409);
    expect((await form(to, '/unreserve', { slaveId, resources: moved.resources })).status).toBe(202);
    expect((await get(to, '/slaves')).slaves[0].reserved_resources).toEqual({});
    expect(await form(to, '/reserve', { slaveId })).toMatchObject({
      status: 400,
      text: "the form has no 'resources'\n",
    });
    expect((await form(to, '/reserve', { slaveId, resources: 'cpus:1' })).status).toBe(400);
    expect((await form(to, '/reserve', { slaveId: 'nobody', resources })).status).toBe(400);
  });

  it('/create-volumes and /destroy-volumes', async () => {
    const resources = resourcesToJson(parseResources('cpus:1;disk:100'), { legacy: false });
    const to = (await localCluster({ resources })).master.port;
    const slaveId = await agentOf(to);
    const disk = { ...reserved('eng'), name: 'disk' };
    expect((await form(to, '/reserve', { slaveId, resources: JSON.stringify([disk]) })).status).toBe(202);
    const volume = {
      ...disk,
      disk: { persistence: { id: 'v' }, volume: { container_path: 'data', mode: 'RW' } },
    };
    const volumes = JSON.stringify([volume]);
    expect((await form(to, '/create-volumes', { slaveId, volumes })).status).toBe(202);
    expect((await form(to, '/create-volumes', { slaveId, volumes })).status).toBe(400);
    expect((await form(to, '/destroy-volumes', { slaveId, volumes })).status).toBe(202);
  });

  it('/teardown ends a framework', async () => {
    const to = await port();
    const { frameworkId } = await RawScheduler.subscribe(to);
    expect((await form(to, '/teardown', { frameworkId })).status).toBe(200);
    expect((await form(to, '/teardown', { frameworkId })).status).toBe(400);
    expect((await get(to, '/frameworks')).completed_frameworks).toHaveLength(1);
  });

  it('/maintenance/schedule, /machine/down and /machine/up', async () => {
    const to = await port();
    const machine = { hostname: 'rack-1', ip: '10.1.1.1' };
    const unavailability = {
      start: { nanoseconds: 1_000_000_000 },
      duration: { nanoseconds: 3_600_000_000_000 },
    };
    const schedule = { windows: [{ machine_ids: [machine], unavailability }] };
    expect((await json(to, 'POST', '/machine/down', [machine])).status).toBe(400);
    expect((await json(to, 'POST', '/maintenance/schedule', schedule)).status).toBe(200);
    expect(await get(to, '/maintenance/schedule')).toEqual(schedule);
    expect((await json(to, 'POST', '/machine/down', [machine])).status).toBe(200);
    expect((await get(to, '/maintenance/status')).down_machines).toEqual([machine]);
    expect((await json(to, 'POST', '/maintenance/schedule', {})).status).toBe(400);
    expect((await json(to, 'POST', '/machine/up', [machine])).status).toBe(200);
  });
});

it('RESERVE_RESOURCES with source moves a reservation; a framework may not', async () => {
  const to = await port();
  const agent_id = { value: await agentOf(to) };
  const call = (content: object): Promise<Reply> =>
    callOperator(to, { type: 'RESERVE_RESOURCES', reserve_resources: { agent_id, ...content } });
  expect((await call({ resources: [reserved('eng')] })).status).toBe(202);
  const move = { source: [reserved('eng')], resources: [reserved('ads')] };
  expect((await call(move)).status).toBe(202);
  expect(await call({ source: [reserved('ads')], resources: [reserved('ads')] })).toMatchObject({
    status: 400,
  });
});

it('GET_METRICS needs its content (mesos-http-api 6.1)', async () => {
  const to = await port();
  expect(await callOperator(to, { type: 'GET_METRICS' })).toMatchObject({
    status: 400,
    text: "Expecting 'get_metrics' to be present\n",
  });
  const { metrics } = await ask(to, 'GET_METRICS', { get_metrics: {} });
  expect(metrics).toContainEqual({ name: 'master/elected', value: 1 });
});
