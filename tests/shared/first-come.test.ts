import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sim } from '../cli/fake-terminal.js';

const folder = join(import.meta.dirname, '../../../shared/traces');
const kth = join(folder, 'swf-kth-sp2/KTH-SP2-1996-2.1-cln.swf.gz');
const saliksik = join(folder, 'swf-coare-saliksik/DOST-ASTI_COARE-Saliksik-2020-cln.swf.gz');

interface Figures {
  readonly wait: { readonly mean: number };
  readonly jobs: { readonly finished: number; readonly wait: { readonly mean: number } };
  readonly makespan: number;
  readonly decisionHash: string;
}

async function figures(trace: string, agents: string, ...options: string[]): Promise<Figures> {
  const fixed = ['--allocator', 'fifo', '--instant', '--json', '--quiet'];
  const { status, out, err } = await sim(['run', '--trace', trace, '--agents', agents, ...fixed, ...options]);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return JSON.parse(out) as Figures;
}

/** Figures of an independent program: first come, first served, no backfilling. */
describe('exact first come, first served', () => {
  test('KTH-SP2 on 100 processors', async () => {
    const { wait, makespan } = await figures(kth, '1*cpus:100;mem:1000000');
    expect(wait.mean.toFixed(2)).toBe('390083.03');
    expect(makespan).toBe(28_781_494);
  });

  test('Saliksik on 1,728 processors', async () => {
    const { wait, makespan } = await figures(saliksik, '1*cpus:1728;mem:100000000');
    expect(wait.mean.toFixed(4)).toBe('1712.4345');
    expect(makespan).toBe(16_286_890);
  });

  test('jobs wait as long as gangs on agents of one cpu', async () => {
    const whole = await figures(kth, '1*cpus:100;mem:1000000');
    const split = await figures(kth, '100*cpus:1;mem:10000', '--split-cpus', '1');
    expect(split.jobs.wait).toEqual(whole.jobs.wait);
    expect(split.makespan).toBe(whole.makespan);
  });

  test.each(['user', 'group', 'queue', 'none'])('whoever the tenants are: %s', async (tenant) => {
    const { wait, decisionHash } = await figures(kth, '1*cpus:100;mem:1000000', '--tenant', tenant);
    expect(wait.mean.toFixed(2)).toBe('390083.03');
    expect(decisionHash).toBe((await figures(kth, '1*cpus:100;mem:1000000')).decisionHash);
  });

  test('drf with one framework on one agent is the same', async () => {
    const { wait } = await figures(kth, '1*cpus:100;mem:1000000', '--tenant', 'none');
    const args = ['run', kth, '--agents', '1*cpus:100;mem:1000000', '--tenant', 'none', '--offers', 'demand'];
    const { out } = await sim([...args, '--allocator', 'drf', '--instant', '--json', '--quiet']);
    expect((JSON.parse(out) as Figures).wait).toEqual(wait);
  });
});
