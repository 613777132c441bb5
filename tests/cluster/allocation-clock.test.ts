import { describe, expect, it } from 'vitest';
import { SECOND } from '../../src/cluster/ids.js';
import { askOf, taskOf, TestCluster } from './test-cluster.js';

/** A batch cluster on which one framework holds everything and has been served; nothing is due. */
function served(): TestCluster {
  const cluster = new TestCluster({ instant: false }).addAgent(0, 'cpus:4').subscribe(0).allocate();
  cluster.launch(0, [0], taskOf(1, 'cpus:4'));
  return cluster;
}

describe('a batch allocation', () => {
  it('R-4.2: of an agent or a framework that comes is due at once', () => {
    const cluster = new TestCluster({ instant: false });
    expect(cluster.master.allocationDue(0)).toBe(Infinity);
    cluster.addAgent(0, 'cpus:1').subscribe(0);
    expect(cluster.master.allocationDue(0)).toBe(0);
    expect(cluster.allocate().offers()).toHaveLength(1);
  });

  it('is not due while nothing is to do', () => {
    expect(served().master.allocationDue(0)).toBe(Infinity);
  });

  it('R-4.3: of a task end is due at the next tick, and 0 is none', () => {
    const cluster = served().update(1, 'TASK_FINISHED', 1);
    expect(cluster.master.allocationDue(0)).toBe(SECOND);
    cluster.now = SECOND;
    expect(cluster.master.allocationDue(SECOND)).toBe(SECOND);
    expect(cluster.allocate().offers()).toHaveLength(1);
    expect(cluster.master.allocationDue(SECOND)).toBe(Infinity);
  });

  it('R-4.1: a change after the run of a tick waits for the next one', () => {
    const cluster = served();
    cluster.now = SECOND;
    cluster.allocate().update(1, 'TASK_FINISHED', 1);
    expect(cluster.master.allocationDue(SECOND)).toBe(2 * SECOND);
    cluster.now = SECOND + 5;
    expect(cluster.allocate().offers()).toEqual([]);
  });

  it('a change at a tick counts for that tick', () => {
    const cluster = served();
    cluster.now = 3 * SECOND;
    cluster.update(1, 'TASK_FINISHED', 1);
    expect(cluster.master.allocationDue(cluster.now)).toBe(3 * SECOND);
    expect(cluster.allocate().offers()).toHaveLength(1);
  });

  it('R-4.2: triggered between two ticks looks at the agents named only', () => {
    const cluster = served().update(1, 'TASK_FINISHED', 1);
    cluster.now = SECOND / 2;
    cluster.addAgent(1, 'cpus:1').allocate();
    expect(cluster.offers()).toMatchObject([{ agent: 1 }]);
    expect(cluster.master.allocationDue(cluster.now)).toBe(SECOND);
    cluster.now = SECOND;
    expect(cluster.allocate().offers()).toMatchObject([{ agent: 0 }]);
  });

  it('runs over everything when it comes a little after its tick, as in the real runtime', () => {
    const cluster = served().update(1, 'TASK_FINISHED', 1);
    cluster.now = SECOND + 123;
    expect(cluster.allocate().offers()).toHaveLength(1);
    cluster.decline(0, [1], 0);
    expect(cluster.master.allocationDue(cluster.now)).toBe(2 * SECOND);
  });

  it('R-6.1: of a filter that ends is due at the first tick after it', () => {
    const cluster = new TestCluster({ instant: false }).addAgent(0, 'cpus:1').subscribe(0).allocate();
    cluster.decline(0, [0], 2.5 * SECOND);
    cluster.now = SECOND;
    cluster.allocate();
    expect(cluster.master.allocationDue(cluster.now)).toBe(3 * SECOND);
  });

  it('I-6: REQUEST is no trigger', () => {
    const cluster = new TestCluster({ instant: false, offers: 'demand' }).addAgent(0, 'cpus:1').subscribe(0);
    cluster.request(0, [askOf(0, 'cpus:9')]).allocate();
    cluster.now = 10;
    cluster.request(0, [askOf(0, 'cpus:1')]);
    expect(cluster.master.allocationDue(10)).toBe(SECOND);
  });
});

describe('under instant', () => {
  it('I-6: whatever makes something dirty is due now', () => {
    const cluster = TestCluster.running();
    cluster.allocate();
    expect(cluster.master.allocationDue(1)).toBe(Infinity);
    cluster.update(7, 'TASK_FINISHED', 2);
    expect(cluster.master.allocationDue(1)).toBe(1);
  });

  it('I-6: else the end of the first filter', () => {
    const cluster = new TestCluster()
      .addAgent(0, 'cpus:1')
      .subscribe(0)
      .allocate()
      .decline(0, [0], 3 * SECOND);
    cluster.allocate();
    expect(cluster.master.allocationDue(0)).toBe(3 * SECOND);
  });
});
