import { describe, expect, it } from 'vitest';
import { quotaProblem, weightsProblem } from '../../src/cluster/master/policy.js';
import type { Quantities } from '../../src/cluster/protocol.js';
import { askOf, TestCluster } from './test-cluster.js';

describe('UPDATE_WEIGHTS', () => {
  it('R-8.9: of an active role rescinds every offer of the cluster', () => {
    const cluster = new TestCluster()
      .addAgent(0, 'cpus:1')
      .addAgent(1, 'cpus:1')
      .subscribe(0, ['a'])
      .subscribe(1, ['b']);
    const a = cluster.roles.intern('a');
    cluster.allocate().step({ type: 'UPDATE_WEIGHTS', weights: [{ role: a, weight: 2.5 }] });
    expect([...cluster.master.cluster.weights]).toEqual([[a, 2.5]]);
    expect(cluster.told.map(({ event }) => event.type)).toEqual(['RESCIND', 'RESCIND']);
    expect(cluster.master.offers.size).toBe(0);
  });

  it('R-8.9: of a role that nobody has rescinds nothing', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1').subscribe(0, ['a']).allocate();
    const idle = cluster.roles.intern('idle');
    cluster.step({ type: 'UPDATE_WEIGHTS', weights: [{ role: idle, weight: 2 }] });
    expect(cluster.told).toEqual([]);
  });

  it.each([0, -1, NaN, Infinity])('of %s is refused as a whole', (weight) => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1').subscribe(0).allocate();
    const weights = [
      { role: 0, weight: 2 },
      { role: 0, weight },
    ];
    expect(weightsProblem(cluster.master.cluster, { type: 'UPDATE_WEIGHTS', weights })).toContain('above 0');
    expect(cluster.step({ type: 'UPDATE_WEIGHTS', weights }).told).toEqual([]);
  });

  it('of an unknown role is refused', () => {
    expect(
      new TestCluster().step({ type: 'UPDATE_WEIGHTS', weights: [{ role: 8, weight: 2 }] }).told,
    ).toEqual([]);
  });
});

describe('UPDATE_QUOTA', () => {
  function problem(
    path: string,
    guarantees: Quantities,
    limits: Quantities,
    force = false,
  ): string | undefined {
    const cluster = TestCluster.running().addAgent(1, 'cpus:4');
    const quotas = [{ role: cluster.roles.intern(path), guarantees, limits }];
    return quotaProblem(cluster.master.cluster, { type: 'UPDATE_QUOTA', quotas, force });
  }

  it.each([
    ['R-8.2: a nested role', problem('a/b', {}, {}), 'top level'],
    ['R-8.1: a guarantee above the limit', problem('a', { cpus: 2000 }, { cpus: 1000 }), 'above its limit'],
    ['R-8.1: a negative amount', problem('a', { cpus: -1 }, {}), '0 or more'],
    ['R-8.3 a: less than is in use', problem('*', {}, { cpus: 500 }), 'uses more cpus'],
    ['R-8.3 b: more than there is', problem('a', { cpus: 9000 }, {}), 'more than the cluster has'],
  ])('refuses %s', (_name, found, words) => {
    expect(found).toContain(words);
  });

  it('R-8.3: takes both with force', () => {
    expect(problem('*', {}, { cpus: 500 }, true)).toBeUndefined();
    expect(problem('a', { cpus: 9000 }, {}, true)).toBeUndefined();
  });

  it('R-8.1: is all or nothing', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1').subscribe(0).allocate();
    const nested = cluster.roles.intern('a/b');
    cluster.step({
      type: 'UPDATE_QUOTA',
      quotas: [
        { role: 0, guarantees: {}, limits: { cpus: 0 } },
        { role: nested, guarantees: {}, limits: {} },
      ],
      force: false,
    });
    expect(cluster.told).toEqual([]);
  });

  it('R-8.5: rescinds offers of the role until it is within its limits', () => {
    const cluster = new TestCluster({ offers: 'demand' }).addAgent(0, 'cpus:4').subscribe(0, ['a']);
    const role = cluster.roles.intern('a');
    cluster.request(0, [askOf(role, 'cpus:1', 4)]).allocate();
    cluster.step({
      type: 'UPDATE_QUOTA',
      quotas: [{ role, guarantees: {}, limits: { cpus: 2000 } }],
      force: false,
    });
    expect(cluster.events(0)).toEqual([
      { type: 'RESCIND', offer: 3 },
      { type: 'RESCIND', offer: 2 },
    ]);
    expect(cluster.allocate().offers()).toEqual([]);
  });

  it('R-8.5: rescinds offers of other roles until the guarantee can be met', () => {
    const cluster = new TestCluster()
      .addAgent(0, 'cpus:2')
      .addAgent(1, 'cpus:2')
      .subscribe(0, ['a'])
      .allocate();
    const role = cluster.roles.intern('b');
    cluster.step({
      type: 'UPDATE_QUOTA',
      quotas: [{ role, guarantees: { cpus: 1000 }, limits: {} }],
      force: false,
    });
    expect(cluster.events(0)).toEqual([{ type: 'RESCIND', offer: 0 }]);
  });
});

describe('UPDATE_QUOTA under strict quota', () => {
  const quotas = (cluster: TestCluster, list: Readonly<Record<string, number>>) =>
    Object.entries(list).map(([path, cpus]) => ({
      role: cluster.roles.intern(path),
      guarantees: { cpus },
      limits: { cpus: 2 * cpus },
    }));
  const strict = (): TestCluster =>
    new TestCluster({ policy: 'drf?quota=strict' }).addAgent(0, 'cpus:8').addAgent(1, 'cpus:8');
  const set = (cluster: TestCluster, list: Readonly<Record<string, number>>): string | undefined => {
    const call = { type: 'UPDATE_QUOTA', quotas: quotas(cluster, list), force: false } as const;
    const problem = quotaProblem(cluster.master.cluster, call);
    cluster.step(call);
    return problem;
  };
  const inForce = (cluster: TestCluster): unknown =>
    (cluster.allocator.snapshot() as { quotas: { role: string; guarantees: Quantities }[] }).quotas.map(
      ({ role, guarantees }) => [role, guarantees.cpus],
    );

  it('takes quotas that go together in whatever order they stand', () => {
    const cluster = strict();
    expect(set(cluster, { 'a/x': 1000, 'a/y': 2000, a: 3000 })).toBeUndefined();
    expect(inForce(cluster)).toEqual([
      ['a', 3000],
      ['a/x', 1000],
      ['a/y', 2000],
    ]);
    // Each of these alone would go against the others.
    expect(set(cluster, { a: 2000, 'a/y': 500, 'a/x': 1500 })).toBeUndefined();
    expect(inForce(cluster)).toEqual([
      ['a', 2000],
      ['a/x', 1500],
      ['a/y', 500],
    ]);
  });

  it('refuses all of those that do not, and counts nested guarantees once', () => {
    const cluster = strict();
    expect(set(cluster, { a: 1000, 'a/x': 600, 'a/y': 600 })).toContain(
      'guaranteed more cpus together than a itself (T-4)',
    );
    expect(set(cluster, { a: 1000, 'a/x': 1200 })).toBe('the limit of cpus for a/x is above that of a (T-4)');
    expect(inForce(cluster)).toEqual([]);
    expect(set(cluster, { a: 12_000, 'a/x': 6000, 'a/y': 6000 })).toBeUndefined();
    expect(set(cluster, { b: 5000 })).toContain('more than the cluster has');
  });

  it('is in force again after a fail-over, and not with an allocator that knows no nested quota', () => {
    const before = strict();
    set(before, { 'a/x': 1000, a: 3000 });
    const records = before.registry.toReversed();
    const input = { type: 'RECOVER', records, agentReregisterUs: 1 } as const;
    const paths = ['a/x', 'a'];
    for (const [policy, roles] of [
      ['drf?quota=strict', ['a', 'a/x']],
      ['drf', ['a']],
    ] as const) {
      const after = new TestCluster({ policy });
      for (const path of paths) after.roles.intern(path);
      after.step(input);
      expect([...after.master.cluster.quotas.keys()].map((role) => after.roles.path(role))).toEqual(roles);
    }
  });
});
