/** `report.html` in a real browser: what a person sees, on four kinds of screen and paper. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'csv-parse/sync';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sim } from '../cli/fake-terminal.js';
import { programPath } from '../services/programs.js';
import { hostileFrameworks, hostileRoles, hostileTrace } from './hostile-trace.js';

const folder = mkdtempSync(join(tmpdir(), 'agora-page-'));
const out = join(folder, 'out');
const address = pathToFileURL(join(out, 'report.html')).href;
let browser: Browser;

beforeAll(async () => {
  writeFileSync(join(folder, 'x.csv'), hostileTrace());
  const args = ['--trace', join(folder, 'x.csv'), '--agents', '4*cpus:6;mem:8192', '--quiet'];
  const first = await sim(['run', ...args, '--out', out]);
  expect({ status: first.status, err: first.err }).toEqual({ status: 0, err: '' });
  await sim(['run', ...args, '--out', join(folder, 'again')]);
  browser = await chromium.launch({
    executablePath: programPath('chromium'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
    ],
  });
});

afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

type Look = Parameters<Browser['newPage']>[0];

/** Opens the page and looks at it; fails if it complains or asks for anything but itself. */
async function open<T>(look: Look, see: (page: Page) => Promise<T>): Promise<T> {
  const page = await browser.newPage(look);
  const heard: string[] = [];
  page.on('console', (message) => heard.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => heard.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => heard.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    if (request.url() !== address) heard.push(`request: ${request.url()}`);
  });
  await page.goto(address);
  const seen = await see(page);
  await page.close();
  expect(heard).toEqual([]);
  return seen;
}

const screens: readonly [string, Look][] = [
  ['a light screen', { colorScheme: 'light', viewport: { width: 1100, height: 900 } }],
  ['a dark screen', { colorScheme: 'dark', viewport: { width: 1100, height: 900 } }],
  ['a phone', { colorScheme: 'light', viewport: { width: 360, height: 780 } }],
];

describe.each(screens)('on %s', (_name, look) => {
  it('shows every plot, with title, text and data, inside the screen', async () => {
    const { sections, width, screen } = await open(look, async (page) => ({
      sections: await page.$$eval('section', (all) =>
        all.map((section) => ({
          id: section.id,
          title: section.querySelector('h2')?.textContent,
          see: (section.querySelector('.see')?.textContent ?? '').length,
          plots: [...section.querySelectorAll('.plot svg, .panel svg')].filter(
            (svg) => svg.getBoundingClientRect().width > 200,
          ).length,
          data: section.querySelectorAll('.data a[download][href^="data:text/csv"]').length,
        })),
      ),
      width: await page.evaluate(() => document.documentElement.scrollWidth),
      screen: await page.evaluate(() => window.innerWidth),
    }));
    expect(sections.map(({ id }) => id)).toEqual([
      'utilisation',
      'shares',
      'waits',
      'slowdowns',
      'queue',
      'offers',
      'agents',
    ]);
    for (const { plots, data, see, title } of sections) {
      expect({ title, hasPlot: plots > 0, data, hasText: see > 40 }).toEqual({
        title,
        hasPlot: true,
        data: 1,
        hasText: true,
      });
    }
    expect(width).toBeLessThanOrEqual(screen);
  });

  it('lets no two texts of a plot lie on each other, and none become small', async () => {
    const { overlaps, smallest, texts } = await open(look, (page) =>
      page.evaluate(() => {
        const overlaps: string[] = [];
        let [smallest, texts] = [Infinity, 0];
        for (const svg of document.querySelectorAll('.plot svg, .panel svg')) {
          if (svg.getBoundingClientRect().width === 0) continue;
          const boxes = [...svg.querySelectorAll('text')].map((text) => ({
            text: text.textContent,
            box: text.getBoundingClientRect(),
          }));
          texts += boxes.length;
          boxes.forEach(({ text, box }, i) => {
            smallest = Math.min(smallest, box.height);
            for (const other of boxes.slice(i + 1)) {
              const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
              const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
              if (across > 1 && down > 3) overlaps.push(`${text} | ${other.text}`);
            }
          });
        }
        return { overlaps, smallest, texts };
      }),
    );
    expect(overlaps).toEqual([]);
    expect(texts).toBeGreaterThan(60);
    expect(smallest).toBeGreaterThan(9);
  });
});

describe('the page', () => {
  it('is dark on light, or light on dark', async () => {
    const lightness = (look: Look) =>
      open(look, (page) =>
        page.evaluate(() => {
          const { backgroundColor, color } = getComputedStyle(document.body);
          return [backgroundColor, color].map((text) => Number(/\d+/.exec(text)![0]));
        }),
      );
    const [light, dark] = [await lightness(screens[0][1]), await lightness(screens[1][1])];
    expect(light[0] - light[1]).toBeGreaterThan(150);
    expect(dark[1] - dark[0]).toBeGreaterThan(150);
  });

  it('shows the wide plots on paper, black on white', async () => {
    await open({ colorScheme: 'dark', viewport: { width: 700, height: 900 } }, async (page) => {
      await page.emulateMedia({ media: 'print' });
      const seen = await page.evaluate(() => ({
        color: getComputedStyle(document.body).color,
        page: getComputedStyle(document.body).backgroundColor,
        wide: document.querySelector('.wide svg')!.getBoundingClientRect().width > 300,
        narrow: document.querySelector('.narrow svg')!.getBoundingClientRect().width,
      }));
      expect(seen).toEqual({ color: 'rgb(0, 0, 0)', page: 'rgb(255, 255, 255)', wide: true, narrow: 0 });
      expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000);
    });
  });

  it('shows names as they are and runs none of them', async () => {
    const { names, tags } = await open(screens[0][1], async (page) => ({
      names: await page.$$eval('table bdi', (all) => all.map((element) => element.textContent)),
      tags: await page.$$eval('script, img, #pwned', (all) => all.length),
    }));
    expect(tags).toBe(0);
    for (const role of [
      'prod',
      '=cmd|calc',
      'ünï-日本語-\u202eevil',
      'te"st, <b id="pwned">x<',
      'line␊break & ␇bell',
    ]) {
      expect(names).toContain(role);
    }
  });

  it('is the same for the same run, byte by byte', () => {
    const [first, again] = [out, join(folder, 'again')].map((path) =>
      readFileSync(join(path, 'report.html'), 'utf8'),
    );
    expect(again === first).toBe(true);
  });

  it('hides under its links the data that it draws', async () => {
    const hrefs = await open(screens[0][1], (page) =>
      page.$$eval('a[download]', (all) => all.map((link) => (link as HTMLAnchorElement).href)),
    );
    const tables = hrefs.map((href) =>
      parse(Buffer.from(href.split('base64,')[1], 'base64').toString('utf8'), { recordDelimiter: '\n' }),
    );
    expect(tables).toHaveLength(7);
    for (const rows of tables) expect(rows.length).toBeGreaterThan(1);
    expect(tables[1][0]).toContain('share line\nbreak & \u0007bell');
  });
});

describe('the tables beside it', () => {
  const table = (name: string) =>
    parse<Record<string, string>>(readFileSync(join(out, name)), { columns: true, recordDelimiter: '\n' });

  it('have every name as it was, but for the edge taken off a formula', () => {
    const expected = hostileRoles.map((role) => (role.startsWith('=') ? `'${role}` : role)).sort();
    expect(
      table('roles.csv')
        .map(({ role }) => role)
        .sort(),
    ).toEqual(expected);
    expect([...new Set(table('tasks.csv').map(({ role }) => role))].sort()).toEqual(expected);
    expect([...new Set(table('decisions.csv').map(({ framework }) => framework))].sort()).toEqual(
      [...hostileFrameworks].sort(),
    );
    const { roles } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'));
    expect(roles.map(({ name }: { name: string }) => name).sort()).toEqual([...hostileRoles].sort());
  });

  it('agree with the summary', () => {
    const { tasks, wait, decisionHash, utilization } = JSON.parse(
      readFileSync(join(out, 'summary.json'), 'utf8'),
    );
    const rows = table('tasks.csv');
    expect(rows.filter(({ outcome }) => outcome === 'finished')).toHaveLength(tasks.finished);
    const waits = rows.map(({ wait_s }) => Number(wait_s));
    expect(waits.reduce((sum, value) => sum + value, 0) / waits.length).toBeCloseTo(wait.mean, 6);
    expect(waits.some((value) => value > 0)).toBe(true);
    expect(table('decisions.csv')).toHaveLength(tasks.started);
    const series = table('timeseries.csv');
    const area = series.reduce(
      (sum, row) => sum + Number(row.used_cpus) * (Number(row.until_s) - Number(row.time_s)),
      0,
    );
    expect(area / Number(series.at(-1)!.until_s)).toBeCloseTo(utilization.cpus, 4);
    const manifest = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({
      format: 'agora-out',
      command: 'run',
      decisionHash,
      rows: { 'tasks.csv': rows.length },
    });
  });
});
