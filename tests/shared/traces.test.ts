import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTrace } from '../../src/workloads/read-trace.js';
import { traceInfo } from '../../src/workloads/trace-info.js';
import type { Trace } from '../../src/workloads/trace.js';

const folder = join(import.meta.dirname, '../../../shared/traces');
const pathOf = (name: string) => join(folder, name);

/** Expected figures: the SOURCE.md beside each log; its mean wait and makespan are of first come, first served. */
describe('a real log is replayed by the convention', () => {
  test.each([
    {
      file: 'swf-kth-sp2/KTH-SP2-1996-2.1-cln.swf.gz',
      cpus: 100,
      jobs: 28_475,
      users: 214,
      dropped: { 'no processors': 1 },
      firstSubmit: 599_850,
      meanWait: '390083.03',
      makespan: 28_781_494,
    },
    {
      file: 'swf-coare-saliksik/DOST-ASTI_COARE-Saliksik-2020-cln.swf.gz',
      cpus: 1728,
      jobs: 19_760,
      users: 89,
      dropped: {},
      firstSubmit: 0,
      meanWait: '1712.4345',
      makespan: 16_286_890,
    },
    {
      file: 'swf-hpc2n-excerpt/hpc2n.swf',
      cpus: 240,
      jobs: 3145,
      users: 17,
      dropped: { 'run time is unknown': 25 },
      firstSubmit: 0,
      meanWait: '5627.883',
      makespan: 5_309_576,
    },
    {
      file: 'swf-lublin256/lublin_256.swf',
      cpus: 256,
      jobs: 10_000,
      users: 1,
      dropped: {},
      firstSubmit: 0,
      meanWait: '2388443.76',
      makespan: 12_482_549,
    },
  ])('$file', async ({ file, cpus, jobs, users, dropped, firstSubmit, meanWait, makespan }) => {
    const trace = await readTrace(pathOf(file));
    expect(trace).toMatchObject({ format: 'swf', rowCount: jobs, taskCount: jobs, jobCount: jobs, dropped });
    expect(trace.frameworks.length).toBe(users);
    expect(trace.originUs).toBe(0);
    expect(trace.submitUs[trace.arrivalOrder?.[0] ?? 0]).toBe(0);
    if (firstSubmit > 0) expect(trace.shiftUs).toBe(firstSubmit * 1e6);
    if (trace.clusterHint !== undefined) expect(trace.clusterHint).toBe(`1*cpus:${cpus};mem:1000000`);
    const result = firstComeFirstServed(trace, cpus * 1000);
    expect(result.meanWait.toFixed(meanWait.split('.')[1].length)).toBe(meanWait);
    expect(result.makespan).toBe(makespan);
  });

  test('and its tasks can be split for smaller agents', async () => {
    const trace = await readTrace(pathOf('swf-kth-sp2/KTH-SP2-1996-2.1-cln.swf.gz'), { splitCpus: 8 });
    const whole = await readTrace(pathOf('swf-kth-sp2/KTH-SP2-1996-2.1-cln.swf.gz'));
    expect(traceInfo(trace).largest.cpus).toBe(8);
    expect(traceInfo(trace).total.cpus).toBe(traceInfo(whole).total.cpus);
    expect(trace.jobCount).toBe(28_475);
  });

  test.each([
    ['group', 'group-'],
    ['queue', 'queue-'],
    ['none', 'default'],
  ])('its tenants are %s', async (tenant, prefix) => {
    const { frameworks } = await readTrace(pathOf('swf-hpc2n-excerpt/hpc2n.swf'), { tenant });
    for (const framework of frameworks) expect(framework.startsWith(prefix)).toBe(true);
  });
});

test('the small sample of the format is read', async () => {
  const trace = await readTrace(pathOf('format-samples/trace.swf'));
  expect(trace).toMatchObject({ taskCount: 5, frameworks: ['user-97', 'user-81', 'user-38'] });
  expect([...trace.submitUs].map((us) => us / 1e6)).toEqual([0, 164_472, 197_154, 310_448, 310_541]);
});

test('what is no trace of a known format is refused by name', async () => {
  for (const file of [
    'alibaba-spot-2026/node_info_df.csv',
    'format-samples/trace.gwf',
    'philly/philly.csv.gz',
  ]) {
    await expect(readTrace(pathOf(file))).rejects.toThrow('this is no trace that Agora knows');
  }
});

/** The oldest job alone is looked at; it starts when enough processors are free. Seconds. */
function firstComeFirstServed(trace: Trace, capacityMilli: number) {
  /** Running jobs, the earliest end last. */
  const running: { endUs: number; milli: number }[] = [];
  let free = capacityMilli;
  let now = 0;
  let waits = 0n;
  let lastEndUs = 0;
  const order = trace.arrivalOrder ?? trace.submitUs.keys();
  for (const task of order) {
    const milli = trace.shapes[trace.shape[task]].cpusMilli;
    now = Math.max(now, trace.submitUs[task]);
    while (free < milli || (running.at(-1)?.endUs ?? Infinity) <= now) {
      const ended = running.pop()!;
      now = Math.max(now, ended.endUs);
      free += ended.milli;
    }
    const endUs = now + trace.durationUs[task];
    const after = running.findLastIndex((other) => other.endUs >= endUs);
    running.splice(after + 1, 0, { endUs, milli });
    free -= milli;
    waits += BigInt(now - trace.submitUs[task]);
    lastEndUs = Math.max(lastEndUs, endUs);
  }
  return {
    meanWait: Number(waits) / trace.taskCount / 1e6,
    makespan: (lastEndUs - trace.originUs) / 1e6,
  };
}

/** Expected figures: the SOURCE.md beside the files, and counts by awk. */
describe('Alibaba GPU 2023', () => {
  const pods = (name: string) => pathOf(`alibaba-gpu-2023/openb_pod_list_${name}.csv`);

  test('keeps the pods that were scheduled', async () => {
    const trace = await readTrace(pods('default'));
    expect(trace).toMatchObject({
      format: 'alibaba-gpu-2023',
      rowCount: 7255,
      taskCount: 7255,
      dropped: { 'never scheduled': 897 },
    });
    expect([...trace.roles].sort()).toEqual(['BE', 'Burstable', 'Guaranteed', 'LS']);
    expect(traceInfo(trace).largest.gpus).toBe(8);
    expect(trace.exit?.reduce((sum, exit) => sum + exit, 0)).toBe(1870);
    expect(trace.arrivalOrder).toBeUndefined();
  });

  test('has variants: unsorted, with gpu models', async () => {
    expect((await readTrace(pods('cpu050'))).arrivalOrder).toBeDefined();
    const specs = await readTrace(pods('gpuspec33'));
    expect(traceInfo(specs).constrained).toBe(2092);
    expect(specs.constraints.every((text) => text.startsWith('gpu_model='))).toBe(true);
  });

  test('has files that are no trace, which say so', async () => {
    await expect(readTrace(pods('multigpu20'))).rejects.toThrow('the pods have no times');
    const nodes = pathOf('alibaba-gpu-2023/openb_node_list_all_node.csv');
    await expect(readTrace(nodes)).rejects.toThrow('this is the list of nodes');
  });
});

test('SWIM: a map per block of input, a job per line', async () => {
  const trace = await readTrace(pathOf('swim-facebook/FB-2009_samples_24_times_1hr_0.tsv'));
  expect(trace).toMatchObject({ format: 'swim', rowCount: 5894, jobCount: 5894, dropped: {} });
  expect(traceInfo(trace)).toMatchObject({ firstSubmit: 49, roles: 1, frameworks: 1 });
  const head = await readTrace(pathOf('swim-facebook/FB-2009_samples_24_times_1hr_0_first50jobs.tsv'));
  expect(head).toMatchObject({ rowCount: 50, taskCount: 216 });
});
