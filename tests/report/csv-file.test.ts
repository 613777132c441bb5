import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { CsvFile } from '../../src/report/out/csv-file.js';

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
        (csv) => csv.micros(7).raw(Buffer.from('0.25,512')),
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
