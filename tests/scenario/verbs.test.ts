/** What each verb does and refuses, seen through `drf`. */
import { describe, expect, it } from 'vitest';
import { advance, agent, framework, noOffers, offers, outcome, recover, run, type Json } from './run.js';

const passes = (...steps: readonly Json[]): void => expect(outcome(run(steps))).toBe('ok');
const allocated = (more: Json): Json => ({ expect: 'allocated', ...more });

describe('agents', () => {
  it('addAgent allocates that agent, with what already runs there taken off', () => {
    passes(
      framework('f', ['x', 'y']),
      agent('a', 'cpus:4;mem:64', { used: { f: { x: 'cpus:1', y: '' } }, attributes: 'rack:r1; zone' }),
      allocated({ frameworks: { f: 'cpus:4;mem:64' } }),
      { do: 'recover', framework: 'f', role: 'x' },
      { do: 'recover', framework: 'f', role: 'y' },
      allocated({ agents: { a: '' } }),
    );
  });

  it('what used says of a framework that is not there is held from the moment it comes', () => {
    passes(
      agent('a', 'cpus:4;mem:64', { used: { old: { x: 'cpus:1' } } }),
      allocated({ frameworks: { old: '' }, roles: { x: '' }, agents: { a: '' } }),
      { do: 'recover' },
      framework('new', 'y'),
      offers('new y a cpus:3;mem:64'),
      framework('old', 'x'),
      allocated({ frameworks: { old: 'cpus:1' } }),
      recover('old x a cpus:1'),
    );
  });

  it('updateAgent replaces the given keys only', () => {
    passes(
      framework('f', 'x'),
      agent('a', 'cpus:2;mem:64', { attributes: 'rack:r1', capabilities: ['MULTI_ROLE'] }),
      offers('f x a cpus:2;mem:64'),
      { do: 'updateAgent', agent: 'a' },
      noOffers,
      { do: 'updateAgent', agent: 'a', resources: 'cpus:3;mem:64' },
      offers('f x a cpus:1'),
      { do: 'updateAgent', agent: 'a', resources: 'cpus:1;mem:64' },
      allocated({ agents: { a: 'cpus:3;mem:64' } }),
    );
  });

  it('updateAgent without resources keeps what a conversion made of them', () => {
    passes(
      agent('a', 'cpus:2;mem:64'),
      { do: 'updateAvailable', agent: 'a', from: 'cpus:1', to: 'cpus(+x):1' },
      { do: 'updateAgent', agent: 'a', attributes: 'rack:r2' },
      framework('f', 'y'),
      offers('f y a cpus:1;mem:64'),
    );
  });

  it('changed attributes drop the filters on the agent', () => {
    passes(
      framework('f', 'x'),
      agent('a'),
      offers('f x a cpus:4;mem:4096'),
      recover('f x a cpus:4;mem:4096', { refuseSeconds: 100 }),
      advance(1),
      noOffers,
      { do: 'updateAgent', agent: 'a', attributes: 'rack:r1' },
      offers('f x a cpus:4;mem:4096'),
    );
  });

  it('deactivateAgent, activateAgent and removeAgent', () => {
    passes(
      framework('f', 'x'),
      { do: 'setWhitelist', agents: [] },
      agent('a'),
      { do: 'setWhitelist', agents: null },
      { do: 'deactivateAgent', agent: 'a' },
      advance(1),
      noOffers,
      { do: 'activateAgent', agent: 'a' },
      noOffers,
      advance(1),
      offers('f x a cpus:4;mem:4096'),
      { do: 'removeAgent', agent: 'a' },
      allocated({ frameworks: { f: '' }, agents: { a: '' } }),
      agent('a', 'cpus:1'),
      offers('f x a cpus:1'),
    );
  });

  it('setWhitelist leaves out the agents that it does not name', () => {
    passes(
      { do: 'setWhitelist', agents: ['b', 'unheard-of'] },
      framework('f', 'x'),
      agent('a'),
      agent('b'),
      offers('f x b cpus:4;mem:4096'),
    );
  });
});

describe('frameworks', () => {
  it('addFramework with active false gets nothing before it is activated', () => {
    passes(
      agent('a'),
      framework('f', 'x', { active: false }),
      advance(1),
      noOffers,
      { do: 'activateFramework', framework: 'f' },
      offers('f x a cpus:4;mem:4096'),
      { do: 'deactivateFramework', framework: 'f' },
      allocated({ frameworks: { f: 'cpus:4;mem:4096' } }),
      { do: 'recover' },
      advance(1),
      noOffers,
    );
  });

  it('capabilities decide what is offered', () => {
    passes(
      agent('a', 'cpus:1;mem:64;cpus[revocable]:2'),
      framework('f', 'x'),
      offers('f x a cpus:1;mem:64'),
      { do: 'updateFramework', framework: 'f', capabilities: ['MULTI_ROLE', 'REVOCABLE_RESOURCES'] },
      noOffers,
      advance(1),
      offers('f x a cpus[revocable]:2'),
    );
  });

  it('minAllocatable of a role replaces the global list', () => {
    passes(
      framework('f', 'x', { minAllocatable: { x: ['cpus:2;mem:64', 'mem:512'] } }),
      agent('a', 'cpus:4'),
      agent('b', 'cpus:2;mem:64'),
      offers('f x b cpus:2;mem:64'),
      { do: 'updateFramework', framework: 'f', minAllocatable: { x: [] } },
      advance(1),
      offers('f x a cpus:4'),
    );
  });

  it('suppressedRoles of updateFramework suppresses and revives, and is kept when not given', () => {
    passes(
      framework('f', ['x', 'y'], { suppressedRoles: ['x', 'y'] }),
      agent('a'),
      { do: 'updateFramework', framework: 'f', minAllocatable: {} },
      advance(1),
      noOffers,
      { do: 'updateFramework', framework: 'f', suppressedRoles: ['x'] },
      noOffers,
      advance(1),
      offers('f y a cpus:4;mem:4096'),
    );
  });

  it('updateFramework keeps what a role that is dropped holds, until it is recovered', () => {
    passes(
      framework('f', ['x']),
      agent('a', 'cpus:4;mem:64'),
      { do: 'updateFramework', framework: 'f', roles: ['y'] },
      allocated({ roles: { x: 'cpus:4;mem:64' } }),
      recover('f x a cpus:1'),
      { do: 'recover', framework: 'f', role: 'x' },
      allocated({ roles: { x: '' } }),
      recover('f x a cpus:1', { fails: 'does not have role x' }),
      { do: 'recover', framework: 'f', role: 'x', fails: 'does not have role x' },
      { expect: 'offerCounts', counts: { f: 1 } },
      advance(1),
      offers('f y a cpus:4;mem:64'),
    );
  });

  it('removeFramework gives back all it holds; the name can come again', () => {
    passes(
      framework('f', 'x'),
      agent('a'),
      offers('f x a cpus:4;mem:4096'),
      { do: 'removeFramework', framework: 'f' },
      allocated({ frameworks: { f: '' }, agents: { a: '' } }),
      framework('f', 'y'),
      offers('f y a cpus:4;mem:4096'),
    );
  });

  it('suppress and revive, of one role and of all', () => {
    passes(
      framework('f', ['x', 'y']),
      { do: 'suppress', framework: 'f' },
      agent('a'),
      { do: 'revive', framework: 'f', roles: ['y'] },
      offers('f y a cpus:4;mem:4096'),
      { do: 'recover' },
      { do: 'suppress', framework: 'f', roles: ['y'] },
      advance(1),
      noOffers,
      { do: 'updateFramework', framework: 'f', capabilities: ['MULTI_ROLE'] },
      advance(1),
      noOffers,
      { do: 'revive', framework: 'f' },
      { expect: 'offerCounts', counts: { f: 1 } },
      { do: 'revive', framework: 'f' },
      noOffers,
    );
  });
});

describe('resources', () => {
  it('recover with resources gives back that much', () => {
    passes(
      framework('f', 'x'),
      agent('a', 'cpus:4;mem:64;ports:[1-10]'),
      offers('f x a cpus:4;mem:64;ports:[1-10]'),
      recover('f x a cpus:3;ports:[2-3]'),
      allocated({ frameworks: { f: 'cpus:1;mem:64' } }),
      recover('f x a '),
      advance(1),
      offers('f x a cpus:3;ports:[2-3]'),
    );
  });

  it('recover without resources gives back what the names leave over', () => {
    const start = [framework('f', ['x', 'y']), framework('g', 'z'), agent('a'), agent('b'), agent('c')];
    const held = (f: string, g: string): Json => allocated({ frameworks: { f, g } });
    passes(...start, { do: 'recover' }, held('', ''), { do: 'recover' });
    passes(...start, { do: 'recover', framework: 'g' }, held('cpus:8;mem:8192', ''));
    passes(...start, { do: 'recover', role: 'z', agent: 'a' }, { do: 'recover', framework: 'f' });
    passes(...start, { do: 'recover', agent: 'a' }, allocated({ agents: { a: '', b: 'cpus:4;mem:4096' } }), {
      do: 'recover',
      agent: 'a',
    });
  });

  it('a filter lives for refuseSeconds, no shorter than the interval; 0 makes none, negative means 5', () => {
    const again = offers('f x a cpus:4;mem:4096');
    for (const [refuseSeconds, silent] of [
      [undefined, 0],
      [0, 0],
      [1e-9, 1],
      [1, 1],
      [2.5, 2],
      [3, 2],
      [-7, 4],
    ]) {
      const wait = Array.from({ length: silent ?? 0 }, () => [advance(1), noOffers]).flat();
      passes(
        framework('f', 'x'),
        agent('a'),
        again,
        { do: 'recover', refuseSeconds },
        ...wait,
        advance(1),
        again,
      );
    }
  });

  it('a filter of one interval outlives the periodic run at its end, and nothing after that', () => {
    passes(
      framework('f', 'x'),
      agent('a'),
      offers('f x a cpus:4;mem:4096'),
      { do: 'recover', refuseSeconds: 1 },
      advance(1),
      noOffers,
      framework('g', 'y', { suppressedRoles: ['y'] }),
      offers('f x a cpus:4;mem:4096'),
    );
  });

  it('no filter lives longer than 365 days, and a year of seconds can be walked', () => {
    passes(
      framework('f', 'x'),
      agent('a'),
      offers('f x a cpus:4;mem:4096'),
      { do: 'recover', refuseSeconds: 1e300 },
      advance(365 * 86_400 - 1),
      noOffers,
      advance(1),
      offers('f x a cpus:4;mem:4096'),
    );
  });

  it('updateAllocation converts what is held, and the total of the agent with it', () => {
    passes(
      framework('f', 'x'),
      agent('a', 'cpus:4;disk:100'),
      offers('f x a cpus:4;disk:100'),
      { do: 'updateAllocation', framework: 'f', role: 'x', agent: 'a', from: 'disk:60', to: 'disk(+x):60' },
      {
        do: 'updateAllocation',
        framework: 'f',
        role: 'x',
        agent: 'a',
        from: 'disk(+x):60',
        to: 'disk(+x)[volume=v]:60',
      },
      { do: 'updateAllocation', framework: 'f', role: 'x', agent: 'a', from: 'cpus:1', to: '' },
      allocated({ agents: { a: 'cpus:3;disk:100' } }),
      { do: 'recover' },
      advance(1),
      offers('f x a cpus:3;disk:40;disk(+x)[volume=v]:60'),
    );
  });

  it('updateAvailable converts what nobody holds', () => {
    passes(
      agent('a', 'cpus:4'),
      { do: 'updateAvailable', agent: 'a', from: 'cpus:1', to: 'cpus(+x):1' },
      { do: 'updateAvailable', agent: 'a', from: 'cpus:1', to: '' },
      framework('f', 'y'),
      offers('f y a cpus:2'),
    );
  });
});

describe('policy', () => {
  it('setQuota replaces the quota of a role', () => {
    passes(
      { do: 'setQuota', role: 'x', limits: 'cpus:0' },
      framework('f', 'x'),
      agent('a', 'cpus:4;mem:64'),
      offers('f x a mem:64'),
      { do: 'setQuota', role: 'x', guarantees: 'cpus:0', limits: 'cpus:1' },
      advance(1),
      offers('f x a cpus:1'),
      { do: 'setQuota', role: 'x' },
      advance(1),
      offers('f x a cpus:3'),
    );
  });

  it('updateWeights divides the share of a role', () => {
    passes({ do: 'updateWeights', weights: { x: 4, 'y/z': 0.5 } }, framework('f', 'x'), agent('a'), {
      expect: 'shares',
      roles: { x: 0.25 },
    });
  });
});

describe('the clock', () => {
  it('allocates at each multiple of the interval, not at 0, the end included', () => {
    const steps = [
      agent('a'),
      framework('f', 'x'),
      { do: 'recover' },
      advance(0),
      offers('f x a cpus:4;mem:4096'),
      advance(1.4),
      noOffers,
      advance(0.1),
      offers('f x a cpus:4;mem:4096'),
      { do: 'recover' },
      advance(1.5),
      offers('f x a cpus:4;mem:4096'),
      { do: 'repeat', times: 3, steps: [{ do: 'recover' }, advance(1.5)] },
      { expect: 'offerCounts', counts: { f: 3 } },
    ];
    expect(outcome(run(steps, { config: { allocationIntervalSeconds: 1.5 } }))).toBe('ok');
  });
});
