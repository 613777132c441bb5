import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { decode, encode } from '../../src/realnet/wire/codec.js';
import { messageType } from '../../src/realnet/wire/schema.js';
import { localCluster, temporaryFolder } from './cluster.js';
import { mediaHeaders, RawScheduler, send, type Received } from './raw-client.js';
import { executorCommand } from './raw-executor.js';

const MB = 2 ** 20;

function scalars(amounts: Readonly<Record<string, number>>): object[] {
  return Object.entries(amounts).map(([name, value]) => ({ name, type: 'SCALAR', scalar: { value } }));
}

async function clusterOfOne() {
  const { master } = await localCluster();
  const scheduler = await RawScheduler.subscribe(master.port);
  const { slaves } = JSON.parse((await send(master.port, { method: 'GET', path: '/slaves' })).text);
  const port = Number(slaves[0].pid.split(':')[1]);
  const get = async (path: string): Promise<Received> =>
    JSON.parse((await send(port, { method: 'GET', path })).text);
  const until = async (isIt: (statistics: Received) => boolean): Promise<Received> => {
    for (;;) {
      const [entry] = await get('/monitor/statistics');
      if (entry !== undefined && isIt(entry.statistics)) return entry;
      await delay(20);
    }
  };
  return { scheduler, port, get, until };
}

describe('what an agent knows of the containers on it', () => {
  it('is the use of all their processes, also of those that left the group or cleared their environment', async () => {
    const { scheduler, until, get } = await clusterOfOne();
    const busy = '(i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done)';
    const value = `${busy}; sleep 1000 & setsid sleep 1000 & env -i sleep 1000 & exec sleep 1000`;
    const resources = scalars({ cpus: 0.5, mem: 64 });
    await scheduler.launchTask('t1', { command: { value }, resources, limits: { cpus: { value: 1.5 } } });
    const entry = await until(({ processes }) => processes === 4);
    expect(entry).toEqual({
      framework_id: scheduler.frameworkId,
      executor_id: 't1',
      executor_name: 'Command Executor (Task: t1)',
      source: 't1',
      statistics: {
        timestamp: expect.any(Number),
        processes: 4,
        threads: 4,
        cpus_user_time_secs: expect.any(Number),
        cpus_system_time_secs: expect.any(Number),
        mem_rss_bytes: expect.any(Number),
        cpus_soft_limit: 0.5,
        cpus_limit: 1.5,
        mem_soft_limit_bytes: 64 * MB,
        mem_limit_bytes: 64 * MB,
      },
    });
    // The loop has ended; its parent, which is a sleep by now, waited for it.
    expect(entry.statistics.cpus_user_time_secs).toBeGreaterThan(0);
    expect(entry.statistics.mem_rss_bytes).toBeGreaterThan(0);
    const [container] = await get('/containers');
    expect(container).toMatchObject({
      executor_id: 't1',
      container_id: expect.any(String),
      status: { executor_pid: expect.any(Number), container_id: { value: container.container_id } },
      statistics: { processes: 4 },
    });
    expect(await get(`/containers?container_id=${container.container_id}`)).toHaveLength(1);
    expect(await get('/containers?container_id=other')).toEqual([]);
  });

  it.each(['json', 'protobuf'] as const)(
    'is in GET_CONTAINERS, in %s, for a task group, too',
    async (kind) => {
      const { scheduler, port, until } = await clusterOfOne();
      const executor = {
        executor_id: { value: 'e1' },
        type: 'DEFAULT',
        resources: scalars({ cpus: 0.1, mem: 32 }),
      };
      const command = { value: 'exec sleep 1000' };
      await scheduler.launchGroup(executor, { t1: command, t2: command });
      await until(({ processes }) => processes === 2);
      const reply = await fetch(`http://127.0.0.1:${port}/api/v1`, {
        method: 'POST',
        headers: mediaHeaders(kind),
        body: Buffer.from(encode(messageType('agent', 'Call'), kind, { type: 'GET_CONTAINERS' })),
      });
      const bytes = new Uint8Array(await reply.arrayBuffer());
      const { get_containers: content } = decode(messageType('agent', 'Response'), kind, bytes) as Received;
      expect(content.containers).toHaveLength(1);
      const { resource_statistics: statistics } = content.containers[0];
      expect(statistics).toMatchObject({ processes: 2, mem_soft_limit_bytes: 32 * MB });
      expect(statistics.cpus_soft_limit).toBeCloseTo(0.3);
      expect(Number(statistics.mem_rss_bytes)).toBeGreaterThan(0);
    },
  );

  it('is there of an executor that a framework brings, with its source', async () => {
    const { scheduler, until } = await clusterOfOne();
    const executor = {
      executor_id: { value: 'e1' },
      type: 'CUSTOM',
      source: 'of-mine',
      command: executorCommand(temporaryFolder()),
      resources: scalars({ cpus: 0.25, mem: 16 }),
    };
    await scheduler.launchTask('t1', { executor });
    const entry = await until(({ processes }) => processes === 1);
    expect(entry).toMatchObject({ executor_id: 'e1', source: 'of-mine' });
    expect(entry.statistics).toMatchObject({ cpus_limit: 0.35, mem_limit_bytes: 16 * MB });
  });
});
