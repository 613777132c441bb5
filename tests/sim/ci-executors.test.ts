import { describe, expect, it } from 'vitest';
import { SECOND } from '../../src/cluster/ids.js';
import type { Trace } from '../../src/workloads/trace.js';
import { smallRun, type SmallOptions, type SmallRun } from './small-run.js';
import { smallTrace, type SmallRow } from './small-trace.js';

/** Executors take 10 s to start and are kept for 30 s. */
function ci(rows: readonly SmallRow[]): Trace {
  const frameworkModel = { type: 'ci', coldStartUs: 10 * SECOND, keepUs: 30 * SECOND } as const;
  return { ...smallTrace(rows), frameworkModel };
}

const modes: SmallOptions[] = [{ offers: 'demand' }, { offers: 'coarse' }];

/** Per task: started, running, ended, in seconds. */
function times({ recorder }: SmallRun): number[][] {
  const { startUs, runningUs, endUs } = recorder;
  return Array.from(startUs, (us, task) => [us, runningUs[task], endUs[task]].map((time) => time / 1e6));
}

describe.each(modes)('builds in executors that are kept, $offers offers', (mode) => {
  it('wait for a cold start, unless an executor is idle', async () => {
    const run = await smallRun(
      ci([
        { cpus: 1, s: 20 },
        { at: 40, cpus: 1, s: 20 },
        { at: 85, cpus: 1, s: 1 },
      ]),
      mode,
    );
    expect(times(run)).toEqual([
      [0, 10, 30],
      [40, 40, 60],
      [85, 85, 86],
    ]);
    expect(run.recorder.offers.accepted).toBe(1);
    expect(run.result.tasks).toMatchObject({ submitted: 3, finished: 3, killed: 0, unfinished: 0 });
    expect([run.result.end, run.result.endUs]).toEqual(['done', 86e6]);
  });

  it('need a new executor when the old one has been idle for too long', async () => {
    const run = await smallRun(
      ci([
        { cpus: 1, s: 20 },
        { at: 61, cpus: 1, s: 20 },
      ]),
      mode,
    );
    expect(times(run)[1]).toEqual([61, 71, 91]);
    expect(run.recorder.offers.accepted).toBe(2);
  });

  it('share no executor with other sizes, roles or frameworks', async () => {
    const others: SmallRow[] = [{ cpus: 0.5 }, { cpus: 1, role: 'nightly' }, { cpus: 1, framework: 'b' }];
    const rows = others.map((row): SmallRow => ({ ...row, at: 35, s: 5 }));
    const run = await smallRun(ci([{ cpus: 1, s: 20 }, ...rows]), mode);
    expect(times(run).slice(1)).toEqual(rows.map(() => [35, 45, 50]));
  });

  it('hold what they have until the executor is given up', async () => {
    const trace = ci([
      { framework: 'a', cpus: 1, s: 20 },
      { framework: 'b', at: 31, cpus: 4, s: 5 },
    ]);
    const run = await smallRun(trace, mode);
    // a's executor is idle from 30 to 60.
    expect(times(run)[1]).toEqual([60, 70, 75]);
  });

  it('take the executor that is free first, in order of arrival', async () => {
    const run = await smallRun(
      ci([
        { cpus: 2, s: 20 },
        { cpus: 2, s: 25 },
        { cpus: 2, s: 5 },
        { cpus: 2, s: 5 },
      ]),
      mode,
    );
    // Two fit into 4 cpus; the others get their executors, which need no cold start.
    expect(times(run)).toEqual([
      [0, 10, 30],
      [0, 10, 35],
      [30, 30, 35],
      [35, 35, 40],
    ]);
    const early = await smallRun(
      ci([
        { cpus: 1, s: 20 },
        { at: 25, cpus: 1, s: 7 },
        { at: 36, cpus: 1, s: 1 },
      ]),
      mode,
    );
    // The second build's own executor is up at 35, but the first one's is free at 30; it serves the third.
    expect(times(early).slice(1)).toEqual([
      [25, 30, 37],
      [36, 36, 37],
    ]);
  });

  it('fail without harm to the executor', async () => {
    const run = await smallRun(
      ci([
        { cpus: 1, s: 5, exit: 1 },
        { at: 20, cpus: 1, s: 5 },
      ]),
      mode,
    );
    expect(times(run)).toEqual([
      [0, 10, 15],
      [20, 20, 25],
    ]);
    expect(run.result.tasks).toMatchObject({ failed: 1, finished: 1 });
  });

  it('leave services, gangs and what fits nowhere as they are', async () => {
    const trace = ci([
      { cpus: 1, service: true },
      { cpus: 1, s: 5, tasks: 2, gang: true },
      { cpus: 9, s: 1 },
      { at: 1, cpus: 1, s: 5 },
    ]);
    const run = await smallRun(trace, { ...mode, cluster: ['cpus:4;mem:4096'] });
    expect(times(run).slice(1)).toEqual([
      [0, 0, 5],
      [0, 0, 5],
      [-1, -1, -1].map((us) => us / 1e6),
      [1, 11, 16],
    ]);
    expect(run.result.tasks).toMatchObject({ finished: 3, unschedulable: 1, unfinished: 1 });
  });

  it('with neither cold start nor keeping are tasks of their own', async () => {
    const rows: SmallRow[] = Array.from({ length: 40 }, (_, i) => ({
      at: i % 7,
      cpus: 1 + (i % 3),
      s: (i * 5) % 11,
      framework: `f${i % 3}`,
    }));
    const frameworkModel = { type: 'ci', coldStartUs: 0, keepUs: 0 } as const;
    const batch = await smallRun(smallTrace(rows), mode);
    const pooled = await smallRun({ ...smallTrace(rows), frameworkModel }, mode);
    const ends = (run: SmallRun) => run.result.tasks;
    expect(ends(pooled)).toEqual(ends(batch));
    expect(times(pooled).every(([start, running]) => start >= 0 && running >= start)).toBe(true);
  });
});
