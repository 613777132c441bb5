/** Orders over the share tree by keys of a policy's own, level by level as has it. */
import type { Books, Client } from './bookkeeping/books.js';
import { ASKING, ShareTree, type NodeId } from './bookkeeping/share-tree.js';

/** Order of two siblings: below 0 when `a` is served before `b`. */
export type SiblingOrder = (a: NodeId, b: NodeId) => number;

/** The waiting client that is served first. O(siblings) per level. */
export function firstAskingBy({ tree, clients }: Books, compare: SiblingOrder): Client | undefined {
  let node: NodeId = ShareTree.ROOT;
  while (tree.client[node] < 0) {
    const children = tree.children(node, ASKING);
    if (children.length === 0) return undefined;
    let first = children[0];
    for (let i = 1; i < children.length; i++) if (compare(children[i], first) < 0) first = children[i];
    node = first;
  }
  return clients[tree.client[node]];
}

/** True when `a` is served before `b`: their branches compare where they part. */
export function precedesBy({ tree }: Books, compare: SiblingOrder, a: Client, b: Client): boolean {
  if (a === b) return false;
  const [branchA, branchB] = tree.parting(a.node, b.node);
  return compare(branchA, branchB) < 0;
}
