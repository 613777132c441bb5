import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { judgeCase, readCase, writeRefutation } from '../../src/verify/case-files.js';
import { runVerify } from '../../src/verify/run-verify.js';
import { loadSubject } from '../../src/verify/subject.js';
import { sim } from '../cli/fake-terminal.js';

const small = { runs: 60, seed: '7', workers: 0 };

describe('the table', () => {
  it('holds what drf promises, and shows what it does not', async () => {
    const report = await runVerify(await loadSubject('drf'), { ...small, runs: 40 });
    const broken = report.rows.filter(({ verdict, promised }) => promised && verdict === 'refuted');
    expect(broken).toEqual([]);
    const monotone = report.rows.find(
      ({ property, economy }) => property === 'resource-monotonicity' && economy === 'E0',
    );
    expect(monotone).toMatchObject({ verdict: 'refuted', promised: false });
  });

  it('is the same for the same seed', async () => {
    const fifo = await loadSubject('fifo');
    const options = { ...small, economies: ['E1'] as const };
    expect(await runVerify(fifo, options)).toEqual(await runVerify(fifo, options));
  });

  it('says why a property is not applicable', async () => {
    const report = await runVerify(await loadSubject('fifo'), { ...small, economies: ['E0', 'E3'] });
    for (const row of report.rows) expect(row.verdict, row.property).toBe('not applicable');
    expect(report.rows[0].sentence).toBe('states no rule for the divisible economy');
  });

  it('is partial when it is interrupted', async () => {
    const controller = new AbortController();
    const report = await runVerify(await loadSubject('drf'), {
      ...small,
      signal: controller.signal,
      onProgress: (done) => {
        if (done === 3) controller.abort();
      },
    });
    expect(report.partial).toBe(true);
    expect(report.rows.filter(({ verdict }) => verdict !== 'not run')).toHaveLength(3);
  });
});

describe('a refutation', () => {
  it('is a folder whose case refutes again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agora-verify-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const fifo = await loadSubject('fifo');
    const report = await runVerify(fifo, { ...small, properties: ['ef1'] });
    const row = report.rows.find(({ verdict }) => verdict === 'refuted')!;
    const path = await writeRefutation(folder, row, fifo);
    const sentence = readFileSync(join(path, 'sentence.txt'), 'utf8');
    expect(sentence).toBe(`ef1 (${row.economy}): ${row.sentence}\n`);
    expect(readFileSync(join(path, 'picture.svg'), 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/);
    const file = join(path, 'economy.json');
    const read = readCase(readFileSync(file, 'utf8'), file);
    expect((await judgeCase(read, fifo, file))?.sentence).toBe(row.sentence);
    expect(await judgeCase(read, await loadSubject('drf'), file)).toBeUndefined();
  });
});

describe('sim verify', () => {
  it('ends with 1 when a promise is broken, and not for what is not promised', async () => {
    const out = mkdtempSync(join(tmpdir(), 'agora-verify-'));
    onTestFinished(() => rmSync(out, { recursive: true }));
    const args = ['verify', '--runs', '30', '--out', out];
    const fifo = await sim([...args, '--allocator', 'fifo', '--properties', 'ef1']);
    expect(fifo).toMatchObject({ status: 0, err: '' });
    expect(fifo.out).toMatch(/ef1 +refuted by run \d+ \(not promised\)/);
    expect(existsSync(join(out, 'ef1-E1', 'economy.json'))).toBe(true);
    const again = ['verify', '--case', join(out, 'ef1-E1', 'economy.json')];
    expect((await sim(again)).status).toBe(1);
    expect((await sim([...again, '--allocator', 'drf'])).status).toBe(0);
  });

  it('tells the gain that a case of what is only measured shows, which refutes nothing', async () => {
    const out = mkdtempSync(join(tmpdir(), 'agora-verify-'));
    onTestFinished(() => rmSync(out, { recursive: true }));
    const [property, file] = ['sharing-incentive', join(out, 'sharing-incentive-E1', 'economy.json')];
    await sim(['verify', '--runs', '50', '--economy', 'E1', '--properties', property, '--out', out]);
    const text = await sim(['verify', '--case', file]);
    expect(text).toMatchObject({ status: 0, err: '' });
    expect(text.out).toMatch(/^gain \d+ found {2}sharing-incentive \(E1\) of drf: \w would run \d+ tasks/);
    const json = await sim(['verify', '--case', file, '--json']);
    expect(JSON.parse(json.out)).toMatchObject({ verdict: 'gain', gain: expect.any(Number) });
  });

  it('judges any scenario by the rules of safety', async () => {
    const file = 'examples/scenarios/ci-yields-to-prod.json';
    expect(await sim(['verify', '--case', file])).toEqual({
      status: 0,
      out: 'holds     safety of drf in this case\n',
      err: '',
    });
  });

  it.each([
    [['--properties', 'envy'], '--properties: there is no "envy".'],
    [['--economy', 'E9'], '--economy: there is no "E9". Did you mean E0?'],
    [['--runs', 'many'], '--runs is "many"; it is a whole number from 1 to 10,000,000.'],
    [['--allocator', 'drff'], 'no allocator "drff".'],
    [['--case', 'nowhere.json'], 'cannot read nowhere.json: there is no such file.'],
    [['--case', 'package.json'], 'package.json: format is undefined; it is agora-economy/1'],
  ])('tells what is wrong with %j', async (args, message) => {
    const { status, out, err } = await sim(['verify', ...args]);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain(message);
  });

  it('prints one JSON document', async () => {
    const out = mkdtempSync(join(tmpdir(), 'agora-verify-'));
    onTestFinished(() => rmSync(out, { recursive: true }));
    const { out: text } = await sim(['verify', '--json', '--economy', 'E0', '--runs', '10', '--out', out]);
    expect(JSON.parse(text)).toMatchObject({ allocator: 'drf', runs: 10, partial: false });
  });
});
