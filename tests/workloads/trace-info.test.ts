import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { demandOf } from '../../src/workloads/demand.js';
import { defaultCluster } from '../../src/workloads/default-cluster.js';
import { traceInfo } from '../../src/workloads/trace-info.js';
import { readCsv } from './read-text.js';

const header = 'submit_s,duration_s,cpus,mem';
const traceOf = (rows: string, columns = '') => readCsv(`${header}${columns}\n${rows}\n`);

describe('concurrent demand', () => {
  test('of a small example, by hand', () => {
    // cpus over time: 0-4: 1, 4-10: 3, 10-14: 2, 14-20: 0, 20-21: 5.
    const trace = traceOf('0,10,1,10\n4,10,2,20\n20,1,5,0');
    const { firstSubmitUs, lastSubmitUs, lastEndUs, peakMilli, p95Milli } = demandOf(trace);
    expect([firstSubmitUs, lastSubmitUs, lastEndUs]).toEqual([0, 20e6, 21e6]);
    expect(peakMilli).toEqual({ cpus: 5000, mem: 30_000, disk: 0, gpus: 0 });
    // In 20 s 3 cpus are not passed at all; in 21 s 95% are 19.95 s, and 5 cpus are asked for in the last one only.
    expect(p95Milli).toEqual({ cpus: 3000, mem: 30_000, disk: 0, gpus: 0 });
  });

  test('at one instant ends come before starts', () => {
    expect(demandOf(traceOf('0,5,1,1\n5,5,1,1')).peakMilli.cpus).toBe(1000);
  });

  test('counts tasks of no time in the peak of their instant', () => {
    const { peakMilli, p95Milli } = demandOf(traceOf('0,10,1,1\n5,0,2,1\n5,0,3,1\n6,0,4,1'));
    expect(peakMilli.cpus).toBe(6000);
    expect(p95Milli.cpus).toBe(1000);
    expect(demandOf(traceOf('3,0,2,1\n3,0,1,1')).p95Milli.cpus).toBe(3000);
  });

  test('of a service goes on to the end of the trace, whatever its duration says', () => {
    const info = traceInfo(traceOf('0,1,2,1,service\n10,10,1,1,batch', ',kind'));
    expect(info).toMatchObject({ services: 1, lastEnd: 20, duration: { max: 10 } });
    expect(info.total.cpus).toBe(2 * 20 + 10);
    expect(info.peak.cpus).toBe(3);
  });

  test('is not thinned out by one task that runs for weeks after the others', () => {
    const day = Array.from({ length: 100 }, (_, i) => `${i * 864},8640,1,1`).join('\n');
    expect(demandOf(traceOf(`${day}\n86400,2600000,1,1`)).p95Milli.cpus).toBe(10_000);
  });

  test('of a burst counts in full', () => {
    expect(demandOf(traceOf('0,100,1,1\n1,100,9,1\n1,100,9,1')).p95Milli.cpus).toBe(19_000);
  });

  test('is what counting second by second finds', () => {
    const row = fc.record({ at: fc.nat(20), s: fc.nat(20), cpus: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 15 }), (rows) => {
        const trace = traceOf(rows.map(({ at, s, cpus }) => `${at},${s},${cpus},0`).join('\n'));
        const demand = demandOf(trace);
        const first = Math.min(...rows.map(({ at }) => at));
        const last = Math.max(...rows.map(({ at }) => at));
        const end = Math.max(...rows.map(({ at, s }) => at + s));
        const levels = (to: number) =>
          Array.from({ length: to - first }, (_, i) =>
            rows.reduce(
              (sum, { at, s, cpus }) => sum + (at <= first + i && first + i < at + s ? cpus : 0),
              0,
            ),
          ).sort((a, b) => a - b);
        const p95 = (sorted: number[]) => sorted[Math.ceil(sorted.length * 0.95 - 1e-9) - 1] ?? 0;
        if (end > first) {
          expect(demand.p95Milli.cpus).toBe(1000 * Math.max(p95(levels(last)), p95(levels(end))));
        }
        const area = rows.reduce((sum, { s, cpus }) => sum + s * cpus, 0);
        expect(traceInfo(trace).total.cpus).toBe(area);
        const atSubmits = rows.map(({ at }) =>
          rows.reduce((sum, other) => {
            const isThere = other.at <= at && (at < other.at + other.s || other.at === at);
            return sum + (isThere ? other.cpus : 0);
          }, 0),
        );
        expect(demand.peakMilli.cpus).toBe(1000 * Math.max(...atSubmits));
      }),
    );
  });
});

describe('figures', () => {
  test('of a trace with a bit of everything', () => {
    const text = `# cluster: 3*cpus:4;mem:10\n${header},tasks,gang,framework,role,job,constraint,user\n
0,10,1,1.5,3,1,a,r,j,rack=r1,u\n5,20,2,1,1,0,b,*,j,,u\nx,1,1,1,1,0,a,r,j,,u\n`;
    expect(traceInfo(readCsv(text, { skipBadRows: true }))).toEqual({
      format: 'csv',
      rows: 2,
      dropped: { 'bad submit_s': 1 },
      tasks: 4,
      services: 0,
      gangs: 1,
      jobs: 2,
      frameworks: 2,
      roles: 2,
      constrained: 3,
      firstSubmit: 0,
      lastSubmit: 5,
      lastEnd: 25,
      duration: { mean: 12.5, p50: 10, p95: 20, max: 20 },
      largest: { cpus: 2, mem: 1.5, disk: 0, gpus: 0 },
      peak: { cpus: 5, mem: 5.5, disk: 0, gpus: 0 },
      p95: { cpus: 5, mem: 5.5, disk: 0, gpus: 0 },
      total: { cpus: 70, mem: 65, disk: 0, gpus: 0 },
      labels: ['user'],
      cluster: '3*cpus:4;mem:10',
      notices: ['Columns without a meaning here, kept as labels: user.'],
    });
  });

  test('in all are exact where doubles are not', () => {
    // 1000 tasks of 2^53 - 1 microseconds and 10^9 + 1/1000 cpus: the sum has 31 digits.
    const trace = traceOf('0,9007199254.740991,999999999.999,1,1000', ',tasks');
    const exact = 9_007_199_254_740_991n * 999_999_999_999n * 1000n;
    expect(traceInfo(trace).total.cpus).toBe(Number(exact) / 1e9);
    expect(traceInfo(trace).duration.mean).toBe(9_007_199_254.740_991);
  });
});

describe('the default cluster', () => {
  test('has the smallest agents that hold the largest task, and 95% of demand is 80% of it', () => {
    // 40 cpus and 40 GB at once: 12.5 agents of 4 cpus, 3.1 of 16 GB.
    const rows = Array.from({ length: 40 }, () => '0,100,1,1024').join('\n');
    const cluster = defaultCluster(traceOf(rows));
    expect(cluster).toMatchObject({ count: 13, text: '13*cpus:4;mem:16384' });
    expect(cluster.explanation).toContain('80% of the cpus');
    expect(defaultCluster(traceOf(`${rows}\n0,0,1,16385`)).text).toBe('7*cpus:8;mem:32768');
  });

  test('looks at the scarcest resource, and has disk and gpus only where they are asked for', () => {
    const cluster = defaultCluster(traceOf('0,100,1,1024,1000,3,10', ',disk,gpus,tasks'));
    // 30 gpus at once; 3 in one task take an agent of 32 cpus, which has 4.
    expect(cluster.text).toBe('10*cpus:32;mem:131072;disk:524288;gpus:4');
    expect(cluster.explanation).toContain('of the gpus');
  });

  test('is made to measure for a task that no listed agent holds', () => {
    expect(defaultCluster(traceOf('0,1,1000.5,100')).text).toBe('2*cpus:1001;mem:1048576');
  });

  test('holds the largest gang', () => {
    // A gang of 100 cpus for a second, in a trace that mostly idles.
    const rows = '0,1,2,1,50,1\n1,1,1,1,1,0\n1000,1,1,1,1,0';
    const cluster = defaultCluster(traceOf(rows, ',tasks,gang'));
    expect(cluster.text).toBe('25*cpus:4;mem:16384');
    expect(cluster.explanation).toContain('gang');
  });

  test('has one agent at least', () => {
    expect(defaultCluster(traceOf('0,0,1,1')).count).toBe(1);
  });
});
