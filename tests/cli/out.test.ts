import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { demandExample, manyTasks, sim, temporaryFile } from './fake-terminal.js';

const agents = ['--agents', '2*cpus:4;mem:4096'];

function jsonOf(folder: string, name: string): ReturnType<typeof JSON.parse> {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}

describe('sim run --out', () => {
  it('leaves the eight files, and says what to open', async () => {
    const trace = temporaryFile(demandExample);
    const folder = join(dirname(trace), 'out');
    const { status, out, err } = await sim(['run', trace, ...agents, '--seed', 'a b', '--out', folder]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toContain(`open ${folder}/report.html`);
    expect(readdirSync(folder).sort()).toEqual(
      [
        ...['manifest.json', 'summary.json', 'tasks.csv', 'decisions.csv', 'roles.csv', 'frameworks.csv'],
        ...['timeseries.csv', 'report.html'],
      ].sort(),
    );
    expect(readdirSync(dirname(trace)).sort()).toEqual(['out', 'x.csv']);
    expect(jsonOf(folder, 'manifest.json')).toMatchObject({
      arguments: ['--agents', '2*cpus:4;mem:4096', '--seed', 'a b', trace],
      repeat: `sim run --agents '2*cpus:4;mem:4096' --seed 'a b' ${trace}`,
      seed: 'a b',
      partial: false,
    });
  });

  it('gives the worked example in its tables', async () => {
    const trace = temporaryFile(demandExample);
    const folder = join(dirname(trace), 'out');
    const demand = ['--offers', 'demand', '--agent-order', 'first-fit', '--instant'];
    await sim(['run', trace, ...agents, ...demand, '--out', folder]);
    expect(readFileSync(join(folder, 'decisions.csv'), 'utf8')).toBe(
      [
        'time_s,task,framework,role,agent,share,framework_share',
        '0,0,b,*,a0,0.375,0.375',
        '0,1,a,*,a1,0.75,0.375',
        '0,2,b,*,a0,0.875,0.5',
        '10,3,a,*,a0,0.375,0.375',
        '10,4,b,*,a1,0.625,0.25',
        '',
      ].join('\n'),
    );
    const [header, first, , , , last] = readFileSync(join(folder, 'tasks.csv'), 'utf8').split('\n');
    expect(header).toBe(
      'task,job,framework,role,kind,cpus,mem,disk,gpus,submit_s,start_s,running_s,end_s,wait_s,agent,outcome',
    );
    expect(first).toBe('0,job-0,b,*,batch,3,2048,0,0,0,0,0,10,0,a0,finished');
    expect(last).toBe('4,job-4,b,*,batch,2,1024,0,0,0,10,10,10,10,a1,finished');
  });

  it('prints nothing but the JSON beside it, the same as in the folder', async () => {
    const trace = temporaryFile(demandExample);
    const folder = join(dirname(trace), 'out');
    const { out } = await sim(['run', trace, '--json', '--out', folder]);
    expect(readFileSync(join(folder, 'summary.json'), 'utf8')).toBe(out);
  });

  it('writes the same bytes twice, but for the timing', async () => {
    const trace = temporaryFile(manyTasks(300));
    const folders = ['one', 'two'].map((name) => join(dirname(trace), name));
    for (const folder of folders) await sim(['run', trace, '--out', folder]);
    for (const name of readdirSync(folders[0])) {
      const [one, two] = folders.map((folder) => readFileSync(join(folder, name), 'utf8'));
      if (name !== 'summary.json') expect(one === two, name).toBe(true);
      else expect({ ...JSON.parse(one), timing: 0 }).toEqual({ ...JSON.parse(two), timing: 0 });
    }
  });

  it('counts every offer: declined for a reason, accepted, or taken back', async () => {
    const trace = temporaryFile(manyTasks(400));
    const folder = join(dirname(trace), 'out');
    await sim(['run', trace, '--agents', '3*cpus:4;mem:4096', '--out', folder]);
    const { offers } = jsonOf(folder, 'summary.json');
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    const [, data] = /download="offers\.csv" href="[^"]*base64,([^"]+)"/.exec(page)!;
    const rows = Buffer.from(data, 'base64').toString('utf8').trim().split('\n').slice(1);
    const counts = new Map(
      rows.map((row) => [row.slice(0, row.lastIndexOf(',')), Number(row.slice(row.lastIndexOf(',') + 1))]),
    );
    const declined = [...counts]
      .filter(([name]) => name.startsWith('declined'))
      .reduce((sum, [, count]) => sum + count, 0);
    expect(counts.get('made')).toBe(offers.made);
    expect(counts.get('accepted')).toBe(offers.accepted);
    expect(declined).toBe(offers.declined);
    expect(counts.get('declined: too small')).toBeGreaterThan(0);
    expect(counts.has('declined: no reason told')).toBe(false);
  });

  it('marks what Ctrl-C left', async () => {
    const trace = temporaryFile(manyTasks(20_000));
    const folder = join(dirname(trace), 'out');
    const { status } = await sim(['run', trace, '--out', folder], { interrupt: true });
    expect(status).toBe(130);
    expect(jsonOf(folder, 'manifest.json').partial).toBe(true);
    expect(jsonOf(folder, 'summary.json').partial).toBe(true);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('Interrupted at');
  });

  it('refuses a folder that is somebody else’s before it runs, and leaves it alone', async () => {
    const trace = temporaryFile(demandExample);
    const folder = dirname(trace);
    const { status, out, err } = await sim(['run', trace, '--out', folder]);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toBe(
      `sim: --out ${folder}: the folder is not empty, and no sim command wrote it.\n` +
        '     Give --out a new folder, an empty one, or one that sim wrote before.\n',
    );
    expect(readdirSync(folder)).toEqual(['x.csv']);
  });

  it('ends with 3 where it cannot write', async () => {
    const trace = temporaryFile(demandExample);
    const { status, out, err } = await sim(['run', trace, '--out', join(trace, 'out')]);
    expect({ status, out }).toEqual({ status: 3, out: '' });
    expect(err).toMatch(/^sim: cannot write .*: a part of the path is no folder\.\n$/);
  });
});
