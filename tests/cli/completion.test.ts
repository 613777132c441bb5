/** The completion scripts, run by the shell itself where there is one. */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { commands } from '../../src/cli/main.js';
import { sim } from './fake-terminal.js';

async function script(shell: string): Promise<string> {
  const { status, out, err } = await sim(['completion', shell]);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return out;
}

/** What a real bash offers for words, the last of which is being typed. */
function completed(bash: string, ...words: string[]): string[] {
  const program = `${bash}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _sim; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['--norc', '-c', program, 'bash', ...words], {
    cwd: new URL('../..', import.meta.url).pathname,
    encoding: 'utf8',
  });
  return out.split('\n').filter((line) => line !== '');
}

it('completes commands, options, words and files in bash', async () => {
  const bash = await script('bash');
  expect(completed(bash, 'sim', 'tr')).toEqual(['trace']);
  expect(completed(bash, 'sim', 'trace', 'i')).toEqual(['info']);
  expect(completed(bash, 'sim', 'run', '--allocation-i')).toEqual(['--allocation-interval']);
  expect(completed(bash, 'sim', 'run', '--allocator', 'dr')).toEqual(['drf']);
  expect(completed(bash, 'sim', 'run', '--offers', '')).toEqual(['coarse', 'demand']);
  expect(completed(bash, 'sim', 'run', '--trace', 'traces/payp')).toEqual(['traces/paypal-ci.csv']);
  expect(completed(bash, 'sim', 'run', '--seed', '')).toEqual([]);
  expect(completed(bash, 'sim', 'trace', 'info', '--form')).toEqual(['--format']);
  expect(completed(bash, 'sim', 'trace', 'info', 'traces/ebay-ci.c')).toEqual(['traces/ebay-ci.csv']);
  const names = new Set(commands.map(({ name }) => name.split(' ')[0]));
  expect(new Set(completed(bash, 'sim', ''))).toEqual(new Set([...names, '--help', '--version']));
});

it('knows every option of every command in every shell', async () => {
  const texts = await Promise.all(['bash', 'zsh', 'fish'].map(script));
  for (const { name, load } of commands) {
    for (const option of (await load()).options) {
      const [bash, zsh, fish] = texts.map((text) =>
        text.split('\n').filter((line) => name.split(' ').every((word) => line.includes(word))),
      );
      for (const lines of [bash, zsh]) expect(lines.join('\n')).toContain(`--${option.name}`);
      expect(fish.join('\n')).toContain(`-l ${option.name} `);
    }
  }
});

it('refuses other shells', async () => {
  const { status, err } = await sim(['completion', 'tcsh']);
  expect([status, err]).toEqual([2, 'sim: sim completion takes the name of a shell: bash, zsh or fish.\n']);
});
