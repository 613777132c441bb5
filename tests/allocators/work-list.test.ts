/** What a cycle gets of the dirty agents, few and many: both ways to order them. */
import { expect, it } from 'vitest';
import { AgentPool } from '../../src/allocators/bookkeeping/agent-pool.js';
import { WorkList } from '../../src/allocators/bookkeeping/work-list.js';
import { parseResources } from '../../src/cluster/resources/text.js';

const AGENTS = 1000;
const total = parseResources('cpus:4;mem:1024');

it.each([3, 20, 400, AGENTS])(
  '%i dirty agents of 1,000 come once, ascending, open, with something left',
  (many) => {
    const pool = new AgentPool();
    for (let id = 0; id < AGENTS; id++) {
      pool.add(id, { id: `S${id}`, hostname: `h${id}`, total, attributes: [], capabilities: [] });
    }
    const work = new WorkList(pool);
    // 389 has no factor in common with 1,000: every agent comes up once, in no order.
    const dirty = Array.from({ length: many }, (_, i) => ((i + 1) * 389) % AGENTS);
    for (const agent of [...dirty, dirty[0]]) work.markAgent(agent);
    pool.open[dirty[0]] = false;
    pool.take(dirty[1], total);

    expect(work.changedAgents()).toEqual([...dirty].sort((a, b) => a - b));
    expect([...work.drain('all')]).toEqual(dirty.slice(2).sort((a, b) => a - b));
    expect(work.dirty).toBe(false);
    expect(work.changedAgents()).toEqual([]);
    work.markAgent(7);
    expect(work.changedAgents()).toEqual([7]);
    expect([...work.drain('all')]).toEqual([7]);
  },
);

it('a run that looks at everybody for a newcomer leaves nothing due', () => {
  const pool = new AgentPool();
  pool.add(0, { id: 'S0', hostname: 'h0', total, attributes: [], capabilities: [] });
  const work = new WorkList(pool);
  work.triggerAgent(0);
  work.triggerAll();
  work.markAsks();
  work.markNewcomer();
  expect([work.triggered, work.dirty]).toEqual([true, true]);
  expect([...work.drain('all')]).toEqual([0]);
  expect([work.triggered, work.dirty]).toEqual([false, false]);
});

it('agents are marked one by one after a run for a newcomer that looked at more than were ever marked', () => {
  const pool = new AgentPool();
  const work = new WorkList(pool);
  for (let id = 0; id < AGENTS; id++) {
    pool.add(id, { id: `S${id}`, hostname: `h${id}`, total, attributes: [], capabilities: [] });
  }
  work.markNewcomer();
  expect(work.drain('all')).toHaveLength(AGENTS);
  work.markAgent(AGENTS - 1);
  expect([...work.drain('all')]).toEqual([AGENTS - 1]);
});
