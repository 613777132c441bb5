/** docs/mesos-parity.md: it names a test for every rule, and all that it names cite that rule; and the rules of refusals. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/mesos-parity.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| ((?:R-\d+\.|T-)\d+) +\| (.*?) *\|$/gm)].map(([, rule, cell]) => ({
  rule,
  files: [...cell.matchAll(/`([^`]+)`/g)].map(([, file]) => file),
}));

it('lists rules', () => {
  expect(rows.length).toBeGreaterThan(60);
});

it.each(rows)('$rule is cited by $files', ({ rule, files }) => {
  expect(files.filter((file) => file.endsWith('.test.ts'))).not.toEqual([]);
  for (const file of files) {
    const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
    expect(text, file).toMatch(new RegExp(`\\b${rule.replace('.', '\\.')}\\b`));
  }
});

it('lists the rules that refusals cite, and no others', () => {
  const told = [...page.matchAll(/^\| .* \| ([RQT]-[\d.]+) *\|$/gm)].map(([, rule]) => rule);
  const cited = ['allocators', 'cluster', 'realnet', 'scenario', 'cli'].flatMap((folder) => {
    const root = new URL(`../../src/${folder}/`, import.meta.url);
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    const text = files.map((file) => readFileSync(new URL(file, root), 'utf8')).join('\n');
    return [...text.matchAll(/(?: \(|')([RQT]-\d[\d.]*)(?:\)\.?['"`]|')/g)].map(([, rule]) => rule);
  });
  expect(new Set(told)).toEqual(new Set(cited));
  expect(told.length).toBe(new Set(told).size);
});
