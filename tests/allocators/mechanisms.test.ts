import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certifiedCeei, ceei } from '../../src/allocators/mechanisms/ceei.js';
import type { Economy, Mechanism } from '../../src/allocators/mechanisms/economy.js';
import { asset, drf, equalSplit, maxMin } from '../../src/allocators/mechanisms/filling.js';
import { mechanismOf } from '../../src/allocators/mechanisms/mechanisms.js';

/** The figures of semantics-notes section 8, to the digits given there. */
describe('mechanisms give the pinned figures', () => {
  it.each<[string, Mechanism, number[], number[][], number[]]>([
    [
      'DRF paper, section 4.1',
      drf,
      [9, 18],
      [
        [1, 4],
        [3, 1],
      ],
      [3, 2],
    ],
    [
      'DRF paper, CEEI',
      ceei,
      [9, 18],
      [
        [1, 4],
        [3, 1],
      ],
      [4.091, 1.636],
    ],
    [
      'DRF paper, asset fairness',
      asset,
      [9, 18],
      [
        [1, 4],
        [3, 1],
      ],
      [2.52, 2.16],
    ],
    [
      'asset fails the sharing incentive',
      asset,
      [30, 30],
      [
        [1, 3],
        [1, 1],
      ],
      [6, 12],
    ],
    [
      'ceei, truly reported',
      ceei,
      [100, 100],
      [
        [16, 1],
        [1, 2],
      ],
      [3.226, 48.387],
    ],
    [
      'ceei, exaggerated',
      ceei,
      [100, 100],
      [
        [16, 8],
        [1, 2],
      ],
      [4.167, 33.333],
    ],
  ])('%s', (_name, mechanism, capacity, demands, tasks) => {
    const division = mechanism(economy(capacity, demands));
    division.tasks.forEach((x, i) => expect(x).toBeCloseTo(tasks[i], 2));
  });

  it('ceei: when the third leaves, the second falls from 5.351 to 4.762', () => {
    const demands = [
      [4, 1],
      [1, 16],
      [16, 1],
    ];
    expect(ceei(economy([100, 100], demands)).tasks[1]).toBeCloseTo(5.351, 3);
    expect(ceei(economy([100, 100], demands.slice(0, 2))).tasks[1]).toBeCloseTo(4.762, 3);
  });

  it('drf with zero demands: when the first leaves, the last falls from 2/3 to 1/2', () => {
    const demands = [
      [1, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ];
    expect(drf(economy([1, 1], demands)).tasks[3]).toBeCloseTo(2 / 3, 12);
    expect(drf(economy([1, 1], demands.slice(1))).tasks[2]).toBeCloseTo(1 / 2, 12);
  });

  it('max-min evens out one resource, the equal split all of them', () => {
    const two = economy(
      [9, 18],
      [
        [1, 4],
        [3, 1],
      ],
    );
    expect(maxMin(0)(two).tasks[0]).toBeCloseTo(maxMin(0)(two).tasks[1] * 3, 12);
    expect(equalSplit(two).tasks).toEqual([2.25, 1.5]);
  });

  it('weights scale the levels', () => {
    const { tasks } = drf({
      capacity: [12],
      users: [
        { demand: [1], weight: 1 },
        { demand: [1], weight: 3 },
      ],
    });
    expect(tasks).toEqual([3, 9]);
  });
});

const anyEconomy = fc.integer({ min: 1, max: 4 }).chain((resources) =>
  fc.record({
    capacity: fc.array(fc.integer({ min: 4, max: 30 }), { minLength: resources, maxLength: resources }),
    users: fc.array(
      fc.record({
        demand: fc
          .array(fc.integer({ min: 0, max: 8 }), { minLength: resources, maxLength: resources })
          .filter((demand) => demand.some((amount) => amount > 0)),
        weight: fc.integer({ min: 1, max: 4 }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  }),
);

describe('every mechanism', () => {
  it.each<[string, Mechanism]>([
    ['drf', drf],
    ['asset', asset],
    ['ceei', ceei],
    ['max-min', maxMin(0)],
    ['equal split', equalSplit],
  ])('%s gives away no more than there is', (_name, mechanism) => {
    fc.assert(
      fc.property(anyEconomy, (economy) => {
        const { tasks } = mechanism(economy);
        economy.capacity.forEach((capacity, r) => {
          const used = economy.users.reduce((sum, { demand }, i) => sum + tasks[i] * demand[r], 0);
          expect(used).toBeLessThanOrEqual(capacity * (1 + 1e-9));
        });
      }),
    );
  });

  it('ceei comes with a certificate that proves it', () => {
    fc.assert(
      fc.property(anyEconomy, (economy) => {
        const { certificate, error } = certifiedCeei(economy);
        expect(Math.max(...certificate.use)).toBeLessThanOrEqual(1 + 1e-9);
        certificate.prices.forEach((price, r) => {
          expect(Math.abs(price * (1 - certificate.use[r]))).toBeLessThan(1e-9);
        });
        expect(error).toBeLessThan(1e-5);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the rule of an allocator', () => {
  it('is found by its name', () => {
    const names = ['cpus', 'mem'];
    expect(mechanismOf('drf', names)).toBe(drf);
    expect(mechanismOf('asset', names)).toBe(asset);
    const two = economy(
      [9, 18],
      [
        [1, 4],
        [3, 1],
      ],
    );
    expect(mechanismOf('max-min:mem', names)?.(two)).toEqual(maxMin(1)(two));
    expect(mechanismOf('max-min?resource=mem', names)?.(two)).toEqual(maxMin(1)(two));
    expect(mechanismOf('max-min', names)?.(two)).toEqual(maxMin(0)(two));
    expect(mechanismOf('max-min:gpus', names)).toBeUndefined();
    expect(mechanismOf('fifo', names)).toBeUndefined();
  });
});

function economy(capacity: readonly number[], demands: readonly (readonly number[])[]): Economy {
  return { capacity, users: demands.map((demand) => ({ demand, weight: 1 })) };
}
