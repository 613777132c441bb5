import { describe, expect, it } from 'vitest';
import { availableProblem } from '../../src/cluster/master/convert-available.js';
import { drainProblem, reactivateProblem } from '../../src/cluster/master/drain.js';
import { quotaProblem } from '../../src/cluster/master/policy.js';
import type { AgentCapability } from '../../src/cluster/protocol.js';
import { pushReservation } from '../../src/cluster/resources/conversions.js';
import { kindOf } from '../../src/cluster/resources/kinds.js';
import type { Resources } from '../../src/cluster/resources/resources.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { TestCluster } from './test-cluster.js';

const DRAINABLE: { capabilities: readonly AgentCapability[] } = {
  capabilities: ['MULTI_ROLE', 'AGENT_DRAINING'],
};

function reserve(cpus: number): Parameters<typeof availableProblem>[1] {
  return {
    type: 'CONVERT_AVAILABLE',
    agent: 0,
    name: 'RESERVE',
    from: parseResources(`cpus:${cpus}`),
    to: pushReservation(parseResources(`cpus:${cpus}`), { type: 'DYNAMIC', role: 'eng' }),
  };
}

describe("an operator's RESERVE (R-7.11)", () => {
  it('takes what is free and changes the total', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:4');
    cluster.step(reserve(3));
    const { total } = cluster.master.agents.get(0)!;
    expect(total.equals(parseResources('cpus:1').plus(reserve(3).to))).toBe(true);
    expect(cluster.allocator.available(0).equals(total)).toBe(true);
  });

  it('rescinds offers of the agent only when the rest does not suffice', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:4').addAgent(1, 'cpus:4').subscribe(0).allocate();
    expect(cluster.offers()).toHaveLength(2);
    cluster.step(reserve(1));
    expect(cluster.told.map(({ event }) => event)).toEqual([{ type: 'RESCIND', offer: 0 }]);
    expect(cluster.step(reserve(1)).told).toEqual([]);
  });

  it('conflicts with what tasks use; nothing changes', () => {
    const cluster = TestCluster.running();
    expect(availableProblem(cluster.master.cluster, reserve(4))).toMatchObject({ kind: 'conflict' });
    expect(cluster.step(reserve(4)).told).toEqual([]);
    expect(cluster.master.agents.get(0)!.total.equals(parseResources('cpus:4;mem:1024'))).toBe(true);
  });

  it('is invalid for an agent that is not there, for nothing, and for something else than it says', () => {
    const { cluster } = new TestCluster().addAgent(0, 'cpus:4').master;
    expect(availableProblem(cluster, { ...reserve(1), agent: 9 })).toMatchObject({ kind: 'invalid' });
    expect(availableProblem(cluster, { ...reserve(1), from: parseResources('') })).toMatchObject({
      kind: 'invalid',
    });
    expect(availableProblem(cluster, { ...reserve(1), from: parseResources('cpus:2') })).toMatchObject({
      kind: 'invalid',
    });
  });
});

describe("an operator's RESERVE of what is reserved (source, R-1.16)", () => {
  const levels = (type: 'STATIC' | 'DYNAMIC', ...roles: string[]): Resources =>
    roles.reduce(
      (resources, role, at) => pushReservation(resources, { type: at === 0 ? type : 'DYNAMIC', role }),
      parseResources('cpus:2'),
    );
  const move = (from: Resources, to: Resources): Parameters<typeof availableProblem>[1] => ({
    type: 'CONVERT_AVAILABLE',
    agent: 0,
    name: 'RESERVE',
    from,
    to,
  });
  const reserved = (resources: Resources): TestCluster => {
    const cluster = new TestCluster().addAgent(0, 'cpus:4');
    for (let at = 1; at <= 2; at++) {
      const own = kindOf(resources.kinds[0]).reservations.slice(0, at);
      if (own.length < at) break;
      const to = own.reduce(pushReservation, parseResources('cpus:2'));
      const from = own.slice(0, -1).reduce(pushReservation, parseResources('cpus:2'));
      cluster.step(move(from, to));
    }
    return cluster;
  };

  it('moves it to another role below the owner that both have in common', () => {
    const [from, to] = [levels('DYNAMIC', 'eng', 'eng/dev'), levels('DYNAMIC', 'eng', 'eng/ops')];
    const cluster = reserved(from);
    expect(cluster.step(move(from, to)).told).toEqual([]);
    const { total } = cluster.master.agents.get(0)!;
    expect(total.equals(parseResources('cpus:2').plus(to))).toBe(true);
    expect(cluster.allocator.available(0).equals(total)).toBe(true);
  });

  it('moves it to a role that has nothing in common with its own', () => {
    const [from, to] = [levels('DYNAMIC', 'eng'), levels('DYNAMIC', 'ads', 'ads/web')];
    const cluster = reserved(from).step(move(from, to));
    expect(cluster.master.agents.get(0)!.total.contains(to)).toBe(true);
  });

  it('conflicts with what is not reserved so', () => {
    const { cluster } = reserved(levels('DYNAMIC', 'ads')).master;
    const call = move(levels('DYNAMIC', 'eng'), levels('DYNAMIC', 'ads'));
    expect(availableProblem(cluster, call)).toMatchObject({ kind: 'conflict' });
  });

  it.each([
    ['what is static', levels('STATIC', 'eng'), levels('DYNAMIC', 'ads')],
    ['what is static below', levels('STATIC', 'eng', 'eng/dev'), levels('DYNAMIC', 'ads')],
    ['the same reservation', levels('DYNAMIC', 'eng'), levels('DYNAMIC', 'eng')],
    ['one that is only taken off', levels('DYNAMIC', 'eng', 'eng/dev'), levels('DYNAMIC', 'eng')],
    [
      'other amounts',
      levels('DYNAMIC', 'eng'),
      pushReservation(parseResources('cpus:1'), { type: 'DYNAMIC', role: 'ads' }),
    ],
  ])('is invalid for %s', (_, from, to) => {
    const { cluster } = new TestCluster().addAgent(0, 'cpus:4').master;
    expect(availableProblem(cluster, move(from, to))).toMatchObject({ kind: 'invalid' });
  });
});

describe('DRAIN_AGENT (R-9.5)', () => {
  function draining(markGone = false): TestCluster {
    const cluster = TestCluster.running(7, { capabilities: ['MULTI_ROLE', 'PARTITION_AWARE'] });
    const { info } = cluster.master.agents.get(0)!;
    cluster.master.agents.get(0)!.info = { ...info, ...DRAINABLE };
    return cluster.step({ type: 'DRAIN_AGENT', agent: 0, maxGraceUs: 1_000_000, markGone });
  }

  it('kills the tasks within the grace that is allowed, and offers the agent no more', () => {
    const cluster = draining();
    const reason = 'REASON_AGENT_DRAINING';
    expect(cluster.commands()).toEqual([
      { type: 'KILL_TASK', framework: 0, task: 7, graceUs: 1_000_000, reason },
    ]);
    expect(cluster.master.agents.get(0)!.deactivated).toBe(true);
    expect(cluster.allocate().offers()).toEqual([]);
  });

  it('kills nothing that has ended and waits for its acknowledgement alone', () => {
    const cluster = TestCluster.running(7).update(7, 'TASK_FINISHED', 2);
    const { info } = cluster.master.agents.get(0)!;
    cluster.master.agents.get(0)!.info = { ...info, ...DRAINABLE };
    cluster.commands();
    cluster.step({ type: 'DRAIN_AGENT', agent: 0, markGone: false });
    expect(cluster.master.agents.get(0)!.drain).toMatchObject({ isDone: false });
    expect(cluster.commands()).toEqual([]);
  });

  it('is done when the last terminal update is acknowledged; until then nobody reactivates the agent', () => {
    const cluster = draining().update(7, 'TASK_KILLED', 2);
    expect(reactivateProblem(cluster.master.cluster, 0)).toContain('still draining');
    expect(cluster.step({ type: 'REACTIVATE_AGENT', agent: 0 }).master.agents.get(0)!.deactivated).toBe(true);
    cluster.acknowledge(7, 2);
    expect(cluster.master.agents.get(0)!.drain).toMatchObject({ isDone: true });
    cluster.step({ type: 'REACTIVATE_AGENT', agent: 0 });
    expect(cluster.master.agents.get(0)).toMatchObject({ deactivated: false, drain: undefined });
  });

  it('with mark_gone the agent is gone once it is drained', () => {
    const cluster = draining(true).update(7, 'TASK_KILLED', 2).acknowledge(7, 2);
    expect(cluster.master.agents.get(0)!.state).toBe('gone');
  });

  it('of an empty agent is done at once', () => {
    const cluster = new TestCluster().addAgent(0, 'cpus:1', DRAINABLE);
    cluster.step({ type: 'DRAIN_AGENT', agent: 0, markGone: false });
    expect(cluster.master.agents.get(0)!.drain).toMatchObject({ isDone: true });
  });

  it('kills again what an agent reports that was away', () => {
    const cluster = draining();
    cluster.step({ type: 'AGENT_DISCONNECTED', agent: 0 });
    const spec = cluster.master.tasks.specOf(7);
    const task = {
      framework: 0,
      role: 0,
      task: 7,
      resources: parseResources('cpus:1'),
      spec,
      state: 'TASK_RUNNING' as const,
    };
    cluster.addAgent(0, 'cpus:4;mem:1024', DRAINABLE, [task]);
    expect(cluster.commands().map(({ type }) => type)).toContain('KILL_TASK');
  });

  it('is refused for an agent that is unknown or cannot', () => {
    const { cluster } = new TestCluster().addAgent(0, 'cpus:1').master;
    expect(drainProblem(cluster, 5)).toContain('no such agent');
    expect(drainProblem(cluster, 0)).toContain('cannot be drained');
  });
});

it('an agent that was lost may still be marked gone', () => {
  const cluster = TestCluster.running(7, { capabilities: ['MULTI_ROLE', 'PARTITION_AWARE'] });
  cluster.step({ type: 'AGENT_LOST', agent: 0, reason: 'REASON_AGENT_REMOVED' });
  expect(cluster.updates().map(({ state }) => state)).toEqual(['TASK_UNREACHABLE']);
  cluster.step({ type: 'AGENT_LOST', agent: 0, reason: 'REASON_AGENT_REMOVED_BY_OPERATOR' });
  expect(cluster.updates().map(({ state }) => state)).toEqual(['TASK_GONE_BY_OPERATOR']);
  expect(cluster.addAgent(0, 'cpus:4;mem:1024').commands()).toEqual([]);
});

it('R-8.3 b: guarantees given before count, too', () => {
  const cluster = new TestCluster().addAgent(0, 'cpus:4');
  const quota = (path: string, cpus: number) => ({
    type: 'UPDATE_QUOTA' as const,
    quotas: [{ role: cluster.roles.intern(path), guarantees: { cpus }, limits: {} }],
    force: false,
  });
  cluster.step(quota('a', 3000));
  expect(quotaProblem(cluster.master.cluster, quota('b', 2000))).toContain('more than the cluster has');
  expect(quotaProblem(cluster.master.cluster, quota('a', 4000))).toBeUndefined();
});
