import { describe, expect, it } from 'vitest';
import { demandExample, fifoExample, manyTasks, sim, temporaryFile } from './fake-terminal.js';

const twoAgents = ['--agents', '2*cpus:4;mem:4096'];

async function summaryOf(...args: string[]): Promise<ReturnType<typeof JSON.parse>> {
  const { status, out, err } = await sim(['run', ...args, '--json']);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return JSON.parse(out);
}

describe('sim run', () => {
  it('gives the worked example of demand DRF', async () => {
    const trace = temporaryFile(demandExample);
    const options = ['--offers', 'demand', '--agent-order', 'first-fit', '--instant'];
    const summary = await summaryOf('--trace', trace, ...twoAgents, ...options);
    expect(summary).toMatchObject({ decisionHash: 'ee9b4645', makespan: 20, stalled: false, partial: false });
    expect(summary.wait.mean).toBe(4);
    expect(summary.tasks).toMatchObject({ submitted: 5, started: 5, finished: 5, unfinished: 0 });
  });

  it('gives the worked example of fifo, which turns demand offers on by itself', async () => {
    const trace = temporaryFile(fifoExample);
    const summary = await summaryOf(trace, '--agents', 'cpus:4;mem:4096', '--allocator', 'fifo', '--instant');
    expect([summary.wait.mean, summary.makespan, summary.allocator]).toEqual([6, 16, 'fifo']);
    const { out } = await sim(['run', trace, '--allocator=fifo', '--instant']);
    expect(out).toContain('fifo · demand offers (fifo needs them) · instant · seed 1');
  });

  it.each([
    [['--role-sorter', 'random'], 'random role sorter', { role: 'random', framework: 'drf' }],
    [['--framework-sorter', 'random'], 'random framework sorter', { role: 'drf', framework: 'random' }],
    [
      ['--role-sorter', 'random', '--framework-sorter', 'random'],
      'random sorters',
      { role: 'random', framework: 'random' },
    ],
  ])('R-3.9: says of %j that it is a %s', async (options, words, sorters) => {
    const trace = temporaryFile(demandExample);
    const { out } = await sim(['run', trace, ...twoAgents, ...options]);
    expect(out).toContain(`drf · coarse offers · ${words} · 1 s batches`);
    expect((await summaryOf(trace, ...twoAgents, ...options)).sorters).toEqual(sorters);
    expect(await summaryOf(trace, ...twoAgents)).not.toHaveProperty('sorters');
  });

  it('says the same twice, but for the timing', async () => {
    const trace = temporaryFile(manyTasks(500));
    const args = [trace, '--agents', '3*cpus:8;mem:8192', '--latency', 'lognormal:median=2ms,sigma=1'];
    const [first, second] = [await summaryOf(...args), await summaryOf(...args)];
    expect({ ...first, timing: 0 }).toEqual({ ...second, timing: 0 });
    const other = await summaryOf(...args, '--seed', '2');
    expect(other.decisionHash).not.toBe(first.decisionHash);
    expect(Object.keys(first.timing)).toEqual([
      'wallSeconds',
      'engineCpuSeconds',
      'eventsPerSecond',
      'cycleP50Ms',
      'cycleP99Ms',
      'peakMemoryBytes',
    ]);
  });

  it('tells a person what went in, what came out and what to do next', async () => {
    const trace = temporaryFile(demandExample, 'example.csv');
    const { status, out, err } = await sim(['run', '--trace', trace, ...twoAgents]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const text = out.replaceAll(trace, 'example.csv').replace(/(events in) .*/, '$1 …');
    await expect(text).toMatchFileSnapshot('goldens/run.txt');
  });

  it('shows roles, and what fits no agent', async () => {
    const trace = temporaryFile(
      `submit_s,duration_s,cpus,mem,role,kind\n0,10,2,10,a,batch\n0,10,2,10,b,batch\n` +
        `0,10,3,10,a,batch\n1,5,64,10,b,batch\n1,0,1,10,c,service\n`,
    );
    const { out } = await sim(['run', trace, '--agents', 'cpus:4;mem:4096', '--quiet']);
    const text = out.replaceAll(trace, 'example.csv').replace(/(events in) .*/, '$1 …');
    await expect(text).toMatchFileSnapshot('goldens/run-roles.txt');
  });

  it('ends at --until, with what runs still running', async () => {
    const summary = await summaryOf(temporaryFile(demandExample), ...twoAgents, '--until', '5secs');
    expect(summary).toMatchObject({ endedAt: 5, makespan: null, partial: false });
    expect(summary.tasks).toMatchObject({ submitted: 5, finished: 0, unfinished: 5 });
  });

  it('fits one screen of 80 x 24 on a bundled trace, and says where the rest is', async () => {
    const { out } = await sim(['run', '--trace', 'traces/paypal-ci.csv', '--until', '2h']);
    const shown = out.trimEnd().split('\n');
    expect(shown.length, out).toBeLessThanOrEqual(24);
    expect(Math.max(...shown.map((line) => line.length)), out).toBeLessThanOrEqual(80);
    expect(out).toMatch(/4 of 6 roles.*\n.*\n.*\n1 of [\d,]+ frameworks/);
    expect(out).toContain('more: --json');
  });

  it('runs tasks in what is reserved for their role, under demand offers as under coarse ones (Q-5)', async () => {
    const rows = ['0,5,3,1,prod', '0,5,1,1,prod/web', '0,5,2,1,test'];
    const trace = temporaryFile(['submit_s,duration_s,cpus,mem,role', ...rows].join('\n'));
    const cluster = ['--agents', 'cpus(prod):3;cpus:2;mem:10', '--instant', '--check'];
    for (const offers of ['coarse', 'demand']) {
      const summary = await summaryOf(trace, ...cluster, '--offers', offers);
      expect(summary.tasks).toMatchObject({ submitted: 3, finished: 3 });
    }
  });

  it('takes the cluster from the trace, or finds one that suits it', async () => {
    const hint = `# cluster: 3*cpus:5;mem:5000\n${demandExample}`;
    const { out } = await sim(['run', temporaryFile(hint)]);
    expect(out).toMatch(/cluster +3 agents · 15 cpus · 14\.6 GB mem · from the trace$/m);
    const found = await sim(['run', temporaryFile(demandExample)]);
    expect(found.out).toMatch(/cluster +\d+ agents?.*\n +chosen for the trace/);
  });

  it('tells what it did with the trace, also next to JSON', async () => {
    const unsorted = temporaryFile('submit_s,duration_s,cpus,mem\n5,1,1,1\n0,1,1,1\n');
    expect((await sim(['run', unsorted])).out).toMatch(/^note +.*order/im);
    const json = await sim(['run', unsorted, '--json']);
    expect(json.err).toMatch(/^sim: note: .*order/im);
    expect((await sim(['run', unsorted, '--json', '--quiet'])).err).toBe('');
    expect((await sim(['run', unsorted, '--quiet'])).out).not.toMatch(/^note /m);
  });

  it('says that the cluster is overloaded, or nearly empty', async () => {
    const trace = temporaryFile(manyTasks(100));
    expect((await sim(['run', trace, '--agents', 'cpus:1;mem:1000'])).out).toContain('overloaded');
    expect((await sim(['run', trace, '--agents', '999*cpus:9;mem:9999'])).out).toContain('nearly empty');
  });
});

describe('a run that stalls', () => {
  const args = ['--agents', 'cpus:4;mem:4096', '--quota', 'default=limit:cpus:1'];
  const rows = 'submit_s,duration_s,cpus,mem,role\n0,1,2,1,default\n0,1,1,1,default\n';

  it('ends with 1 and says what is stuck', async () => {
    const { status, out, err } = await sim(['run', temporaryFile(rows), ...args]);
    expect(status).toBe(1);
    expect(err).toMatch(/^sim: the run stalled: \d tasks? can never start; .*limit.*\.\n$/);
    expect(out).toMatch(/^stuck +.*limit/m);
  });

  it('says so in the JSON, with the reasons', async () => {
    const { status, out } = await sim(['run', temporaryFile(rows), ...args, '--json']);
    const { stalled, unfinished } = JSON.parse(out);
    expect({ status, stalled }).toEqual({ status: 1, stalled: true });
    expect(unfinished[0]).toMatchObject({ role: 'default', kind: 'batch', running: false });
  });

  it('says of what waits in its queue which task is in front', async () => {
    const { out } = await sim(['run', temporaryFile(rows), ...args, '--json']);
    const [first, second] = JSON.parse(out).unfinished;
    expect(first.reason).toContain('limit cpus:1');
    expect(second.reason).toBe(
      '4 of cpus:1;mem:1 would find room now, but task 0 of its framework is first in the queue',
    );
  });
});

describe('Ctrl-C', () => {
  it('sums up what there is, marked as partial, and ends with 130', async () => {
    const trace = temporaryFile(manyTasks(20_000));
    const { status, out, err } = await sim(['run', trace, '--json'], { interrupt: true });
    const { partial, tasks } = JSON.parse(out);
    expect({ status, partial }).toEqual({ status: 130, partial: true });
    expect(tasks.submitted).toBeLessThan(20_000);
    expect(err).toMatch(/^sim: interrupted;/);
    const text = await sim(['run', trace], { interrupt: true });
    expect(text.out).toMatch(/^PARTIAL +interrupted at /m);
  });

  it('is heard from before the trace is read', async () => {
    const { err } = await sim(['run', 'no-such.csv'], { interrupt: true });
    expect(err).toMatch(/^sim: interrupted;.*\nsim: no-such\.csv: there is no such file/);
  });
});
