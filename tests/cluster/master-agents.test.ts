import { describe, expect, it } from 'vitest';
import type { RunningTask, TaskSpec } from '../../src/cluster/protocol.js';
import { formatResources, parseResources } from '../../src/cluster/resources/text.js';
import { stateCode } from '../../src/cluster/task.js';
import { SPEC, taskOf, TestCluster } from './test-cluster.js';

const partitionAware = { capabilities: ['MULTI_ROLE', 'PARTITION_AWARE'] } as const;
const total = 'cpus:4;mem:1024';

function running(task: number, resources = 'cpus:1', more: Partial<RunningTask> = {}): RunningTask {
  return {
    framework: 0,
    role: 0,
    task,
    resources: parseResources(resources),
    spec: SPEC,
    state: 'TASK_RUNNING',
    ...more,
  };
}

function free(cluster: TestCluster, agent = 0): string {
  return formatResources(cluster.allocator.available(agent));
}

function lost(cluster: TestCluster, agent = 0): TestCluster {
  return cluster.step({ type: 'AGENT_LOST', agent, reason: 'REASON_AGENT_REMOVED' });
}

describe('an agent that registers', () => {
  it('R-9.1: brings the tasks that run there, and their executors', () => {
    const spec: TaskSpec = { name: 't', executorId: 'e', executorResources: parseResources('cpus:0.5') };
    const cluster = new TestCluster().subscribe(0);
    cluster.addAgent(0, total, {}, [
      running(1, 'cpus:1', { spec }),
      running(2, 'cpus:1', { spec }),
      running(3),
    ]);
    expect(free(cluster)).toBe('cpus:0.5;mem:1024');
    expect(cluster.updates().map(({ task, state, reason }) => [task, state, reason])).toEqual([
      [1, 'TASK_RUNNING', 'REASON_AGENT_REREGISTERED'],
      [2, 'TASK_RUNNING', 'REASON_AGENT_REREGISTERED'],
      [3, 'TASK_RUNNING', 'REASON_AGENT_REREGISTERED'],
    ]);
    cluster.update(1, 'TASK_FINISHED', 1).update(2, 'TASK_FINISHED', 1);
    expect(free(cluster)).toBe('cpus:3;mem:1024');
  });

  it('R-9.1, R-10.1: usage of a framework that is not back yet is kept and charged when it comes', () => {
    const cluster = new TestCluster().addAgent(0, total, {}, [running(1)]).allocate();
    expect(free(cluster)).toBe('cpus:3;mem:1024');
    cluster.update(1, 'TASK_FINISHED', 1);
    expect(free(cluster)).toBe('cpus:3;mem:1024');
    cluster.subscribe(0).update(1, 'TASK_FINISHED', 1);
    expect(free(cluster)).toBe('cpus:4;mem:1024');
  });

  it('says so again without harm', () => {
    const cluster = TestCluster.running().addAgent(0, total, {}, [running(7)]);
    expect(cluster.commands()).toEqual([{ type: 'AGENT_REGISTERED', agent: 0 }]);
    expect(cluster.told).toEqual([]);
    expect(free(cluster)).toBe('cpus:3;mem:1024');
  });

  it('without a task that the master knows has lost it; a launch on its way is killed', () => {
    const cluster = TestCluster.running(7, partitionAware).addAgent(0, total);
    expect(cluster.updates()).toMatchObject([
      { task: 7, state: 'TASK_DROPPED', reason: 'REASON_RECONCILIATION' },
    ]);
    expect(cluster.commands()).toMatchObject([{ type: 'KILL_TASK', task: 7 }, { type: 'AGENT_REGISTERED' }]);
    expect(free(cluster)).toBe('cpus:4;mem:1024');
  });

  it('with a task that has ended waits for the last update of it', () => {
    const cluster = TestCluster.running().addAgent(0, total, {}, [
      running(7, 'cpus:1', { state: 'TASK_FINISHED' }),
    ]);
    expect(cluster.updates()).toEqual([]);
    expect(cluster.update(7, 'TASK_FINISHED', 2).updates()).toMatchObject([{ state: 'TASK_FINISHED' }]);
    expect(free(cluster)).toBe('cpus:4;mem:1024');
  });

  it('with a task that the master does not know has to kill it', () => {
    const cluster = TestCluster.running().addAgent(0, total, {}, [running(7), running(8)]);
    expect(cluster.commands()).toMatchObject([{ type: 'KILL_TASK', task: 8 }, { type: 'AGENT_REGISTERED' }]);
  });

  it('with a task of a framework that was removed has to kill it', () => {
    const cluster = new TestCluster().subscribe(0).step({ type: 'TEARDOWN', framework: 0 });
    cluster.addAgent(0, total, {}, [running(7)]);
    expect(cluster.commands()).toMatchObject([{ type: 'KILL_TASK', task: 7 }, { type: 'AGENT_REGISTERED' }]);
    expect(free(cluster)).toBe('cpus:4;mem:1024');
  });

  it('names a task twice, or one that makes no sense: it counts once, or not', () => {
    const cluster = new TestCluster().subscribe(0);
    const nonsense = [
      running(-1),
      running(2, 'cpus:1', { role: 9 }),
      running(3, 'cpus:1', { framework: NaN }),
    ];
    cluster.addAgent(0, total, {}, [running(1), running(1), ...nonsense]);
    expect(free(cluster)).toBe('cpus:3;mem:1024');
  });

  it.each([-1, 0.5, NaN, 1e9])('under the id %s is ignored', (id) => {
    expect(new TestCluster().addAgent(id, total).commanded).toEqual([]);
  });

  it('R-9.4: with less than is in use offers nothing of that name, and offers are taken back', () => {
    const cluster = TestCluster.running().allocate();
    expect(cluster.master.offers.size).toBe(1);
    cluster.addAgent(0, 'cpus:0.5;mem:512', {}, [running(7)]);
    expect(cluster.events(0)).toMatchObject([{ type: 'RESCIND' }]);
    expect(
      cluster
        .allocate()
        .offers()
        .map(({ resources }) => formatResources(resources)),
    ).toEqual(['mem:512']);
  });
});

describe('an agent that is lost', () => {
  it('R-9.3, R-7.1: takes offers and tasks along; every framework hears FAILURE', () => {
    const cluster = TestCluster.running().subscribe(1).allocate();
    const [offer] = cluster.offers(0).concat(cluster.offers(1));
    lost(cluster);
    expect(cluster.events(offer.framework)).toContainEqual({ type: 'RESCIND', offer: offer.id });
    expect(cluster.updates(0)).toMatchObject([
      { task: 7, state: 'TASK_LOST', reason: 'REASON_AGENT_REMOVED' },
    ]);
    for (const framework of [0, 1])
      expect(cluster.events(framework)).toContainEqual({ type: 'FAILURE', agent: 0 });
    expect(cluster.master.tasks.size).toBe(0);
    expect(cluster.allocator.holdings(0)).toEqual([]);
    expect(cluster.allocate().offers(0)).toEqual([]);
  });

  it('Q-4: returns the asks of its grants', () => {
    const cluster = new TestCluster({ offers: 'demand' }).addAgent(0, total).subscribe(0);
    cluster
      .request(0, [{ role: 0, resources: parseResources('cpus:1'), count: 1, allOrNothing: false }])
      .allocate();
    lost(cluster).addAgent(1, total).allocate();
    expect(cluster.offers()).toMatchObject([{ agent: 1 }]);
  });

  it('twice is lost once', () => {
    expect(lost(lost(TestCluster.running())).told).toEqual([]);
  });

  it('leaves tasks of PARTITION_AWARE frameworks unreachable: their ids stay taken', () => {
    const cluster = lost(TestCluster.running(7, partitionAware));
    expect(cluster.updates()).toMatchObject([{ state: 'TASK_UNREACHABLE', unreachableUs: cluster.now }]);
    cluster.addAgent(1, total).allocate();
    cluster.launch(0, [cluster.offers()[0].id], taskOf(7, 'cpus:1'));
    expect(cluster.updates()).toMatchObject([{ task: 7, state: 'TASK_ERROR' }]);
  });

  it('keeps them unreachable when it comes back and says that they ended, until the update says so, too', () => {
    const ended = running(7, 'cpus:1', { state: 'TASK_FINISHED' });
    const cluster = lost(TestCluster.running(7, partitionAware)).addAgent(0, total, {}, [ended]);
    expect(cluster.updates()).toEqual([]);
    expect(cluster.master.tasks.stateCodeOf(7)).toBe(stateCode('TASK_UNREACHABLE'));
    expect(cluster.update(7, 'TASK_FINISHED', 2).updates()).toMatchObject([
      { task: 7, state: 'TASK_FINISHED' },
    ]);
    expect(free(cluster)).toBe('cpus:4;mem:1024');
  });

  it('may come back with some: what the others held is not given back twice', () => {
    const cluster = TestCluster.running(7, partitionAware).allocate();
    cluster.launch(0, [cluster.offers()[0].id], taskOf(8, 'cpus:1'));
    lost(cluster).addAgent(0, total, {}, [running(8)]);
    expect(cluster.updates().map(({ task, state }) => [task, state])).toEqual([
      [7, 'TASK_GONE'],
      [8, 'TASK_RUNNING'],
    ]);
    expect(free(cluster)).toBe('cpus:3;mem:1024');
  });

  it('W-5.7: may come back with them', () => {
    const cluster = lost(TestCluster.running(7, partitionAware)).addAgent(0, total, {}, [running(7)]);
    expect(cluster.updates()).toMatchObject([{ state: 'TASK_RUNNING', reason: 'REASON_AGENT_REREGISTERED' }]);
    expect(free(cluster)).toBe('cpus:3;mem:1024');
  });

  it('or without them: they are gone', () => {
    const cluster = lost(TestCluster.running(7, partitionAware)).addAgent(0, total);
    expect(cluster.updates()).toMatchObject([{ task: 7, state: 'TASK_GONE' }]);
    expect(cluster.master.tasks.size).toBe(0);
  });

  it('with a task that was started anew elsewhere has to kill its copy', () => {
    const cluster = lost(TestCluster.running()).addAgent(1, total).allocate();
    cluster.launch(0, [cluster.offers()[0].id], taskOf(7, 'cpus:1')).addAgent(0, total, {}, [running(7)]);
    expect(cluster.commands(0)).toMatchObject([{ type: 'KILL_TASK', task: 7 }, { type: 'AGENT_REGISTERED' }]);
    expect(free(cluster, 0)).toBe('cpus:4;mem:1024');
    expect(cluster.master.tasks.agentOf(7)).toBe(1);
  });

  it('W-5.8: removed by an operator, is not let in again', () => {
    const cluster = TestCluster.running(7, partitionAware);
    cluster.step({ type: 'AGENT_LOST', agent: 0, reason: 'REASON_AGENT_REMOVED_BY_OPERATOR' });
    expect(cluster.updates()).toMatchObject([{ state: 'TASK_GONE_BY_OPERATOR' }]);
    expect(cluster.updates()[0]).not.toHaveProperty('unreachableUs');
    expect(cluster.addAgent(0, total, {}, [running(7)]).commanded).toEqual([]);
  });

  it('W-4.3: has nothing to say', () => {
    expect(lost(TestCluster.running()).update(7, 'TASK_FINISHED', 2).told).toEqual([]);
  });
});

describe('an agent whose link breaks', () => {
  it('R-9.2, R-7.1: loses its offers; tasks stay where the framework checkpoints', () => {
    const cluster = TestCluster.running(7, { checkpoint: true }).allocate();
    cluster.step({ type: 'AGENT_DISCONNECTED', agent: 0 });
    expect(cluster.events(0)).toMatchObject([{ type: 'RESCIND' }]);
    expect(cluster.allocate().offers()).toEqual([]);
    expect(cluster.master.tasks.stateOf(7)).toBe('TASK_RUNNING');
    cluster.addAgent(0, total, {}, [running(7)]).allocate();
    expect(cluster.offers().map(({ resources }) => formatResources(resources))).toEqual(['cpus:3;mem:1024']);
  });

  it('W-5.4: tasks of frameworks without checkpointing are lost', () => {
    const cluster = TestCluster.running().step({ type: 'AGENT_DISCONNECTED', agent: 0 });
    expect(cluster.updates()).toMatchObject([{ state: 'TASK_LOST', reason: 'REASON_AGENT_DISCONNECTED' }]);
    cluster.addAgent(0, total, {}, [running(7)]);
    expect(cluster.commands()).toMatchObject([{ type: 'KILL_TASK', task: 7 }, { type: 'AGENT_REGISTERED' }]);
  });
});

describe('an agent that an operator deactivates', () => {
  it('R-9.2: is not offered, its offers are rescinded, its tasks stay; until it is reactivated', () => {
    const cluster = TestCluster.running().allocate().step({ type: 'DEACTIVATE_AGENT', agent: 0 });
    expect(cluster.events(0)).toMatchObject([{ type: 'RESCIND' }]);
    expect(cluster.allocate().offers()).toEqual([]);
    expect(cluster.master.tasks.size).toBe(1);
    cluster.step({ type: 'REACTIVATE_AGENT', agent: 0 }).allocate();
    expect(cluster.offers()).toHaveLength(1);
  });

  it('stays so when it registers again', () => {
    const cluster = new TestCluster()
      .subscribe(0)
      .addAgent(0, total)
      .step({ type: 'DEACTIVATE_AGENT', agent: 0 });
    expect(cluster.addAgent(0, total).allocate().offers()).toEqual([]);
    expect(lost(cluster).addAgent(0, total).allocate().offers()).toEqual([]);
    expect(cluster.step({ type: 'REACTIVATE_AGENT', agent: 0 }).allocate().offers()).toHaveLength(1);
  });

  it('or one that nobody knows: nothing happens', () => {
    const cluster = new TestCluster().subscribe(0);
    for (const type of ['DEACTIVATE_AGENT', 'REACTIVATE_AGENT', 'AGENT_DISCONNECTED'] as const) {
      expect(cluster.step({ type, agent: 5 }).told).toEqual([]);
    }
    expect(lost(cluster, 5).told).toEqual([]);
  });
});
