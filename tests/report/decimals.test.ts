import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal, thousandths } from '../../src/report/out/run-tables.js';

/** Numbers of all sizes, and those that lie on or beside the middle of two decimals. */
const numbers = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e12 }),
  fc.double({ noNaN: true, min: 0, max: 1 }),
  fc.integer({ min: 0, max: 20_000_000 }).map((halves) => halves / 2e6),
  fc.integer({ min: 0, max: 20_000_000 }).map((halves) => halves / 2e3),
);

describe('decimals of tables', () => {
  it('are those of toFixed', () => {
    fc.assert(
      fc.property(numbers, (value) => {
        expect(String(decimal(value))).toBe(String(Number(value.toFixed(6))));
        expect(String(thousandths(value))).toBe(String(Number(value.toFixed(3))));
      }),
      { numRuns: 2000 },
    );
  });

  it('leave out what is not there', () => {
    expect(decimal(null)).toBeNull();
  });
});
