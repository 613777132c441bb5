/**
 * Whatever stands in a file, the answer is a result with one line of text, and the same file gives the same
 * answer.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { runScenario, type ScenarioResult } from '../../src/scenario/runner.js';
import { actionSchemas, checkSchemas } from '../../src/scenario/schema.js';
import { scenarioText } from './run.js';

const run = (text: string): ScenarioResult =>
  runScenario(text, { verbose: true, create: (_name, options) => createAllocator('drf', options) });

function expectOneLine(text: string): void {
  const result = run(text);
  expect(result.ok).toBe(result.failure === undefined);
  const message = result.failure?.message ?? 'passed';
  expect(message).toMatch(/^[^\n\r]+$/);
  // A fault of the runner or of drf, not of the file.
  expect(message).not.toMatch(/threw|accepted it, although|changed something|given/);
  expect(run(text)).toEqual(result);
}

const resources = fc.constantFrom(
  'cpus:2;mem:64',
  'cpus:1',
  'cpus(+x):1',
  'disk(+x)[volume=v,shared]:5',
  'cpus[revocable]:1',
  'ports:[1-3]',
  'cpus:0',
  '',
  'cpus',
);
const agent = fc.constantFrom('a', 'b');
const framework = fc.constantFrom('f', 'g');
const role = fc.constantFrom('x', 'y', 'x/z', '*', '');
const roles = fc.uniqueArray(role, { maxLength: 3 });
const seconds = fc.constantFrom(-1, 0, 0.5, 1, 3, 1e9);
const named = (value: fc.Arbitrary<unknown>) => fc.dictionary(fc.constantFrom('f', 'x', 'a', 'note'), value);

/** A likely value of each key that a step may have; some of them wrong. */
const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  agent,
  framework,
  role,
  roles,
  resources,
  from: resources,
  to: resources,
  guarantees: fc.constantFrom('cpus:1', '', 'mem:32'),
  limits: fc.constantFrom('cpus:1', '', 'cpus:0'),
  seconds,
  refuseSeconds: seconds,
  suppressedRoles: roles,
  capabilities: fc.constantFrom(
    ['MULTI_ROLE'],
    ['MULTI_ROLE', 'SHARED_RESOURCES', 'REVOCABLE_RESOURCES'],
    ['X'],
  ),
  attributes: fc.constantFrom('rack:r1', ''),
  used: named(named(resources)),
  minAllocatable: named(fc.array(fc.constantFrom('cpus:1', ''))),
  active: fc.boolean(),
  weights: named(fc.constantFrom(0, 1, 2.5)),
  agents: fc.constantFrom(null, [], ['a']),
  times: fc.constantFrom(0, 1, 2, -1),
  steps: fc.constant([]),
  fails: fc.constantFrom(true, 'unknown'),
};

const actions = Object.entries(actionSchemas).map(([verb, { shape }]) => {
  const keys = Object.keys(shape).filter((key) => key in values);
  const fields = Object.fromEntries(keys.map((key) => [key, values[key]]));
  const requiredKeys = keys.filter((key) => !shape[key as keyof typeof shape].safeParse(undefined).success);
  return fc.record(fields, { requiredKeys }).map((step) => ({ do: verb, ...step }));
});
const checks = Object.keys(checkSchemas).map((kind) => fc.constant({ expect: kind, roles: [], totals: [] }));

it('for steps of every kind', () => {
  const start = [
    { do: 'addAgent', agent: 'a', resources: 'cpus:4;mem:128;disk(+x)[volume=v,shared]:5' },
    { do: 'addFramework', framework: 'f', roles: ['x', 'y'] },
  ];
  fc.assert(
    fc.property(fc.array(fc.oneof(...actions, ...checks), { maxLength: 12 }), (steps) => {
      expectOneLine(scenarioText([...start, ...steps]));
    }),
    { numRuns: 1500 },
  );
});

it('for anything that is JSON, and anything that is not', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.string(),
        fc.json().map((json) => scenarioText([JSON.parse(json)])),
      ),
      (text) => {
        expectOneLine(text);
      },
    ),
    { numRuns: 500 },
  );
});
