import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairShares } from '../../src/metrics/fair-shares.js';
import { NestedFairShares } from '../../src/metrics/nested-fair-shares.js';

function fairShares(demands: number[][], totals: number[], weights = demands.map(() => 1)): number[] {
  const shares = new Float64Array(demands.length);
  const ideal = new FairShares(
    Float64Array.from(demands.flat()),
    Float64Array.from(totals),
    Float64Array.from(weights),
  );
  ideal.compute(shares);
  return [...shares];
}

describe('fair shares', () => {
  it('are those of the DRF paper: tasks of <1 cpu, 4 GB> and <3 cpus, 1 GB> on 9 cpus and 18 GB', () => {
    // Each wants a hundred tasks; the paper gives 3 and 2 of them, dominant shares of 2/3 (section 4.1).
    const [a, b] = fairShares(
      [
        [100, 400],
        [300, 100],
      ],
      [9, 18],
    );
    expect(a).toBeCloseTo(2 / 3, 12);
    expect(b).toBeCloseTo(2 / 3, 12);
  });

  it('follow the weights', () => {
    expect(fairShares([[10], [10]], [10], [3, 1])).toEqual([0.75, 0.25]);
  });

  it('are no more than what a role wants; the others share what it leaves', () => {
    expect(fairShares([[1], [10], [10]], [10])).toEqual([0.1, 0.45, 0.45]);
    expect(fairShares([[0], [3], [2]], [10])).toEqual([0, 0.3, 0.2]);
  });

  it('go on rising for a role that does not want the resource that is used up', () => {
    // Two share the cpus; the third wants memory only and gets all of it.
    const shares = fairShares(
      [
        [10, 0],
        [10, 0],
        [0, 20],
      ],
      [10, 10],
    );
    expect(shares).toEqual([0.5, 0.5, 1]);
  });

  it('are feasible, and leave nobody wanting a resource that is free', () => {
    const amount = fc.integer({ min: 0, max: 60 });
    const role = fc.tuple(amount, amount, amount);
    const totals = [20, 30, 50];
    fc.assert(
      fc.property(
        fc.array(role, { minLength: 1, maxLength: 6 }),
        fc.infiniteStream(weight),
        (demands, stream) => {
          const weights = demands.map(() => stream.next().value as number);
          const shares = fairShares(demands, totals, weights);
          const dominant = demands.map((demand) => Math.max(...demand.map((d, c) => d / totals[c])));
          const met = shares.map((share, i) => (dominant[i] > 0 ? share / dominant[i] : 1));
          const used = totals.map(
            (total, c) => demands.reduce((sum, d, i) => sum + d[c] * met[i], 0) / total,
          );
          expect(Math.max(...used)).toBeLessThanOrEqual(1 + 1e-9);
          met.forEach((part, i) => {
            expect(part).toBeLessThanOrEqual(1 + 1e-9);
            if (part > 1 - 1e-9) return;
            const isFull = demands[i].some((d, c) => d > 0 && used[c] > 1 - 1e-9);
            expect(isFull).toBe(true);
          });
        },
      ),
    );
  });
});

const weight = fc.integer({ min: 1, max: 5 });

describe('fair shares of nested roles', () => {
  const demandsOf = (roles: number) =>
    fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 })), {
      minLength: roles,
      maxLength: roles,
    });
  const nested = (
    paths: readonly string[],
    demands: readonly (readonly number[])[],
    totals: readonly number[],
    weights: Readonly<Record<string, number>> = {},
  ): number[] => {
    const shares = new Float64Array(paths.length);
    const given = [Float64Array.from(demands.flat()), Float64Array.from(totals)] as const;
    new NestedFairShares(paths, ...given, (path) => weights[path] ?? 1).compute(shares);
    return [...shares];
  };

  it('are those of any roles when none is nested', () => {
    fc.assert(
      fc.property(demandsOf(4), fc.integer({ min: 1, max: 9 }), (demands, weight) => {
        const weights = [1, weight, 1, 2];
        const byPath = { b: weight, d: 2 };
        const expected = fairShares(demands, [30, 25], weights);
        nested(['a', 'b', 'c', 'd'], demands, [30, 25], byPath).forEach((share, role) =>
          expect(share).toBeCloseTo(expected[role], 12),
        );
      }),
    );
  });

  it('split what the role above is given: no level takes more, and one resource is split to the last bit', () => {
    fc.assert(
      fc.property(demandsOf(5), (demands) => {
        const paths = ['eng', 'eng/a', 'eng/b/x', 'eng/b/y', 'ops'];
        const cpus = demands.map(([first]) => [first]);
        const shares = nested(paths, cpus, [40], { eng: 2, 'eng/b': 3 });
        const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
        const [eng] = fairShares([[sum(cpus.slice(0, 4).flat())], cpus[4]], [40], [2, 1]);
        expect(sum(shares.slice(0, 4))).toBeCloseTo(eng, 9);
        const both = nested(paths, demands, [40, 30], { eng: 2, 'eng/b': 3 });
        both.forEach((share, role) => {
          const wanted = Math.max(demands[role][0] / 40, demands[role][1] / 30);
          expect(share).toBeLessThanOrEqual(wanted + 1e-12);
        });
      }),
    );
  });

  it('treat tasks of the role above as one more role of weight 1 below it', () => {
    const demands = [[100], [100], [100]];
    expect(nested(['eng', 'eng/a', 'ops'], demands, [100], { eng: 3, 'eng/a': 2 })).toEqual([
      expect.closeTo(0.25, 12),
      expect.closeTo(0.5, 12),
      expect.closeTo(0.25, 12),
    ]);
  });
});
