import { describe, expect, it } from 'vitest';
import { Resources } from '../../src/cluster/resources/resources.js';
import { jobRuns } from '../../src/metrics/jobs.js';
import type { RecorderOptions } from '../../src/metrics/recorder.js';
import { summarise, type RunSummary, type SummaryInput } from '../../src/metrics/summary.js';
import { TaskFlag } from '../../src/workloads/trace.js';
import { HandDriven, second, type Row } from './hand-made.js';

const timing = {
  wallSeconds: 1,
  engineCpuSeconds: 1,
  eventsPerSecond: 5,
  cycleP50Ms: null,
  cycleP99Ms: null,
  peakMemoryBytes: 1,
};

function summaryOf(run: HandDriven, changes: Partial<SummaryInput> = {}): RunSummary {
  return summarise({
    recorder: run.recorder,
    jobs: jobRuns(run.recorder),
    shapes: run.shapes,
    endUs: run.recorder.lastChangeUs,
    events: 5,
    seed: '1',
    allocator: 'drf',
    traceFile: { path: 'x.csv', sha256: 'ab' },
    end: 'done',
    unschedulable: [],
    unfinished: [],
    timing,
    ...changes,
  });
}

const cpus = (count: number): Resources => Resources.plain(count * 1000, 0);
const drive = (rows: Row[], cluster: Resources, options: Partial<RecorderOptions> = {}): HandDriven =>
  new HandDriven(rows, cluster, options);

describe('waits', () => {
  it('are those of the worked fifo example', () => {
    // semantics-notes section 7: starts 0, 10, 10, 15, 15; mean wait 6 s; makespan 16 s.
    const rows: Row[] = [
      { submit: 0, cpus: 3, duration: 10 },
      { submit: 0, cpus: 2, duration: 0 },
      { submit: 0, cpus: 1, duration: 5 },
      { submit: 10, cpus: 4, duration: 0 },
      { submit: 10, cpus: 1, duration: 1 },
    ];
    const run = drive(rows, cpus(4));
    run.submit(0, 0, 1, 2);
    run.submit(10, 3, 4);
    [0, 10, 10, 15, 15].forEach((start, task) => run.launch(start, task));
    [10, 10, 15, 15, 16].forEach((end, task) => run.end(end, task));
    const summary = summaryOf(run);
    expect(summary.wait).toEqual({ mean: 6, p50: 5, p95: 10, p99: 10, max: 10 });
    expect(summary.timeToRunning).toEqual(summary.wait);
    expect(summary.makespan).toBe(16);
    expect(summary.jct).toEqual({ mean: 9.2, p50: 10, p95: 15, p99: 15, max: 15 });
    // Only task 2 takes more than ten seconds in all, of which it runs five.
    expect(summary.slowdown).toEqual({ mean: 1.1, p50: 1, p95: 1.5, p99: 1.5, max: 1.5 });
  });

  it('of jobs run from the first submit to the first launch; a job is done with its last task', () => {
    const rows: Row[] = [
      { submit: 2, job: 'j', duration: 20 },
      { submit: 1, job: 'j', duration: 5 },
      { submit: 9, job: 'k', duration: 1 },
    ];
    const run = drive(rows, cpus(4));
    run.submit(2, 0, 1);
    run.submit(9, 2);
    run.launch(5, 1);
    run.launch(31, 0);
    run.launch(9, 2);
    run.end(10, 1);
    run.end(51, 0);
    run.end(10, 2);
    const { jobs, jct, slowdown } = summaryOf(run);
    expect(jobs).toMatchObject({ submitted: 2, started: 2, finished: 2 });
    expect(jobs.wait).toEqual({ mean: 2, p50: 4, p95: 4, p99: 4, max: 4 });
    expect(jct.max).toBe(50);
    expect(slowdown.max).toBe(2.5);
  });
});

describe('outcomes', () => {
  const rows: Row[] = Array.from({ length: 9 }, (_, task) => ({ job: task < 7 ? `j${task}` : 'j1' }));

  it('of tasks add up to what was submitted', () => {
    const run = drive(rows, cpus(4), { unschedulable: [8] });
    run.submit(0, 0, 1, 2, 3, 4, 5, 8);
    for (const task of [0, 1, 2, 3]) run.launch(0, task);
    run.end(1, 0);
    run.end(1, 1, 'TASK_FAILED');
    run.end(1, 2, 'TASK_GONE');
    run.recorder.endedUnlaunched(4, 'TASK_ERROR', second);
    run.recorder.endedUnlaunched(5, 'TASK_KILLED', second);
    const { tasks, jobs } = summaryOf(run, { end: 'until', endUs: 2 * second });
    expect(tasks).toEqual({
      submitted: 7,
      started: 4,
      finished: 1,
      failed: 1,
      killed: 1,
      error: 1,
      lost: 1,
      unfinished: 1,
      unschedulable: 1,
    });
    // Job j1 has a failed task, one that has not arrived and one that never can start: the last decides.
    expect(jobs).toMatchObject({ submitted: 6, finished: 1, failed: 0, unfinished: 1, unschedulable: 1 });
  });

  it('name what fits no agent, whichever framework it is of', () => {
    const large: Row[] = [{ cpus: 99 }, { cpus: 1 }, { cpus: 50, mem: 10 }];
    const run = drive(large, cpus(4), { unschedulable: [0, 2] });
    const [role, constraint, reason] = [0, -1, 'too large'];
    const unschedulable = [
      { role, constraint, reason, shape: 0, count: 3 },
      { role, constraint, reason, shape: 2, count: 1 },
      { role, constraint, reason, shape: 0, count: 2 },
    ];
    const named = { role: '*', constraint: null, reason };
    expect(summaryOf(run, { unschedulable }).unschedulable).toEqual([
      { ...named, resources: 'cpus:99', tasks: 5 },
      { ...named, resources: 'cpus:50;mem:10', tasks: 1 },
    ]);
  });

  it('of a run without a single start are null, not zero', () => {
    const summary = summaryOf(drive([{}], cpus(4)));
    expect(summary.makespan).toBeNull();
    expect(summary.wait.mean).toBeNull();
    expect(summary.utilization).toEqual({ cpus: 0 });
  });
});

describe('resources', () => {
  it('are used and offered over the makespan', () => {
    const run = drive([{ cpus: 2, duration: 10 }], cpus(4));
    const offer = { id: 0, framework: 0, role: 0, agent: 0, resources: cpus(4), ask: undefined };
    run.submit(5, 0);
    run.recorder.offersMade([offer], 3 * second);
    run.recorder.offerClosed(offer, 'accepted', 5 * second);
    run.launch(5, 0);
    run.end(15, 0);
    // The last acknowledgement comes later; the run is over with its last end.
    const summary = summaryOf(run, { endUs: 20 * second });
    expect(summary.utilization.cpus).toBeCloseTo((2 * 10) / (4 * 15), 12);
    expect(summary.offeredOrAllocated.cpus).toBeCloseTo((2 * 10 + 4 * 2) / (4 * 15), 12);
  });

  it('are averaged up to the cut in a run that was cut', () => {
    const run = drive([{ cpus: 2, duration: 100 }], cpus(4));
    run.submit(0, 0);
    run.launch(0, 0);
    const summary = summaryOf(run, { endUs: 40 * second, end: 'until' });
    expect(summary.utilization.cpus).toBe(0.5);
  });

  it('are asked for by the load: demand over capacity while tasks arrive', () => {
    const arrivals: Row[] = [0, 10, 20].map((submit) => ({ submit, cpus: 2, duration: 10 }));
    expect(summaryOf(drive(arrivals, cpus(4))).load.cpus).toBeCloseTo((3 * 2 * 10) / (4 * 20), 12);
    const burst: Row[] = [{ duration: 100 }, { duration: 100 }];
    expect(summaryOf(drive(burst, cpus(1))).load.cpus).toBe(2);
    const service: Row[] = [...burst, { cpus: 0.5, flags: TaskFlag.service, duration: 0 }];
    expect(summaryOf(drive(service, cpus(1))).load.cpus).toBe(2.5);
    expect(summaryOf(drive([...burst, { cpus: 9 }], cpus(1), { unschedulable: [2] })).load.cpus).toBe(2);
  });
});

describe('fairness', () => {
  const two: Row[] = [
    { role: 'a', cpus: 3 },
    { role: 'b', cpus: 1 },
    { role: 'b', cpus: 9 },
  ];

  it('of one role is perfect: there is nobody to compare it with', () => {
    const { fairness, roles } = summaryOf(drive([{}], cpus(4)));
    expect(fairness).toEqual({ jain: 1, dominantShareDeviation: 0, minMaxShare: 1 });
    expect(roles).toMatchObject([{ name: '*', weight: 1, share: 0, fairShare: null, shareOfFair: null }]);
  });

  it('compares what roles held with what DRF would have given them', () => {
    const run = drive(two, cpus(4));
    run.submit(0, 0, 1, 2);
    run.launch(0, 0);
    run.launch(0, 1);
    run.end(10, 0);
    run.end(10, 1);
    // Fair is a half each: a wants 3 of 4 cpus, b 10. Held: three quarters and a quarter.
    const { fairness, roles } = summaryOf(run, { end: 'until' });
    expect(roles.map(({ share, fairShare, shareOfFair }) => [share, fairShare, shareOfFair])).toEqual([
      [0.75, 0.5, 1.5],
      [0.25, 0.5, 0.5],
    ]);
    expect(fairness).toEqual({ jain: 4 / (2 * 2.5), dominantShareDeviation: 0.25, minMaxShare: 1 / 3 });
  });

  it('measures against the weights', () => {
    const run = drive(two, cpus(4), { weights: new Map([['a', 3]]) });
    run.submit(0, 0, 1, 2);
    run.launch(0, 0);
    run.launch(0, 1);
    run.end(10, 0);
    const { fairness } = summaryOf(run, { end: 'until' });
    expect(fairness).toEqual({ jain: 1, dominantShareDeviation: 0, minMaxShare: 1 });
  });

  it('does not blame a role for what it did not want', () => {
    const run = drive(
      [
        { role: 'a', cpus: 1 },
        { role: 'b', cpus: 2 },
      ],
      cpus(4),
    );
    run.submit(0, 0);
    run.launch(0, 0);
    run.submit(10, 1);
    run.launch(10, 1);
    run.end(20, 0);
    run.end(30, 1);
    const { fairness, roles } = summaryOf(run);
    expect(fairness).toEqual({ jain: 1, dominantShareDeviation: 0, minMaxShare: 1 });
    expect(roles[0].share).toBeCloseTo((0.25 * 20) / 30, 12);
  });

  it('counts a role that waits and gets nothing', () => {
    const run = drive(
      [
        { role: 'a', cpus: 4 },
        { role: 'b', cpus: 4 },
      ],
      cpus(4),
    );
    run.submit(0, 0, 1);
    run.launch(0, 0);
    run.end(10, 0);
    const { fairness } = summaryOf(run, { end: 'until' });
    expect(fairness).toEqual({ jain: 0.5, dominantShareDeviation: 0.5, minMaxShare: 0 });
  });
});

describe('nested roles', () => {
  it('are compared as parts of their top-level role, and listed each for itself', () => {
    const rows: Row[] = [
      { role: 'eng/a', cpus: 1 },
      { role: 'eng/b', cpus: 1 },
      { role: 'ops', cpus: 2 },
    ];
    const run = drive(rows, cpus(4));
    run.submit(0, 0, 1, 2);
    for (const task of [0, 1, 2]) run.launch(0, task);
    for (const task of [0, 1, 2]) run.end(10, task);
    const { fairness, roles } = summaryOf(run);
    expect(fairness).toEqual({ jain: 1, dominantShareDeviation: 0, minMaxShare: 1 });
    expect(roles.map(({ name, share, fairShare }) => [name, share, fairShare])).toEqual([
      ['eng/a', 0.25, 0.25],
      ['eng/b', 0.25, 0.25],
      ['ops', 0.5, 0.5],
    ]);
  });

  it('have a fair share of what is due to the role above them, by their own weights', () => {
    const rows: Row[] = [
      { role: 'eng/a', cpus: 4 },
      { role: 'eng/b', cpus: 4 },
      { role: 'ops', cpus: 4 },
    ];
    const weights = new Map([
      ['eng', 3],
      ['eng/b', 2],
    ]);
    const run = drive(rows, cpus(4), { weights });
    run.submit(0, 0, 1, 2);
    run.launch(0, 0);
    run.end(10, 0);
    const { roles } = summaryOf(run, { end: 'until' });
    // eng is due 3/4 of the cluster, and b two thirds of that.
    const shares = roles.map(({ name, share, fairShare, shareOfFair }) => [
      name,
      share,
      fairShare,
      shareOfFair,
    ]);
    expect(shares).toEqual([
      ['eng/a', 1, expect.closeTo(0.25, 9), expect.closeTo(4, 9)],
      ['eng/b', 0, expect.closeTo(0.5, 9), 0],
      ['ops', 0, expect.closeTo(0.25, 9), 0],
    ]);
  });
});

describe('the end', () => {
  it.each([
    ['done', false, false],
    ['until', false, false],
    ['stalled', false, true],
    ['interrupted', true, false],
  ] as const)('%s: partial %s, stalled %s', (end, partial, stalled) => {
    expect(summaryOf(drive([{}], cpus(4)), { end })).toMatchObject({ partial, stalled });
  });
});

describe('tables', () => {
  it('have the tasks of each role and framework', () => {
    const rows: Row[] = [
      { role: 'x', framework: 'f', submit: 1 },
      { role: 'y', framework: 'g', submit: 1 },
      { role: 'x', framework: 'g', submit: 3 },
    ];
    const run = drive(rows, cpus(4));
    run.submit(3, 0, 1, 2);
    run.launch(3, 0);
    run.launch(7, 2);
    const { roles, frameworks } = summaryOf(run, { end: 'until' });
    expect(roles.map(({ name, tasks, wait }) => [name, tasks.submitted, tasks.started, wait.max])).toEqual([
      ['x', 2, 2, 4],
      ['y', 1, 0, null],
    ]);
    expect(frameworks.map(({ name, tasks, wait }) => [name, tasks.submitted, wait.mean])).toEqual([
      ['f', 1, 2],
      ['g', 2, 4],
    ]);
  });
});

describe('the keys', () => {
  it('are those that docs/metrics.md defines', () => {
    expect(Object.keys(summaryOf(drive([{}], cpus(4))))).toEqual([
      'tasks',
      'jobs',
      'wait',
      'timeToRunning',
      'jct',
      'slowdown',
      'makespan',
      'endedAt',
      'load',
      'utilization',
      'offeredOrAllocated',
      'fairness',
      'offers',
      'allocationCycles',
      'events',
      'decisionHash',
      'seed',
      'allocator',
      'trace',
      'partial',
      'stalled',
      'roles',
      'frameworks',
      'unschedulable',
      'unfinished',
      'timing',
    ]);
  });
});
