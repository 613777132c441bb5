/** `npm run bench -- --help`, and what a benchmark does not take. Nothing is measured here. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = new URL('../../bench/', import.meta.url);
const names = ['replay', 'coarse', 'growth', 'read', 'allocator', 'realnet'];

function bench(...args: string[]) {
  const main = fileURLToPath(new URL('main.js', folder));
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
  return { status, out: stdout, err: stderr };
}

it('--help has a line for each benchmark, and so has no name at all, as an error', () => {
  const { status, out, err } = bench('--help');
  expect({ status, err }).toEqual({ status: 0, err: '' });
  expect([...out.matchAll(/^(\w+) {2,}\S/gm)].map(([, name]) => name)).toEqual(['usage', ...names]);
  expect(bench()).toEqual({ status: 2, out: '', err: `${out}\n` });
});

it.each(names)('%s --help lists the options that it reads', (name) => {
  const { status, out } = bench(name, '--help');
  expect(status).toBe(0);
  const source = readFileSync(new URL(`${name}.js`, folder), 'utf8');
  const read = [...source.matchAll(/(?:Option\(args, |includes\(|!== )'(?:--)?([a-z-]+)'/g)].map(
    ([, option]) => option,
  );
  const told = [...out.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, option]) => option);
  expect(told.sort()).toEqual([...new Set(read)].sort());
});

it.each([
  [['nothing'], /^bench: there is no nothing; there are replay, .*realnet \(--help\)\n$/],
  [
    ['replay', '--pears', '3'],
    /^bench: replay takes no --pears; bench -- replay --help says what it takes\n$/,
  ],
  [['realnet', 'taks'], /^bench: realnet takes no taks; /],
  [['read', '--tasks', '1'], /^bench: read takes no --tasks; /],
])('%j is refused in one line', (args, line) => {
  const { status, out, err } = bench(...args);
  expect({ status, out }).toEqual({ status: 2, out: '' });
  expect(err).toMatch(line);
});
