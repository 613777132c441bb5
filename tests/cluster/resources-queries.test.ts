import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CPUS, DISK, kindOf, MEM } from '../../src/cluster/resources/kinds.js';
import {
  allocatableTo,
  containsQuantities,
  quantities,
  receivablePart,
  reservedPart,
  reservedTo,
  revocablePart,
  shrinkScalars,
  unreservedPart,
} from '../../src/cluster/resources/queries.js';
import { compareReserved } from '../../src/cluster/resources/reserved-order.js';
import type { Resources } from '../../src/cluster/resources/resources.js';
import { formatResources, parseQuantities, parseResources } from '../../src/cluster/resources/text.js';
import { anyResources } from './arbitrary-resources.js';

const bag = parseResources;
const text = formatResources;

describe('parts of a bag', () => {
  const all = bag('cpus:1;cpus(a):2;cpus(+a/b):3;cpus(a>+a/b/c):4;cpus(ab):5;ports:[1-2];mem[revocable]:6');

  it.each([
    ['*', 'cpus:1;ports:[1-2];mem[revocable]:6'],
    ['a', 'cpus:1;ports:[1-2];cpus(a):2;mem[revocable]:6'],
    ['a/b', 'cpus:1;ports:[1-2];cpus(+a/b):3;cpus(a):2;mem[revocable]:6'],
    ['a/b/c/d', 'cpus:1;ports:[1-2];cpus(+a/b):3;cpus(a):2;cpus(a>+a/b/c):4;mem[revocable]:6'],
    ['ab', 'cpus:1;ports:[1-2];cpus(ab):5;mem[revocable]:6'],
  ])('R-1.15 allocatable to %s: unreserved, its own, its ancestors', (role, expected) => {
    expect(text(allocatableTo(all, role))).toBe(expected);
  });

  it('reserved to exactly a role, to any, to none; revocable', () => {
    expect(text(reservedTo(all, 'a'))).toBe('cpus(a):2');
    expect(text(reservedTo(all, 'a/b/c'))).toBe('cpus(a>+a/b/c):4');
    expect(text(unreservedPart(all))).toBe('cpus:1;ports:[1-2];mem[revocable]:6');
    expect(text(revocablePart(all))).toBe('mem[revocable]:6');
  });

  it('reserved and unreserved make the whole', () =>
    fc.assert(
      fc.property(anyResources, (resources) => {
        expect(reservedPart(resources).plus(unreservedPart(resources)).equals(resources)).toBe(true);
      }),
    ));

  it('R-1.12, R-1.23 what a framework is not able to have is stripped', () => {
    const offer = bag('cpus:1;cpus[revocable]:2;cpus(a>+a/b):3;disk(+a)[volume=v,shared]:4');
    const none = { shared: false, revocable: false, refined: false };
    expect(text(receivablePart(offer, none))).toBe('cpus:1');
    expect(text(receivablePart(offer, { ...none, revocable: true }))).toBe('cpus:1;cpus[revocable]:2');
    expect(text(receivablePart(offer, { ...none, refined: true }))).toBe('cpus:1;cpus(a>+a/b):3');
    expect(text(receivablePart(offer, { ...none, shared: true }))).toBe('cpus:1;disk(+a)[volume=v,shared]:4');
  });
});

describe('quantities', () => {
  it('R-1.22, R-3.1 scalars without reservations and traits, a shared volume once', () => {
    const copy = 'disk(+a)[volume=v,shared]:4';
    const resources = bag(`cpus:1;cpus(a):2;cpus[revocable]:3;ports:[1-9];${copy};${copy}`);
    expect(quantities(resources)).toEqual(
      new Map([
        [CPUS, 6000],
        [DISK, 4000],
      ]),
    );
  });

  it('R-1.7, R-5.4 contain what they contain; a range counts its elements', () => {
    const resources = bag('cpus:0.5;cpus(a):0.5;ports:[1-3]');
    const contains = (needed: string): boolean => containsQuantities(resources, parseQuantities(needed));
    expect(contains('cpus:1')).toBe(true);
    expect(contains('cpus:1.001')).toBe(false);
    expect(contains('cpus:1;mem:1')).toBe(false);
    expect(contains('mem:0')).toBe(true);
    expect(containsQuantities(resources, { ports: 3000 })).toBe(true);
    expect(containsQuantities(resources, { ports: 4000 })).toBe(false);
  });
});

describe('shrinking (R-1.8)', () => {
  const noDraw = (): number => expect.unreachable('nothing is left to chance');
  const limits = (milli: Record<number, number>) => (nameId: number) => milli[nameId] ?? Infinity;

  it('cuts scalars to the limit and leaves what has none', () => {
    const cut = shrinkScalars(bag('cpus:4;mem:100;ports:[1-2]'), limits({ [CPUS]: 1500 }), noDraw);
    expect(text(cut)).toBe('cpus:1.5;mem:100;ports:[1-2]');
  });

  it('drops what is cut to nothing, and keeps the bag when nothing is cut', () => {
    const whole = bag('cpus:4;mem:100');
    expect(text(shrinkScalars(whole, limits({ [MEM]: 0 }), noDraw))).toBe('cpus:4');
    expect(text(shrinkScalars(whole, limits({ [MEM]: 1 }), noDraw))).toBe('cpus:4;mem:0.001');
    expect(text(shrinkScalars(whole, limits({ [MEM]: -5 }), noDraw))).toBe('cpus:4');
    expect(shrinkScalars(whole, limits({ [MEM]: 100_000 }), noDraw)).toBe(whole);
  });

  it('drops what goes whole and does not fit', () => {
    expect(text(shrinkScalars(bag('disk[mount=/m]:100'), limits({ [DISK]: 99_999 }), noDraw))).toBe('');
    expect(text(shrinkScalars(bag('disk[path=/m]:100'), limits({ [DISK]: 99_000 }), noDraw))).toBe(
      'disk[path=/m]:99',
    );
  });

  it('visits entries of one name in random order, each order as often as the other', () => {
    const disks = bag('disk[mount=/a]:100;disk[mount=/b]:100');
    const kept = (draw: number): string =>
      text(shrinkScalars(disks, limits({ [DISK]: 150_000 }), () => draw));
    expect(new Set([kept(0), kept(0.49)]).size).toBe(1);
    expect(new Set([kept(0.5), kept(0.99)]).size).toBe(1);
    expect(new Set([kept(0), kept(0.99)])).toEqual(new Set(['disk[mount=/a]:100', 'disk[mount=/b]:100']));
  });

  it('never gives more than the limit or than there was', () =>
    fc.assert(
      fc.property(
        anyResources,
        fc.nat(1e7),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (all, limit, draw) => {
          const cut: Resources = shrinkScalars(
            all,
            () => limit,
            () => draw,
          );
          expect(all.contains(cut)).toBe(true);
          for (const milli of quantities(cut).values()) expect(milli).toBeLessThanOrEqual(limit);
          expect(
            cut.filter(({ type }) => type !== 'SCALAR').equals(all.filter(({ type }) => type !== 'SCALAR')),
          ).toBe(true);
        },
      ),
    ));
});

it('reserved resources go by the deepest owner, then the tallest stack, then the bytes of the identity (Q-5)', () => {
  const inOrder = [
    'cpus(+a>+a/b/c):1',
    'cpus(a>+a/b):1',
    'cpus(+a/b):1',
    'cpus(+a):1',
    'cpus(a):1',
    'cpus(b):1',
  ];
  const kinds = inOrder.map((each) => kindOf(bag(each).kinds[0]));
  expect([...kinds].reverse().sort(compareReserved)).toEqual(kinds);
});
