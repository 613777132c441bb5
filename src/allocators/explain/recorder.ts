import type { OfferSink } from '../../cluster/allocator.js';
import type { AgentId, Micros } from '../../cluster/ids.js';
import { formatConstraintGroups } from '../../cluster/offer-constraints.js';
import type { Offer, Quantities } from '../../cluster/protocol.js';
import { kindOf } from '../../cluster/resources/kinds.js';
import { quantities } from '../../cluster/resources/queries.js';
import { Resources } from '../../cluster/resources/resources.js';
import { randomSorters } from '../../cluster/sorters.js';
import { formatMilli } from '../../cluster/resources/scalars.js';
import { formatQuantities, formatResources } from '../../cluster/resources/text.js';
import type { QueuedAsk } from '../bookkeeping/ask-queue.js';
import type { Books, Client } from '../bookkeeping/books.js';
import { MISS, PairBits } from '../bookkeeping/pair-bits.js';
import { isReservedAmount } from '../bookkeeping/reserved-index.js';
import type { Whom } from './explaining.js';
import type { CandidateReason, CycleExplanation, Reason, Unserved } from './reasons.js';
import { Holders } from './holders.js';
import { Obstacle, type CycleRecorder } from './obstacle.js';
import { quotaReasons } from './quota-reasons.js';
import { Standings } from './standings.js';
import { unusableReasons } from './unusable.js';

/** Most holders that are named. */
const HOLDERS = 3;

/**
 * Listens to one cycle and keeps for every candidate what stopped it (traps T-3, T-9). It reads the numbers
 * off the books at the moment of the verdict.
 */
export class ExplainRecorder implements CycleRecorder {
  readonly #books: Books;
  readonly #reasons = new Map<number, Map<string, { reason: Reason; agents: AgentId[] }>>();
  /** Pairs that the cycle came to. Bits: of 1,000 frameworks and 10,000 agents there are ten million. */
  readonly #seen = new PairBits();
  readonly #served = new Set<number>();
  /** Who got what of an agent in this cycle. */
  readonly #takers = new Map<AgentId, { readonly client: Client; readonly resources: Resources }[]>();
  /** Agents on which nothing is left that the client may use, and what is. */
  readonly #usedUp = new Map<number, (readonly [AgentId, Resources])[]>();
  readonly #offers: Offer[] = [];
  /** What this cycle gave away of each agent, milli-units by kind. */
  readonly #given = new Map<AgentId, Map<number, number>>();
  readonly #standings: Standings;
  readonly #emptyBefore: readonly boolean[];
  readonly #told = new Set<number>();
  /** In the state after the cycle, once somebody is asked about. */
  #holders: Holders | undefined;

  /**
   * @param books in the state before the cycle
   * @param allocator its name
   */
  constructor(books: Books, allocator: string) {
    this.#books = books;
    this.#standings = new Standings(books, allocator);
    this.#emptyBefore = books.pool.info.map((info, agent) => info === undefined || books.pool.isEmpty(agent));
  }

  passedOver(
    client: Client,
    agent: AgentId,
    obstacle: Obstacle,
    wanted: Resources,
    candidate: Resources,
  ): void {
    this.#seen.set(MISS, agent, client.id);
    // Evaluated before any resource counts.
    if (!this.#books.isWanted(client, agent)) this.#note(client, agent, this.#unwanted(client));
    else if (obstacle === Obstacle.empty && !wanted.isEmpty) this.#noteCut(client, agent, wanted);
    else if (obstacle === Obstacle.empty) {
      // A coarse cycle tells only in the end who got the rest.
      const known = this.#usedUp.get(client.id) ?? [];
      this.#usedUp.set(client.id, known);
      known.push([agent, this.#books.pool.available(agent)]);
    } else {
      this.#noteAll(client, agent, this.#reasonsFor(client, agent, obstacle, candidate));
      // What it would not have, or was too little, was what quota left of it.
      const isLeftOver = obstacle === Obstacle.filtered || obstacle === Obstacle.small;
      if (isLeftOver && candidate !== wanted)
        this.#noteAll(client, agent, this.#quotaReasons(client, agent, wanted, 1));
    }
  }

  askWaits(
    client: Client,
    ask: QueuedAsk,
    allowed: boolean,
    places: number,
    obstacleOn: (agent: AgentId) => Obstacle,
  ): void {
    // An order that serves asks itself may come to several of a client: the oldest is told of.
    if (ask !== client.asks.oldest || this.#told.has(ask.sequence)) return;
    this.#told.add(ask.sequence);
    if (!allowed) {
      const pieces = ask.allOrNothing ? ask.left : 1;
      this.#noteCut(client, -1, ask.resources, pieces);
      return;
    }
    if (places > 0) this.#note(client, -1, { rule: 'gang', needs: ask.left, places });
    this.#books.pool.info.forEach((info, agent) => {
      if (info === undefined) return;
      this.#seen.set(MISS, agent, client.id);
      const obstacle = obstacleOn(agent);
      if (obstacle === Obstacle.none) return;
      if (obstacle === Obstacle.room) this.#noteRoom(client, agent, ask.resources);
      else if (obstacle === Obstacle.constraint) {
        this.#note(client, agent, { rule: 'constraint', constraint: ask.constraint ?? '' });
      } else this.#noteAll(client, agent, this.#reasonsFor(client, agent, obstacle, ask.resources));
    });
  }

  hearing(sink: OfferSink): OfferSink {
    return (framework, offers) => {
      this.#offered(offers);
      sink(framework, offers);
    };
  }

  #offered(offers: readonly Offer[]): void {
    for (const offer of offers) {
      const client = this.#books.client(offer.framework, offer.role);
      if (client === undefined) continue;
      this.#offers.push(offer);
      this.#served.add(client.id);
      this.#standings.serve(client);
      const takers = this.#takers.get(offer.agent) ?? [];
      this.#takers.set(offer.agent, takers);
      takers.push({ client, resources: offer.resources });
      const given = this.#given.get(offer.agent) ?? new Map<number, number>();
      this.#given.set(offer.agent, given);
      const { kinds, amounts } = offer.resources;
      kinds.forEach((kind, i) => given.set(kind, (given.get(kind) ?? 0) + amounts[i]));
    }
  }

  /** What is left to say when the cycle is over. Yields wherever a pause is possible. */
  *finish(now: Micros, whom: Whom): Generator<undefined, CycleExplanation> {
    const { clients } = this.#books;
    const unserved: Unserved[] = [];
    for (const client of clients) {
      if (client === undefined || !client.subscribed || this.#served.has(client.id)) continue;
      const unwilling = this.#unwillingness(client);
      if (unwilling === undefined) yield* this.#complete(client);
      else if (whom === 'candidates') continue;
      else this.#note(client, -1, unwilling);
      this.#nameHolders(client);
      unserved.push(this.#unserved(client));
    }
    unserved.sort((a, b) => a.framework - b.framework || a.role - b.role);
    const sorters = randomSorters(this.#books.options);
    return {
      atUs: now,
      ...(sorters && { sorters }),
      offers: this.#offers.map(({ framework, role, agent, resources }) => ({
        framework,
        name: this.#books.frameworks[framework]?.info.name ?? '',
        role,
        rolePath: this.#books.options.roles.path(role),
        agent,
        resources: formatResources(resources),
      })),
      unserved,
    };
  }

  /** Reasons for pairs that the cycle did not come to. */
  *#complete(client: Client): Generator<undefined, void> {
    if (this.#waitsForAsks(client)) {
      if (!this.#reasons.has(client.id)) this.#note(client, -1, this.#queueReason(client));
      return;
    }
    for (const [agent, left] of this.#usedUp.get(client.id) ?? [])
      this.#noteAll(client, agent, this.#unusable(client, agent, left));
    for (const [agent, info] of this.#books.pool.info.entries()) {
      if (agent % 64 === 0) yield undefined;
      if (info === undefined || this.#seen.has(MISS, agent, client.id)) continue;
      this.#noteAll(client, agent, this.#unvisited(client, agent, info.hostname));
    }
  }

  /** Where agents are full: of whom. */
  #nameHolders(client: Client): void {
    const full = [...(this.#reasons.get(client.id)?.values() ?? [])].filter(
      ({ reason: { rule } }) => rule === 'nothing free' || rule === 'room',
    );
    if (full.length === 0) return;
    this.#holders ??= new Holders(this.#books);
    const found = this.#holders.besides(
      client,
      full.map(({ agents }) => agents),
      HOLDERS,
    );
    if (found !== undefined) this.#note(client, -1, { rule: 'held', ...found });
  }

  /** Why it would take nothing whatever there is; undefined: it is a candidate. */
  #unwillingness(client: Client): Reason | undefined {
    const { framework } = client;
    if (!framework.active) return { rule: 'inactive' };
    if (framework.suppressed.has(client.role)) return { rule: 'suppressed' };
    return this.#waitsForAsks(client) && client.asks.isEmpty ? { rule: 'no ask' } : undefined;
  }

  #waitsForAsks({ framework }: Client): boolean {
    return this.#books.options.offers === 'demand' && framework.hasAsked;
  }

  #unvisited(client: Client, agent: AgentId, hostname: string): Reason[] {
    const { pool } = this.#books;
    if (!pool.activated[agent]) return [{ rule: 'agent deactivated' }];
    if (!this.#books.isWhitelisted(hostname)) return [{ rule: 'agent not whitelisted' }];
    if (!this.#books.isWanted(client, agent)) return [this.#unwanted(client)];
    if (this.#emptyBefore[agent]) return [{ rule: 'nothing free' }];
    if (this.#takers.has(agent)) return this.#unusable(client, agent, Resources.EMPTY);
    const available = pool.available(agent);
    const isAllowed = this.#books.hooks.allows?.(client, agent, available) !== false;
    return [isAllowed ? { rule: 'nothing free' } : this.#kept(client, agent, available)];
  }

  /** Nothing is left that it may use: what it might have used decides, and what is not for it only where that is all. */
  #unusable(client: Client, agent: AgentId, left: Resources): Reason[] {
    if (!this.#books.mayReceive(client, agent)) return [this.#capability(client, agent)];
    const hasUsable = (resources: Resources): boolean =>
      !resources.filter((kind) => this.#books.mayUse(client, kind)).isEmpty;
    const taker = this.#takers.get(agent)?.find(({ resources }) => hasUsable(resources));
    if (taker !== undefined) return [this.#standings.lost(client, taker.client)];
    const total = this.#books.pool.info[agent]?.total ?? Resources.EMPTY;
    if (!hasUsable(total)) return this.#uses(client, left.isEmpty ? total : left);
    if (left.isEmpty) return [{ rule: 'nothing free' }];
    return [{ rule: 'nothing free', of: 'usable' }, ...unusableReasons(client, left)];
  }

  #uses(client: Client, resources: Resources): Reason[] {
    const found = unusableReasons(client, resources);
    return found.length > 0 ? found : [{ rule: 'nothing usable', free: formatResources(resources) }];
  }

  #kept(client: Client, agent: AgentId, wanted: Resources): Reason {
    return { rule: 'policy', ...this.#books.hooks.keeps?.(client, agent, wanted) };
  }

  #queueReason(client: Client): Reason {
    const heads = this.#books.clients.filter((other) => other !== undefined && other !== client) as Client[];
    const first = heads
      .filter((other) => !other.asks.isEmpty && this.#reasons.has(other.id))
      .sort((a, b) => a.asks.oldest!.sequence - b.asks.oldest!.sequence)[0];
    return first === undefined
      ? { rule: 'policy' }
      : { rule: 'queue', behind: `${first.framework.info.name} in ${first.rolePath}` };
  }

  #reasonsFor(client: Client, agent: AgentId, obstacle: Obstacle, candidate: Resources): Reason[] {
    if (obstacle !== Obstacle.empty) return [this.#reason(client, agent, obstacle, candidate)];
    // Of an ask, what it names.
    return this.#uses(client, candidate.isEmpty ? this.#books.pool.available(agent) : candidate);
  }

  #reason(client: Client, agent: AgentId, obstacle: Obstacle, candidate: Resources): Reason {
    const { pool, filters } = this.#books;
    const record = obstacle === Obstacle.filtered ? filters.find(client.id, agent, candidate) : undefined;
    if (record !== undefined) {
      return { rule: 'filter', refused: textOf(record.refused), untilUs: Math.floor(record.endsUs) };
    }
    switch (obstacle) {
      case Obstacle.none:
        return { rule: 'policy', why: 'it has been offered what is left there at this instant' };
      case Obstacle.incapable:
        return this.#capability(client, agent);
      case Obstacle.small:
        return { rule: 'min-allocatable', has: textOf(candidate), least: this.#least(client) };
      case Obstacle.closed:
        return { rule: pool.activated[agent] ? 'agent not whitelisted' : 'agent deactivated' };
      default:
        return this.#kept(client, agent, candidate);
    }
  }

  #capability(client: Client, agent: AgentId): Reason {
    const { pool } = this.#books;
    const { traits } = pool;
    if (!this.#books.isWanted(client, agent)) return this.#unwanted(client);
    if (traits.hasGpus[agent] && !client.framework.gpus) {
      return { rule: 'capability', who: 'framework', lacks: 'GPU_RESOURCES' };
    }
    if (traits.remote[agent] && !client.framework.regionAware) {
      return { rule: 'capability', who: 'framework', lacks: 'REGION_AWARE' };
    }
    const lacks = client.framework.multiRole && !traits.multiRole[agent] ? 'MULTI_ROLE' : 'HIERARCHICAL_ROLE';
    return { rule: 'capability', who: 'agent', lacks };
  }

  /** Its offer constraints do not want the agent. */
  #unwanted({ framework, role }: Client): Reason {
    const groups = framework.info.constraints?.get(role) ?? [];
    return { rule: 'constraint', constraint: formatConstraintGroups(groups) };
  }

  #least(client: Client): string[] {
    const own = client.framework.info.minAllocatable?.get(client.role);
    return (own ?? this.#books.options.minAllocatable).map((set: Quantities) => formatQuantities(set));
  }

  #noteCut(client: Client, agent: AgentId, wanted: Resources, pieces = 0): void {
    const found = this.#quotaReasons(client, agent, wanted, pieces);
    this.#noteAll(client, agent, found.length > 0 ? found : [this.#kept(client, agent, wanted)]);
  }

  #noteAll(client: Client, agent: AgentId, reasons: readonly Reason[]): void {
    for (const reason of reasons) this.#note(client, agent, reason);
  }

  /** @param agent -1: none in particular */
  #quotaReasons(client: Client, agent: AgentId, wanted: Resources, pieces: number): Reason[] {
    return quotaReasons(this.#books, client, wanted, pieces, this.#books.pool.info[agent]?.total);
  }

  /** An ask finds no room on the agent: this cycle gave it to another, or there was none before. */
  #noteRoom(client: Client, agent: AgentId, wanted: Resources): void {
    const winner = this.#takers.get(agent)?.at(-1)?.client;
    const given = this.#given.get(agent);
    const freeNow = this.#freeFor(client, agent);
    const freeBefore = (kind: number): number => freeNow(kind) + (given?.get(kind) ?? 0);
    const isShort = (free: (kind: number) => number): boolean => shortOf(wanted, free) >= 0;
    if (winner !== undefined && winner !== client && isShort(freeNow) && !isShort(freeBefore)) {
      this.#note(client, agent, this.#standings.lost(client, winner));
      return;
    }
    const at = Math.max(0, shortOf(wanted, freeNow));
    const kind = wanted.kinds[at];
    const needs = formatMilli(wanted.amounts[at]);
    this.#note(client, agent, {
      rule: 'room',
      resource: kindOf(kind).name,
      needs,
      free: formatMilli(freeNow(kind)),
    });
  }

  /** What the client could take of a kind on the agent, milli-units. */
  #freeFor(client: Client, agent: AgentId): (kind: number) => number {
    const available = this.#books.pool.available(agent);
    const usable = available.filter((kind) => isReservedAmount(kind) && this.#books.mayUse(client, kind));
    const reserved = quantities(usable);
    return (kind) => Math.max(0, available.amountOf(kind)) + (reserved.get(kind) ?? 0);
  }

  #note(client: Client, agent: AgentId, reason: Reason): void {
    const reasons = this.#reasons.get(client.id) ?? new Map<string, { reason: Reason; agents: AgentId[] }>();
    this.#reasons.set(client.id, reasons);
    const key = keyOf(reason);
    const entry = reasons.get(key);
    if (entry === undefined) reasons.set(key, { reason, agents: agent < 0 ? [] : [agent] });
    // Some orders visit twice, and a limit may cut several entries of one name.
    else if (agent >= 0 && entry.agents.at(-1) !== agent) entry.agents.push(agent);
  }

  #unserved(client: Client): Unserved {
    const ask = client.asks.oldest;
    const reasons: CandidateReason[] = [...(this.#reasons.get(client.id)?.values() ?? [])];
    reasons.sort((a, b) => b.agents.length - a.agents.length);
    const waiting = client.asks.toArray().reduce((sum, { left }) => sum + left, 0);
    return {
      framework: client.framework.id,
      name: client.framework.info.name,
      role: client.role,
      rolePath: client.rolePath,
      share: this.#books.tree.shareOf(client.node),
      ...(ask && { ask: { resources: formatResources(ask.resources), count: ask.left, waiting } }),
      reasons,
    };
  }
}

/** Of bags that were written: offers share them, and filters are told of again in each cycle. */
const texts = new WeakMap<Resources, string>();

function textOf(resources: Resources): string {
  let text = texts.get(resources);
  if (text === undefined) texts.set(resources, (text = formatResources(resources)));
  return text;
}

/** The same of equal reasons. Most are filters, and to write those as JSON was most of what it took to tell of them. */
function keyOf(reason: Reason): string {
  return reason.rule === 'filter' ? `${reason.untilUs} ${reason.refused}` : JSON.stringify(reason);
}

/** Where in the list of kinds the first is of which too little is free; -1: nowhere. */
function shortOf({ kinds, amounts }: Resources, free: (kind: number) => number): number {
  return kinds.findIndex((kind, i) => free(kind) < amounts[i]);
}
