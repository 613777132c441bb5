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

const alike = fc
  .tuple(agent, fc.array(fc.tuple(fc.nat(199), agent), { maxLength: 20 }), fc.integer({ min: 60, max: 200 }))
  .map(([usual, others, count]) => {
    const special = new Map(others);
    return Array.from({ length: count }, (_, id) => special.get(id) ?? usual);
  });

test('a guarantee goes to the agent that holds most of it, with the least left over, the lowest of equals', () => {
  const cases = fc.record({
    // Some in several blocks of agents, most of which are alike.
    agents: fc.oneof(fc.array(agent, { maxLength: 12 }), alike),
    wanted: fc.tuple(size, fc.nat(8)),
    withGpus: fc.boolean(),
    others: fc.tuple(fc.nat(199), fc.nat(199), fc.nat(199)),
  });
  const check = fc.property(cases, ({ agents, wanted, withGpus, others }) => {
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
      // What is kept there now is not found again; elsewhere, something is kept or no longer.
      kept[best.id][CPUS] += wanted[0];
      room.changed(best.id, CPUS);
      const other = others[round] % agents.length;
      kept[other] = [kept[other][MEM], kept[other][CPUS]];
      for (const name of [CPUS, MEM]) room.changed(other, name);
    }
  });
  fc.assert(check, { numRuns: 500 });
});
