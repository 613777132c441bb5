import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sim, temporaryFile } from './fake-terminal.js';

const root = new URL('../../', import.meta.url);
const docs = readFileSync(new URL('docs/clusters.md', root), 'utf8');
const state = new URL('../sim/fixtures/mesos-state.json', import.meta.url).pathname;
const trace = 'submit_s,duration_s,cpus,mem,role\n0,10,2,1024,prod\n0,10,2,1024,test\n0,10,99,1,test\n';

describe('docs/clusters.md', () => {
  it('shows the example file as it is', () => {
    const [, shown] = /```json\n(.*?)```/s.exec(docs)!;
    expect(shown).toBe(readFileSync(new URL('examples/clusters/two-racks.json', root), 'utf8'));
  });

  it('has commands that work', async () => {
    const commands = docs
      .split('\n')
      .filter((line) => line.startsWith('sim run') && !line.includes('ours.json'));
    expect(commands.length).toBe(2);
    for (const command of commands) {
      const [, ...args] = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, plain]) => quoted ?? plain,
      );
      const { status, err, out } = await sim(args);
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(out).toContain('nothing was simulated');
    }
  });

  it('quotes the error of a wrong limit', async () => {
    const [, quoted] = /^sim: cluster\.json: (.*)$/m.exec(docs)!;
    const wrong = {
      agents: [{ resources: 'cpus:1' }],
      roles: { builds: { quota: { limits: { cpus: -4 } } } },
    };
    const path = temporaryFile(JSON.stringify(wrong), 'cluster.json');
    const { status, err } = await sim(['run', temporaryFile(trace), '--cluster', path]);
    expect({ status, err }).toEqual({ status: 2, err: `sim: ${path}: ${quoted}\n` });
  });
});

describe('sim run --cluster', () => {
  it('takes weights and quota from the file, and the last word from the command line', async () => {
    const cluster = {
      agents: [{ count: 2, resources: 'cpus:4;mem:4096' }],
      roles: { prod: { weight: 3, quota: { limits: { cpus: 3 } } }, test: { weight: 5 } },
    };
    const args = ['run', temporaryFile(trace), '--cluster', temporaryFile(JSON.stringify(cluster), 'c.json')];
    const { out } = await sim([...args, '--weights', 'test=7', '--dry-run', '--json']);
    const told = JSON.parse(out);
    expect(told.roles).toEqual([
      { role: 'prod', weight: 3, guarantees: '', limits: 'cpus:3' },
      { role: 'test', weight: 7, guarantees: '', limits: '' },
    ]);
    expect(told.agents).toEqual([{ count: 2, resources: 'cpus:4;mem:4096', attributes: '' }]);
    expect(told.unschedulable).toMatchObject([{ tasks: 1, role: 'test' }]);
    expect(told.load.cpus).toBeCloseTo(0.5);
    const { out: summary } = await sim([...args, '--json', '--quiet']);
    expect(JSON.parse(summary).tasks).toMatchObject({ finished: 2, unschedulable: 1 });
  });

  it('takes what a Mesos master says at /state', async () => {
    const { status, out } = await sim(['run', temporaryFile(trace), '--cluster', state, '--dry-run']);
    expect(status).toBe(0);
    expect(out).toMatch(/3 agents · 40 cpus/);
    expect(out).toContain('2 of 5 agents left out: inactive, deactivated or draining');
    expect(out).toContain('1 × cpus:6;mem:29696;gpus:2;cpus(prod):2;mem(prod):1024 · eu/b');
    expect(out).toContain('1 task of default in test can never run:');
  });

  it('refuses --agents beside it, and files that are none', async () => {
    const both = await sim(['run', temporaryFile(trace), '--cluster', state, '--agents', 'cpus:1']);
    expect([both.status, both.err]).toEqual([
      2,
      'sim: --cluster and --agents both say which agents there are: leave one of them out.\n',
    ]);
    const { status, err } = await sim(['run', temporaryFile(trace), '--cluster', 'no/such.json']);
    expect([status, err]).toEqual([2, 'sim: no/such.json: there is no such file.\n']);
  });
});
