/** What tools that are older than the v1 API, or that read it as they did the older one, find in its answers. */
import { describe, expect, it } from 'vitest';
import { localCluster, temporaryFolder } from './cluster.js';
import { startAgentDaemon, startMasterDaemon } from './daemon.js';
import { ask, callOperator, get } from './operator-client.js';
import { RawScheduler, send, type Received } from './raw-client.js';

describe('W-6.4: the resources of an agent', () => {
  const cpus = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } };
  const reservation = { type: 'DYNAMIC', role: 'eng', principal: 'p' };
  const refined = { type: 'DYNAMIC', role: 'eng/dev', principal: 'p' };

  it('say what is reserved in both formats, where both can say it', async () => {
    const { port } = (await localCluster()).master;
    const [{ agent_info: agent }] = (await ask(port, 'GET_AGENTS')).agents;
    const reserve = async (...reservations: object[]): Promise<void> => {
      const resources = [{ ...cpus, reservations }];
      const call = { type: 'RESERVE_RESOURCES', reserve_resources: { agent_id: agent.id, resources } };
      expect((await callOperator(port, call)).status).toBe(202);
    };
    await reserve(reservation);
    await reserve(reservation);
    await reserve(reservation, refined);
    const once = { ...cpus, role: 'eng', reservation: { principal: 'p' }, reservations: [reservation] };
    const twice = { ...cpus, reservations: [reservation, refined] };
    const { slaves } = await get(port, '/slaves');
    expect(slaves[0].reserved_resources_full).toEqual({ eng: [once], 'eng/dev': [twice] });
    expect(slaves[0].unreserved_resources_full).toContainEqual({
      ...cpus,
      scalar: { value: 2 },
      role: '*',
    });
    const [{ total_resources: total }] = (await ask(port, 'GET_AGENTS')).agents;
    expect(total).toEqual(expect.arrayContaining([once, twice]));

    // What was read is good for giving it back, to the letter.
    const form = new URLSearchParams({ slaveId: agent.id.value, resources: JSON.stringify([once]) });
    const reply = await send(port, { path: '/unreserve', body: form.toString() });
    expect(reply).toMatchObject({ status: 202, text: '' });
    expect((await get(port, '/slaves')).slaves[0].reserved_resources_full).toEqual({ 'eng/dev': [twice] });
  });
});

it('W-6.1: an agent that drains says since when', async () => {
  const { port } = (await localCluster()).master;
  const [{ agent_info: agent }] = (await ask(port, 'GET_AGENTS')).agents;
  const before = Date.now() / 1000;
  await callOperator(port, { type: 'DRAIN_AGENT', drain_agent: { agent_id: agent.id } });
  const [{ estimated_drain_start_time: start }] = (await ask(port, 'GET_AGENTS')).agents;
  const [slave] = (await get(port, '/slaves')).slaves;
  expect(slave.estimated_drain_start_time_seconds).toBeCloseTo(Number(start.nanoseconds) / 1e9, 3);
  expect(slave.estimated_drain_start_time_seconds).toBeGreaterThanOrEqual(before);
  await callOperator(port, { type: 'REACTIVATE_AGENT', reactivate_agent: { agent_id: agent.id } });
  expect((await get(port, '/slaves')).slaves[0]).not.toHaveProperty('estimated_drain_start_time_seconds');
});

it('W-6.4: /state says where master and agents are', async () => {
  const master = startMasterDaemon(temporaryFolder(), '--domain', 'eu/eu-1');
  const agent = startAgentDaemon(await master.port, temporaryFolder(), '--domain', 'us/us-1');
  await agent.logged('registered');
  const state = await get(await master.port, '/state');
  const of = (region: string): object => ({
    fault_domain: { region: { name: region }, zone: { name: `${region}-1` } },
  });
  expect(state).toMatchObject({ domain: of('eu'), leader_info: { domain: of('eu') } });
  expect(state.slaves).toMatchObject([{ domain: of('us') }]);
});

it('W-6.4: the state of an agent tells of frameworks and executors what they said', async () => {
  const { port } = (await localCluster()).master;
  const roles = { roles: ['a', 'b'], capabilities: [{ type: 'MULTI_ROLE' }], failover_timeout: 60 };
  const scheduler = await RawScheduler.subscribe(port, roles);
  const executor = {
    executor_id: { value: 'e' },
    name: 'Mine',
    source: 'from-here',
    command: { value: 'exec sleep 60' },
  };
  const more = {
    labels: { labels: [{ key: 'k', value: 'v' }] },
    discovery: { visibility: 'CLUSTER', name: 'n' },
  };
  await scheduler.launchTask('t', { executor, ...more });
  const [{ pid }] = (await get(port, '/slaves')).slaves;
  const agent = Number(pid.split(':').at(-1));
  const launched = async (): Promise<Received> => {
    for (;;) {
      const [found] = (await get(agent, '/state')).frameworks;
      const [{ tasks = [], queued_tasks: queued = [] } = {}] = found?.executors ?? [];
      if ([...tasks, ...queued].length > 0) return found;
    }
  };
  expect(await launched()).toMatchObject({
    roles: ['a', 'b'],
    failover_timeout: 60,
    checkpoint: false,
    executors: [{ id: 'e', name: 'Mine', source: 'from-here' }],
  });
  const [{ tasks, queued_tasks: queued }] = (await get(agent, '/state')).frameworks[0].executors;
  expect([...tasks, ...queued]).toMatchObject([
    { id: 't', labels: [{ key: 'k', value: 'v' }], discovery: { visibility: 'CLUSTER', name: 'n' } },
  ]);
  expect((await get(agent, '/state')).flags).toMatchObject({ hostname: 'localhost' });
  const answer: Received = JSON.parse((await callOperator(agent, { type: 'GET_EXECUTORS' })).text);
  expect(answer.get_executors.executors).toMatchObject([
    { executor_info: { name: 'Mine', source: 'from-here', command: { value: 'exec sleep 60' } } },
  ]);
  await scheduler.call('TEARDOWN');
});
