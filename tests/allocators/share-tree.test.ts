/** What nodes of the share tree use, and how often they were served. */
import { expect, it } from 'vitest';
import { ShareTree } from '../../src/allocators/bookkeeping/share-tree.js';

const TOTAL = [8, 8, 8, 8, 8, 8, 8];

function treeOfTwo(): { tree: ShareTree; a: number; b: number } {
  const tree = new ShareTree(TOTAL, new Set());
  tree.totalsChanged();
  const [a, b] = ['a', 'b'].map((name) => tree.addNode(ShareTree.ROOT, name, -1));
  return { tree, a, b };
}

it('what is reserved for a role counts for it alone, of names beyond those there was room for, too (R-3.2)', () => {
  const { tree, a, b } = treeOfTwo();
  const last = TOTAL.length - 1;
  tree.chargeReserved(a, last, 2);
  expect([a, b].map((node) => tree.used(node, last))).toEqual([2, 0]);
  expect([a, b].map((node) => tree.shareOf(node))).toEqual([0.25, 0]);
  expect([a, b].map((node) => tree.isCharged(node))).toEqual([true, false]);
  tree.chargeReserved(a, last, -2);
  expect(tree.isCharged(a)).toBe(false);
});

it('a count that is set replaces what was noted on the tab of a framework before (R-3.5)', () => {
  const { tree, a } = treeOfTwo();
  const leaf = tree.addNode(a, 'f', 0);
  tree.tabs.allocations[tree.tab(leaf)] += 3;
  tree.setCount(leaf, 5);
  expect([a, leaf].map((node) => tree.countOf(node))).toEqual([3, 5]);
});
