import fc from 'fast-check';
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { nativeComments, nativeRows } from '../../src/workloads/native-rows.js';
import { emptyRow, TraceBuilder } from '../../src/workloads/trace-builder.js';
import type { Trace } from '../../src/workloads/trace.js';
import { writeCsv } from '../../src/workloads/write-csv.js';
import { faultOf, readCsv, readSwf } from './read-text.js';

async function asCsv(trace: Trace): Promise<string> {
  let text = '';
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString();
      done();
    },
  });
  await writeCsv({ comments: nativeComments(trace), ...nativeRows(trace) }, stream);
  return text;
}

/** Everything that a run can see; rows and notices are about the file. */
function tasksOf({
  format: _f,
  rowCount: _r,
  notices: _n,
  jobNames,
  labels: _l,
  shiftUs: _s,
  ...trace
}: Trace) {
  const names = jobNames ?? Array.from({ length: trace.jobCount }, (_, job) => `job-${job}`);
  return { ...trace, jobNames: names };
}

const hostile = fc.oneof(
  fc.string({ minLength: 1, unit: 'binary' }),
  fc.string({
    minLength: 1,
    unit: fc.constantFrom('"', ',', '\n', '\r', ' ', '#', '\t', '<b>', '&', "'", '🎉'),
  }),
  fc.constantFrom('a', '<script>alert(1)</script>', '=1+1', '"', "'; drop table", '__proto__'),
);
const us = fc.oneof(fc.nat(1e7), fc.nat({ max: 2 ** 52 - 1 }));
const milli = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 1e12 }));
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const row = fc.record({
  submitUs: us,
  durationUs: us,
  cpusMilli: milli,
  memMilli: fc.constantFrom(0, 1, 1024_000),
  diskMilli: fc.constantFrom(0, 0, 7),
  gpusMilli: fc.constantFrom(0, 0, 460),
  tasks: fc.integer({ min: 1, max: 4 }),
  gang: fc.boolean(),
  service: fc.boolean(),
  priority: fc.oneof(fc.constant(0), int32),
  exit: fc.oneof(fc.constant(0), int32),
  estimateUs: fc.oneof(fc.constant(-1), us),
  framework: hostile,
  role: hostile,
  job: fc.option(hostile),
  command: fc.option(hostile),
  constraint: fc.option(fc.constantFrom('rack=r1', 'rack=r1;os=a "b", c', 'é=<b>')),
});

function built(rows: readonly (typeof row extends fc.Arbitrary<infer T> ? T : never)[]): Trace {
  const builder = new TraceBuilder();
  for (const { framework, role, job, command, constraint, ...values } of rows) {
    const owner = builder.frameworks.id(framework);
    builder.add({
      ...emptyRow(),
      ...values,
      framework: owner,
      role: builder.roles.id(role),
      job: job === null ? builder.newJob() : builder.jobOf(owner, builder.jobNames.id(job)),
      command: command === null ? -1 : builder.commands.id(command),
      constraint: constraint === null ? -1 : builder.constraints.id(constraint),
    });
  }
  return builder.finish({ format: 'test' });
}

describe('a trace as native CSV', () => {
  test('is the same trace when it is read again, whatever its names', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 12 }), async (rows) => {
        const trace = built(rows);
        expect(tasksOf(readCsv(await asCsv(trace)))).toEqual(tasksOf(trace));
      }),
    );
  });

  test('has only the columns that say something, and alike tasks in one row', async () => {
    const text = 'submit_s,duration_s,cpus,mem,tasks,gang\n0,1.5,2,1024,3,1\n7,0.000001,0.5,0.001,1,0\n';
    expect(await asCsv(readCsv(text))).toBe(text);
    const plain = 'submit_s,duration_s,cpus,mem,priority,role,framework\n0,1,2,3,0,*,default\n';
    expect(await asCsv(readCsv(plain))).toBe('submit_s,duration_s,cpus,mem\n0,1,2,3\n');
  });

  test('keeps the cluster and the estimates of an SWF log', async () => {
    const log = '; MaxProcs: 64\n1 5 0 10 4 -1 -1 4 60 -1 1 7 -1 -1 -1 -1 -1 -1\n';
    const text = '# cluster: 1*cpus:64;mem:1000000\nsubmit_s,duration_s,cpus,mem,job,framework,estimate_s\n';
    expect(await asCsv(readSwf(log))).toBe(`${text}0,10,4,0,1,user-7,60\n`);
    expect(readCsv(`${text}0,10,4,0,1,user-7,60\n`).estimateUs).toEqual(Float64Array.of(60e6));
  });

  test('refuses a gang of two sizes, which a row cannot say', () => {
    const trace = readCsv('submit_s,duration_s,cpus,mem\n0,1,5,1000\n', { splitCpus: 2 });
    expect(faultOf(() => nativeRows(trace))).toBe(
      'task 0 is a gang of tasks of 2 and of 1 cpus, and a row of native CSV has tasks of one size.\n' +
        'Leave --split-cpus out here and pass it to sim run.',
    );
  });
});
