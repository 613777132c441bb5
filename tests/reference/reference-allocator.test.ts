/** The reference allocator against worked examples whose answers were found by hand. */
import { describe, expect, it } from 'vitest';
import type { AllocatorOptions } from '../../src/cluster/allocator.js';
import { SECOND } from '../../src/cluster/ids.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { Roles } from '../../src/cluster/roles.js';
import { referenceAllocator } from './reference-allocator.js';
import { decisionHash, replay, type ReplayTask } from './replay.js';

function options(more: Partial<AllocatorOptions> = {}): AllocatorOptions {
  return {
    roles: new Roles(),
    random: () => () => 0.5,
    offers: 'demand',
    agentOrder: 'first-fit',
    intervalUs: 0,
    instant: true,
    minAllocatable: [{ cpus: 10 }, { mem: 32_000 }],
    fairnessExclude: [],
    roleSorter: 'drf',
    frameworkSorter: 'drf',
    ...more,
  };
}

/** Rows of `submit framework cpus mem duration`. */
function tasksOf(...rows: string[]): ReplayTask[] {
  return rows.map((row) => {
    const [submit, framework, cpus, mem, duration] = row.split(' ');
    return { submit: +submit, framework, cpus: +cpus, mem: +mem, duration: +duration };
  });
}

describe('demand DRF grants one task at a time', () => {
  const tasks = tasksOf('0 b 3 2048 10', '0 a 3 3072 10', '0 b 1 1024 10', '0 a 3 3072 10', '0 b 2 1024 0');
  const launches = replay(referenceAllocator(options()), tasks, ['4x4096', '4x4096']);

  it('in the order of shares, counts and first appearance', () => {
    expect(launches.map(({ task, agent, start }) => `${task} on a${agent} at ${start}`)).toEqual([
      '0 on a0 at 0',
      '1 on a1 at 0',
      '2 on a0 at 0',
      '3 on a0 at 10',
      '4 on a1 at 10',
    ]);
  });

  it('which the decision hash confirms', () => {
    expect(decisionHash(launches)).toBe('ee9b4645');
  });
});

it('fifo lets nobody overtake the head of its one queue', () => {
  const tasks = tasksOf('0 b 3 1 10', '0 a 2 1 0', '0 b 1 1 5', '10 a 4 1 0', '10 b 1 1 1');
  const launches = replay(referenceAllocator(options(), 'fifo'), tasks, ['4x4096']);
  expect(launches.map(({ task, start }) => [task, start])).toEqual([
    [0, 0],
    [1, 10],
    [2, 10],
    [3, 15],
    [4, 15],
  ]);
});

it('drf overtakes where fifo waits', () => {
  const tasks = tasksOf('0 b 3 1 10', '0 a 2 1 0', '0 b 1 1 5', '10 a 4 1 0', '10 b 1 1 1');
  const launches = replay(referenceAllocator(options()), tasks, ['4x4096']);
  const waits = launches.map(({ task, start }) => start - tasks[task].submit);
  expect(waits.reduce((sum, wait) => sum + wait, 0) / waits.length).toBe(2.2);
});

it('9 cpus and 18 GB give three tasks of <1, 4> and two of <3, 1>', () => {
  const allocator = referenceAllocator(options());
  const info = { id: 'S0', hostname: 'h', attributes: [], capabilities: ['MULTI_ROLE' as const] };
  allocator.addAgent(0, { ...info, total: Resources.plain(9000, 18_000) }, [], 0);
  const shapes = [Resources.plain(1000, 4000), Resources.plain(3000, 1000)];
  shapes.forEach((resources, framework) => {
    const capabilities = ['MULTI_ROLE' as const];
    const id = String(framework);
    allocator.addFramework(framework, { name: id, id, roles: [0], capabilities }, [], true, 0);
    allocator.request(framework, [{ role: 0, resources, count: 9, allOrNothing: false }], 0);
  });
  const grants: number[] = [];
  allocator.allocate(0, 'all', (framework) => grants.push(framework));
  expect(grants).toEqual([0, 1, 0, 1, 0]);
  expect([allocator.frameworkShare(0, 0), allocator.frameworkShare(0, 1)]).toEqual([12 / 18, 6 / 9]);
});

describe('a filter outlives one batch run', () => {
  it.each([
    [1, 2],
    [SECOND, 2],
    [1.5 * SECOND, 2],
    [2 * SECOND, 2],
    [2.5 * SECOND, 3],
  ])('of %d microseconds, so that the offer comes again after %d seconds', (refuseUs, again) => {
    const coarse = options({ offers: 'coarse', instant: false, intervalUs: SECOND });
    const allocator = referenceAllocator(coarse);
    const info = { id: 'S0', hostname: 'h', attributes: [], capabilities: ['MULTI_ROLE' as const] };
    allocator.addAgent(0, { ...info, total: Resources.plain(1000, 1000) }, [], 0);
    const framework = { name: 'f', id: 'f', roles: [0], capabilities: ['MULTI_ROLE' as const] };
    allocator.addFramework(0, framework, [], true, 0);
    allocator.allocate(0, 'triggered', (_, [offer]) => {
      allocator.decline(0, 0, 0, offer.resources, refuseUs, 0);
    });
    const offeredAt: number[] = [];
    for (let second = 1; second <= 4; second++) {
      allocator.allocate(second * SECOND, 'all', () => offeredAt.push(second));
    }
    expect(offeredAt).toEqual([again]);
  });
});
