import { describe, expect, it } from 'vitest';
import { SECOND } from '../../src/cluster/ids.js';
import type { FrameworkInfo } from '../../src/cluster/protocol.js';
import { formatResources } from '../../src/cluster/resources/text.js';
import { taskOf, TestCluster } from './test-cluster.js';

function free(cluster: TestCluster): string {
  return formatResources(cluster.allocator.available(0));
}

describe('SUBSCRIBE', () => {
  it('is answered with SUBSCRIBED', () => {
    expect(new TestCluster().subscribe(0).told).toEqual([
      { framework: 0, event: { type: 'SUBSCRIBED', framework: 0 } },
    ]);
  });

  it('may come in any order of ids', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1').subscribe(3);
    expect(cluster.told).toHaveLength(1);
    expect(cluster.allocate().offers(3)).toHaveLength(1);
  });

  it.each<[string, Partial<FrameworkInfo>]>([
    ['R-2.4: no MULTI_ROLE and two roles', { roles: [0, 1], capabilities: [] }],
    ['R-2.4: no MULTI_ROLE and no role', { roles: [], capabilities: [] }],
    ['a role twice', { roles: [1, 1] }],
    ['a role that is no role id', { roles: [17] }],
    ['a role that is no number', { roles: [NaN] }],
  ])('%s: ERROR, and nothing is changed', (_name, info) => {
    const cluster = new TestCluster();
    cluster.roles.intern('a');
    cluster.subscribe(0, ['*'], info);
    expect(cluster.events(0)).toMatchObject([{ type: 'ERROR' }]);
    expect(cluster.master.frameworks.get(0)).toBeUndefined();
    expect(cluster.subscribe(0).events(0)).toMatchObject([{ type: 'SUBSCRIBED' }]);
  });

  it('R-6.8: suppressed roles are among the roles', () => {
    const cluster = new TestCluster();
    const info = cluster.info(['a']);
    cluster.step({ type: 'SUBSCRIBE', framework: 0, info, suppressedRoles: [0] });
    expect(cluster.events(0)).toMatchObject([{ type: 'ERROR' }]);
  });

  it.each([-1, 1.5, NaN, 1e10])('the id %s is refused', (id) => {
    expect(new TestCluster().subscribe(id).events(id)).toMatchObject([{ type: 'ERROR' }]);
  });

  it('R-7.1: again discards the offers of before without a word', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1').subscribe(0).allocate().subscribe(0);
    expect(cluster.told.map(({ event }) => event.type)).toEqual(['SUBSCRIBED']);
    expect(cluster.master.offers.size).toBe(0);
    expect(cluster.allocate().offers()).toMatchObject([{ id: 1 }]);
  });

  it('R-10.5: again with another principal is an ERROR; another user or checkpointing is not heard', () => {
    const cluster = new TestCluster().subscribe(0, ['*'], { principal: 'p', user: 'u', checkpoint: true });
    cluster.subscribe(0, ['*'], { principal: 'q' });
    expect(cluster.events(0)).toMatchObject([{ type: 'ERROR' }]);
    cluster.subscribe(0, ['*'], { principal: 'p', user: 'v', checkpoint: false });
    expect(cluster.events(0)).toMatchObject([{ type: 'SUBSCRIBED' }]);
    expect(cluster.master.frameworks.get(0)?.info).toMatchObject({ user: 'u', checkpoint: true });
  });

  it('W-4.3: again has agents send at once what was not heard or not acknowledged', () => {
    const resend = { type: 'RESEND_UPDATES', framework: 0 };
    const cluster = TestCluster.running();
    expect(cluster.subscribe(0).commands()).toEqual([]);
    cluster.update(7, 'TASK_FAILED', 2).subscribe(0);
    expect(cluster.commands()).toEqual([resend]);
    cluster.acknowledge(7, 2).step({ type: 'FRAMEWORK_DISCONNECTED', framework: 0 });
    cluster.update(8, 'TASK_FINISHED', 3).subscribe(0);
    expect(cluster.commands()).toEqual([resend]);
    expect(cluster.subscribe(0).commands()).toEqual([]);
  });

  it('R-10.2: again after a disconnection makes it active again', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1').subscribe(0);
    cluster.step({ type: 'FRAMEWORK_DISCONNECTED', framework: 0 }).subscribe(0).allocate();
    expect(cluster.offers()).toHaveLength(1);
  });
});

describe('UPDATE_FRAMEWORK', () => {
  function update(cluster: TestCluster, roles: string[], more: Partial<FrameworkInfo> = {}): TestCluster {
    return cluster.step({
      type: 'UPDATE_FRAMEWORK',
      framework: 0,
      info: cluster.info(roles, more),
      suppressedRoles: [],
    });
  }

  it('R-10.4: rescinds offers of roles that are left; tasks run on and stay charged', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:2').subscribe(0, ['a']).allocate();
    cluster.launch(0, [0], taskOf(1, 'cpus:1')).addAgent(1, 'cpus:1').allocate();
    update(cluster, ['b']);
    expect(cluster.events(0)).toEqual([{ type: 'RESCIND', offer: 1 }]);
    expect(free(cluster)).toBe('cpus:1');
    cluster.allocate();
    expect(cluster.offers().map(({ role }) => cluster.roles.path(role))).toEqual(['b', 'b']);
    cluster.update(1, 'TASK_FINISHED', 1);
    expect(cluster.master.tasks.holds(1)).toBe(false);
  });

  it.each<[string, Partial<FrameworkInfo>]>([
    ['the principal', { principal: 'x' }],
    ['the user', { user: 'x' }],
    ['checkpointing', { checkpoint: true }],
    ['roles that make no sense', { roles: [99] }],
  ])('R-10.5: changing %s is refused as a whole', (_name, info) => {
    const cluster = new TestCluster().addAgent(0, 'cpus:2').subscribe(0, ['a']).allocate();
    update(cluster, ['b'], info);
    expect(cluster.told).toEqual([]);
    expect(cluster.master.frameworks.get(0)?.info.roles).toEqual([cluster.roles.intern('a')]);
  });
});

describe('a framework whose stream breaks', () => {
  it('says nothing to its executors, and hears nothing of them', () => {
    const cluster = TestCluster.running(7, { failoverTimeoutUs: SECOND });
    const message = { type: 'MESSAGE', framework: 0, agent: 0, executorId: 'e', data: 'aGVsbG8=' } as const;
    const report = { ...message, type: 'EXECUTOR_MESSAGE' } as const;
    const heard = { type: 'MESSAGE', agent: 0, executorId: 'e', data: 'aGVsbG8=' };
    expect(cluster.step(message).commands()).toEqual([
      { type: 'EXECUTOR_MESSAGE', framework: 0, executorId: 'e', data: 'aGVsbG8=' },
    ]);
    expect(cluster.step(report).events(0)).toEqual([heard]);
    const exit = { framework: 0, agent: 0, executorId: 'e', status: 9 };
    expect(cluster.step({ ...exit, type: 'EXECUTOR_EXITED' }).events(0)).toEqual([
      { type: 'FAILURE', agent: 0, executorId: 'e', status: 9 },
    ]);
    cluster.step({ type: 'FRAMEWORK_DISCONNECTED', framework: 0 });
    expect(cluster.step(message).commands()).toEqual([]);
    expect(cluster.step(report).told).toEqual([]);
  });

  it('is not told of its operations', () => {
    const cluster = TestCluster.running(7, { failoverTimeoutUs: SECOND });
    const ask = { type: 'RECONCILE_OPERATIONS', framework: 0, operations: [{ id: 'o', agent: 0 }] } as const;
    expect(cluster.step(ask).told).toHaveLength(1);
    cluster.step({ type: 'FRAMEWORK_DISCONNECTED', framework: 0 });
    expect(cluster.step(ask).told).toEqual([]);
  });

  it('W-5.1: with no failover time is removed at once', () => {
    const cluster = TestCluster.running(7, { failoverTimeoutUs: 0 });
    cluster.step({ type: 'FRAMEWORK_DISCONNECTED', framework: 0 });
    expect(cluster.commands()).toEqual([{ type: 'SHUTDOWN_FRAMEWORK', framework: 0 }]);
    expect(free(cluster)).toBe('cpus:4;mem:1024');
    expect(cluster.subscribe(0).events(0)).toEqual([
      { type: 'ERROR', message: 'Framework has been removed' },
    ]);
  });

  it('R-10.2: gives back its offers, keeps its tasks, and is removed when its time is over', () => {
    const cluster = TestCluster.running().allocate();
    cluster.step({ type: 'FRAMEWORK_DISCONNECTED', framework: 0 });
    expect(cluster.timers).toEqual([{ kind: 'FRAMEWORK_FAILOVER', at: cluster.now + 60 * SECOND, key: 0 }]);
    expect(cluster.told).toEqual([]);
    expect(free(cluster)).toBe('cpus:3;mem:1024');
    cluster.now += 60 * SECOND;
    cluster.step({ type: 'TIMER', kind: 'FRAMEWORK_FAILOVER', key: 0 });
    expect(free(cluster)).toBe('cpus:4;mem:1024');
  });

  it('is not removed by the timer of an earlier break', () => {
    const cluster = TestCluster.running().step({ type: 'FRAMEWORK_DISCONNECTED', framework: 0 });
    cluster.now = 30 * SECOND;
    cluster.subscribe(0).step({ type: 'FRAMEWORK_DISCONNECTED', framework: 0 });
    cluster.now = 60 * SECOND;
    cluster.step({ type: 'TIMER', kind: 'FRAMEWORK_FAILOVER', key: 0 });
    expect(cluster.master.tasks.size).toBe(1);
    cluster.now = 90 * SECOND;
    cluster.step({ type: 'TIMER', kind: 'FRAMEWORK_FAILOVER', key: 0 });
    expect(cluster.master.tasks.size).toBe(0);
  });

  it('has no voice until it is back', () => {
    const cluster = TestCluster.running().allocate();
    const [offer] = cluster.offers();
    cluster.step({ type: 'FRAMEWORK_DISCONNECTED', framework: 0 });
    for (const input of [
      { type: 'ACCEPT', framework: 0, offers: [offer.id], operations: [], refuseUs: 0 },
      { type: 'KILL', framework: 0, task: 7, agent: 0 },
      { type: 'RECONCILE', framework: 0, tasks: [] },
      { type: 'REVIVE', framework: 0, roles: [] },
      { type: 'REQUEST', framework: 0, asks: [] },
    ] as const) {
      cluster.step(input);
      expect([...cluster.told, ...cluster.commanded]).toEqual([]);
    }
  });
});

describe('TEARDOWN', () => {
  it('R-10.3: frees everything at once, and its agents shut it down', () => {
    const cluster = TestCluster.running().allocate().step({ type: 'TEARDOWN', framework: 0 });
    expect(cluster.commands()).toEqual([{ type: 'SHUTDOWN_FRAMEWORK', framework: 0 }]);
    expect(cluster.told).toEqual([]);
    expect(cluster.master.offers.size).toBe(0);
    expect(cluster.allocator.holdings(0)).toEqual([]);
    cluster.update(7, 'TASK_KILLED', 2);
    expect([...cluster.told, ...cluster.commanded]).toEqual([]);
  });

  it('of an unknown framework is ignored', () => {
    expect(new TestCluster().step({ type: 'TEARDOWN', framework: 3 }).told).toEqual([]);
  });
});
