/** Each kind of check, passing and failing, with the line that a person reads. */
import { describe, expect, it } from 'vitest';
import { Resources } from '../../src/cluster/resources/resources.js';
import {
  advance,
  agent,
  framework,
  noOffers,
  offerOf,
  offers,
  outcome,
  run,
  runWith,
  type Json,
} from './run.js';

const differs = (steps: readonly Json[]): string => outcome(run(steps)).replace(/^\d+: /, '');
const total = (text: string): Json => {
  const [of, role, resources] = text.split(' ');
  return { framework: of, role, resources };
};

describe('offers', () => {
  const start = [framework('f', 'x'), agent('a', 'cpus:1;mem:32'), agent('b', 'cpus:2')];

  it('are exactly these, in any order', () => {
    expect(differs([...start, offers('f x b cpus:2', 'f x a mem:32;cpus:1')])).toBe('ok');
  });

  it.each([
    [[], 'not expected: f in x on a: cpus:1;mem:32, f in x on b: cpus:2'],
    [['f x a cpus:1;mem:32'], 'not expected: f in x on b: cpus:2'],
    [['f x a cpus:1', 'f x b cpus:2'], 'f in x on a: cpus:1 expected, got cpus:1;mem:32'],
    [
      ['f x a cpus:1;mem:32', 'f x b cpus:2', 'f x b cpus:2', 'ghost x b cpus:2'],
      'not offered: f in x on b: cpus:2, ghost in x on b: cpus:2',
    ],
    [
      ['f x a cpus:1;mem:32', 'f y b cpus:2'],
      'not offered: f in y on b: cpus:2; not expected: f in x on b: cpus:2',
    ],
    [
      ['1', '2', '3', '4', '5'].map((n) => `f x n${n} cpus:${n}`),
      'not offered: f in x on n1: cpus:1, f in x on n2: cpus:2, f in x on n3: cpus:3, and 2 more; ' +
        'not expected: f in x on a: cpus:1;mem:32, f in x on b: cpus:2',
    ],
  ])('%j', (expected, message) => {
    expect(differs([...start, offers(...expected)])).toBe(message);
  });

  it('anyOf has one that fits, or the nearest is told', () => {
    const anyOf = (...alternatives: readonly (readonly string[])[]): Json => ({
      expect: 'offers',
      anyOf: alternatives.map((alternative) => alternative.map(offerOf)),
    });
    const right = ['f x a cpus:1;mem:32', 'f x b cpus:2'];
    expect(differs([...start, anyOf([], right)])).toBe('ok');
    expect(differs([...start, anyOf([], ['f x b cpus:2'])])).toBe(
      'none of the 2 alternatives; nearest is number 2: not expected: f in x on a: cpus:1;mem:32',
    );
    expect(differs([...start, anyOf(['f x b cpus:2'])])).toBe('not expected: f in x on a: cpus:1;mem:32');
  });

  it('count what one run gave in one role on one agent as one', () => {
    const split: Json[] = [agent('a', 'cpus:4'), framework('f', 'x'), offers('f x a cpus:4')];
    const inHalves = runWith(split, (real) => ({
      allocate: (now, scope, sink) =>
        real.allocate(now, scope, (to, made) => {
          for (const offer of made) {
            const part = Resources.plain(1000, 0);
            sink(to, [{ ...offer, resources: part }]);
            sink(to, [{ ...offer, resources: offer.resources.minus(part) }]);
          }
        }),
    }));
    expect(inHalves).toBe('ok');
  });
});

describe('noOffers', () => {
  it('passes when nothing was offered since the last check', () => {
    expect(differs([framework('f', 'x'), agent('a', 'cpus:1'), offers('f x a cpus:1'), noOffers])).toBe('ok');
  });

  it('counts what was', () => {
    expect(differs([framework('f', 'x'), agent('a', 'cpus:1'), noOffers])).toBe(
      'no offers expected, got 1 offer: f in x on a: cpus:1',
    );
  });
});

describe('offerTotals', () => {
  const start = [
    framework('f', ['x', 'y'], { suppressedRoles: ['y'] }),
    agent('a', 'cpus:1;ports:[1-2];cpus(x):2'),
    agent('b', 'cpus:2;mem:32'),
  ];

  it.each([
    [['f x cpus:5;mem:32'], 'ok'],
    [['f x cpus:3;mem:32;cpus(x):2'], 'ok'],
    [['f x cpus:5;mem:32', 'g x '], 'ok'],
    [['f x cpus:5'], 'f in x: cpus:5 expected, got cpus:5;mem:32'],
    [
      ['f x cpus:5;mem:32;cpus(y):1'],
      'f in x: cpus:5;mem:32;cpus(y):1 expected, got cpus:3;mem:32;cpus(x):2',
    ],
    [[], 'f in x: nothing expected, got cpus:5;mem:32'],
    [['f x cpus:5;mem:32', 'f y cpus:1'], 'f in y: cpus:1 expected, got nothing'],
  ])('%j', (totals, message) => {
    expect(differs([...start, { expect: 'offerTotals', totals: totals.map(total) }])).toBe(message);
  });

  it('adds up over runs', () => {
    const again: Json = { do: 'repeat', times: 2, steps: [{ do: 'recover' }, advance(1)] };
    expect(differs([...start, again, { expect: 'offerTotals', totals: [total('f x cpus:15;mem:96')] }])).toBe(
      'ok',
    );
  });
});

describe('offerCounts', () => {
  const start = [framework('f', 'x'), agent('a'), agent('b'), agent('c')];

  it.each<[Json, string]>([
    [{ counts: { f: 3 } }, 'ok'],
    [{ counts: { f: 3, g: 0 } }, 'ok'],
    [{ counts: { f: 5 }, tolerance: 2 }, 'ok'],
    [{ counts: { f: 2 } }, 'f: 2 offers expected, got 3'],
    [{ counts: { f: 6 }, tolerance: 2 }, 'f: 6 offers (within 2) expected, got 3'],
    [{ counts: {}, tolerance: 10 }, 'f: 0 offers expected, got 3'],
    [{ counts: { f: 3, g: 1 } }, 'g: 1 offer expected, got 0'],
  ])('%j', (check, message) => {
    expect(differs([...start, { expect: 'offerCounts', ...check }])).toBe(message);
  });
});

describe('the checks of offers use them up, the others do not', () => {
  const start = [framework('f', 'x'), agent('a', 'cpus:1')];
  it.each<Json>([
    { expect: 'offerTotals', totals: [total('f x cpus:1')] },
    { expect: 'offerCounts', counts: { f: 1 } },
    offers('f x a cpus:1'),
  ])('%j', (check) => {
    expect(outcome(run([...start, check, noOffers]))).toBe('ok');
  });
  it.each<Json>([
    { expect: 'allocated' },
    { expect: 'shares', roles: {} },
    { expect: 'order', roles: ['x'] },
  ])('%j', (check) => {
    expect(outcome(run([...start, check, noOffers]))).toContain('4: no offers expected');
  });
});

describe('allocated', () => {
  const volume = 'disk(+x)[volume=v,shared]:5';
  const start = [
    framework('f', ['x', 'x/y'], { capabilities: ['MULTI_ROLE', 'SHARED_RESOURCES'] }),
    framework('g', 'x', {
      capabilities: ['MULTI_ROLE', 'SHARED_RESOURCES'],
      minAllocatable: { x: [] },
      active: false,
    }),
    agent('a', `cpus:1;cpus(x):2;mem:32;ports:[1-9];${volume}`, { used: { f: { 'x/y': 'cpus:1' } } }),
    { do: 'activateFramework', framework: 'g' },
  ];

  it.each<[Json, string]>([
    [{}, 'ok'],
    [{ roles: { x: 'cpus:3;mem:32;disk:5', 'x/y': 'cpus:1', x2: '' }, agents: { b: '' } }, 'ok'],
    [{ agents: { a: 'cpus:3;mem:32;disk:5' } }, 'ok'],
    [{ agents: { a: 'cpus:3' } }, 'agent a holds cpus:3;mem:32;disk:5, expected cpus:3'],
    [{ agents: { b: 'cpus:3' } }, 'agent b holds nothing, expected cpus:3'],
    [{ roles: { 'x/y': '' } }, 'role x/y holds cpus:1, expected nothing'],
    [{ frameworks: { g: 'cpus:1' } }, 'framework g holds disk:5, expected cpus:1'],
    [
      { frameworks: { g: '' }, roles: { 'x/y': 'mem:1' } },
      'framework g holds disk:5, expected nothing, role x/y holds cpus:1, expected mem:1',
    ],
  ])('%j', (check, message) => {
    expect(differs([...start, { expect: 'allocated', ...check }])).toBe(message);
  });

  it('holds the allocator to what it offered', () => {
    const steps = [framework('f', 'x'), agent('a', 'cpus:1'), { expect: 'allocated' }];
    expect(runWith(steps, () => ({ holdings: () => [] }))).toBe(
      '3: f in x on a was given cpus:1, the allocator says nothing',
    );
  });
});

describe('shares', () => {
  const start = [
    { do: 'updateWeights', weights: { x: 2 } },
    framework('f', 'x/y'),
    framework('g', 'z'),
    agent('a', 'cpus:1;mem:32'),
    agent('b', 'cpus:3;mem:32'),
  ];

  it.each<[Json, string]>([
    [{ roles: { x: 0.25, 'x/y': 0.5, z: 0.75, unheard: 0 } }, 'ok'],
    [{ roles: { z: 0.7500009 } }, 'ok'],
    [{ roles: { z: 0.750002 } }, 'share of role z: 0.750002 expected, got 0.75'],
    [{ role: 'x/y', frameworks: { f: 0.5 } }, 'ok'],
    [{ role: 'z', frameworks: { f: 0 } }, 'drf has no share for framework f in role z'],
    [{ role: 'z', frameworks: { g: 0.5 } }, 'share of framework g in role z: 0.5 expected, got 0.75'],
    [{ role: 'z', frameworks: { ghost: 0 } }, 'unknown framework ghost'],
  ])('%j', (check, message) => {
    expect(differs([...start, { expect: 'shares', ...check }])).toBe(message);
  });

  it('are 0 also where nobody is in any role', () => {
    expect(differs([{ expect: 'shares', roles: { x: 0 } }])).toBe('ok');
    expect(differs([{ expect: 'shares', roles: { x: 1 } }])).toBe('share of role x: 1 expected, got 0');
    const none = () => ({ name: 'fifo', roleShare: () => undefined, roleOrder: () => undefined });
    expect(runWith([{ expect: 'shares', roles: { x: 0 } }], none)).toBe('1: fifo has no share for role x');
  });

  it('fail when the allocator has none', () => {
    const none = () => ({ name: 'fifo', roleShare: () => undefined, frameworkShare: () => undefined });
    expect(runWith([...start, { expect: 'shares', roles: { x: 0 } }], none)).toBe(
      '6: fifo has no share for role x',
    );
    const inRole = { expect: 'shares', role: 'z', frameworks: { g: 0 } };
    expect(runWith([...start, inRole], none)).toBe('6: fifo has no share for framework g in role z');
  });
});

describe('order', () => {
  const start = [
    framework('f', 'x'),
    framework('g', 'x', { active: false }),
    framework('h', ['y', 'w/v']),
    agent('a'),
    agent('b'),
    { do: 'suppress', framework: 'h' },
  ];

  it.each<[Json, string]>([
    [{ roles: ['y', 'w/v', 'x'] }, 'ok'],
    [{ roles: ['w/v', 'x', 'y'] }, 'order w/v, x, y expected, got y, w/v, x'],
    [{ roles: ['y', 'w/v'] }, 'order y, w/v expected, got y, w/v, x'],
    [{ role: 'x', frameworks: ['f'] }, 'ok'],
    [{ role: 'x', frameworks: ['g', 'f'] }, 'order g, f expected, got f'],
    [{ role: 'y', frameworks: [] }, 'ok'],
    [{ role: 'y', frameworks: ['h'] }, 'order h expected, got of nobody'],
  ])('%j', (check, message) => {
    expect(differs([...start, { expect: 'order', ...check }])).toBe(message);
  });

  it('fails when the allocator has none', () => {
    const none = () => ({ name: 'fifo', roleOrder: () => undefined, frameworkOrder: () => undefined });
    expect(runWith([{ expect: 'order', roles: [] }], none)).toBe('1: fifo has no order');
    expect(runWith([{ expect: 'order', role: 'x', frameworks: [] }], none)).toBe('1: fifo has no order');
  });
});
