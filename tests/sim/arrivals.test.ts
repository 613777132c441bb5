import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Arrivals } from '../../src/sim/arrivals.js';
import type { Trace } from '../../src/workloads/trace.js';
import { smallTrace } from './small-trace.js';

function batches(trace: Trace): unknown[] {
  const arrivals = new Arrivals(trace);
  const taken: unknown[] = [];
  while (arrivals.nextTime < Infinity) {
    const at = arrivals.nextTime / 1e6;
    arrivals.take();
    const tasks = Array.from({ length: arrivals.count }, (_, i) => arrivals.task(i));
    taken.push([at, arrivals.framework, arrivals.first, tasks]);
  }
  return taken;
}

describe('arrivals', () => {
  it('I-4: come in file order, those of one framework in one batch as far as they follow each other', () => {
    const trace = smallTrace([
      { framework: 'b', cpus: 1, tasks: 2 },
      { framework: 'b', cpus: 2 },
      { framework: 'a', cpus: 1 },
      { framework: 'b', cpus: 1 },
      { at: 1, framework: 'b', cpus: 1 },
    ]);
    expect(batches(trace)).toEqual([
      [0, 0, 0, [0, 1, 2]],
      [0, 1, 0, [3]],
      [0, 0, 3, [4]],
      [1, 0, 4, [5]],
    ]);
  });

  it('C-5, C-7: an unsorted file is sorted by submit, and frameworks count up by first arrival', () => {
    const trace = smallTrace([
      { at: 5, framework: 'late', cpus: 1 },
      { at: 2, framework: 'early', cpus: 1 },
      { at: 5, framework: 'early', cpus: 1 },
    ]);
    const arrivals = new Arrivals(trace);
    expect(batches(trace)).toEqual([
      [2, 0, 0, [1]],
      [5, 1, 0, [0]],
      [5, 0, 1, [2]],
    ]);
    expect([0, 1].map((id) => trace.frameworks[arrivals.traceFramework(id)])).toEqual(['early', 'late']);
    expect([0, 1].map((id) => [...arrivals.tasksOf(id)])).toEqual([[1, 2], [0]]);
  });

  it('deliver every task once, at its time', () => {
    const rows = fc.array(
      fc.record({ at: fc.nat(5), framework: fc.constantFrom('a', 'b', 'c'), cpus: fc.constant(1) }),
    );
    fc.assert(
      fc.property(rows, (list) => {
        const trace = smallTrace(list);
        const arrivals = new Arrivals(trace);
        const seen: number[] = [];
        while (arrivals.nextTime < Infinity) {
          const now = arrivals.nextTime;
          arrivals.take();
          const own = arrivals.tasksOf(arrivals.framework);
          for (let i = 0; i < arrivals.count; i++) {
            const task = arrivals.task(i);
            expect([trace.submitUs[task], own[arrivals.first + i]]).toEqual([now, task]);
            seen.push(task);
          }
          expect(arrivals.arrivedCount).toBe(seen.length);
        }
        const sorted = [...list.keys()].sort((a, b) => list[a].at - list[b].at || a - b);
        expect(seen).toEqual(sorted);
      }),
    );
  });
});
