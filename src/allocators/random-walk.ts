import type { SorterName } from '../cluster/allocator.js';
import { shuffle } from './agent-orders.js';
import type { Books, Client } from './bookkeeping/books.js';
import { OFFERABLE, ShareTree, type NodeId } from './bookkeeping/share-tree.js';

/**
 * Mesos's random sorter: roles in a weighted shuffle without replacement, key U^(1/w) descending, where a leaf's
 * weight is its relative weight through the tree; frameworks of a role in a plain shuffle. Either level may be sorted by
 * shares instead. Draws: one per role that may be offered something, then one less than its frameworks per role.
 */
export function walkShuffled(
  books: Books,
  random: () => number,
  visit: (client: Client) => boolean,
  options: { readonly roleSorter: SorterName; readonly frameworkSorter: SorterName },
): void {
  const { tree, clients } = books;
  const homes: { node: NodeId; weight: number }[] = [];
  collect(books, ShareTree.ROOT, 1, homes);
  const roles =
    options.roleSorter === 'drf'
      ? homes
      : homes
          .map((home) => ({ ...home, key: Math.pow(random(), 1 / home.weight) }))
          .sort((a, b) => b.key - a.key);
  for (const { node } of roles) {
    const frameworks = [...tree.children(node, OFFERABLE)];
    if (options.frameworkSorter === 'random') shuffle(frameworks, random);
    for (const leaf of frameworks) if (!visit(clients[tree.client[leaf]] as Client)) return;
  }
}

/** The `.` leaves in order of shares, each with its relative weight among all. */
function collect(
  books: Books,
  node: NodeId,
  weight: number,
  homes: { node: NodeId; weight: number }[],
): void {
  const { tree } = books;
  const children = tree.children(node, OFFERABLE);
  if (children.length === 0) return;
  if (tree.client[children[0]] >= 0) {
    homes.push({ node, weight });
    return;
  }
  const sum = children.reduce((total, child) => total + tree.weight[child], 0);
  for (const child of children) collect(books, child, (weight * tree.weight[child]) / sum, homes);
}
