import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distributionOf, distributionOfMicros, quantiles } from '../../src/metrics/distribution.js';
import { divideOnce, ExactSum } from '../../src/metrics/exact-sum.js';

describe('an exact sum', () => {
  it('keeps the last microsecond where doubles lose it', () => {
    // The waits of a real log: 28,475 tasks of 390,083 s, one of them a microsecond longer (semantics-notes C-3).
    const wait = 390_083_000_000;
    const sum = new ExactSum();
    for (let i = 0; i < 28_475; i++) sum.add(wait);
    sum.add(1);
    const total = 28_475n * BigInt(wait) + 1n;
    expect(total > BigInt(Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(BigInt(Number(total))).not.toBe(total);
    expect(sum.total()).toBe(total);
  });

  it('is the sum of the integers, whatever their order', () => {
    const value = fc.integer({ min: 0, max: 2 ** 52 - 1 });
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const sum = new ExactSum();
        for (const each of values) sum.add(each);
        expect(sum.total()).toBe(values.reduce((total, each) => total + BigInt(each), 0n));
      }),
    );
  });
});

describe('dividing once', () => {
  it('is plain division where both fit a double', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: 2 ** 31 - 1 }), (a, b) => {
        expect(divideOnce(BigInt(a), BigInt(b))).toBe(a / b);
      }),
    );
  });

  it('rounds to the nearest double, ties to even, beyond 2^53', () => {
    expect(divideOnce(2n ** 53n + 1n, 1n)).toBe(2 ** 53);
    expect(divideOnce(2n ** 53n + 3n, 1n)).toBe(2 ** 53 + 4);
    // A hair above the tie: two roundings would take it for the tie and go down.
    expect(divideOnce((2n ** 53n + 1n) * 10n ** 40n + 1n, 10n ** 40n)).toBe(2 ** 53 + 2);
    expect(divideOnce(2n ** 80n, 3n)).toBe(2 ** 80 / 3);
  });
});

describe('quantiles', () => {
  it('take the value at min(N - 1, floor(p N)) of the sorted values', () => {
    const four = Float64Array.of(40, 10, 30, 20);
    expect(quantiles(four.slice(), [0.5, 0.95, 0.99, 1])).toEqual([30, 40, 40, 40]);
    expect(quantiles(Float64Array.of(7), [0.5, 1])).toEqual([7, 7]);
    const hundred = Float64Array.from({ length: 100 }, (_, i) => 99 - i);
    expect(quantiles(hundred, [0.5, 0.95, 0.99, 1])).toEqual([50, 95, 99, 99]);
  });

  it('agree with a sort', () => {
    const probability = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        // Few distinct values, so that equal ones meet; enough of them for the selection to sample.
        fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 3000, size: 'max' }),
        fc.array(probability, { minLength: 1, maxLength: 5 }),
        (values, probabilities) => {
          const ascending = probabilities.toSorted((a, b) => a - b);
          const sorted = values.toSorted((a, b) => a - b);
          expect(quantiles(Float64Array.from(values), ascending)).toEqual(
            ascending.map((p) => sorted[Math.min(values.length - 1, Math.floor(p * values.length))]),
          );
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('a distribution', () => {
  it('gives seconds for microseconds', () => {
    const micros = Float64Array.of(3_000_000, 0, 1_500_000, 1);
    const expected = { mean: 1.12500025, p50: 1.5, p95: 3, p99: 3, max: 3 };
    expect(distributionOfMicros(micros)).toEqual(expected);
    expect(distributionOf(Float64Array.of(4, 1, 1))).toEqual({ mean: 2, p50: 1, p95: 4, p99: 4, max: 4 });
  });

  it('of nothing is null throughout', () => {
    const nothing = { mean: null, p50: null, p95: null, p99: null, max: null };
    expect(distributionOfMicros(new Float64Array(0))).toEqual(nothing);
    expect(distributionOf(new Float64Array(0))).toEqual(nothing);
  });
});
