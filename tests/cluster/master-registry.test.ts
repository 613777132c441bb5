import { describe, expect, it } from 'vitest';
import { SECOND } from '../../src/cluster/ids.js';
import { registrationProblem } from '../../src/cluster/master/agent-lifecycle.js';
import type { RegistryRecord } from '../../src/cluster/master/registry.js';
import type { MasterInput, RunningTask, SchedulerEvent } from '../../src/cluster/protocol.js';
import { pushReservation } from '../../src/cluster/resources/conversions.js';
import { formatResources, parseResources } from '../../src/cluster/resources/text.js';
import { SPEC, TestCluster } from './test-cluster.js';

const DRAINABLE = { capabilities: ['MULTI_ROLE', 'AGENT_DRAINING', 'RESERVATION_REFINEMENT'] as const };

/** The last record about each role and agent, as a registry keeps them. */
function registryOf({ registry }: TestCluster): RegistryRecord[] {
  const entries = new Map<string, RegistryRecord>();
  for (const record of registry) {
    const of = record.type === 'AGENT' ? record.agent : record.type === 'MAINTENANCE' ? 0 : record.role;
    entries.set(`${record.type}/${of}`, record);
  }
  return [...entries.values()];
}

/** The master after this one has died. */
function next(before: TestCluster): TestCluster {
  const after = new TestCluster();
  for (let role = after.roles.count; role < before.roles.count; role++)
    after.roles.intern(before.roles.path(role));
  return after.step({ type: 'RECOVER', records: registryOf(before), agentReregisterUs: 600 * SECOND });
}

function state(cluster: TestCluster, agent = 0): string | undefined {
  return cluster.master.agents.get(agent)?.state;
}

function running(task: number): RunningTask {
  const resources = parseResources('cpus:1');
  return { framework: 0, role: 0, task, resources, spec: SPEC, state: 'TASK_RUNNING' };
}

describe('a master that begins with the registry of the one before', () => {
  it('has its weights and quota, and divides by them', () => {
    const before = new TestCluster().addAgent(0, 'cpus:4');
    const role = before.roles.intern('eng');
    before.step({ type: 'UPDATE_WEIGHTS', weights: [{ role, weight: 3 }] });
    before.step({
      type: 'UPDATE_QUOTA',
      quotas: [{ role, guarantees: { cpus: 1000 }, limits: { cpus: 2000 } }],
      force: false,
    });
    const { cluster } = next(before).master;
    expect(cluster.weights.get(role)).toBe(3);
    expect(cluster.quotas.get(role)).toEqual({ guarantees: { cpus: 1000 }, limits: { cpus: 2000 } });
    const after = next(before).addAgent(0, 'cpus:4').subscribe(0, ['eng']).allocate();
    expect(after.offers().map(({ resources }) => formatResources(resources))).toEqual(['cpus:2']);
  });

  it('has no quota that was taken back', () => {
    const before = new TestCluster().addAgent(0, 'cpus:4');
    const role = before.roles.intern('eng');
    const quota = (limits: Record<string, number>): MasterInput => ({
      type: 'UPDATE_QUOTA',
      quotas: [{ role, guarantees: {}, limits }],
      force: true,
    });
    before.step(quota({ cpus: 1000 })).step(quota({}));
    expect(registryOf(before).at(-1)).toMatchObject({ type: 'QUOTA', guarantees: {}, limits: {} });
  });

  it('expects its agents back, and takes in what runs there', () => {
    const after = next(TestCluster.running());
    expect(state(after)).toBe('recovered');
    after.addAgent(0, 'cpus:4;mem:1024', {}, [running(7)]);
    expect(state(after)).toBe('registered');
    expect(after.master.tasks.stateOf(7)).toBe('TASK_RUNNING');
    // The registry says so already.
    expect(after.registry).toEqual([]);
  });

  it('takes those that are not back in time for unreachable, and says so (W-5.9)', () => {
    const after = next(new TestCluster().addAgent(0, 'cpus:4').addAgent(1, 'cpus:4'));
    expect(after.timers).toEqual([{ kind: 'AGENT_REREGISTRATION', at: 600 * SECOND, key: 0 }]);
    after.addAgent(1, 'cpus:4').subscribe(0);
    after.now = 600 * SECOND;
    after.step({ type: 'TIMER', kind: 'AGENT_REREGISTRATION', key: 0 });
    expect([state(after, 0), state(after, 1)]).toEqual(['lost', 'registered']);
    expect(after.events(0)).toEqual([{ type: 'FAILURE', agent: 0 }]);
    expect(after.registry).toMatchObject([{ agent: 0, entry: { standing: 'unreachable' } }]);
    expect(state(after.addAgent(0, 'cpus:4'))).toBe('registered');
  });

  it('does not let an agent in again that was marked gone (W-5.8)', () => {
    const before = new TestCluster().addAgent(0, 'cpus:4');
    before.step({ type: 'AGENT_LOST', agent: 0, reason: 'REASON_AGENT_REMOVED_BY_OPERATOR' });
    const after = next(before).addAgent(0, 'cpus:4');
    expect(state(after)).toBe('gone');
    expect(after.commands()).toEqual([]);
  });

  it('goes on with a drain: kills what an agent brings back, and is done after that', () => {
    const before = TestCluster.running();
    before.addAgent(0, 'cpus:4;mem:1024', DRAINABLE, [running(7)]);
    before.step({ type: 'DRAIN_AGENT', agent: 0, markGone: false });
    const after = next(before).subscribe(0);
    after.addAgent(0, 'cpus:4;mem:1024', DRAINABLE, [running(7)]);
    expect(after.commands().map(({ type }) => type)).toEqual(['AGENT_REGISTERED', 'KILL_TASK']);
    expect(after.allocate().offers()).toEqual([]);
    after.update(7, 'TASK_KILLED', 2).acknowledge(7, 2);
    expect(after.master.agents.get(0)?.drain?.isDone).toBe(true);
    expect(next(after).master.agents.get(0)?.drain?.isDone).toBe(true);
  });

  it('keeps an agent deactivated', () => {
    const before = new TestCluster().addAgent(0, 'cpus:4').step({ type: 'DEACTIVATE_AGENT', agent: 0 });
    const after = next(before).addAgent(0, 'cpus:4').subscribe(0);
    expect(after.allocate().offers()).toEqual([]);
    after.step({ type: 'REACTIVATE_AGENT', agent: 0 });
    expect(after.allocate().offers()).toHaveLength(1);
  });

  it('knows the reservations that agents do not report', () => {
    const before = new TestCluster().addAgent(0, 'cpus:4');
    const to = pushReservation(parseResources('cpus:3'), { type: 'DYNAMIC', role: 'eng' });
    before.step({ type: 'CONVERT_AVAILABLE', agent: 0, name: 'RESERVE', from: parseResources('cpus:3'), to });
    const after = next(before).addAgent(0, 'cpus:4');
    expect(after.allocator.available(0).equals(parseResources('cpus:1').plus(to))).toBe(true);
  });
});

describe('a question about a task while agents are not back yet (mesos-http-api 4.4)', () => {
  function ask(cluster: TestCluster, agent: number): SchedulerEvent[] {
    return cluster.step({ type: 'RECONCILE', framework: 0, tasks: [{ task: 9, agent }] }).events(0);
  }

  it('has no answer when the task may be on one of them', () => {
    const after = next(new TestCluster().addAgent(0, 'cpus:4').addAgent(1, 'cpus:4')).subscribe(0);
    expect(ask(after, 0)).toEqual([]);
    expect(ask(after, -1)).toEqual([]);
    // One that is named, and that is none of those that are awaited.
    expect(ask(after, -2)).toMatchObject([{ state: 'TASK_LOST', agent: -2 }]);
    after.addAgent(0, 'cpus:4');
    expect(ask(after, 0)).toMatchObject([{ state: 'TASK_LOST', reason: 'REASON_RECONCILIATION' }]);
    expect(ask(after, -1)).toEqual([]);
    after.addAgent(1, 'cpus:4');
    expect(ask(after, -1)).toMatchObject([{ state: 'TASK_LOST' }]);
  });
});

describe('what is remembered comes before what depends on it', () => {
  function order(input: MasterInput, prepare: (cluster: TestCluster) => void): string[] {
    const cluster = new TestCluster();
    prepare(cluster);
    const said: string[] = [];
    cluster.master.step(input, cluster.now, {
      toFramework: (_, { type }) => said.push(type),
      toAgent: (_, { type }) => said.push(type),
      persist: ({ type }) => said.push(`persist ${type}`),
      timer: () => undefined,
    });
    return said;
  }

  const info = {
    id: 'm-S0',
    hostname: 'a0',
    total: parseResources('cpus:4'),
    attributes: [],
    capabilities: [],
  };

  it('an agent is admitted before it is told so', () => {
    const input = { type: 'REGISTER_AGENT', agent: 0, info, tasks: [] } as const;
    expect(order(input, () => undefined)).toEqual(['persist AGENT', 'AGENT_REGISTERED']);
  });

  it('an agent is lost before its frameworks hear of it', () => {
    const input = { type: 'AGENT_LOST', agent: 0, reason: 'REASON_AGENT_REMOVED' } as const;
    const said = order(input, (cluster) => cluster.addAgent(0, 'cpus:4').subscribe(0));
    expect(said).toEqual(['persist AGENT', 'FAILURE']);
  });

  it('a reservation of an ACCEPT before the task that uses it', () => {
    const from = parseResources('cpus:1');
    const said = order(
      {
        type: 'ACCEPT',
        framework: 0,
        offers: [0],
        refuseUs: 0,
        operations: [
          {
            type: 'CONVERT',
            name: 'RESERVE',
            from,
            to: pushReservation(from, { type: 'DYNAMIC', role: 'eng' }),
          },
          {
            type: 'LAUNCH',
            tasks: [
              { task: 1, resources: pushReservation(from, { type: 'DYNAMIC', role: 'eng' }), spec: SPEC },
            ],
          },
        ],
      },
      (cluster) => cluster.addAgent(0, 'cpus:4').subscribe(0, ['eng']).allocate(),
    );
    expect(said).toEqual(['persist AGENT', 'RUN_TASK']);
  });
});

it('an agent that comes back from another host or address is not let in (W-5.8)', () => {
  const cluster = new TestCluster().addAgent(0, 'cpus:4', { ip: '10.0.0.1' });
  const { info } = cluster.master.agents.get(0)!;
  const problem = (more: object): string | undefined =>
    registrationProblem(cluster.master.cluster, {
      type: 'REGISTER_AGENT',
      agent: 0,
      info: { ...info, ...more },
      tasks: [],
    });
  expect(problem({ port: 9 })).toBeUndefined();
  expect(problem({ ip: '10.0.0.2' })).toContain('10.0.0.1');
  expect(problem({ hostname: 'b0' })).toContain('a0');
  cluster.addAgent(0, 'cpus:4', { hostname: 'b0', ip: '10.0.0.1' });
  expect(cluster.commands()).toEqual([]);
  expect(cluster.master.agents.get(0)?.info.hostname).toBe('a0');
});

describe('allocation after a fail-over, with quota (R-4.6, R-4.5)', () => {
  /** A master of so many agents and a quota, and the one after it with a framework that waits. */
  function failedOver(agents: number, withQuota = true): TestCluster {
    const before = new TestCluster();
    for (let agent = 0; agent < agents; agent++) before.addAgent(agent, 'cpus:1');
    const role = before.roles.intern('eng');
    const quotas = [{ role, guarantees: { cpus: 1000 }, limits: {} }];
    if (withQuota) before.step({ type: 'UPDATE_QUOTA', quotas, force: false });
    return next(before).subscribe(0, ['eng']);
  }

  it('waits for four fifths of the agents, and then makes up for all', () => {
    const cluster = failedOver(10);
    for (let agent = 0; agent < 7; agent++) cluster.addAgent(agent, 'cpus:1');
    expect(cluster.master.allocationDue(0)).toBe(Infinity);
    expect(cluster.allocate().offers()).toEqual([]);
    cluster.addAgent(7, 'cpus:1');
    expect(cluster.master.allocationDue(0)).toBe(0);
    expect(cluster.allocate().offers()).toHaveLength(8);
  });

  it('waits for ten minutes at most', () => {
    const cluster = failedOver(10).addAgent(3, 'cpus:1');
    cluster.now = 600 * SECOND;
    cluster.step({ type: 'TIMER', kind: 'ALLOCATION_RECOVERY', key: 0 });
    expect(cluster.allocate().offers()).toHaveLength(1);
  });

  it('waits for a single agent, too, before it is unreachable', () => {
    const before = new TestCluster().addAgent(0, 'cpus:1');
    expect(next(before).timers).toEqual([{ kind: 'AGENT_REREGISTRATION', at: 600 * SECOND, key: 0 }]);
  });

  it('waits for nobody without quota, or with too few agents to wait for', () => {
    expect(failedOver(10, false).addAgent(0, 'cpus:1').allocate().offers()).toHaveLength(1);
    expect(failedOver(1).addAgent(0, 'cpus:1').allocate().offers()).toHaveLength(1);
  });
});
