import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../src/realnet/wire/codec.js';
import { messageType } from '../../src/realnet/wire/schema.js';
import { localCluster, temporaryFolder } from './cluster.js';
import { mediaHeaders, RawScheduler, send, type Received } from './raw-client.js';

/** A cluster whose one task prints a line and sleeps. */
async function withTask() {
  const workDir = temporaryFolder();
  const { master } = await localCluster({ workDir });
  const scheduler = await RawScheduler.subscribe(master.port);
  const event = await scheduler.next('OFFERS');
  const { port } = event.offers.offers[0].url.address;
  const again = await RawScheduler.subscribe(master.port);
  await scheduler.call('DECLINE', { offer_ids: [event.offers.offers[0].id] });
  await again.launch('t1', { value: 'printf hello; exec sleep 1000' });
  await again.update();
  const { agent_id: agent } = await again.update();
  const virtual = `/frameworks/${again.frameworkId}/executors/t1/runs/latest`;
  return { port, agent: agent.value as string, scheduler: again, virtual, workDir };
}

async function get(port: number, path: string): Promise<{ status: number; json: Received; text: string }> {
  const { status, text } = await send(port, { method: 'GET', path });
  return { status, text, json: status === 200 && text !== '' ? JSON.parse(text) : undefined };
}

describe('an agent', () => {
  it('shows what runs there at /state, and where (mesos-http-api 6.4)', async () => {
    const { port, agent, scheduler } = await withTask();
    const { json } = await get(port, '/slave(1)/state');
    expect(json).toMatchObject({
      id: agent,
      pid: `slave(1)@127.0.0.1:${port}`,
      hostname: 'localhost',
      resources: { cpus: 4, mem: 4096, disk: 0, gpus: 0, ports: '[31000-32000]' },
    });
    const [framework] = json.frameworks;
    expect(framework).toMatchObject({ id: scheduler.frameworkId, name: 'raw' });
    const [executor] = framework.executors;
    expect(executor.tasks).toMatchObject([{ id: 't1', state: 'TASK_RUNNING', slave_id: agent }]);
    const listing = await get(port, `/files/browse?path=${encodeURIComponent(executor.directory)}`);
    expect(listing.json.map(({ path }: Received) => path)).toContain(`${executor.directory}/stdout`);
  });

  it.each(['json', 'protobuf'] as const)('answers operators in %s (mesos-http-api 6.3)', async (encoding) => {
    const { port, agent, virtual } = await withTask();
    const ask = async (call: object): Promise<Received> => {
      const body = encode(messageType('agent', 'Call'), encoding, call as Received);
      const reply = await fetch(`http://127.0.0.1:${port}/api/v1`, {
        method: 'POST',
        headers: mediaHeaders(encoding),
        body: Buffer.from(body),
      });
      expect(reply.status).toBe(200);
      return decode(messageType('agent', 'Response'), encoding, new Uint8Array(await reply.arrayBuffer()));
    };
    expect((await ask({ type: 'GET_HEALTH' })).get_health).toEqual({ healthy: true });
    expect((await ask({ type: 'GET_AGENT' })).get_agent.agent_info.id).toEqual({ value: agent });
    expect((await ask({ type: 'GET_VERSION' })).get_version.version_info.version).toBe('1.11.0');
    const { get_state: state } = await ask({ type: 'GET_STATE' });
    expect(state.get_tasks.launched_tasks).toMatchObject([
      { task_id: { value: 't1' }, state: 'TASK_RUNNING' },
    ]);
    expect((await ask({ type: 'GET_CONTAINERS' })).get_containers.containers).toHaveLength(1);
    const list = await ask({ type: 'LIST_FILES', list_files: { path: virtual } });
    expect(list.list_files.file_infos.map(({ path }: Received) => path)).toContain(`${virtual}/stdout`);
    const read = await ask({
      type: 'READ_FILE',
      read_file: { path: `${virtual}/stdout`, offset: 1, length: 3 },
    });
    expect(read.read_file).toEqual({ size: 5, data: Buffer.from('ell').toString('base64') });
  });

  it('answers 501, 400 and 405 where it must', async () => {
    const { port } = await withTask();
    const post = async (body: string): Promise<number> =>
      (await send(port, { path: '/api/v1', headers: mediaHeaders('json'), body })).status;
    expect(await post('{"type":"PRUNE_IMAGES"}')).toBe(501);
    expect(await post('{"type":"READ_FILE"}')).toBe(400);
    expect(await post('{"type":"SET_LOGGING_LEVEL"}')).toBe(400);
    const level = { level: 1, duration: { nanoseconds: 1e9 } };
    expect(await post(JSON.stringify({ type: 'SET_LOGGING_LEVEL', set_logging_level: level }))).toBe(200);
    expect(await post('{}')).toBe(400);
    expect((await send(port, { method: 'GET', path: '/api/v1' })).status).toBe(405);
    expect((await get(port, '/health')).status).toBe(200);
    expect((await get(port, '/version')).json.version).toBe('1.11.0');
  });
});

describe('/files', () => {
  it('reads by pieces, tells the size, and gives whole files', async () => {
    const { port, virtual } = await withTask();
    const file = `${virtual}/stdout`;
    while ((await get(port, `/files/read?path=${file}&offset=-1`)).json.offset < 5) await delay(10);
    expect((await get(port, `/files/read?path=${file}&offset=-1`)).json).toEqual({ data: '', offset: 5 });
    expect((await get(port, `/files/read?path=${file}&offset=1&length=2`)).json).toEqual({
      data: 'el',
      offset: 1,
    });
    expect((await get(port, `/files/read?path=${file}&offset=99`)).json).toEqual({ data: '', offset: 99 });
    expect((await send(port, { method: 'GET', path: `/files/download?path=${file}` })).text).toBe('hello');
  });

  it('refuses what makes no sense, and whatever leads out of the sandboxes', async () => {
    const { port, virtual, workDir } = await withTask();
    const secret = join(temporaryFolder(), 'secret');
    writeFileSync(secret, 'secret');
    const inside = join(workDir, 'agent-0', 'slaves', 'x');
    mkdirSync(inside, { recursive: true });
    symlinkSync(secret, join(inside, 'link'));
    const paths: [string, number][] = [
      ['/files/read', 400],
      [`/files/read?path=${virtual}/stdout&offset=-2`, 400],
      [`/files/read?path=${virtual}/stdout&offset=x`, 400],
      [`/files/read?path=${virtual}/nothing&offset=0`, 404],
      [`/files/read?path=${virtual}&offset=0`, 404],
      ['/files/read?path=/etc/passwd&offset=0', 403],
      [`/files/read?path=${virtual}/../../../../../../../../../../etc/passwd&offset=0`, 403],
      [`/files/read?path=${virtual}/%2e%2e/%2e%2e/x&offset=0`, 403],
      [`/files/download?path=${join(inside, 'link')}`, 403],
      ['/files/browse?path=/', 403],
      [`/files/browse?path=${workDir}`, 403],
    ];
    for (const [path, status] of paths) expect((await get(port, path)).status, path).toBe(status);
  });
});
