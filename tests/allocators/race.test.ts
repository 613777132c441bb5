/** a weighted shuffle that is worked out in part, against the one that is worked out in full, and against its odds. */
import fc from 'fast-check';
import { sort, sum } from 'd3-array';
import seedrandom from 'seedrandom';
import { expect, it } from 'vitest';
import { Lots } from '../../src/allocators/bookkeeping/lots.js';
import { Groups, Race } from '../../src/allocators/race.js';
import { arrivals } from '../reference/random-sorter.js';

const rates = fc.array(fc.constantFrom(1, 1, 1, 0.5, 3, 1000, 1e-6), { minLength: 1, maxLength: 70 });
const seeds = fc.integer();

function orderOf(race: Race, seed: number, isVain?: (from: number, to: number) => boolean): number[] {
  const order: number[] = [];
  const take = (runner: number): boolean => order.push(runner) > 0;
  race.run(seed, new Groups(), take, isVain);
  return order;
}

it('has the order and the times of one that is worked out in full', () => {
  fc.assert(
    fc.property(rates, seeds, (weights, seed) => {
      const race = new Race(weights);
      const times = arrivals(weights, seed);
      expect(orderOf(race, seed)).toEqual(sort(weights.keys(), (i) => times[i]));
      weights.forEach((_, i) => expect(race.timeOf(i, seed)).toBeCloseTo(times[i], 9));
    }),
  );
});

it('leaves out who does not matter and keeps the others in their order', () => {
  fc.assert(
    fc.property(rates, seeds, fc.infiniteStream(fc.boolean()), (weights, seed, stream) => {
      const matters = weights.map(() => stream.next().value);
      const race = new Race(weights);
      const isVain = (from: number, to: number): boolean => !matters.slice(from, to).includes(true);
      expect(orderOf(race, seed, isVain)).toEqual(orderOf(race, seed).filter((i) => matters[i]));
    }),
  );
});

it('stops when it is told to', () => {
  const found: number[] = [];
  const race = new Race([1, 1, 1, 1, 1]);
  expect(race.run(7, new Groups(), (runner) => found.push(runner) < 2)).toBe(false);
  expect(found).toEqual(orderOf(race, 7).slice(0, 2));
});

/** Every order of some runners, with its odds when each next one is drawn by weight among those that are left. */
function oddsOf(weights: readonly number[]): Map<string, number> {
  const odds = new Map<string, number>();
  const extend = (order: readonly number[], chance: number): void => {
    const left = [...weights.keys()].filter((i) => !order.includes(i));
    if (left.length === 0) odds.set(order.join(), chance);
    const all = sum(left, (i) => weights[i]);
    for (const i of left) extend([...order, i], (chance * weights[i]) / all);
  };
  extend([], 1);
  return odds;
}

/** Seeds of walks over one agent after the other in one run, or over one agent in one run after the other. */
function* seedsOf(what: 'agents' | 'runs', count: number): Generator<number> {
  const lots = new Lots();
  lots.drawFrom(seedrandom('1'));
  lots.stage = 2;
  lots.begin();
  for (let i = 0; i < count; i++) {
    if (what === 'runs') lots.begin();
    lots.agent = what === 'runs' ? 3 : i;
    yield lots.seed;
  }
}

it.each([
  ['agents', [1, 1, 1, 1]],
  ['agents', [1, 2, 3, 4]],
  ['runs', [1, 1, 1, 1]],
  ['runs', [5, 1, 1, 0.5]],
] as const)(
  'R-3.9: has every order as often as drawing by weight would, over %s, weights %j',
  (what, weights) => {
    const runs = 40_000;
    const times = new Map<string, number>();
    const race = new Race(weights);
    for (const seed of seedsOf(what, runs)) {
      const order = orderOf(race, seed).join();
      times.set(order, (times.get(order) ?? 0) + 1);
    }
    const odds = oddsOf(weights);
    const distance = sum(odds, ([order, chance]) => {
      const expected = runs * chance;
      return ((times.get(order) ?? 0) - expected) ** 2 / expected;
    });
    // Chi-squared with 23 degrees of freedom: one seed in a thousand is above 49.7.
    expect(odds.size).toBe(24);
    expect(distance).toBeLessThan(49.7);
  },
);

it.each([
  ['of one stage on the other', (lots: Lots): number => (lots.stage = 1)],
  ['of one agent on the next', (lots: Lots): number => (lots.agent += 1)],
] as const)('R-3.9: the order %s says nothing', (_what, change) => {
  const race = new Race(Array.from({ length: 5 }, () => 1));
  const lots = new Lots();
  lots.drawFrom(seedrandom('2'));
  const runs = 40_000;
  const pairs = new Map<string, number>();
  for (let i = 0; i < runs; i++) {
    lots.begin();
    Object.assign(lots, { stage: 2, agent: i % 100 });
    const [first] = orderOf(race, lots.seed);
    change(lots);
    const pair = [first, orderOf(race, lots.seed)[0]].join();
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  const distance = sum(pairs.values(), (found) => (found - runs / 25) ** 2 / (runs / 25));
  // Chi-squared with 24 degrees of freedom: one seed in a thousand is above 51.2.
  expect(pairs.size).toBe(25);
  expect(distance).toBeLessThan(51.2);
});
