import { describe, expect, test } from 'vitest';
import { detectFormat } from '../../src/workloads/formats/detect.js';
import type { ReadTraceOptions } from '../../src/workloads/formats/format.js';
import { swimFormat } from '../../src/workloads/formats/swim.js';
import { faultOf, readText, taskOf } from './read-text.js';

const mib = 2 ** 20;
const job = (name: string, submit: number, ...bytes: number[]) =>
  `${[name, submit, 0, ...bytes].join('\t')}\n`;
const read = (text: string, options?: ReadTraceOptions) => readText(swimFormat, text, options);
const settings = (values: Record<string, string>) => ({ settings: new Map(Object.entries(values)) });

describe('a workload of SWIM', () => {
  test('is known by six columns parted by tabs', () => {
    const known = (text: string) => detectFormat('x', new TextEncoder().encode(text), true);
    expect(known(job('job0', 49, 0, 0, 3))).toBe(swimFormat);
    expect(() => known('job0\t49\t0\t0\tx\t3\n')).toThrow('this is no trace that Agora knows');
  });

  test('becomes maps, and reduces that come when the maps could have ended', () => {
    // 200 MiB of input: 2 maps that read 100 and write 50 MiB each; 100 MiB of shuffle data: 1 reduce that writes 20.
    const trace = read(job('job7', 10, 200 * mib, 100 * mib, 20 * mib));
    const shared = { cpus: 1, mem: 1024, framework: 'default', role: '*', job: 'job7', flags: 0 };
    expect([0, 1, 2].map((task) => taskOf(trace, task))).toEqual([
      { submit: 10, duration: 20, ...shared },
      { submit: 10, duration: 20, ...shared },
      { submit: 30, duration: 17, ...shared },
    ]);
    expect(trace).toMatchObject({ rowCount: 1, jobCount: 1, taskCount: 3 });
  });

  test('has one map for a job without input, and no reduce without shuffle data', () => {
    const trace = read(
      job('a', 0, 0, 0, 30 * mib) + job('b', 1, 128 * mib, 0, 0) + job('c', 2, 128 * mib + 1, 0, 0),
    );
    expect([...trace.job]).toEqual([0, 1, 2, 2]);
    expect([...trace.durationUs].slice(0, 2)).toEqual([8e6, 17.8e6]);
  });

  test('can be told other rates, and tenants that the jobs are dealt to', () => {
    const text = job('a', 0, 128 * mib, 0, 0) + job('b', 1, 1, 0, 0) + job('c', 2, 1, 0, 0);
    const trace = read(
      text,
      settings({ map_mb: '64', mb_per_s: '64', start_s: '0', cpus: '0.5', mem: '2', tenants: '2' }),
    );
    expect(trace.taskCount).toBe(4);
    expect(taskOf(trace, 0)).toMatchObject({ duration: 1, cpus: 0.5, mem: 2, framework: 'tenant-1' });
    expect([...trace.framework]).toEqual([0, 0, 1, 0]);
  });

  test.each([
    ['a\t1\t2\n', 't:1: the line has 3 fields parted by tabs; a job of SWIM has 6.'],
    ['a\tx\t0\t1\t1\t1\n', 't:1: the submit time (column 2) is "x"; it is a number of seconds, 0 or more.'],
    ['a\t1\t0\t1\t-1\t1\n', 't:1: the shuffle (column 5) is "-1"; it is a whole number of bytes.'],
    ['a\t1\t0\t1\t1\t\n', 't:1: the output (column 6) is empty; it is a whole number of bytes.'],
  ])('has no row such as %j', (row, message) => {
    expect(faultOf(() => read(row)).split('\n', 1)[0]).toBe(message);
    expect(Object.values(read(row, { skipBadRows: true }).dropped)).toEqual([1]);
  });

  test.each<[Record<string, string>, string]>([
    [
      { map_mb: '0' },
      '--format swim: map_mb is "0"; it is a number from 1 to 1000000 (input of one map task, MiB).',
    ],
    [{ tenants: '1.5' }, '--format swim: tenants is "1.5"; it is a whole number from 1 to 100000'],
    [{ maps: '1' }, '--format swim: no setting "maps"; it has map_mb, reduce_mb, '],
  ])('has no setting %j', (values, message) => {
    expect(faultOf(() => read('', settings(values)))).toContain(message);
  });

  test('is refused when it has too many tasks or lasts too long', () => {
    expect(
      faultOf(() => read(job('a', 0, Number.MAX_SAFE_INTEGER, 0, 0), settings({ map_mb: '1' }))),
    ).toContain('t:1: with this job the trace has more than 10,000,000 tasks');
    expect(faultOf(() => read(job('a', 9007199252, 1, 0, 0)))).toContain('the job ends after 9007199254 s');
  });
});
