import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseArgs } from '../../src/cli/parse-args.js';
import { chooseAllocator } from '../../src/cli/own-allocator.js';
import { readRunOptions } from '../../src/cli/run-options.js';
import { journalCheck } from '../../src/cli/journal-check.js';
import { agora, commands as agoraCommands } from '../../src/cli/agora-main.js';
import { commands } from '../../src/cli/main.js';
import { run } from '../../src/cli/run.js';
import { scenario } from '../../src/cli/scenario.js';
import { traceConvert } from '../../src/cli/trace-convert.js';
import { traceGenerate } from '../../src/cli/trace-generate.js';
import { traceHead } from '../../src/cli/trace-head.js';
import { traceInfo } from '../../src/cli/trace-info.js';
import { traceValidate } from '../../src/cli/trace-validate.js';
import { experiment } from '../../src/cli/experiment.js';
import { verify } from '../../src/cli/verify.js';
import { generators, parametersOf } from '../../src/workloads/generators/index.js';
import { parse } from '../architecture-rules.js';
import { runWith, sim } from './fake-terminal.js';

const root = new URL('../../', import.meta.url);

describe('help', () => {
  it.each([
    ['sim', ['--help']],
    ['run', ['run', '--help']],
    ['compare', ['compare', '--help']],
    ['diff', ['diff', '--help']],
    ['trace', ['trace']],
    ['trace-info', ['trace', 'info', '-h']],
    ['trace-head', ['trace', 'head', '--help']],
    ['trace-convert', ['help', 'trace', 'convert']],
    ['trace-validate', ['trace', 'validate', '--help']],
    ['trace-generate', ['trace', 'generate', '--help']],
    ['scenario', ['help', 'scenario']],
    ['journal-check', ['journal', 'check', '--help']],
    ['verify', ['verify', '--help']],
    ['experiment', ['experiment', '--help']],
  ])('of %s', async (name, args) => {
    const { status, out, err } = await sim(args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    for (const line of out.split('\n')) expect(Array.from(line).length, line).toBeLessThanOrEqual(80);
    await expect(out).toMatchFileSnapshot(`goldens/help-${name}.txt`);
  });

  it.each(commands.map(({ name }) => name))(
    'of %s fits a screen, and all of it is told with --all',
    async (name) => {
      const words = name.split(' ');
      const { out } = await sim([...words, '--help']);
      expect(out.split('\n').length, out).toBeLessThanOrEqual(41);
      const all = await sim(['help', ...words, '--all']);
      expect(await sim([...words, '--help', '--all'])).toEqual(all);
      const command = await commands.find((each) => each.name === name)!.load();
      for (const { name: option, isHidden, isRare } of command.options) {
        if (isHidden === true) continue;
        expect(all.out).toMatch(new RegExp(`^  --${option}\\b`, 'm'));
        expect(out).toMatch(new RegExp(`^  (--[\\w-]+ )*--${option}\\b`, 'm'));
        if (isRare === true) expect(out).toContain(`sim ${name} --help --all`);
      }
    },
  );

  it.each(agoraCommands.map(({ name }) => name))(
    'of agora %s fits a screen, too, with examples whose options are known',
    async (name) => {
      const { status, out } = await runWith(agora, [...name.split(' '), '--help']);
      expect(status).toBe(0);
      expect(out.split('\n').length, out).toBeLessThanOrEqual(41);
      for (const line of out.split('\n')) expect(Array.from(line).length, line).toBeLessThanOrEqual(80);
      const command = await agoraCommands.find((each) => each.name === name)!.load();
      for (const example of command.examples) {
        const args = [...example.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c);
        if (!args.join(' ').startsWith(`agora ${name}`)) continue;
        await parseArgs(args.slice(1 + name.split(' ').length), command.options, name);
      }
    },
  );

  it('gives an option that is long a line of its own', async () => {
    const { out } = await runWith(agora, ['master', '--help', '--all']);
    expect(out).toMatch(/^ {2}--agent-reregister-timeout TIME\n {30}how long known agents/m);
    for (const line of out.split('\n')) expect(Array.from(line).length, line).toBeLessThanOrEqual(80);
  });

  it('of agora alone and of its families fits a screen', async () => {
    for (const args of [[], ['volume'], ['maintenance'], ['credentials']]) {
      const { out } = await runWith(agora, args);
      expect(out.split('\n').length, out).toBeLessThanOrEqual(41);
      for (const line of out.split('\n')) expect(Array.from(line).length, line).toBeLessThanOrEqual(80);
    }
  });

  it.each(Object.keys(generators))(
    'of the generator %s fits a screen, with the sources on a second page',
    async (name) => {
      const { status, out } = await sim(['trace', 'generate', name, '--help']);
      expect(status).toBe(0);
      expect(out.split('\n').length).toBeLessThanOrEqual(41);
      for (const line of out.split('\n')) expect(Array.from(line).length, line).toBeLessThanOrEqual(80);
      const all = await sim(['trace', 'generate', name, '--help', '--all']);
      for (const { name: parameter, source } of parametersOf(name)) {
        expect(out).toMatch(new RegExp(`^  [PDA]  ${parameter}=`, 'm'));
        expect(all.out.replaceAll(/\s+/g, '')).toContain(source.replaceAll(/\s+/g, ''));
      }
    },
  );

  it.each(['run', 'compare'])('sim %s alone says what to do next, in lines that work', async (name) => {
    const { status, out, err } = await sim([name]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out.split('\n').length).toBeLessThanOrEqual(24);
    const lines = out.split('\n').filter((line) => line.startsWith('  sim '));
    expect(lines.length).toBeGreaterThanOrEqual(3);
    for (const line of lines) {
      expect(Array.from(line).length).toBeLessThanOrEqual(80);
      const [command] = line.trim().split(/ {2,}/);
      const [, ...args] = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, plain]) => quoted ?? plain,
      );
      for (const path of args.filter((arg) => arg.startsWith('traces/')))
        expect(existsSync(new URL(path, root)), line).toBe(true);
      const lazy = commands.find((each) => each.name.split(' ').every((word, i) => args[i] === word))!;
      const { options } = await lazy.load();
      await parseArgs(args.slice(lazy.name.split(' ').length), options, lazy.name);
    }
  });

  it('is what sim alone says, too', async () => {
    const [alone, asked] = [await sim([]), await sim(['--help'])];
    expect(alone).toEqual(asked);
    expect(alone.out.split('\n').length).toBeLessThanOrEqual(24);
  });

  it('has the version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
    expect((await sim(['--version'])).out).toBe(`${version}\n`);
  });

  it('has examples that work: options are known, files are there', async () => {
    const { out: overview } = await sim([]);
    const shown = overview.split('\n').filter((line) => line.startsWith('  sim ') && line.includes('/'));
    const all = [
      run,
      traceInfo,
      traceHead,
      traceConvert,
      traceValidate,
      traceGenerate,
      scenario,
      journalCheck,
      verify,
      experiment,
    ];
    const examples = [...all.flatMap((command) => command.examples), ...shown];
    expect(examples.length).toBeGreaterThan(8);
    for (const example of examples) {
      const [words] = example.trim().split(/ [<>] /);
      const [, ...args] = [...words.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
      for (const path of args.filter((arg) => arg.includes('/') && !arg.includes('*'))) {
        expect(existsSync(new URL(path, root)), `${path} of ${example}`).toBe(true);
      }
      const command = all.find(({ name }) => args.join(' ').startsWith(name))!;
      const rest = args.slice(command.name.split(' ').length);
      if (rest.includes('--help')) continue;
      const parsed = await parseArgs(rest, command.options, command.name);
      const choice = await chooseAllocator(parsed);
      if (command === run) await readRunOptions(parsed, choice);
    }
  });
});

describe('a quick start', () => {
  it('loads no package and no other room before it knows the command', () => {
    const seen = new Set<string>();
    const visit = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      const text = readFileSync(new URL(path, root), 'utf8');
      // Types are gone when it runs; import() is what may come later.
      const code = text.replaceAll(/^import type .*$/gm, '').replaceAll(/import\(/g, 'later(');
      for (const { what } of parse(path, code).imports) {
        if (what.startsWith('node:')) continue;
        expect(what, `${path} imports it`).toMatch(/^\.\/[\w-]+\.js$/);
        visit(posix.join(posix.dirname(path), what).replace(/\.js$/, '.ts'));
      }
    };
    // What sim.ts loads at once, as soon as Ctrl-C is heard.
    visit('src/cli/sim.ts');
    visit('src/cli/main.ts');
    expect([...seen]).toContain('src/cli/help.ts');
  });
});
