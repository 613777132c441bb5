import type { AgentId } from '../../cluster/ids.js';
import type { Books, Client } from '../bookkeeping/books.js';
import { ShareTree, type NodeId } from '../bookkeeping/share-tree.js';

/** A branch of the tree that holds something, and its weighted dominant share. */
export interface Holder {
  /** `framework f1`, `role a/b`, or `frameworks of role a` for the virtual leaf. */
  readonly name: string;
  readonly share: number;
}

/** Who holds something on some agents besides one client: the largest shares, of how many, and that of its own branch. */
export interface Competition {
  readonly by: readonly Holder[];
  readonly count: number;
  readonly ownShare: number;
}

interface Branch extends Holder {
  readonly node: NodeId;
}

/** Who holds what is not free: for every node of the share tree the branches below it that hold something. */
export class Holders {
  readonly #books: Books;
  readonly #tree: ShareTree;
  readonly #shares: readonly number[];
  readonly #below = new Map<NodeId, Branch[]>();
  /** Who holds something, per agent; undefined: nobody has asked. */
  #clientsOn: Client[][] | undefined;
  #holding = 0;

  constructor(books: Books) {
    this.#books = books;
    this.#tree = books.tree;
    this.#shares = books.tree.shares();
    const seen = new Set<NodeId>();
    for (const client of books.clients) if (client !== undefined) this.#addBranches(client, seen);
    for (const branches of this.#below.values()) branches.sort((a, b) => b.share - a.share);
  }

  #addBranches({ node: leaf, framework, rolePath }: Client, seen: Set<NodeId>): void {
    const tree = this.#tree;
    let path = rolePath;
    let name = `framework ${framework.info.name}`;
    for (let node = leaf; node !== ShareTree.ROOT; node = tree.parent[node]) {
      if (node !== leaf) {
        const isHome = tree.name[node] === '.';
        name = isHome ? `frameworks of role ${path}` : `role ${path}`;
        if (!isHome) path = path.slice(0, Math.max(0, path.lastIndexOf('/')));
      }
      if (seen.has(node)) return;
      seen.add(node);
      const share = this.#shares[node] ?? 0;
      if (share === 0) continue;
      const parent = tree.parent[node];
      const branches = this.#below.get(parent) ?? [];
      this.#below.set(parent, branches);
      branches.push({ node, name, share });
    }
  }

  /**
   * Where the way from the root to the client's node parts from the branch with the largest share of those that hold something
   * on these agents.
   *
   * @param agents in lists, one after another
   * @param most how many are named
   * @returns undefined: nobody holds anything there that counts in shares
   */
  besides(client: Client, agents: readonly (readonly AgentId[])[], most: number): Competition | undefined {
    const there = this.#nodesOn(agents);
    let found: { at: NodeId; own: NodeId; share: number } | undefined;
    for (let own = client.node; own !== ShareTree.ROOT; own = this.#tree.parent[own]) {
      const at = this.#tree.parent[own];
      const share = this.#below.get(at)?.find(({ node }) => node !== own && there.has(node))?.share ?? 0;
      if (share > 0 && (found === undefined || share >= found.share)) found = { at, own, share };
    }
    if (found === undefined) {
      const ownShare = this.#shares[client.node] ?? 0;
      return ownShare > 0 && there.has(client.node) ? { by: [], count: 0, ownShare } : undefined;
    }
    const { at, own } = found;
    const others = (this.#below.get(at) ?? []).filter(({ node }) => node !== own && there.has(node));
    return {
      by: others.slice(0, most).map(({ name, share }) => ({ name, share })),
      count: others.length,
      ownShare: this.#shares[own] ?? 0,
    };
  }

  /** The nodes of who holds something on one of the agents, and those above them. */
  #nodesOn(agents: readonly (readonly AgentId[])[]): ReadonlySet<NodeId> {
    this.#clientsOn ??= this.#findClients();
    const clients = new Set<Client>();
    for (const list of agents) {
      for (const agent of list) {
        if (clients.size === this.#holding) break;
        for (const client of this.#clientsOn[agent] ?? []) clients.add(client);
      }
    }
    const nodes = new Set<NodeId>();
    for (const client of clients) {
      let { node } = client;
      for (; node !== ShareTree.ROOT && !nodes.has(node); node = this.#tree.parent[node]) nodes.add(node);
    }
    return nodes;
  }

  #findClients(): Client[][] {
    const clientsOn: Client[][] = [];
    const all = new Set<number>();
    this.#books.holdings.forEachPair((agent, id) => {
      const client = this.#books.clients[id];
      if (client === undefined) return;
      all.add(id);
      (clientsOn[agent] ??= []).push(client);
    });
    this.#holding = all.size;
    return clientsOn;
  }
}
