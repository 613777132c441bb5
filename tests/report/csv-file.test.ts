import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'csv-stringify/sync';
import { cellsOf, CsvFile, csvOptions, csvText, rawCells } from '../../src/report/out/csv-file.js';

const folder = mkdtempSync(join(tmpdir(), 'agora-csv-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function written(
  header: readonly string[],
  rows: readonly ((csv: CsvFile) => void)[],
): Promise<string> {
  const path = join(folder, 'x.csv');
  await CsvFile.write(path, header, rows.length, (csv, index) => rows[index](csv));
  return readFileSync(path, 'utf8');
}

describe('CsvFile', () => {
  it('writes numbers as decimals, without exponent and trailing zeros', async () => {
    const text = await written(
      ['a', 'b'],
      [
        (csv) => csv.micros(1_500_000).numbered('job-', 17),
        (csv) => csv.micros(7).raw(rawCells(['0.25,512']), 0),
        (csv) => csv.micros(0).integer(-12),
        (csv) => csv.micros(-1).empty(),
        (csv) => csv.micros(2 ** 53 - 1).integer(2 ** 31),
      ],
    );
    expect(text).toBe('a,b\n1.5,job-17\n0.000007,0.25,512\n0,-12\n,\n9007199254.740991,2147483648\n');
  });

  it('takes away the edge of a formula, and of nothing else', async () => {
    const names = ['=1+1', '+1', '-1', '@x', 'a=1', 'user-5', '*', 'a/b'];
    const text = await written(
      ['name'],
      names.map((name) => (csv: CsvFile) => csv.text(name)),
    );
    expect(text.split('\n').slice(1, -1)).toEqual([
      "'=1+1",
      "'+1",
      "'-1",
      "'@x",
      'a=1',
      'user-5',
      '*',
      'a/b',
    ]);
  });

  it('writes any name so that a reader gets it back', async () => {
    const name = fc
      .oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: fc.constantFrom(',', '"', '\n', '\r', ' ', 'é', '<b>', '日') }),
      )
      .filter((text) => !/^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, name), { minLength: 1 }), async (rows) => {
        const text = await written(
          ['one', 'two'],
          rows.map(
            ([one, two]) =>
              (csv: CsvFile) =>
                csv.text(one).text(two),
          ),
        );
        expect(parse(text, { fromLine: 2, recordDelimiter: '\n', skipEmptyLines: false })).toEqual(rows);
      }),
    );
  });

  it('writes a name as csv-stringify does, byte for byte', async () => {
    const part = fc.constantFrom(
      ',',
      '"',
      '\n',
      '\r',
      '\t',
      ' ',
      '=',
      '+',
      '-',
      '@',
      '＝',
      '＋',
      '－',
      '＠',
      'é',
      'a',
      '',
    );
    const name = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: part }));
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 1 }), async (names) => {
        const rows = names.map((each) => [each, each]);
        const text = await written(
          ['one', 'two'],
          names.map((each, i) => (csv: CsvFile) => csv.text(each).raw(cellsOf(names), i)),
        );
        expect(text).toBe(stringify([['one', 'two'], ...rows], csvOptions));
      }),
    );
  });

  it('makes a text of a table as csv-stringify does', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.constant(null),
    );
    const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { minLength: 1 });
    fc.assert(
      fc.property(table, (rows) => {
        expect(csvText(rows)).toBe(stringify(rows, csvOptions));
      }),
    );
  });

  it('writes numbers as csv-stringify writes the same ones', async () => {
    const whole = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: -200, max: 20_000 }));
    const micros = fc.oneof(fc.integer({ min: 0, max: 4e15 }), fc.integer({ min: 0, max: 3e6 }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(whole, micros), { minLength: 1 }), async (rows) => {
        const text = await written(
          ['whole', 'seconds'],
          rows.map(
            ([one, two]) =>
              (csv: CsvFile) =>
                csv.integer(one).micros(two),
          ),
        );
        // Decimal text of millionths, without going through a double.
        const seconds = (value: number): string => {
          const digits = String(value).padStart(7, '0');
          return `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, '');
        };
        const cells = rows.map(([one, two]) => [one, seconds(two)]);
        expect(text).toBe(stringify([['whole', 'seconds'], ...cells], csvOptions));
      }),
    );
  });

  it('keeps rows whole that are longer than its buffer', async () => {
    const long = 'x'.repeat(3_000_000);
    const wide = 'é'.repeat(2_000_000);
    const text = await written(
      ['a', 'b'],
      [(csv) => csv.text(long).text(wide), (csv) => csv.integer(1).integer(2)],
    );
    expect(text === `a,b\n${long},${wide}\n1,2\n`).toBe(true);
  });
});
