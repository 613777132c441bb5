import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OFFERABLE, ShareTree } from '../../src/allocators/bookkeeping/share-tree.js';
import { Resources } from '../../src/cluster/resources/resources.js';

const SIBLINGS = 90;
const OFTEN = 12;

/** Whole numbers, few of them, so that shares tie within a name and between names. */
const amount = fc.constantFrom(0, 1000, 2000, 4000, 8000);
const step = fc.oneof(
  {
    weight: OFTEN,
    arbitrary: fc.record({ kind: fc.constant('totals' as const), more: fc.tuple(amount, amount, amount) }),
  },
  {
    weight: OFTEN,
    arbitrary: fc.record({ kind: fc.constant('serve' as const), what: fc.tuple(amount, amount, amount) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('charge' as const),
      at: fc.nat(SIBLINGS - 1),
      what: fc.tuple(amount, amount, amount),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('list' as const),
      at: fc.nat(SIBLINGS - 1),
      listed: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('weight' as const),
      at: fc.nat(SIBLINGS - 1),
      weight: fc.constantFrom(1, 3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('all' as const, 'suppress' as const) }) },
);

test('who is first of many siblings is found without sorting them while the totals change (R-3.2, R-3.4)', () => {
  const histories = fc.record({
    start: fc.array(fc.tuple(amount, amount, amount), { minLength: SIBLINGS, maxLength: SIBLINGS }),
    hasDisk: fc.boolean(),
    steps: fc.array(step, { minLength: 20, maxLength: 120 }),
  });
  const check = fc.property(histories, ({ start, hasDisk, steps }) => {
    const total = [100_000, 100_000, hasDisk ? 100_000 : 0, 0];
    const tree = new ShareTree(total, new Set());
    tree.totalsChanged();
    const role = tree.addNode(ShareTree.ROOT, 'role', -1);
    const home = tree.addNode(role, '.', -1);
    const leaves = start.map((_, i) => tree.addNode(home, `f${String((i * 37) % SIBLINGS)}`, i));
    const used = start.map(() => [0, 0, 0]);
    const counts = start.map(() => 0);
    const weights = start.map(() => 1);
    const listed = start.map(() => true);
    const charge = (at: number, what: readonly [number, number, number]): void => {
      tree.charge(leaves[at], 0, Resources.plain(...what), 1, 1);
      what.forEach((milli, name) => (used[at][name] += milli));
      counts[at]++;
    };
    const byServing = (a: number, b: number): number => {
      const share = (at: number): number =>
        Math.max(...used[at].map((milli, name) => (total[name] > 0 ? milli / total[name] : 0))) / weights[at];
      const names = [a, b].map((at) => tree.name[leaves[at]]);
      return share(a) - share(b) || counts[a] - counts[b] || (names[0] < names[1] ? -1 : 1);
    };
    const sorted = (): number[] =>
      leaves
        .map((_, at) => at)
        .filter((at) => listed[at])
        .sort(byServing);
    for (const leaf of leaves) tree.list(leaf, OFFERABLE, true);
    start.forEach((what, at) => charge(at, what));
    for (const each of steps) {
      if (each.kind === 'totals') {
        each.more.forEach((milli, name) => (total[name] += milli));
        tree.totalsChanged();
      } else if (each.kind === 'serve') {
        const [first] = sorted();
        if (first !== undefined) charge(first, each.what);
      } else if (each.kind === 'charge') {
        charge(each.at, each.what);
      } else if (each.kind === 'list') {
        tree.list(leaves[each.at], OFFERABLE, (listed[each.at] = each.listed));
      } else if (each.kind === 'suppress') {
        const [first] = sorted();
        if (first === undefined) continue;
        tree.list(leaves[first], OFFERABLE, (listed[first] = false));
        tree.first(OFFERABLE);
        charge(first, [0, 0, 0]);
      } else if (each.kind === 'weight') {
        tree.setWeight(leaves[each.at], (weights[each.at] = each.weight));
      } else {
        tree.settle();
        expect(tree.children(home, OFFERABLE)).toEqual(sorted().map((at) => leaves[at]));
      }
      const [first] = sorted();
      expect(tree.first(OFFERABLE)).toBe(first === undefined ? -1 : leaves[first]);
    }
  });
  fc.assert(check, { numRuns: 150 });
});
