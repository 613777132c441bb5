import { describe, expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import type { Allocator, AllocatorOptions } from '../../src/cluster/allocator.js';
import { runVerify } from '../../src/verify/run-verify.js';
import { watchedSubject } from '../../src/verify/subject.js';
import { plantedBugs } from './planted.js';

interface Size {
  readonly agents: number;
  readonly roles: number;
  readonly steps: number;
}

/** How much a reader has to look at. */
function sizeOf(testCase: unknown): Size {
  const { history, users, agents } = testCase as {
    history?: { steps: readonly Record<string, unknown>[] };
    users?: readonly unknown[];
    agents?: readonly unknown[];
  };
  if (history === undefined) return { agents: agents?.length ?? 0, roles: users?.length ?? 0, steps: 0 };
  const { steps } = history;
  const roles = steps.flatMap(({ do: verb, roles: some, role }) =>
    verb === 'addFramework' ? (some as string[]) : role === undefined ? [] : [role],
  );
  return {
    agents: new Set(steps.filter((step) => step.do === 'addAgent').map(({ agent }) => agent)).size,
    roles: new Set(roles).size,
    steps: steps.length,
  };
}

// A row of the table depends on the seed alone, not on what else is chosen: these are those of the default.
describe('a planted bug is found with default options, and shrunk', () => {
  it.each(plantedBugs)('$bug', async ({ bug, property, economy, create, mechanism }) => {
    const drf = (given: AllocatorOptions): Allocator => createAllocator('drf', given);
    const faulty = watchedSubject({ name: bug, create: create ?? drf, mechanism });
    const options = { properties: [property], economies: [economy], runs: 1000, seed: '1', workers: 0 };
    const { rows } = await runVerify(faulty, options);
    expect(rows).toHaveLength(1);
    const [row] = rows;
    expect(row, row.property).toMatchObject({ verdict: 'refuted', promised: true });
    const { agents, roles, steps } = sizeOf(row.testCase);
    const shown = `${row.sentence}\n${JSON.stringify(row.testCase)}`;
    expect(agents, shown).toBeLessThanOrEqual(3);
    expect(roles, shown).toBeLessThanOrEqual(3);
    expect(steps, shown).toBeLessThanOrEqual(8);
    if (process.env.SHOW) console.error(bug, shown);
  });
});
