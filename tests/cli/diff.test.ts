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
});
