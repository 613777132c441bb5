import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import type { Allocator, AllocatorOptions } from '../../src/cluster/allocator.js';
import { runVerify } from '../../src/verify/run-verify.js';
import { watchedSubject } from '../../src/verify/subject.js';

const options = {
  properties: ['grants', 'ef1'],
  economies: ['E1'] as const,
  runs: 50,
  seed: '1',
  workers: 0,
};

function subjectOf(change: (allocator: Allocator) => Partial<Allocator>) {
  const create = (given: AllocatorOptions): Allocator => {
    const allocator = createAllocator('drf', given);
    return Object.assign(allocator, change(allocator));
  };
  return watchedSubject({ name: './own.js', create });
}

describe('code of a user', () => {
  it('that hangs is cut off and named, and the table so far is kept', async () => {
    vi.stubEnv('AGORA_POLICY_PATIENCE', '0.5');
    onTestFinished(() => void vi.unstubAllEnvs());
    const subject = subjectOf(() => ({
      allocate: () => {
        for (;;);
      },
    }));
    const { rows, partial, broken } = await runVerify(subject, options);
    const sentence = 'it has not come back from allocate for 0.5 s: an endless loop';
    expect({ partial, broken }).toEqual({ partial: true, broken: `grants (E1): ${sentence}` });
    expect(rows[0]).toMatchObject({ property: 'grants', verdict: 'refuted', promised: true, sentence });
    expect(rows[0].testCase).toMatchObject({ agents: [expect.anything()], formerRoles: 0 });
    expect(rows[1]).toMatchObject({ property: 'ef1', verdict: 'not run' });
  });

  it('is at fault for nothing that it does as ours do', async () => {
    const properties = ['sound', 'capacity', 'conservation', 'eligibility', 'nothing-withheld', 'grants'];
    const economies = ['E1', 'E2', 'E3'] as const;
    const { rows } = await runVerify(
      subjectOf(() => ({})),
      { ...options, properties, economies, runs: 200 },
    );
    expect(rows.filter(({ verdict }) => verdict !== 'holds')).toEqual([]);
    expect(rows).toHaveLength(12);
  });

  it('is handed nothing that it could change', async () => {
    const subject = subjectOf((allocator) => {
      const request = allocator.request.bind(allocator);
      return {
        request: (framework, asks, now) => {
          (asks[0] as { count: number }).count = 1;
          return request(framework, asks, now);
        },
      };
    });
    const { rows } = await runVerify(subject, { ...options, properties: ['grants'] });
    expect(rows[0].verdict).toBe('refuted');
    expect(rows[0].sentence).toMatch(/^the allocator threw: Cannot assign to read only property 'count'/);
  });
});
