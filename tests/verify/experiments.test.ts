import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { propertyNames } from '../../src/verify/catalogue.js';
import { sim } from '../cli/fake-terminal.js';

describe('sim experiment', () => {
  it("brings the DRF paper's table about, and puts it into a file", async () => {
    const out = mkdtempSync(join(tmpdir(), 'agora-experiment-'));
    onTestFinished(() => rmSync(out, { recursive: true }));
    const file = join(out, 'page.md');
    writeFileSync(file, 'before\n\n<!-- begin drf-table -->\nold\n<!-- end drf-table -->\nafter\n');
    const args = ['experiment', 'drf-table', '--runs', '1000', '--out', out, '--into', file];
    const { status, out: text, err } = await sim(args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(text).toMatch(/\| strategy-proofness \| ✓ \| ✗ \(\d+\) \| ✓ \|/);
    const page = readFileSync(file, 'utf8');
    expect(page).toContain(text.trim());
    expect(page).toMatch(/^before\n[^]*\nafter\n$/);
    expect(page).not.toContain('old');
  });

  it('lists what there is, and names what there is not', async () => {
    expect((await sim(['experiment'])).out).toContain('drf-table');
    const { status, err } = await sim(['experiment', 'drf-tabel']);
    expect(status).toBe(2);
    expect(err).toContain('no experiment "drf-tabel". Did you mean drf-table?');
  });
});

it('docs/properties.md names every property', () => {
  const page = readFileSync(new URL('../../docs/properties.md', import.meta.url), 'utf8');
  for (const name of propertyNames()) {
    const family = name.replace(/-(equal|mixed)$/, '');
    expect(page, name).toContain(family === 'population-monotonicity' ? 'population-' : family);
  }
});
