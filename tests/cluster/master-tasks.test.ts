import { describe, expect, it } from 'vitest';
import type { TaskState } from '../../src/cluster/protocol.js';
import { formatResources } from '../../src/cluster/resources/text.js';
import { statusUpdate } from '../../src/cluster/task.js';
import { taskOf, TestCluster } from './test-cluster.js';

const partitionAware = { capabilities: ['MULTI_ROLE', 'PARTITION_AWARE'] } as const;

function free(cluster: TestCluster): string {
  return formatResources(cluster.allocator.available(0));
}

describe('a status update', () => {
  it('is forwarded as it is, not copied', () => {
    const cluster = TestCluster.running();
    const update = statusUpdate(0, 0, 7, 'TASK_FINISHED', 2, 'SOURCE_EXECUTOR', undefined, 'bye', 5);
    cluster.step(update);
    expect(cluster.events(0)[0]).toBe(update);
  });

  it.each(['TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED', 'TASK_ERROR', 'TASK_LOST'] as const)(
    'R-7.10: of %s frees the resources before it is acknowledged',
    (state) => {
      const cluster = TestCluster.running();
      expect(free(cluster)).toBe('cpus:3;mem:1024');
      cluster.update(7, state, 2);
      expect(free(cluster)).toBe('cpus:4;mem:1024');
      expect(cluster.master.tasks.has(7)).toBe(true);
      cluster.acknowledge(7, 2);
      expect(cluster.master.tasks.has(7)).toBe(false);
    },
  );

  it.each(['TASK_RUNNING', 'TASK_STARTING', 'TASK_KILLED'] as const)(
    'of %s after the end changes nothing, and is still forwarded',
    (state) => {
      const cluster = TestCluster.running().update(7, 'TASK_FINISHED', 2).update(7, state, 3);
      expect(cluster.master.tasks.stateOf(7)).toBe('TASK_FINISHED');
      expect(cluster.updates()).toMatchObject([{ state, update: 3 }]);
    },
  );

  it('W-4.3: of a task that the master does not know is forwarded, so that it can be acknowledged', () => {
    const cluster = TestCluster.running().update(99, 'TASK_FINISHED', 1);
    expect(cluster.updates()).toMatchObject([{ task: 99 }]);
    expect(cluster.acknowledge(99, 1).commands()).toMatchObject([{ type: 'ACKNOWLEDGE', task: 99 }]);
  });

  it.each([
    ['an unknown agent', 9, 0],
    ['an unknown framework', 0, 9],
  ])('W-4.3: of %s is dropped', (_name, agent, framework) => {
    const cluster = TestCluster.running().update(7, 'TASK_FINISHED', 2, agent, framework);
    expect(cluster.told).toEqual([]);
    expect(cluster.commanded).toEqual([]);
  });

  it('W-4.3: to a framework that is away frees the resources, and is forwarded when it comes again', () => {
    const cluster = TestCluster.running().step({ type: 'FRAMEWORK_DISCONNECTED', framework: 0 });
    cluster.update(7, 'TASK_FINISHED', 2);
    expect(cluster.told).toEqual([]);
    expect(free(cluster)).toBe('cpus:4;mem:1024');
    cluster.subscribe(0).update(7, 'TASK_FINISHED', 2);
    expect(cluster.updates()).toMatchObject([{ state: 'TASK_FINISHED' }]);
    expect(cluster.acknowledge(7, 2).commands()).toMatchObject([{ type: 'ACKNOWLEDGE' }]);
    expect(cluster.master.tasks.size).toBe(0);
  });

  it('of a copy of a task that was started anew elsewhere is acknowledged by the master', () => {
    const cluster = TestCluster.running();
    cluster.step({ type: 'AGENT_LOST', agent: 0, reason: 'REASON_AGENT_REMOVED' });
    cluster.addAgent(1, 'cpus:4').allocate();
    const [offer] = cluster.offers();
    cluster.launch(0, [offer.id], taskOf(7, 'cpus:1')).addAgent(0, 'cpus:4');
    cluster.update(7, 'TASK_KILLED', 2, 0);
    expect(cluster.told).toEqual([]);
    expect(cluster.commands(0)).toMatchObject([{ type: 'ACKNOWLEDGE', task: 7, update: 2 }]);
    expect(cluster.master.tasks.stateOf(7)).toBe('TASK_STAGING');
  });
});

describe('ACKNOWLEDGE', () => {
  it('goes on to the agent as it is', () => {
    const cluster = TestCluster.running().update(7, 'TASK_FINISHED', 2);
    const call = { type: 'ACKNOWLEDGE', framework: 0, agent: 0, task: 7, update: 2 } as const;
    expect(cluster.step(call).commands()[0]).toBe(call);
  });

  it.each([
    ['of an older update', 1, 0, 0],
    ['of one that never was', 3, 0, 0],
    ['of 0, which needs none', 0, 0, 0],
    ['at a wrong agent', 2, 1, 0],
    ['by another framework', 2, 0, 1],
  ])('%s is dropped', (_name, update, agent, framework) => {
    const cluster = TestCluster.running().addAgent(1, 'cpus:1').subscribe(1).update(7, 'TASK_FINISHED', 2);
    cluster.acknowledge(7, update, agent, framework);
    expect(cluster.master.tasks.has(7)).toBe(true);
    expect(cluster.commands(0)).toEqual([]);
  });

  it('counts once', () => {
    const cluster = TestCluster.running().update(7, 'TASK_RUNNING', 2).acknowledge(7, 2).acknowledge(7, 2);
    expect(cluster.commanded).toEqual([]);
  });

  it('knows updates by text, too', () => {
    const cluster = TestCluster.running();
    cluster.step(
      statusUpdate(0, 0, 7, 'TASK_FINISHED', 'uuid-1', 'SOURCE_EXECUTOR', undefined, undefined, 0),
    );
    cluster.step({ type: 'ACKNOWLEDGE', framework: 0, agent: 0, task: 7, update: 'uuid-2' });
    expect(cluster.commanded).toEqual([]);
    cluster.step({ type: 'ACKNOWLEDGE', framework: 0, agent: 0, task: 7, update: 'uuid-1' });
    expect(cluster.commanded).toHaveLength(1);
    expect(cluster.master.tasks.has(7)).toBe(false);
  });
});

describe('KILL', () => {
  it('of a known task goes to its agent', () => {
    const cluster = TestCluster.running().step({ type: 'KILL', framework: 0, task: 7, agent: -1 });
    expect(cluster.commands()).toEqual([{ type: 'KILL_TASK', framework: 0, task: 7 }]);
  });

  it.each([
    ['a wrong agent', 1],
    ['one that nobody knows', -2],
  ])('at %s is dropped', (_what, agent) => {
    const cluster = TestCluster.running().addAgent(1, 'cpus:1');
    cluster.step({ type: 'KILL', framework: 0, task: 7, agent });
    expect(cluster.commanded).toEqual([]);
    expect(cluster.told).toEqual([]);
  });

  it('of an unknown task is answered like RECONCILE', () => {
    const cluster = TestCluster.running().step({ type: 'KILL', framework: 0, task: 8, agent: -1 });
    expect(cluster.updates()).toMatchObject([
      { task: 8, state: 'TASK_LOST', reason: 'REASON_RECONCILIATION' },
    ]);
  });

  it('of a task of another framework is of an unknown task', () => {
    const cluster = TestCluster.running()
      .subscribe(1)
      .step({ type: 'KILL', framework: 1, task: 7, agent: 0 });
    expect(cluster.commanded).toEqual([]);
    expect(cluster.updates(1)).toMatchObject([{ task: 7, state: 'TASK_LOST' }]);
  });

  it('waits for an agent that is away', () => {
    const cluster = TestCluster.running(7, { checkpoint: true });
    cluster
      .step({ type: 'AGENT_DISCONNECTED', agent: 0 })
      .step({ type: 'KILL', framework: 0, task: 7, agent: 0 });
    expect(cluster.commanded).toEqual([]);
    const { resources, spec } = taskOf(7, 'cpus:1');
    const running = { framework: 0, role: 0, task: 7, resources, spec, state: 'TASK_RUNNING' } as const;
    cluster.addAgent(0, 'cpus:4;mem:1024', {}, [running]);
    expect(cluster.commands().map(({ type }) => type)).toEqual(['AGENT_REGISTERED', 'KILL_TASK']);
  });
});

describe('RECONCILE', () => {
  it('without tasks is answered for every task of the framework', () => {
    const cluster = TestCluster.running(7).subscribe(1).allocate();
    const [offer] = cluster.offers(0).concat(cluster.offers(1));
    cluster.launch(offer.framework, [offer.id], taskOf(9, 'cpus:1'));
    cluster.step({ type: 'RECONCILE', framework: 0, tasks: [] });
    expect(cluster.updates().map(({ task, state, update }) => [task, state, update])).toEqual(
      offer.framework === 0
        ? [
            [7, 'TASK_RUNNING', 0],
            [9, 'TASK_STAGING', 0],
          ]
        : [[7, 'TASK_RUNNING', 0]],
    );
  });

  it('answers with the state that was forwarded last', () => {
    const cluster = TestCluster.running().step({ type: 'FRAMEWORK_DISCONNECTED', framework: 0 });
    cluster.update(7, 'TASK_FINISHED', 2).subscribe(0);
    cluster.step({ type: 'RECONCILE', framework: 0, tasks: [{ task: 7, agent: 0 }] });
    expect(cluster.updates()).toMatchObject([{ state: 'TASK_RUNNING', reason: 'REASON_RECONCILIATION' }]);
  });

  const cases: readonly (readonly [string, number, TaskState])[] = [
    ['a registered agent', 0, 'TASK_GONE'],
    ['a lost agent', 1, 'TASK_UNREACHABLE'],
    ['an agent that is gone', 2, 'TASK_GONE_BY_OPERATOR'],
    ['an agent that never was', 5, 'TASK_UNKNOWN'],
    ['no agent', -1, 'TASK_UNKNOWN'],
  ];
  it.each(cases)('answers for an unknown task at %s', (_name, agent, state) => {
    const cluster = TestCluster.running(7, partitionAware).addAgent(1, 'cpus:1').addAgent(2, 'cpus:1');
    cluster.step({ type: 'AGENT_LOST', agent: 1, reason: 'REASON_AGENT_REMOVED' });
    cluster.step({ type: 'AGENT_LOST', agent: 2, reason: 'REASON_AGENT_REMOVED_BY_OPERATOR' });
    cluster.subscribe(1).step({ type: 'RECONCILE', framework: 0, tasks: [{ task: 55, agent }] });
    expect(cluster.updates(0)).toMatchObject([{ task: 55, state }]);
    cluster.step({ type: 'RECONCILE', framework: 1, tasks: [{ task: 55, agent }] });
    expect(cluster.updates(1)).toMatchObject([{ task: 55, state: 'TASK_LOST' }]);
  });
});
