/** Rules of Mesos's master that no other test names. */
import { describe, expect, it } from 'vitest';
import { SECOND } from '../../src/cluster/ids.js';
import { quotaProblem } from '../../src/cluster/master/policy.js';
import { parseConstraintGroup } from '../../src/cluster/offer-constraints.js';
import type { Quantities } from '../../src/cluster/protocol.js';
import { formatResources } from '../../src/cluster/resources/text.js';
import { askOf, SPEC, taskOf, TestCluster } from './test-cluster.js';

describe('when allocation runs', () => {
  it('R-4.4: triggers that come together cause one run, over all that they name', () => {
    const cluster = new TestCluster({ instant: false }).subscribe(0);
    cluster.allocate();
    cluster.addAgent(0, 'cpus:1').addAgent(1, 'cpus:2');
    expect(cluster.master.allocationDue(0)).toBe(0);
    expect(cluster.allocate().offers()).toHaveLength(2);
    expect(cluster.master.allocationDue(0)).toBeGreaterThan(0);
  });

  it('R-4.7: calls have effect in the order in which they come', () => {
    const calls = ['SUPPRESS', 'REVIVE'] as const;
    for (const order of [calls, [...calls].reverse()]) {
      const cluster = new TestCluster().subscribe(0);
      for (const type of order) cluster.step({ type, framework: 0, roles: [] });
      cluster.addAgent(0, 'cpus:1');
      expect(cluster.allocate().offers()).toHaveLength(order.at(-1) === 'REVIVE' ? 1 : 0);
    }
  });
});

it('an ask whose turn comes in a run for one agent is looked at everywhere in the next batch run (R-4.2)', () => {
  const cluster = new TestCluster({ instant: false, offers: 'demand' }).addAgent(0, 'cpus:3').subscribe(0);
  const [whole] = cluster.allocate().offers();
  const tasks = [taskOf(1, 'cpus:1.5')];
  cluster.accept(0, [whole.id], [{ type: 'LAUNCH', tasks }], 3600 * SECOND).update(1, 'TASK_FINISHED', 1);
  // What the task had is free beside the rest, whose refusal hides the first ask and not the second.
  cluster.request(0, [askOf(0, 'cpus:1'), askOf(0, 'cpus:2')]);
  cluster.now = SECOND;
  expect(cluster.allocate().offers()).toEqual([]);
  expect(cluster.addAgent(1, 'cpus:1').allocate().offers()).toMatchObject([{ agent: 1 }]);
  expect(cluster.master.allocationDue(SECOND)).toBe(2 * SECOND);
  cluster.now = 2 * SECOND;
  expect(cluster.allocate().offers()).toMatchObject([{ agent: 0 }]);
});

describe('roles', () => {
  it('R-2.6: without a list of roles any name may subscribe and have weight and quota, before anybody is in it', () => {
    const cluster = new TestCluster();
    const role = cluster.roles.intern('never-heard-of');
    cluster.step({ type: 'UPDATE_WEIGHTS', weights: [{ role, weight: 2 }] });
    const quotas = [{ role, guarantees: {}, limits: { cpus: 1000 } }];
    cluster.step({ type: 'UPDATE_QUOTA', quotas, force: false }).addAgent(0, 'cpus:4');
    cluster.subscribe(0, ['never-heard-of']).allocate();
    expect(cluster.offers().map((offer) => formatResources(offer.resources))).toEqual(['cpus:1']);
    expect(cluster.allocator.roleShare(role)).toBe(0.125);
  });
});

describe('quota and weights', () => {
  it('R-8.7: a limit needs no guarantee, nor a guarantee a limit', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:4');
    const [limited, guaranteed] = ['eng', 'ops'].map((name) => cluster.roles.intern(name));
    const quotaOf = (role: number, guarantees: Quantities, limits: Quantities) => ({
      role,
      guarantees,
      limits,
    });
    const quotas = [quotaOf(limited, {}, { cpus: 3000 }), quotaOf(guaranteed, { cpus: 2000 }, {})];
    cluster.step({ type: 'UPDATE_QUOTA', quotas, force: false });
    const offered = (): string[] =>
      cluster
        .allocate()
        .offers()
        .map((offer) => formatResources(offer.resources));
    cluster.subscribe(0, ['eng']);
    // Of its 3 the guarantee of ops leaves 2.
    expect(offered()).toEqual(['cpus:2']);
    cluster.subscribe(1, ['ops']).addAgent(1, 'cpus:9').allocate();
    expect(cluster.allocator.roleShare(guaranteed)).toBeGreaterThan(2 / 13);
    expect(cluster.allocator.roleShare(limited)).toBeLessThanOrEqual(3 / 13);
  });

  it('R-8.4: what is only offered does not keep a limit from being set, and is rescinded for it', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:4').subscribe(0, ['eng']).allocate();
    const role = cluster.roles.intern('eng');
    const quotas = [{ role, guarantees: {}, limits: { cpus: 1000 } }];
    cluster.step({ type: 'UPDATE_QUOTA', quotas, force: false });
    expect(cluster.events(0)).toMatchObject([{ type: 'RESCIND' }]);
    expect(
      cluster
        .allocate()
        .offers()
        .map((offer) => formatResources(offer.resources)),
    ).toEqual(['cpus:1']);
  });

  it('R-8.3 a, R-8.4: what is reserved is consumed, on offer or not, and once where a task uses it', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1;cpus(eng):2').subscribe(0, ['eng']).allocate();
    const role = cluster.roles.intern('eng');
    const isRefused = (milli: number): boolean => {
      const quotas = [{ role, guarantees: {}, limits: { cpus: milli } }];
      return (
        quotaProblem(cluster.master.cluster, { type: 'UPDATE_QUOTA', quotas, force: false }) !== undefined
      );
    };
    expect([isRefused(1999), isRefused(2000)]).toEqual([true, false]);
    const [offer] = cluster.offers();
    const tasks = [taskOf(7, 'cpus:1;cpus(eng):1')];
    cluster.accept(0, [offer.id], [{ type: 'LAUNCH', tasks }]).allocate();
    expect([isRefused(2999), isRefused(3000)]).toEqual([true, false]);
  });

  it('T-5: a weight of an active role rescinds every offer of the cluster', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1').subscribe(0, ['a']).allocate();
    cluster.subscribe(1, ['b']).addAgent(1, 'cpus:1').allocate();
    cluster.step({ type: 'UPDATE_WEIGHTS', weights: [{ role: cluster.roles.intern('a'), weight: 2 }] });
    expect(cluster.told.map(({ event }) => event.type)).toEqual(['RESCIND', 'RESCIND']);
  });
});

describe('frameworks', () => {
  it('R-9.9: PARTITION_AWARE and TASK_KILLING_STATE change states of tasks, not offers', () => {
    const states = ([[], ['PARTITION_AWARE', 'TASK_KILLING_STATE']] as const).map((more) => {
      const cluster = TestCluster.running(7, { capabilities: ['MULTI_ROLE', ...more] });
      expect(
        cluster
          .allocate()
          .offers()
          .map(({ agent }) => agent),
      ).toEqual([0]);
      cluster.step({ type: 'AGENT_LOST', agent: 0, reason: 'REASON_AGENT_REMOVED' });
      return cluster.updates().map(({ state }) => state);
    });
    expect(states).toEqual([['TASK_LOST'], ['TASK_UNREACHABLE']]);
  });

  it('R-10.6: of what an allocator knew only quota and weights outlive a master; agents tell the rest', () => {
    const after = new TestCluster();
    const role = after.roles.intern('eng');
    const records = [{ type: 'QUOTA' as const, role, guarantees: {}, limits: { cpus: 2000 } }];
    after.step({ type: 'RECOVER', records, agentReregisterUs: 600 * SECOND });
    const resources = taskOf(7, 'cpus:1').resources;
    const running = { framework: 0, role, task: 7, resources, spec: SPEC, state: 'TASK_RUNNING' as const };
    after.addAgent(0, 'cpus:4', {}, [running]).subscribe(0, ['eng']).allocate();
    expect(after.offers().map((offer) => formatResources(offer.resources))).toEqual(['cpus:1']);
    expect(after.allocator.roleShare(role)).toBe(0.5);
  });

  it('T-9: one role too many drops a SUPPRESS whole', () => {
    const cluster = new TestCluster().subscribe(0, ['a', 'b']);
    const digest = cluster.master.digest();
    const foreign = cluster.roles.intern('c');
    cluster.step({ type: 'SUPPRESS', framework: 0, roles: [cluster.roles.intern('a'), foreign] });
    expect(cluster.told).toEqual([]);
    expect(cluster.master.digest()).toBe(digest);
  });

  it('T-11: UPDATE_FRAMEWORK leaves the filters of inverse offers, which in Mesos it drops', () => {
    const cluster = TestCluster.running();
    const machines = [{ hostname: 'a0' }];
    const windows = [{ machines, unavailability: { startUs: 0 } }];
    cluster.step({ type: 'UPDATE_MAINTENANCE_SCHEDULE', windows }).allocate();
    const asked = cluster.events(0).find((event) => event.type === 'INVERSE_OFFERS');
    const ids = asked?.offers.map(({ id }) => id) ?? [];
    expect(ids).toHaveLength(1);
    cluster.step({ type: 'DECLINE_INVERSE_OFFERS', framework: 0, offers: ids, refuseUs: 60 * SECOND });
    const info = { ...cluster.info(), constraints: new Map([[0, [parseConstraintGroup('!rack')]]]) };
    cluster.step({ type: 'UPDATE_FRAMEWORK', framework: 0, info, suppressedRoles: [] }).allocate();
    expect(cluster.events(0).map(({ type }) => type)).not.toContain('INVERSE_OFFERS');
  });
});

describe('RECONCILE_OPERATIONS', () => {
  it.each([
    [{ type: 'AGENT_LOST', agent: 0, reason: 'REASON_AGENT_REMOVED' }, 'OPERATION_UNREACHABLE'],
    [
      { type: 'AGENT_LOST', agent: 0, reason: 'REASON_AGENT_REMOVED_BY_OPERATOR' },
      'OPERATION_GONE_BY_OPERATOR',
    ],
    [{ type: 'ALLOCATE' }, 'OPERATION_UNKNOWN'],
  ] as const)('after %j says %s', (input, state) => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1').subscribe(0).step(input);
    cluster.step({ type: 'RECONCILE_OPERATIONS', framework: 0, operations: [{ id: 'o', agent: 0 }] });
    expect(cluster.events(0)).toEqual([{ type: 'UPDATE_OPERATION_STATUS', id: 'o', agent: 0, state }]);
  });
});
