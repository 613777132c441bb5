import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Resources } from '../../src/cluster/resources/resources.js';
import { LogCdf } from '../../src/metrics/cdf.js';
import { RunRecord } from '../../src/metrics/run-record.js';
import { jobRuns } from '../../src/metrics/jobs.js';
import { slowdownCurve, waitCurves } from '../../src/metrics/spreads.js';
import { BinnedAmounts, Stretch, timeBins } from '../../src/metrics/time-bins.js';
import { timelineOf } from '../../src/metrics/timeline.js';
import { second, shapesOf, traceOf, type Row } from './hand-made.js';

describe('timeBins', () => {
  it.each([
    [0, 86_400, 500, 300],
    [0, 100, 500, 0.2],
    [10, 10, 500, 1e-6],
    [0, 3600, 10, 600],
    [0, 10 * 86_400, 5, 2 * 86_400],
  ])('cuts %d to %d s into at most %d bins of %d s', (from, to, most, width) => {
    const bins = timeBins(from * second, to * second, most);
    expect(bins.widthUs).toBe(width * second);
    expect(bins.count).toBeLessThanOrEqual(most);
    expect(bins.count * bins.widthUs).toBeGreaterThanOrEqual((to - from) * second);
  });
});

describe('BinnedAmounts', () => {
  it('is what adding up moment by moment gives', () => {
    const interval = fc.record({
      from: fc.integer({ min: -5, max: 60 }),
      length: fc.integer({ min: 0, max: 60 }),
      amount: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(
        fc.array(interval),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        (all, end, most) => {
          const bins = timeBins(0, end, most);
          const amounts = new BinnedAmounts(bins, 3, 4);
          const stretch = new Stretch(bins);
          for (const { from, length, amount } of all)
            amounts.add(1, 2, stretch.between(from, from + length), Float64Array.of(7, amount), 1, 1);
          const slow = Array.from({ length: bins.count }, (_, bin) => {
            const [first, last] = [bin * bins.widthUs, Math.min(end, (bin + 1) * bins.widthUs)];
            let sum = 0;
            for (let moment = first; moment < last; moment++) {
              for (const { from, length, amount } of all)
                if (from <= moment && moment < from + length) sum += amount;
            }
            return sum / (last - first);
          });
          amounts.averages(1, 2).forEach((average, bin) => expect(average).toBeCloseTo(slow[bin], 9));
          for (let row = 0; row < 12; row++) {
            const values = amounts.averages(Math.floor(row / 4), row % 4);
            if (row !== 6) expect(values.every((average) => average === 0)).toBe(true);
          }
        },
      ),
    );
  });
});

/** Two agents of 4 cpus and 1000 MB; shapes as the rows say. */
function recordOf(rows: readonly Row[], weights = new Map<string, number>()): RunRecord {
  const trace = traceOf(rows);
  return new RunRecord({
    trace,
    shapes: shapesOf(trace),
    capacity: [{ count: 2, resources: Resources.plain(4000, 1_000_000) }],
    weights,
  });
}

function launch(record: RunRecord, at: number, task: number, agent: number): void {
  const resources = record.shapes[record.trace.shape[task]];
  record.taskLaunched(task, 0, 0, agent, resources, at * second);
}

function end(
  record: RunRecord,
  at: number,
  task: number,
  state: 'TASK_FINISHED' | 'TASK_LOST' = 'TASK_FINISHED',
): void {
  const resources = record.shapes[record.trace.shape[task]];
  record.taskEnded(task, 0, 0, record.agent[task], resources, state, at * second);
}

describe('timelineOf', () => {
  it('gives averages worked out by hand', () => {
    const rows = [
      { role: 'a', cpus: 4, mem: 100, submit: 0 },
      { role: 'b', cpus: 2, mem: 500, submit: 0 },
      { role: 'b', cpus: 2, mem: 500, submit: 0 },
    ];
    const record = recordOf(rows, new Map([['b', 3]]));
    for (const task of [0, 1, 2]) record.submitted(task, 0);
    launch(record, 0, 0, 0);
    launch(record, 100, 1, 1);
    end(record, 200, 0);
    launch(record, 250, 2, 1);
    end(record, 400, 1);
    end(record, 500, 2);
    const timeline = timelineOf(record, 500 * second);
    // 500 bins of 1 s.
    expect([timeline.bins.widthUs, timeline.bins.count]).toEqual([second, 500]);
    const at = (values: Float64Array, ...seconds: number[]): number[] =>
      seconds.map((moment) => values[moment]);
    expect(at(timeline.queued, 0, 99, 100, 249, 250, 499)).toEqual([2, 2, 1, 1, 0, 0]);
    expect(at(timeline.running, 0, 99, 100, 199, 200, 250, 399, 400)).toEqual([1, 1, 2, 2, 1, 2, 2, 1]);
    const [cpus, mem] = timeline.used;
    expect([cpus.name, mem.name]).toEqual(['cpus', 'mem']);
    expect(at(cpus.part, 0, 100, 200, 300, 450)).toEqual([0.5, 0.75, 0.25, 0.5, 0.25]);
    expect(at(mem.part, 0, 100, 200, 300, 450)).toEqual([0.05, 0.3, 0.25, 0.5, 0.25]);
    const [a, b] = timeline.tenants;
    expect([timeline.tenantKind, a.name, b.name]).toEqual(['role', 'a', 'b']);
    expect(at(a.share, 0, 199, 200)).toEqual([0.5, 0.5, 0]);
    expect(at(b.share, 99, 100, 300, 450)).toEqual([0, 0.25, 0.5, 0.25]);
    // Both fit: each is due all it wants.
    expect(at(a.fair, 0, 200)).toEqual([0.5, 0]);
    expect(at(b.fair, 0, 450)).toEqual([0.5, 0.25]);
    const { load, rows: agentRows, bins } = timeline.agents;
    expect([agentRows, bins.widthUs]).toEqual([2, 5 * second]);
    expect(load[0]).toBe(1);
    expect(load[bins.count + 300 / 5]).toBe(1);
    expect(load[bins.count + 450 / 5]).toBe(0.5);
  });

  it('follows a task that is launched again', () => {
    const record = recordOf([{ cpus: 4, submit: 0 }]);
    record.submitted(0, 0);
    launch(record, 100, 0, 0);
    end(record, 200, 0, 'TASK_LOST');
    launch(record, 300, 0, 1);
    const { queued, running, agents } = timelineOf(record, 500 * second);
    expect([0, 100, 200, 300, 499].map((moment) => queued[moment])).toEqual([1, 0, 1, 0, 0]);
    expect([0, 100, 200, 300, 499].map((moment) => running[moment])).toEqual([0, 1, 0, 1, 1]);
    expect([0, 1].map((row) => agents.load[row * agents.bins.count + 400 / 5])).toEqual([0, 1]);
    expect(record.launches.count).toBe(2);
  });

  it('takes frameworks for tenants where there is one role, and counts no task that cannot run', () => {
    const rows = [
      { framework: 'x', cpus: 2 },
      { framework: 'y', cpus: 9 },
      { framework: 'y', cpus: 2, submit: 50 },
    ];
    const trace = traceOf(rows);
    const record = new RunRecord({
      trace,
      shapes: shapesOf(trace),
      capacity: [{ count: 1, resources: Resources.plain(4000, 0) }],
      unschedulable: [1],
    });
    record.submitted(0, 0);
    launch(record, 0, 0, 0);
    const timeline = timelineOf(record, 10 * second);
    expect(timeline.tenantKind).toBe('framework');
    expect(timeline.tenants.map(({ share }) => share[0])).toEqual([0.5, 0]);
    expect(timeline.queued.every((tasks) => tasks === 0)).toBe(true);
    expect(record.launches.frameworkShare[0]).toBe(0.5);
  });
});

describe('spreads', () => {
  it('counts exactly at every edge', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 1 }), (values) => {
        const cdf = new LogCdf(1);
        for (const value of values) cdf.add(value);
        const points = cdf.points();
        expect(points[points.length - 1].part).toBe(1);
        for (const { value, part } of points) {
          // An edge and a value that are equal but for the last bit may fall either way.
          const below = values.filter((other) => other <= value * (1 - 1e-9)).length;
          const atMost = values.filter((other) => other <= value * (1 + 1e-9)).length;
          expect(part * values.length).toBeGreaterThanOrEqual(below - 1e-6);
          expect(part * values.length).toBeLessThanOrEqual(atMost + 1e-6);
        }
      }),
    );
  });

  it('is of all tasks that started and of the largest roles, and of the jobs that ended', () => {
    const record = recordOf([
      { role: 'a', cpus: 1, submit: 0 },
      { role: 'b', cpus: 1, submit: 0 },
      { role: 'b', cpus: 1, submit: 0 },
    ]);
    for (const task of [0, 1, 2]) record.submitted(task, 0);
    launch(record, 0, 0, 0);
    launch(record, 10, 1, 0);
    end(record, 20, 0);
    end(record, 20, 1);
    const curves = waitCurves(record);
    expect(curves.map(({ name, count }) => [name, count])).toEqual([
      [null, 2],
      ['a', 1],
      ['b', 1],
    ]);
    expect(curves[0].points[0]).toEqual({ value: 0.001, part: 0.5 });
    expect(curves[0].points.at(-1)!.value).toBeCloseTo(10, 9);
    // Task 0 ran 20 s at once; task 1 ran 10 s after 10 s.
    const slowdown = slowdownCurve(jobRuns(record).slowdowns);
    expect([slowdown.count, slowdown.points[0].part]).toEqual([2, 0.5]);
    expect(slowdown.points.at(-1)!.value).toBeGreaterThanOrEqual(2);
  });
});
