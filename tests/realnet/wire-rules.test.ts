import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { decode, encode, parseJson } from '../../src/realnet/wire/codec.js';
import { nanosText } from '../../src/realnet/wire/duration-text.js';
import { messageType } from '../../src/realnet/wire/schema.js';
import { localCluster, temporaryFolder } from './cluster.js';
import { Daemon, startMasterDaemon } from './daemon.js';
import { ask, callOperator, get } from './operator-client.js';
import { mediaHeaders, open, RawScheduler, send, type Received } from './raw-client.js';
import { environmentIn, executorCommand, RawExecutor } from './raw-executor.js';

const SUBSCRIBE = { type: 'SUBSCRIBE', subscribe: { framework_info: { user: 'root', name: 'raw' } } };

/** A message of the API, given as JSON, as the server reads it. */
function read(value: unknown, file = 'scheduler', message = 'Call'): Received {
  return decode(messageType(file, message), 'json', Buffer.from(JSON.stringify(value)));
}

describe('times', () => {
  it.each(['json', 'protobuf'] as const)('W-1.23: nanoseconds are exact in %s', (encoding) => {
    // 2^53 ns are 104 days: a double of these would be 1795651200123456800.
    const micros = 1_795_651_200_123_456;
    const type = messageType('mesos', 'TimeInfo');
    const bytes = encode(type, encoding, { nanoseconds: nanosText(micros) });
    const exact = '1795651200123456000';
    if (encoding === 'json') expect(Buffer.from(bytes).toString()).toBe(`{"nanoseconds":${exact}}`);
    else
      expect(type.type.toObject(type.type.decode(bytes), { longs: String })).toEqual({ nanoseconds: exact });
    expect([0, -3, 1.4].map(nanosText)).toEqual(['0', '-3000', '1000']);
  });

  it.each(['json', 'protobuf'] as const)(
    'W-1.23: nanoseconds that came in %s go on as they are',
    (encoding) => {
      const type = messageType('mesos', 'DurationInfo');
      for (const exact of ['9223372036854775807', '-9223372036854775808', '1795651200123456789']) {
        const text = `{"nanoseconds":${exact}}`;
        const given =
          encoding === 'json' ? Buffer.from(text) : encode(type, encoding, { nanoseconds: exact });
        const bytes = encode(type, 'json', decode(type, encoding, given));
        expect(Buffer.from(bytes).toString()).toBe(text);
      }
      expect(decode(type, 'json', Buffer.from('{"nanoseconds": 5000000000}'))).toEqual({ nanoseconds: 5e9 });
      expect(() => decode(type, 'json', Buffer.from('{"nanoseconds":9923372036854775807}'))).toThrow(
        'whole number',
      );
    },
  );

  it('W-1.23: what a double holds stays a number, also with 16 digits', () => {
    const sent = '{"timestamp":1795651200123456,"most":9007199254740991,"more":9007199254740993}';
    expect(parseJson(Buffer.from(sent))).toEqual({
      timestamp: 1_795_651_200_123_456,
      most: Number.MAX_SAFE_INTEGER,
      more: '9007199254740993',
    });
  });

  it('W-1.23: looks for large integers in what is JSON alone, however long', () => {
    const long = 'x'.repeat(20_000_000);
    const sent = Buffer.from(`{"text":"${long}","more":9007199254740993}`);
    expect(parseJson(sent)).toEqual({ text: long, more: '9007199254740993' });
    // Where strings do not end, every quote would be looked at up to the end.
    expect(() => parseJson(Buffer.from(`1234567890123456${'"\\'.repeat(500_000)}`))).toThrow('no JSON');
  });

  it('W-1.23: digits within text are text', () => {
    const label = { key: 'a: 12345678901234567890, "b', value: '12345678901234567890' };
    const type = messageType('mesos', 'Label');
    expect(decode(type, 'json', Buffer.from(JSON.stringify(label)))).toEqual(label);
    const double = Buffer.from('{"value":0.12345678901234567890}');
    expect(decode(messageType('mesos', 'Value.Scalar'), 'json', double)).toEqual({
      value: 0.12345678901234568,
    });
  });

  it('W-1.23: nothing else that looks so becomes a number', () => {
    const label = { key: '{"nanoseconds":"1000"}', value: '1000' };
    const bytes = encode(messageType('mesos', 'Label'), 'json', label);
    expect(JSON.parse(Buffer.from(bytes).toString())).toEqual(label);
  });
});

describe('messages', () => {
  const subscribe = (info: object): unknown => ({
    type: 'SUBSCRIBE',
    subscribe: { framework_info: { user: 'u', name: 'n', ...info } },
  });

  it.each([
    [
      'W-1.20: ids are objects, fields are called as in the definitions',
      { id: { value: 'x' } },
      { id: { value: 'x' } },
    ],
    [
      'W-1.21: an unknown name of an optional enum is unset',
      { capabilities: [{ type: 'FLYING' }] },
      { capabilities: [{}] },
    ],
    [
      'W-1.23: numbers and booleans may be text',
      { failover_timeout: '1.5', checkpoint: 'true' },
      { failover_timeout: 1.5, checkpoint: true },
    ],
    ['W-1.23: also the endless', { failover_timeout: 'Infinity' }, { failover_timeout: Infinity }],
    ['W-1.24: null is unset, unknown fields are skipped', { hostname: null, wings: 2 }, {}],
    [
      'W-1.24: one object may stand for a list of one',
      { capabilities: { type: 'MULTI_ROLE' } },
      { capabilities: [{ type: 'MULTI_ROLE' }] },
    ],
    ['W-1.25: declared defaults are there', {}, { checkpoint: false, failover_timeout: 0 }],
  ])('%s', (_rule, given, expected) => {
    const { framework_info: info } = read(subscribe(given)).subscribe;
    expect(info).toMatchObject(expected);
    if (_rule.includes('null is unset')) expect(Object.keys(info)).not.toContain('hostname');
    if (_rule.includes('null is unset')) expect(Object.keys(info)).not.toContain('wings');
  });

  it.each([
    [
      'W-1.21: an unknown name of a required enum is an error',
      { name: 'cpus', type: 'FLUID' },
      /type: expected one of/,
    ],
    ['W-1.24: a required field that is missing is named', { type: 'SCALAR' }, /name: it is missing/],
  ])('%s', (_rule, resource, message) => {
    const call = {
      type: 'REQUEST',
      framework_id: { value: 'x' },
      request: { requests: [{ resources: [resource] }] },
    };
    expect(() => read(call)).toThrow(message);
  });

  it('W-1.22: bytes are base64, and a uuid is 16 of them', () => {
    const acknowledge = (uuid: string): unknown => ({
      type: 'ACKNOWLEDGE',
      framework_id: { value: 'x' },
      acknowledge: { agent_id: { value: 'a' }, task_id: { value: 't' }, uuid },
    });
    const uuid = Buffer.alloc(16, 7).toString('base64');
    expect(uuid).toHaveLength(24);
    expect(read(acknowledge(uuid)).acknowledge.uuid).toBe(uuid);
    expect(() => read(acknowledge('01234567-0123-0123-0123-0123456789ab'))).toThrow(/bytes in base64/);
    const type = messageType('scheduler', 'Call');
    const bytes = encode(type, 'protobuf', read(acknowledge(uuid)));
    expect(Buffer.from(bytes).includes(Buffer.alloc(16, 7))).toBe(true);
    expect((decode(type, 'protobuf', bytes) as Received).acknowledge.uuid).toBe(uuid);
  });

  it.each([
    [{ seconds: 5 }, 5],
    ['10mins', 600],
    ['1.5secs', 1],
    ['500ms', 0],
    ['2hrs', 7200],
    ['1weeks', 604_800],
  ])('a grace period may be %j', (max_grace_period, seconds) => {
    const call = { type: 'DRAIN_AGENT', drain_agent: { agent_id: { value: 'x' }, max_grace_period } };
    expect(read(call, 'master').drain_agent.max_grace_period.seconds).toBe(seconds);
  });

  it('a duration that is none is refused', () => {
    const call = { type: 'DRAIN_AGENT', drain_agent: { agent_id: { value: 'x' }, max_grace_period: 'soon' } };
    expect(() => read(call, 'master')).toThrow(/max_grace_period: expected a duration such as 10mins/);
  });
});

describe('answers', () => {
  it('W-1.3: have exactly the media type that was asked for; JSON where it may be', async () => {
    const { port } = (await localCluster()).master;
    const call = JSON.stringify({ type: 'GET_HEALTH' });
    const accepts: [string | undefined, string][] = [
      [undefined, 'application/json'],
      ['*/*', 'application/json'],
      ['application/x-protobuf, application/json', 'application/json'],
      ['application/x-protobuf', 'application/x-protobuf'],
    ];
    for (const [accept, type] of accepts) {
      const headers = { 'Content-Type': 'application/json', ...(accept && { Accept: accept }) };
      const reply = await send(port, { path: '/api/v1', headers, body: call });
      expect(reply.headers['content-type']).toBe(type);
    }
    const state = await send(port, { method: 'GET', path: '/state' });
    expect(state.headers['content-type']).toBe('application/json');
  });

  it.each(['json', 'protobuf'] as const)(
    'W-1.6: a stream is chunked, and outlives Connection: close (%s)',
    async (encoding) => {
      const { port } = (await localCluster()).master;
      const body = encode(messageType('scheduler', 'Call'), encoding, SUBSCRIBE);
      const response = await open(port, {
        headers: { ...mediaHeaders(encoding), Connection: 'close' },
        body,
      });
      expect(response.statusCode).toBe(200);
      expect(response.headers).toMatchObject({
        'transfer-encoding': 'chunked',
        'content-type': mediaHeaders(encoding).Accept,
      });
      expect(response.headers['content-length']).toBeUndefined();
      // One record a chunk: each begins with its length, and has nothing behind it.
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      // SUBSCRIBED, HEARTBEAT, OFFERS.
      while (chunks.length < 3) await once(response, 'data');
      for (const chunk of chunks) {
        const at = chunk.indexOf('\n');
        expect(Number(chunk.subarray(0, at).toString())).toBe(chunk.length - at - 1);
      }
      response.destroy();
    },
  );

  it('W-1.7: /redirect leads to host and port of the leader, without a scheme', async () => {
    const { port } = (await localCluster()).master;
    const reply = await send(port, { method: 'GET', path: '/master/redirect' });
    expect(reply.status).toBe(307);
    expect(reply.headers.location).toBe(`//localhost:${port}`);
    expect((await send(port, { method: 'GET', path: '/redirect/further' })).status).toBe(404);
  });

  it('W-1.26: the v1 API says agent, what came before it says slave', async () => {
    const { port } = (await localCluster()).master;
    expect(Object.keys(await ask(port, 'GET_AGENTS'))).toEqual(['agents']);
    expect(Object.keys(await get(port, '/slaves'))).toContain('slaves');
    const scheduler = await RawScheduler.subscribe(port);
    const [offer] = (await scheduler.next('OFFERS')).offers.offers;
    expect(offer.agent_id.value).toMatch(/-S0$/);
    expect(JSON.stringify(offer)).not.toContain('slave_id');
  });
});

it('W-1.9: no framework is held back for calling often', async () => {
  const { port } = (await localCluster()).master;
  const scheduler = await RawScheduler.subscribe(port);
  const replies = await Promise.all(Array.from({ length: 300 }, () => scheduler.call('REVIVE')));
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([202]));
});

describe('an executor', () => {
  it('W-3.1, W-3.4: needs its ids and is refused before it subscribes; hears LAUNCH, KILL and SHUTDOWN', async () => {
    const { master } = await localCluster();
    const scheduler = await RawScheduler.subscribe(master.port);
    const folder = temporaryFolder();
    const executor = { executor_id: { value: 'e1' }, type: 'CUSTOM', command: executorCommand(folder) };
    await scheduler.launchTask('t1', { executor });
    const env = await environmentIn(folder);
    const port = Number(env.MESOS_AGENT_ENDPOINT.split(':')[1]);
    const call = async (more: object): Promise<number> => {
      const ids = { framework_id: { value: env.MESOS_FRAMEWORK_ID }, executor_id: { value: 'e1' } };
      const body = JSON.stringify({ ...ids, type: 'MESSAGE', message: { data: 'aGVsbG8=' }, ...more });
      return (await send(port, { path: '/api/v1/executor', headers: mediaHeaders('json'), body })).status;
    };
    expect(await call({})).toBe(403);
    expect(await call({ executor_id: null })).toBe(400);
    expect(await call({ executor_id: { value: 'nobody' } })).toBe(400);
    expect(await call({ framework_id: { value: 'nobody' } })).toBe(400);
    const raw = await RawExecutor.subscribe(env);
    expect((await raw.next('LAUNCH')).launch.task.task_id).toEqual({ value: 't1' });
    expect(await call({})).toBe(202);
    await raw.update('t1', 'TASK_RUNNING');
    await scheduler.update();
    await scheduler.call('KILL', { task_id: { value: 't1' } });
    expect((await raw.next('KILL')).kill.task_id).toEqual({ value: 't1' });
    const { agent_id: agent } = { agent_id: { value: env.MESOS_SLAVE_ID } };
    await scheduler.call('SHUTDOWN', { executor_id: { value: 'e1' }, agent_id: agent });
    await raw.next('SHUTDOWN');
  });
});

it('W-5.2: frameworks that only agents know of are recovered, and no clock runs for them', async () => {
  const [masterFolder, agentFolder] = [temporaryFolder(), temporaryFolder()];
  const master = startMasterDaemon(masterFolder);
  const port = await master.port;
  const more = ['--resources', 'cpus:4;mem:4096', '--registration-backoff-factor', '100ms', '--allow-root'];
  const agent = new Daemon([
    'agent',
    '--master',
    `127.0.0.1:${port}`,
    '--work-dir',
    agentFolder,
    '--port',
    '0',
    ...more,
  ]);
  await agent.logged('registered');
  const info = { failover_timeout: 0.2, checkpoint: true };
  const scheduler = await RawScheduler.subscribe(port, info);
  await scheduler.launch('long', { value: 'sleep 1000' });
  while ((await scheduler.update()).state !== 'TASK_RUNNING');
  await master.stop('SIGKILL');
  startMasterDaemon(masterFolder, '--port', String(port));
  await agent.logged('registered');
  expect((await ask(port, 'GET_FRAMEWORKS')).recovered_frameworks).toMatchObject([
    { id: { value: scheduler.frameworkId } },
  ]);
  const after = await RawScheduler.subscribe(port, { ...info, id: { value: scheduler.frameworkId } });
  await after.call('RECONCILE', { tasks: [] });
  expect(await after.update()).toMatchObject({ task_id: { value: 'long' }, state: 'TASK_RUNNING' });
});

it('W-5.5: an agent that hears no ping registers again', async () => {
  const master = startMasterDaemon(temporaryFolder(), '--agent-ping-timeout', '1h');
  const more = [
    '--resources',
    'cpus:1',
    '--registration-backoff-factor',
    '50ms',
    '--master-silence-timeout',
    '300ms',
  ];
  const target = `127.0.0.1:${await master.port}`;
  const agent = new Daemon([
    'agent',
    '--master',
    target,
    '--work-dir',
    temporaryFolder(),
    '--port',
    '0',
    ...more,
  ]);
  const { agent: id } = await agent.logged('registered');
  expect(await agent.logged('registered')).toMatchObject({ agent: id });
});

describe('operator calls of before', () => {
  it('SET_QUOTA guarantees and limits, once; REMOVE_QUOTA takes it back (R-8.6)', async () => {
    const { port } = (await localCluster()).master;
    const cpus = { name: 'cpus', type: 'SCALAR', scalar: { value: 2 } };
    const set = { type: 'SET_QUOTA', set_quota: { quota_request: { role: 'eng', guarantee: [cpus] } } };
    const remove = { type: 'REMOVE_QUOTA', remove_quota: { role: 'eng' } };
    expect((await callOperator(port, remove)).status).toBe(400);
    expect((await callOperator(port, set)).status).toBe(200);
    const amounts = { cpus: { value: 2 } };
    expect((await ask(port, 'GET_QUOTA')).status.configs).toEqual([
      { role: 'eng', guarantees: amounts, limits: amounts },
    ]);
    expect((await callOperator(port, set)).text).toMatch(/has quota already \(R-8\.6\)/);
    expect((await callOperator(port, remove)).status).toBe(200);
    expect((await ask(port, 'GET_QUOTA')).status.configs).toBeUndefined();
  });

  it('SET_QUOTA: 409 beyond the cluster (R-8.6), 400 below what the role uses already (R-8.3 a)', async () => {
    const { port } = (await localCluster()).master;
    const [agent] = (await ask(port, 'GET_AGENTS')).agents;
    const cpus = (value: number): object => ({ name: 'cpus', type: 'SCALAR', scalar: { value } });
    const resources = [{ ...cpus(3), reservations: [{ type: 'DYNAMIC', role: 'eng' }] }];
    const reserve = { agent_id: agent.agent_info.id, resources };
    const reserved = await callOperator(port, { type: 'RESERVE_RESOURCES', reserve_resources: reserve });
    expect(reserved.status).toBe(202);
    const set = async (role: string, value: number): Promise<number> => {
      const quota_request = { role, guarantee: [cpus(value)] };
      return (await callOperator(port, { type: 'SET_QUOTA', set_quota: { quota_request } })).status;
    };
    expect(await set('ops', 1000)).toBe(409);
    expect(await set('eng', 1000)).toBe(409);
    expect(await set('eng', 2)).toBe(400);
    expect(await set('eng', 3)).toBe(200);
  });

  it('GET_FLAGS says how a master and an agent were started', async () => {
    const { port } = (await localCluster({ flags: { allocator: 'drf', work_dir: '/x' } })).master;
    expect((await ask(port, 'GET_FLAGS')).flags).toContainEqual({ name: 'allocator', value: 'drf' });
    expect((await get(port, '/flags')).flags).toEqual({ allocator: 'drf', work_dir: '/x' });
    const { slaves } = await get(port, '/slaves');
    const agent = Number(slaves[0].pid.split(':').at(-1));
    expect((await get(agent, '/flags')).flags).toMatchObject({ hostname: 'localhost' });
  });
});

it('a framework that names another principal than its caller is refused (mesos-http-api 2.1)', async () => {
  const credentials = [
    { principal: 'alice', secret: 'a' },
    { principal: 'bob', secret: 'b' },
  ];
  const { port } = (await localCluster({ security: { credentials } })).master;
  const as = (name: string): Record<string, string> => ({
    ...mediaHeaders('json'),
    Authorization: `Basic ${Buffer.from(`${name}:${name[0]}`).toString('base64')}`,
  });
  const body = (principal: string): string =>
    JSON.stringify({ ...SUBSCRIBE, subscribe: { framework_info: { user: 'root', name: 'raw', principal } } });
  const refused = await send(port, { headers: as('alice'), body: body('bob') });
  expect(refused.status).toBe(400);
  expect(refused.text).toMatch(/the caller is "alice", and FrameworkInfo\.principal is "bob"/);
  const stream = await open(port, { headers: as('alice'), body: body('alice') });
  expect(stream.statusCode).toBe(200);
  const { value } = await stream[Symbol.asyncIterator]().next();
  const [, id] = /"framework_id":\{"value":"([^"]+)"/.exec(String(value))!;
  const call = JSON.stringify({ type: 'REVIVE', framework_id: { value: id } });
  const headers = { ...as('bob'), 'Mesos-Stream-Id': String(stream.headers['mesos-stream-id']) };
  const foreign = await send(port, { headers, body: call });
  expect(foreign.status).toBe(400);
  expect(foreign.text).toMatch(/is of "alice", and "bob" calls/);
  stream.destroy();
});
