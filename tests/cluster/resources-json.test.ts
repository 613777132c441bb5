import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  quantitiesFromJson,
  quantitiesToJson,
  ResourceJsonError,
  resourcesFromJson,
  resourcesToJson,
} from '../../src/cluster/resources/json.js';
import { DISK, kindOf } from '../../src/cluster/resources/kinds.js';
import { shrinkScalars } from '../../src/cluster/resources/queries.js';
import { formatResources, parseResources } from '../../src/cluster/resources/text.js';
import { anyResources } from './arbitrary-resources.js';

const read = (value: unknown): string => formatResources(resourcesFromJson(value).resources);
const scalar = (name: string, value: unknown, more: object = {}): object => ({
  name,
  type: 'SCALAR',
  scalar: { value },
  ...more,
});
const cpus = (more: object): object => scalar('cpus', 1, more);
const disk = (more: object): object => scalar('disk', 5, more);
const volume = { container_path: 'data', mode: 'RW' };

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ResourceJsonError);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('resources in v1 JSON', () => {
  it('are written with the names and the order of the v1 API (W-1.20)', () => {
    const text = 'cpus(+eng):1.5;mem:512;ports:[1-2,8-9];tags:{a,b};cpus[revocable]:1';
    expect(resourcesToJson(parseResources(text), { legacy: false, allocationRole: 'eng' })).toEqual([
      { name: 'mem', type: 'SCALAR', scalar: { value: 512 }, allocation_info: { role: 'eng' } },
      {
        name: 'ports',
        type: 'RANGES',
        ranges: {
          range: [
            { begin: 1, end: 2 },
            { begin: 8, end: 9 },
          ],
        },
        allocation_info: { role: 'eng' },
      },
      { name: 'tags', type: 'SET', set: { item: ['a', 'b'] }, allocation_info: { role: 'eng' } },
      {
        name: 'cpus',
        type: 'SCALAR',
        scalar: { value: 1.5 },
        reservations: [{ type: 'DYNAMIC', role: 'eng' }],
        allocation_info: { role: 'eng' },
      },
      {
        name: 'cpus',
        type: 'SCALAR',
        scalar: { value: 1 },
        revocable: {},
        allocation_info: { role: 'eng' },
      },
    ]);
  });

  it('every bag survives the trip, also as text of JSON', () =>
    fc.assert(
      fc.property(anyResources, (resources) => {
        const json: unknown = JSON.parse(JSON.stringify(resourcesToJson(resources, { legacy: false })));
        const again = resourcesFromJson(json);
        expect(again.resources.equals(resources)).toBe(true);
        expect(again.allocationRoles).toEqual([]);
      }),
    ));

  it('the legacy format says the same where there is one reservation at most (R-1.12)', () =>
    fc.assert(
      fc.property(anyResources, (all) => {
        const resources = all.filter(({ reservations }) => reservations.length < 2);
        const json: unknown = JSON.parse(JSON.stringify(resourcesToJson(resources, { legacy: true })));
        expect(JSON.stringify(json)).not.toContain('reservations');
        expect(resourcesFromJson(json).resources.equals(resources)).toBe(true);
      }),
    ));

  it('the legacy format refuses refined reservations: they are stripped before (R-1.12)', () => {
    const refined = parseResources('cpus(a>+a/b):1');
    expect(() => resourcesToJson(refined, { legacy: true })).toThrow(RangeError);
  });

  it.each([
    [cpus({ role: '*' }), 'cpus:1'],
    [cpus({ role: 'eng' }), 'cpus(eng):1'],
    [cpus({ role: 'eng', reservation: {} }), 'cpus(+eng):1'],
    [
      cpus({ role: 'eng', reservation: { principal: 'p', labels: { labels: [{ key: 'k' }] } } }),
      'cpus(+eng):1',
    ],
    [cpus({ reservations: [{ type: 'STATIC', role: 'eng' }] }), 'cpus(eng):1'],
    [cpus({ role: 'eng', reservations: [{ type: 'STATIC', role: 'eng' }] }), 'cpus(eng):1'],
    [cpus({ role: 'a', reservation: {}, reservations: [{ type: 'DYNAMIC', role: 'a' }] }), 'cpus(+a):1'],
    [cpus({ reservations: { type: 'DYNAMIC', role: 'a' } }), 'cpus(+a):1'],
    [cpus({ role: null, reservation: null, reservations: [], disk: null, shared: null }), 'cpus:1'],
    [cpus({ unknown_field: { a: 1 } }), 'cpus:1'],
  ])('%j is %s (R-1.12, W-1.24)', (json, text) => {
    expect(read([json])).toBe(text);
    expect(read(json)).toBe(text);
  });

  it('numbers may come as text, ranges and labels as single messages (W-1.23, W-1.24)', () => {
    expect(read(scalar('cpus', '1.5'))).toBe('cpus:1.5');
    expect(read({ name: 'ports', type: 'RANGES', ranges: { range: { begin: '1', end: 3 } } })).toBe(
      'ports:[1-3]',
    );
    expect(read(null)).toBe('');
    expect(read(undefined)).toBe('');
  });

  it('doubles are rounded half away from zero to thousandths, and exact zeros vanish (R-1.2)', () => {
    expect(read([scalar('cpus', 1.5123), scalar('cpus', 0.0005), scalar('disk', 0)])).toBe('cpus:1.513');
    expect(resourcesToJson(parseResources('cpus:0.3'), { legacy: false })[0].scalar?.value).toBe(0.3);
  });

  it('the order of labels says nothing, what they say does (R-1.14)', () => {
    const labelled = (...keys: string[]): object =>
      cpus({ role: 'a', reservation: { labels: { labels: keys.map((key) => ({ key })) } } });
    expect(resourcesFromJson([labelled('x', 'y'), labelled('y', 'x')]).resources.kinds.length).toBe(1);
    expect(resourcesFromJson([labelled('x', 'y'), labelled('x')]).resources.kinds.length).toBe(2);
  });

  it('a volume carries its id, path and principal; given twice it is two (R-1.5, R-1.20)', () => {
    const json = disk({
      role: 'a',
      reservation: {},
      disk: {
        persistence: { id: 'v', principal: 'p' },
        volume,
        source: { type: 'PATH', path: { root: '/p' } },
      },
      shared: {},
    });
    const { resources } = resourcesFromJson([json, json]);
    expect(kindOf(resources.kinds[0])).toMatchObject({
      volume: 'v',
      volumePrincipal: 'p',
      containerPath: 'data',
      source: { type: 'PATH', root: '/p' },
      shared: true,
      unitMilli: 5000,
    });
    expect([...resources.amounts]).toEqual([10000]);
    expect(resourcesToJson(resources, { legacy: true })).toEqual([json, json]);
  });

  it('a disk carries what its storage plugin and resource provider say, and that tells it apart (R-1.5)', () => {
    const metadata = { labels: [{ key: 'a' }, { key: 'b', value: '1' }] };
    const raw = { type: 'RAW', id: 'd1', profile: 'fast', vendor: 'org', metadata };
    const provider = { provider_id: { value: 'p1' } };
    const json = disk({ disk: { source: raw }, ...provider });
    const { resources } = resourcesFromJson([json]);
    expect(resourcesToJson(resources, { legacy: false })).toEqual([json]);
    const others = [
      { id: 'd2' },
      { profile: 'slow' },
      { vendor: 'net' },
      { metadata: { labels: [{ key: 'a' }] } },
    ];
    const sources = [raw, ...others.map((other) => ({ ...raw, ...other }))];
    const entries = [
      ...sources.map((source) => disk({ disk: { source }, ...provider })),
      disk({ disk: { source: raw } }),
    ];
    expect(resourcesFromJson(entries).resources.kinds.length).toBe(6);
  });

  it.each([
    [{ type: 'RAW', id: 'd1' }, false],
    [{ type: 'BLOCK', id: 'd1' }, false],
    [{ type: 'BLOCK' }, false],
    [{ type: 'MOUNT', mount: { root: '/m' } }, false],
    [{ type: 'RAW', profile: 'fast' }, true],
    [{ type: 'PATH', path: { root: '/p' }, id: 'd1' }, true],
  ])('a disk of %j merges and is divided: %s (R-1.5, R-1.8)', (source, isDivisible) => {
    const read = (size: number) => resourcesFromJson(scalar('disk', size, { disk: { source } })).resources;
    expect(read(8).contains(read(5))).toBe(isDivisible);
    expect(read(5).plus(read(3)).equals(read(8))).toBe(isDivisible);
    const limit = new Map([[DISK, 4000]]);
    expect(
      formatResources(
        shrinkScalars(
          read(5),
          (name) => limit.get(name) ?? Infinity,
          () => 0,
        ),
      ) !== '',
    ).toBe(isDivisible);
  });

  it('the roles of allocation_info are gathered once each (R-1.24)', () => {
    const entries = ['a', 'b', 'a'].map((role) => cpus({ allocation_info: { role } }));
    expect(resourcesFromJson(entries).allocationRoles).toEqual(['a', 'b']);
  });
});

describe('malformed JSON names the field and what is wrong with it', () => {
  it.each<[unknown, string]>([
    [3, 'resources: expected an object, found 3'],
    [[[]], 'resources[0]: expected an object, found a list'],
    [[cpus({}), { type: 'SCALAR' }], 'resources[1].name: it is missing'],
    [{ name: 7, type: 'SCALAR' }, 'resources.name: expected text, found 7'],
    [{ name: 'a;b' }, 'resources.name: a resource name holds no blanks and none of ; : , ( ) [ ] { }'],
    [{ name: 'cpus' }, 'resources.type: it is missing'],
    [{ name: 'cpus', type: 'TEXT' }, 'resources.type: expected SCALAR or RANGES or SET, found "TEXT"'],
    [{ name: 'cpus', type: 'RANGES' }, 'resources.type: "cpus" takes a number such as 2.5 (R-1.4)'],
    [{ name: 'cpus', type: 'SCALAR' }, 'resources.scalar: it is missing'],
    [cpus({ set: { item: [] } }), 'resources.set: type SCALAR has no set (R-1.3)'],
    [scalar('cpus', 'many'), 'resources.scalar.value: expected a number, found "many"'],
    [scalar('cpus', true), 'resources.scalar.value: expected a number, found true'],
    [scalar('cpus', -1), 'resources.scalar.value: a resource is not negative (R-1.3)'],
    [scalar('cpus', 0.0001), 'resources.scalar.value: the smallest quantity is 0.001 (R-1.2)'],
    [scalar('cpus', 'Infinity'), 'resources.scalar.value: the largest quantity is 1099511627776'],
    [scalar('gpus', 1.5), 'resources.scalar.value: gpus are whole numbers (R-1.4)'],
    [
      { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 5, end: 1 }] } },
      'resources.ranges.range[0]: the range 5-1 ends before it begins (R-1.3)',
    ],
    [
      { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 1.5, end: 2 }] } },
      'resources.ranges.range[0]: a range is of whole numbers from 0 on (R-1.1)',
    ],
    [
      {
        name: 'ports',
        type: 'RANGES',
        ranges: { range: [4, 1].map((begin) => ({ begin, end: begin + 3 })) },
      },
      'resources.ranges: the ranges 1-4 and 4-7 overlap (R-1.3)',
    ],
    [
      { name: 'x', type: 'SET', set: { item: ['a', 'a'] } },
      'resources.set.item: the set has "a" twice (R-1.3)',
    ],
    [{ name: 'x', type: 'SET', set: { item: [1] } }, 'resources.set.item[0]: expected text, found 1'],
    [cpus({ role: 'a//b' }), 'resources.role: role "a//b" has an empty component (R-2.1)'],
    [cpus({ role: '*', reservation: {} }), 'resources.reservation: nothing is reserved for "*" (R-1.10)'],
    [
      cpus({ role: 'a', reservation: { role: 'a' } }),
      'resources.reservation.role: the legacy format has it in the resource (R-1.12)',
    ],
    [cpus({ reservations: [{ role: 'a' }] }), 'resources.reservations[0].type: it is missing'],
    [cpus({ reservations: [{ type: 'DYNAMIC' }] }), 'resources.reservations[0].role: it is missing'],
    [
      cpus({ reservations: [{ type: 'DYNAMIC', role: '*' }] }),
      'resources.reservations: nothing is reserved for "*" (R-1.10)',
    ],
    [
      cpus({ reservations: ['a', 'a/b'].map((role) => ({ type: 'STATIC', role })) }),
      'resources.reservations: only the first reservation is static, the one for "a/b" is dynamic (R-1.11)',
    ],
    [
      cpus({ reservations: ['a', 'ab'].map((role) => ({ type: 'DYNAMIC', role })) }),
      'resources.reservations: "ab" is not below "a", which it refines (R-1.11)',
    ],
    [
      cpus({ role: 'b', reservations: [{ type: 'STATIC', role: 'a' }] }),
      'resources.reservations: role and reservation say otherwise; leave them out (R-1.12)',
    ],
    [
      cpus({ role: 'a', reservations: [{ type: 'DYNAMIC', role: 'a' }] }),
      'resources.reservations: role and reservation say otherwise; leave them out (R-1.12)',
    ],
    [
      cpus({ reservation: {}, reservations: [{ type: 'DYNAMIC', role: 'a' }] }),
      'resources.reservations: role and reservation say otherwise; leave them out (R-1.12)',
    ],
    [
      { name: 'x', type: 'T'.repeat(70) },
      `resources.type: expected SCALAR or RANGES or SET, found "${'T'.repeat(59)}...`,
    ],
    [cpus({ shared: {} }), 'resources.shared: only a persistent volume is shared (R-1.22)'],
    [cpus({ disk: { source: {} } }), 'resources.disk: "cpus" has no disk information'],
    [disk({ disk: {} }), 'resources.disk: it needs a persistence or a source'],
    [disk({ disk: { volume } }), 'resources.disk: it needs a persistence or a source'],
    [disk({ disk: { persistence: {} } }), 'resources.disk.persistence.id: it is missing'],
    [
      disk({ disk: { persistence: { id: 'v' }, volume: { container_path: 'a', mode: 'RO' } } }),
      'resources.disk.volume.mode: a persistent volume is RW (R-1.20)',
    ],
    [
      disk({ disk: { persistence: { id: 'v' }, volume: { ...volume, host_path: '/' } } }),
      'resources.disk.volume.host_path: a persistent volume has no host path',
    ],
    [
      disk({ disk: { source: { type: 'NVME' } } }),
      'resources.disk.source.type: expected MOUNT or PATH or BLOCK or RAW, found "NVME"',
    ],
    [disk({ disk: { source: { type: 'MOUNT' } } }), 'resources.disk.source.mount: it is missing'],
    [
      disk({ disk: { source: { type: 'RAW', path: { root: '/' } } } }),
      'resources.disk.source.path: a RAW disk has no path',
    ],
    [cpus({ provider_id: {} }), 'resources.provider_id.value: it is missing'],
    [cpus({ role: 'a\nb' }), 'resources.role: role "a b" holds white space (R-2.1)'],
    [new Array(9).fill(scalar('mem', 2 ** 40)), 'resources: "mem" adds up to more than can be counted'],
  ])('%j', (json, message) => {
    expect(messageOf(() => resourcesFromJson(json))).toBe(message);
  });

  it('any JSON is read or refused on one line', () => {
    const field = fc.constantFrom(
      ...[
        'name',
        'type',
        'scalar',
        'value',
        'ranges',
        'range',
        'begin',
        'end',
        'set',
        'item',
        'role',
        'disk',
      ],
      ...['reservation', 'reservations', 'persistence', 'id', 'source', 'shared', 'revocable', '__proto__'],
    );
    const leaf = fc.constantFrom(
      'cpus',
      'disk',
      'SCALAR',
      'RANGES',
      'SET',
      'DYNAMIC',
      'a',
      '',
      1,
      -1,
      0.5,
      true,
      null,
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('tree')), fc.dictionary(field, tie('tree'))),
    }));
    const almost = fc.record(
      {
        name: fc.constantFrom('cpus', 'disk', 'ports'),
        type: fc.constantFrom('SCALAR', 'RANGES'),
        scalar: fc.oneof(fc.record({ value: leaf }), tree),
        ranges: tree,
        reservations: tree,
        disk: tree,
        shared: tree,
      },
      { requiredKeys: ['name', 'type'] },
    );
    fc.assert(
      fc.property(fc.oneof(tree, almost), (json) => {
        try {
          const { resources } = resourcesFromJson(json);
          const again = resourcesFromJson(resourcesToJson(resources, { legacy: false }));
          expect(again.resources.equals(resources)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ResourceJsonError);
          expect((error as Error).message).not.toContain('\n');
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('maps of quantities', () => {
  it('are read and written by name, zeros kept (R-1.7)', () => {
    const json = { cpus: { value: 1.5 }, mem: { value: '512' }, gpus: { value: 0 } };
    expect(quantitiesFromJson(json, 'limits')).toEqual({ cpus: 1500, mem: 512000, gpus: 0 });
    expect(quantitiesToJson({ gpus: 0, mem: 512000, cpus: 1500 })).toEqual({
      cpus: { value: 1.5 },
      mem: { value: 512 },
      gpus: { value: 0 },
    });
    expect(quantitiesFromJson(null, 'limits')).toEqual({});
  });

  it.each<[unknown, string]>([
    [{ cpus: 4 }, 'limits.cpus: expected an object, found 4'],
    [{ cpus: {} }, 'limits.cpus.value: it is missing'],
    [{ cpus: { value: -1 } }, 'limits.cpus: a resource is not negative (R-1.3)'],
    [[], 'limits: expected an object, found a list'],
  ])('refuse %j', (json, message) => {
    expect(messageOf(() => quantitiesFromJson(json, 'limits'))).toBe(message);
  });
});
