import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isUtf8, NameTable, TupleTable } from '../../src/workloads/interning.js';
import { stableOrder } from '../../src/workloads/stable-order.js';

describe('ids count up in order of first appearance', () => {
  test('of names', () => {
    // Names that count up, in order and not, and any others.
    const name = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5 }),
      fc.nat(200).map((number) => `b${number}`),
    );
    const counted = fc.nat(120).map((count) => Array.from({ length: count }, (_, i) => `b${i}`));
    const names = fc.tuple(counted, fc.array(name, { maxLength: 200 })).map((parts) => parts.flat());
    fc.assert(
      fc.property(names, (texts) => {
        const table = new NameTable();
        const seen = [...new Set(texts)];
        expect(texts.map((text) => table.id(text))).toEqual(texts.map((text) => seen.indexOf(text)));
        expect(table.size).toBe(seen.length);
        const bytes = Buffer.from('<absent name>');
        expect(table.find(bytes, 0, bytes.length)).toBe(-1);
        expect(table.takeNames()).toEqual(seen);
        expect(table.size).toBe(0);
      }),
    );
  });

  test('of tuples', () => {
    const part = fc.oneof(fc.nat(3), fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 53 - 1));
    fc.assert(
      fc.property(fc.array(fc.tuple(part, part, part, part), { maxLength: 300 }), (tuples) => {
        const table = new TupleTable();
        const keys = tuples.map((tuple) => tuple.join());
        const seen = [...new Set(keys)];
        expect(tuples.map((tuple) => table.id(...tuple))).toEqual(keys.map((key) => seen.indexOf(key)));
        tuples.forEach((tuple, i) => {
          const id = seen.indexOf(keys[i]);
          expect([0, 1, 2, 3].map((index) => table.get(id, index))).toEqual(tuple);
        });
      }),
    );
  });
});

test('text is told from other bytes', () => {
  const whole = (bytes: readonly number[]) =>
    isUtf8(Uint8Array.from([255, ...bytes, 255]), 1, bytes.length + 1);
  expect(whole([])).toBe(true);
  expect(whole([...Buffer.from('aé🎉')])).toBe(true);
  expect(whole([0xc3])).toBe(false);
  expect(whole([0xed, 0xa0, 0x80])).toBe(false);
});

test('the stable order is that of a stable sort', () => {
  const keys = fc.oneof(
    fc.array(fc.nat(5), { maxLength: 100 }),
    fc.array(fc.nat({ max: 2 ** 53 - 1 }), { maxLength: 100 }),
  );
  fc.assert(
    fc.property(keys, (values) => {
      const expected = [...values.keys()].sort((a, b) => values[a] - values[b]);
      const given = Float64Array.from(values);
      expect([...stableOrder(given)]).toEqual(expected);
      expect([...given]).toEqual(values);
    }),
  );
});
