/** the ranks of siblings are in the byte order of their names, however they come and go. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NameRanks } from '../../src/allocators/bookkeeping/name-ranks.js';
import { compareBytes } from '../../src/cluster/roles.js';

/** Siblings below node 0, by number from 1. */
class Siblings {
  readonly #names = [''];
  readonly #ranks = new NameRanks(this.#names);
  readonly #there: number[] = [];

  add(name: string): void {
    const node = this.#names.push(name) - 1;
    this.#ranks.add(node, 0);
    this.#there.push(node);
  }

  remove(which: number): void {
    const [node] = this.#there.splice(which % this.#there.length, 1);
    if (node !== undefined) this.#ranks.remove(node, 0);
  }

  check(): void {
    const { rank } = this.#ranks;
    for (const a of this.#there) {
      for (const b of this.#there) {
        const byName = Math.sign(compareBytes(this.#names[a], this.#names[b]));
        expect(Math.sign(rank[a] - rank[b]), `${this.#names[a]} and ${this.#names[b]}`).toBe(byName);
      }
    }
  }
}

it('R-3.4 any names, some of them equal', () => {
  const name = fc.oneof(
    fc.constantFrom('a', 'b', 'b0', 'é', '\u{1f600}', '\uffff'),
    fc.string({ maxLength: 2 }),
  );
  const step = fc.oneof({ weight: 4, arbitrary: name }, { weight: 1, arbitrary: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const siblings = new Siblings();
      for (const each of steps) {
        if (typeof each === 'string') siblings.add(each);
        else siblings.remove(each);
        siblings.check();
      }
    }),
    { numRuns: 100 },
  );
});

it('R-3.4 each between the last one and the second, until no number is left between their ranks', () => {
  const siblings = new Siblings();
  for (const first of ['00', '000', '000']) siblings.add(first);
  for (let i = 0; i < 80; i++) {
    siblings.add(String(999 - i));
    if (i % 7 === 0) siblings.add(String(999 - i));
  }
  siblings.check();
});
