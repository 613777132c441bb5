import { describe, expect, it } from 'vitest';
import type { ConversionName, Operation, TaskSpec } from '../../src/cluster/protocol.js';
import { SECOND } from '../../src/cluster/ids.js';
import { kindFor, kindOf } from '../../src/cluster/resources/kinds.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { formatResources, parseResources } from '../../src/cluster/resources/text.js';
import { taskOf, TestCluster } from './test-cluster.js';

function offered(resources = 'cpus:4;mem:1024', roles = ['*'], capabilities: string[] = []): TestCluster {
  const info = new TestCluster().info();
  return new TestCluster()
    .addAgent(0, resources)
    .subscribe(0, roles, {
      capabilities: [...info.capabilities, ...(capabilities as typeof info.capabilities)],
    })
    .allocate();
}

describe('LAUNCH', () => {
  it('goes to the agent as RUN_TASK and makes a staging task', () => {
    const cluster = offered().launch(0, [0], taskOf(3, 'cpus:1'));
    expect(cluster.commands()).toMatchObject([{ type: 'RUN_TASK', framework: 0, role: 0, task: 3 }]);
    expect(cluster.master.tasks.stateOf(3)).toBe('TASK_STAGING');
    expect(cluster.told).toEqual([]);
  });

  it('R-7.5: judges each task on its own', () => {
    const cluster = offered().launch(0, [0], taskOf(1, 'cpus:3'), taskOf(2, 'cpus:2'), taskOf(3, 'cpus:1'));
    expect(cluster.commands().map((command) => 'task' in command && command.task)).toEqual([1, 3]);
    expect(cluster.updates()).toMatchObject([
      { task: 2, state: 'TASK_ERROR', reason: 'REASON_TASK_INVALID', agent: 0, update: 0 },
    ]);
  });

  it.each([
    ['uses nothing', taskOf(4, '')],
    ['has no id', taskOf(-1, 'cpus:1')],
    ['has an id that is no whole number', taskOf(1.5, 'cpus:1')],
    ['has an id that nobody handed out', taskOf(1e12, 'cpus:1')],
    ['uses what was not offered', taskOf(4, 'disk:1')],
    ['uses a reserved resource that was not offered', taskOf(4, 'cpus(eng):1')],
    ['R-1.24: uses what is allocated to another role', taskOf(4, 'cpus:1', { name: 't', role: 5 })],
    ['R-1.24: mixes revocable and other cpus', taskOf(4, 'cpus:1;cpus[revocable]:1')],
  ])('R-7.7: a task that %s is TASK_ERROR', (_name, task) => {
    const cluster = offered().launch(0, [0], task);
    expect(cluster.updates()).toMatchObject([{ state: 'TASK_ERROR', reason: 'REASON_TASK_INVALID' }]);
    expect(cluster.commanded).toEqual([]);
  });

  it('R-7.7: an id that is in use is TASK_ERROR, also within one ACCEPT, and the first task lives', () => {
    const cluster = offered().launch(0, [0], taskOf(4, 'cpus:1'), taskOf(4, 'cpus:1'));
    expect(cluster.updates()).toMatchObject([{ task: 4, state: 'TASK_ERROR' }]);
    expect(cluster.commanded).toHaveLength(1);
    expect(cluster.master.tasks.stateOf(4)).toBe('TASK_STAGING');
  });

  it('R-7.7: an id is free again when the terminal update is acknowledged', () => {
    const cluster = TestCluster.running(7).update(7, 'TASK_FINISHED', 2).allocate();
    const [first] = cluster.offers();
    cluster.launch(0, [first.id], taskOf(7, 'cpus:1'));
    expect(cluster.updates()).toMatchObject([{ state: 'TASK_ERROR' }]);
    cluster.acknowledge(7, 2).step({ type: 'REVIVE', framework: 0, roles: [] }).allocate();
    const [second] = cluster.offers();
    cluster.launch(0, [second.id], taskOf(7, 'cpus:1'));
    expect(cluster.commands()).toMatchObject([{ type: 'RUN_TASK' }]);
  });
});

describe('executors', () => {
  const spec: TaskSpec = { name: 't', executorId: 'e', executorResources: parseResources('cpus:0.5') };

  it('R-7.5: are charged when they are not on the agent yet', () => {
    const cluster = offered('cpus:2').launch(0, [0], taskOf(1, 'cpus:1', spec), taskOf(2, 'cpus:0.5', spec));
    expect(cluster.commanded).toHaveLength(2);
    const free = offered('cpus:2').launch(0, [0], taskOf(1, 'cpus:1', spec), taskOf(2, 'cpus:0.6', spec));
    expect(free.updates()).toMatchObject([{ task: 2, state: 'TASK_ERROR' }]);
  });

  it('R-7.10: give their resources back when their last task ends', () => {
    const cluster = offered('cpus:2').launch(0, [0], taskOf(1, 'cpus:1', spec), taskOf(2, 'cpus:0.5', spec));
    cluster.update(1, 'TASK_FINISHED', 1);
    expect(formatResources(cluster.allocator.available(0))).toBe('cpus:1');
    cluster.update(2, 'TASK_FAILED', 1);
    expect(formatResources(cluster.allocator.available(0))).toBe('cpus:2');
  });

  it('R-7.5: of the same id, but described otherwise, are refused while the first runs', () => {
    const first = { ...spec, executorDigest: 'one' };
    const other = { ...spec, executorDigest: 'two' };
    const cluster = offered('cpus:3').launch(0, [0], taskOf(1, 'cpus:1', first), taskOf(2, 'cpus:1', other));
    expect(cluster.updates()).toMatchObject([
      { task: 2, state: 'TASK_ERROR', reason: 'REASON_TASK_INVALID' },
    ]);
    const group = { type: 'LAUNCH_GROUP', tasks: [taskOf(4, 'cpus:0.5', other)], executorId: 'e' } as const;
    const revive = { type: 'REVIVE', framework: 0, roles: [] } as const;
    cluster.step(revive).allocate().accept(0, [1], [group]);
    expect(cluster.updates()).toMatchObject([{ task: 4, state: 'TASK_ERROR' }]);
    cluster.update(1, 'TASK_FINISHED', 1).step(revive).allocate();
    cluster.launch(0, [2], taskOf(3, 'cpus:1', other));
    expect(cluster.commands()).toMatchObject([{ type: 'RUN_TASK', task: 3 }]);
  });

  it('are not shared between frameworks', () => {
    const cluster = offered('cpus:3')
      .launch(0, [0], taskOf(1, 'cpus:1', spec))
      .subscribe(1)
      .allocate();
    cluster.launch(1, [1], taskOf(2, 'cpus:1', spec));
    expect(cluster.updates(1)).toEqual([]);
    expect(formatResources(cluster.allocator.available(0))).toBe('');
  });
});

describe('LAUNCH_GROUP', () => {
  const spec: TaskSpec = { name: 't', executorId: 'e', executorResources: parseResources('cpus:1') };

  it('R-7.5: launches all tasks', () => {
    const tasks = [taskOf(1, 'cpus:1', spec), taskOf(2, 'cpus:2', spec)];
    const cluster = offered().accept(0, [0], [{ type: 'LAUNCH_GROUP', tasks, executorId: 'e' }]);
    expect(cluster.commands().map((command) => 'task' in command && command.task)).toEqual([1, 2]);
  });

  it.each([
    ['the whole is too large', [taskOf(1, 'cpus:1', spec), taskOf(2, 'cpus:2.5', spec)]],
    ['one is invalid', [taskOf(1, 'cpus:1', spec), taskOf(2, '', spec)]],
    ['one is of another executor', [taskOf(1, 'cpus:1', spec), taskOf(2, 'cpus:1')]],
    ['one is in it twice', [taskOf(1, 'cpus:1', spec), taskOf(1, 'cpus:1', spec)]],
  ])('R-7.5: launches none when %s', (_name, tasks) => {
    const cluster = offered().accept(0, [0], [{ type: 'LAUNCH_GROUP', tasks, executorId: 'e' }]);
    expect(cluster.commanded).toEqual([]);
    expect(cluster.updates()).toHaveLength(2);
    expect(new Set(cluster.updates().map(({ state, reason }) => `${state} ${reason}`))).toEqual(
      new Set(['TASK_ERROR REASON_TASK_GROUP_INVALID']),
    );
    expect(cluster.master.offers.size).toBe(0);
    expect(formatResources(cluster.allocator.available(0))).toBe('cpus:4;mem:1024');
  });
});

describe('conversions', () => {
  function convert(name: ConversionName, from: string, to: string): Operation {
    return { type: 'CONVERT', name, from: parseResources(from), to: parseResources(to) };
  }
  const volume = 'disk(+eng)[volume=v1]:10';

  it.each([
    ['RESERVE', 'cpus:2', 'cpus:2', 'cpus(+eng):2'],
    ['UNRESERVE', 'cpus(+eng):2', 'cpus(+eng):2', 'cpus:2'],
    ['DESTROY', volume, volume, 'disk(+eng):10'],
    ['GROW_VOLUME', `${volume};disk(+eng):5`, `${volume};disk(+eng):5`, 'disk(+eng)[volume=v1]:15'],
    ['SHRINK_VOLUME', volume, volume, 'disk(+eng)[volume=v1]:4;disk(+eng):6'],
  ] as const)('R-7.4: %s turns a part of the offer into something else', (name, agent, from, to) => {
    const cluster = offered(agent, ['eng']);
    cluster.accept(0, [0], [convert(name, from, to)]);
    expect(formatResources(cluster.allocator.available(0))).toBe(formatResources(parseResources(to)));
  });

  it('R-7.4, R-1.20: CREATE makes a volume of reserved disk, once per id', () => {
    const disk = parseResources('disk(+eng):10');
    const kind = kindFor({
      ...kindOf(disk.kinds[0]),
      volume: 'v1',
      containerPath: 'data',
      unitMilli: 10_000,
    });
    const made = new Resources([kind.id], [10_000]);
    const create: Operation = { type: 'CONVERT', name: 'CREATE', from: disk, to: made };
    const cluster = offered('disk(+eng):20', ['eng']).accept(0, [0], [create]);
    expect(cluster.allocator.available(0).equals(made.plus(disk))).toBe(true);
    cluster.now = 1;
    const [offer] = cluster.allocate().offers();
    cluster.accept(0, [offer.id], [create]);
    expect(cluster.allocator.available(0).equals(made.plus(disk))).toBe(true);
  });

  it('R-7.4: later operations of the ACCEPT use the result', () => {
    const cluster = offered('cpus:4', ['eng']);
    cluster.accept(
      0,
      [0],
      [
        convert('RESERVE', 'cpus:3', 'cpus(+eng):3'),
        { type: 'LAUNCH', tasks: [taskOf(1, 'cpus(+eng):2;cpus:1')] },
      ],
    );
    expect(cluster.commands()).toMatchObject([{ type: 'RUN_TASK', task: 1 }]);
    expect(formatResources(cluster.allocator.available(0))).toBe('cpus(+eng):1');
  });

  it('R-7.6: what was converted and not used is free without a filter, the untouched rest is filtered', () => {
    const cluster = offered('cpus:4;mem:8', ['eng']);
    cluster.accept(0, [0], [convert('RESERVE', 'cpus:3', 'cpus(+eng):3')], 100 * SECOND);
    cluster.now = 1;
    const [offer] = cluster.allocate().offers();
    // The filter is of cpus:1 and mem:8 and does not hide an offer that has more.
    expect(formatResources(offer.resources)).toBe(
      formatResources(parseResources('cpus(+eng):3;cpus:1;mem:8')),
    );
    const plain = offered('cpus:4', ['eng']).accept(0, [0], [], 100 * SECOND);
    plain.now = 1;
    expect(plain.allocate().offers()).toEqual([]);
  });

  it.each([
    ['R-1.16: reserves to a role of nobody', convert('RESERVE', 'cpus:2', 'cpus(+ops):2')],
    ['R-7.13: makes more of it', convert('RESERVE', 'cpus:2', 'cpus(+eng):3')],
    ['R-1.13: unreserves what is not reserved', convert('UNRESERVE', 'cpus:2', 'cpus:2')],
    ['uses what was not offered', convert('RESERVE', 'cpus:9', 'cpus(+eng):9')],
    ['uses nothing', convert('RESERVE', '', '')],
    ['R-1.20: makes a volume of unreserved disk', convert('CREATE', 'disk:1', 'disk[volume=v]:1')],
    ['R-1.20: destroys a volume that is not there', convert('DESTROY', volume, 'disk(+eng):10')],
  ])('R-7.4: one that %s is dropped, the rest of the ACCEPT goes on', (_name, operation) => {
    const cluster = offered('cpus:4;disk:8', ['eng']);
    cluster.accept(0, [0], [operation, { type: 'LAUNCH', tasks: [taskOf(1, 'cpus:4')] }]);
    expect(cluster.commands()).toMatchObject([{ type: 'RUN_TASK', task: 1 }]);
    expect(formatResources(cluster.allocator.available(0))).toBe('disk:8');
  });

  it('R-1.21: what was resized is not for the operations that follow', () => {
    const cluster = offered(`cpus:1;${volume};disk(+eng):5`, ['eng']);
    const grown = 'disk(+eng)[volume=v1]:15';
    const grow = convert('GROW_VOLUME', `${volume};disk(+eng):5`, grown);
    cluster.accept(0, [0], [grow, { type: 'LAUNCH', tasks: [taskOf(1, `cpus:1;${grown}`)] }]);
    expect(cluster.updates()).toMatchObject([{ state: 'TASK_ERROR' }]);
  });

  it('R-1.13: outlive the framework and the loss of the agent', () => {
    const cluster = offered('cpus:4', ['eng']).accept(0, [0], [convert('RESERVE', 'cpus:3', 'cpus(+eng):3')]);
    cluster.step({ type: 'TEARDOWN', framework: 0 });
    cluster.step({ type: 'AGENT_LOST', agent: 0, reason: 'REASON_AGENT_REMOVED' }).addAgent(0, 'cpus:4');
    expect(formatResources(cluster.allocator.available(0))).toBe(
      formatResources(parseResources('cpus(+eng):3;cpus:1')),
    );
  });
});
