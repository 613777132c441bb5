import { expect, it } from 'vitest';
import { findCheck } from '../../src/verify/catalogue.js';
import { loadSubject } from '../../src/verify/subject.js';
import type { SafetyCase } from '../../src/verify/properties/safety.js';

// Histories that once refuted a promise of ours, as they were shrunk.

const common = { settle: 'each', minAllocatable: ['cpus:0.01', 'mem:32'] } as const;
const whole = { resources: 'cpus:4;mem:4096' };
const guarantee = { do: 'setQuota', guarantees: 'cpus:3;mem:512', limits: '' } as const;

const cases: readonly [string, 'E2' | 'E3', SafetyCase][] = [
  [
    'keeps a guarantee on the agent with gpus once somebody has looked, which comes last otherwise',
    'E3',
    {
      history: {
        ...common,
        offers: 'coarse',
        steps: [
          { do: 'addAgent', agent: 'a1', resources: 'cpus:4;mem:2048;gpus:2' },
          { do: 'addFramework', framework: 'f1', roles: ['*'] },
          { do: 'addAgent', agent: 'a2', ...whole },
          { ...guarantee, role: 'dev' },
          { do: 'recover', framework: 'f1', role: '*', agent: 'a2', ...whole, refuseSeconds: 1 },
          { do: 'revive', framework: 'f1' },
        ],
      },
      at: 4,
    },
  ],
  [
    'keeps a guarantee on the first of two agents that are given back, if somebody looks in between',
    'E2',
    {
      history: {
        ...common,
        offers: 'demand',
        steps: [
          { do: 'addAgent', agent: 'a2', ...whole },
          { do: 'addAgent', agent: 'a1', ...whole },
          { do: 'addFramework', framework: 'f1', roles: ['dev'] },
          { do: 'addFramework', framework: 'f2', roles: ['dev'] },
          { ...guarantee, role: 'ops' },
          { do: 'recover', framework: 'f1', role: 'dev', agent: 'a1', ...whole, refuseSeconds: 1 },
          { do: 'recover', framework: 'f1', role: 'dev', agent: 'a2', ...whole, refuseSeconds: 1 },
          { do: 'advance', seconds: 1 },
        ],
      },
      at: 6,
    },
  ],
];

it.each(cases)('reservation no longer %s (%s)', async (_what, economy, testCase) => {
  const check = findCheck({ property: 'snapshot', economy });
  expect(check.judge(testCase, await loadSubject('reservation'))).toBeUndefined();
});
