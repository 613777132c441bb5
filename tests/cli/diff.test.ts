import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manyTasks, sim, temporaryFile } from './fake-terminal.js';

const agents = ['--agents', '3*cpus:4;mem:4096'];

/** Two results beside a trace: of the arguments, and of the arguments with others behind them. */
async function twoRuns(...more: string[]): Promise<[string, string]> {
  const trace = temporaryFile(manyTasks(200));
  const [one, two] = ['one', 'two'].map((name) => join(dirname(trace), name));
  await sim(['run', trace, ...agents, '--out', one]);
  await sim(['run', trace, ...agents, ...more, '--out', two]);
  return [one, two];
}

describe('sim diff', () => {
  it('finds nothing between two equal runs', async () => {
    const [one, two] = await twoRuns();
    const { status, out, err } = await sim(['diff', one, two]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toBe(
      [
        `one        ${one}`,
        `two        ${two}`,
        'arguments  the same',
        'decisions  the same, all of them',
        'figures    the same, all of them',
        '',
      ].join('\n'),
    );
  });

  it('names options, the first decision that parts them, and figures with their change', async () => {
    const [one, two] = await twoRuns('--seed', '2', '--until', '20s');
    const { out } = await sim(['diff', one, two]);
    expect(out).toMatch(/^arguments +\+ --seed 2\n +\+ --until 20s$/m);
    expect(out).toMatch(/^seed +1 → 2$/m);
    expect(out).toMatch(/^decisions +part at number \d+:\n +one +task \d+ of f\d \(role \*\) on a\d at /m);
    expect(out).toMatch(/^tasks\.finished +200 +\d+ +-\d+(\.\d+)? %$/m);
    expect(out.split('\n').length).toBeLessThanOrEqual(32);
    const { firstDecision, metrics } = JSON.parse((await sim(['diff', one, two, '--json'])).out);
    const [left, right] = [one, two].map((folder) =>
      readFileSync(join(folder, 'decisions.csv'), 'utf8').split('\n'),
    );
    const at = left.findIndex((line, i) => line !== right[i]);
    expect([firstDecision.decision, firstDecision.rows]).toEqual([at, [left[at], right[at]]]);
    expect(metrics.map(({ key }: { key: string }) => key)).toContain('wait.mean');
  });

  it('sees that one run goes on where the other is over', async () => {
    const [one, two] = await twoRuns();
    appendFileSync(join(two, 'decisions.csv'), '99,7,f1,*,a1,0.1,0.1\n');
    const manifest = JSON.parse(readFileSync(join(two, 'manifest.json'), 'utf8'));
    manifest.rows['decisions.csv']++;
    writeFileSync(join(two, 'manifest.json'), JSON.stringify(manifest));
    const { out } = await sim(['diff', one, two]);
    expect(out).toContain('part at number 201:');
    expect(out).toMatch(/one +none: the run was over\n +two +task 7 of f1/);
  });

  it('tells what it cannot read in a line', async () => {
    const [one, two] = await twoRuns();
    const err = async (...args: string[]): Promise<string> => {
      const { status, out, err: told } = await sim(['diff', ...args]);
      expect({ status, out }).toEqual({ status: 2, out: '' });
      return told;
    };
    expect(await err(one)).toMatch(/takes two folders/);
    expect(await err(one, dirname(one))).toMatch(
      /manifest\.json cannot be read; give folders that sim run --out wrote/,
    );
    cpSync(one, `${one}-damaged`, { recursive: true });
    writeFileSync(join(`${one}-damaged`, 'summary.json'), '{"tasks":');
    expect(await err(one, `${one}-damaged`)).toMatch(/summary\.json is damaged/);
    writeFileSync(join(`${one}-damaged`, 'summary.json'), '[]');
    expect(await err(one, `${one}-damaged`)).toMatch(/summary\.json is damaged/);
    writeFileSync(join(`${one}-damaged`, 'manifest.json'), '{"format":"agora-out","command":"compare"}');
    expect(await err(`${one}-damaged`, one)).toMatch(/is a result of sim compare/);
    rmSync(join(two, 'decisions.csv'));
    expect(await err(one, two)).toMatch(/decisions\.csv cannot be read/);
  });

  it('trusts no folder that is damaged', async () => {
    const [one] = await twoRuns();
    const damaged = `${one}-damaged`;
    const told = async (name: string, change: (text: string) => string): Promise<string> => {
      rmSync(damaged, { recursive: true, force: true });
      cpSync(one, damaged, { recursive: true });
      const path = join(damaged, name);
      writeFileSync(path, change(readFileSync(path, 'utf8')));
      const answers = [await sim(['diff', one, damaged]), await sim(['diff', damaged, one])];
      expect(answers.map(({ status, out }) => ({ status, out }))).toEqual([
        { status: 2, out: '' },
        { status: 2, out: '' },
      ]);
      expect(answers[0]).toEqual(answers[1]);
      expect(answers[0].err.trimEnd().split('\n')).toHaveLength(1);
      return answers[0].err;
    };
    const json = (change: (value: Record<string, unknown>) => void) => (text: string) => {
      const value = JSON.parse(text) as Record<string, unknown>;
      change(value);
      return JSON.stringify(value);
    };
    expect(await told('manifest.json', () => 'null')).toMatch(/manifest\.json is not of a sim command/);
    expect(
      await told(
        'manifest.json',
        json((value) => (value['versions'] = 7)),
      ),
    ).toMatch(/manifest\.json is damaged at versions;/);
    expect(
      await told(
        'manifest.json',
        json((value) => delete value['rows']),
      ),
    ).toMatch(/manifest\.json is damaged at rows;/);
    expect(
      await told(
        'summary.json',
        json((value) => (value['trace'] = 'x.csv')),
      ),
    ).toMatch(/summary\.json is damaged at trace;/);
    expect(
      await told(
        'summary.json',
        json((value) => (value['wait'] = { mean: '4 s' })),
      ),
    ).toMatch(/summary\.json is damaged at wait\.mean;/);
    expect(
      await told(
        'summary.json',
        json((value) => (value['decisionHash'] = '00000000')),
      ),
    ).toMatch(/manifest\.json and summary\.json are of different runs;/);
    expect(await told('decisions.csv', (text) => text.slice(0, -5))).toMatch(
      /decisions\.csv is damaged: its last row is cut short;/,
    );
    expect(await told('decisions.csv', (text) => text.slice(0, text.lastIndexOf('\n', 2000) + 1))).toMatch(
      /decisions\.csv is damaged: it has \d+ decisions, and manifest\.json says 200;/,
    );
    expect(await told('decisions.csv', () => '')).toMatch(/it has 0 decisions, and manifest\.json says 200;/);
  });

  it('counts a decision with a line end in a name once', async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i},"a\nb",1,100,${1 + (i % 3)}`);
    const trace = temporaryFile(`submit_s,framework,cpus,mem,duration_s\n${rows.join('\n')}\n`);
    const [one, two] = ['one', 'two'].map((name) => join(dirname(trace), name));
    await sim(['run', trace, ...agents, '--out', one]);
    await sim(['run', trace, ...agents, '--until', '10s', '--out', two]);
    const { status, out } = await sim(['diff', one, two]);
    expect(status).toBe(0);
    expect(out).toMatch(/part at number 1\d:\n +one +task 1\d of a\\nb \(role \*\)/);
  });
});
