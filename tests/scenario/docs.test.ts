/** The worked example of docs/scenarios.md passes, and fails as the page says. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { reportText, runScenarioFiles } from '../../src/scenario/files.js';
import { actionSchemas, checkSchemas } from '../../src/scenario/schema.js';

const page = readFileSync(new URL('../../docs/scenarios.md', import.meta.url), 'utf8');
const example = /```json\n(.*?)```/s.exec(page)?.[1] ?? '';

async function report(text: string): Promise<string> {
  const stdin = () => Promise.resolve(text);
  return reportText(await runScenarioFiles(['-'], { stdin, seeds: 5, create: createAllocator }));
}

it('passes', async () => {
  expect(await report(example)).toBe('ok ci-yields-to-prod\n1 passed, 0 failed\n');
});

it('fails as shown when it expects something else', async () => {
  const [head, tail] = example.split('"role": "prod", "agent": "rack1", "resources": "cpus:3;mem:6144"');
  const changed = `${head}"role": "prod", "agent": "rack1", "resources": "cpus:3;mem:4096"${tail}`;
  const shown = /^FAIL .*$/m.exec(page)?.[0];
  expect(await report(changed)).toBe(`${shown ?? ''} (seed 1)\n0 passed, 1 failed\n`);
});

it('the page has every verb with its keys, and every check', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const schemas = { ...actionSchemas, ...checkSchemas };
  for (const [word, { shape }] of Object.entries(schemas)) {
    const row = rows.find((line) => line.split('|')[1].includes(`\`${word}\``));
    expect(row, word).toBeDefined();
    for (const key of Object.keys(shape)) {
      if (['do', 'expect', 'fails', 'note'].includes(key)) continue;
      expect(row, `${word} ${key}`).toMatch(new RegExp(`\`${key}\\??\``));
    }
  }
});
