import { compareBytes } from '../../cluster/roles.js';
import type { Books, Client } from '../bookkeeping/books.js';
import { ShareTree, type NodeId } from '../bookkeeping/share-tree.js';
import type { Reason } from './reasons.js';

type Lost = Extract<Reason, { rule: 'lost' }>;

/** Allocators that serve by dominant shares, allocations and names, whatever else they do. */
const BY_SHARES = new Set(['drf', 'reservation', 'static']);

/** How the branches of the role tree stood before a cycle: what decided between two that wanted the same. */
export class Standings {
  readonly #books: Books;
  readonly #allocator: string;
  readonly #shares: readonly number[];
  readonly #counts: readonly number[];
  /** Roles with unmet guarantees, which go first. */
  readonly #owed: ReadonlySet<string>;
  /** Of whom the cycle has served so far, and all above them. */
  readonly #served = new Set<NodeId>();

  /**
   * @param books in the state before the cycle
   * @param allocator its name
   */
  constructor(books: Books, allocator: string) {
    this.#books = books;
    this.#allocator = allocator;
    this.#owed = new Set(
      books.quota.roles.filter((role) => books.quota.isOwed(role)).map(({ path }) => path),
    );
    this.#shares = books.tree.shares();
    this.#counts = books.tree.counts();
  }

  /** The cycle gives the client something. */
  serve({ node }: Client): void {
    const { parent } = this.#books.tree;
    for (let at = node; at !== ShareTree.ROOT && !this.#served.has(at); at = parent[at]) this.#served.add(at);
  }

  lost(client: Client, winner: Client): Lost {
    const [ours, theirs] = this.#books.tree.parting(client.node, winner.node);
    const [theirShare, ownShare] = [this.#shares[theirs] ?? 0, this.#shares[ours] ?? 0];
    return {
      rule: 'lost',
      to: winner.framework.info.name,
      role: winner.rolePath,
      theirShare,
      ownShare,
      ...this.#decision(client, winner, ours, theirs, theirShare - ownShare),
    };
  }

  #decision(
    client: Client,
    winner: Client,
    ours: NodeId,
    theirs: NodeId,
    difference: number,
  ): Pick<Lost, 'first' | 'after' | 'by' | 'theirAllocations' | 'ownAllocations'> {
    const isOwed = this.#owed.has(winner.rolePath);
    if (!isOwed && this.#isShuffled(client, ours, theirs)) return { first: 'the random sorter' };
    if (difference < 0) return {};
    if (isOwed) return { first: 'guarantee' };
    const isByShares = BY_SHARES.has(this.#allocator.split('?')[0]);
    if (isByShares && difference === 0) {
      const [theirAllocations, ownAllocations] = [this.#counts[theirs] ?? 0, this.#counts[ours] ?? 0];
      const counts = { theirAllocations, ownAllocations };
      if (theirAllocations < ownAllocations) return { by: 'allocations', ...counts };
      const { name, client: clientOf } = this.#books.tree;
      if (theirAllocations === ownAllocations && compareBytes(name[theirs], name[ours]) < 0) {
        const by = clientOf[theirs] >= 0 && clientOf[ours] >= 0 ? 'id' : 'name';
        return { by, ...counts };
      }
    }
    // The winner stood behind, so its turn came when the cycle had served others of the client's own role.
    if (isByShares && this.#served.has(ours)) return { first: 'turn', after: this.#path(ours) };
    return this.#allocator === 'drf' ? {} : { first: this.#allocator };
  }

  /** Whole offers go round in an order of chance there. */
  #isShuffled({ framework }: Client, ours: NodeId, theirs: NodeId): boolean {
    const { tree, options } = this.#books;
    if (options.offers === 'demand' && framework.hasAsked) return false;
    const isLeaves = tree.client[ours] >= 0 && tree.client[theirs] >= 0;
    return (isLeaves ? options.frameworkSorter : options.roleSorter) === 'random';
  }

  #path(node: NodeId): string {
    const { name, parent } = this.#books.tree;
    const names: string[] = [];
    for (let at = node; at !== ShareTree.ROOT; at = parent[at]) if (name[at] !== '.') names.unshift(name[at]);
    return names.join('/');
  }
}
