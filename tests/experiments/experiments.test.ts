import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { experiments } from '../../src/experiments/experiments.js';
import { sim } from '../cli/fake-terminal.js';

const page = (name: string): string =>
  readFileSync(new URL(`../../experiments/${name}/README.md`, import.meta.url), 'utf8');

async function runQuick(name: string) {
  const folder = mkdtempSync(join(tmpdir(), 'agora-experiment-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return { folder, ...(await sim(['experiment', name, '--quick', '--out', folder])) };
}

describe('the folders of the experiments', () => {
  const published = experiments.map(({ name }) => name).filter((name) => name !== 'allocator-table');

  it.each(published)('%s says where the claim is from and how to run it', (name) => {
    expect(page(name)).toContain(`sim experiment ${name}`);
    expect(page('.')).toContain(`[${name}](${name})`);
  });

  it('holds what the worked example comes to', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agora-experiment-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { status, out, err } = await sim(['experiment', 'drf-worked-example', '--out', folder, '--json']);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const { lines } = JSON.parse(out) as { lines: { what: string; ours: number[] }[] };
    expect(lines[0].ours).toEqual([3, 2]);
    expect(lines.map(({ ours }) => ours.map((tasks) => tasks.toFixed(2)))).toEqual([
      ['3.00', '2.00'],
      ['3.00', '2.00'],
      ['2.52', '2.16'],
      ['4.09', '1.64'],
    ]);
  });
});

describe('sim experiment --quick', () => {
  it('writes the worked example as its page has it', async () => {
    const { folder } = await runQuick('drf-worked-example');
    expect(page('drf-worked-example')).toContain(readFileSync(join(folder, 'table.md'), 'utf8').trim());
  });

  it('finds what coarse offers cost on a crowded cluster: a result, for no figure was published', async () => {
    const { status, folder, err } = await runQuick('price-of-coarse-offers');
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(readFileSync(join(folder, 'table.md'), 'utf8')).toMatch(/^Verdict: \*\*not consistent\*\*/m);
    // The whole version has this trace as its third.
    const rows = readFileSync(join(folder, 'table.md'), 'utf8')
      .split('\n')
      .filter((line) => /^\| paypal/.test(line));
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(squeezed(page('price-of-coarse-offers'))).toContain(squeezed(row));
  });

  it('finds a smaller cluster for the builds of many machines', async () => {
    const { status, folder } = await runQuick('paypal-consolidation');
    expect(status).toBe(0);
    const { lines, scale } = JSON.parse(readFileSync(join(folder, 'table.json'), 'utf8')) as {
      scale: number;
      lines: { agents: number; factor: number; measured: { services: number; servicesUp: number } }[];
    };
    for (const { agents, factor, measured } of lines) {
      expect(factor).toBeCloseTo((24_000 * scale) / (agents * 24));
      expect(measured.servicesUp).toBe(measured.services);
    }
    expect(lines[2].agents).toBeGreaterThanOrEqual(lines[0].agents);
  });

  it('finds how little the machines of one master each are used', async () => {
    const { status, folder } = await runQuick('ebay-utilisation');
    expect(status).toBe(0);
    const { lines } = JSON.parse(readFileSync(join(folder, 'table.json'), 'utf8')) as {
      lines: { byBuilds: number; withMasters: number; machines: { tasks: number; busy: number } }[];
    };
    // Twice the duration is about twice the use; the masters take a fortieth of 4 CPUs.
    expect(lines[2].byBuilds / lines[1].byBuilds).toBeGreaterThan(1.5);
    expect(lines[1].withMasters - lines[1].byBuilds).toBeCloseTo(0.025);
  });
});

describe('sim experiment', () => {
  it('refuses what makes no sense', async () => {
    expect(await sim(['experiment', 'drf-table', '--all'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('a name or --all, not both') as string,
    });
    expect(await sim(['experiment', 'drf-worked-example', '--runs', '5'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('searches for no cases') as string,
    });
  });
});

function squeezed(text: string): string {
  return text.replaceAll(/ +/g, ' ');
}
