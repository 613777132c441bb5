/** What each verb refuses, with the words for it. */
import { describe, expect, it } from 'vitest';
import { advance, agent, framework, noOffers, outcome, recover, run, type Json } from './run.js';

describe('refusals', () => {
  const start = [agent('a', 'cpus:4;mem:64;disk:10'), framework('f', ['x', 'y'])];
  const update = { do: 'updateAllocation', framework: 'f', role: 'x', agent: 'a', from: 'cpus:4' };
  it.each<[Json, string]>([
    [agent('a', 'cpus:1'), 'duplicate agent a: it is there already (R-5.8)'],
    [agent('b', '', { capabilities: ['FLY'] }), 'unknown capability FLY of agent b'],
    [agent('b', '', { used: { f: { 'x//y': 'cpus:1' } } }), 'role "x//y" has an empty component (R-2.1)'],
    [{ do: 'updateAgent', agent: 'b' }, 'unknown agent b'],
    [{ do: 'removeAgent', agent: 'aa' }, 'unknown agent aa; did you mean a?'],
    [{ do: 'activateAgent', agent: 'node' }, 'unknown agent node'],
    [{ do: 'deactivateAgent', agent: 'node' }, 'unknown agent node'],
    [framework('f', 'x'), 'duplicate framework f: it is there already (R-5.8)'],
    [framework('g', ['x', 'x']), 'duplicate role x of framework g (R-2.4)'],
    [framework('g', '.'), 'role "." has the component "." (R-2.1)'],
    [framework('g', 'x', { capabilities: ['TELEPORT'] }), 'unknown capability TELEPORT of framework g'],
    [
      framework('g', ['x', 'y'], { capabilities: [] }),
      'framework g has 2 roles; without MULTI_ROLE it has exactly one (R-2.4)',
    ],
    [framework('g', 'x', { suppressedRoles: ['y'] }), 'framework g does not have role y (R-6.8)'],
    [framework('g', 'x', { minAllocatable: { y: [] } }), 'framework g does not have role y (R-5.4)'],
    [{ do: 'updateFramework', framework: 'ghost' }, 'unknown framework ghost'],
    [
      { do: 'updateFramework', framework: 'f', suppressedRoles: ['z'] },
      'framework f does not have role z (R-6.8)',
    ],
    [{ do: 'activateFramework', framework: 'ghost' }, 'unknown framework ghost'],
    [{ do: 'deactivateFramework', framework: 'ghost' }, 'unknown framework ghost'],
    [{ do: 'removeFramework', framework: 'ghost' }, 'unknown framework ghost'],
    [{ do: 'suppress', framework: 'ghost' }, 'unknown framework ghost'],
    [{ do: 'suppress', framework: 'f', roles: ['x', 'z'] }, 'framework f does not have role z (R-6.7)'],
    [{ do: 'revive', framework: 'f', roles: ['z'] }, 'framework f does not have role z (R-6.7)'],
    [{ do: 'recover', framework: 'ghost' }, 'unknown framework ghost'],
    [{ do: 'recover', agent: 'ghost' }, 'unknown agent ghost'],
    [{ do: 'recover', role: 'unheard' }, 'unknown role unheard'],
    [{ do: 'recover', framework: 'f', role: 'unheard' }, 'unknown role unheard'],
    [
      { do: 'recover', framework: 'f', resources: 'cpus:1' },
      'recover with "resources" names a framework, a role and an agent',
    ],
    [recover('f z a cpus:1'), 'framework f does not have role z (R-2.3)'],
    [recover('f y a cpus:1'), 'f in y on a holds nothing, which is not all of cpus:1 (R-1.6)'],
    [
      recover('f x a cpus:5', { refuseSeconds: 5 }),
      'f in x on a holds cpus:4;mem:64;disk:10, which is not all of cpus:5 (R-1.6)',
    ],
    [
      { ...update, from: 'cpus(+x):1', to: '' },
      'f in x on a holds cpus:4;mem:64;disk:10, which is not all of cpus(+x):1 (R-1.6)',
    ],
    [
      { ...update, to: 'cpus(+x):3' },
      'cpus:4 does not turn into cpus(+x):3: quantities stay the same, or "to" is empty (R-7.13)',
    ],
    [
      { do: 'updateAvailable', agent: 'a', from: 'cpus:1', to: 'cpus(+x):1' },
      'agent a has nothing free, which is not all of cpus:1 (R-7.11)',
    ],
    [
      { do: 'setQuota', role: 'deep/role', guarantees: 'cpus:1' },
      'quota on nested role deep/role: only a top-level role can have quota, but for drf?quota=strict (R-8.2)',
    ],
    [{ do: 'setQuota', role: '-x' }, 'role "-x" has a component that starts with "-" (R-2.1)'],
    [
      { do: 'updateWeights', weights: { x: 2, y: 0 } },
      'the weight of role y is 0, which is not above 0 (R-8.9)',
    ],
    [{ do: 'updateWeights', weights: { 'a b': 1 } }, 'role "a b" holds white space (R-2.1)'],
    [advance(-1), 'cannot advance by -1 seconds: the time is below 0'],
    [advance(1e300), 'cannot advance by 1e+300 seconds: it is too far'],
    [{ do: 'repeat', times: 1.5, steps: [] }, 'times is 1.5, which is no whole number from 0 up'],
  ])('%j', (step, message) => {
    expect(outcome(run([...start, step]))).toBe(`3: ${String(step.do)} was refused: ${message}`);
    expect(outcome(run([...start, { ...step, fails: message.toUpperCase() }, noOffers]))).toContain(
      '4: no offers',
    );
    expect(outcome(run([...start, { ...step, fails: true }]))).toBe('ok');
  });
});
