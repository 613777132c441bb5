import type { AllocationScope, OfferSink } from '../cluster/allocator.js';
import type { AgentId, FrameworkId, RoleId } from '../cluster/ids.js';
import type { Offer, Quantities } from '../cluster/protocol.js';
import { kindOf, nameIdOf } from '../cluster/resources/kinds.js';
import { Resources } from '../cluster/resources/resources.js';
import { shuffle, visitOrder } from './agent-orders.js';
import { NOTE_ENOUGH, type AgentPool } from './bookkeeping/agent-pool.js';
import type { Books, Client } from './bookkeeping/books.js';
import { pairKey } from './bookkeeping/holdings.js';
import { bitOf } from './bookkeeping/quota-book.js';
import { Obstacle, type CycleRecorder } from './explain/obstacle.js';
import { guaranteed, shrinkLimited, trimToQuota, type Budget } from './quota-cut.js';
import { IdleRoles } from './idle-roles.js';
import { OffersMade } from './offers-made.js';
import { OwedRoles } from './owed-roles.js';
import type { ServingOrder, Skip, Visit } from './serving-order.js';

/** With more clients that may take anything of an agent a walk through all in their order is as cheap. */
const FEW = 8;

/** Agents whose bags are read at once. */
const AHEAD = 16;

/**
 * Mesos's allocation cycle: agents outside, roles and frameworks inside, whole agents offered (semantics-notes A-1,
 * mesos-allocation.md section 5). Stage 1 hands out guarantees, stage 2 everything else by the serving order.
 */
export class CoarseCycle {
  readonly #books: Books;
  readonly #order: ServingOrder;
  readonly #random: () => number;
  readonly #draw: () => number;
  readonly #idle: IdleRoles;
  readonly #owed: OwedRoles;
  /** Listens to what the cycle passes over; undefined: nobody does. */
  recorder: CycleRecorder | undefined;
  readonly #minimum: readonly ReadonlyMap<number, number>[];
  readonly #made = new OffersMade();
  /** Where offers are to which later ones are added, by agent and client: of stage 1, of orders that visit twice. */
  #earlier = new Map<number, number>();

  // Of the walk that is on:
  #agent: AgentId = -1;
  /** Names of which something was free when it began, where quota may stop it. */
  #names = 0;
  /** Somebody got less than there was. */
  #cut = false;
  readonly #few = new Int32Array(FEW);
  /** The order alone decides: to leave out visits that come to nothing is to get the same. */
  #isPlainWalk = false;
  /** Of no use, but the engine may not leave out what it depends on. */
  readAhead = 0;
  /** Something is left beside an offer with resources that are not plain. */
  #again = false;
  /** Stage 1: what came beside the guarantee, by name, of what is still missing. */
  readonly #beside = new Map<number, number>();

  /**
   * @param random stream of the agents' order
   * @param draw stream of the order in which entries of one name are cut (R-1.8)
   */
  constructor(books: Books, order: ServingOrder, random: () => number, draw: () => number) {
    this.#books = books;
    this.#order = order;
    this.#idle = new IdleRoles(books);
    this.#owed = new OwedRoles(books);
    this.#random = random;
    this.#draw = draw;
    this.#minimum = books.options.minAllocatable.map(byNameId);
  }

  /** @param leftOver told of offers beside which the agent has something left that went to nobody */
  run(
    scope: AllocationScope,
    sink: OfferSink,
    leftOver?: (agent: AgentId, framework: FrameworkId, role: RoleId) => void,
  ): void {
    const { work, quota, pool, options, lots } = this.#books;
    const agents = visitOrder(work.drain(scope), options.agentOrder, pool, this.#random);
    if (quota.active) this.#idle.begin(agents.length);
    this.#made.begin(agents.length);
    const { unmetRoles } = quota;
    if (quota.hasGuarantees) {
      lots.stage = 1;
      this.#owed.begin(agents.length, this.#order);
      for (const agent of agents) if (quota.unmetRoles > 0) this.#handOutGuarantees(agent);
      if (options.agentOrder === 'random') shuffle(agents, this.#random);
    }
    quota.freezeRequired();
    lots.stage = 2;
    if (this.recorder !== undefined) this.#tellOfOthers(agents);
    this.#share(agents);
    // What sub-roles got met some of their ancestor's guarantee, or all are met: the next run has less to keep back.
    if (quota.thawRequired() || (unmetRoles > 0 && quota.unmetRoles === 0)) work.quotaChanged();
    if (this.#earlier.size > 0) this.#earlier = new Map();
    if (this.#made.isEmpty) return;
    const made = this.#made.take();
    if (leftOver !== undefined) {
      for (const { agent, framework, role } of made.flat()) {
        if (!pool.isEmpty(agent)) leftOver(agent, framework, role);
      }
    }
    for (const offers of made) sink(offers[0].framework, offers);
  }

  /** Stage 2: everything that is left goes to whoever is next and wants it. */
  #share(agents: Int32Array): void {
    const { pool, misses, quota, work, takers, options, lots } = this.#books;
    // Where quota stops somebody, or somebody listens, those with a verdict are to be visited, too.
    const isPlainWalk =
      this.#order.walksByPrecedence === true && !quota.active && this.recorder === undefined;
    this.#isPlainWalk = isPlainWalk;
    const skip = isPlainWalk || this.recorder !== undefined ? undefined : this.#nextWithRoom;
    const isEasyWalk = isPlainWalk && this.#books.isPlainBusiness && this.#areAllWelcome;
    for (let at = 0; at < agents.length; at++) {
      const agent = agents[at];
      // In random order hardly anything of an agent is in the cache: what is read of several at once costs one wait for all.
      if (at % AHEAD === 0) this.readAhead = pool.read(agents, at, Math.min(at + AHEAD, agents.length));
      if (pool.isEmpty(agent)) continue;
      const few = isPlainWalk ? misses.unsettled(agent, this.#few) : -1;
      if (few < 0 && isEasyWalk && this.#offerToFirst(agent)) continue;
      this.#agent = agent;
      this.#names = quota.active ? plainNames(pool, agent) : 0;
      this.#cut = false;
      this.#again = false;
      if (this.#names > 0 && this.recorder === undefined && this.#idle.isClosed(this.#names)) {
        work.holdBack(agent);
        continue;
      }
      lots.agent = agent;
      if (few >= 0) this.#visitFew(few);
      else if (!isPlainWalk || takers.mayWant(agent)) this.#order.walk(this.#visit, agent, skip);
      if (this.#cut && !pool.isEmpty(agent)) work.holdBack(agent);
      // Shared items stay available: every batch run offers them again.
      if (this.#again && !options.instant && hasShared(pool.special(agent))) work.markAgent(agent);
    }
  }

  /**
   * Agents that the run leaves out, since nobody would take anything of them: who listens wants to know why. They come first,
   * as they are when it begins.
   */
  #tellOfOthers(agents: Int32Array): void {
    const { pool, lots } = this.#books;
    const visited = new Set(agents);
    for (let agent = 0; agent < pool.info.length; agent++) {
      if (!pool.open[agent] || pool.isEmpty(agent) || visited.has(agent)) continue;
      this.#agent = agent;
      lots.agent = agent;
      this.#order.walk(this.#tell, agent);
    }
  }

  /** A step of the walk for who listens: why the client takes nothing of the agent, as is known. */
  readonly #tell: Visit = (client, budget) => {
    const agent = this.#agent;
    const wanted = this.#usable(client, agent);
    // Which of several entries are cut does not matter here, and a draw would be missing later.
    const candidate = this.#cutDown(client, wanted, budget, () => 0);
    const obstacle = this.#obstacle(client, agent, candidate, false);
    this.recorder?.passedOver(client, agent, obstacle, wanted, candidate);
    return true;
  };

  /** Nothing but its description keeps a client from an agent. */
  get #areAllWelcome(): boolean {
    const { pool, hooks } = this.#books;
    return pool.traits.areAllAlike && hooks.allows === undefined;
  }

  /** Most often the first in the order gets all of an agent: what a walk would come to then, without a look at objects. */
  #offerToFirst(agent: AgentId): boolean {
    const { pool, tree, takers, pairs } = this.#books;
    const node = pool.isLendable(agent) ? (this.#order.firstOfferable?.() ?? -1) : -1;
    if (node < 0) return false;
    const client = tree.client[node];
    if (takers.isEasy[client] === 0 || pairs.hasAny(agent, client)) return false;
    const resources = pool.available(agent);
    if (!this.#isEnoughForAll(agent, resources, true)) return false;
    this.#books.lendAll(node, client, agent);
    const [framework, role] = [takers.framework[client], takers.role[client]];
    this.#made.add({ id: -1, framework, role, agent, resources, ask: undefined });
    return true;
  }

  /** What a walk comes to when these clients alone have no verdict on the agent. @param count of {@link #few} */
  #visitFew(count: number): void {
    const { clients, pool } = this.#books;
    const few = this.#few;
    // The first that takes anything of such an agent takes all; elsewhere charges must not move those that come after.
    if (count > 1 && !pool.isLendable(this.#agent)) {
      const order = Array.from(few.subarray(0, count), (id) => clients[id] as Client);
      order.sort((a, b) => (this.#order.precedes(a, b) ? -1 : 1));
      for (const client of order) if (!this.#visit(client)) return;
      return;
    }
    for (let left = count; left > 0; left--) {
      let first = 0;
      for (let i = 1; i < left; i++) {
        if (this.#order.precedes(clients[few[i]] as Client, clients[few[first]] as Client)) first = i;
      }
      const client = clients[few[first]] as Client;
      few[first] = few[left - 1];
      if (!this.#visit(client)) return;
    }
  }

  /** Leaves out roles of which {@link #visit} would say of every client that quota stops it. */
  readonly #nextWithRoom: Skip = (roles, from, to) => {
    if (this.#names === 0) return from;
    const next = this.#idle.nextWithRoom(roles, from, to, this.#names);
    if (next > from) this.#cut = true;
    return next;
  };

  /** One step of the walk: what the client gets of the agent. */
  readonly #visit: Visit = (client, budget) => {
    const { pool, misses, quota } = this.#books;
    const agent = this.#agent;
    const names = this.#names;
    if (names > 0 && (names & ~quota.fullOf(client.quota)) === 0 && this.#books.isUnderQuota(client)) {
      this.#cut = true;
      this.recorder?.passedOver(client, agent, Obstacle.empty, pool.available(agent), Resources.EMPTY);
      return true;
    }
    if (misses.has(agent, client.id)) return this.recorder === undefined || this.#tell(client, budget);
    if (budget === undefined && !quota.active && pool.isLendable(agent)) return this.#offerAll(client, agent);
    const key = this.#order.visitsTwice === true ? pairKey(agent, client.id) : undefined;
    let wanted = this.#usable(client, agent);
    // What is shared stays free when it is offered, and one visit is enough for it.
    if (key !== undefined && this.#earlier.has(key)) wanted = wanted.filter((kind) => !kind.shared);
    const candidate = this.#cutDown(client, wanted, budget, this.#draw);
    const obstacle = this.#obstacle(client, agent, candidate, false);
    if (obstacle !== Obstacle.none) {
      this.recorder?.passedOver(client, agent, obstacle, wanted, candidate);
      if (candidate === wanted) misses.add(agent, client.id);
      else this.#cut = true;
      return true;
    }
    this.#cut ||= candidate !== wanted;
    this.#books.charge(client, agent, candidate, 1);
    const offer = this.#offer(client, agent, candidate);
    if (key !== undefined) this.#earlier.set(key, offer);
    const isLeft = !pool.isEmpty(agent);
    this.#again ||= isLeft && !candidate.isPlain;
    return isLeft && (!this.#isPlainWalk || this.#books.takers.mayWant(agent));
  };

  /**
   * The same for an agent whose resources can be lent, and which nobody wants to cut: the client gets all or nothing. Here a
   * bag is handed on unseen; to look into it, or to compare it with another, costs more than all the rest.
   */
  #offerAll(client: Client, agent: AgentId): boolean {
    const { pool, misses } = this.#books;
    const resources = pool.available(agent);
    const obstacle = this.#obstacle(client, agent, resources, true);
    if (obstacle !== Obstacle.none) {
      this.recorder?.passedOver(client, agent, obstacle, resources, resources);
      misses.add(agent, client.id);
      return true;
    }
    this.#books.chargeAll(client, agent);
    if (this.#order.visitsTwice !== true && this.#earlier.size === 0) {
      this.#made.add(offerOf(client, agent, resources));
    } else {
      this.#earlier.set(pairKey(agent, client.id), this.#offer(client, agent, resources));
    }
    return !pool.isEmpty(agent);
  }

  /** Stage 1: roles with an unmet guarantee, frameworks of the role itself only. */
  #handOutGuarantees(agent: AgentId): void {
    const { pool, lots } = this.#books;
    if (pool.isEmpty(agent)) return;
    lots.agent = agent;
    this.#agent = agent;
    if (this.#owed.isInUse) this.#owed.walk(this.#visitOwed);
    else this.#order.walk(this.#visitOwed, agent, this.#idle.nextInDebt);
  }

  /** One step of that walk: what the client gets of a guarantee. */
  readonly #visitOwed: Visit = (client) => {
    const { pool, quota, misses } = this.#books;
    const agent = this.#agent;
    if (quota.unmetRoles === 0) return false;
    if (!quota.isOwed(client.quota) || !this.#books.isUnderQuota(client)) return true;
    if (misses.has(agent, client.id)) return true;
    const candidate = guaranteed(quota, client, this.#usable(client, agent), this.#draw, this.#beside);
    if (candidate.isEmpty) return true;
    if (this.#obstacle(client, agent, candidate, false) !== Obstacle.none) return true;
    this.#books.charge(client, agent, candidate, 1);
    if (!quota.strict) for (const [name, milli] of this.#beside) quota.keepBack(name, milli);
    this.#earlier.set(pairKey(agent, client.id), this.#offer(client, agent, candidate));
    return !pool.isEmpty(agent);
  };

  /** What the client may use of what is left on the agent. */
  #usable(client: Client, agent: AgentId): Resources {
    const available = this.#books.pool.available(agent);
    return available.isPlain ? available : available.filter((kind) => this.#books.mayUse(client, kind));
  }

  /** What the budget and quota leave of it. */
  #cutDown(client: Client, wanted: Resources, budget: Budget | undefined, draw: () => number): Resources {
    const candidate = budget === undefined ? wanted : shrinkLimited(wanted, budget, draw);
    if (!this.#books.quota.active || candidate.isEmpty) return candidate;
    return trimToQuota(this.#books, client, candidate, draw);
  }

  /** What keeps the candidate offer from being made. @param isAll it is all that the agent has left, and can be lent */
  #obstacle(client: Client, agent: AgentId, candidate: Resources, isAll: boolean): Obstacle {
    if (!isAll && candidate.isEmpty) return Obstacle.empty;
    if (!this.#books.mayReceive(client, agent)) return Obstacle.incapable;
    if (!this.#isEnough(client, agent, candidate, isAll)) return Obstacle.small;
    if (this.#books.hooks.allows?.(client, agent, candidate) === false) return Obstacle.policy;
    return this.#books.filters.hides(client.id, agent, candidate) ? Obstacle.filtered : Obstacle.none;
  }

  /** contains one of the sets in full; an empty list asks for nothing. */
  #isEnough(client: Client, agent: AgentId, candidate: Resources, isAll: boolean): boolean {
    const own = client.framework.minAllocatable?.get(client.role);
    if (own !== undefined) return this.#containsAny(candidate, own.map(byNameId));
    return this.#isEnoughForAll(agent, candidate, isAll);
  }

  /** The same of the minimum of clients without one of their own. */
  #isEnoughForAll(agent: AgentId, candidate: Resources, isAll: boolean): boolean {
    const { pool } = this.#books;
    if (isAll && pool.hasNote(agent, NOTE_ENOUGH)) return true;
    if (!this.#containsAny(candidate, this.#minimum)) return false;
    if (isAll) pool.note(agent, NOTE_ENOUGH);
    return true;
  }

  #containsAny(candidate: Resources, sets: readonly ReadonlyMap<number, number>[]): boolean {
    if (sets.length === 0) return true;
    if (sets.some((set) => containsPlain(candidate, set))) return true;
    if (candidate.isPlain) return false;
    const sums = new Map<number, number>();
    candidate.kinds.forEach((id, i) => {
      const { nameId, shared, unitMilli } = kindOf(id);
      // A range or set counts its elements.
      sums.set(nameId, (sums.get(nameId) ?? 0) + (shared ? unitMilli : candidate.amounts[i]));
    });
    return sets.some((set) => [...set].every(([name, milli]) => (sums.get(name) ?? 0) >= milli));
  }

  /** Lists an offer of what is charged already, or adds to an earlier one. @returns where it is */
  #offer(client: Client, agent: AgentId, resources: Resources): number {
    const offer = offerOf(client, agent, resources);
    const earlier = this.#earlier.size > 0 ? this.#earlier.get(pairKey(agent, client.id)) : undefined;
    if (earlier === undefined) return this.#made.add(offer);
    const all = this.#made.at(earlier).resources.plus(resources);
    this.#made.replace(earlier, { ...offer, resources: all });
    return earlier;
  }
}

/** The names of which something is free, a bit per name id; 0 when not all that is free is plain and has a bit. */
function plainNames(pool: AgentPool, agent: AgentId): number {
  if (!pool.special(agent).isEmpty) return 0;
  let names = 0;
  for (let name = 0; name < pool.names; name++) {
    if (pool.freeOf(agent, name) <= 0) continue;
    if (bitOf(name) === 0) return 0;
    names |= bitOf(name);
  }
  return names;
}

function offerOf(client: Client, agent: AgentId, resources: Resources): Offer {
  const { framework, role } = client;
  return { id: -1, framework: framework.id, role, agent, resources, ask: undefined };
}

function containsPlain(candidate: Resources, set: ReadonlyMap<number, number>): boolean {
  for (const [name, milli] of set) if (candidate.amountOf(name) < milli) return false;
  return true;
}

function hasShared(resources: Resources): boolean {
  return !resources.filter((kind) => kind.shared).isEmpty;
}

function byNameId(quantities: Quantities): ReadonlyMap<number, number> {
  return new Map(Object.entries(quantities).map(([name, milli]) => [nameIdOf(name), milli]));
}
