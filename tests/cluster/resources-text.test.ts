import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kindOf } from '../../src/cluster/resources/kinds.js';
import { formatMilli, parseMilli } from '../../src/cluster/resources/scalars.js';
import {
  formatQuantities,
  formatResources,
  parseQuantities,
  parseResources,
  ResourceTextError,
} from '../../src/cluster/resources/text.js';
import { textResources } from './arbitrary-resources.js';

const canonical = (text: string): string => formatResources(parseResources(text));

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ResourceTextError);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('resource text', () => {
  it.each([
    ['', ''],
    [' ; ;', ''],
    ['cpus:0;mem:0.0004;ports:[];tags:{}', ''],
    ['mem : 1024 ; cpus:2.50', 'cpus:2.5;mem:1024'],
    ['cpus:1;cpus(*):0.5;cpus():.25', 'cpus:1.75'],
    ['cpus:0.0005', 'cpus:0.001'],
    ['cpus:1.0014999', 'cpus:1.001'],
    ['disk:1099511627776', 'disk:1099511627776'],
    ['ports:[33000-33000, 31000 - 32000,32001-32005]', 'ports:[31000-32005,33000-33000]'],
    ['ports:[1-5];ports:[4-9]', 'ports:[1-9]'],
    ['tags:{b, a};tags:{c,a}', 'tags:{a,b,c}'],
    ['cpus(eng):2', 'cpus(eng):2'],
    ['cpus( +eng ):2', 'cpus(+eng):2'],
    ['cpus (eng > +eng/web) [ revocable ] : 2', 'cpus(eng>+eng/web)[revocable]:2'],
    ['cpus[]:1', 'cpus:1'],
    ['disk[ path = /p q ]:7;disk[mount=/m:1]:100', 'disk[mount=/m:1]:100;disk[path=/p q]:7'],
    ['disk[raw]:1;disk[raw]:2;disk[raw=d1]:5;disk[block]:3', 'disk[block]:3;disk[raw=d1]:5;disk[raw]:3'],
    ['disk(+a)[path=/p,volume=v]:7', 'disk(+a)[volume=v,path=/p]:7'],
    ['disk(+eng)[volume=v1]:2;disk(+eng)[volume=v1]:3', 'disk(+eng)[volume=v1]:5'],
    [
      'zinc:1;cpus(b):1;ports:[1-2];gpus:1;mem(a):1;disk:1;mem:1;cpus(a):1;cpus:1',
      'cpus:1;mem:1;disk:1;gpus:1;ports:[1-2];zinc:1;cpus(a):1;mem(a):1;cpus(b):1',
    ],
  ])('%j is %j in canonical form', (text, expected) => {
    expect(canonical(text)).toBe(expected);
    expect(canonical(expected)).toBe(expected);
  });

  it('a shared volume is counted in copies (R-1.22)', () => {
    const twice = 'disk(+eng)[volume=v1,shared]:5;disk(+eng)[shared,volume=v1]:5';
    const resources = parseResources(twice);
    expect([...resources.amounts]).toEqual([10000]);
    expect(kindOf(resources.kinds[0]).unitMilli).toBe(5000);
    expect(canonical(twice)).toBe('disk(+eng)[volume=v1,shared]:5;disk(+eng)[volume=v1,shared]:5');
  });

  it('what goes whole is one whole, and not part of a larger one (R-1.8)', () => {
    const disk = parseResources('disk[mount=/m]:100');
    expect(disk.contains(parseResources('disk[mount=/m]:60'))).toBe(false);
    expect(parseResources('disk[path=/m]:100').contains(parseResources('disk[path=/m]:60'))).toBe(true);
  });

  it('says every bag, and reads it back', () =>
    fc.assert(
      fc.property(textResources, (resources) => {
        const text = formatResources(resources);
        const again = parseResources(text);
        expect(formatResources(again)).toBe(text);
        expect(again.equals(resources)).toBe(true);
      }),
    ));

  it('is the same for any order of the items', () =>
    fc.assert(
      fc.property(
        textResources.chain((resources) => {
          const items = formatResources(resources).split(';');
          return fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length }));
        }),
        ([items, shuffled]) => {
          expect(canonical(shuffled.join(' ; '))).toBe(items.join(';'));
        },
      ),
    ));
});

describe('malformed resource text names the item and the way to mend it', () => {
  it.each([
    ['cpus', '"cpus": an item is name:value, name(role):value or name[trait]:value'],
    ['mem:1;cpus=2', '"cpus=2": an item is name:value, name(role):value or name[trait]:value'],
    ['cpus(eng:2', '"cpus(eng:2": an item is name:value, name(role):value or name[trait]:value'],
    [
      'cpus[revocable](eng):2',
      '"cpus[revocable](eng):2": an item is name:value, name(role):value or name[trait]:value',
    ],
    [':4', '":4": the resource has no name'],
    ['(eng):4', '"(eng):4": the resource has no name'],
    ['c pus:4', '"c pus:4": a resource name holds no blanks and none of ; : , ( ) [ ] { }'],
    [
      'cpus:',
      '"cpus:": the value is a number such as 2.5, ranges such as [31000-32000] or a set such as {a,b}',
    ],
    [
      'cpus:two',
      '"cpus:two": the value is a number such as 2.5, ranges such as [31000-32000] or a set such as {a,b}',
    ],
    [
      'cpus:1e3',
      '"cpus:1e3": the value is a number such as 2.5, ranges such as [31000-32000] or a set such as {a,b}',
    ],
    [
      'cpus:1:2',
      '"cpus:1:2": the value is a number such as 2.5, ranges such as [31000-32000] or a set such as {a,b}',
    ],
    [
      'cpus:.',
      '"cpus:.": the value is a number such as 2.5, ranges such as [31000-32000] or a set such as {a,b}',
    ],
    ['cpus:-1', '"cpus:-1": a resource is not negative (R-1.3)'],
    ['mem:1099511627777', '"mem:1099511627777": the largest quantity is 1099511627776'],
    ['gpus:0.5', '"gpus:0.5": gpus are whole numbers (R-1.4)'],
    ['ports:3', '"ports:3": "ports" takes ranges such as [31000-32000] (R-1.4)'],
    ['cpus:[1-2]', '"cpus:[1-2]": "cpus" takes a number such as 2.5 (R-1.4)'],
    ['ports:[80]', '"ports:[80]": a range is written begin-end, such as 31000-32000 or 8080-8080'],
    ['ports:[1-2,]', '"ports:[1-2,]": a range is written begin-end, such as 31000-32000 or 8080-8080'],
    ['ports:[9-1]', '"ports:[9-1]": the range 9-1 ends before it begins (R-1.3)'],
    ['ports:[0-9999999999999]', '"ports:[0-9999999999999]": the largest end of a range is 1099511627776'],
    ['tags:{a,,b}', '"tags:{a,,b}": a set is written {a,b}'],
    ['x:1;x:{a}', '"x:1;x:{a}": "x" has values of two types; give it one'],
    ['cpus(+*):1', '"cpus(+*):1": nothing is reserved for "*" (R-1.10)'],
    ['cpus(+):1', '"cpus(+):1": a role name is not empty (R-2.1)'],
    ['cpus(a//b):1', '"cpus(a//b):1": role "a//b" has an empty component (R-2.1)'],
    ['cpus(a b):1', '"cpus(a b):1": role "a b" holds white space (R-2.1)'],
    ['cpus(a>a/b):1', '"cpus(a>a/b):1": only the first reservation is static: write +a/b (R-1.11)'],
    ['cpus(a>+b):1', '"cpus(a>+b):1": "b" is not below "a", which it refines (R-1.11)'],
    ['cpus(a>+a):1', '"cpus(a>+a):1": "a" is not below "a", which it refines (R-1.11)'],
    [
      'cpus[fast]:1',
      '"cpus[fast]:1": the traits are revocable, volume=ID, shared, mount=PATH, path=PATH, ' +
        'raw or raw=ID, and block or block=ID',
    ],
    ['cpus[revocable=1]:1', '"cpus[revocable=1]:1": the trait revocable takes no value'],
    ['cpus[revocable,revocable]:1', '"cpus[revocable,revocable]:1": the trait revocable is given twice'],
    ['disk[volume]:1', '"disk[volume]:1": the trait volume takes a value: volume=...'],
    ['disk[shared]:1', '"disk[shared]:1": only a volume is shared: add volume=ID (R-1.22)'],
    ['cpus[volume=v]:1', '"cpus[volume=v]:1": only disk has volume, mount, path, raw and block'],
    ['disk[mount=/a,path=/b]:1', '"disk[mount=/a,path=/b]:1": a disk has mount or path, not both'],
    ['disk[raw=]:1', '"disk[raw=]:1": the trait raw takes a value: raw=...'],
    [
      'disk(+a)[volume=v,shared]:1;disk(+a)[volume=v,shared]:2',
      '"disk(+a)[volume=v,shared]": the copies of a shared volume are of one size',
    ],
    ['cpus(a\nb):1', '"cpus(a\\nb):1": role "a b" holds white space (R-2.1)'],
    [
      `${'x'.repeat(70)}=1`,
      `"${'x'.repeat(60)}...": an item is name:value, name(role):value or name[trait]:value`,
    ],
    [
      Array.from({ length: 9 }, () => 'mem:1099511627776').join(';'),
      /: "mem" adds up to more than can be counted$/,
    ],
  ])('%j', (text, message) => {
    const actual = messageOf(() => parseResources(text));
    if (typeof message === 'string') expect(actual).toBe(`resource text ${message}`);
    else expect(actual).toMatch(message);
  });

  it('any text is read or refused on one line, in time that grows with its length', () => {
    const piece = fc.constantFrom(
      ...[
        'cpus',
        'disk',
        'ports',
        'x',
        ':',
        ';',
        '(',
        ')',
        '[',
        ']',
        '{',
        '}',
        ',',
        '>',
        '+',
        '*',
        '/',
        '-',
        '.',
      ],
      ...['revocable', 'shared', 'volume=v', 'mount=/m', 'path=/p', 'eng', '1', '0.0005', ' ', '\n', '='],
    );
    const noise = fc.string({ unit: 'binary', maxLength: 3 });
    const soup = fc.array(fc.oneof({ weight: 8, arbitrary: piece }, noise)).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(soup, (text) => {
        try {
          const resources = parseResources(text);
          expect(parseResources(formatResources(resources)).equals(resources)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ResourceTextError);
          expect((error as Error).message).not.toContain('\n');
        }
      }),
      { numRuns: 1000 },
    );
    expect(messageOf(() => parseResources(`cpus${' '.repeat(200_000)}x`))).toContain('an item is');
  });

  it('outside input does not grow the table of names without end', () => {
    const many = Array.from({ length: 2000 }, (_, i) => `name${i}:1`).join(';');
    expect(messageOf(() => parseResources(many))).toMatch(/too many different resource names/);
    expect(canonical('cpus:1;mem:2')).toBe('cpus:1;mem:2');
  });
});

describe('quantities', () => {
  it('add up and keep zeros, because a limit of 0 is not no limit (R-1.7)', () => {
    expect(parseQuantities('mem:512;cpus:4;cpus:0.5;gpus:0')).toEqual({ cpus: 4500, mem: 512000, gpus: 0 });
    expect(formatQuantities(parseQuantities('gpus:0;mem:512;cpus:4'))).toBe('cpus:4;mem:512;gpus:0');
  });

  it.each(['cpus(a):1', 'cpus[revocable]:1', 'ports:[1-2]'])('refuse %s', (text) => {
    expect(messageOf(() => parseQuantities(text))).toBe(
      `resource text ${JSON.stringify(text)}: a quantity is a name and a number, such as cpus:4`,
    );
  });
});

describe('decimal text (semantics-notes C-4)', () => {
  it.each([
    ['0.0004', 0],
    ['0.0005', 1],
    ['0.9995', 1000],
    ['2.5', 2500],
    ['2.0015', 2002],
    ['1.00149999999999999999', 1001],
    ['4096.', 4096000],
    ['.5', 500],
    ['0012', 12000],
  ])('%s is %d thousandths', (text, milli) => {
    expect(parseMilli(text)).toBe(milli);
  });

  it.each(['', '.', '-1', '+1', '1e3', '0x1', ' 1', '1,5', 'NaN', 'Infinity', '1.2.3', '9'.repeat(400)])(
    '%j is none',
    (text) => {
      expect(parseMilli(text)).toBeUndefined();
    },
  );

  it('every amount is said and read back', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 * 1000 }), (milli) => {
        expect(parseMilli(formatMilli(milli))).toBe(milli);
      }),
    ));
});
