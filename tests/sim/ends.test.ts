import { describe, expect, it } from 'vitest';
import { SimError } from '../../src/sim/sim-error.js';
import { smallRun } from './small-run.js';
import { smallTrace } from './small-trace.js';

const quota = (limits: Record<string, number>) => new Map([['batch', { guarantees: {}, limits }]]);

describe('I-8: a run ends', () => {
  it('when every task is terminal: services do not keep it alive', async () => {
    const trace = smallTrace([
      { cpus: 1, service: true },
      { cpus: 1, s: 5 },
      { cpus: 1, s: 3, exit: 2 },
    ]);
    const { result } = await smallRun(trace);
    expect([result.end, result.endUs]).toEqual(['done', 5e6]);
    expect(result.tasks).toMatchObject({ submitted: 3, finished: 1, failed: 1, unfinished: 1 });
    expect(result.unfinished).toMatchObject([
      { firstTask: 0, count: 1, isService: true, reason: 'a service runs until the end of the run' },
    ]);
  });

  it('with services that have found their place, at the first batch or later', async () => {
    const trace = smallTrace([{ cpus: 1, service: true, tasks: 3 }]);
    const { starts, result } = await smallRun(trace, { instant: false, offers: 'coarse' });
    expect([result.end, starts]).toEqual(['done', [0, 0, 0]]);
  });

  it('without waiting for a service that can find none', async () => {
    const trace = smallTrace([
      { framework: 'web', cpus: 3, service: true, tasks: 2 },
      { cpus: 1, s: 2 },
    ]);
    for (const offers of ['demand', 'coarse'] as const) {
      const { result, starts } = await smallRun(trace, { offers });
      expect([result.end, starts]).toEqual(['done', [0, undefined, 0]]);
      expect(result.unfinished.map(({ isRunning, count }) => [isRunning, count])).toEqual([
        [true, 1],
        [false, 1],
      ]);
    }
  });

  it('at --until, with what happens at that very time', async () => {
    const trace = smallTrace([
      { cpus: 4, s: 10 },
      { at: 10, cpus: 4, s: 10 },
      { at: 11, cpus: 4, s: 10 },
    ]);
    const { result, starts } = await smallRun(trace, { untilUs: 10e6 });
    expect([result.end, result.endUs, result.partial]).toEqual(['until', 10e6, false]);
    expect(starts).toEqual([0, 10, undefined]);
    expect(result.tasks).toMatchObject({ submitted: 2, finished: 1, unfinished: 1 });
    const early = await smallRun(trace, { untilUs: 4.5e6 });
    expect([early.result.end, early.result.endUs]).toEqual(['until', 4.5e6]);
    const late = await smallRun(trace, { untilUs: 100e6 });
    expect([late.result.end, late.result.endUs]).toEqual(['done', 30e6]);
  });

  it('when it is asked to, with a partial result', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => ({ at: i, cpus: 1, s: 1 }));
    const seen: number[] = [];
    const pause = ({ ended }: { ended: number }): boolean => seen.push(ended) === 2;
    const { result } = await smallRun(smallTrace(rows), { control: { pause }, check: false });
    expect(seen).toHaveLength(2);
    expect([result.end, result.partial]).toEqual(['interrupted', true]);
    expect(result.tasks.finished).toBe(seen[1]);
    expect(result.tasks.submitted).toBeLessThan(3000);
  });

  it('stalled: a limit is below what a task needs', async () => {
    const trace = smallTrace([
      { role: 'batch', cpus: 2, s: 1 },
      { at: 1, role: 'batch', cpus: 3, s: 1, tasks: 2 },
      { at: 50, role: 'other', cpus: 4, s: 1 },
    ]);
    for (const offers of ['demand', 'coarse'] as const) {
      for (const instant of [true, false]) {
        const { result } = await smallRun(trace, { offers, instant, quotas: quota({ cpus: 2000 }) });
        expect([offers, instant, result.end, result.stalled]).toEqual([offers, instant, 'stalled', true]);
        expect(result.tasks).toMatchObject({ finished: 2, unfinished: 2 });
        expect(result.unfinished).toMatchObject([
          { firstTask: 1, count: 2, reason: 'role batch has the limit cpus:2 and holds 0; a task needs 3' },
        ]);
      }
    }
  });

  it('stalled: services hold what a batch task needs', async () => {
    const trace = smallTrace([
      { cpus: 2, service: true },
      { at: 1, cpus: 3, s: 1 },
    ]);
    const { result } = await smallRun(trace);
    expect(result.end).toBe('stalled');
    expect(result.unfinished.map(({ reason }) => reason)).toEqual([
      'a service runs until the end of the run',
      'no agent it may use has cpus:3 free',
    ]);
  });

  it('C-8: with tasks that can never run left out and blocking nobody', async () => {
    const trace = smallTrace([
      { cpus: 5, tasks: 2 },
      { cpus: 4, s: 1 },
      { framework: 'huge', cpus: 9 },
    ]);
    for (const offers of ['demand', 'coarse'] as const) {
      const { result, starts } = await smallRun(trace, { offers });
      expect([result.end, starts]).toEqual(['done', [undefined, undefined, 0, undefined]]);
      expect(result.tasks).toMatchObject({ submitted: 4, finished: 1, unschedulable: 3, unfinished: 0 });
      expect(result.unschedulable.map(({ count }) => count)).toEqual([2, 1]);
    }
  });

  it('at once when the trace is empty', async () => {
    const { result } = await smallRun(smallTrace([]));
    expect([result.end, result.endUs, result.tasks.submitted]).toEqual(['done', 0, 0]);
  });
});

describe('a configuration that makes no sense', () => {
  it.each([
    ['a weight of 0', { weights: new Map([['batch', 0]]) }, 'the weight of role "batch" is 0'],
    ['quota of a nested role', { quotas: new Map([['a/b', { guarantees: {}, limits: {} }]]) }, 'role "a/b"'],
    [
      'a guarantee above the limit',
      { quotas: new Map([['a', { guarantees: { cpus: 2 }, limits: { cpus: 1 } }]]) },
      'the guarantee of cpus is above its limit',
    ],
  ])('%s is refused in one line', async (_, options, message) => {
    const run = smallRun(smallTrace([{ cpus: 1 }]), options);
    await expect(run).rejects.toThrow(SimError);
    await expect(run).rejects.toThrow(message);
  });
});
