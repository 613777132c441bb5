/** A user's own project, with the package linked into it: what the docs and new-allocator promise. */
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSim } from '../cli/build.js';
import type { Outcome } from '../cli/fake-terminal.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'agora-project-'));
const docs = readFileSync(join(root, 'docs/writing-an-allocator.md'), 'utf8');
const tool = (path: string): string => join(root, 'node_modules', path);
let program: string;

beforeAll(() => {
  program = buildSim();
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  symlinkSync(root, join(modules, 'agora-sim'));
  for (const name of ['vitest', 'vite']) symlinkSync(tool(name), join(modules, name));
  symlinkSync(join(root, 'traces'), join(folder, 'traces'));
  const compilerOptions = {
    module: 'NodeNext',
    target: 'ES2022',
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  };
  const settings = { compilerOptions: { ...compilerOptions, types: [] }, include: ['*.ts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', type: 'module' }));
});

afterAll(() => rmSync(folder, { recursive: true }));

async function node(...args: string[]): Promise<Outcome> {
  return await new Promise((resolve) => {
    const env = { ...process.env, VITEST: undefined, VITEST_POOL_ID: undefined, VITEST_WORKER_ID: undefined };
    const child = execFile(process.execPath, args, { cwd: folder, env }, (_, out, err) =>
      resolve({ status: child.exitCode ?? -1, out, err }),
    );
  });
}

/** Fenced blocks of the page that begin with a comment naming their file. */
function snippets(): { name: string; text: string }[] {
  const found = [...docs.matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs)].map(([, name, text]) => ({ name, text }));
  expect(found.length).toBe([...docs.matchAll(/```ts/g)].length);
  return found;
}

describe('new-allocator', () => {
  it('writes a module and its test, once', async () => {
    const first = await node(program, 'new-allocator', 'my-policy');
    expect(first).toEqual({ status: 0, err: '', out: expect.stringContaining('--allocator ./my-policy.ts') });
    writeFileSync(join(folder, 'other.test.ts'), 'mine');
    for (const name of ['my-policy', 'other']) {
      const { status, err } = await node(program, 'new-allocator', name);
      expect(status).toBe(2);
      expect(err).toMatch(/^sim: \S+ is there already, and nothing was written\./);
    }
    expect(existsSync(join(folder, 'other.ts'))).toBe(false);
    rmSync(join(folder, 'other.test.ts'));
    const { status, err } = await node(program, 'new-allocator', '../up');
    expect([status, err]).toEqual([
      2,
      'sim: "../up": a name is letters and digits, with single dashes, such as my-policy.\n',
    ]);
  });
});

describe('a project', () => {
  it('compiles strictly against the types of the package: the scaffold and every snippet of the docs', async () => {
    for (const { name, text } of snippets()) writeFileSync(join(folder, name), text);
    const { status, out } = await node(tool('typescript/lib/tsc.js'), '-p', '.');
    expect({ status, out }).toEqual({ status: 0, out: '' });
    // A wrong use is an error of the types.
    const wrong = `import { definePolicy } from 'agora-sim';
export default definePolicy({ name: 'x', options: { a: 1 }, rank: (c, { b }) => c.nothing + b });\n`;
    writeFileSync(join(folder, 'wrong.ts'), wrong);
    const { out: errors } = await node(tool('typescript/lib/tsc.js'), '-p', '.');
    rmSync(join(folder, 'wrong.ts'));
    expect(errors).toMatch(/Property 'b' does not exist[^]*Property 'nothing' does not exist/);
  });

  it('runs the tests of the scaffold and of the docs as they are', async () => {
    const { status, out, err } = await node(tool('vitest/vitest.mjs'), 'run', '--no-color');
    expect(err).toBe('');
    expect(out).toMatch(/Test Files {2}2 passed \(2\)\n\s+Tests {2}\d+ passed \(\d+\)/);
    expect(status).toBe(0);
  });

  it('runs the commands of the docs as they are', async () => {
    const commands = docs.split('\n').filter((line) => line.startsWith('sim run'));
    expect(commands.length).toBe(4);
    for (const command of [
      ...commands,
      'sim run --trace traces/paypal-ci.csv --until 2m --allocator ./my-policy.ts',
    ]) {
      const [, ...args] = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, plain]) => quoted ?? plain,
      );
      const { status, err, out } = await node(program, ...args);
      expect({ status, err }).toEqual({ status: 0, err: '' });
      expect(out).toContain('hash');
    }
  });
});
