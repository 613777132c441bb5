/**
 * The shared scenarios, each under several seeds: the order of the agents must not decide what they check.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { runScenario, type CreateAllocator } from '../../src/scenario/runner.js';
import { ReferenceAllocator } from '../reference/reference-allocator.js';

const folder = new URL('../../../shared/scenarios/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const seeds = Array.from({ length: 20 }, (_, replication) => replication);

it('finds them', () => {
  expect(files.length).toBeGreaterThanOrEqual(12);
});

it.each(files)('%s passes against drf', (name) => passes(name, createAllocator));

it.each(files)('%s passes against the reference allocator', (name) => {
  passes(name, (_name, options) => new ReferenceAllocator(options));
});

function passes(name: string, create: CreateAllocator): void {
  const text = readFileSync(new URL(name, folder), 'utf8');
  for (const replication of seeds) {
    const { ok, failure } = runScenario(text, { allocator: 'drf', replication, create });
    expect({ replication, ok, failure }).toEqual({ replication, ok: true, failure: undefined });
  }
}
