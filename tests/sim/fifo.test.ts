import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageRing, TimerRing } from '../../src/sim/engine/fifo.js';

/** A run of pushes and shifts; longer runs than the rings' first 64 places make them grow from any position. */
const operations = fc.array(fc.record({ push: fc.nat(100), shift: fc.nat(100) }), { maxLength: 12 });

describe('rings', () => {
  it('give messages back in order, with time and receiver', () => {
    fc.assert(
      fc.property(operations, (ops) => {
        const ring = new MessageRing<{ id: number }>();
        let pushed = 0;
        let shifted = 0;
        for (const { push, shift } of ops) {
          for (let i = 0; i < push; i++, pushed++) ring.push(2 * pushed, ~pushed, { id: pushed });
          for (let i = 0; i < shift && shifted < pushed; i++, shifted++) {
            expect([ring.nextTime, ring.receiver]).toEqual([2 * shifted, ~shifted]);
            expect(ring.shift()).toEqual({ id: shifted });
          }
          expect(ring.size).toBe(pushed - shifted);
        }
        if (ring.size === 0) expect(ring.nextTime).toBe(Infinity);
      }),
    );
  });

  it('give timers back in order, and the last one from behind', () => {
    fc.assert(
      fc.property(operations, fc.nat(3), (ops, fromBehind) => {
        const ring = new TimerRing();
        const model: number[] = [];
        let next = 0;
        for (const { push, shift } of ops) {
          for (let i = 0; i < push; i++, next++) {
            ring.push(next, next + 1, next + 2);
            model.push(next);
          }
          for (let i = 0; i < fromBehind && model.length > 0; i++) {
            expect(ring.lastSecond).toBe((model.pop() as number) + 2);
            ring.pop();
          }
          for (let i = 0; i < shift && model.length > 0; i++) {
            const time = model.shift() as number;
            expect([ring.nextTime, ring.first, ring.second]).toEqual([time, time + 1, time + 2]);
            ring.shift();
          }
          expect(ring.size).toBe(model.length);
        }
      }),
    );
  });
});
