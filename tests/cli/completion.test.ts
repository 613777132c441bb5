/** The completion scripts, run by the shell itself where there is one. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';
import { commands } from '../../src/cli/main.js';
import { programPath } from '../services/programs.js';
import { sim, temporaryFile } from './fake-terminal.js';

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

/** What is typed, and what a shell offers for its last word. A list is offered with what stands before its last comma. */
const offers: readonly [line: string, offered: readonly string[]][] = [
  ['sim tr', ['trace']],
  ['sim trace i', ['info']],
  ['sim run --allocator dr', ['drf']],
  ['sim scenario --allocator we', ['weighted-role']],
  ['sim verify --allocator ea', ['easy']],
  ['sim explain --allocator ea', ['easy']],
  ['sim compare --allocators fif', ['fifo']],
  ['sim compare --allocators drf,fif', ['drf,fifo']],
  ['sim compare --generate ebay-ci-', ['ebay-ci-late']],
  ['sim trace generate pay', ['paypal-ci']],
  ['sim experiment eb', ['ebay-utilisation']],
  ['sim verify --economy E0', ['E0', 'E0z']],
  ['sim run --seed x', []],
  ['sim new-allocator traces/p', []],
  ['sim run --trace traces/pay', ['traces/paypal-ci.csv']],
  ['sim run --cluster examples/clusters/tw', ['examples/clusters/two-racks.json']],
  ['sim trace info traces/pay', ['traces/paypal-ci.csv']],
];

const root = new URL('../..', import.meta.url).pathname;

it.each(offers)('bash completes %s', async (line, offered) => {
  expect(completed(await script('bash'), ...line.split(' '))).toEqual(offered);
});

it('bash completes --option=value, whose = is a word of its own', async () => {
  const bash = await script('bash');
  expect(completed(bash, 'sim', 'run', '--allocator', '=', 'dr')).toEqual(['drf']);
  expect(completed(bash, 'sim', 'run', '--offers', '=')).toEqual(['coarse', 'demand']);
});

it.each(offers)('fish completes %s', async (line, offered) => {
  const path = temporaryFile(await script('fish'), 'sim.fish');
  const home = dirname(path);
  const program = `source $argv[1]; complete -C $argv[2]`;
  const out = execFileSync(programPath('fish'), ['-N', '-c', program, path, line], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home },
  });
  const found = out.split('\n').filter((each) => each !== '');
  expect(found.map((each) => each.split('\t')[0]).sort()).toEqual([...offered].sort());
});

/** Types lines with a Tab behind each into a zsh on a terminal of its own, and writes down what is offered. */
const zshAsker = String.raw`
zmodload zsh/zpty
zpty asker zsh -f -i
zpty -w asker "PS1=; autoload -U compinit; compinit -u -D -d /dev/null; setopt no_beep interactive_comments; bindkey -e"
zpty -w asker "source ${'$'}{(q)1}; compadd() {
  local -a hits; builtin compadd -A hits \"\$@\"
  for hit in \$hits; do print -r -- \"\$IPREFIX\$hit\" >> ${'$'}{(q)2}; done
  builtin compadd \"\$@\"
}"
zpty -w asker "print RE''ADY"
zpty -r asker chunk '*READY*'
for line in "${'$'}{@[3,-1]}"; do
  # The prompt is drawn by the line editor: what is typed then is edited, and the Tab is seen.
  zpty -w asker "print -r -- ${'$'}{(q)${'$'}{:-? $line}} >> ${'$'}{(q)2}; PS1='rea''dy$((++asked))>'"
  zpty -r asker chunk "*ready$asked>*"
  zpty -w -n asker "$line"$'\t'
  zpty -w asker $'\C-a#'
done
zpty -w asker exit
while zpty -r asker chunk; do :; done
`;

it('zsh completes the same, on a terminal', async () => {
  const path = temporaryFile(await script('zsh'), '_sim');
  const answers = join(dirname(path), 'answers');
  const lines = [...offers.map(([line]) => line), 'sim run --allocator=dr'];
  execFileSync(programPath('zsh'), ['-f', '-c', zshAsker, 'zsh', path, answers, ...lines], { cwd: root });
  const [, ...told] = readFileSync(answers, 'utf8').split(/^\? /m);
  const byLine = new Map(told.map((each) => [each.split('\n')[0], each.trimEnd().split('\n').slice(1)]));
  for (const [line, offered] of offers) {
    // Of a path it offers the last part, and the folders on the way.
    const isPath = offered.some((each) => each.includes('/'));
    const found = byLine.get(line) ?? [`nothing was asked for ${line}`];
    const wanted = isPath ? offered.map((each) => each.slice(each.lastIndexOf('/') + 1)) : offered;
    expect([...new Set(isPath ? found.slice(-1) : found)].sort(), line).toEqual([...wanted].sort());
  }
  expect(byLine.get('sim run --allocator=dr')).toEqual(['--allocator=drf']);
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
