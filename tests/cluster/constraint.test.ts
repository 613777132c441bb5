import { expect, it } from 'vitest';
import { satisfies, parseConstraint } from '../../src/cluster/constraint.js';

it.each([
  ['gpu_model=P100|T4', 'T4', true],
  ['gpu_model=P100|T4', 'P100', true],
  ['gpu_model=P100|T4', 'V100', false],
  ['gpu_model=a|b', 'a|b', true],
  ['gpu_model=T4', 'T4', true],
])('the constraint %s on an agent of %s: %s', (constraint, text, expected) => {
  const attributes = [{ name: 'gpu_model', type: 'TEXT', text } as const];
  expect(satisfies(attributes, parseConstraint(constraint))).toBe(expected);
});
