import { describe, expect, it } from 'vitest';
import { localCluster } from './cluster.js';
import { ask, get } from './operator-client.js';
import { RawScheduler } from './raw-client.js';

const SIXTEEN = Buffer.alloc(16, 1).toString('base64');
const NOBODY = { value: 'S-of-another-cluster' };

/** A scheduler of a cluster of its own. */
async function subscribed(info: object = {}): Promise<{ port: number; scheduler: RawScheduler }> {
  const { port } = (await localCluster()).master;
  return { port, scheduler: await RawScheduler.subscribe(port, info) };
}

describe('mesos-http-api 2.1: a call is refused with 400', () => {
  const status = { agent_id: NOBODY, uuid: SIXTEEN, operation_id: { value: 'o' } };
  const info = { user: 'root', name: 'raw' };
  it.each([
    ['ACKNOWLEDGE_OPERATION_STATUS', null, /'acknowledge_operation_status' to be present/],
    ['ACKNOWLEDGE_OPERATION_STATUS', { ...status, agent_id: undefined }, /'agent_id' to be present/],
    ['ACKNOWLEDGE_OPERATION_STATUS', { ...status, uuid: 'AAAA' }, /'uuid' has 16 bytes/],
    ['UPDATE_FRAMEWORK', { framework_info: info }, /differs from 'update_framework/],
    ['UPDATE_FRAMEWORK', { framework_info: { ...info, id: NOBODY } }, /differs from 'update_framework/],
  ])('%s with %j', async (type, content, reason) => {
    const { scheduler } = await subscribed();
    const reply = await scheduler.call(type, content as object);
    expect(reply).toMatchObject({ status: 400, text: expect.stringMatching(reason) });
    expect(await scheduler.call('ACKNOWLEDGE_OPERATION_STATUS', status)).toMatchObject({ status: 202 });
  });

  it('W-1.4: or with 406, when it reconciles operations and could read no answer', async () => {
    const { scheduler } = await subscribed();
    const operations = { operations: [] };
    const status = async (type: string): Promise<number> =>
      (await scheduler.call(type, operations, { Accept: 'text/html' })).status;
    expect(await status('RECONCILE_OPERATIONS')).toBe(406);
    expect(await status('REVIVE')).toBe(202);
  });

  it('when its framework was torn down: it is known no more', async () => {
    const { scheduler } = await subscribed();
    await scheduler.call('TEARDOWN');
    await scheduler.rest();
    const reply = await scheduler.call('REVIVE');
    expect(reply).toMatchObject({ status: 400, text: expect.stringMatching(/cannot be found/) });
  });
});

describe('mesos-http-api 2.2: the id of a framework', () => {
  it.each(['../../etc', 'a/b', '..', 'a\u0007', 'x'.repeat(256)])(
    'that is no part of a path is refused by an ERROR: %j',
    async (value) => {
      const { port } = (await localCluster()).master;
      const scheduler = await RawScheduler.open(port, { id: { value } });
      expect((await scheduler.next('ERROR')).error.message).toMatch(/framework_info\.id: /);
      expect(await scheduler.rest()).toEqual([]);
    },
  );

  it('that is empty is none: the framework is new', async () => {
    const { scheduler } = await subscribed({ id: { value: '' } });
    expect(scheduler.frameworkId).toMatch(/-\d{4}$/);
  });
});

describe('operations of resource providers, which no agent has', () => {
  it.each(['CREATE_DISK', 'DESTROY_DISK'])(
    'R-7.12: %s is refused, and what it names stays in the offer',
    async (type) => {
      const { scheduler } = await subscribed();
      const [offer] = (await scheduler.next('OFFERS')).offers.offers;
      const source = { name: 'disk', type: 'SCALAR', scalar: { value: 1 } };
      const content = { source, target_type: 'MOUNT' };
      const task = {
        name: 'a',
        task_id: { value: 'a' },
        agent_id: offer.agent_id,
        command: { value: 'true' },
      };
      const resources = [{ name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } }];
      const operations = [
        { type, id: { value: 'o' }, [type.toLowerCase()]: content },
        { type: 'LAUNCH', launch: { task_infos: [{ ...task, resources }] } },
      ];
      await scheduler.call('ACCEPT', { offer_ids: [offer.id], operations });
      const { status } = (await scheduler.next('UPDATE_OPERATION_STATUS')).update_operation_status;
      expect(status).toMatchObject({
        operation_id: { value: 'o' },
        state: 'OPERATION_ERROR',
        message: `${type} is for disks of resource providers, and there are none`,
      });
      expect(await scheduler.update()).toMatchObject({ task_id: { value: 'a' }, state: 'TASK_STARTING' });
    },
  );
});

describe('an agent that this master never saw', () => {
  it('W-4.4: is said again in the answer to RECONCILE, in that to an ACCEPT without offers, and of an operation', async () => {
    const { scheduler } = await subscribed({ capabilities: [{ type: 'PARTITION_AWARE' }] });
    await scheduler.call('RECONCILE', { tasks: [{ task_id: { value: 'a' }, agent_id: NOBODY }] });
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_UNKNOWN', agent_id: NOBODY });
    const task = { name: 'b', task_id: { value: 'b' }, agent_id: NOBODY, command: { value: 'true' } };
    const operations = [{ type: 'LAUNCH', launch: { task_infos: [task] } }];
    await scheduler.call('ACCEPT', { offer_ids: [], operations });
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_DROPPED', agent_id: NOBODY });
    await scheduler.call('RECONCILE_OPERATIONS', {
      operations: [{ operation_id: { value: 'o' }, agent_id: NOBODY }],
    });
    const { status } = (await scheduler.next('UPDATE_OPERATION_STATUS')).update_operation_status;
    expect(status).toMatchObject({ state: 'OPERATION_UNKNOWN', agent_id: NOBODY });
  });

  it('mesos-http-api 2.3: has none of the tasks that run, so that KILL with it kills nothing', async () => {
    const { scheduler } = await subscribed();
    await scheduler.launch('long', { value: 'sleep 60' });
    while ((await scheduler.update()).state !== 'TASK_RUNNING');
    await scheduler.call('KILL', { task_id: { value: 'long' }, agent_id: NOBODY });
    await scheduler.call('RECONCILE', { tasks: [] });
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_RUNNING', source: 'SOURCE_MASTER' });
    await scheduler.call('KILL', { task_id: { value: 'long' } });
    expect(await scheduler.update()).toMatchObject({ state: 'TASK_KILLED' });
    await scheduler.call('TEARDOWN');
  });
});

describe('R-1.24: resources of a task that name a role', () => {
  const cpus = { name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } };
  const mem = { name: 'mem', type: 'SCALAR', scalar: { value: 32 } };
  const of = (role: string): object => ({ allocation_info: { role } });

  it.each([
    ['name that of the offer', [{ ...cpus, ...of('a') }], 'TASK_STARTING', /^$/],
    ['name it here and there', [{ ...cpus, ...of('a') }, mem], 'TASK_STARTING', /^$/],
    ['may not name another of the framework', [{ ...cpus, ...of('b') }], 'TASK_ERROR', /another role/],
    ['nor one that nobody has', [{ ...cpus, ...of('nobody') }], 'TASK_ERROR', /another role/],
    [
      'nor two',
      [
        { ...cpus, ...of('a') },
        { ...mem, ...of('b') },
      ],
      'TASK_ERROR',
      /several roles/,
    ],
  ])('%s', async (_what, resources, state, reason) => {
    const { scheduler } = await subscribed({ roles: ['a', 'b'], capabilities: [{ type: 'MULTI_ROLE' }] });
    await scheduler.call('SUPPRESS', { roles: ['b'] });
    let [offer] = (await scheduler.next('OFFERS')).offers.offers;
    while (offer.allocation_info.role !== 'a') {
      await scheduler.call('DECLINE', { offer_ids: [offer.id] });
      [offer] = (await scheduler.next('OFFERS')).offers.offers;
    }
    const task = { name: 't', task_id: { value: 't' }, agent_id: offer.agent_id, command: { value: 'true' } };
    const operations = [{ type: 'LAUNCH', launch: { task_infos: [{ ...task, resources }] } }];
    await scheduler.call('ACCEPT', { offer_ids: [offer.id], operations });
    const status = await scheduler.update();
    expect(status.state).toBe(state);
    expect(status.message ?? '').toMatch(reason);
  });
});

it('R-7.4: an operation on resources of another role than that of the offer is not done', async () => {
  const { scheduler } = await subscribed();
  const reservations = [{ type: 'DYNAMIC', role: 'eng' }];
  const cpus = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 }, reservations };
  const reserve = (id: string, ...roles: string[]): object => ({
    type: 'RESERVE',
    id: { value: id },
    reserve: { resources: roles.map((role) => ({ ...cpus, allocation_info: { role } })) },
  });
  const [offer] = (await scheduler.next('OFFERS')).offers.offers;
  const operations = [reserve('a', 'other'), reserve('b', '*', 'other')];
  await scheduler.call('ACCEPT', { offer_ids: [offer.id], operations });
  const message = async (): Promise<string> => {
    const { status } = (await scheduler.next('UPDATE_OPERATION_STATUS')).update_operation_status;
    return `${status.operation_id.value} ${status.state} ${status.message}`;
  };
  expect(await message()).toMatch(/^a OPERATION_ERROR .*another role/);
  expect(await message()).toMatch(/^b OPERATION_ERROR .*several roles/);
});

describe('R-7.5: the executor of a task', () => {
  const executor = {
    executor_id: { value: 'shared' },
    name: 'Shared',
    command: { value: 'exec sleep 60', user: 'root' },
  };
  const task = (name: string, info: object, agent: object): object => ({
    name,
    task_id: { value: name },
    agent_id: agent,
    resources: [{ name: 'cpus', type: 'SCALAR', scalar: { value: 0.1 } }],
    executor: info,
  });

  it('may be the one that runs there, but not another of its id', async () => {
    const { port, scheduler } = await subscribed();
    // The same, with its fields in another order.
    const same = {
      command: { user: 'root', value: 'exec sleep 60' },
      name: 'Shared',
      executor_id: { value: 'shared' },
    };
    const other = { ...executor, command: { value: 'exec sleep 61', user: 'root' } };
    const foreign = { ...executor, framework_id: NOBODY };
    await scheduler.accept((agent) => ({
      type: 'LAUNCH',
      launch: {
        task_infos: [
          task('first', executor, agent),
          task('second', same, agent),
          task('third', other, agent),
          task('fourth', foreign, agent),
        ],
      },
    }));
    const reason = 'REASON_TASK_INVALID';
    const third = { task_id: { value: 'third' }, state: 'TASK_ERROR', reason };
    expect(await scheduler.update()).toMatchObject({ ...third, message: expect.stringMatching(/otherwise/) });
    const fourth = { task_id: { value: 'fourth' }, state: 'TASK_ERROR', reason };
    expect(await scheduler.update()).toMatchObject({
      ...fourth,
      message: expect.stringMatching(/framework/),
    });
    const { tasks } = await ask(port, 'GET_TASKS');
    expect(tasks.map(({ name }: { name: string }) => name)).toEqual(['first', 'second']);

    // Both faces tell of it, with its framework.
    const id = { value: scheduler.frameworkId };
    const { executors } = await ask(port, 'GET_EXECUTORS');
    expect(executors).toMatchObject([{ executor_info: { name: 'Shared', framework_id: id } }]);
    const { frameworks } = await get(port, `/frameworks?framework_id=${id.value}`);
    expect(frameworks[0].executors).toEqual([
      {
        executor_id: 'shared',
        name: 'Shared',
        framework_id: id.value,
        command: { shell: true, value: 'exec sleep 60', argv: [], uris: [] },
        resources: { cpus: 0, gpus: 0, mem: 0, disk: 0 },
        slave_id: tasks[0].agent_id.value,
      },
    ]);
    await scheduler.call('TEARDOWN');
  });
});
