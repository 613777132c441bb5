import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  growVolume,
  popReservation,
  pushReservation,
  shrinkVolume,
  toUnreserved,
  withoutVolume,
} from '../../src/cluster/resources/conversions.js';
import { resourcesFromJson } from '../../src/cluster/resources/json.js';
import {
  createProblem,
  destroyProblem,
  growProblem,
  reserveProblem,
  shrinkProblem,
  unreserveProblem,
} from '../../src/cluster/resources/operation-rules.js';
import { quantities } from '../../src/cluster/resources/queries.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { formatResources, parseResources } from '../../src/cluster/resources/text.js';
import {
  allocationRolesProblem,
  duplicateProblem,
  gpusProblem,
  mixedRevocableProblem,
  overlapProblem,
  rangeProblem,
  reservationsProblem,
  revocableProblem,
  scalarProblem,
  sharedProblem,
  typeProblem,
  volumesProblem,
} from '../../src/cluster/resources/validate.js';
import { anyResources } from './arbitrary-resources.js';

const bag = parseResources;
const fine = undefined;

/** Volumes with the path and principal that resource text cannot say. */
function volumes(...ids: string[]): Resources {
  return resourcesFromJson(ids.map((id) => volumeJson({ id, principal: 'ann' }))).resources;
}

function volumeJson(persistence: object, more: object = {}): object {
  return {
    name: 'disk',
    type: 'SCALAR',
    scalar: { value: 5 },
    role: 'eng',
    reservation: {},
    disk: { persistence, volume: { container_path: 'data', mode: 'RW' } },
    ...more,
  };
}

describe('values and names', () => {
  it.each([
    [1, fine],
    [0, fine],
    [0.0005, fine],
    [0.0004, 'the smallest quantity is 0.001 (R-1.2)'],
    [-0.5, 'a resource is not negative (R-1.3)'],
    [NaN, 'a resource is a number (R-1.3)'],
    [Infinity, 'the largest quantity is 1099511627776'],
  ])('R-1.3 a scalar of %d: %s', (value, problem) => {
    expect(scalarProblem(value)).toBe(problem);
  });

  it('R-1.3 ranges begin before they end and do not overlap; they may touch', () => {
    expect(rangeProblem(1, 1)).toBe(fine);
    expect(rangeProblem(2, 1)).toMatch('ends before it begins');
    expect(rangeProblem(-1, 1)).toMatch('whole numbers from 0');
    expect(
      overlapProblem([
        [5, 9],
        [1, 4],
      ]),
    ).toBe(fine);
    expect(
      overlapProblem([
        [4, 9],
        [1, 4],
      ]),
    ).toBe('the ranges 1-4 and 4-9 overlap (R-1.3)');
  });

  it('R-1.3 a set has no element twice', () => {
    expect(duplicateProblem(['a', 'b'])).toBe(fine);
    expect(duplicateProblem(['a', 'b', 'a'])).toBe('the set has "a" twice (R-1.3)');
  });

  it('R-1.4 known names have their types, other names any; gpus are whole', () => {
    expect(typeProblem('mem', 'SCALAR')).toBe(fine);
    expect(typeProblem('ports', 'SCALAR')).toBe('"ports" takes ranges such as [31000-32000] (R-1.4)');
    expect(typeProblem('licences', 'SET')).toBe(fine);
    expect(gpusProblem('gpus', 2000)).toBe(fine);
    expect(gpusProblem('gpus', 1500)).toBe('gpus are whole numbers (R-1.4)');
    expect(gpusProblem('cpus', 1500)).toBe(fine);
  });
});

describe('reservations', () => {
  const at = (type: 'STATIC' | 'DYNAMIC', role: string): { type: typeof type; role: string } => ({
    type,
    role,
  });

  it.each([
    [[], fine],
    [[at('STATIC', 'a')], fine],
    [[at('STATIC', 'a'), at('DYNAMIC', 'a/b/c')], fine],
    [[at('DYNAMIC', 'a'), at('DYNAMIC', 'a/b'), at('DYNAMIC', 'a/b/c')], fine],
    [[at('STATIC', '*')], 'nothing is reserved for "*" (R-1.10)'],
    [[at('STATIC', 'a/')], 'role "a/" starts or ends with a slash (R-2.1)'],
    [
      [at('STATIC', 'a'), at('STATIC', 'a/b')],
      'only the first reservation is static, the one for "a/b" is dynamic (R-1.11)',
    ],
    [[at('STATIC', 'a'), at('DYNAMIC', 'a')], '"a" is not below "a", which it refines (R-1.11)'],
    [[at('STATIC', 'a'), at('DYNAMIC', 'ab')], '"ab" is not below "a", which it refines (R-1.11)'],
  ])('R-1.10, R-1.11 %j: %s', (stack, problem) => {
    expect(reservationsProblem(stack)).toBe(problem);
  });

  it('R-1.11 a pushed reservation comes off again', () =>
    fc.assert(
      fc.property(anyResources, (resources) => {
        const pushed = pushReservation(resources, { type: 'DYNAMIC', role: 'x', principal: 'p' });
        expect(popReservation(pushed).equals(resources)).toBe(true);
        expect(pushed.filter(({ owner }) => owner !== 'x').isEmpty).toBe(true);
        expect(quantities(pushed)).toEqual(quantities(resources));
        expect(toUnreserved(pushed).equals(toUnreserved(resources))).toBe(true);
      }),
    ));

  it('R-1.11 popping gives a refined resource back to the owner before', () => {
    const popped = popReservation(bag('cpus(a>+a/b):2;ports(+a):[1-3];mem(a):1'));
    expect(formatResources(popped)).toBe('mem:1;ports:[1-3];cpus(a):2');
  });

  const eng = { roles: ['eng', 'ops'], allocationRole: 'eng' };

  it.each([
    ['cpus(+eng):1', { framework: eng }, fine],
    ['cpus(eng>+eng/web):1', {}, fine],
    ['cpus(+ops):1', {}, fine],
    ['cpus(eng):1', { framework: eng }, 'cpus(eng) has no dynamic reservation to make (R-1.13)'],
    ['cpus:1', {}, 'cpus has no dynamic reservation to make (R-1.13)'],
    ['cpus(+eng)[revocable]:1', {}, 'revocable resources are not reserved: cpus(+eng)[revocable] (R-1.16)'],
    ['disk(+eng)[volume=v]:1', {}, 'the disk of volume "v" is reserved before the volume is made (R-1.20)'],
    [
      'cpus(+ops):1',
      { framework: eng },
      'the reservation is for role "ops", the offer was made to "eng" (R-1.16)',
    ],
    [
      'cpus(+x):1',
      { framework: { roles: ['eng'], allocationRole: 'x' } },
      'the framework does not have the role "x" (R-1.16)',
    ],
    [
      'cpus(+eng):1',
      { principal: 'ann' },
      'the reservation\'s principal is "", the caller\'s is "ann" (R-1.16)',
    ],
  ])('R-1.16 RESERVE of %s by %j: %s', (text, by, problem) => {
    expect(reserveProblem(bag(text), by)).toBe(problem);
  });

  it('R-1.16 the principal of the reservation is the caller', () => {
    const by = pushReservation(bag('cpus:1'), { type: 'DYNAMIC', role: 'eng', principal: 'ann' });
    expect(reserveProblem(by, { principal: 'ann' })).toBe(fine);
    expect(reserveProblem(by, { principal: 'bob' })).toMatch('is "ann", the caller\'s is "bob"');
  });

  it.each([
    ['cpus(+a):1;ports(a>+a/b):[1-2]', fine],
    ['cpus(a):1', 'cpus(a) is not dynamically reserved (R-1.13)'],
    ['cpus:1', 'cpus is not dynamically reserved (R-1.13)'],
    ['disk(+a)[volume=v]:1', 'destroy the volume "v" first (R-1.20)'],
  ])('R-1.13, R-1.20 UNRESERVE of %s: %s', (text, problem) => {
    expect(unreserveProblem(bag(text))).toBe(problem);
  });
});

describe('volumes', () => {
  it('R-1.20 a volume is reserved, has a path and an id of its own per role', () => {
    expect(volumesProblem(volumes('a', 'b'))).toBe(fine);
    expect(volumesProblem(volumes('a').plus(bag('cpus:1;disk:5')))).toBe(fine);
    expect(volumesProblem(volumes('a', 'a'))).toBe(
      'the volume id "a" is there twice for role "eng" (R-1.20)',
    );
    expect(volumesProblem(bag('disk[volume=v]:1'))).toBe(
      'the volume "v" is not reserved: reserve its disk first (R-1.20)',
    );
    expect(volumesProblem(bag('disk(+a)[volume=v]:1'))).toBe('the volume "v" has no container_path (R-1.20)');
    expect(volumesProblem(volumes('a/b'))).toMatch(
      'the volume id "a/b" is empty, too long, or holds a slash',
    );
    const larger = resourcesFromJson(volumeJson({ id: 'a' }, { scalar: { value: 6 } })).resources;
    expect(volumesProblem(volumes('a').plus(larger))).toMatch('"a" is there twice');
  });

  it('R-1.20, R-1.22 copies of a shared volume are one volume', () => {
    const shared = volumeJson({ id: 'a' }, { shared: {} });
    expect(volumesProblem(resourcesFromJson([shared, shared]).resources)).toBe(fine);
  });

  it('R-1.20 a volume is not revocable', () => {
    expect(revocableProblem(bag('disk(a)[revocable,volume=v]:1'))).toMatch('a volume is not revocable');
    expect(revocableProblem(bag('cpus(a)[revocable]:1;mem[revocable]:1'))).toBe(fine);
  });

  it('R-1.22 only volumes are shared', () => {
    expect(sharedProblem({ shared: true, volume: undefined })).toBe(
      'only a persistent volume is shared (R-1.22)',
    );
    expect(sharedProblem({ shared: true, volume: 'v' })).toBe(fine);
  });

  it('R-1.20, R-1.22 CREATE makes volumes with new ids, shared ones for those who can share', () => {
    const none = bag('cpus:1');
    expect(createProblem(volumes('a'), none, { sharing: false, principal: 'ann' })).toBe(fine);
    expect(createProblem(volumes('a'), none, { sharing: false, principal: 'bob' })).toMatch(
      'is "ann", the caller',
    );
    expect(createProblem(volumes('a'), volumes('a'), { sharing: false })).toBe(
      'role "eng" already has a volume "a" here (R-1.20)',
    );
    expect(createProblem(volumes('a'), volumes('b'), { sharing: false })).toBe(fine);
    expect(createProblem(bag('disk(+a):1'), none, { sharing: false })).toMatch('disk(+a) is no volume');
    const shared = resourcesFromJson(volumeJson({ id: 'a' }, { shared: {} })).resources;
    expect(createProblem(shared, none, { sharing: false })).toMatch('SHARED_RESOURCES');
    expect(createProblem(shared, none, { sharing: true })).toBe(fine);
    for (const source of ['raw', 'block']) {
      const problem = createProblem(bag(`disk(+eng)[${source}=d,volume=v]:5`), none, { sharing: false });
      expect(problem).toBe(`a ${source.toUpperCase()} disk has no file system for a volume (R-1.20)`);
    }
  });

  it('R-1.20, R-1.22 DESTROY takes a volume that is there and not in use', () => {
    const there = volumes('a', 'b');
    expect(destroyProblem(volumes('a'), there, volumes('b'))).toBe(fine);
    expect(destroyProblem(volumes('a'), there, volumes('a'))).toBe('the volume "a" is in use (R-1.20)');
    expect(destroyProblem(volumes('c'), there, Resources.EMPTY)).toBe(
      'there is no volume "c" like this on the agent (R-1.6)',
    );
    expect(destroyProblem(bag('disk(+eng):5'), there, Resources.EMPTY)).toMatch('is no volume');
  });

  it('CREATE and DESTROY keep quantities and reservations (R-7.13)', () => {
    expect(formatResources(withoutVolume(volumes('a', 'b').plus(bag('ports:[1-2]'))))).toBe(
      'ports:[1-2];disk(+eng):10',
    );
    const copies = bag('disk(+a)[volume=v,shared]:5;disk(+a)[volume=v,shared]:5');
    expect(formatResources(withoutVolume(copies))).toBe('disk(+a):5');
    expect(formatResources(withoutVolume(bag('disk(+a)[volume=v,mount=/m]:5')))).toBe('disk(+a)[mount=/m]:5');
    expect(formatResources(withoutVolume(bag('disk(+a)[volume=v,path=/p]:5')))).toBe('disk(+a)[path=/p]:5');
  });

  it('R-1.21 a volume grows by its own disk and shrinks to less than its size', () => {
    const v = bag('disk(+a)[volume=v]:5');
    expect(growProblem(v, bag('disk(+a):3'))).toBe(fine);
    expect(formatResources(growVolume(v, bag('disk(+a):3')))).toBe('disk(+a)[volume=v]:8');
    expect(shrinkProblem(v, 2000)).toBe(fine);
    expect(formatResources(shrinkVolume(v, 2000))).toBe('disk(+a):2;disk(+a)[volume=v]:3');
    expect(growProblem(v, bag('disk:3'))).toBe("the addition is of the volume's own disk: disk(+a) (R-1.21)");
    expect(growProblem(v, bag('disk(+a):3;cpus(+a):1'))).toMatch('the addition is');
    expect(growProblem(v, Resources.EMPTY)).toMatch('the addition is');
    expect(shrinkProblem(v, 0)).toBe('a volume shrinks by more than 0 (R-1.21)');
    expect(shrinkProblem(v, 5000)).toBe('a volume shrinks by less than its size (R-1.21)');
  });

  it.each([
    ['disk(+a):5', 'one volume is resized at a time'],
    ['disk(+a)[volume=v]:5;disk(+a)[volume=w]:5', 'one volume is resized at a time'],
    ['disk(+a)[volume=v,shared]:5', 'a shared volume is not resized (R-1.21)'],
    ['disk(+a)[volume=v,mount=/m]:5', 'a volume on a MOUNT disk is not resized (R-1.21)'],
  ])('R-1.21 %s: %s', (text, problem) => {
    expect(growProblem(bag(text), bag('disk(+a):1'))).toBe(problem);
    expect(shrinkProblem(bag(text), 1000)).toBe(problem);
  });
});

describe('what a task uses', () => {
  it('R-1.24 no name is both revocable and not', () => {
    expect(mixedRevocableProblem(bag('cpus[revocable]:1;mem:1'))).toBe(fine);
    expect(mixedRevocableProblem(bag('cpus[revocable]:1;cpus(a):1'))).toBe(
      '"cpus" is both revocable and not revocable; use one of them (R-1.24)',
    );
  });

  it('R-1.24 one allocation role', () => {
    expect(allocationRolesProblem([])).toBe(fine);
    expect(allocationRolesProblem(['a', 'a'])).toBe(fine);
    expect(allocationRolesProblem(['a', 'b'])).toBe(
      'the resources are allocated to the roles "a" and "b"; use one (R-1.24)',
    );
  });
});
