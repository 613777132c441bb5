/** Questions about the order in which the next run would serve. */
import type { FrameworkId, RoleId } from '../cluster/ids.js';
import type { Books } from './bookkeeping/books.js';
import type { NodeId } from './bookkeeping/share-tree.js';

/** Every role in which a framework is subscribed or holds something, suppressed ones too, in tree order. */
export function roleOrder(books: Books): RoleId[] {
  const { tree, options } = books;
  tree.settle();
  const children = new Map<NodeId, { node: NodeId; path: string; home: boolean }[]>();
  const put = (parent: NodeId, entry: { node: NodeId; path: string; home: boolean }): void => {
    const list = children.get(parent);
    if (list === undefined) children.set(parent, [entry]);
    else list.push(entry);
  };
  for (const path of books.roles.paths()) {
    const node = books.roles.node(path);
    put(tree.parent[node], { node, path, home: false });
  }
  const inUse = new Set(books.clients.map((client) => client?.rolePath));
  for (const path of inUse) {
    if (path !== undefined) put(books.roles.node(path), { node: books.roles.home(path), path, home: true });
  }
  const order: RoleId[] = [];
  const walk = (parent: NodeId): void => {
    const siblings = (children.get(parent) ?? []).sort((a, b) => tree.compare(a.node, b.node));
    for (const { node, path, home } of siblings) {
      if (home) order.push(options.roles.intern(path));
      else walk(node);
    }
  };
  walk(0);
  return order;
}

/** The frameworks of a role that may get offers, first served first. */
export function frameworkOrder(books: Books, role: RoleId): FrameworkId[] {
  books.tree.settle();
  return books.clients
    .filter((client) => client !== undefined && client.role === role && books.isWilling(client))
    .map((client) => client as NonNullable<typeof client>)
    .sort((a, b) => books.tree.compare(a.node, b.node))
    .map((client) => client.framework.id);
}
