import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFixed, parseFixedBytes } from '../../src/workloads/formats/fixed-point.js';
import { TraceError } from '../../src/workloads/trace-error.js';
import { TaskFlag } from '../../src/workloads/trace.js';
import { readCsv, readSwf } from './read-text.js';

/** Any text that is not empty: quotes, commas, line ends, blanks at the ends, all of Unicode. */
const name = fc.oneof(
  fc.string({ minLength: 1, unit: 'binary' }),
  fc.string({ minLength: 1, unit: fc.constantFrom('"', ',', '\n', '\r', ' ', '#', '\t', 'é', '🎉', 'a') }),
  fc.constantFrom('a', 'b', 'c'),
);
const milli = fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: 1e12 }));
const timeUs = fc.oneof(fc.nat(1e7), fc.nat({ max: 2 ** 52 - 1 }));

const row = fc.record({
  submitUs: timeUs,
  durationUs: timeUs,
  cpusMilli: milli,
  memMilli: milli,
  framework: name,
  role: name,
  job: name,
  command: fc.option(name, { nil: '' }),
  tasks: fc.integer({ min: 1, max: 4 }),
  gang: fc.nat(1),
  priority: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  label: name,
});
type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;

const columns: Readonly<Record<string, (row: Row) => string>> = {
  submit_s: ({ submitUs }) => decimal(submitUs, 6),
  duration_s: ({ durationUs }) => decimal(durationUs, 6),
  cpus: ({ cpusMilli }) => decimal(cpusMilli, 3),
  mem: ({ memMilli }) => decimal(memMilli, 3),
  framework: (values) => field(values.framework),
  role: (values) => field(values.role),
  job: (values) => field(values.job),
  command: (values) => field(values.command),
  tasks: (values) => String(values.tasks),
  gang: (values) => String(values.gang),
  priority: (values) => String(values.priority),
  user: (values) => field(values.label),
};

const table = fc.record({
  rows: fc.array(row, { minLength: 1, maxLength: 20 }),
  order: fc.shuffledSubarray(Object.keys(columns), { minLength: Object.keys(columns).length }),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  isClosed: fc.boolean(),
});
const chunkSize = fc.integer({ min: 1, max: 60 });

describe('native CSV', () => {
  test('a table that is written and read again is the same table', () => {
    fc.assert(
      fc.property(table, chunkSize, ({ rows, order, lineEnd, isClosed }, size) => {
        const lines = [
          order.join(','),
          ...rows.map((values) => order.map((key) => columns[key](values)).join(',')),
        ];
        const trace = readCsv(lines.join(lineEnd) + (isClosed ? lineEnd : ''), {}, size);
        const expected = rows.flatMap((values) => Array.from({ length: values.tasks }, () => values));
        const jobs = new Map<string, number>();
        expected.forEach((values, task) => {
          const { cpusMilli, memMilli } = trace.shapes[trace.shape[task]];
          expect({
            submitUs: trace.submitUs[task],
            durationUs: trace.durationUs[task],
            cpusMilli,
            memMilli,
            framework: trace.frameworks[trace.framework[task]],
            role: trace.roles[trace.role[task]],
            job: trace.jobNames![trace.job[task]],
            command: trace.commands[trace.command?.[task] ?? -1] ?? '',
            priority: trace.priority?.[task] ?? 0,
            isGang: (trace.flags[task] & TaskFlag.gang) !== 0,
          }).toEqual({
            submitUs: values.submitUs,
            durationUs: values.durationUs,
            cpusMilli: values.cpusMilli,
            memMilli: values.memMilli,
            framework: values.framework,
            role: values.role,
            job: values.job,
            command: values.command,
            priority: values.priority,
            isGang: values.gang === 1 && values.tasks > 1,
          });
          const key = JSON.stringify([values.framework, values.job]);
          if (!jobs.has(key)) jobs.set(key, jobs.size);
          expect(trace.job[task]).toBe(jobs.get(key));
        });
        expect(trace).toMatchObject({ taskCount: expected.length, rowCount: rows.length, dropped: {} });
        expect(trace.frameworks).toEqual([...new Set(rows.map(({ framework }) => framework))]);
        expect([...(trace.arrivalOrder ?? expected.keys())]).toEqual(
          [...expected.keys()].sort((a, b) => expected[a].submitUs - expected[b].submitUs || a - b),
        );
      }),
    );
  });

  test('where the file is cut into chunks makes no difference, good rows or bad', () => {
    const cell = fc.oneof(
      fc.constantFrom('0', '1.5', '2', '1e2', '-1', '', '"3"', '"4', 'x"y', '"a\nb"', '"""', '\r', 'é'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    const lines = fc.array(
      fc.array(cell, { minLength: 4, maxLength: 6 }).map((cells) => cells.join(',')),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(lines, fc.constantFrom('\n', '\r\n'), chunkSize, (body, lineEnd, size) => {
        const text = ['# cluster: 1*cpus:1', 'submit_s,duration_s,cpus,mem,framework', ...body].join(lineEnd);
        const bytes = Buffer.from(text, 'latin1');
        for (const skipBadRows of [true, false]) {
          const read = (chunk: number) => outcomeOf(() => readCsv(bytes, { skipBadRows }, chunk));
          expect(read(size)).toEqual(read(Infinity));
        }
      }),
    );
  });
});

describe('anything else', () => {
  const header = Buffer.from('submit_s,duration_s,cpus,mem,framework,tasks\n');
  const csv = Buffer.from(`${header.toString()}0.5,1,2,3,"a ""b""",2\n1,2,3,4,é,1\n2,1e2,.5,6,c,1\n`);
  const swf = Buffer.from('; MaxProcs: 8\n1 0 -1 10 2 -1 -1 2 60 -1 1 7 1 -1 1 -1 -1 -1\n'.repeat(3));

  test('bytes make a trace or a TraceError, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), chunkSize, (bytes, skipBadRows, size) => {
        outcomeOf(() => readCsv(bytes, { skipBadRows }, size));
        outcomeOf(() => readCsv(Buffer.concat([header, bytes]), { skipBadRows }, size));
        outcomeOf(() => readSwf(bytes, { skipBadRows }, size));
      }),
    );
  });

  test('a good file that is cut, or has bytes changed, makes a trace or a TraceError', () => {
    const change = fc.record({
      at: fc.nat(200),
      byte: fc.oneof(fc.constantFrom(10, 34, 44, 45, 57), fc.nat(255)),
    });
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 4 }),
        fc.nat(200),
        fc.boolean(),
        (changes, end, skipBadRows) => {
          for (const [read, good] of [
            [readCsv, csv],
            [readSwf, swf],
          ] as const) {
            const bytes = Uint8Array.from(good);
            for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
            outcomeOf(() => read(bytes.subarray(0, end), { skipBadRows }));
            outcomeOf(() => read(bytes, { skipBadRows }));
          }
        },
      ),
    );
  });
});

describe('fixed point', () => {
  const digits = (most: number) => fc.string({ unit: fc.nat(9).map(String), maxLength: most });

  test('rounds half up on the digit after the last kept one, as arithmetic on the text does', () => {
    fc.assert(
      fc.property(digits(12), digits(9), fc.constantFrom(0, 3, 6), (whole, fraction, kept) => {
        fc.pre(whole + fraction !== '');
        const padded = fraction.padEnd(kept + 1, '0');
        const value = BigInt(`0${whole}${padded.slice(0, kept)}`) + (padded[kept] >= '5' ? 1n : 0n);
        const expected = value <= Number.MAX_SAFE_INTEGER ? Number(value) : Infinity;
        const text = `${whole}.${fraction}`;
        expect(parseFixed(text, kept)).toBe(expected);
        expect(parseFixed(`-${text}`, kept)).toBe(0 - expected);
        expect(parseFixed(`${whole}${fraction}e-${fraction.length}`, kept)).toBe(expected);
      }),
    );
  });

  test('reads bytes as it reads text', () => {
    const text = fc.oneof(
      digits(20),
      fc.string({ unit: fc.constantFrom('0', '1', '4', '5', '9', '.', '.', '-', '+', 'e'), maxLength: 12 }),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(0, 3, 6), (number, kept) => {
        const bytes = Buffer.from(`,${number},`);
        expect(parseFixedBytes(bytes, 1, bytes.length - 1, kept)).toBe(parseFixed(number, kept));
      }),
    );
  });
});

/** Text for an integer of 10^-digits: `1234567`, 6 is `1.234567`. */
function decimal(value: number, digits: number): string {
  const text = String(value).padStart(digits + 1, '0');
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`.replace(/\.?0+$/, '') || '0';
}

function field(text: string): string {
  return /^[^",\n\r\s]+$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
}

/** The trace, or the message of the TraceError. Any other error fails the test. */
function outcomeOf(read: () => object): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof TraceError) return error.message;
    throw error;
  }
}
