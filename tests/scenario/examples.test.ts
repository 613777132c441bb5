/** Files of examples/scenarios whose offers were worked out by hand from the rules they name. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { runScenario } from '../../src/scenario/runner.js';
import { runAgainstReference } from '../reference/in-scenarios.js';

const folder = (name: string): [string, string][] => {
  const url = new URL(`../../examples/scenarios/${name}/`, import.meta.url);
  return readdirSync(url).map((file) => [`${name}/${file}`, readFileSync(new URL(file, url), 'utf8')]);
};
const failure = (text: string, replication = 0): string | undefined =>
  runScenario(text, { create: createAllocator, replication }).failure?.message;
const passes = (text: string): void => {
  for (let seed = 0; seed < 10; seed++) expect(failure(text, seed)).toBeUndefined();
};

const rules = folder('mesos-rules');
const isFirst = ([, text]: readonly [string, string]): boolean => text.includes('"agora-scenario/1"');

describe.each(rules)('%s', (_name, text) => {
  it('passes under ten seeds', () => passes(text));
});

describe.each(rules.filter(isFirst))('%s', (_name, text) => {
  it('passes with the reference allocator', () => {
    expect(runAgainstReference(text).failure).toBeUndefined();
  });
});

describe.each(rules.filter((file) => !isFirst(file)))('%s', (_name, text) => {
  it('has no words in the first format', () => {
    expect(failure(text.replace('agora-scenario/2', 'agora-scenario/1'))).toMatch(
      /^unknown (key|verb|check) /,
    );
  });
});

describe.each([...folder('weighted-role'), ...folder('reservation')])('%s', (_name, text) => {
  it('passes under ten seeds', () => passes(text));

  it('fails under drf, with some order of the agents', () => {
    const { allocator: _own, config, ...rest } = JSON.parse(text) as Record<string, unknown>;
    const { switches: _switches, ...plain } = (config ?? {}) as Record<string, unknown>;
    const file = JSON.stringify({ ...rest, config: plain });
    const failures = Array.from({ length: 10 }, (_, replication) => {
      return runScenario(file, { create: createAllocator, replication }).failure;
    });
    // At a step: what is no scenario would fail as well.
    expect(failures.some((each) => each?.step !== undefined)).toBe(true);
  });
});
