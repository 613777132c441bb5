import type { AllocationScope, OfferSink } from '../cluster/allocator.js';
import type { AgentId, FrameworkId, RoleId } from '../cluster/ids.js';
import type { Offer, Quantities } from '../cluster/protocol.js';
import { kindOf, nameIdOf } from '../cluster/resources/kinds.js';
import { Resources } from '../cluster/resources/resources.js';
import { shuffle, visitOrder } from './agent-orders.js';
import type { Books, Client } from './bookkeeping/books.js';
import { Obstacle, type CycleRecorder } from './explain/obstacle.js';
import { burstPart, guaranteePart, reservedFor, shrinkLimited, trimToQuota } from './quota-cut.js';
import { OFFERABLE } from './bookkeeping/share-tree.js';
import type { ServingOrder, Visit } from './serving-order.js';

/**
 * Mesos's allocation cycle: agents outside, roles and frameworks inside, whole agents offered (semantics-notes A-1,
 * mesos-allocation.md section 5). Stage 1 hands out guarantees, stage 2 everything else by the serving order.
 */
export class CoarseCycle {
  readonly #books: Books;
  readonly #order: ServingOrder;
  readonly #random: () => number;
  readonly #draw: () => number;
  /** Listens to what the cycle passes over; undefined: nobody does. */
  recorder: CycleRecorder | undefined;
  readonly #minimum: readonly ReadonlyMap<number, number>[];
  /** Offers of the running cycle, per framework in order of its first offer. */
  readonly #offers = new Map<FrameworkId, Offer[]>();
  /** Offers by agent and client to which later ones are added: those of stage 1, and of orders that visit twice. */
  readonly #earlier = new Map<string, { list: Offer[]; at: number }>();

  /**
   * @param random stream of the agents' order
   * @param draw stream of the order in which entries of one name are cut (R-1.8)
   */
  constructor(books: Books, order: ServingOrder, random: () => number, draw: () => number) {
    this.#books = books;
    this.#order = order;
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
    const { work, quota, pool, options } = this.#books;
    const agents = visitOrder(work.drain(scope), options.agentOrder, pool, this.#random);
    if (quota.hasGuarantees) {
      for (const agent of agents) if (quota.unmetRoles > 0) this.#handOutGuarantees(agent);
      if (options.agentOrder === 'random') shuffle(agents, this.#random);
    }
    quota.freezeRequired();
    for (const agent of agents) this.#share(agent);
    // What sub-roles got met some of their ancestor's guarantee: the next run has less to keep back.
    if (quota.thawRequired()) work.quotaChanged();
    this.#earlier.clear();
    if (this.#offers.size === 0) return;
    const made = [...this.#offers];
    this.#offers.clear();
    if (leftOver !== undefined) {
      for (const [framework, offers] of made) {
        for (const { agent, role } of offers) if (!pool.isEmpty(agent)) leftOver(agent, framework, role);
      }
    }
    for (const [framework, offers] of made) sink(framework, offers);
  }

  /** Stage 2: everything that is left goes to whoever is next and wants it. */
  #share(agent: AgentId): void {
    const { pool, misses, quota, work, options } = this.#books;
    if (pool.isEmpty(agent)) return;
    let cut = false;
    let again = false;
    const names = quota.active ? pool.plainNames(agent) : 0;
    this.#walk(agent, (client, budget) => {
      if (names > 0 && (names & ~client.quota.full) === 0 && this.#books.isUnderQuota(client)) {
        cut = true;
        this.recorder?.passedOver(client, agent, Obstacle.empty, pool.available(agent), Resources.EMPTY);
        return true;
      }
      if (misses.has(agent, client.id)) return true;
      const key = this.#order.visitsTwice === true ? `${agent}/${client.id}` : undefined;
      let wanted = this.#usable(client, agent);
      // What is shared stays free when it is offered, and one visit is enough for it.
      if (key !== undefined && this.#earlier.has(key)) wanted = wanted.filter((kind) => !kind.shared);
      let candidate = budget === undefined ? wanted : shrinkLimited(wanted, budget, this.#draw);
      if (quota.active && !candidate.isEmpty)
        candidate = trimToQuota(this.#books, client, candidate, this.#draw);
      const obstacle = this.#obstacle(client, agent, candidate);
      if (obstacle !== Obstacle.none) {
        this.recorder?.passedOver(client, agent, obstacle, wanted, candidate);
        if (candidate === wanted) misses.add(agent, client.id);
        else cut = true;
        return true;
      }
      cut ||= candidate !== wanted;
      const offer = this.#offer(client, agent, candidate);
      if (key !== undefined) this.#earlier.set(key, offer);
      again ||= !candidate.isPlain && !pool.isEmpty(agent);
      return !pool.isEmpty(agent);
    });
    if (cut && !pool.isEmpty(agent)) work.holdBack(agent);
    // Shared items stay available: every batch run offers them again.
    if (again && !options.instant && hasShared(pool.special[agent])) work.markAgent(agent);
  }

  /**
   * The order's walk. On an agent where only some clients have no verdict, the others are left out: they take nothing of
   * it. Under instant verdicts end without a change (I-7), so nobody is left out.
   */
  #walk(agent: AgentId, visit: Visit): void {
    const { work, quota, clients, options } = this.#books;
    const newcomers = work.newcomersOn(agent);
    if (
      newcomers === undefined ||
      options.instant ||
      quota.hasGuarantees ||
      this.#order.walksByPrecedence !== true
    ) {
      this.#order.walk(visit, agent);
      return;
    }
    const offerable = newcomers
      .map((id) => clients[id])
      .filter(
        (client) => client !== undefined && this.#books.tree.isListed(client.node, OFFERABLE),
      ) as Client[];
    if (offerable.length > 1) offerable.sort((a, b) => (this.#order.precedes(a, b) ? -1 : 1));
    for (const client of offerable) if (!visit(client)) return;
  }

  /** Stage 1: roles with an unmet guarantee, frameworks of the role itself only. */
  #handOutGuarantees(agent: AgentId): void {
    const { pool, quota, misses } = this.#books;
    if (pool.isEmpty(agent)) return;
    this.#order.walk((client) => {
      if (quota.unmetRoles === 0) return false;
      if (!client.quota.hasUnmet || !this.#books.isUnderQuota(client)) return true;
      if (misses.has(agent, client.id)) return true;
      const usable = this.#usable(client, agent);
      const guaranteed = guaranteePart(quota, client.quota, usable, this.#draw);
      if (guaranteed.isEmpty) return true;
      const candidate = guaranteed
        .plus(reservedFor(client.rolePath, usable))
        .plus(burstPart(quota, client.quota, usable, guaranteed, this.#draw));
      if (this.#obstacle(client, agent, candidate) !== Obstacle.none) return true;
      const offer = this.#offer(client, agent, candidate);
      this.#earlier.set(`${agent}/${client.id}`, offer);
      return !pool.isEmpty(agent);
    }, agent);
  }

  /** What the client may use of what is left on the agent. */
  #usable(client: Client, agent: AgentId): Resources {
    const available = this.#books.pool.available(agent);
    return available.isPlain ? available : available.filter((kind) => this.#books.mayUse(client, kind));
  }

  /** What keeps the candidate offer from being made. */
  #obstacle(client: Client, agent: AgentId, candidate: Resources): Obstacle {
    if (candidate.isEmpty) return Obstacle.empty;
    if (!this.#books.mayReceive(client, agent)) return Obstacle.incapable;
    if (!this.#isEnough(client, candidate)) return Obstacle.small;
    if (this.#books.hooks.allows?.(client, agent, candidate) === false) return Obstacle.policy;
    const { filters } = this.#books;
    if (!filters.mayHave(client.id) || !filters.hasAny(agent)) return Obstacle.none;
    return filters.hides(client.id, agent, candidate) ? Obstacle.filtered : Obstacle.none;
  }

  /** contains one of the sets in full; an empty list asks for nothing. */
  #isEnough(client: Client, candidate: Resources): boolean {
    const own = client.framework.info.minAllocatable?.get(client.role);
    const sets = own === undefined ? this.#minimum : own.map(byNameId);
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

  #offer(client: Client, agent: AgentId, resources: Resources): { list: Offer[]; at: number } {
    this.#books.charge(client, agent, resources, 1);
    const framework = client.framework.id;
    let list = this.#offers.get(framework);
    if (list === undefined) this.#offers.set(framework, (list = []));
    const first = this.#earlier.size > 0 ? this.#earlier.get(`${agent}/${client.id}`) : undefined;
    const offer = { id: -1, framework, role: client.role, agent, resources, ask: undefined };
    if (first === undefined) return { list, at: list.push(offer) - 1 };
    list[first.at] = { ...offer, resources: first.list[first.at].resources.plus(resources) };
    return first;
  }
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
