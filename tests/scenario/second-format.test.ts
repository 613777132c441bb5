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

describe('options of the allocator', () => {
  const withConfig = (config: unknown) =>
    failure({ format: 'agora-scenario/2', name: 'n', allocator: 'reservation', config, steps: [] });

  it.each([[{ lendIdle: true }], [{ lendIdle: 'true' }], [{ lendIdle: false, note: 'as it is' }]])(
    '%j is taken as the text',
    (switches) => {
      expect(withConfig({ switches })).toBeUndefined();
    },
  );

  it.each([
    [{ lendIdle: 1 }, 'lendIdle is "1"'],
    [{ lendIdle: [] }, 'config.switches.lendIdle is []; it takes a text, a number, true or false'],
    [{ lendIdle: null }, 'config.switches.lendIdle is null; it takes a text, a number, true or false'],
    [['lendIdle'], 'config.switches is ["lendIdle"]; it takes an object of options of the allocator by name'],
  ])('%j is refused', (switches, message) => {
    expect(withConfig({ switches })).toContain(message);
  });

  it('of a misspelt key, the keys of the second format are told', () => {
    expect(withConfig({ swiches: {} })).toBe('unknown key "swiches" in config; did you mean switches?');
  });
});

describe('disks that the first format does not have', () => {
  const place = { framework: 'f', role: 'dev', agent: 'a' };
  const steps = (text: string): unknown[] => [
    { do: 'addAgent', agent: 'a', resources: `cpus:1;${text}` },
    { do: 'updateAgent', agent: 'a', resources: text },
    { do: 'addAgent', agent: 'a', resources: 'cpus:1', used: { f: { dev: text } } },
    { do: 'updateAvailable', agent: 'a', from: 'disk:5', to: text },
    { expect: 'offers', offers: [{ ...place, resources: text }] },
    { expect: 'offers', anyOf: [[{ ...place, resources: text }]] },
    { do: 'repeat', times: 1, steps: [{ do: 'recover', ...place, resources: text }] },
  ];

  it.each([
    'disk[path=/p]:5',
    'disk[raw]:5',
    'disk[raw=x]:1',
    'disk(+eng)[volume=v,block=b]:5',
    'disk[path=/p]:0',
  ])('%s', (text) => {
    for (const step of steps(text)) {
      const message = failure({ format: 'agora-scenario/1', name: 'n', steps: [step] });
      expect(message).toMatch(/^"disk.*": path, raw and block are of agora-scenario\/2; /);
    }
    const first = steps(text).slice(0, 1);
    expect(failure({ format: 'agora-scenario/2', name: 'n', steps: first })).toBeUndefined();
  });

  it('a role may be called as a key of resource text is', () => {
    const step = {
      do: 'addFramework',
      framework: 'f',
      roles: ['used'],
      minAllocatable: { used: ['ports:3'] },
    };
    expect(failure({ format: 'agora-scenario/1', name: 'n', steps: [step] })).toBeUndefined();
  });

  it('a mount is of both formats, and a note may speak of others', () => {
    const step = { do: 'addAgent', agent: 'a', resources: 'disk[mount=/m]:5', note: 'no disk[path=/p]:5' };
    for (const format of ['agora-scenario/1', 'agora-scenario/2'])
      expect(failure({ format, name: 'n', steps: [step] })).toBeUndefined();
  });
});

describe('attributes (R-1.9)', () => {
  const story = (attributes: string, constraint: string): string | undefined =>
    failure({
      format: 'agora-scenario/2',
      name: 'n',
      steps: [
        { do: 'addAgent', agent: 'a', resources: 'cpus:1;mem:64', attributes },
        { do: 'addFramework', framework: 'f', roles: ['dev'], constraints: { dev: [constraint] } },
        { expect: 'offerCounts', counts: { f: 1 } },
      ],
    });

  it.each(['n=6', 'n!=5', 'n~x', 'n!~5', 'n'])(
    '%s is true of a scalar and of ranges (R-9.14)',
    (constraint) => {
      expect(story('n:5', constraint)).toBeUndefined();
      expect(story('n:[1-2,4-5]', constraint)).toBeUndefined();
    },
  );

  it.each(['n=6', 'n~x', '!n'])('%s is not true of a text, which a name alone is too', (constraint) => {
    for (const attributes of ['n:5a', 'n', 'm:1;n:', 'n:x:y'])
      expect(story(attributes, constraint)).toContain('f');
  });

  it('those that an agent would refuse make the file invalid', () => {
    const message = (attributes: string) => story(attributes, 'n');
    expect(message('n:{a,b}')).toBe(
      'attributes: attribute "n:{a,b}": a set is no attribute; give the name once for each element',
    );
    expect(message('n:[5-1]')).toMatch(/^attributes: attribute "n:\[5-1\]": /);
  });

  it('are free text in the first format', () => {
    const agent = { do: 'addAgent', agent: 'a', resources: 'cpus:1;mem:64', attributes: 'n:{a,b};m:[5-1]' };
    const steps = [
      agent,
      { do: 'addFramework', framework: 'f', roles: ['dev'] },
      { expect: 'offerCounts', counts: { f: 1 } },
      { do: 'recover', framework: 'f', refuseSeconds: 100 },
      { do: 'updateAgent', agent: 'a', attributes: 'n:{b,a};m:[5-1]' },
      {
        note: 'another text is another attribute: the filter is gone',
        expect: 'offerCounts',
        counts: { f: 1 },
      },
    ];
    expect(failure({ format: 'agora-scenario/1', name: 'n', steps })).toBeUndefined();
  });
});
