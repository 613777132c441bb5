/** Paths, folders, patterns and standard input; the lines and the object of a report. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { reportText, runScenarioFiles, type ScenarioFilesOptions } from '../../src/scenario/files.js';
import { agent, framework, noOffers, offers, scenarioText } from './run.js';

let folder: string;
const at = (name: string): string => join(folder, name);
const good = (name: string): string => scenarioText([], { name });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'scenarios-'));
  mkdirSync(at('deep/er'), { recursive: true });
  mkdirSync(at('empty'));
  writeFileSync(at('b.json'), good('second'));
  writeFileSync(at('a.json'), good('first'));
  writeFileSync(at('notes.txt'), 'no scenario');
  writeFileSync(at('deep/er/c.json'), good('third'));
  writeFileSync(at('broken.json5'), '{');
  writeFileSync(
    at('fails.json5'),
    scenarioText([framework('f', 'x'), agent('a', 'cpus:1'), noOffers], { name: 'sad' }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const create: ScenarioFilesOptions['create'] = createAllocator;

async function lines(
  paths: readonly string[],
  options: Partial<ScenarioFilesOptions> = {},
): Promise<string[]> {
  const report = await runScenarioFiles(paths, { create, ...options });
  return reportText(report).replaceAll(folder, 'DIR').split('\n').slice(0, -1);
}

describe('paths', () => {
  it('are files, in the order given, each once', async () => {
    const paths = [at('b.json'), at('a.json'), join(folder, 'deep', '..', 'b.json')];
    expect(await lines(paths)).toEqual(['ok second', 'ok first', '2 passed, 0 failed']);
  });

  it('are folders with all their .json files', async () => {
    expect(await lines([folder, at('a.json')])).toEqual([
      'ok first',
      'ok second',
      'ok third',
      '3 passed, 0 failed',
    ]);
  });

  it.each([
    ['*.json', ['ok first', 'ok second']],
    ['?.json', ['ok first', 'ok second']],
    ['**/*.json', ['ok first', 'ok second', 'ok third']],
    ['deep/**', ['ok third']],
    ['d*p/*/c.json', ['ok third']],
    ['*/c.json', ['FAIL c.json: DIR/*/c.json: no file fits this pattern']],
    ['nowhere/*.json', ['FAIL *.json: DIR/nowhere/*.json: no file fits this pattern']],
  ])('are patterns: %s', async (pattern, expected) => {
    expect((await lines([at(pattern)])).slice(0, -1)).toEqual(expected);
  });

  it('may be standard input', async () => {
    const stdin = () => Promise.resolve(good('piped'));
    expect(await lines(['-'], { stdin })).toEqual(['ok piped', '1 passed, 0 failed']);
    expect((await lines(['-'], { stdin: () => Promise.resolve('[') }))[0]).toMatch(/^FAIL stdin: not JSON: /);
  });

  it('that lead to nothing or to no scenario are failures and stop nothing', async () => {
    const paths = [at('gone.json'), at('empty'), at('broken.json5'), at('fails.json5'), at('a.json')];
    const found = await lines(paths);
    expect(found[0]).toBe('FAIL gone.json: cannot read DIR/gone.json: there is no such file');
    expect(found[1]).toBe('FAIL empty: DIR/empty: no .json file in this folder');
    expect(found[2]).toMatch(/^FAIL broken.json5: not JSON: /);
    expect(found.slice(3)).toEqual([
      'FAIL sad: step 3: no offers expected, got 1 offer: f in x on a: cpus:1',
      'ok first',
      '1 passed, 4 failed',
    ]);
  });
});

describe('seeds', () => {
  // Which of two agents comes first is drawn; only one order is right.
  const drawn = scenarioText(
    [
      { do: 'setQuota', role: 'x', limits: 'cpus:1' },
      agent('a', 'cpus:1'),
      agent('b', 'cpus:1'),
      framework('f', 'x'),
      offers('f x a cpus:1'),
    ],
    { name: 'lucky' },
  );
  const stdin = () => Promise.resolve(drawn);

  it('are tried one after another, and the one that fails is named', async () => {
    const found = await lines(['-'], { stdin, seeds: 20 });
    const match = /^FAIL lucky: step 5: .* \(seed (\d+)\)$/.exec(found[0]);
    const seed = Number(match?.[1]);
    expect(seed).toBeGreaterThanOrEqual(1);
    expect(seed).toBeLessThan(21);
    expect((await lines(['-'], { stdin, seed }))[0]).toMatch(/^FAIL lucky: step 5: [^()]*$/);
    if (seed > 1) expect((await lines(['-'], { stdin, seeds: seed - 1 }))[0]).toBe('ok lucky');
  });
});

describe('the report', () => {
  it('is an object for programs', async () => {
    const report = await runScenarioFiles([at('a.json'), at('fails.json5')], {
      create,
      seed: 'any',
      seeds: 2,
    });
    expect(report).toEqual({
      passed: 1,
      failed: 1,
      scenarios: [
        { file: at('a.json'), name: 'first', ok: true },
        {
          file: at('fails.json5'),
          name: 'sad',
          ok: false,
          step: '3',
          message: 'no offers expected, got 1 offer: f in x on a: cpus:1',
          seed: 'any',
        },
      ],
    });
  });

  it('shows each step when verbose', async () => {
    expect(await lines([at('a.json'), at('fails.json5')], { verbose: true })).toEqual([
      'DIR/a.json',
      'ok first',
      'DIR/fails.json5',
      '  1  addFramework framework=f roles=["x"]',
      '  2  addAgent agent=a resources=cpus:1',
      '       at 0 s: 1 offer',
      '         f in x on a: cpus:1',
      '  3  expect noOffers',
      'FAIL sad: step 3: no offers expected, got 1 offer: f in x on a: cpus:1',
      '1 passed, 1 failed',
    ]);
  });
});
