/** Maintenance, inverse offers, and domains at registration. */
import { describe, expect, it } from 'vitest';
import { SECOND } from '../../src/cluster/ids.js';
import type { AgentInfo } from '../../src/cluster/protocol.js';
import type { MachineId, MaintenanceWindow } from '../../src/cluster/maintenance.js';
import { drainProblem } from '../../src/cluster/master/drain.js';
import { registrationProblem } from '../../src/cluster/master/agent-lifecycle.js';
import { scheduleProblem, startProblem, stopProblem } from '../../src/cluster/master/maintenance.js';
import { taskOf, TestCluster } from './test-cluster.js';

const IP = { ip: '10.0.0.1' };
const machine: MachineId = { hostname: 'A0', ip: '10.0.0.1' };
const window = (startUs = 100 * SECOND, ...machines: MachineId[]): MaintenanceWindow => ({
  machines: machines.length === 0 ? [machine] : machines,
  unavailability: { startUs, durationUs: 60 * SECOND },
});
const schedule = (...windows: MaintenanceWindow[]) =>
  ({ type: 'UPDATE_MAINTENANCE_SCHEDULE', windows }) as const;

/** An agent on the machine; task 7 of framework 0 on it, and an offer of the rest is out. */
function running(more: object = {}): TestCluster {
  const cluster = new TestCluster({ offerTimeoutUs: 30 * SECOND }).addAgent(0, 'cpus:4;mem:1024', IP);
  cluster.subscribe(0, ['*'], more).allocate();
  cluster.launch(0, [cluster.offers()[0].id], taskOf(7, 'cpus:1'));
  cluster.now = 1;
  return cluster.update(7, 'TASK_RUNNING', 1).acknowledge(7, 1).allocate();
}

describe('a maintenance schedule (R-9.11)', () => {
  it('rescinds the offers of its machines, whose agents are offered again with the time they go', () => {
    const cluster = running();
    cluster.step(schedule(window()));
    expect(cluster.events(0).map(({ type }) => type)).toEqual(['RESCIND']);
    cluster.allocate();
    expect(cluster.offers()).toHaveLength(1);
    expect(cluster.master.agents.get(0)?.info.unavailability).toEqual({
      startUs: 100 * SECOND,
      durationUs: 60 * SECOND,
    });
  });

  it('means a machine by its address and its host name, in capitals or not', () => {
    const cluster = running();
    cluster.step(schedule(window(0, { hostname: 'a0' }), window(0, { ...machine, ip: '10.0.0.2' })));
    expect(cluster.told).toEqual([]);
  });

  it('takes the place of the one before', () => {
    const cluster = running().step(schedule(window())).allocate();
    cluster.step(schedule());
    expect(cluster.events(0).map(({ type }) => type)).toEqual(['RESCIND', 'RESCIND_INVERSE_OFFER']);
    expect(cluster.master.agents.get(0)?.info).not.toHaveProperty('unavailability');
    expect(
      cluster
        .allocate()
        .events(0)
        .map(({ type }) => type),
    ).toEqual(['OFFERS']);
  });

  it('holds for agents that come later, and come again', () => {
    const cluster = new TestCluster().step(schedule(window())).addAgent(0, 'cpus:1', IP);
    expect(cluster.master.agents.get(0)?.info.unavailability?.startUs).toBe(100 * SECOND);
    cluster.step({ type: 'AGENT_DISCONNECTED', agent: 0 }).addAgent(0, 'cpus:1', IP);
    expect(cluster.master.agents.get(0)?.info.unavailability?.startUs).toBe(100 * SECOND);
  });

  it('is part of the state: another time of a machine that has no agent is another digest', () => {
    const digestOf = (startUs: number): string => {
      const window = { machines: [{ hostname: 'later' }], unavailability: { startUs } };
      return running().step(schedule(window)).master.digest();
    };
    expect(digestOf(5)).toBe(digestOf(5));
    expect(digestOf(6)).not.toBe(digestOf(5));
  });

  it.each([
    ['a window without machines', { ...window(), machines: [] }, 'has no machines'],
    ['a machine without a name', window(0, {}), 'a hostname, an ip, or both'],
    ['a machine twice', window(0, machine, { ...machine, hostname: 'a0' }), 'twice'],
    ['a start that is no time', window(NaN), 'no time'],
    ['a duration below 0', { ...window(), unavailability: { startUs: 0, durationUs: -1 } }, 'below 0'],
  ])('is refused with %s, and nothing changes', (_what, bad, message) => {
    const cluster = running().step(schedule(window(5)));
    const before = cluster.master.digest();
    const input = schedule(bad);
    expect(scheduleProblem(cluster.master.cluster, input)).toContain(message);
    expect(cluster.step(input).master.digest()).toBe(before);
  });

  it('keeps its agents from being drained (R-9.5)', () => {
    const cluster = running().step(schedule(window()));
    expect(drainProblem(cluster.master.cluster, 0)).toContain('in a maintenance schedule');
  });

  it('is not forgotten with its master', () => {
    const before = running().step(schedule(window()));
    before.step({ type: 'START_MAINTENANCE', machines: [machine] });
    const records = before.registry.filter(({ type }) => type === 'MAINTENANCE').slice(-1);
    const after = new TestCluster().step({ type: 'RECOVER', records, agentReregisterUs: SECOND });
    const { maintenance } = after.master.cluster;
    expect([maintenance.windows, maintenance.isDown(machine)]).toEqual([[window()], true]);
  });
});

describe('inverse offers (R-9.12)', () => {
  const asked = (): TestCluster => running().step(schedule(window())).allocate();
  const inverse = (cluster: TestCluster) =>
    cluster.events(0).flatMap((event) => (event.type === 'INVERSE_OFFERS' ? event.offers : []));
  const answer = (cluster: TestCluster, type: 'ACCEPT' | 'DECLINE', id: number, refuseUs = -1) =>
    cluster.step({ type: `${type}_INVERSE_OFFERS`, framework: 0, offers: [id], refuseUs });

  it('go out with the next cycle to whoever holds something there, numbered with the offers', () => {
    const cluster = asked();
    const [offer] = cluster.offers();
    expect(inverse(cluster)).toEqual([
      { id: offer.id + 1, framework: 0, agent: 0, unavailability: window().unavailability },
    ]);
  });

  it('are sent once at a time; an answer is kept, and filtered for 5 s', () => {
    const cluster = asked();
    const [{ id }] = inverse(cluster);
    expect(inverse(cluster.allocate())).toEqual([]);
    answer(cluster, 'DECLINE', id);
    expect(cluster.master.cluster.maintenance.inverse.statuses(0)).toEqual([
      { framework: 0, status: 'DECLINE', atUs: 1 },
    ]);
    cluster.now += 5 * SECOND - 1;
    expect(inverse(cluster.allocate())).toEqual([]);
    cluster.now += 1;
    expect(inverse(cluster.allocate())).toHaveLength(1);
  });

  it('come again after a REVIVE (R-6.6), and at once when the refusal is for 0 s', () => {
    const cluster = asked();
    answer(cluster, 'ACCEPT', inverse(cluster)[0].id, 3600 * SECOND);
    cluster.step({ type: 'REVIVE', framework: 0, roles: [] });
    const again = inverse(cluster.allocate());
    expect(again).toHaveLength(1);
    answer(cluster, 'ACCEPT', again[0].id, 0);
    expect(inverse(cluster.allocate())).toHaveLength(1);
  });

  it('come again when the attributes of the agent change, and for no other change of it (R-6.4)', () => {
    const cluster = asked();
    answer(cluster, 'ACCEPT', inverse(cluster)[0].id, 3600 * SECOND);
    const { info } = cluster.master.cluster.agents.reachable(0)!;
    const register = (attributes: AgentInfo['attributes']): TestCluster => {
      const running = { framework: 0, role: 0, ...taskOf(7, 'cpus:1'), state: 'TASK_RUNNING' } as const;
      cluster.step({ type: 'REGISTER_AGENT', agent: 0, info: { ...info, attributes }, tasks: [running] });
      return cluster.allocate();
    };
    expect(inverse(register(info.attributes))).toEqual([]);
    expect(inverse(register([{ name: 'rack', type: 'TEXT', text: 'r2' }]))).toHaveLength(1);
  });

  it('are rescinded by the offer timeout, without a filter', () => {
    const cluster = asked();
    const [{ id }] = inverse(cluster);
    cluster.step({ type: 'TIMER', kind: 'OFFER_TIMEOUT', key: id });
    expect(cluster.events(0)).toEqual([{ type: 'RESCIND_INVERSE_OFFER', offer: id }]);
    expect(inverse(cluster.allocate())).toHaveLength(1);
  });

  it('go when their agent goes, is deactivated, or changes its time', () => {
    for (const input of [
      { type: 'AGENT_DISCONNECTED', agent: 0 },
      { type: 'AGENT_LOST', agent: 0, reason: 'REASON_AGENT_REMOVED' },
      { type: 'DEACTIVATE_AGENT', agent: 0 },
      schedule(window(7)),
    ] as const) {
      const cluster = asked();
      const [{ id }] = inverse(cluster);
      cluster.step(input);
      expect(cluster.events(0)).toContainEqual({ type: 'RESCIND_INVERSE_OFFER', offer: id });
    }
  });

  it('are not made to frameworks that are away, and an answer of another framework is not heard', () => {
    const cluster = asked();
    const [{ id }] = inverse(cluster);
    cluster.subscribe(1);
    cluster.step({ type: 'ACCEPT_INVERSE_OFFERS', framework: 1, offers: [id, 999], refuseUs: -1 });
    expect(cluster.master.cluster.maintenance.inverse.statuses(0)).toEqual([]);
    cluster.step({ type: 'FRAMEWORK_DISCONNECTED', framework: 0 });
    expect(inverse(cluster.allocate())).toEqual([]);
  });

  it('keep the batch runs going while an agent will be away', () => {
    const cluster = new TestCluster({ instant: false }).addAgent(0, 'cpus:1', IP).step(schedule(window()));
    cluster.allocate();
    expect(cluster.master.allocationDue(0)).toBe(SECOND);
    cluster.step(schedule()).allocate();
    cluster.now = SECOND;
    cluster.allocate();
    expect(cluster.master.allocationDue(SECOND)).toBe(Infinity);
  });
});

describe('a machine that goes down (R-9.13)', () => {
  const down = { type: 'START_MAINTENANCE', machines: [machine] } as const;
  const up = { type: 'STOP_MAINTENANCE', machines: [machine] } as const;

  it('loses its agents; their tasks are LOST to all frameworks', () => {
    const cluster = running({ capabilities: ['MULTI_ROLE', 'PARTITION_AWARE'] }).step(schedule(window()));
    cluster.step(down);
    expect(cluster.updates()).toMatchObject([{ state: 'TASK_LOST', reason: 'REASON_AGENT_REMOVED' }]);
    expect(cluster.master.agents.get(0)?.state).toBe('lost');
  });

  it('lets no agent in before it is up again, and then is out of the schedule', () => {
    const cluster = running().step(schedule(window())).step(down);
    const info = cluster.master.agents.get(0)!.info;
    const report = { type: 'REGISTER_AGENT', agent: 0, info, tasks: [] } as const;
    expect(registrationProblem(cluster.master.cluster, report)).toContain('DOWN');
    cluster.step(up);
    expect(cluster.master.cluster.maintenance.windows).toEqual([]);
    expect(registrationProblem(cluster.master.cluster, report)).toBeUndefined();
    expect(cluster.step(report).commands()).toMatchObject([{ type: 'AGENT_REGISTERED' }]);
    expect(cluster.master.agents.get(0)?.info).not.toHaveProperty('unavailability');
  });

  it('was being drained, and a machine that comes up was down', () => {
    const { cluster } = running().step(schedule(window())).master;
    const other = { ...down, machines: [{ hostname: 'other' }] };
    expect(startProblem(cluster, other)).toContain('not in the maintenance schedule');
    expect(stopProblem(cluster, up)).toContain('is not DOWN');
    expect(startProblem(cluster, { ...down, machines: [{}] })).toContain('a hostname, an ip, or both');
    const downed = running().step(schedule(window())).step(down);
    expect(startProblem(downed.master.cluster, down)).toContain('DOWN already');
    expect(scheduleProblem(downed.master.cluster, schedule())).toContain('has to stay in the schedule');
    const before = downed.master.digest();
    expect(downed.step(schedule()).step(down).master.digest()).toBe(before);
  });
});

describe('an agent with a domain (R-9.7)', () => {
  const domain = { region: 'eu', zone: 'eu-1' };

  it('is not let in by a master without one', () => {
    const cluster = new TestCluster({ domain: null }).addAgent(0, 'cpus:1', { domain });
    expect(cluster.commands()).toEqual([]);
    expect(cluster.addAgent(0, 'cpus:1').commands()).toHaveLength(1);
  });

  it('of another region than the master is offered to REGION_AWARE frameworks alone', () => {
    const cluster = new TestCluster({ domain: { region: 'us', zone: 'us-1' } });
    cluster.addAgent(0, 'cpus:1', { domain }).subscribe(0);
    expect(cluster.allocate().offers()).toEqual([]);
    cluster.subscribe(1, ['*'], { capabilities: ['MULTI_ROLE', 'REGION_AWARE'] });
    expect(cluster.allocate().offers(1)).toHaveLength(1);
  });
});
