import { describe, expect, it } from 'vitest';
import { randomStream } from '../../src/workloads/random-streams.js';
import { parseLatency } from '../../src/sim/network.js';
import { smallRun, type SmallOptions } from './small-run.js';
import { smallTrace, type SmallRow } from './small-trace.js';

const random = randomStream('determinism', 'workload');
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)];
const rows = Array.from({ length: 400 }, (_, i): SmallRow => ({
  at: Math.floor(i / 4) + Math.floor(random() * 3) / 2,
  framework: pick(['a', 'b', 'c', 'd', 'e']),
  role: pick(['prod', 'test/x', 'test/y']),
  cpus: pick([0.5, 1, 2]),
  mem: pick([64, 512, 1024]),
  s: Math.floor(random() * 40),
  tasks: pick([1, 1, 1, 3]),
  gang: random() < 0.1,
  exit: random() < 0.1 ? 1 : 0,
}));
const trace = smallTrace(rows);
const cluster = ['3*cpus:4;mem:4096', '2*cpus:8;mem:2048'];

/** All that a run leaves behind: the journal has every input and a digest of every effect. */
async function trail(options: SmallOptions): Promise<unknown> {
  const journal: Uint8Array[] = [];
  const sink = (bytes: Uint8Array) => void journal.push(bytes);
  const { result, recorder, starts, agents } = await smallRun(trace, {
    cluster,
    ...options,
    journal: { sink, version: '0' },
  });
  const { runningUs, endUs, offers } = recorder;
  const bytes = Buffer.concat(journal).toString('base64');
  return { result, starts, agents, runningUs, endUs, offers, bytes, hash: recorder.decisionHash() };
}

describe('equal arguments give equal runs, books checked at every step', () => {
  const weights = new Map([['prod', 3]]);
  it.each<[string, SmallOptions]>([
    ['demand, instant, first fit', {}],
    ['demand, instant, random', { agentOrder: 'random', weights }],
    [
      'demand, batches, best fit, latency',
      { instant: false, agentOrder: 'best-fit', latency: parseLatency('5ms') },
    ],
    ['fifo', { policy: 'fifo' }],
    ['coarse, batches, random', { offers: 'coarse', instant: false, agentOrder: 'random', weights }],
    ['coarse, instant, least loaded', { offers: 'coarse', agentOrder: 'least-loaded' }],
    [
      'coarse, batches, random latency, quota',
      {
        offers: 'coarse',
        instant: false,
        agentOrder: 'random',
        latency: parseLatency('lognormal:median=20ms,sigma=1'),
        quotas: new Map([['test', { guarantees: { cpus: 2000 }, limits: { cpus: 9000 } }]]),
      },
    ],
  ])('%s', async (_, options) => {
    const first = (await trail(options)) as { hash: string; result: { tasks: Record<string, number> } };
    expect(await trail(options)).toEqual(first);
    // Every task that was submitted is in one of the others.
    const { submitted, ...others } = first.result.tasks;
    expect(submitted).toBe(trace.taskCount);
    expect(Object.values(others).reduce((sum, count) => sum + count, 0)).toBe(submitted);
  });

  it('and another seed another run, where anything is drawn', async () => {
    const options: SmallOptions = { offers: 'coarse', instant: false, agentOrder: 'random' };
    const [first, second] = [await trail(options), await trail({ ...options, seed: '2' })];
    expect((second as { hash: string }).hash).not.toBe((first as { hash: string }).hash);
  });
});
