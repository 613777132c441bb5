import { describe, expect, it } from 'vitest';
import { smallRun } from './small-run.js';
import { smallTrace, type SmallRow } from './small-trace.js';

/** Users with more tasks than fit, each in a role of its own name; what runs of each once nothing more fits. */
async function running(
  cluster: string,
  users: Readonly<Record<string, { cpus: number; mem: number; weight?: number }>>,
): Promise<{ tasks: Record<string, number>; shares: Record<string, number> }> {
  const names = Object.keys(users);
  const rows = names.map((name): SmallRow => {
    const { cpus, mem } = users[name];
    return { framework: name, role: name, cpus, mem, s: 1000, tasks: 200 };
  });
  const weights = new Map(names.map((name) => [name, users[name].weight ?? 1]));
  const trace = smallTrace(rows);
  const { recorder } = await smallRun(trace, { cluster: [cluster], weights, untilUs: 1_000_000 });
  const tasks = Object.fromEntries(names.map((name) => [name, 0]));
  recorder.startUs.forEach((start, task) => {
    if (start === 0) tasks[trace.frameworks[trace.framework[task]]]++;
  });
  const total = Object.fromEntries(cluster.split(';').map((part) => part.split(':')));
  const shares = Object.fromEntries(
    names.map((name) => {
      const parts = [users[name].cpus / total.cpus, users[name].mem / total.mem];
      return [name, tasks[name] * Math.max(...parts)];
    }),
  );
  return { tasks, shares };
}

/** Ghodsi et al., "Dominant Resource Fairness", NSDI 2011, figure 3 and section 4.1. */
describe('the example of the DRF paper', () => {
  it('gives 3 tasks and 2 tasks of 9 cpus and 18 GB, dominant shares of 2/3', async () => {
    const { tasks, shares } = await running('cpus:9;mem:18', {
      a: { cpus: 1, mem: 4 },
      b: { cpus: 3, mem: 1 },
    });
    expect(tasks).toEqual({ a: 3, b: 2 });
    expect(shares.a).toBeCloseTo(2 / 3, 12);
    expect(shares.b).toBeCloseTo(2 / 3, 12);
  });

  it('follows weights: shares of 2 to 1', async () => {
    // Ten times the cluster: 4x / 180 = 2 * 3y / 90 and x + 3y = 90 or 4x + y = 180 meet at x = 41.5, y = 13.8.
    // At 41 and 14 tasks 2 GB are left: too little for a, and b takes them.
    const { tasks, shares } = await running('cpus:90;mem:180', {
      a: { cpus: 1, mem: 4, weight: 2 },
      b: { cpus: 3, mem: 1 },
    });
    expect(tasks).toEqual({ a: 41, b: 16 });
    expect(shares.b - shares.a / 2).toBeLessThanOrEqual(3 * (3 / 90));
  });

  it('is max-min fairness when there is one resource', async () => {
    const one = { cpus: 1, mem: 0 };
    expect((await running('cpus:12;mem:1', { a: one, b: one, c: one })).tasks).toEqual({ a: 4, b: 4, c: 4 });
    const twice = await running('cpus:12;mem:1', { a: { ...one, weight: 2 }, b: one, c: one });
    expect(twice.tasks).toEqual({ a: 6, b: 3, c: 3 });
    const large = await running('cpus:12;mem:1', { a: { cpus: 2, mem: 0 }, b: one });
    expect(large.tasks).toEqual({ a: 3, b: 6 });
  });

  it('gives what one user cannot use to the others', async () => {
    const { tasks } = await running('cpus:20;mem:18', { a: { cpus: 1, mem: 4 }, b: { cpus: 1, mem: 0 } });
    // Memory stops a at 4 tasks; b takes the cpus that are left.
    expect(tasks).toEqual({ a: 4, b: 16 });
  });
});
