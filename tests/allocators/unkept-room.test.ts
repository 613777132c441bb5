import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AgentPool } from '../../src/allocators/bookkeeping/agent-pool.js';
import { UnkeptRoom } from '../../src/allocators/unkept-room.js';
import { CPUS, MEM } from '../../src/cluster/resources/kinds.js';
import { Resources } from '../../src/cluster/resources/resources.js';

const size = fc.integer({ min: 1, max: 8 });
const agent = fc.record({
  cpus: size,
  mem: size,
  kept: fc.tuple(fc.nat(8), fc.nat(8)),
  gpus: fc.boolean(),
  open: fc.boolean(),
});

test('a guarantee goes to the agent that holds most of it, with the least left over, the lowest of equals', () => {
  const cases = fc.record({
    agents: fc.array(agent, { maxLength: 12 }),
    wanted: fc.tuple(size, fc.nat(8)),
    withGpus: fc.boolean(),
  });
  const check = fc.property(cases, ({ agents, wanted, withGpus }) => {
    const pool = new AgentPool();
    agents.forEach(({ cpus, mem, gpus, open }, id) => {
      const total = Resources.plain(cpus, mem, 0, gpus ? 1000 : 0);
      pool.add(id, { id: `a${id}`, hostname: 'h', total, attributes: [], capabilities: [] });
      pool.open[id] = open;
    });
    const kept = agents.map((each) => [...each.kept]);
    const unkept = (id: number, name: number): number =>
      Math.max(0, pool.freeOf(id, name) - (kept[id][name] ?? 0));
    const room = new UnkeptRoom(pool, unkept);
    const missing = new Map([[CPUS, wanted[0]]]);
    if (wanted[1] > 0) missing.set(MEM, wanted[1]);
    for (let round = 0; round < 3; round++) {
      const found = room.best(missing, withGpus);
      const fits = agents.flatMap(({ cpus, mem, gpus, open }, id) => {
        if (!open || (gpus && !withGpus)) return [];
        const parts = [...missing].map(([name, amount]) => Math.min(1, unkept(id, name) / amount));
        const rests = [...missing].map(([name, amount]) => (unkept(id, name) - amount) / [cpus, mem][name]);
        const sum = parts.reduce((a, b) => a + b, 0);
        return [{ id, part: Math.min(...parts), left: Math.max(0, ...rests), sum }];
      });
      const [best] = fits
        .filter(({ sum }) => sum > 0)
        .sort((a, b) => b.part - a.part || (a.part === 1 ? a.left - b.left : b.sum - a.sum) || a.id - b.id);
      expect(found).toEqual(best && { agent: best.id, part: best.part });
      if (best === undefined) return;
      // What is kept there now is not found again.
      kept[best.id][CPUS] += wanted[0];
      room.changed(best.id, CPUS);
    }
  });
  fc.assert(check, { numRuns: 500 });
});
