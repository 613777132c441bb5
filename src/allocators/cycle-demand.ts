import type { AllocationScope, OfferSink } from '../cluster/allocator.js';
import type { AgentId, Micros } from '../cluster/ids.js';
import type { Offer } from '../cluster/protocol.js';
import { BlockedHeads } from './bookkeeping/blocked-heads.js';
import type { QueuedAsk } from './bookkeeping/ask-queue.js';
import type { Books, Client } from './bookkeeping/books.js';
import { ASKING } from './bookkeeping/share-tree.js';
import { CPUS, MEM } from '../cluster/resources/kinds.js';
import type { Resources } from '../cluster/resources/resources.js';
import type { CycleRecorder } from './explain/obstacle.js';
import { RoomSearch } from './room-search.js';
import type { Market, ServingOrder } from './serving-order.js';

/**
 * The DRF paper's algorithm: asks outside, agents inside, one offer per granted task (semantics-notes ).
 *
 * An ask that fits nowhere is *blocked*: it leaves the order and is looked at again only for agents that gained something
 * since, or when a rule that held it (quota, filters) may have changed. So an allocation costs what changed.
 */
export class DemandCycle {
  readonly #books: Books;
  readonly #order: ServingOrder;
  readonly #search: RoomSearch;
  readonly #blocked = new BlockedHeads();
  /** Blocked by quota, not by room: looked at again in every run. */
  readonly #heldByQuota = new Set<Client>();
  /** Listens to what the cycle passes over; undefined: nobody does. */
  recorder: CycleRecorder | undefined;

  constructor(books: Books, order: ServingOrder, random: () => number) {
    this.#books = books;
    this.#order = order;
    this.#search = new RoomSearch(books, random);
    books.work.onGain = (agent) => {
      this.#search.gained(agent);
    };
    books.work.onQuota = () => {
      if (books.quota.active && this.#hasWaiting()) books.work.markAsks();
    };
  }

  /** Asks that wait outside the order. */
  get blockedCount(): number {
    return this.#blocked.count + this.#heldByQuota.size;
  }

  #hasWaiting(): boolean {
    return this.blockedCount > 0 || this.#books.tree.isAnyListed(ASKING);
  }

  /** The client's queue, willingness or rules changed: its oldest ask is weighed anew. */
  unblock(client: Client): void {
    this.#search.forget(client);
    if (!client.blocked) return;
    client.blocked = false;
    this.#blocked.remove(client.id);
    this.#heldByQuota.delete(client);
    this.#books.relist(client);
  }

  unblockAll(): void {
    this.#search.forgetAll();
    for (const id of this.#blocked.clients()) this.unblock(this.#books.clients[id] as Client);
    this.#unblockHeld();
  }

  #unblockHeld(): void {
    for (const client of [...this.#heldByQuota]) this.unblock(client);
  }

  /** @param scope a run for some agents only weighs asks against these alone */
  run(now: Micros, scope: AllocationScope, sink: OfferSink): void {
    const { work } = this.#books;
    const among = work.coversAll(scope) ? undefined : work.triggeredAgents();
    if (this.#order.serve !== undefined) {
      this.#order.serve(now, this.#market(among, sink));
      return;
    }
    if (among !== undefined) {
      this.#runAmong(among, sink);
      return;
    }
    this.#unblockHeld();
    // Agents that gained something since the last run: only there blocked asks may have room.
    let gained = this.#blocked.count > 0 ? work.changedAgents() : [];
    let vain: Set<Client> | undefined;
    const { quota } = this.#books;
    let isOwed = quota.unmetRoles > 0;
    for (;;) {
      if (isOwed && quota.unmetRoles === 0) {
        // Headroom is left no more: who was held for it may have more than before, though grants only take.
        isOwed = false;
        this.#unblockHeld();
      }
      const next = this.#order.firstAsking();
      if (this.#order.freesAgents === true) gained = work.changedAgents();
      const woken = this.#order.barrier ? undefined : this.#firstWoken(gained, vain);
      if (woken !== undefined && (next === undefined || this.#order.precedes(woken, next))) {
        if (!this.#serveWoken(woken, gained, sink)) (vain ??= new Set()).add(woken);
      } else if (next === undefined || !this.#serve(next, sink)) {
        if (next === undefined || this.#order.barrier) break;
      }
    }
  }

  /** For an order that serves the asks itself. */
  #market(among: readonly AgentId[] | undefined, sink: OfferSink): Market {
    const search = this.#search;
    return {
      isWhole: among === undefined,
      isListenedTo: this.recorder !== undefined,
      isAllowed: (client, ask) => {
        const pieces = ask.allOrNothing ? ask.left : 1;
        if (search.withinQuota(client, ask.resources, pieces)) return true;
        const isAllowed =
          search.mayTakeReserved(client, ask) && this.#place(client, ask, pieces).length === pieces;
        if (!isAllowed) this.#tellWaiting(client, ask, false, 0);
        return isAllowed;
      },
      place: (client, ask) => {
        search.forget(client);
        const pieces = ask.allOrNothing ? ask.left : 1;
        const agents =
          among === undefined ? this.#place(client, ask, pieces) : this.#placeAmong(client, ask, among);
        if (agents?.length === pieces) return agents;
        this.#tellWaiting(client, ask, true, agents?.length ?? 0);
        return [];
      },
      grant: (client, ask, agents) => {
        search.forget(client);
        this.#grant(client, ask, agents, sink);
      },
    };
  }

  /** A run that an event asked for on some agents only. O(clients) per grant; rare. */
  #runAmong(agents: readonly AgentId[], sink: OfferSink): void {
    for (;;) {
      let first: Client | undefined;
      for (const client of this.#books.clients) {
        const ask = client?.asks.oldest;
        if (client === undefined || ask === undefined || !this.#books.isWilling(client)) continue;
        if (first !== undefined && !this.#order.precedes(client, first)) continue;
        if (this.#order.barrier || this.#placeAmong(client, ask, agents) !== undefined) first = client;
      }
      const ask = first?.asks.oldest;
      const places = first && ask && this.#placeAmong(first, ask, agents);
      if (first === undefined || ask === undefined || places === undefined) break;
      this.unblock(first);
      this.#grant(first, ask, places, sink);
      // Its next ask may have room where this run does not look.
      if (!first.asks.isEmpty) this.#books.work.markAsks();
    }
    this.#wakeFor(agents);
  }

  /** These agents count as looked at, but who has room here may want others as well (a gang), or wait for quota alone. */
  #wakeFor(agents: readonly AgentId[]): void {
    const { clients, pool, work } = this.#books;
    for (const id of this.#blocked.clients()) {
      const client = clients[id] as Client;
      const ask = client.asks.oldest as QueuedAsk;
      if (!agents.some((agent) => pool.has(agent) && this.#search.hasRoom(client, ask, agent))) continue;
      this.unblock(client);
      work.markAsks();
    }
  }

  #placeAmong(client: Client, ask: QueuedAsk, among: readonly AgentId[]): AgentId[] | undefined {
    const pieces = ask.allOrNothing ? ask.left : 1;
    const beside = this.#search.mayTakeReserved(client, ask);
    if (!beside && !this.#search.withinQuota(client, ask.resources, pieces)) return undefined;
    const places = this.#placeOneByOne(client, ask, pieces, () => this.#search.findAmong(client, ask, among));
    return places.length === pieces ? places : undefined;
  }

  /** Agents for the pieces of a gang, tried one after another with the earlier ones charged. */
  #placeOneByOne(
    client: Client,
    ask: QueuedAsk,
    pieces: number,
    find: () => AgentId,
    first = find(),
  ): AgentId[] {
    const { pool, quota } = this.#books;
    const beside = this.#search.mayTakeReserved(client, ask);
    const taken: [AgentId, Resources][] = [];
    // Once nothing reserved is left, quota counts all of a piece, wherever it is.
    const isAllowed = (): boolean =>
      !beside ||
      this.#search.mayTakeReserved(client, ask) ||
      this.#search.withinQuota(client, ask.resources, 1);
    for (let agent = first; agent >= 0; agent = isAllowed() ? find() : -1) {
      const piece = this.#search.piece(client, ask, agent);
      pool.take(agent, piece);
      if (beside) quota.accountHeld(client.quota, piece, 1);
      taken.push([agent, piece]);
      if (taken.length === pieces) break;
    }
    for (const [agent, piece] of taken) {
      pool.put(agent, piece);
      if (beside) quota.accountHeld(client.quota, piece, -1);
    }
    return taken.map(([agent]) => agent);
  }

  /** The first in order among blocked clients whose oldest ask has room on an agent that gained some. */
  #firstWoken(gained: readonly AgentId[], vain: ReadonlySet<Client> | undefined): Client | undefined {
    if (this.#blocked.count === 0 || gained.length === 0) return undefined;
    const { pool, clients } = this.#books;
    let first: Client | undefined;
    for (const agent of gained) {
      if (!pool.has(agent)) continue;
      // An agent that shrank below what is held has less than nothing of a name, and others still to give.
      let [cpus, mem] = [Math.max(0, pool.freeOf(agent, CPUS)), Math.max(0, pool.freeOf(agent, MEM))];
      if (pool.reserved?.isEmpty === false) {
        [cpus, mem] = [pool.freeWithReserved(agent, CPUS), pool.freeWithReserved(agent, MEM)];
      }
      for (const id of this.#blocked.within(cpus, mem)) {
        const client = clients[id] as Client;
        if (vain?.has(client) === true) continue;
        if (first !== undefined && !this.#order.precedes(client, first)) continue;
        if (this.#search.hasRoom(client, client.asks.oldest as QueuedAsk, agent)) first = client;
      }
    }
    return first;
  }

  /** Grants a blocked client's oldest ask; false: it has no room yet for a whole gang, or quota holds it. */
  #serveWoken(client: Client, gained: readonly AgentId[], sink: OfferSink): boolean {
    const ask = client.asks.oldest as QueuedAsk;
    const plain = !ask.allOrNothing && !this.#search.mayTakeReserved(client, ask);
    if (!plain || !this.#search.withinQuota(client, ask.resources, 1)) {
      this.unblock(client);
      return this.#serve(client, sink);
    }
    const agent = this.#search.findAmong(client, ask, gained);
    this.#grant(client, ask, [agent], sink);
    const following = client.asks.oldest;
    // More of the same shape has no room elsewhere either: it stays blocked.
    if (following?.resources !== ask.resources || following.constraint !== ask.constraint)
      this.unblock(client);
    return true;
  }

  /** Grants the client's oldest ask, or blocks it. */
  #serve(client: Client, sink: OfferSink): boolean {
    const ask = client.asks.oldest as QueuedAsk;
    const pieces = ask.allOrNothing ? ask.left : 1;
    const allowed = this.#search.withinQuota(client, ask.resources, pieces);
    // Where something is reserved for it, quota counts the rest alone, agent by agent.
    const beside = this.#search.mayTakeReserved(client, ask);
    const agents = allowed || beside ? this.#place(client, ask, pieces) : [];
    if (agents.length === pieces) {
      // An order may serve one that waits outside it.
      if (client.blocked) this.unblock(client);
      this.#grant(client, ask, agents, sink);
      return true;
    }
    this.#tellWaiting(client, ask, allowed, agents.length);
    if (this.#order.barrier) return false;
    client.blocked = true;
    if (!this.#books.quota.active || (allowed && !beside)) this.#blocked.add(client.id, ask.resources);
    else this.#heldByQuota.add(client);
    this.#books.relist(client);
    return false;
  }

  #tellWaiting(client: Client, ask: QueuedAsk, allowed: boolean, places: number): void {
    this.recorder?.askWaits(client, ask, allowed, places, (agent) =>
      this.#search.obstacle(client, ask, agent),
    );
  }

  /** Agents for all pieces, the earlier ones taken into account; fewer than asked when there is no room for all. */
  #place(client: Client, ask: QueuedAsk, pieces: number): AgentId[] {
    const first = this.#search.find(client, ask);
    if (pieces === 1 || first < 0) return first < 0 ? [] : [first];
    // Who listens wants to know how many have room.
    if (this.recorder === undefined && !this.#search.mayTakeReserved(client, ask)) {
      const { freeTotal } = this.#books.pool;
      const { kinds, amounts, plainCount } = ask.resources;
      for (let i = 0; i < plainCount; i++) if ((freeTotal[kinds[i]] ?? 0) < amounts[i] * pieces) return [];
    }
    const agents = this.#placeOneByOne(client, ask, pieces, () => this.#search.find(client, ask), first);
    this.#search.forget(client);
    return agents;
  }

  #grant(client: Client, ask: QueuedAsk, agents: readonly AgentId[], sink: OfferSink): void {
    const offers: Offer[] = [];
    for (const agent of agents) {
      const resources = this.#search.piece(client, ask, agent);
      this.#books.charge(client, agent, resources, 1);
      offers.push({ id: -1, framework: client.framework.id, role: client.role, agent, resources, ask });
    }
    client.asks.grant(ask, agents.length);
    if (client.asks.isEmpty) this.#books.relist(client);
    sink(client.framework.id, offers);
    this.#order.granted?.(client, ask, offers);
  }
}
