import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { resourcesToJson } from '../../src/cluster/resources/json.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { agora } from '../../src/cli/agora-main.js';
import type { RunSummary } from '../../src/metrics/summary.js';
import { runWith, sim, temporaryFile } from '../cli/fake-terminal.js';
import { localCluster, temporaryFolder } from './cluster.js';
import { get } from './operator-client.js';

/** Two frameworks in two roles; a failure, a gang and a row with a command of its own. */
function trace(mark = 'true'): string {
  return temporaryFile(
    [
      'submit_s,duration_s,cpus,mem,framework,role,exit,tasks,gang,command',
      '0,2,1,64,one,eng,0,1,0,',
      '0,2,1,64,two,ops,3,1,0,',
      '1,3,1,64,one,eng,0,3,1,',
      `2,1,1,64,two,ops,0,1,0,${mark}`,
      '3,1,64,64,two,ops,0,1,0,',
      '4,1,1,64,one,ops,0,2,0,',
      '',
    ].join('\n'),
  );
}

const AGENTS = '1*cpus:4;mem:4096;ports:[31000-32000]';

async function replay(port: number, path: string, ...more: string[]) {
  return await runWith(agora, ['replay', '--trace', path, '--master', `127.0.0.1:${port}`, ...more]);
}

describe('agora replay', () => {
  it('runs the framework models of the simulator as real frameworks, and sums up as sim run does', async () => {
    const { port } = (await localCluster()).master;
    const mark = join(temporaryFolder(), 'ran');
    const path = trace(`touch ${mark}`);
    const folder = join(temporaryFolder(), 'out');
    const { status, out, err } = await replay(
      port,
      path,
      '--speedup',
      '10',
      '--json',
      '--quiet',
      '--out',
      folder,
    );
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(existsSync(mark)).toBe(true);
    const real = JSON.parse(out) as RunSummary;
    const simulated = JSON.parse((await sim(['run', '--trace', path, '--agents', AGENTS, '--json'])).out);
    expect(Object.keys(real)).toEqual(Object.keys(simulated));
    expect(real.tasks).toEqual(simulated.tasks);
    expect(real.tasks).toMatchObject({ submitted: 9, finished: 7, failed: 1, unschedulable: 1 });
    expect(real.jobs).toMatchObject({ finished: simulated.jobs.finished, failed: simulated.jobs.failed });
    expect(real.load).toEqual(simulated.load);
    expect(real.unschedulable).toEqual(simulated.unschedulable);
    expect(real.roles.map(({ name }) => name)).toEqual(['eng', 'ops']);
    expect(real.offers.accepted).toBeGreaterThan(0);
    expect(real.allocationCycles.count).toBeGreaterThan(0);
    // The trace lasts five seconds of its own.
    expect(real.makespan).toBeGreaterThanOrEqual(5);
    const plain = join(temporaryFolder(), 'sim');
    await sim(['run', '--trace', path, '--agents', AGENTS, '--out', plain]);
    expect(readdirSync(folder)).toEqual(readdirSync(plain));
    expect(readFileSync(join(folder, 'manifest.json'), 'utf8')).toContain('agora replay --trace');
    // Nothing is left of it.
    expect((await get(port, '/frameworks')).frameworks).toEqual([]);
    const { completed_frameworks: completed } = await get(port, '/frameworks');
    expect(completed.map(({ name }: { name: string }) => name).sort()).toEqual(['one', 'two']);
  });

  it('asks an allocator that has to be asked, as the flags of its master say', async () => {
    const { port } = (
      await localCluster({
        allocator: (options) => createAllocator('fifo', { ...options, offers: 'demand' }),
        flags: { allocator: 'fifo', offers: 'demand' },
      })
    ).master;
    const { status, out } = await replay(port, trace(), '--speedup', '20', '--json');
    expect(status).toBe(0);
    const summary = JSON.parse(out) as RunSummary;
    expect(summary.allocator).toBe('fifo');
    expect(summary.tasks).toMatchObject({ finished: 7, failed: 1, unschedulable: 1 });
    // One offer a task.
    expect(summary.offers.accepted).toBe(8);
  });

  it('runs executors of the model ci: builds in executors that are kept, and killed at last', async () => {
    const { port } = (await localCluster()).master;
    const path = temporaryFile('submit_s,duration_s,cpus,mem,framework\n0,20,1,64,f\n60,20,1,64,f\n');
    const model = ['--framework-model', 'ci?cold_start_s=10&keep_s=100'];
    const { status, out } = await replay(port, path, '--speedup', '100', '--json', ...model);
    expect(status).toBe(0);
    const { tasks } = JSON.parse(out) as RunSummary;
    expect(tasks).toMatchObject({ submitted: 2, finished: 2 });
    // The second build found the executor of the first: one Mesos task.
    const { completed_frameworks: completed } = await get(port, '/frameworks');
    expect(completed[0].completed_tasks).toHaveLength(1);
  });

  it('runs a generated trace of continuous integration: builds end while the masters are up', async () => {
    const resources = resourcesToJson(parseResources('cpus:24;mem:73728;disk:184320'), { legacy: false });
    const { port } = (await localCluster({ resources, agents: 2 })).master;
    const path = join(temporaryFolder(), 'ci.csv');
    const made = await sim([
      'trace',
      'generate',
      'paypal-ci',
      '--scale',
      '0.004',
      '--days',
      '0.05',
      '-o',
      path,
    ]);
    expect(made.status).toBe(0);
    const { status, out, err } = await replay(port, path, '--speedup', '400', '--json');
    expect({ status, err: err.includes('services want') }).toEqual({ status: 0, err: false });
    const { tasks } = JSON.parse(out) as RunSummary;
    // The masters are services: they run until the replay ends.
    expect(tasks).toMatchObject({ submitted: 13, unfinished: 10 });
    expect(tasks.finished + tasks.failed).toBe(3);
  });

  it('says so when the services of a trace want more than there is', async () => {
    const { port } = (await localCluster()).master;
    const path = temporaryFile('submit_s,duration_s,cpus,mem,kind\n0,9,3,64,service\n0,9,3,64,service\n');
    const { err } = await replay(port, path, '--speedup', '10', '--until', '2s');
    expect(err).toContain(
      'agora: note: 2 services want 6 cpus and 0 GB for good, all agents have 4 cpus and 4 GB',
    );
  });

  it('ends at --until, kills what runs, and at Ctrl-C with a partial summary and 130', async () => {
    const { port } = (await localCluster()).master;
    const path = temporaryFile('submit_s,duration_s,cpus,mem\n0,86400,1,64\n');
    const ended = await replay(port, path, '--speedup', '10', '--until', '5s', '--json');
    expect(ended.status).toBe(0);
    const summary = JSON.parse(ended.out) as RunSummary;
    expect(summary.unfinished).toMatchObject([{ running: true, tasks: 1 }]);
    const { tasks } = await get(port, '/tasks');
    expect(tasks).toMatchObject([{ state: 'TASK_KILLED' }]);
    const args = ['replay', '--trace', path, '--master', `127.0.0.1:${port}`, '--json'];
    const cut = await runWith(agora, args, { interrupt: true });
    expect(cut.status).toBe(130);
    expect(JSON.parse(cut.out)).toMatchObject({ partial: true });
  });

  it.each([
    [[], 2, /^agora: agora replay takes one trace, and none is given/],
    [['--trace', 'nosuch.csv'], 2, /nosuch\.csv/],
    [['--trace', 'traces/ebay-ci.csv', '--speedup', '0'], 2, /--speedup/],
    [['--trace', 'traces/ebay-ci.csv', '--master', '127.0.0.1:1'], 1, /nobody listens there/],
  ])('%j is refused in one line', async (args, status, message) => {
    const { port } = (await localCluster()).master;
    const target = args.includes('--master') ? [] : ['--master', `127.0.0.1:${port}`];
    const outcome = await runWith(agora, ['replay', ...target, ...args]);
    expect(outcome).toMatchObject({ status, out: '' });
    expect(outcome.err).toMatch(message);
  });
});
