import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CPUS, kindFor, MEM } from '../../src/cluster/resources/kinds.js';
import { ResourceBag, Resources } from '../../src/cluster/resources/resources.js';
import { doubleOf, milliOf } from '../../src/cluster/resources/scalars.js';
import { formatResources, parseResources } from '../../src/cluster/resources/text.js';
import {
  elementCount,
  rangesOf,
  setOf,
  subtractValue,
  unionValue,
  valueContains,
  pairsOf,
} from '../../src/cluster/resources/values.js';
import { anyResources } from './arbitrary-resources.js';

/** Text is canonical, so a failing case prints what a person can read. */
function expectSame(actual: Resources, expected: Resources): void {
  expect(formatResources(actual)).toBe(formatResources(expected));
  expect(actual.equals(expected)).toBe(true);
}

const property = <T extends [Resources, ...Resources[]]>(
  count: T['length'],
  check: (...bags: T) => void,
): void =>
  fc.assert(
    fc.property(fc.array(anyResources, { minLength: count, maxLength: count }), (bags) =>
      check(...(bags as T)),
    ),
  );

const scalars = (bag: Resources): Resources => bag.filter(({ type }) => type === 'SCALAR');

describe('the algebra of resources', () => {
  it('addition is commutative (R-1.5)', () =>
    property<[Resources, Resources]>(2, (a, b) => expectSame(a.plus(b), b.plus(a))));

  it('addition is associative (R-1.5)', () =>
    property<[Resources, Resources, Resources]>(3, (a, b, c) =>
      expectSame(a.plus(b).plus(c), a.plus(b.plus(c))),
    ));

  it('nothing is neutral', () =>
    property<[Resources]>(1, (a) => {
      expectSame(a.plus(Resources.EMPTY), a);
      expectSame(a.minus(Resources.EMPTY), a);
      expectSame(a.minus(a), Resources.EMPTY);
    }));

  it('subtraction inverts addition of scalars (R-1.6)', () =>
    property<[Resources, Resources]>(2, (a, b) =>
      expectSame(scalars(a).plus(scalars(b)).minus(scalars(b)), scalars(a)),
    ));

  it('addition inverts subtraction of what is contained, ranges and sets too (R-1.6)', () =>
    property<[Resources, Resources]>(2, (a, b) => {
      const sum = a.plus(b);
      expect(sum.contains(a)).toBe(true);
      expectSame(sum.minus(a).plus(a), sum);
    }));

  it('subtraction saturates: never negative, never empty entries (R-1.6, R-1.7)', () =>
    property<[Resources, Resources]>(2, (a, b) => {
      const left = a.minus(b);
      expect([...left.amounts].every((amount) => amount > 0)).toBe(true);
      expect(a.contains(left)).toBe(true);
      expect(left.plus(b).contains(a)).toBe(true);
    }));

  it('containment is the order of addition', () =>
    property<[Resources, Resources, Resources]>(3, (a, b, c) => {
      expect(a.contains(a)).toBe(true);
      if (a.contains(b) && b.contains(a)) expectSame(a, b);
      if (a.contains(b) && b.contains(c)) expect(a.contains(c)).toBe(true);
      expect(a.contains(b)).toBe(b.minus(a).isEmpty);
    }));

  it('the plain part leads, and both parts make the whole (R-5.5)', () =>
    property<[Resources]>(1, (a) => {
      expectSame(a.plainPart().plus(a.specialPart()), a);
      expect(a.plainPart().kinds.length).toBe(a.plainCount);
      expect(a.specialPart().plainCount).toBe(0);
    }));

  it('entries are ascending by kind, whatever the order in which they came', () =>
    property<[Resources, Resources]>(2, (a, b) => {
      const { kinds } = b.plus(a);
      expect([...kinds]).toEqual([...new Set(kinds)].sort((x, y) => x - y));
    }));
});

describe('ranges and sets', () => {
  const pair = fc
    .tuple(fc.nat(30), fc.nat(6))
    .map(([begin, size]): [number, number] => [begin, begin + size]);
  const ranges = fc.array(pair, { maxLength: 6 });
  const elements = (pairs: readonly (readonly [number, number])[]): Set<number> =>
    new Set(pairs.flatMap(([begin, end]) => Array.from({ length: end - begin + 1 }, (_, i) => begin + i)));

  it('ranges add, subtract and contain as the sets of their numbers (R-1.1, R-1.6)', () =>
    fc.assert(
      fc.property(ranges, ranges, (first, second) => {
        const [a, b] = [rangesOf(first), rangesOf(second)];
        const [inA, inB] = [elements(first), elements(second)];
        expect(elementCount(a)).toBe(inA.size);
        expect(unionValue(a, b)).toEqual(rangesOf([...first, ...second]));
        const rest = subtractValue(a, b);
        expect(elements(rest.type === 'RANGES' ? pairsOf(rest) : [])).toEqual(
          new Set([...inA].filter((n) => !inB.has(n))),
        );
        expect(valueContains(a, b)).toBe([...inB].every((n) => inA.has(n)));
        expect(valueContains(unionValue(a, b), b)).toBe(true);
      }),
    ));

  it('their quantity is 1000 for each element (R-1.7)', () => {
    expect([...parseResources('ports:[1-3,7-7];tags:{a,b}').amounts].sort()).toEqual([2000, 4000]);
  });

  it('do not mix', () => {
    expect(() => unionValue(rangesOf([[1, 2]]), setOf(['a']))).toThrow(TypeError);
    expect(valueContains(rangesOf([[1, 2]]), setOf(['a']))).toBe(false);
  });
});

describe('what merges (R-1.5)', () => {
  it('different kinds do not: reservation, traits and sizes of what goes whole', () => {
    const items =
      'cpus:1;cpus(a):1;cpus(+a):1;cpus[revocable]:1;disk[mount=/a]:1;disk[mount=/b]:1;disk[path=/a]:1';
    expect(parseResources(items).kinds.length).toBe(7);
  });

  it('two shared volumes of one identity are two copies of one size (R-1.22)', () => {
    const one = parseResources('disk(+a)[volume=v,shared]:5');
    const two = one.plus(one);
    expect(two.contains(one)).toBe(true);
    expect([...two.amounts]).toEqual([10000]);
    let counted = 0;
    two.forEachScalar((_, milli) => (counted += milli));
    expect(counted).toBe(5000);
    expectSame(two.minus(one), one);
  });

  it('labels and principal tell reservations apart (R-1.14)', () => {
    const kind = (more: object): number =>
      kindFor({
        name: 'cpus',
        type: 'SCALAR',
        reservations: [{ type: 'DYNAMIC', role: 'a', ...more }],
        revocable: false,
        shared: false,
        unitMilli: 0,
      }).id;
    const ids = [
      kind({}),
      kind({ principal: 'p' }),
      kind({ labels: [{ key: 'k' }] }),
      kind({ labels: [{ key: 'k', value: '' }] }),
    ];
    expect(new Set(ids).size).toBe(4);
    expect(kind({ labels: [] })).toBe(ids[0]);
  });

  it('so do the path in the container and the principal of a volume', () => {
    const kind = (more: object): number =>
      kindFor({
        name: 'disk',
        type: 'SCALAR',
        reservations: [{ type: 'DYNAMIC', role: 'a' }],
        revocable: false,
        shared: false,
        volume: 'v',
        unitMilli: 5,
        ...more,
      }).id;
    const ids = [{}, { containerPath: 'a' }, { containerPath: 'b' }, { volumePrincipal: 'p' }].map(kind);
    expect(new Set(ids).size).toBe(4);
  });

  it('a kind keeps its id however the object of its source was written', () => {
    const base = {
      name: 'disk',
      type: 'SCALAR',
      reservations: [],
      revocable: false,
      shared: false,
      unitMilli: 1,
    } as const;
    const a = kindFor({ ...base, source: { type: 'MOUNT', root: '/x' } });
    const b = kindFor({ ...base, source: { root: '/x', type: 'MOUNT' } });
    expect(a.id).toBe(b.id);
  });
});

describe('arithmetic in thousandths (R-1.2)', () => {
  it('does not drift over a million random operations', () => {
    let state = 12345;
    const draw = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state % below;
    };
    const bag = new ResourceBag(Resources.plain(1e12, 1e12));
    const expected = [1e12, 1e12];
    for (let i = 0; i < 1_000_000; i++) {
      const [cpus, mem] = [draw(100_000), draw(100_000)];
      // Each amount travels as a double of the wire, as it would between a master and its clients.
      const step = Resources.plain(milliOf(doubleOf(cpus)), milliOf(doubleOf(mem)));
      const add = draw(2) === 0;
      if (add) bag.addAll(step);
      else bag.subtractAll(step);
      expected[0] += add ? cpus : -cpus;
      expected[1] += add ? mem : -mem;
    }
    const result = bag.toResources();
    expect([result.amountOf(CPUS), result.amountOf(MEM)]).toEqual(expected);
  });

  it.each([
    [1.5123, 1512],
    [0.0005, 1],
    [-0.0005, -1],
    [0.1 + 0.2, 300],
    [1.0005, 1001],
    [-2.5, -2500],
  ])('%d is %d thousandths: half away from zero', (value, milli) => {
    expect(milliOf(value)).toBe(milli);
  });

  it('every amount survives the trip through a double', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (milli) => {
        expect(milliOf(doubleOf(milli))).toBe(milli);
      }),
    ));
});
