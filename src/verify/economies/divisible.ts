import fc from 'fast-check';
import type { Economy } from '../../allocators/mechanisms/economy.js';

/** A divisible economy, with what happens to it beside: what each property needs of it. */
export interface DivisibleCase extends Economy {
  /** Users who report something else than they need, and what. */
  readonly lies?: readonly Lie[];
  /** A user who leaves. */
  readonly leaver?: number;
  /** The capacity after it grew. */
  readonly grown?: readonly number[];
}

export interface Lie {
  readonly user: number;
  readonly report: readonly number[];
}

/** Names of the resources of an economy, in order. */
export const RESOURCES: readonly string[] = ['cpus', 'mem', 'disk'];

export interface DivisibleOptions {
  /** Demands may be 0, though never all of a user's (E0z). */
  readonly zeros: boolean;
  /** A quarter of the economies has weights of 1 to 3. */
  readonly weights: boolean;
  /** @defaultValue 2, and 3 in a third of the cases */
  readonly resources?: number;
  readonly liars?: number;
  readonly leaver?: true;
  readonly growth?: true;
}

/**
 * Random divisible economies: 2 to 4 users, 2 resources (3 in a third of the cases), demands up to 8, capacities 4 to 30,
 * reports 1 to 16 (the generator of semantics-notes section 8).
 */
export function divisible(options: DivisibleOptions): fc.Arbitrary<DivisibleCase> {
  const resources =
    options.resources === undefined
      ? fc.oneof({ weight: 2, arbitrary: fc.constant(2) }, fc.constant(3))
      : fc.constant(options.resources);
  const most = options.resources ?? 3;
  const weight = options.weights
    ? fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 3 }))
    : fc.constant(1);
  return fc
    .record({
      resources,
      capacity: vectorOf(most, 4, 30),
      users: fc.array(fc.record({ demand: vectorOf(most, options.zeros ? 0 : 1, 8), weight }), {
        minLength: 2,
        maxLength: 4,
      }),
      picks: fc.array(fc.nat({ max: 11 }), { minLength: 2, maxLength: 2 }),
      reports: fc.array(vectorOf(most, 1, 16), { minLength: 2, maxLength: 2 }),
      growth: vectorOf(most, 0, 12),
    })
    .map((drawn) => {
      const cut = (values: readonly number[]): number[] => values.slice(0, drawn.resources);
      const users = drawn.users.map((user) => ({ ...user, demand: needed(cut(user.demand)) }));
      const capacity = cut(drawn.capacity);
      return {
        capacity,
        users,
        ...(options.liars !== undefined && {
          lies: pickDifferent(drawn.picks, users.length, options.liars).map((user, k) => ({
            user,
            report: cut(drawn.reports[k]),
          })),
        }),
        ...(options.leaver && { leaver: drawn.picks[0] % users.length }),
        ...(options.growth && { grown: capacity.map((amount, r) => amount + drawn.growth[r]) }),
      };
    });
}

/** The same with one resource that every user needs most of, beside what a task of it weighs elsewhere. */
export function withBottleneck(options: DivisibleOptions): fc.Arbitrary<DivisibleCase> {
  return divisible(options).map(({ capacity, users }) => ({
    capacity,
    users: users.map((user) => {
      const most = Math.max(...user.demand.map((amount, r) => amount / capacity[r]));
      return { ...user, demand: [Math.ceil(most * capacity[0]), ...user.demand.slice(1)] };
    }),
  }));
}

/** Nobody needs nothing. */
function needed(demand: number[]): number[] {
  return demand.every((amount) => amount === 0) ? [1, ...demand.slice(1)] : demand;
}

function pickDifferent(picks: readonly number[], of: number, count: number): number[] {
  const first = picks[0] % of;
  if (count === 1) return [first];
  return [first, (first + 1 + (picks[1] % (of - 1))) % of];
}

function vectorOf(length: number, min: number, max: number): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min, max }), { minLength: length, maxLength: length });
}
