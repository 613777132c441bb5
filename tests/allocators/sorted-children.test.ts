import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OFFERABLE, SortedChildren } from '../../src/allocators/bookkeeping/sorted-children.js';

/** Which node, its new share and count, whether one of the first is taken instead, and how many places are looked at then. */
const move = fc.tuple(fc.nat(), fc.nat(9), fc.nat(3), fc.nat(11), fc.nat(4));

/** Beside moves: a node is unlisted or listed, all get other keys, the last is looked at, the whole list is read. */
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ move }) },
  { weight: 1, arbitrary: fc.record({ toggle: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ shares: fc.array(fc.nat(5), { minLength: 1, maxLength: 7 }) }) },
  { weight: 1, arbitrary: fc.constant({ isLastSeen: true }) },
  { weight: 1, arbitrary: fc.constant({ isRead: true }) },
);

type Step = Partial<{
  move: [number, number, number, number, number];
  toggle: number;
  shares: number[];
  isLastSeen: boolean;
  isRead: boolean;
}>;

/** Children of one node beside what their order should be. */
class Siblings {
  readonly children: SortedChildren;
  readonly nodes: number[];
  readonly listed: Set<number>;

  constructor(size: number) {
    const names = ['', ...Array.from({ length: size }, (_, i) => `f${String(i).padStart(3, '0')}`)];
    this.children = new SortedChildren(names);
    this.nodes = names.map((_, node) => node).slice(1);
    this.listed = new Set(this.nodes);
    this.children.add(0, -1);
    for (const node of this.nodes) {
      this.children.add(node, 0);
      this.children.list(node, 0, OFFERABLE, true);
    }
  }

  get order(): number[] {
    const { share, count } = this.children;
    return [...this.listed].sort((a, b) => share[a] - share[b] || count[a] - count[b] || a - b);
  }

  setKeys(node: number, share: number, count: number): void {
    this.children.share[node] = share;
    this.children.count[node] = count;
  }

  take({ move, toggle, shares, isLastSeen, isRead }: Step): void {
    const { children, nodes } = this;
    if (move !== undefined) {
      const [which, share, count, place, looked] = move;
      // Mostly one of the first is served, and goes to the end or near it.
      const first = place < 8 && this.listed.size > 0 ? this.order[place >> 1] : undefined;
      const node = first ?? nodes[which % nodes.length];
      if (this.listed.has(node)) children.move(node, 0, () => this.setKeys(node, share, count));
      const seen = Array.from({ length: looked }, (_, i) => children.at(0, OFFERABLE, i));
      expect(seen).toEqual(Array.from({ length: looked }, (_, i) => this.order[i] ?? -1));
    } else if (toggle !== undefined) {
      const node = nodes[toggle % nodes.length];
      const isListed = this.listed.has(node);
      expect(children.list(node, 0, OFFERABLE, !isListed)).toBe(this.listed.size + (isListed ? -1 : 1));
      if (isListed) this.listed.delete(node);
      else this.listed.add(node);
    } else if (shares !== undefined) {
      children.sort(0, (node) => this.setKeys(node, shares[node % shares.length], node % 3));
    }
    if (isLastSeen === true) {
      const last = Math.max(this.listed.size - 1, 0);
      expect(children.at(0, OFFERABLE, last)).toBe(this.order[last] ?? -1);
    }
    if (isRead === true) expect(children.of(0, OFFERABLE)).toEqual(this.order);
  }
}

test('children stay in order of share, count and name, near or far as they move (R-3.4)', () => {
  const histories = fc.record({
    size: fc.integer({ min: 1, max: 300 }),
    steps: fc.array(step, { maxLength: 150, size: 'max' }),
  });
  const check = fc.property(histories, ({ size, steps }) => {
    const siblings = new Siblings(size);
    for (const each of steps) siblings.take(each);
    siblings.take({ isRead: true });
  });
  fc.assert(check, { numRuns: 300 });
});
