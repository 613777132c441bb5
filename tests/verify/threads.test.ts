import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { buildSim } from '../cli/build.js';

let program: string;

beforeAll(() => {
  program = buildSim();
});

it('gives the same table on any number of threads', async () => {
  const out = mkdtempSync(join(tmpdir(), 'agora-threads-'));
  onTestFinished(() => rmSync(out, { recursive: true }));
  const table = async (workers: number): Promise<string> => {
    const chosen = ['--properties', 'ef1,si1,capacity,filters,envy-freeness', '--runs', '250'];
    const args = ['verify', '--allocator', 'drf', ...chosen, '--workers', String(workers), '--out', out];
    return (await promisify(execFile)(process.execPath, [program, ...args])).stdout;
  };
  const one = await table(1);
  expect(one).toContain('holds');
  expect(await table(3)).toBe(one);
});
