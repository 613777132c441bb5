import { describe, expect, it } from 'vitest';
import { parseLatency } from '../../src/sim/network.js';
import { smallRun } from './small-run.js';
import { smallTrace } from './small-trace.js';

/** Rows of one agent's size that run for a second. */
const whole = (framework: string, at = 0, s = 1) => ({ at, framework, cpus: 4, mem: 1, s });

describe('the order inside one instant', () => {
  it('I-1, I-2: ends and arrivals of an instant come before its one allocation', async () => {
    const trace = smallTrace([whole('a', 0, 10), whole('a', 10), whole('b', 10)]);
    const { starts, result } = await smallRun(trace);
    // Shares are 0 and 0 by then, and a has one launch to its name: b is first. Allocating at each event, a would be.
    expect(starts).toEqual([0, 11, 10]);
    expect(result.allocations).toBe(3);
  });

  it('I-4: asks of one instant come in file order, also those of frameworks that have just appeared', async () => {
    const trace = smallTrace(['b', 'a', 'c', 'a', 'b', 'a'].map((name) => whole(name)));
    const { starts } = await smallRun(trace, { policy: 'fifo' });
    expect(starts).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('I-5: what a task without length held is free for the next allocation of its instant', async () => {
    const trace = smallTrace([whole('a', 3, 0), whole('a', 3, 0), whole('b', 3, 0)]);
    const { starts, result, recorder } = await smallRun(trace);
    expect(starts).toEqual([3, 3, 3]);
    expect(result.allocations).toBe(3);
    expect([result.tasks.finished, recorder.lastEndUs]).toEqual([3, 3e6]);
  });

  it('I-6: under instant, what is freed is allocated in the same instant', async () => {
    const trace = smallTrace([whole('a', 0.25, 0.5), whole('a', 0.3, 0.5)]);
    expect((await smallRun(trace)).starts).toEqual([0.25, 0.75]);
  });

  it('R-4.1 to R-4.3: without instant, REVIVE allocates at once, and all else waits for the batch', async () => {
    const trace = smallTrace([
      { at: 0.2, cpus: 1, mem: 1, s: 0.1 },
      { at: 0.3, cpus: 1, mem: 1, s: 1.5 },
      { at: 1.5, cpus: 4, mem: 1, s: 1 },
    ]);
    const { starts } = await smallRun(trace, { instant: false });
    // The second REQUEST finds its role revived: it is no trigger. What is free at 2.5 is offered at 3.
    expect(starts).toEqual([0.2, 1, 3]);
    const slow = await smallRun(trace, { instant: false, intervalUs: 5e6 });
    expect(slow.starts).toEqual([0.2, 5, 10]);
  });

  it('C-1: idle batches cost nothing, before and between arrivals', async () => {
    const day = 86_400;
    const trace = smallTrace([whole('a', 30 * day), whole('a', 60 * day)]);
    const { result } = await smallRun(trace, { instant: false });
    expect(result.endUs).toBe((60 * day + 1) * 1e6);
    expect(result.events).toBeLessThan(50);
    expect(result.allocations).toBeLessThan(8);
  });

  it('I-7: coarse offers end, though everybody declines', async () => {
    const trace = smallTrace(['a', 'b', 'c'].map((framework) => ({ framework, cpus: 3, mem: 1, s: 10 })));
    const { starts, result, recorder } = await smallRun(trace, { offers: 'coarse' });
    expect(result.end).toBe('done');
    expect([...starts].sort()).toEqual([0, 10, 20]);
    expect(recorder.offers.made).toBeLessThan(30);
    expect(recorder.offers.accepted).toBe(3);
  });

  it('C-7: a framework subscribes at its first arrival, so that ties go by order of appearance', async () => {
    const names = Array.from({ length: 12 }, (_, i) => `fw${i}`);
    const trace = smallTrace(names.map((name) => whole(name)));
    const { starts } = await smallRun(trace);
    expect(starts).toEqual(names.map((_, i) => i));
  });
});

describe('latency', () => {
  it('I-3: adds up over the hops of a task, each way', async () => {
    const trace = smallTrace([whole('a', 1, 10), whole('a', 1, 10)]);
    const { starts, recorder, result } = await smallRun(trace, {
      latency: parseLatency('1s'),
      intervalUs: 1e6,
    });
    // SUBSCRIBE, SUBSCRIBED, REQUEST, OFFERS, ACCEPT: five hops until the master launches. RUN_TASK takes one more, and
    // TASK_RUNNING two to be seen; its acknowledgement two, before the end is reported.
    expect(starts[0]).toBe(6);
    expect(recorder.runningUs[0] / 1e6).toBe(9);
    expect(recorder.endUs[0] / 1e6).toBe(18);
    // The end is heard at 18, then OFFERS and ACCEPT.
    expect(starts[1]).toBe(20);
    expect(result.end).toBe('done');
  });

  it('I-3: of any random kind lets every task finish once, in every order of arrival', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({
      at: (i * 7) % 13,
      framework: 'abc'[i % 3],
      cpus: 1 + (i % 4),
      mem: 1 + (i % 5),
      s: i % 6,
    }));
    for (const latency of [
      'uniform:0ms-900ms',
      'lognormal:median=2s,sigma=2',
      'exponential:mean=30s',
      '11s',
    ]) {
      for (const offers of ['demand', 'coarse'] as const) {
        const { result } = await smallRun(smallTrace(rows), {
          latency: parseLatency(latency),
          offers,
          cluster: ['2*cpus:4;mem:4096'],
          instant: false,
        });
        expect([latency, offers, result.end, result.tasks.finished]).toEqual([latency, offers, 'done', 60]);
      }
    }
  });
});

describe('the same run twice', () => {
  it('is the same to the last event, and another with another seed', async () => {
    const rows = Array.from({ length: 80 }, (_, i) => ({
      at: i / 9,
      framework: `fw${(i * i) % 7}`,
      cpus: 1 + (i % 3),
      mem: 1,
      s: (i % 10) / 3,
    }));
    const run = async (seed: string): Promise<unknown> => {
      const { result, recorder } = await smallRun(smallTrace(rows), {
        seed,
        offers: 'coarse',
        agentOrder: 'random',
        instant: false,
        cluster: ['5*cpus:4;mem:100'],
        latency: parseLatency('lognormal:median=20ms,sigma=1'),
      });
      return { result, hash: recorder.decisionHash(), offers: recorder.offers };
    };
    const first = await run('7');
    expect(await run('7')).toEqual(first);
    expect(await run('8')).not.toEqual(first);
  });

  it('is the same whatever a control does between events', async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => ({
      at: i / 50,
      framework: `f${i % 9}`,
      cpus: 1,
      s: 1,
    }));
    const trace = smallTrace(rows);
    let pauses = 0;
    const pause = async (): Promise<boolean> => {
      pauses++;
      await Promise.resolve();
      return false;
    };
    const watched = await smallRun(trace, { cluster: ['60*cpus:1'], control: { pause }, check: false });
    const alone = await smallRun(trace, { cluster: ['60*cpus:1'], check: false });
    expect(pauses).toBeGreaterThan(0);
    expect(watched.result).toEqual(alone.result);
    expect(watched.recorder.decisionHash()).toBe(alone.recorder.decisionHash());
  });
});
