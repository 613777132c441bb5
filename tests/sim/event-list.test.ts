import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventList } from '../../src/sim/engine/event-list.js';

/** Few times, so that ties are common; undefined: pop. */
const operations = fc.array(fc.option(fc.nat(20), { nil: undefined, freq: 3 }), { maxLength: 400 });

describe('the future event list', () => {
  it('pops as a stable sort by time does', () => {
    fc.assert(
      fc.property(operations, (ops) => {
        const list = new EventList(2);
        const model: { time: number; id: number }[] = [];
        for (const [id, time] of ops.entries()) {
          if (time !== undefined) {
            list.push(time, id, ~id);
            model.push({ time, id });
            model.sort((a, b) => a.time - b.time || a.id - b.id);
          } else if (model.length > 0) {
            const next = model.shift();
            expect([list.nextTime, list.first, list.second]).toEqual([
              next?.time,
              next?.id,
              ~(next?.id ?? 0),
            ]);
            list.pop();
          }
          expect(list.size).toBe(model.length);
          expect(list.nextTime).toBe(model[0]?.time ?? Infinity);
        }
      }),
    );
  });

  it('keeps the order of creation among a thousand equal times', () => {
    const list = new EventList();
    for (let i = 0; i < 1000; i++) list.push(7, i, 0);
    const order: number[] = [];
    while (list.size > 0) {
      order.push(list.first);
      list.pop();
    }
    expect(order).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  it('holds times past 2^32 microseconds and negative payloads', () => {
    const list = new EventList();
    list.push(2 ** 52 + 1, -1, 2 ** 31 - 1);
    list.push(2 ** 52, -(2 ** 31), 0);
    expect([list.nextTime, list.first, list.second]).toEqual([2 ** 52, -(2 ** 31), 0]);
    list.pop();
    expect([list.nextTime, list.first, list.second]).toEqual([2 ** 52 + 1, -1, 2 ** 31 - 1]);
  });
});
