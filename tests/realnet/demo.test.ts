import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseResources } from '../../src/cluster/resources/text.js';
import { processStart } from '../../src/realnet/process/process-table.js';
import { demoTrace } from '../../src/replay/demo.js';
import { TaskFlag } from '../../src/workloads/trace.js';
import { Daemon } from './daemon.js';
import { ask } from './operator-client.js';
import { eventsOf, mediaHeaders, open, send } from './raw-client.js';

describe('agora local --demo', () => {
  it.each(['drf', 'fifo'])('keeps a cluster under %s busy, and leaves nothing behind', async (allocator) => {
    const local = new Daemon(['local', '--demo', '--port', '0', '--agents', '2', '--allocator', allocator]);
    const port = await local.port;
    const { location } = (await send(port, { method: 'GET', path: '/redirect' })).headers;
    expect(location).toBe(`//localhost:${port}`);
    const headers = mediaHeaders('json');
    const response = await open(port, { path: '/api/v1', headers, body: '{"type":"SUBSCRIBE"}' });
    onTestFinished(() => {
      response.destroy();
    });
    const names = new Map<string, string>();
    const running = new Set<string>();
    const learn = (info: { id: { value: string }; name: string }): unknown =>
      names.set(info.id.value, info.name);
    for await (const event of eventsOf(response, 'json', 'master')) {
      for (const { framework_info: info } of event.subscribed?.get_state.get_frameworks?.frameworks ?? [])
        learn(info);
      if (event.framework_added) learn(event.framework_added.framework.framework_info);
      for (const { framework_id: id, state } of event.subscribed?.get_state.get_tasks?.tasks ?? [])
        if (state === 'TASK_RUNNING') running.add(id.value);
      const told = event.task_updated;
      if (told?.state === 'TASK_RUNNING') running.add(told.framework_id.value);
      if (running.size === 3) break;
    }
    expect([...running].map((id) => names.get(id)).sort()).toEqual(['builds', 'queries', 'site']);
    const { weight_infos: weights } = await ask(port, 'GET_WEIGHTS');
    expect(weights).toContainEqual({ role: 'ci', weight: 2 });
    const { pid } = local;
    const tasks = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    expect(tasks.length).toBeGreaterThan(3);
    expect(await local.stop()).toBe(0);
    expect(tasks.filter((task) => processStart(Number(task)) !== undefined)).toEqual([]);
  });

  it.each([
    [1, 100],
    [8, 0],
    [64, 262_144],
  ])('has tasks that fit an agent of %d cpus and %d MB, and about 32 fill any cluster', (cpus, mem) => {
    for (const count of [1, 3, 40]) {
      const agent = { count: 1, resources: parseResources(`cpus:${cpus};mem:${mem}`), attributes: [] };
      const trace = demoTrace({ agents: new Array<typeof agent>(count).fill(agent) });
      const [{ cpusMilli, memMilli }] = trace.shapes;
      expect(trace.shapes).toHaveLength(1);
      expect(memMilli).toBeLessThanOrEqual(mem * 1000);
      const tasksOfAgent = Math.floor((cpus * 1000) / cpusMilli);
      expect(tasksOfAgent).toBeGreaterThan(0);
      expect(tasksOfAgent * count).toBeLessThanOrEqual(40);
      expect(trace.flags.some((flags) => (flags & TaskFlag.service) !== 0)).toBe(true);
    }
  });
});
