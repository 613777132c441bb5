/** What allocators other than drf say of what they keep back, and what holds for the explanation of any. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explanationJson, reasonText } from '../../src/allocators/explain/text.js';
import { SECOND } from '../../src/cluster/ids.js';
import { formatResources } from '../../src/cluster/resources/text.js';
import { Cluster } from './explain-cluster.js';

describe('a policy says what it keeps and for whom', () => {
  it('easy: why the oldest ask waits, and that room is kept for it', () => {
    const cluster = new Cluster('demand', 'easy').agent('cpus:4').agent('cpus:0.5');
    const old = cluster.framework('old');
    cluster.ask(old, 'old', 'cpus:3', undefined, 1, 100 * SECOND);
    cluster.allocator.allocate(0, 'all', () => undefined);
    cluster.ask(old, 'old', 'cpus:4', undefined, 1, 10 * SECOND);
    const late = cluster.framework('late');
    cluster.ask(late, 'late', 'cpus:1', undefined, 1, 200 * SECOND);
    expect(cluster.text()).toEqual([
      'f0 in role old gets nothing, 1 task asked for, the next cpus:4:',
      '  a0, a1: no room: needs 4 cpus, the most that is free is 1',
      '  held by itself alone (share 0.6667)',
      'f1 in role late gets nothing, 1 task asked for, the next cpus:1:',
      '  a0: room is kept for f0 in role old, the oldest that waits, which can start at 100 s',
      '  a1: no room: needs 1 cpus, the most that is free is 0.5',
    ]);
  });

  it('reservation: which guarantees are kept on the agent', () => {
    const cluster = new Cluster('coarse', 'reservation')
      .agent('cpus:2')
      .agent('cpus:3')
      .quota('db', 'cpus:3', '');
    cluster.framework('dev');
    expect(cluster.explanation().offers).toMatchObject([{ agent: 0 }]);
    cluster.framework('ops');
    expect(cluster.text().join('\n')).toContain('a1: kept for guarantees: cpus:3 for db');
  });

  it('weighted-role: an agent once, though the order comes to it twice (R-5.6)', () => {
    const cluster = new Cluster('coarse', 'weighted-role').agent('cpus:2').agent('cpus:2');
    const dev = cluster.framework('dev');
    const { allocator } = cluster;
    allocator.allocate(0, 'all', (_, offers) => allocator.declineOffers?.(dev, offers, 100 * SECOND, 0));
    expect(cluster.text()).toContain('  a0, a1: filtered until 100 s: it refused cpus:2');
  });

  it('static: whose agent it is', () => {
    const cluster = new Cluster('coarse', 'static').agent('cpus:2').agent('cpus:2');
    cluster.framework('dev');
    cluster.framework('ops');
    cluster.allocator.suppress(1, []);
    cluster.allocator.allocate(0, 'all', () => undefined);
    expect(cluster.text()).toContain('  a1: the agent belongs to role ops');
  });

  it('slots: how many are free', () => {
    const cluster = new Cluster('demand', 'slots').agent('cpus:2;mem:1000');
    const dev = cluster.framework('dev');
    cluster.ask(dev, 'dev', 'cpus:0.5').ask(dev, 'dev', 'cpus:0.5');
    cluster.allocator.allocate(0, 'all', () => undefined);
    cluster.ask(dev, 'dev', 'cpus:0.5');
    expect(cluster.text()).toContain('  a0: slots: it takes 1, 0 of 2 are free');
  });

  it('ageing: for whom, and how long that one has waited', () => {
    const cluster = new Cluster('demand', 'drf?ageing=60').agent('cpus:4');
    const [small, large] = ['a', 'b'].map((role) => cluster.framework(role));
    cluster.ask(small, 'a', 'cpus:1').ask(large, 'b', 'cpus:4');
    cluster.allocator.allocate(0, 'all', () => undefined);
    cluster.ask(small, 'a', 'cpus:1');
    expect(cluster.text(90 * SECOND).slice(0, 2)).toEqual([
      'f0 in role a gets nothing, 1 task asked for, the next cpus:1:',
      '  a0: kept for f1 in role b, which has got nothing for 90 s',
    ]);
    const json = JSON.stringify(explanationJson(cluster.explanation(90 * SECOND), String));
    expect(json).toContain('"rule":"policy","why":"kept for f1 in role b, which has got nothing for 90 s"');
  });
});

it('tells the offers that the cycle then makes, and of everybody else why not', () => {
  const role = fc.constantFrom('a', 'a/b', 'c');
  const amount = fc.integer({ min: 1, max: 4 });
  const steps = fc.record({
    name: fc.constantFrom('drf', 'drf?quota=strict', 'weighted-role', 'reservation', 'easy', 'slots'),
    agents: fc.array(fc.tuple(amount, fc.constantFrom('', '(a)', '(c)')), { minLength: 1, maxLength: 4 }),
    frameworks: fc.array(fc.tuple(role, amount, fc.integer({ min: 1, max: 3 })), {
      minLength: 1,
      maxLength: 5,
    }),
    quota: fc.option(fc.tuple(fc.constantFrom('a', 'c'), fc.nat(4), amount)),
    offers: fc.constantFrom('coarse' as const, 'demand' as const),
  });
  fc.assert(
    fc.property(steps, ({ name, agents, frameworks, quota, offers }) => {
      const isDemand = offers === 'demand' || name === 'easy' || name === 'slots';
      const cluster = new Cluster(isDemand ? 'demand' : 'coarse', name);
      for (const [cpus, reserved] of agents) cluster.agent(`cpus${reserved}:${cpus};mem:${cpus * 100}`);
      if (quota !== null) cluster.quota(quota[0], `cpus:${Math.min(quota[1], quota[2])}`, `cpus:${quota[2]}`);
      for (const [path, cpus, count] of frameworks) {
        const id = cluster.framework(path);
        if (isDemand) cluster.ask(id, path, `cpus:${cpus}`, undefined, count);
      }
      const { offers: told, unserved } = cluster.explanation();
      const made: string[] = [];
      cluster.allocator.allocate(0, 'all', (_, list) => {
        for (const each of list)
          made.push(`f${each.framework} ${each.agent} ${formatResources(each.resources)}`);
      });
      expect(told.map((each) => `${each.name} ${each.agent} ${each.resources}`)).toEqual(made);
      const served = new Set(made.map((line) => line.split(' ')[0]));
      expect(unserved.map((each) => each.name).sort()).toEqual(
        frameworks.map((_, id) => `f${id}`).filter((each) => !served.has(each)),
      );
      for (const { reasons } of unserved) {
        expect(reasons).not.toEqual([]);
        for (const { reason } of reasons) {
          expect(reasonText(reason)).not.toMatch(/undefined|NaN|by its own rule|none of it for/);
        }
      }
    }),
    { numRuns: fc.readConfigureGlobal().numRuns ?? 400 },
  );
});
