import { describe, expect, it } from 'vitest';
import { smallRun } from './small-run.js';
import { smallTrace } from './small-trace.js';

/** The worked examples of semantics-notes section 7. */
const demand = smallTrace([
  { framework: 'b', cpus: 3, mem: 2048, s: 10 },
  { framework: 'a', cpus: 3, mem: 3072, s: 10 },
  { framework: 'b', cpus: 1, mem: 1024, s: 10 },
  { framework: 'a', cpus: 3, mem: 3072, s: 10 },
  { framework: 'b', cpus: 2, mem: 1024, s: 0 },
]);

const queue = smallTrace([
  { framework: 'b', cpus: 3, mem: 1, s: 10 },
  { framework: 'a', cpus: 2, mem: 1, s: 0 },
  { framework: 'b', cpus: 1, mem: 1, s: 5 },
  { at: 10, framework: 'a', cpus: 4, mem: 1, s: 0 },
  { at: 10, framework: 'b', cpus: 1, mem: 1, s: 1 },
]);

const meanWait = (starts: readonly (number | undefined)[], submits: readonly number[]): number =>
  starts.reduce((sum: number, start, task) => sum + (start ?? NaN) - submits[task], 0) / starts.length;

describe('worked examples', () => {
  it('demand DRF on two agents: A-2 to A-7', async () => {
    const { starts, agents, recorder, result } = await smallRun(demand, { cluster: ['2*cpus:4;mem:4096'] });
    expect(starts).toEqual([0, 0, 0, 10, 10]);
    expect(agents).toEqual([0, 1, 0, 0, 1]);
    expect(meanWait(starts, [0, 0, 0, 0, 0])).toBe(4);
    expect(recorder.lastEndUs).toBe(20e6);
    expect(recorder.decisionHash()).toBe('ee9b4645');
    expect([result.end, result.tasks.finished]).toEqual(['done', 5]);
  });

  it('fifo on one agent: P-2', async () => {
    const { starts, recorder } = await smallRun(queue, { policy: 'fifo' });
    expect(starts).toEqual([0, 10, 10, 15, 15]);
    expect(meanWait(starts, [0, 0, 0, 10, 10])).toBe(6);
    expect(recorder.lastEndUs).toBe(16e6);
  });

  it('drf in place of fifo', async () => {
    const { starts } = await smallRun(queue);
    expect(meanWait(starts, [0, 0, 0, 10, 10])).toBe(2.2);
  });
});
