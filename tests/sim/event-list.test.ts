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

  /** Delays of very different lengths, as tasks have them, and many that are the same. */
  const delays = fc.oneof(
    fc.nat(3),
    fc.nat(1000),
    fc.nat(2 ** 30),
    fc.nat({ max: 2 ** 31 - 1 }).map((delay) => delay * 2 ** 20),
    fc.nat(6).map((power) => 10 ** power),
  );

  /** Rounds of so many new events, each after a delay from this list on, and then so many pops. */
  const rounds = fc.array(
    fc.record({ pushes: fc.nat(4000), pops: fc.nat(4000), delays: fc.array(delays, { minLength: 1 }) }),
    { minLength: 1, maxLength: 8 },
  );

  it('pops as a stable sort does when thousands of events wait', () => {
    fc.assert(
      fc.property(rounds, (all) => {
        const list = new EventList();
        const pushed: { time: number; id: number }[] = [];
        const popped: { time: number; id: number }[] = [];
        let now = 0;
        const pop = (): void => {
          now = list.nextTime;
          popped.push({ time: now, id: list.first });
          list.pop();
        };
        for (const round of all) {
          for (let i = 0; i < round.pushes; i++) {
            const time = now + round.delays[i % round.delays.length];
            list.push(time, pushed.length, 0);
            pushed.push({ time, id: pushed.length });
          }
          for (let i = 0; i < round.pops && list.size > 0; i++) pop();
          expect(list.size).toBe(pushed.length - popped.length);
        }
        while (list.size > 0) pop();
        // No event is created before the time of the last pop, so the whole order is that of one sort.
        expect(popped).toEqual(pushed.sort((a, b) => a.time - b.time || a.id - b.id));
      }),
      { numRuns: 25 },
    );
  });

  it('keeps the order of creation among ten thousand equal times', () => {
    const list = new EventList();
    const ids = Array.from({ length: 10_000 }, (_, i) => i);
    for (const id of ids) list.push(id % 2 === 0 ? 7 : 8, id, 0);
    const order: number[] = [];
    while (list.size > 0) {
      order.push(list.first);
      list.pop();
    }
    expect(order).toEqual([...ids.filter((id) => id % 2 === 0), ...ids.filter((id) => id % 2 === 1)]);
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
