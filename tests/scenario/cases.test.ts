/** Files of cases/, whose offers were worked out by hand from the rules that they name. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { runScenario, type ScenarioOptions } from '../../src/scenario/runner.js';
import { ReferenceAllocator } from '../reference/reference-allocator.js';

const folder = new URL('cases/', import.meta.url);
const cases = readdirSync(folder).map((file) => {
  const text = readFileSync(new URL(file, folder), 'utf8');
  return [file, (JSON.parse(text) as { about: string }).about, text] as const;
});

const failures = (text: string, create: ScenarioOptions['create']): unknown[] =>
  Array.from({ length: 10 }, (_, replication) => runScenario(text, { create, replication }).failure);

describe.each(cases)('%s: %s', (_file, _about, text) => {
  it('holds for drf under ten seeds', () => {
    expect(failures(text, createAllocator)).toEqual(Array(10).fill(undefined));
  });

  it('holds for the reference allocator', () => {
    const create: ScenarioOptions['create'] = (_name, options) => new ReferenceAllocator(options);
    expect(failures(text, create)).toEqual(Array(10).fill(undefined));
  });
});
