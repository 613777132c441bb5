/** Every command of docs/allocators.md gives the wait that the page says, and the page knows every allocator. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allocatorNames, allocatorNeeds, allocatorSettings } from '../../src/allocators/registry.js';
import { sim, temporaryFile } from '../cli/fake-terminal.js';

const page = readFileSync(new URL('../../docs/allocators.md', import.meta.url), 'utf8');
const traces = new Map(
  [...page.matchAll(/`([\w-]+\.csv)`:\n\n```csv\n(.*?)```/gs)].map(([, name, text]) => [name, text]),
);
const commands = [...page.matchAll(/^sim (run --trace .*?) {3}# mean wait ([\d.]+) s$/gm)].map(
  ([, command, wait]) => [command, Number(wait)] as const,
);

describe('the examples', () => {
  it.each(commands)('sim %s waits %s s', async (command, wait) => {
    const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
    const args = words.map((word) => {
      const trace = traces.get(word);
      return trace === undefined ? word : temporaryFile(trace, word);
    });
    const { status, out, err } = await sim([...args, '--json', '--quiet']);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect((JSON.parse(out) as { wait: { mean: number } }).wait.mean).toBe(wait);
  });
});

describe.each(allocatorNames())('%s', (name) => {
  it('has a section with an example', () => {
    const section = page.split(/^## /m).find((each) => each.startsWith(`${name}\n`));
    expect(section).toMatch(new RegExp(`^sim run .*--allocator "?${name}`, 'm'));
  });

  it('has a row with its needs and options', () => {
    const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` `)) ?? '';
    const [, , , needs, options] = row.split('|').map((cell) => cell.trim());
    expect(needs).toBe(allocatorNeeds(name) === 'asks' ? 'yes' : '');
    expect(options).toBe(
      Object.keys(allocatorSettings(name))
        .map((key) => `\`${key}\``)
        .join(', '),
    );
  });
});
