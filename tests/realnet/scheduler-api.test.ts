import { describe, expect, it } from 'vitest';
import { localCluster } from './cluster.js';
import { ask, get } from './operator-client.js';
import { mediaHeaders, RawScheduler, send } from './raw-client.js';

const SUBSCRIBE = { type: 'SUBSCRIBE', subscribe: { framework_info: { user: 'root', name: 'raw' } } };

describe('the scheduler API refuses', () => {
  const json = mediaHeaders('json');
  const refusals: [string, Parameters<typeof send>[1], number, RegExp][] = [
    ['a GET (W-1.5)', { method: 'GET' }, 405, /POST/],
    ['a body without Content-Type (W-1.2)', { body: '{}' }, 400, /Content-Type/],
    ['a Content-Type that it cannot read (W-1.2)', { headers: { 'Content-Type': 'text/xml' } }, 415, /json/],
    ['garbage', { headers: json, body: '{"type":' }, 400, /no JSON/],
    ['garbage in protobuf', { headers: mediaHeaders('protobuf'), body: 'garbage' }, 400, /no Call/],
    ['a call without type', { headers: json, body: '{}' }, 400, /'type'/],
    ['a SUBSCRIBE without its content', { headers: json, body: '{"type":"SUBSCRIBE"}' }, 400, /'subscribe'/],
    [
      'a required field that is missing, naming it (W-1.24)',
      { headers: json, body: '{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"x"}}}' },
      400,
      /subscribe\.framework_info\.name: it is missing/,
    ],
    [
      'framework ids that differ',
      { headers: json, body: JSON.stringify({ ...SUBSCRIBE, framework_id: { value: 'x' } }) },
      400,
      /differs/,
    ],
    [
      'a SUBSCRIBE with a stream id',
      { headers: { ...json, 'Mesos-Stream-Id': 'x' }, body: JSON.stringify(SUBSCRIBE) },
      400,
      /should not include/,
    ],
    [
      'an Accept that it cannot serve (W-1.4)',
      { headers: { ...json, Accept: 'text/html' }, body: JSON.stringify(SUBSCRIBE) },
      406,
      /Accept/,
    ],
    [
      'a call of a framework that there is not',
      { headers: json, body: '{"type":"REVIVE","framework_id":{"value":"nobody"}}' },
      400,
      /cannot be found/,
    ],
    ['a body above the limit', { headers: json, body: 'x'.repeat(1024 * 1024 + 1) }, 413, /1048576 bytes/],
    [
      'a page of another origin',
      { headers: { ...json, Origin: 'http://evil.example' }, body: '{}' },
      403,
      /origin/,
    ],
  ];

  it.each(refusals)('%s', async (_what, sent, status, reason) => {
    const { master } = await localCluster();
    const reply = await send(master.port, sent);
    expect(reply.status).toBe(status);
    expect(reply.text).toMatch(reason);
  });

  it('calls without the stream id, or with another one', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port);
    const wrong = await scheduler.call('REVIVE', {}, { 'Mesos-Stream-Id': 'x' });
    expect(wrong).toMatchObject({ status: 400, text: expect.stringMatching(/didn't match/) });
    const call = { type: 'REVIVE', framework_id: { value: scheduler.frameworkId } };
    const none = await send(master.port, { headers: mediaHeaders('json'), body: JSON.stringify(call) });
    expect(none).toMatchObject({ status: 400, text: expect.stringMatching(/should include/) });
  });
});

describe.each(['json', 'protobuf'] as const)('a scheduler that speaks %s', (encoding) => {
  it('is offered what an offer says (R-5.9): where it is, how to get there, who of it runs there', async () => {
    const { master } = await localCluster();
    const multi = { roles: ['dev'], capabilities: [{ type: 'MULTI_ROLE' }] };
    const scheduler = await RawScheduler.subscribe(master.port, multi, encoding);
    await scheduler.launch('long', { value: 'sleep 60' });
    const { offers } = (await scheduler.next('OFFERS')).offers;
    expect(offers[0]).toMatchObject({
      framework_id: { value: scheduler.frameworkId },
      agent_id: { value: expect.stringMatching(/-S0$/) },
      id: { value: expect.stringMatching(/-O\d+$/) },
      hostname: 'localhost',
      url: { scheme: 'http', address: { hostname: 'localhost', ip: '127.0.0.1' }, path: '/slave(1)' },
      executor_ids: [{ value: 'long' }],
      allocation_info: { role: 'dev' },
    });
    expect(offers[0].resources[0].allocation_info).toEqual({ role: 'dev' });
  });

  it('is told what becomes of operations with an id (R-7.3, R-7.4)', async () => {
    const { master } = await localCluster();
    const info = {
      principal: 'p',
      roles: ['dev'],
      capabilities: [{ type: 'MULTI_ROLE' }, { type: 'RESERVATION_REFINEMENT' }],
    };
    const scheduler = await RawScheduler.subscribe(master.port, info, encoding);
    const [offer] = (await scheduler.next('OFFERS')).offers.offers;
    const reserve = (id: string, cpus: number) => ({
      type: 'RESERVE',
      id: { value: id },
      reserve: {
        resources: [
          {
            name: 'cpus',
            type: 'SCALAR',
            scalar: { value: cpus },
            allocation_info: { role: 'dev' },
            reservations: [{ type: 'DYNAMIC', role: 'dev', principal: 'p' }],
          },
        ],
      },
    });
    const operations = [
      reserve('good', 1),
      reserve('much', 99),
      { type: 'CREATE_DISK', id: { value: 'odd' } },
    ];
    await scheduler.call('ACCEPT', { offer_ids: [offer.id], operations });
    const status = async () =>
      (await scheduler.next('UPDATE_OPERATION_STATUS')).update_operation_status.status;
    expect(await status()).toMatchObject({
      operation_id: { value: 'good' },
      state: 'OPERATION_FINISHED',
      agent_id: offer.agent_id,
      converted_resources: [{ name: 'cpus', scalar: { value: 1 }, reservations: [{ role: 'dev' }] }],
    });
    expect(await status()).toMatchObject({
      operation_id: { value: 'much' },
      state: 'OPERATION_ERROR',
      message: expect.stringContaining('more than was offered'),
    });
    expect(await status()).toMatchObject({ operation_id: { value: 'odd' }, state: 'OPERATION_ERROR' });
    await scheduler.call('ACCEPT', { offer_ids: [offer.id], operations: [reserve('late', 1)] });
    expect(await status()).toMatchObject({ operation_id: { value: 'late' }, state: 'OPERATION_ERROR' });
    const asked = { operations: [{ operation_id: { value: 'good' }, agent_id: offer.agent_id }] };
    expect((await scheduler.call('RECONCILE_OPERATIONS', asked)).status).toBe(202);
    expect(await status()).toMatchObject({ operation_id: { value: 'good' }, state: 'OPERATION_UNKNOWN' });
    const launch = { type: 'LAUNCH', id: { value: 'x' }, launch: { task_infos: [] } };
    expect((await scheduler.call('ACCEPT', { offer_ids: [], operations: [launch] })).status).toBe(202);
  });

  it.each([
    [{ disk: { value: 9 } }, /limits of cpus and mem/],
    [{ cpus: { value: 0.05 } }, /limit of cpus is below the 0\.1/],
    [{ mem: { value: 32 } }, /asks for some mem/],
  ])('gets TASK_ERROR for the limits %j (R-7.8)', async (limits, reason) => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port, {}, encoding);
    await scheduler.launchTask('t', { command: { value: 'true' }, limits }, 'cpus:0.1');
    const status = await scheduler.update();
    expect(status).toMatchObject({ state: 'TASK_ERROR', message: expect.stringMatching(reason) });
  });

  it('has a task without a limit told of as that (R-7.8)', async () => {
    const { port } = (await localCluster()).master;
    const scheduler = await RawScheduler.subscribe(port, {}, encoding);
    const limits = { cpus: { value: 'Infinity' } };
    await scheduler.launchTask('t', { command: { value: 'sleep 1000' }, limits }, 'cpus:0.1');
    expect((await scheduler.update()).state).toBe('TASK_STARTING');
    expect((await ask(port, 'GET_TASKS')).tasks[0].limits).toEqual({ cpus: { value: Infinity } });
    expect((await get(port, '/tasks')).tasks[0].limits).toEqual({ cpus: 'infinity' });
  });

  it('is greeted with its id, the master and a heartbeat (mesos-http-api 2.2)', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.open(master.port, {}, encoding);
    expect(scheduler.headers['content-type']).toBe(mediaHeaders(encoding).Accept);
    expect(scheduler.headers['transfer-encoding']).toBe('chunked');
    const { subscribed } = await scheduler.next('SUBSCRIBED');
    expect(subscribed).toMatchObject({
      framework_id: { value: `${master.host.master.masterId}-0000` },
      heartbeat_interval_seconds: 15,
      master_info: { address: { ip: '127.0.0.1', port: master.port }, ip: 16_777_343, version: '1.11.0' },
    });
    expect(await scheduler.next('HEARTBEAT')).toEqual({ type: 'HEARTBEAT' });
  });

  it('runs a task from offer to the end', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port, {}, encoding);
    expect(await scheduler.launch('t1', { value: 'exit 0' })).toMatchObject({ status: 202, text: '' });
    const seen = [await scheduler.update(), await scheduler.update(), await scheduler.update()];
    expect(seen.map(({ state }) => state)).toEqual(['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
    for (const { uuid, source, executor_id: executor } of seen) {
      expect(Buffer.from(uuid, 'base64')).toHaveLength(16);
      expect({ source, executor }).toEqual({ source: 'SOURCE_EXECUTOR', executor: { value: 't1' } });
    }
    expect(seen[2].message).toBe('Command exited with status 0');
    expect(new Set(seen.map(({ uuid }) => uuid)).size).toBe(3);
  });

  it('kills a task', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port, {}, encoding);
    await scheduler.launch('long', { value: 'sleep 1000 & wait' });
    while ((await scheduler.update()).state !== 'TASK_RUNNING');
    expect((await scheduler.call('KILL', { task_id: { value: 'long' } })).status).toBe(202);
    expect(await scheduler.update()).toMatchObject({
      state: 'TASK_KILLED',
      message: 'Command terminated with signal SIGTERM',
    });
  });
});

describe('a task', () => {
  it('that makes no sense is a TASK_ERROR which needs no acknowledgement', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port);
    await scheduler.launch('../../etc', { value: 'true' });
    const { status } = (await scheduler.next('UPDATE')).update;
    expect(status).toMatchObject({
      state: 'TASK_ERROR',
      reason: 'REASON_TASK_INVALID',
      source: 'SOURCE_MASTER',
    });
    expect(status.uuid).toBeUndefined();
  });

  it('that wants more than was offered is a TASK_ERROR', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port);
    await scheduler.launch('huge', { value: 'true' }, 'cpus:400');
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_ERROR', reason: 'REASON_TASK_INVALID' });
  });

  it('whose program is not there fails and says so', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port);
    await scheduler.launch('none', { shell: false, value: '/no/such/program', arguments: ['program'] });
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_STARTING' });
    expect(await scheduler.update()).toMatchObject({
      state: 'TASK_FAILED',
      reason: 'REASON_CONTAINER_LAUNCH_FAILED',
      message: expect.stringMatching(/Failed to launch container: .*no such program/),
    });
  });
});

describe('a framework', () => {
  it('with roles that nobody can have gets an ERROR, and the stream ends (mesos-http-api 2.2)', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.open(master.port, { role: 'a//b' });
    expect((await scheduler.next('ERROR')).error.message).toMatch(/empty component/);
    expect(await scheduler.rest()).toEqual([]);
    // The id was not used up.
    const next = await RawScheduler.subscribe(master.port);
    expect(next.frameworkId).toMatch(/-000[01]$/);
  });

  it('that subscribes again takes over: the old stream gets an ERROR and ends, tasks run on', async () => {
    const { master } = await localCluster();
    const info = { failover_timeout: 60 };
    const old = await RawScheduler.subscribe(master.port, info);
    await old.launch('long', { value: 'sleep 1000' });
    while ((await old.update()).state !== 'TASK_RUNNING');
    const id = { value: old.frameworkId };
    const heir = await RawScheduler.subscribe(master.port, { ...info, id });
    expect(heir.frameworkId).toBe(old.frameworkId);
    expect((await old.next('ERROR')).error.message).toBe('Framework failed over');
    expect(await old.rest()).toEqual([]);
    await heir.call('RECONCILE', { tasks: [] });
    expect(await heir.update()).toMatchObject({
      task_id: { value: 'long' },
      state: 'TASK_RUNNING',
      reason: 'REASON_RECONCILIATION',
    });
  });

  it('whose stream breaks is torn down at once without a failover timeout (W-5.1)', async () => {
    const { master } = await localCluster();
    const lost = await RawScheduler.subscribe(master.port);
    lost.drop();
    const id = { value: lost.frameworkId };
    // Its stream is broken when the master has seen it: until then it may still subscribe again.
    for (;;) {
      const again = await RawScheduler.open(master.port, { id });
      const [first] = [await again.next('SUBSCRIBED').catch(() => undefined)];
      if (first === undefined) break;
      again.drop();
    }
  });

  it('that tears itself down is over: its stream ends, its id is refused', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port);
    expect((await scheduler.call('TEARDOWN')).status).toBe(202);
    await scheduler.rest();
    expect((await scheduler.call('REVIVE')).status).toBe(400);
    const again = await RawScheduler.open(master.port, { id: { value: scheduler.frameworkId } });
    expect((await again.next('ERROR')).error.message).toBe('Framework has been removed');
  });

  it('asks for a task that nobody knows (mesos-http-api 4.4)', async () => {
    const { master } = await localCluster();
    const capabilities = [{ type: 'PARTITION_AWARE' }];
    const scheduler = await RawScheduler.subscribe(master.port, { capabilities });
    await scheduler.call('RECONCILE', { tasks: [{ task_id: { value: 'nothing' } }] });
    expect(await scheduler.update()).toMatchObject({ task_id: { value: 'nothing' }, state: 'TASK_UNKNOWN' });
  });
});

describe('the master', () => {
  it('serves its paths with and without its prefix, and a longer one by what it begins with (W-1.1)', async () => {
    const { master } = await localCluster();
    for (const path of ['/version', '/master/version', '/version/', '/master/version/x']) {
      const { status, text } = await send(master.port, { method: 'GET', path });
      expect({ status, version: JSON.parse(text).version }).toEqual({ status: 200, version: '1.11.0' });
    }
    const page = await send(master.port, { method: 'GET', path: '/' });
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('/api/v1/scheduler') });
    const { status, headers } = await send(master.port, { method: 'GET', path: '/master/redirect' });
    expect(status).toBe(307);
    expect(headers.location).toBe(`//localhost:${master.port}`);
    expect((await send(master.port, { method: 'GET', path: '/redirect/x' })).status).toBe(404);
    expect((await send(master.port, { method: 'GET', path: '/nothing' })).status).toBe(404);
  });
});
