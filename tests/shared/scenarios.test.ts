/**
 * The shared scenarios, each under several seeds: the order of the agents must not decide what they check.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { runScenario } from '../../src/scenario/runner.js';
import { runAgainstReference } from '../reference/in-scenarios.js';

const folder = new URL('../../../shared/scenarios/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const seeds = Array.from({ length: 20 }, (_, replication) => replication);

it('finds them', () => {
  expect(files.length).toBeGreaterThanOrEqual(12);
});

const textOf = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

it.each(files)('%s passes against drf', (name) => {
  for (const replication of seeds) {
    const options = { allocator: 'drf', replication, create: createAllocator };
    const { ok, failure } = runScenario(textOf(name), options);
    expect({ replication, ok, failure }).toEqual({ replication, ok: true, failure: undefined });
  }
});

it.each(files)('%s passes against the reference allocator', (name) => {
  expect(runAgainstReference(textOf(name)).failure).toBeUndefined();
});
