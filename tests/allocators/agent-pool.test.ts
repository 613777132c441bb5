/** Sums of what is free beside plain resources, which headroom and agent orders go by. */
import { expect, it } from 'vitest';
import { AgentPool } from '../../src/allocators/bookkeeping/agent-pool.js';
import type { AgentInfo } from '../../src/cluster/protocol.js';
import { MEM, nameIdOf } from '../../src/cluster/resources/kinds.js';
import { parseResources } from '../../src/cluster/resources/text.js';

const described = (total: string): AgentInfo => ({
  ...{ id: 'a0', hostname: 'h0', attributes: [], capabilities: [] },
  total: parseResources(total),
});

it('a whole disk that is held counts as less than nothing once its agent is without it, until it comes back (R-9.4)', () => {
  const pool = new AgentPool();
  const disk = nameIdOf('disk');
  const mount = parseResources('disk[mount=/mnt/a]:10');
  pool.add(0, described('mem:1;disk[mount=/mnt/a]:10'));
  expect(pool.freeApart[disk]).toBe(10_000);
  pool.take(0, mount);
  expect(pool.freeApart[disk]).toBe(0);
  pool.update(0, described('mem:1'));
  expect(pool.freeApart[disk]).toBe(-10_000);
  pool.put(0, mount);
  expect(pool.freeApart[disk]).toBe(0);
});

it('what is free with what is reserved is the sum of both, and nothing revocable', () => {
  const pool = new AgentPool();
  pool.add(0, described('mem:1;mem(ops):2;mem(dev):4;mem[revocable]:8'));
  expect(pool.freeOf(0, MEM)).toBe(1000);
  expect(pool.freeWithReserved(0, MEM)).toBe(7000);
  pool.take(0, parseResources('mem:1;mem(ops):2'));
  expect(pool.freeWithReserved(0, MEM)).toBe(4000);
});
