import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OfferTable } from '../../src/cluster/master/offer-table.js';
import { ResourcePool } from '../../src/cluster/master/resource-pool.js';
import { TaskTable } from '../../src/cluster/master/task-table.js';
import type { Offer } from '../../src/cluster/protocol.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { formatResources, parseResources } from '../../src/cluster/resources/text.js';
import { canMove, isTerminal, stateCode, stateFor, TASK_STATES } from '../../src/cluster/task.js';
import { SPEC } from './test-cluster.js';

const one = parseResources('cpus:1');

describe('the task state machine', () => {
  it('never leaves a terminal state', () => {
    for (const from of TASK_STATES.filter(isTerminal)) {
      for (const to of TASK_STATES) expect(canMove(stateCode(from), stateCode(to))).toBe(false);
    }
  });

  it('takes no step back', () => {
    const way = ['TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING', 'TASK_FINISHED'] as const;
    way.forEach((from, i) => {
      way.forEach((to, j) => {
        expect(canMove(stateCode(from), stateCode(to))).toBe(j > i || (i === j && !isTerminal(to)));
      });
    });
  });

  it('leaves TASK_UNREACHABLE for what the agent says, and enters TASK_UNKNOWN never', () => {
    expect(canMove(stateCode('TASK_UNREACHABLE'), stateCode('TASK_RUNNING'))).toBe(true);
    expect(canMove(stateCode('TASK_RUNNING'), stateCode('TASK_UNREACHABLE'))).toBe(true);
    expect(canMove(stateCode('TASK_RUNNING'), stateCode('TASK_UNKNOWN'))).toBe(false);
  });

  it('says TASK_LOST to frameworks without PARTITION_AWARE', () => {
    const told = TASK_STATES.filter((state) => stateFor(state, false) !== state);
    expect(told.map((state) => stateFor(state, false))).toEqual(told.map(() => 'TASK_LOST'));
    expect([...told].sort()).toEqual([
      'TASK_DROPPED',
      'TASK_GONE',
      'TASK_GONE_BY_OPERATOR',
      'TASK_UNKNOWN',
      'TASK_UNREACHABLE',
    ]);
    for (const state of TASK_STATES) expect(stateFor(state, true)).toBe(state);
  });
});

describe('the task table', () => {
  const step = fc.record({
    task: fc.nat(5000),
    agent: fc.nat(2000),
    framework: fc.nat(3),
    remove: fc.boolean(),
  });

  it('holds what a map would hold', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new TaskTable();
        const model = new Map<number, { agent: number; framework: number }>();
        for (const { task, agent, framework, remove } of steps) {
          expect(table.has(task)).toBe(model.has(task));
          if (model.has(task)) {
            table.remove(task);
            model.delete(task);
          }
          if (remove) continue;
          table.add(task, framework, 0, agent, one, SPEC);
          model.set(task, { agent, framework });
        }
        expect(table.size).toBe(model.size);
        for (const agent of new Set(steps.map((s) => s.agent))) {
          const ids = [...model].filter(([, row]) => row.agent === agent).map(([task]) => task);
          expect(table.onAgent(agent)).toEqual(ids.sort((a, b) => a - b));
        }
        for (let framework = 0; framework < 4; framework++) {
          const ids = [...model].filter(([, row]) => row.framework === framework).map(([task]) => task);
          expect(table.ofFramework(framework)).toEqual(ids.sort((a, b) => a - b));
        }
      }),
    );
  });

  it.each([-1, 0.5, NaN, Infinity, 1e9])('has no task %s', (task) => {
    const table = new TaskTable();
    table.add(0, 0, 0, 0, one, SPEC);
    expect(table.has(task)).toBe(false);
    expect(table.frameworkOf(task)).toBe(-1);
  });
});

describe('the offer table', () => {
  it('holds what a map would hold, also when old offers linger', () => {
    const removals = fc.array(fc.nat(9), { minLength: 3000, maxLength: 6000 });
    fc.assert(
      fc.property(removals, fc.integer({ min: 0, max: 9 }), (rolls, kept) => {
        const table = new OfferTable();
        const model = new Map<number, Offer>();
        rolls.forEach((roll, i) => {
          const offer = { id: -1, framework: 0, role: 0, agent: i, resources: one, ask: undefined };
          table.add(offer);
          model.set(offer.id, offer);
          // Most are answered at once, some stay for good.
          if (roll >= kept) return;
          expect(table.remove(offer.id)).toBe(offer);
          model.delete(offer.id);
        });
        expect(table.size).toBe(model.size);
        expect(table.where(() => true)).toEqual([...model.values()]);
        for (let id = -1; id < rolls.length + 2; id++) expect(table.get(id)).toBe(model.get(id));
        for (const id of model.keys()) table.remove(id);
        expect(table.size).toBe(0);
        expect(table.remove(0)).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });
});

describe('the resource pool', () => {
  const amount = fc.nat(5).map((n) => n * 500);
  const bag = fc.tuple(amount, amount, amount, fc.boolean()).map(([cpus, mem, reserved, ports]) =>
    Resources.fromMilli({ cpus, mem })
      .plus(parseResources(`cpus(eng):${reserved / 1000}`))
      .plus(parseResources(ports ? 'ports:[1-5]' : '')),
  );

  it('is the sum of what was put in, less what was taken out', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(bag, fc.boolean()), { maxLength: 12 }), (steps) => {
        const pool = new ResourcePool();
        pool.add(parseResources('mem:77'));
        pool.clear();
        let model = Resources.EMPTY;
        for (const [resources, isTaken] of steps) {
          if (isTaken) {
            expect(pool.take(resources)).toBe(model.contains(resources));
            if (model.contains(resources)) model = model.minus(resources);
          } else {
            pool.add(resources);
            model = model.plus(resources);
          }
          expect(formatResources(pool.rest())).toBe(formatResources(model));
        }
      }),
    );
  });

  it.each([
    ['cpus(eng):1;cpus:3', 'cpus:2', 'cpus(eng):1;cpus:1'],
    ['cpus(eng):3;cpus:3', 'cpus:2', 'cpus(eng):2'],
    ['cpus(eng):3;cpus(eng>+eng/web):1;cpus(eng/web):1', 'cpus:2', 'cpus(eng/web):1;cpus(eng>+eng/web):1'],
    ['cpus[revocable]:3;cpus:1', 'cpus:2', undefined],
    ['disk(+eng)[volume=v]:3;disk:1', 'disk:2', undefined],
    ['cpus:3', 'cpus:2', 'cpus:2'],
    ['cpus:3', 'mem:2', undefined],
  ])('of %s serves %s with %s', (offered, need, expected) => {
    const pool = new ResourcePool();
    pool.add(parseResources(offered));
    const found = pool.takeQuantities(parseResources(need));
    expect(found && formatResources(found)).toBe(expected && formatResources(parseResources(expected)));
    const left = parseResources(offered).minus(found ?? Resources.EMPTY);
    expect(formatResources(pool.rest())).toBe(formatResources(left));
  });
});
