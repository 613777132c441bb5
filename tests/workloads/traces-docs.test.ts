import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { numberColumns } from '../../src/workloads/formats/csv-columns.js';
import { traceFormats } from '../../src/workloads/formats/detect.js';

const docs = readFileSync(new URL('../../docs/traces.md', import.meta.url), 'utf8');

it('docs/traces.md names every format, its settings, and every native column', () => {
  const settings = traceFormats.flatMap((format) => Object.keys(format.settings ?? {}));
  const texts = ['kind', 'constraint', 'framework', 'role', 'job', 'command'];
  const columns = [...numberColumns.map(({ name }) => name), ...texts];
  for (const name of columns) expect(docs, name).toMatch(new RegExp(`^\\| \`${name}\` `, 'm'));
  for (const name of settings) expect(docs, name).toMatch(new RegExp(`[\`?]${name}[\`=]`));
  for (const { name } of traceFormats.filter((format) => format.name !== 'csv'))
    expect(docs).toContain(`**\`${name}\`**`);
});
