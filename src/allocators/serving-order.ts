import type { AgentId, Micros } from '../cluster/ids.js';
import type { Offer } from '../cluster/protocol.js';
import type { QueuedAsk } from './bookkeeping/ask-queue.js';
import type { Books, Client } from './bookkeeping/books.js';
import { ASKING, OFFERABLE, ShareTree, type NodeId } from './bookkeeping/share-tree.js';
import type { Budget } from './quota-cut.js';
import { RandomWalk } from './random-walk.js';

/** Takes the next client; a budget cuts what it may be offered of limited scalars. False: stop. */
export type Visit = (client: Client, budget?: Budget) => boolean;

/** Where in a list the next role stands, from a place to before another, that a visit may be of use to; the end: none. */
export type Skip = (roles: readonly NodeId[], from: number, to: number) => number;

/** What an order that serves asks itself may do, within the scope of the run. */
export interface Market {
  /** The run is for all agents. */
  readonly isWhole: boolean;
  /** Somebody wants to know of every ask why it waits. */
  readonly isListenedTo: boolean;
  /** Limits and headroom allow one piece, or the whole gang. */
  isAllowed(client: Client, ask: QueuedAsk): boolean;
  /** Agents for the next piece, or for all of a gang, by the agent order; empty: no room. */
  place(client: Client, ask: QueuedAsk): readonly AgentId[];
  /** One piece to each of these agents, as one event. They must have room. */
  grant(client: Client, ask: QueuedAsk, agents: readonly AgentId[]): void;
}

/** Who is served next: the part of an allocator that a policy supplies. Policies rank buyers, agent orders rank goods. */
export interface ServingOrder {
  /**
   * Coarse cycle: calls back with every client that may be offered something, first served first, in an order taken anew
   * for each agent (mesos-allocation.md section 5). Charges made meanwhile do not move it. `visit` returns false to stop.
   *
   * @param skip passes over nodes of top-level roles below which a visit comes to nothing: an order may leave them out, and
   *   whoever has a verdict on the agent; absent: all are to be visited
   */
  walk(visit: Visit, agent: AgentId, skip?: Skip): void;
  /** A walk visits all that are offerable once, in the order of {@link precedes}, without budgets or draws. */
  readonly walksByPrecedence?: boolean;
  /** The node of the client that such a walk visits first, or -1. */
  firstOfferable?(): NodeId;
  /** A client may be visited twice on one agent: its offers are made one. */
  readonly visitsTwice?: boolean;
  /** Demand cycle: the client served next among those that wait with an ask and are not blocked. */
  firstAsking(): Client | undefined;
  /** True when `a` is served before `b`. */
  precedes(a: Client, b: Client): boolean;
  /** Only the very first is considered; when its ask fits nowhere the cycle ends (P-2). */
  readonly barrier: boolean;
  /** A grant may make agents free for others that the order kept from them. */
  readonly freesAgents?: boolean;
  /** Serves all asks in place of the demand cycle's own loop. */
  serve?(now: Micros, market: Market): void;

  /** A run begins. */
  begin?(now: Micros): void;
  /** An ask was granted, wholly or a piece; the offers have their numbers now. */
  granted?(client: Client, ask: QueuedAsk, offers: readonly Offer[]): void;

  /** What the books do not know and later answers depend on; JSON keeps it as it is. */
  snapshot?(): unknown;
  restore?(state: unknown): void;
}

/** Hierarchical dominant resource fairness: the share tree's own order. */
export class DrfOrder implements ServingOrder {
  readonly barrier = false;
  readonly #books: Books;
  /** Undefined: both levels are in the order of shares. */
  readonly #random: RandomWalk | undefined;

  /** @param random stream of the random sorters */
  constructor(books: Books, random: () => number) {
    this.#books = books;
    const { roleSorter, frameworkSorter } = books.options;
    if (roleSorter === 'drf' && frameworkSorter === 'drf') return;
    books.lots.drawFrom(random);
    this.#random = new RandomWalk(books, roleSorter, frameworkSorter);
  }

  /** Not for one that is derived from it and walks otherwise. */
  get walksByPrecedence(): boolean {
    return this.#random === undefined && this.walk === DrfOrder.prototype.walk;
  }

  walk(visit: Visit, _agent?: AgentId, skip?: Skip): void {
    if (this.#random !== undefined) {
      this.#random.walk(visit, skip);
      return;
    }
    const { tree } = this.#books;
    tree.settle();
    if (skip === undefined) {
      this.#walkBelow(ShareTree.ROOT, visit);
      return;
    }
    const roles = tree.children(ShareTree.ROOT, OFFERABLE);
    for (let i = 0; i < roles.length; i++) {
      if ((i = skip(roles, i, roles.length)) === roles.length) return;
      if (!this.#walkAt(roles[i], visit)) return;
    }
  }

  firstOfferable(): NodeId {
    return this.#books.tree.first(OFFERABLE);
  }

  firstAsking(): Client | undefined {
    const { tree, clients } = this.#books;
    const leaf = tree.first(ASKING);
    return leaf < 0 ? undefined : clients[tree.client[leaf]];
  }

  precedes(a: Client, b: Client): boolean {
    return this.#books.tree.precedes(a.node, b.node);
  }

  #walkBelow(node: NodeId, visit: Visit): boolean {
    const { tree } = this.#books;
    // Most often the first takes all: the others need not be in order.
    const first = tree.firstChild(node, OFFERABLE);
    if (first < 0) return true;
    if (!this.#walkAt(first, visit)) return false;
    for (let place = 0; ; place++) {
      const child = tree.childAt(node, OFFERABLE, place);
      if (child < 0) return true;
      if (child !== first && !this.#walkAt(child, visit)) return false;
    }
  }

  #walkAt(node: NodeId, visit: Visit): boolean {
    const { tree, clients } = this.#books;
    const client = tree.client[node];
    return client < 0 ? this.#walkBelow(node, visit) : visit(clients[client] as Client);
  }
}
