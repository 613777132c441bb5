import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runOptions } from '../../src/cli/options.js';

const [, page] = readFileSync(new URL('../../docs/running.md', import.meta.url), 'utf8').split('## Options');

describe('docs/running.md', () => {
  it('has every option with its default, and no other', () => {
    const rows = [...page.matchAll(/^\| `--([\w-]+)[^|]*\|.*\|([^|]*(?:\\\|[^|]*)*)\|$/gm)];
    expect(rows.map(([, name]) => name)).toEqual(runOptions.map(({ name }) => name));
    const defaults = rows.map(([row]) =>
      /\| *(?:`((?:[^`\\]|\\\|)*)`)? *\|$/.exec(row)?.[1]?.replaceAll('\\|', '|'),
    );
    expect(defaults).toEqual(runOptions.map((option) => option.default));
  });
});
