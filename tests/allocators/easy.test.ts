/** EASY against a slow simulator of its own, start by start. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smallRun } from '../sim/small-run.js';
import { smallTrace } from '../sim/small-trace.js';
import { slowEasy, type SlowJob } from './slow-easy.js';

const job = (most: { cpus: number; mem: number }): fc.Arbitrary<SlowJob> =>
  fc
    .record({
      submit: fc.integer({ min: 0, max: 12 }),
      cpus: fc.integer({ min: 1, max: most.cpus }),
      mem: fc.integer({ min: 1, max: most.mem }),
      duration: fc.integer({ min: 1, max: 9 }),
      over: fc.integer({ min: 0, max: 5 }),
    })
    .map(({ over, ...rest }) => ({ ...rest, estimate: rest.duration + over }));

async function starts(jobs: readonly SlowJob[], cluster: readonly string[]): Promise<(number | undefined)[]> {
  const rows = jobs.map(({ submit, cpus, mem, duration, estimate }, i) => ({
    at: submit,
    framework: `user-${i % 3}`,
    cpus,
    mem,
    s: duration,
    estimate,
  }));
  return (await smallRun(smallTrace(rows), { policy: 'easy', cluster })).starts;
}

describe('easy starts every task when the slow simulator does', () => {
  it.each([
    [1, { cpus: 8, mem: 1000 }],
    [1, { cpus: 6, mem: 6 }],
    [3, { cpus: 4, mem: 5 }],
  ])('%i agents of %o', async (agents, size) => {
    const cluster = [`${agents}*cpus:${size.cpus};mem:${size.mem}`];
    await fc.assert(
      fc.asyncProperty(fc.array(job(size), { minLength: 2, maxLength: 14 }), async (jobs) => {
        const sorted = [...jobs].sort((a, b) => a.submit - b.submit);
        const slow = slowEasy(sorted, agents, size);
        expect(await starts(sorted, cluster)).toEqual(slow.starts);
        // No estimate was too short: nobody waits longer than it was ever promised.
        for (const [index, promised] of slow.promises.entries()) {
          expect(slow.starts[index]).toBeLessThanOrEqual(Math.min(Infinity, ...promised));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('tasks that outlast their estimate', async () => {
    const size = { cpus: 4, mem: 100 };
    await fc.assert(
      fc.asyncProperty(fc.array(job(size), { minLength: 2, maxLength: 12 }), async (jobs) => {
        const sorted = [...jobs]
          .sort((a, b) => a.submit - b.submit)
          .map((each, i) => ({ ...each, estimate: i % 3 === 0 ? 1 : each.estimate }));
        expect(await starts(sorted, ['cpus:4;mem:100'])).toEqual(slowEasy(sorted, 1, size).starts);
      }),
      { numRuns: 40 },
    );
  });
});

it('A-8: a gang starts whole and holds nothing before, tasks that are none start one by one', async () => {
  const rows = [
    { cpus: 3, mem: 1, s: 10, estimate: 10 },
    { at: 1, cpus: 3, mem: 1, s: 5, estimate: 5, tasks: 2, gang: true },
    { at: 2, cpus: 3, mem: 1, s: 5, estimate: 5 },
    { at: 20, cpus: 3, mem: 1, s: 5, estimate: 5, tasks: 3 },
  ];
  const { starts } = await smallRun(smallTrace(rows), { policy: 'easy', cluster: ['2*cpus:4;mem:100'] });
  expect(starts).toEqual([0, 10, 10, 2, 20, 20, 25]);
});

describe('room that is reserved for a role', () => {
  const stream = [
    { role: 'db', cpus: 2, mem: 1, s: 100, estimate: 100 },
    { role: 'db', cpus: 4, mem: 1, s: 10, estimate: 10 },
    { at: 1, role: 'db', framework: 'late', cpus: 2, mem: 1, s: 100, estimate: 100 },
    { at: 1, role: 'db', framework: 'late', cpus: 2, mem: 1, s: 50, estimate: 50 },
  ];

  it('counts for the head of the queue if it is of that role: who would delay it waits', async () => {
    const { starts } = await smallRun(smallTrace(stream), {
      policy: 'easy',
      cluster: ['cpus(db):4;mem:100'],
    });
    expect(starts).toEqual([0, 100, 110, 1]);
  });

  it('counts beside what is unreserved', async () => {
    const { starts } = await smallRun(smallTrace(stream), {
      policy: 'easy',
      cluster: ['cpus(db):1;cpus:3;mem:100'],
    });
    expect(starts).toEqual([0, 100, 110, 1]);
  });

  it('does not count for others, who are given what they can use', async () => {
    const rows = [
      { role: 'db', cpus: 4, mem: 1, s: 30, estimate: 30 },
      { role: 'web', cpus: 2, mem: 1, s: 100, estimate: 100 },
      { role: 'web', framework: 'head', cpus: 4, mem: 1, s: 10, estimate: 10 },
      { at: 1, role: 'web', framework: 'late', cpus: 1, mem: 1, s: 200, estimate: 200 },
      { at: 1, role: 'db', framework: 'other', cpus: 4, mem: 1, s: 500, estimate: 500 },
    ];
    const { starts } = await smallRun(smallTrace(rows), {
      policy: 'easy',
      cluster: ['cpus(db):4;cpus:4;mem:100'],
    });
    expect(starts).toEqual([0, 0, 100, 110, 30]);
  });
});
