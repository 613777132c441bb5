/** Files that a new policy begins with; both work as they are. */
export interface NewFile {
  readonly name: string;
  readonly text: string;
}

/** What is wrong with a name for a policy; undefined: nothing. */
export function nameProblem(name: string): string | undefined {
  return /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/i.test(name)
    ? undefined
    : 'a name is letters and digits, with single dashes';
}

/** A module with a policy of that name, and its test. */
export function newAllocatorFiles(name: string): NewFile[] {
  return [
    { name: `${name}.ts`, text: moduleText(name) },
    { name: `${name}.test.ts`, text: testText(name) },
  ];
}

function moduleText(name: string): string {
  return `import { definePolicy } from 'agora-sim';

/** Serves who has waited longest, counted in the weight of its role; equal ones as DRF does. */
export default definePolicy({
  name: '${name}',
  needs: 'asks',
  options: { patience: { default: 0, min: 0, about: 'seconds that count as no wait at all' } },

  // The smallest number is served first.
  rank: (candidate, { patience }) => -candidate.weight * Math.max(0, candidate.waiting - patience),
});

/**
 * What sim verify and the test hold it to; without this list, to all that drf keeps. Waiting knows nothing of shares, so
 * nothing of fairness is here. docs/properties.md says what each is.
 */
export const promises = [
  ...['grants', 'sound', 'ask-order', 'capacity', 'conservation', 'limits', 'headroom', 'eligibility'],
  ...['filters', 'suppress', 'refused-calls', 'determinism', 'snapshot', 'input-order'],
  ...['nothing-withheld', 'non-wasteful', 'work-conservation'],
];
`;
}

function testText(name: string): string {
  return `import { simulateTasks } from 'agora-sim';
import { testAllocator } from 'agora-sim/testing';
import { expect, it } from 'vitest';
import policy from './${name}.js';

/** One agent that holds one of these tasks at a time; each runs for 10 s. */
const agents = ['cpus:4;mem:4096'];
const task = { cpus: 4, mem: 4096, duration: 10 };
const tasks = [
  { ...task, framework: 'early' },
  { ...task, framework: 'late', submit: 2 },
  { ...task, framework: 'early', submit: 1, tasks: 2 },
];

it('serves who has waited longest', async () => {
  const outcomes = await simulateTasks({ allocator: policy, agents, tasks });
  expect(outcomes.map(({ start }) => start)).toEqual([0, 30, 10, 20]);
});

it('takes the wait up to its patience for none: then shares decide, as in DRF', async () => {
  const outcomes = await simulateTasks({ allocator: policy, options: { patience: 1000 }, agents, tasks });
  expect(outcomes.map(({ start }) => start)).toEqual([0, 10, 20, 30]);
});

// A test for each of its promises, on random cases.
testAllocator('./${name}.ts');
`;
}
