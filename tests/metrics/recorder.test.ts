import { describe, expect, it } from 'vitest';
import type { Offer } from '../../src/cluster/protocol.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { HandDriven, second } from './hand-made.js';

const mem = (gigabytes: number): number => gigabytes * 1024;

describe('the decision hash', () => {
  it('is that of the worked example of demand DRF', () => {
    const rows = [
      { framework: 'b', cpus: 3, mem: mem(2), duration: 10 },
      { framework: 'a', cpus: 3, mem: mem(3), duration: 10 },
      { framework: 'b', cpus: 1, mem: mem(1), duration: 10 },
      { framework: 'a', cpus: 3, mem: mem(3), duration: 10 },
      { framework: 'b', cpus: 2, mem: mem(1), duration: 0 },
    ];
    const run = new HandDriven(rows, Resources.plain(8000, mem(8) * 1000));
    run.launch(0, 0, 0);
    run.launch(0, 1, 1);
    run.launch(0, 2, 0);
    run.launch(10, 3, 0);
    run.launch(10, 4, 1);
    expect(run.recorder.decisionHash()).toBe('ee9b4645');
  });

  it('takes a start modulo 2^32 microseconds', () => {
    const hashAt = (us: number): string => {
      const { recorder, shapes } = new HandDriven([{}], Resources.plain(8000, 0));
      recorder.taskLaunched(0, 0, 0, 7, shapes[0], us);
      return recorder.decisionHash();
    };
    expect(hashAt(2 ** 32 + 5)).toBe(hashAt(5));
    expect(hashAt(2 ** 40 + 2 ** 31 + 1)).toBe(hashAt(2 ** 31 + 1));
    expect(hashAt(6)).not.toBe(hashAt(5));
  });

  it('prints eight digits', () => {
    const { recorder } = new HandDriven([{}], Resources.plain(8000, 0));
    expect(recorder.decisionHash()).toBe('811c9dc5');
  });
});

describe('what was held', () => {
  it('is integrated from launch to end', () => {
    const run = new HandDriven([{ cpus: 2, mem: 100 }, { cpus: 1 }], Resources.plain(4000, 400_000));
    run.submit(0, 0, 1);
    run.launch(1, 0);
    run.launch(3, 1);
    run.end(5, 0);
    run.end(13, 1);
    run.recorder.advanceAll(20 * second);
    const [cpus, megabytes] = run.recorder.topShares.heldAreas();
    expect(cpus).toBe((2 * 4 + 1 * 10) * 1000 * second);
    expect(megabytes).toBe(100 * 4 * 1000 * second);
  });

  it('leaves out what the cluster has none of, and takes reserved scalars for what they are', () => {
    const run = new HandDriven([{ cpus: 2, mem: 100 }], Resources.plain(4000, 0));
    run.launch(0, 0);
    run.recorder.advanceAll(2 * second);
    expect(run.recorder.columns.names).toEqual(['cpus']);
    expect([...run.recorder.topShares.heldAreas()]).toEqual([2 * 2 * 1000 * second]);
  });
});

describe('offers', () => {
  const offer = (cpus: number): Offer => ({
    id: 0,
    framework: 0,
    role: 0,
    agent: 0,
    resources: Resources.plain(cpus * 1000, 0),
    ask: undefined,
  });

  it('are counted by how they ended, and integrated while they are out', () => {
    const { recorder } = new HandDriven([{}], Resources.plain(8000, 0));
    const [a, b, c, d] = [offer(1), offer(2), offer(3), offer(4)];
    recorder.offersMade([a, b], 0);
    recorder.offersMade([c, d], 1 * second);
    recorder.offerClosed(a, 'accepted', 1 * second);
    recorder.offerClosed(b, 'declined', 2 * second);
    recorder.offerClosed(c, 'rescinded', 4 * second);
    recorder.offerClosed(d, 'invalid', 4 * second);
    expect(recorder.offers).toEqual({ made: 4, accepted: 1, declined: 1, rescinded: 2 });
    recorder.advanceAll(9 * second);
    expect(recorder.offeredAreas()[0]).toBe((1 * 1 + 2 * 2 + 3 * 3 + 4 * 3) * 1000 * second);
  });
});

describe('a task', () => {
  it('that was never launched has an end and no start', () => {
    const run = new HandDriven([{}, {}], Resources.plain(8000, 0));
    run.submit(0, 0, 1);
    run.recorder.endedUnlaunched(0, 'TASK_ERROR', 3 * second);
    expect([run.recorder.startUs[0], run.recorder.endUs[0]]).toEqual([-1, 3 * second]);
  });

  it('ends once: a late update changes nothing', () => {
    const run = new HandDriven([{}], Resources.plain(8000, 0));
    run.submit(0, 0);
    run.recorder.endedUnlaunched(0, 'TASK_KILLED', 3 * second);
    run.recorder.endedUnlaunched(0, 'TASK_LOST', 4 * second);
    expect(run.recorder.endUs[0]).toBe(3 * second);
  });

  it('that runs again keeps its first start and has its last end', () => {
    const run = new HandDriven([{}], Resources.plain(8000, 0));
    run.submit(0, 0);
    run.launch(1, 0);
    run.end(2, 0, 'TASK_LOST');
    run.launch(5, 0, 3);
    run.end(6, 0);
    const { startUs, endUs, agent } = run.recorder;
    expect([startUs[0], endUs[0], agent[0]]).toEqual([1 * second, 6 * second, 3]);
  });
});
