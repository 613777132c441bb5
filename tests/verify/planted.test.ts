import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import type { Allocator, AllocatorOptions } from '../../src/cluster/allocator.js';
import { runVerify } from '../../src/verify/run-verify.js';
import { watchedSubject } from '../../src/verify/subject.js';
import { sizeOf } from './case-size.js';
import { plantedBugs } from './planted.js';

// One of them looks at the clock: how far its case shrinks must not depend on when the test runs.
beforeAll(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 0 });
});
afterAll(() => {
  vi.useRealTimers();
});

// A row of the table depends on the seed alone, not on what else is chosen: these are those of the default command, which
// default-command.test.ts runs whole.
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
