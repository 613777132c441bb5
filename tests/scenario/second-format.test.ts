/** agora-scenario/2: the examples pass, and what they show is gone with the switch off. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { runScenario } from '../../src/scenario/runner.js';

const folder = new URL('../../examples/scenarios/beyond-mesos/', import.meta.url);
const files = readdirSync(folder);
const read = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
const failure = (json: unknown, replication = 0): string | undefined =>
  runScenario(JSON.stringify(json), { create: createAllocator, replication }).failure?.message;

describe.each(files)('%s', (file) => {
  it('passes under ten seeds', () => {
    for (let seed = 0; seed < 10; seed++) expect(failure(read(file), seed)).toBeUndefined();
  });

  it('fails without what it switches on', () => {
    const { config, ...rest } = read(file);
    const { switches: _switches, offers: _offers, ...plain } = config as Record<string, unknown>;
    expect(failure({ ...rest, config: plain })).toBeDefined();
  });

  it('is no file of the first format', () => {
    expect(failure({ ...read(file), format: 'agora-scenario/1' })).toMatch(
      /^unknown key "(switches|offers)" in config/,
    );
  });
});

it('a domain is a region and a zone', () => {
  const file = { format: 'agora-scenario/2', name: 'n', config: { domain: 'eu' }, steps: [] };
  expect(failure(file)).toBe('config.domain: "eu" is no domain; write region/zone, such as eu/eu-1');
});

it('REGION_AWARE (R-9.7) is a capability of the second format', () => {
  const capabilities = ['MULTI_ROLE', 'REGION_AWARE'];
  const steps = [{ do: 'addFramework', framework: 'f', roles: ['dev'], capabilities }];
  expect(failure({ format: 'agora-scenario/1', name: 'n', steps })).toContain(
    'unknown capability REGION_AWARE',
  );
  expect(failure({ format: 'agora-scenario/2', name: 'n', steps })).toBeUndefined();
});

describe('a switch that the allocator does not have', () => {
  it.each([
    [{ quotas: 'strict' }, 'the allocator drf has no option "quotas". Did you mean quota?'],
    [{ quota: 'hard' }, 'drf: quota is "hard"; it is one of mesos, strict'],
  ])('%j is refused', (switches, message) => {
    const file = { format: 'agora-scenario/2', name: 'n', config: { switches }, steps: [] };
    expect(failure(file)).toContain(message);
  });
});

it('request is a verb of the second format alone', () => {
  const steps = [{ do: 'request', framework: 'f', asks: [] }];
  expect(failure({ format: 'agora-scenario/1', name: 'n', steps })).toContain('unknown verb "request"');
  expect(failure({ format: 'agora-scenario/2', name: 'n', steps })).toContain('unknown framework f');
});
