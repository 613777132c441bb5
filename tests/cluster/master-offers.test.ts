import { describe, expect, it } from 'vitest';
import { SECOND } from '../../src/cluster/ids.js';
import { REFUSE_DEFAULT, type Offer } from '../../src/cluster/protocol.js';
import { formatResources, parseResources } from '../../src/cluster/resources/text.js';
import { SPEC, askOf, taskOf, TestCluster } from './test-cluster.js';

function offered(offers: readonly Offer[]): string[] {
  return offers.map(({ agent, resources }) => `a${agent} ${formatResources(resources)}`);
}

describe('offers', () => {
  it('R-5.8: are numbered from 0 in the order in which they are made', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1').addAgent(1, 'cpus:2').subscribe(0).allocate();
    expect(cluster.offers().map(({ id }) => id)).toEqual([0, 1]);
    cluster.decline(0, [0, 1], 0);
    cluster.now = 1;
    cluster.allocate();
    expect(cluster.offers().map(({ id }) => id)).toEqual([2, 3]);
  });

  it('R-5.7: to a framework that is away are taken back', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1').subscribe(0);
    cluster.step({ type: 'FRAMEWORK_DISCONNECTED', framework: 0 }).allocate();
    expect(cluster.master.offers.size).toBe(0);
  });

  it('R-7.9: a DECLINE of an unknown or foreign offer is ignored', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1').subscribe(0).allocate();
    cluster.subscribe(1).decline(0, [99, -1, 0.5], 0).decline(1, [0], 0);
    expect(cluster.master.offers.size).toBe(1);
    cluster.decline(0, [7, 0], 0);
    expect(cluster.master.offers.size).toBe(0);
  });

  it.each([
    ['not given: 5 s', REFUSE_DEFAULT, 5 * SECOND],
    ['NaN: 5 s', NaN, 5 * SECOND],
    ['negative: 5 s', -20, 5 * SECOND],
    ['longer than 365 days: 365 days', 1e18, 365 * 24 * 3600 * SECOND],
    ['given', 3 * SECOND, 3 * SECOND],
  ])('R-6.2, R-6.3: a refuse time that is %s', (_name, refuseUs, lifeUs) => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1').subscribe(0).allocate();
    cluster.decline(0, [0], refuseUs);
    cluster.now = lifeUs - 1;
    expect(cluster.allocate().offers()).toEqual([]);
    cluster.now = lifeUs;
    expect(offered(cluster.allocate().offers())).toEqual(['a0 cpus:1']);
  });

  it('R-7.1: time out where a timeout is set, and only if they are still there', () => {
    const cluster = new TestCluster({ offerTimeoutUs: 10 * SECOND })
      .addAgent(0, 'cpus:1')
      .subscribe(0)
      .allocate();
    expect(cluster.timers).toEqual([{ kind: 'OFFER_TIMEOUT', at: 10 * SECOND, key: 0 }]);
    cluster.now = 10 * SECOND;
    cluster.step({ type: 'TIMER', kind: 'OFFER_TIMEOUT', key: 0 });
    expect(cluster.events(0)).toEqual([{ type: 'RESCIND', offer: 0 }]);
    cluster.step({ type: 'TIMER', kind: 'OFFER_TIMEOUT', key: 0 });
    expect(cluster.told).toEqual([]);
    expect(cluster.allocate().offers()).toHaveLength(1);
  });

  it("R-6.7: one role that is not the framework's drops the whole SUPPRESS or REVIVE", () => {
    const cluster = new TestCluster().subscribe(0, ['a', 'b']).addAgent(0, 'cpus:1');
    const [a, b, other] = ['a', 'b', 'c'].map((path) => cluster.roles.intern(path));
    cluster.step({ type: 'SUPPRESS', framework: 0, roles: [a, other] });
    expect(cluster.allocate().offers()).toHaveLength(1);
    cluster.decline(0, [0], 0).step({ type: 'SUPPRESS', framework: 0, roles: [a, b] });
    cluster.now = 1;
    expect(cluster.allocate().offers()).toHaveLength(0);
    cluster.step({ type: 'REVIVE', framework: 0, roles: [other, b] });
    expect(cluster.allocate().offers()).toHaveLength(0);
    cluster.step({ type: 'REVIVE', framework: 0, roles: [b] });
    expect(cluster.allocate().offers()).toMatchObject([{ role: b }]);
  });

  it('R-6.5: SUPPRESS leaves offers that are out valid', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1').subscribe(0).allocate();
    cluster.step({ type: 'SUPPRESS', framework: 0, roles: [] }).launch(0, [0], taskOf(0, 'cpus:1'));
    expect(cluster.commands()).toMatchObject([{ type: 'RUN_TASK', task: 0 }]);
  });
});

describe('ACCEPT of offers', () => {
  function twoAgents(): TestCluster {
    return new TestCluster().addAgent(0, 'cpus:1').addAgent(1, 'cpus:1').subscribe(0).allocate();
  }

  it('R-7.2: that are of different agents is invalid', () => {
    const cluster = twoAgents().launch(0, [0, 1], taskOf(5, 'cpus:1'));
    expect(cluster.updates()).toMatchObject([
      { task: 5, state: 'TASK_LOST', reason: 'REASON_INVALID_OFFERS', update: 0, source: 'SOURCE_MASTER' },
    ]);
    expect(cluster.commanded).toEqual([]);
    expect(cluster.master.offers.size).toBe(0);
  });

  it.each([
    ['names one twice', [0, 0]],
    ['names one that never was', [99]],
    ['names none', []],
    ['names one that is no number', [NaN]],
  ])('R-7.2, R-7.3: that %s is invalid, and the others named are free without a filter', (_name, offers) => {
    const cluster = twoAgents().launch(0, offers, taskOf(5, 'cpus:1'), taskOf(6, 'cpus:1'));
    expect(cluster.updates().map(({ task, state }) => [task, state])).toEqual([
      [5, 'TASK_LOST'],
      [6, 'TASK_LOST'],
    ]);
    cluster.now = 1;
    expect(cluster.allocate().master.offers.size).toBe(2);
    expect(cluster.allocator.nextExpiry()).toBe(Infinity);
  });

  it('R-7.2: of another framework is invalid and leaves them with it', () => {
    const cluster = twoAgents().subscribe(1).launch(1, [0], taskOf(5, 'cpus:1'));
    expect(cluster.updates(1)).toMatchObject([{ state: 'TASK_LOST' }]);
    expect(cluster.master.offers.size).toBe(2);
  });

  it('R-7.3: PARTITION_AWARE frameworks hear TASK_DROPPED', () => {
    const cluster = new TestCluster().subscribe(0, ['*'], {
      capabilities: ['MULTI_ROLE', 'PARTITION_AWARE'],
    });
    cluster.launch(0, [3], taskOf(5, 'cpus:1'));
    expect(cluster.updates()).toMatchObject([{ state: 'TASK_DROPPED', reason: 'REASON_INVALID_OFFERS' }]);
  });

  it('R-7.3: the update names the agent that the task named', () => {
    const cluster = twoAgents().launch(0, [99], taskOf(5, 'cpus:1', { ...SPEC, agent: 1 }));
    expect(cluster.updates()).toMatchObject([{ task: 5, agent: 1, reason: 'REASON_INVALID_OFFERS' }]);
  });

  it('R-7.2: of one agent and role is one pool', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1').subscribe(0).allocate();
    cluster.addAgent(0, 'cpus:3').allocate();
    const ids = cluster.master.offers.where(() => true).map(({ id }) => id);
    expect(ids).toEqual([0, 1]);
    cluster.launch(0, ids, taskOf(1, 'cpus:3'));
    expect(cluster.commands()).toMatchObject([{ type: 'RUN_TASK', task: 1 }]);
  });

  it('R-7.6: empty operations decline the offer with the refuse time', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1').subscribe(0).allocate();
    cluster.accept(0, [0], [], 2 * SECOND);
    cluster.now = 1;
    expect(cluster.allocate().offers()).toEqual([]);
    cluster.now = 2 * SECOND;
    expect(cluster.allocate().offers()).toHaveLength(1);
  });

  it('R-7.6: the rest is declined with the refuse time of the ACCEPT, another framework may have it at once', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:4').subscribe(0).allocate().subscribe(1);
    cluster.accept(0, [0], [{ type: 'LAUNCH', tasks: [taskOf(1, 'cpus:1')] }], 2 * SECOND).allocate();
    expect(cluster.offers(0)).toEqual([]);
    expect(offered(cluster.offers(1))).toEqual(['a0 cpus:3']);
  });
});

describe('asks', () => {
  function asking(...asks: ReturnType<typeof askOf>[]): TestCluster {
    return new TestCluster({ offers: 'demand' })
      .addAgent(0, 'cpus:4')
      .subscribe(0)
      .request(0, asks)
      .allocate();
  }

  it('A-3, A-4: one offer and one OFFERS event per granted piece', () => {
    const cluster = asking(askOf(0, 'cpus:1', 2));
    expect(cluster.events(0)).toMatchObject([
      { type: 'OFFERS', offers: [{ id: 0, agent: 0 }] },
      { type: 'OFFERS', offers: [{ id: 1, agent: 0 }] },
    ]);
    expect(offered(cluster.offers())).toEqual(['a0 cpus:1', 'a0 cpus:1']);
  });

  it('A-8: all offers of a gang come in one event', () => {
    const cluster = asking(askOf(0, 'cpus:1', 3, true));
    expect(cluster.events(0)).toHaveLength(1);
    expect(cluster.offers()).toHaveLength(3);
  });

  it('Q-4: a declined grant is gone, an invalid one comes back', () => {
    const cluster = asking(askOf(0, 'cpus:1', 2))
      .decline(0, [0], 0)
      .allocate();
    expect(cluster.offers()).toEqual([]);
    cluster.launch(0, [1, 77], taskOf(1, 'cpus:1')).allocate();
    expect(offered(cluster.offers())).toEqual(['a0 cpus:1']);
  });

  it('Q-4: a rescinded grant comes back in its old place', () => {
    const cluster = asking(askOf(0, 'cpus:3'), askOf(0, 'cpus:2'));
    cluster.step({ type: 'UPDATE_WEIGHTS', weights: [{ role: 0, weight: 2 }] });
    expect(cluster.events(0)).toEqual([{ type: 'RESCIND', offer: 0 }]);
    expect(offered(cluster.allocate().offers())).toEqual(['a0 cpus:3']);
  });

  it('Q-1: re-subscription clears them, and an empty REQUEST', () => {
    const cluster = asking(askOf(0, 'cpus:3', 5));
    cluster.subscribe(0).allocate();
    expect(cluster.offers()).toEqual([]);
    cluster
      .request(0, [askOf(0, 'cpus:1')])
      .request(0, [])
      .allocate();
    expect(cluster.offers()).toEqual([]);
  });

  it.each([
    ['of a role the framework has not', { ...askOf(0, 'cpus:1'), role: 1 }],
    ['for nothing', askOf(0, '')],
    ['for no pieces', askOf(0, 'cpus:1', 0)],
    ['for half a piece', askOf(0, 'cpus:1', 1.5)],
  ])('one that is %s drops the call', (_name, ask) => {
    const cluster = new TestCluster({ offers: 'demand' }).addAgent(0, 'cpus:4');
    cluster.roles.intern('other');
    cluster.subscribe(0).request(0, [askOf(0, 'cpus:1')]);
    cluster.request(0, [askOf(0, 'cpus:2'), ask]).allocate();
    expect(cluster.offers().map(({ resources }) => resources)).toEqual([parseResources('cpus:1')]);
  });
});
