/** Bags of resources against the plainest model there is: per kind a number, or the set of its elements. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { kindOf } from '../../src/cluster/resources/kinds.js';
import { ResourceBag, Resources } from '../../src/cluster/resources/resources.js';
import { pairsOf, type Value } from '../../src/cluster/resources/values.js';
import { anyResources, relatedResources } from './arbitrary-resources.js';

type Model = Map<string, number | Set<string>>;

function elements(value: Value): Set<string> {
  if (value.type === 'SET') return new Set(value.items);
  return new Set(
    pairsOf(value).flatMap(([begin, end]) =>
      Array.from({ length: end - begin + 1 }, (_, i) => `${begin + i}`),
    ),
  );
}

function modelOf(bag: Resources): Model {
  const model: Model = new Map();
  bag.kinds.forEach((kind, i) => {
    const value = bag.values?.[i];
    model.set(kindOf(kind).key, value === undefined ? bag.amounts[i] : elements(value));
    // The quantity of elements is their number.
    if (value !== undefined) expect(bag.amounts[i]).toBe(elements(value).size * 1000);
  });
  return model;
}

function plus(a: Model, b: Model): Model {
  const sum = new Map(a);
  for (const [key, more] of b) {
    const known = sum.get(key);
    if (known === undefined) sum.set(key, more);
    else
      sum.set(
        key,
        known instanceof Set ? new Set([...known, ...(more as Set<string>)]) : known + (more as number),
      );
  }
  return sum;
}

function minus(a: Model, b: Model): Model {
  const left: Model = new Map();
  for (const [key, known] of a) {
    const gone = b.get(key);
    if (gone === undefined) left.set(key, known);
    else if (known instanceof Set) {
      const rest = [...known].filter((each) => !(gone as Set<string>).has(each));
      if (rest.length > 0) left.set(key, new Set(rest));
    } else if (known > (gone as number)) left.set(key, known - (gone as number));
  }
  return left;
}

function contains(a: Model, b: Model): boolean {
  return [...b].every(([key, part]) => {
    const whole = a.get(key);
    if (part instanceof Set) return whole instanceof Set && [...part].every((each) => whole.has(each));
    return ((whole as number | undefined) ?? 0) >= part;
  });
}

const isSame = (a: Model, b: Model): boolean => contains(a, b) && contains(b, a);

it('plus, minus, contains and equals are those of numbers and sets (R-1.5, R-1.6)', () => {
  const numRuns = fc.readConfigureGlobal().numRuns ?? 1000;
  const found = { contained: 0, equal: 0 };
  fc.assert(
    fc.property(relatedResources, ([a, b]) => {
      const [x, y] = [modelOf(a), modelOf(b)];
      expect(modelOf(a.plus(b))).toEqual(plus(x, y));
      expect(modelOf(a.minus(b))).toEqual(minus(x, y));
      expect(modelOf(b.minus(a))).toEqual(minus(y, x));
      expect(a.contains(b)).toBe(contains(x, y));
      expect(b.contains(a)).toBe(contains(y, x));
      expect(a.equals(b)).toBe(isSame(x, y));
      if (a.contains(b) && !b.isEmpty) found.contained++;
      if (a.equals(b)) found.equal++;
    }),
    { numRuns },
  );
  // What never holds of the cases would be no test.
  expect(Math.min(found.contained, found.equal)).toBeGreaterThanOrEqual(Math.floor(numRuns / 100));
});

it('a mutable bag that is added to and taken from is the same sum, saturating (R-1.6)', () =>
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.oneof(anyResources, relatedResources)), { maxLength: 6 }),
      (steps) => {
        const bag = new ResourceBag();
        let [sum, model]: [Resources, Model] = [Resources.EMPTY, new Map()];
        for (const [isAdded, drawn] of steps) {
          for (const part of drawn instanceof Resources ? [drawn] : drawn) {
            if (isAdded) bag.addAll(part);
            else bag.subtractAll(part);
            sum = isAdded ? sum.plus(part) : sum.minus(part);
            model = isAdded ? plus(model, modelOf(part)) : minus(model, modelOf(part));
          }
        }
        expect(modelOf(bag.toResources())).toEqual(model);
        expect(bag.toResources().equals(sum)).toBe(true);
      },
    ),
  ));
