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
  it('that hangs is cut off and named, and the table goes on', async () => {
    vi.stubEnv('AGORA_POLICY_PATIENCE', '0.5');
    onTestFinished(() => void vi.unstubAllEnvs());
    // In demand mode alone.
    const subject = subjectOf(() => ({
      request: () => {
        for (;;);
      },
    }));
    const { rows, partial, broken } = await runVerify(subject, {
      ...options,
      properties: ['grants', 'sharing-incentive', 'sound'],
      economies: ['E1', 'E3'],
    });
    const sentence = 'it has not come back from request for 0.4 s: an endless loop';
    expect({ partial, broken }).toEqual({ partial: false, broken: undefined });
    expect(rows).toMatchObject([
      { property: 'grants', verdict: 'refuted', promised: true, sentence },
      { property: 'sharing-incentive', verdict: 'refuted', sentence },
      { property: 'sound', economy: 'E3', verdict: 'holds', runs: 50 },
    ]);
    expect(rows[0].testCase).toMatchObject({ agents: [expect.anything()], formerRoles: 0 });
  });

  it('that hangs everywhere is not waited for everywhere', async () => {
    vi.stubEnv('AGORA_POLICY_PATIENCE', '0.1');
    onTestFinished(() => void vi.unstubAllEnvs());
    const subject = subjectOf(() => ({
      request: () => {
        for (;;);
      },
    }));
    const properties = ['grants', 'non-wasteful', 'ef1', 'si1'];
    const { rows, partial, broken } = await runVerify(subject, { ...options, properties });
    expect(rows.map(({ verdict }) => verdict)).toEqual(['refuted', 'refuted', 'refuted', 'not run']);
    expect(rows[3].sentence).toBe('3 others of E1 hung');
    expect({ partial, broken }).toEqual({ partial: true, broken: 'an endless loop in 3 properties of E1' });
  });

  it('leaves nothing out of a table that it does not make longer', async () => {
    vi.stubEnv('AGORA_POLICY_PATIENCE', '0.1');
    onTestFinished(() => void vi.unstubAllEnvs());
    const subject = subjectOf(() => ({
      request: () => {
        for (;;);
      },
    }));
    const properties = ['grants', 'non-wasteful', 'ef1'];
    const { rows, partial, broken } = await runVerify(subject, { ...options, properties });
    expect(rows.map(({ verdict }) => verdict)).toEqual(['refuted', 'refuted', 'refuted']);
    expect({ partial, broken }).toEqual({ partial: false, broken: undefined });
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
