import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildSim } from './build.js';
import { demandExample, manyTasks, sim, temporaryFile, type Outcome } from './fake-terminal.js';

const agents = ['--agents', '3*cpus:4;mem:4096'];
const here = ['--workers', '1'];

async function comparisonOf(...args: string[]): Promise<ReturnType<typeof JSON.parse>> {
  const { status, out, err } = await sim(['compare', ...args, '--json']);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return JSON.parse(out);
}

describe('sim compare', () => {
  it('R-3.9: says where a sorter is random', async () => {
    const given = [
      '--trace',
      temporaryFile(manyTasks(20)),
      ...agents,
      '--allocators',
      'drf,fifo',
      '--seeds',
      '2',
    ];
    const options = [...given, '--framework-sorter', 'random', ...here];
    const { out } = await sim(['compare', ...options]);
    expect(out.split('\n\n')[0]).toContain('random framework sorter');
    expect((await comparisonOf(...options)).sorters).toEqual({ role: 'drf', framework: 'random' });
    expect(await comparisonOf(...given, ...here)).not.toHaveProperty('sorters');
  });

  it('is made of runs that sim run repeats, with the same seed for all allocators of a replication', async () => {
    const trace = temporaryFile(manyTasks(300));
    const comparison = await comparisonOf(
      '--trace',
      trace,
      ...agents,
      '--allocators',
      'drf,fifo',
      '--seeds',
      '3',
      '--seed',
      'x',
      ...here,
    );
    expect(
      comparison.runs.map(({ allocator, seed }: { allocator: string; seed: string }) => [allocator, seed]),
    ).toEqual(['x/1', 'x/2', 'x/3'].flatMap((seed) => ['drf', 'fifo'].map((allocator) => [allocator, seed])));
    for (const { allocator, seed, decisionHash, metrics } of comparison.runs.slice(2, 4)) {
      const alone = await sim(['run', trace, ...agents, '--allocator', allocator, '--seed', seed, '--json']);
      const summary = JSON.parse(alone.out);
      expect([summary.decisionHash, summary.wait.mean]).toEqual([decisionHash, metrics['wait.mean']]);
    }
    const [{ differences }] = comparison.comparisons;
    const of = (name: string): number[] =>
      comparison.runs
        .filter(({ allocator }: { allocator: string }) => allocator === name)
        .map(({ metrics }: never) => metrics['wait.mean']);
    const [drf, fifo] = [of('drf'), of('fifo')];
    const mean = drf.reduce((sum, value, i) => sum + fifo[i] - value, 0) / 3;
    expect(differences[0].difference).toBeCloseTo(mean, 9);
  });

  it('says that nothing was random, and finds an allocator equal to itself', async () => {
    const trace = temporaryFile(demandExample);
    const demand = ['--offers', 'demand', '--agent-order', 'first-fit', '--instant'];
    const args = [
      'compare',
      trace,
      '--agents',
      '2*cpus:4;mem:4096',
      ...demand,
      '--allocators',
      'drf,drf?',
      '--seeds',
      '2',
      ...here,
    ];
    const { status, out } = await sim(args);
    expect(status).toBe(0);
    expect(out).toMatch(/^wait mean +4 s +4 s +0 s +\[0 s, 0 s\] +same$/m);
    expect(out).toMatch(/^note +nothing random was in these runs/m);
    expect(out).not.toMatch(/better|worse/);
  });

  it('draws a workload for each replication from a generator, the same for all allocators', async () => {
    const args = [
      '--generate',
      'ebay-ci',
      '--scale',
      '0.01',
      '--days',
      '0.2',
      '--allocators',
      'drf,fifo',
      '--seeds',
      '2',
      ...here,
    ];
    const { runs, workload } = await comparisonOf(...args);
    expect(workload).toEqual({ name: 'ebay-ci', sha256: null, isDrawn: true });
    const started = runs.map(({ metrics }: never) => metrics['tasks.finished']);
    expect(started[0]).not.toBe(started[2]);
  });

  it('leaves its tables in a folder', async () => {
    const trace = temporaryFile(manyTasks(100));
    const folder = join(dirname(trace), 'cmp');
    await sim([
      'compare',
      trace,
      ...agents,
      '--allocators',
      'drf,fifo',
      '--seeds',
      '2',
      ...here,
      '--out',
      folder,
    ]);
    expect(readdirSync(folder).sort()).toEqual([
      'comparison.csv',
      'comparison.json',
      'manifest.json',
      'report.html',
      'runs.csv',
    ]);
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(page).toContain('<h2>fifo against drf</h2>');
    expect(page).toMatch(/<dt>repeat<\/dt><dd><code>sim compare .*--seeds 2/);
    const drawn = Buffer.from(/csv;charset=utf-8;base64,([^"]*)"/.exec(page)![1], 'base64').toString();
    expect(drawn).toMatch(/^metric,difference_percent,low_95_percent,high_95_percent\n/);
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
    const [header, ...rows] = readFileSync(join(folder, 'runs.csv'), 'utf8').trim().split('\n');
    expect(header).toMatch(/^allocator,replication,seed,end,decision_hash,wait\.mean,/);
    expect(rows.map((row) => row.split(',', 3).join())).toEqual([
      'drf,1,1/1',
      'fifo,1,1/1',
      'drf,2,1/2',
      'fifo,2,1/2',
    ]);
    expect(readFileSync(join(folder, 'comparison.csv'), 'utf8')).toMatch(/^fifo,drf,wait\.mean,s,lower,2,/m);
  });

  it('compares what is through on Ctrl-C, and says that it is partial', async () => {
    const trace = temporaryFile(manyTasks(20_000));
    const args = ['compare', trace, ...agents, '--allocators', 'drf,fifo', '--seeds', '3', ...here];
    const { status, out, err } = await sim(args, { interrupt: true });
    expect(status).toBe(130);
    expect(err).toMatch(/^sim: interrupted;/);
    expect(out).toMatch(/^PARTIAL +interrupted: 0 of 3 replications are through$/m);
    expect(out).not.toMatch(/better|worse/);
  });

  it.each([
    [['x.csv'], /needs two allocators or more: --allocators drf,fifo/],
    [['x.csv', '--allocators', 'drf'], /needs two allocators or more/],
    [['x.csv', '--allocators', 'drf,fifo,drf'], /names drf twice/],
    [['--allocators', 'drf,fifo'], /needs a trace, or a generator: --trace/],
    [
      ['x.csv', '--allocators', 'drf,fifo', '--generate', 'ebay-ci'],
      /from --trace or from --generate; give one/,
    ],
    [
      ['--allocators', 'drf,fifo', '--generate', 'ebay-cj'],
      /no generator "ebay-cj"\. Did you mean ebay-ci\?/,
    ],
    [['x.csv', '--allocators', 'drf,fifo', '--days', '3'], /--days is for --generate/],
    [['x.csv', '--allocators', 'drf,fifo', '--seeds', '0'], /--seeds is "0"; it is a whole number from 1/],
    [['nosuch.csv', '--allocators', 'drf,fifo'], /nosuch\.csv/],
  ])('says what is wrong with %j', async (args, message) => {
    const { status, out, err } = await sim(['compare', ...args]);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(message);
  });

  it('names an allocator that is not there before it runs any', async () => {
    const trace = temporaryFile(demandExample);
    const { status, err } = await sim(['compare', trace, '--allocators', 'drf,fifoo']);
    expect({ status, err: err.split('?')[0] }).toEqual({
      status: 2,
      err: 'sim: no allocator "fifoo". Did you mean fifo',
    });
  });
});

describe('the program', () => {
  let program: string;
  beforeAll(() => {
    program = buildSim();
  });

  it('comes to the same whatever the number of workers', async () => {
    const trace = temporaryFile(manyTasks(500));
    const run = async (workers: string): Promise<string> => {
      const args = [
        'compare',
        trace,
        ...agents,
        '--allocators',
        'drf,fifo',
        '--seeds',
        '3',
        '--json',
        '--workers',
        workers,
      ];
      return (await promisify(execFile)(process.execPath, [program, ...args])).stdout;
    };
    const [one, three] = await Promise.all([run('1'), run('3')]);
    expect(JSON.parse(one).runs).toHaveLength(6);
    expect(three).toBe(one);
  });

  it('tells what went wrong in a worker as if it had happened here', async () => {
    const trace = temporaryFile('submit_s,duration_s,cpus,mem\n0,1,1,1\n');
    const policy = join(dirname(trace), 'bad.mjs');
    writeFileSync(policy, `export default { not: 'a policy' };`);
    const args = ['compare', trace, '--allocators', `drf,${policy}`, '--workers', '2'];
    const failed = await promisify(execFile)(process.execPath, [program, ...args]).catch(
      (error: unknown) => error as never,
    );
    expect(failed).toMatchObject({ code: 2, stdout: '' });
    expect((failed as { stderr: string }).stderr).toMatch(/^sim: .*bad\.mjs exports/);
  });

  it.each([
    ['a file', (trace: string) => ['--trace', trace, ...agents]],
    [
      'a generator',
      () => ['--generate', 'ebay-ci', '--scale', '0.01', '--set', 'agents=3', '--scale-load', '2'],
    ],
  ])('prints a command that repeats the fault of an own policy, with %s', async (_, workload) => {
    const trace = temporaryFile(manyTasks(300));
    const cwd = dirname(trace);
    const policy = `export default { name: 'bad', [Symbol.for('agora-sim/policy')]: true,
      rank: ({ now }) => { if (now > 2) throw new Error('boom'); return 0; } };`;
    writeFileSync(join(cwd, 'bad.mjs'), policy);
    const args = ['compare', ...workload(trace), '--allocators', 'drf,./bad.mjs', '--seeds', '2'];
    const failed = await run(cwd, [program, ...args]);
    expect(failed).toMatchObject({ status: 1, out: '' });
    const [, fault, repeat] = /^sim: (the allocator .*)\n +Repeat: (.*--trace .*)\n$/s.exec(failed.err) ?? [];
    expect(fault, failed.err).toContain('boom');
    const script = `sim() { '${process.execPath}' '${program}' "$@"; }\n${repeat}`;
    const repeated = await run(cwd, ['-c', script], '/bin/sh');
    expect(repeated.status).toBe(1);
    expect(repeated.err).toContain(fault);
  });
});

async function run(cwd: string, args: readonly string[], file = process.execPath): Promise<Outcome> {
  return await new Promise((resolve) => {
    const child = execFile(file, args, { cwd }, (_, out, err) =>
      resolve({ status: child.exitCode ?? -1, out, err }),
    );
  });
}
