/** Resources as a person writes them, found among what is reserved. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { asReserved, dynamicallyReserved } from '../../src/cluster/resources/as-reserved.js';
import { pushReservation, toUnreserved } from '../../src/cluster/resources/conversions.js';
import { formatResources, parseResources } from '../../src/cluster/resources/text.js';
import { anyResources, textResources } from './arbitrary-resources.js';

const bag = parseResources;
const text = formatResources;

it('leaves out what is static, of other roles, and volumes', () => {
  const all = bag(
    'cpus:1;cpus(eng):2;cpus(+eng):3;cpus(eng>+eng/web):4;cpus(+ops):5;disk(+eng)[volume=v]:6;ports(+eng):[1-2]',
  );
  expect(text(dynamicallyReserved(all, 'eng'))).toBe('cpus(+eng):3;ports(+eng):[1-2]');
  expect(text(dynamicallyReserved(all, 'eng/web'))).toBe('cpus(eng>+eng/web):4');
});

it('takes of several principals what one alone has not, and tells what is missing', () => {
  const by = (principal: string, what: string) =>
    pushReservation(bag(what), { type: 'DYNAMIC', role: 'eng', principal });
  const ann = by('ann', 'cpus:1;ports:[1-5];keys:{a}');
  const bob = by('bob', 'cpus:2;ports:[6-9];keys:{b}');
  const { part, missing } = asReserved(ann.plus(bob), bag('cpus:2.5;ports:[4-7,12-13];keys:{a,b,c};mem:1'));
  expect(text(missing)).toBe('mem:1;ports:[12-13];keys:{c}');
  const ofAnn = by('ann', 'cpus:1;ports:[4-5];keys:{a}');
  expect(part.equals(ofAnn.plus(by('bob', 'cpus:1.5;ports:[6-7];keys:{b}')))).toBe(true);
});

it.each([
  ['disk:10', 'disk:10'],
  ['disk[mount=/m]:50', 'disk[mount=/m]:50'],
  ['disk[mount=/m]:100', ''],
  ['disk[path=/p]:7', ''],
  ['disk[path=/p]:9', 'disk[path=/p]:1'],
])('finds a disk by its source, and whole where it goes whole: of %s "%s" is missing', (wanted, lack) => {
  const reserved = bag('disk(+eng)[mount=/m]:100;disk(+eng)[path=/p]:8');
  expect(text(asReserved(reserved, bag(wanted)).missing)).toBe(lack);
});

it('finds all that is reserved, and of other resources no more than there is', () => {
  const unreserved = textResources.map(toUnreserved);
  fc.assert(
    fc.property(anyResources, unreserved, (all, other) => {
      const reserved = dynamicallyReserved(all, 'eng');
      const wanted = toUnreserved(reserved);
      const whole = asReserved(reserved, wanted);
      expect(whole.missing.isEmpty).toBe(true);
      expect(toUnreserved(whole.part).equals(wanted)).toBe(true);
      const { part, missing } = asReserved(reserved, other);
      expect(reserved.contains(part)).toBe(true);
      expect(text(toUnreserved(part).plus(missing))).toBe(text(other));
    }),
  );
});
