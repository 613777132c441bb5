import { expect, test } from 'vitest';
import { formatTraceInfo } from '../../src/report/trace-info-text.js';
import { traceInfo } from '../../src/workloads/trace-info.js';
import { readCsv } from '../workloads/read-text.js';

test('the figures of a trace fit a terminal, with units, aligned', () => {
  const text = `# cluster: 3*cpus:4;mem:10000
submit_s,duration_s,cpus,mem,tasks,gang,kind,constraint,framework
3,7200,1,1500,3,1,,,a
0,600,2.5,20000,1000,,,rack=r1,b
5,0,1,1,1,,service,,a
-1,0,1,1,1,,,,a
`;
  const trace = { ...readCsv(text, { skipBadRows: true }), path: 'x.csv', sha256: 'abc' };
  expect(formatTraceInfo(traceInfo(trace))).toBe(`\
trace      x.csv · csv · 3 rows · 1,004 tasks
           3 jobs · 2 frameworks · 1 role
           1 service · 1 gang · 1,000 tasks with a constraint
submits    0 s to 5 s
ends       by 2h 00m on a cluster without limits
duration   mean 10m 20s · p50 10m 00s · p95 10m 00s · longest 2h 00m
cluster    3*cpus:4;mem:10000 (in the file)
left out   1 row: bad submit_s
sha256     abc
note       The rows are not in order of submit time: sorted, ties in file order.

           largest task  p95 at once  peak at once     in all
cpus                2.5        2,504         2,504  425 cpu h
mem             19.5 GB      19.1 TB       19.1 TB   3.2 TB h
`);
});

test('what is not there is not shown', () => {
  const text = formatTraceInfo(traceInfo(readCsv('submit_s,duration_s,cpus,mem\n0,10,1,0\n')));
  expect(text).toBe(`\
trace      csv · 1 row · 1 task
           1 job · 1 framework · 1 role
submits    0 s to 0 s
ends       by 10 s on a cluster without limits
duration   mean 10 s · p50 10 s · p95 10 s · longest 10 s

           largest task  p95 at once  peak at once    in all
cpus                  1            1             1  10 cpu s
`);
});
