/** The examples of the help, in a folder where the package is not. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orBundled } from '../../src/workloads/bundled-file.js';
import { buildSim } from './build.js';
import { demandExample, type Outcome } from './fake-terminal.js';

const folder = mkdtempSync(join(tmpdir(), 'agora-elsewhere-'));
let program: string;
beforeAll(() => {
  program = buildSim();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function sim(...args: string[]): Promise<Outcome> {
  return await new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...args], { cwd: folder }, (_, out, err) =>
      resolve({ status: child.exitCode ?? -1, out, err }),
    );
  });
}

describe('a file that came with the package', () => {
  it.each([
    ['trace head traces/ebay-ci.csv -n 2', /^submit_s/],
    ['run --trace traces/paypal-ci.csv --dry-run', /^trace +traces\/paypal-ci\.csv /],
    ['scenario examples/scenarios', /^\d+ passed, 0 failed$/m],
    ['scenario examples/scenarios/*.json --seeds 2', /^1 passed, 0 failed$/m],
    ['verify --allocator drf --case examples/scenarios/ci-yields-to-prod.json', /^holds /],
    [
      'run --trace traces/ebay-ci.csv --cluster examples/clusters/two-racks.json --dry-run',
      /examples\/clusters/,
    ],
  ])('is found from anywhere: sim %s', async (line, shown) => {
    const { status, out, err } = await sim(...line.split(' '));
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toMatch(shown);
  });

  it('gives way to a file of the same name', async () => {
    mkdirSync(join(folder, 'traces'));
    writeFileSync(join(folder, 'traces/paypal-ci.csv'), demandExample);
    const { out } = await sim('trace', 'info', 'traces/paypal-ci.csv', '--json');
    rmSync(join(folder, 'traces'), { recursive: true });
    expect(JSON.parse(out)).toMatchObject({ tasks: 5 });
  });

  it('is none of the names that only look like one', async () => {
    for (const path of [
      'traces/../package.json',
      'traces/no-such.csv',
      'src/index.ts',
      '/traces/paypal-ci.csv',
    ])
      expect(orBundled(path)).toBe(path);
    const { status, err } = await sim('trace', 'info', 'traces/no-such.csv');
    expect({ status, err }).toEqual({
      status: 2,
      err: 'sim: traces/no-such.csv: there is no such file.\n',
    });
  });
});
