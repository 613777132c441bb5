/** The traces that come with the repository are what their generators give, byte for byte. */
import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generate, type GenerateOptions } from '../../src/workloads/generators/index.js';
import { toCsv } from './generated-csv.js';

const folder = new URL('../../traces/', import.meta.url);
/** The flat week makes the one day an average one, with the published 24,000 builds. */
const bundled: [string, GenerateOptions][] = [
  ['paypal-ci', { seed: '1', days: 1, scale: 1, parameters: { weekdayWeights: '1,1,1,1,1,1,1' } }],
  ['ebay-ci', { seed: '1', days: 7, scale: 1 }],
];

describe.each(bundled)('traces/%s.csv', (name, options) => {
  const file = new URL(`${name}.csv`, folder);

  it('equals its regeneration, byte for byte', async () => {
    const expected = (await toCsv(generate(name, options))).split('\n');
    const found = readFileSync(file, 'utf8').split('\n');
    const line = expected.findIndex((text, index) => text !== found[index]);
    // The first different line says more than two files of 25,000 lines beside each other.
    expect(line < 0 ? '' : `line ${line + 1}: ${found[line]}`).toBe(line < 0 ? '' : expected[line]);
    expect(found).toHaveLength(expected.length);
  });

  it('is small enough to be cloned without a thought', () => {
    expect(statSync(file).size).toBeLessThan(2.5e6);
  });

  it('is repeated by the command in SOURCE.md', () => {
    const set = Object.entries(options.parameters ?? {}).map(
      ([key, value]) => ` --set ${key}=${String(value)}`,
    );
    const { seed, days, scale } = options;
    const command =
      `sim trace generate ${name} --seed ${seed} --days ${days} --scale ${scale}${set.join('')}` +
      ` > traces/${name}.csv`;
    expect(readFileSync(new URL('SOURCE.md', folder), 'utf8')).toContain(command);
  });
});
