import fc from 'fast-check';
import jstat from 'jstat';
import { describe, expect, it } from 'vitest';
import { comparedMetrics, pairedDifference, type RunMetrics } from '../../src/metrics/comparison.js';
import { studentCdf, studentQuantile } from '../../src/metrics/student-t.js';

describe('studentQuantile', () => {
  it.each([
    [1, 12.706204736432095],
    [2, 4.302652729911275],
    [9, 2.2621571627409915],
    [29, 2.045229642132703],
    [1000, 1.962339080792],
  ])('with %d degrees of freedom is %d at 0.975, as in tables', (freedom, expected) => {
    expect(studentQuantile(0.975, freedom)).toBeCloseTo(expected, 9);
  });

  it('agrees with jstat, and turns the distribution around', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.double({ min: 0.51, max: 0.999, noNaN: true }),
        (freedom, p) => {
          const t = studentQuantile(p, freedom);
          expect(Math.abs(t / jstat.studentt.inv(p, freedom) - 1)).toBeLessThan(1e-6);
          expect(studentCdf(t, freedom)).toBeCloseTo(p, 10);
          expect(studentCdf(-t, freedom)).toBeCloseTo(1 - p, 10);
        },
      ),
    );
  });
});

const [waitMean] = comparedMetrics;
const finished = comparedMetrics.find(({ key }) => key === 'tasks.finished')!;
const waits = (...values: (number | null)[]): RunMetrics[] => values.map((value) => ({ 'wait.mean': value }));

describe('pairedDifference', () => {
  it.each([
    ['wait.mean', 0.0004, 0.0006],
    ['utilization.cpus', 0.00004, 0.00006],
    ['fairness.jain', 0.0004, 0.0006],
    ['tasks.finished', 0.04, 0.06],
  ])('prefers nothing by a difference in %s that prints as zero', (key, below, above) => {
    const metric = comparedMetrics.find((each) => each.key === key)!;
    const verdictOf = (by: number): string =>
      pairedDifference(metric, [{ [key]: 0.5 }, { [key]: 0.5 }], [{ [key]: 0.5 + by }, { [key]: 0.5 + by }])
        .verdict;
    expect(verdictOf(below)).toBe('same');
    expect(verdictOf(above)).toMatch(/better|worse/);
  });

  it('is a t interval over the differences of the pairs', () => {
    // Differences -1, -2, -3: mean -2, s 1, t(0.975, 2) = 4.302653.
    const result = pairedDifference(waitMean, waits(10, 20, 30), waits(9, 18, 27));
    expect(result).toMatchObject({ n: 3, base: 20, other: 18, difference: -2, verdict: 'inside the noise' });
    expect(result.low).toBeCloseTo(-2 - 4.302652729911275 / Math.sqrt(3), 9);
    expect(result.high).toBeCloseTo(-2 + 4.302652729911275 / Math.sqrt(3), 9);
  });

  it('sees by pairs what the spread of the runs would hide', () => {
    const base = [10, 200, 3000, 40_000].map((value) => value);
    const result = pairedDifference(
      waitMean,
      waits(...base),
      waits(...base.map((value, i) => value - 5 - i / 10)),
    );
    expect(result.verdict).toBe('better');
  });

  it('names the side that is better by the metric', () => {
    const counts = (...values: number[]): RunMetrics[] =>
      values.map((value) => ({ 'tasks.finished': value }));
    expect(pairedDifference(finished, counts(10, 11, 12), counts(20, 21.5, 22)).verdict).toBe('better');
    expect(pairedDifference(finished, counts(20, 21.5, 22), counts(10, 11, 12)).verdict).toBe('worse');
    expect(pairedDifference(waitMean, waits(10, 11, 12), waits(20, 21.5, 22)).verdict).toBe('worse');
  });

  it('has a point for an interval when nothing varies', () => {
    expect(pairedDifference(waitMean, waits(4, 4, 4), waits(3.7, 3.7, 3.7))).toMatchObject({
      low: 3.7 - 4,
      high: 3.7 - 4,
      verdict: 'better',
    });
    expect(pairedDifference(waitMean, waits(4, 5), waits(4, 5))).toMatchObject({
      difference: 0,
      low: 0,
      verdict: 'same',
    });
  });

  it('claims nothing from one replication, or from none', () => {
    expect(pairedDifference(waitMean, waits(4), waits(1))).toMatchObject({
      n: 1,
      difference: -3,
      low: null,
      verdict: 'unknown',
    });
    expect(pairedDifference(waitMean, waits(4), waits(4)).verdict).toBe('unknown');
    expect(pairedDifference(waitMean, [], [])).toMatchObject({ n: 0, base: null, verdict: 'unknown' });
  });

  it('leaves out pairs of which one has no value', () => {
    expect(pairedDifference(waitMean, waits(4, null, 6, 7), waits(3, 3, null, 6.5))).toMatchObject({
      n: 2,
      base: 5.5,
      other: 4.75,
    });
  });

  it('holds the true difference in about 95 of 100 cases', () => {
    let [seed, held] = [12345, 0];
    const uniform = (): number => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    for (let i = 0; i < 2000; i++) {
      const base = Array.from({ length: 5 }, () => 100 + 10 * normal());
      const { low, high } = pairedDifference(
        waitMean,
        waits(...base),
        waits(...base.map((value) => value + 3 + 2 * normal())),
      );
      if (low! <= 3 && high! >= 3) held++;
    }
    expect(held / 2000).toBeGreaterThan(0.93);
    expect(held / 2000).toBeLessThan(0.97);
  });
});
