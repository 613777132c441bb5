/** Files of cases/, whose offers were worked out by hand from the rules that they name. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { runScenario } from '../../src/scenario/runner.js';
import { runAgainstReference } from '../reference/in-scenarios.js';

const folder = new URL('cases/', import.meta.url);
const cases = readdirSync(folder).map((file) => {
  const text = readFileSync(new URL(file, folder), 'utf8');
  return [file, (JSON.parse(text) as { about: string }).about, text] as const;
});

describe.each(cases)('%s: %s', (_file, _about, text) => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('holds for drf under seed %d', (replication) => {
    expect(runScenario(text, { create: createAllocator, replication }).failure).toBeUndefined();
  });

  it('holds for the reference allocator', () => {
    expect(runAgainstReference(text).failure).toBeUndefined();
  });
});
