import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import type { VerifyReport } from '../../src/verify/run-verify.js';
import { buildSim } from '../cli/build.js';
import { sizeOf } from './case-size.js';

let program: string;

beforeAll(() => {
  program = buildSim();
});

// The planted bugs of planted.test.ts are each put to their own property; these two to the whole default command.
it.each([
  ['over-offers', 'capacity', 'E3'],
  ['leaks-filters', 'nothing-withheld', 'E3'],
])(
  'finds the bug of a module that %s by the default command, in a whole table',
  { timeout: 900_000 },
  async (name, property, economy) => {
    const out = mkdtempSync(join(tmpdir(), 'agora-default-'));
    onTestFinished(() => rmSync(out, { recursive: true }));
    const path = join(import.meta.dirname, 'modules', `${name}.ts`);
    const args = [program, 'verify', '--allocator', path, '--json', '--out', out];
    const { code, stdout } = await run(args);
    expect(code).toBe(1);
    const { rows, partial } = JSON.parse(stdout) as VerifyReport;
    expect(partial).toBe(false);
    expect(rows.filter(({ verdict }) => verdict === 'not run')).toEqual([]);
    const row = rows.find((each) => each.property === property && each.economy === economy);
    expect(row).toMatchObject({ verdict: 'refuted', promised: true });
    const { agents, roles, steps } = sizeOf(row?.testCase);
    expect([agents <= 3, roles <= 3, steps <= 8], JSON.stringify(row?.testCase)).toEqual([true, true, true]);
  },
);

function run(args: string[]): Promise<{ code: number | string | null | undefined; stdout: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 1e8 }, (error, stdout) =>
      resolve({ code: error === null ? 0 : error.code, stdout }),
    );
  });
}
