import { describe, expect, test } from 'vitest';
import { TaskFlag } from '../../src/workloads/trace.js';
import { faultOf, readSwf, taskOf } from './read-text.js';

interface Job {
  readonly job?: number | string;
  readonly submit?: number | string;
  readonly run?: number | string;
  readonly allocated?: number | string;
  readonly usedMemory?: number;
  readonly requested?: number | string;
  readonly estimate?: number;
  readonly status?: number;
  readonly user?: number;
  readonly group?: number;
  readonly queue?: number;
}

/** A line of a log; what is not said is unknown, run time and processors apart. */
function line(job: Job): string {
  const { submit = 0, run = 10, allocated = 1, usedMemory = -1, requested = -1, estimate = -1 } = job;
  const { status = 1, user = -1, group = -1, queue = -1 } = job;
  const measured = [job.job ?? 1, submit, -1, run, allocated, -1, usedMemory];
  return [...measured, requested, estimate, -1, status, user, group, -1, queue, -1, -1, -1].join(' ');
}

const log = (...jobs: readonly Job[]) => jobs.map(line).join('\n') + '\n';

describe('jobs', () => {
  test('become one task each, as wide as the processors allocated', () => {
    const trace = readSwf(
      log({ job: 15, submit: 100, run: 7, allocated: 4, requested: 8, estimate: 60, user: 3 }),
    );
    expect(taskOf(trace, 0)).toEqual({
      submit: 0,
      duration: 7,
      cpus: 4,
      mem: 0,
      framework: 'user-3',
      role: '*',
      job: '15',
      flags: 0,
    });
    expect(trace).toMatchObject({ format: 'swf', originUs: 0, shiftUs: 100e6, notices: [] });
    expect(trace.estimateUs![0]).toBe(60e6);
  });

  test('are kept if the run time is known and there are processors, whatever the status', () => {
    const trace = readSwf(
      log(
        { job: 1, run: -1 },
        { job: 2, allocated: -1, requested: 3 },
        { job: 3, allocated: 0, requested: 0 },
        { job: 4, allocated: 0, requested: 5, status: 5 },
        { job: 5, allocated: -1, requested: -1 },
        { job: 6, run: 0, status: 0 },
        { job: 7, run: '-1', submit: 'unknown' },
      ),
    );
    expect(trace.jobNames).toEqual(['2', '4', '6']);
    expect(trace.shapes.map(({ cpusMilli }) => cpusMilli)).toEqual([3000, 5000, 1000]);
    expect(trace.durationUs[2]).toBe(0);
    expect(trace.dropped).toEqual({ 'run time is unknown': 2, 'no processors': 2 });
  });

  test('count time from the first submit of a kept job', () => {
    const trace = readSwf(log({ submit: 5, run: -1 }, { submit: 600 }, { submit: 600.25, run: 1.5 }));
    expect([...trace.submitUs]).toEqual([0, 250_000]);
    expect(trace.durationUs[1]).toBe(1.5e6);
    expect(trace.shiftUs).toBe(600e6);
  });

  test('out of order count from the earliest of them, so that no time is negative', () => {
    const trace = readSwf(log({ submit: 20 }, { submit: 10 }));
    expect([...trace.submitUs]).toEqual([10e6, 0]);
    expect([...trace.arrivalOrder!]).toEqual([1, 0]);
  });

  test('of the same number are different jobs', () => {
    expect([...readSwf(log({ job: 1 }, { job: 1 })).job]).toEqual([0, 1]);
  });

  test('wider than --split-cpus become a gang', () => {
    const trace = readSwf(log({ allocated: 10 }), { splitCpus: 4 });
    expect([0, 1, 2].map((task) => taskOf(trace, task).cpus)).toEqual([4, 4, 2]);
    expect([...trace.flags]).toEqual([TaskFlag.gang | TaskFlag.gangStart, TaskFlag.gang, TaskFlag.gang]);
    expect(trace.jobCount).toBe(1);
  });

  test('with memory figures are said to be replayed without', () => {
    expect(readSwf(log({ usedMemory: 500 })).notices.join()).toContain('memory');
  });
});

describe('--tenant', () => {
  test.each([
    [undefined, ['user-7', 'user-8', 'user-unknown']],
    ['group', ['group-1', 'group-unknown']],
    ['queue', ['queue-0']],
    ['partition', ['partition-unknown']],
    ['none', ['default']],
  ])('%s', (tenant, frameworks) => {
    const jobs = [{ user: 7, group: 1 }, { user: 8 }, { user: 7 }, { user: -1 }].map((job) => ({
      ...job,
      queue: 0,
    }));
    expect(readSwf(log(...jobs), { tenant }).frameworks).toEqual(frameworks);
  });

  test('that is no field is an error with the list', () => {
    expect(faultOf(() => readSwf('', { tenant: 'vc' }))).toMatch(/--tenant vc is no field.* user, group/);
  });
});

describe('the file', () => {
  const good = line({});

  test.each([
    ['CRLF and no end', `${good}\r\n${good}`],
    ['tabs and blanks in front', `  ${good.replaceAll(' ', '\t')}  \n \t\n${good}\n`],
    ['comments anywhere', `; Version: 2.2\n${good}\n;\n ; x\n${good}\n`],
  ])('is read with %s', (_, text) => {
    for (const size of [1, 7, Infinity]) expect(readSwf(text, {}, size).taskCount).toBe(2);
  });

  test('says its cluster in MaxProcs', () => {
    expect(readSwf(`; MaxProcs: 100\n;MaxNodes: 3\n${good}\n`).clusterHint).toBe('1*cpus:100;mem:1000000');
    expect(readSwf(`; MaxProcs: -1\n${good}\n`)).not.toHaveProperty('clusterHint');
  });

  test.each([
    [`; x\n1 2 3\n`, 't:2: the line has 3 fields; a job of an SWF log has 18.'],
    [`${good} 19\n`, 't:1: the line has 19 fields'],
    [log({}, { submit: 'x' }), 't:2: the submit time (field 2) is "x"'],
    [log({ submit: -1 }), 't:1: the submit time (field 2) is "-1"'],
    [log({ run: 'x' }), 't:1: the run time (field 4) is "x"'],
    [log({ run: '1e30' }), 't:1: the run time (field 4) is "1e30"'],
    [log({ allocated: 'x', requested: 1 }), 't:1: the processors (fields 5 and 8) are "x" and "1"'],
    [log({ allocated: -1, requested: 'x' }), 't:1: the processors (fields 5 and 8) are "-1" and "x"'],
    [log({ allocated: '1e10' }), 't:1: the processors'],
  ])('with a bad line stops there: %j', (text, message) => {
    expect(faultOf(() => readSwf(text))).toContain(message);
    expect(faultOf(() => readSwf(text))).toContain('--skip-bad-rows');
    const { dropped } = readSwf(text, { skipBadRows: true });
    expect(Object.values(dropped)).toEqual([1]);
  });
});
