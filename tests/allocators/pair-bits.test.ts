import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FILTER, MISS, PairBits, type Plane } from '../../src/allocators/bookkeeping/pair-bits.js';

const AGENTS = 70;
const CLIENTS = 100;
const everyClient = Array.from({ length: CLIENTS }, (_, client) => client);

/** The same as a set of texts. */
class PlainPairs {
  readonly #pairs = new Set<string>();

  has(plane: Plane, agent: number, client: number): boolean {
    return this.#pairs.has(`${plane} ${agent} ${client}`);
  }

  put(plane: Plane, agent: number, client: number, bit: boolean): void {
    if (bit) this.#pairs.add(`${plane} ${agent} ${client}`);
    else this.#pairs.delete(`${plane} ${agent} ${client}`);
  }

  without(plane: Plane, agent: number, clients: readonly number[]): number[] {
    return clients.filter((client) => !this.has(plane, agent, client));
  }
}

const plane = fc.constantFrom(MISS, FILTER);
// Few agents, so that some have more pairs than a list holds, and now and then one beyond what there was room for.
const agent = fc.oneof({ weight: 9, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.nat(AGENTS - 1) });
const client = fc.nat(CLIENTS - 1);
const step = fc.oneof(
  { weight: 24, arbitrary: fc.tuple(fc.constant('set'), plane, agent, client) },
  { weight: 12, arbitrary: fc.tuple(fc.constant('clear'), plane, agent, client) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('clearAgent'), plane, agent, client) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('clearClient'), plane, agent, client) },
);

test('bits of pairs are what was set and not cleared, in lists, in rows and between them', () => {
  let mostPairs = 0;
  const check = fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
    const bits = new PairBits();
    const plain = new PlainPairs();
    for (const [what, inPlane, ofAgent, ofClient] of steps) {
      if (what === 'set' || what === 'clear') {
        bits[what](inPlane, ofAgent, ofClient);
        plain.put(inPlane, ofAgent, ofClient, what === 'set');
      } else if (what === 'clearAgent') {
        bits.clearAgent(inPlane, ofAgent);
        for (let each = 0; each < CLIENTS; each++) plain.put(inPlane, ofAgent, each, false);
      } else {
        bits.clearClient(inPlane, ofClient);
        for (let each = 0; each < AGENTS; each++) plain.put(inPlane, each, ofClient, false);
      }
      const expected = everyClient.filter((each) => plain.has(inPlane, ofAgent, each));
      mostPairs = Math.max(mostPairs, expected.length);
      expect(everyClient.filter((each) => bits.has(inPlane, ofAgent, each)).join()).toBe(expected.join());
    }
    for (let each = 0; each < 4; each++) {
      const withAny = everyClient.filter((one) => plain.has(MISS, each, one) || plain.has(FILTER, each, one));
      expect(everyClient.filter((one) => bits.hasAny(each, one))).toEqual(withAny);
      expectWithout(bits, plain, each);
    }
  });
  fc.assert(check, { numRuns: 200 });
  // More than a list holds.
  expect(mostPairs).toBeGreaterThan(16);
});

/** Of every third client and of all of them, with room for some and for all. */
function expectWithout(bits: PairBits, plain: PlainPairs, ofAgent: number): void {
  for (const every of [1, 3]) {
    const clients = everyClient.filter((each) => each % every === 0);
    const words = new Int32Array(Math.ceil(CLIENTS / 32));
    for (const each of clients) words[each >>> 5] |= 1 << (each & 31);
    const expected = plain.without(MISS, ofAgent, clients);
    for (const room of [8, CLIENTS]) {
      const into = new Int32Array(room);
      const count = bits.without(MISS, ofAgent, words, clients.length, into);
      expect(count).toBe(expected.length > room ? -1 : expected.length);
      if (count >= 0) expect([...into.subarray(0, count)]).toEqual(expected);
    }
  }
}
