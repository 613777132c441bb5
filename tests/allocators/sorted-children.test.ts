import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OFFERABLE, SortedChildren } from '../../src/allocators/bookkeeping/sorted-children.js';

const move = fc.tuple(fc.nat(), fc.nat(9), fc.nat(3), fc.boolean());

test('children stay in order of share, count and name, near or far as they move (R-3.4)', () => {
  const histories = fc.record({
    size: fc.integer({ min: 1, max: 300 }),
    moves: fc.array(move, { maxLength: 60 }),
  });
  const check = fc.property(histories, ({ size, moves }) => {
    const names = ['', ...Array.from({ length: size }, (_, i) => `f${String(i).padStart(3, '0')}`)];
    const children = new SortedChildren(names);
    const nodes = names.map((_, node) => node).slice(1);
    const keys = new Map(nodes.map((node) => [node, [0, 0]]));
    children.add(0, -1);
    for (const node of nodes) {
      children.add(node, 0);
      children.list(node, 0, OFFERABLE, true);
    }
    for (const [which, share, count, isFirst] of moves) {
      // Mostly the first is served, and goes to the end or near it.
      const node = isFirst ? children.of(0, OFFERABLE)[0] : nodes[which % size];
      keys.set(node, [share, count]);
      children.move(node, 0, () => {
        children.share[node] = share;
        children.count[node] = count;
      });
      const order = nodes.toSorted((a, b) => compare(keys.get(a), keys.get(b)) || a - b);
      expect(children.of(0, OFFERABLE)).toEqual(order);
    }
  });
  fc.assert(check, { numRuns: 200 });
});

function compare([shareA, countA]: number[] = [], [shareB, countB]: number[] = []): number {
  return shareA - shareB || countA - countB;
}
