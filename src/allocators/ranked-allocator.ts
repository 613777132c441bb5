import type {
  AllocationScope,
  Allocator,
  AllocatorOptions,
  AllocatorSnapshot,
  Holding,
  OfferSink,
  Refusal,
} from '../cluster/allocator.js';
import { Digest } from '../cluster/digest.js';
import {
  SECOND,
  type AgentId,
  type FrameworkId,
  type Micros,
  type OfferId,
  type RoleId,
} from '../cluster/ids.js';
import type { AgentInfo, Ask, FrameworkInfo, Offer, Quantities } from '../cluster/protocol.js';
import type { Resources } from '../cluster/resources/resources.js';
import { toEnd } from '../cluster/to-end.js';
import { QueuedAsk } from './bookkeeping/ask-queue.js';
import { AFTER_BATCH, Books, type Client } from './bookkeeping/books.js';
import { ASKING, OFFERABLE } from './bookkeeping/share-tree.js';
import { enterAsks } from './changes/asks.js';
import { applyQuota, applyWeights } from './changes/policy-changes.js';
import { enterFramework, leaveFramework, setRoles, suppressRoles } from './changes/framework-changes.js';
import { convertAvailable, convertHeld } from './changes/conversions.js';
import { enterAgent, leaveAgent, openAgents, reviseAgent } from './changes/agent-changes.js';
import { CoarseCycle } from './cycle-coarse.js';
import { DemandCycle } from './cycle-demand.js';
import type { Whom } from './explain/explaining.js';
import type { CycleExplanation } from './explain/reasons.js';
import { ExplainRecorder } from './explain/recorder.js';
import { InstantRefusals } from './instant-refusals.js';
import { frameworkOrder, roleOrder } from './queries.js';
import { notHeld, unknownClient, unknownFramework } from './refusals.js';
import type { ServingOrder } from './serving-order.js';
import { restoreBooks, snapshotBooks, type BooksSnapshot } from './snapshot.js';
import { CountedStreams } from './streams.js';

/** The longest a filter lives (mesos-allocation.md section 0). */
const LONGEST_REFUSAL: Micros = 365 * 24 * 3600 * SECOND;

/** Makes the order that a policy serves by, from the books it may read. */
export type OrderFactory = (books: Books, random: () => number) => ServingOrder;

/**
 * An offer-based allocator: Mesos's bookkeeping and cycles with a policy's serving order. Every built-in policy and every
 * `definePolicy` module runs in it; they differ in {@link OrderFactory} alone.
 */
export class RankedAllocator implements Allocator {
  readonly name: string;
  readonly #options: AllocatorOptions;
  readonly #makeOrder: OrderFactory;
  #streams!: CountedStreams;
  #books!: Books;
  #order!: ServingOrder;
  #coarse!: CoarseCycle;
  #demand!: DemandCycle;
  #refusals!: InstantRefusals;

  /** @param streams of one that this is to be a copy of, from where they stand; absent: streams of its own */
  constructor(name: string, options: AllocatorOptions, makeOrder: OrderFactory, streams?: CountedStreams) {
    this.name = name;
    this.#options = options;
    this.#makeOrder = makeOrder;
    this.#begin(streams);
  }

  get nestedQuota(): boolean {
    return this.#books.quota.strict;
  }

  addAgent(agent: AgentId, info: AgentInfo, used: readonly Omit<Holding, 'agent'>[], _now: Micros): Refusal {
    return enterAgent(this.#books, agent, info, used);
  }

  updateAgent(agent: AgentId, info: AgentInfo, _now: Micros): Refusal {
    return reviseAgent(this.#books, agent, info);
  }

  removeAgent(agent: AgentId): Refusal {
    return leaveAgent(this.#books, agent);
  }

  activateAgent(agent: AgentId): Refusal {
    return openAgents(this.#books, agent, true);
  }

  deactivateAgent(agent: AgentId): Refusal {
    return openAgents(this.#books, agent, false);
  }

  setWhitelist(hostnames: readonly string[] | null): void {
    this.#books.whitelist = hostnames === null ? undefined : new Set(hostnames);
    this.#books.reopenAgents();
    this.#demand.unblockAll();
  }

  addFramework(
    framework: FrameworkId,
    info: FrameworkInfo,
    suppressedRoles: readonly RoleId[],
    active: boolean,
    _now: Micros,
  ): Refusal {
    return enterFramework(this.#books, framework, info, suppressedRoles, active);
  }

  updateFramework(framework: FrameworkId, info: FrameworkInfo, suppressedRoles: readonly RoleId[]): Refusal {
    const entry = this.#books.frameworks[framework];
    if (entry === undefined) return unknownFramework(framework);
    return setRoles(this.#books, entry, info, suppressedRoles, (client) => this.#demand.unblock(client));
  }

  removeFramework(framework: FrameworkId): Refusal {
    const entry = this.#books.frameworks[framework];
    if (entry === undefined) return unknownFramework(framework);
    for (const client of this.#books.clientsOf(entry)) this.#clearAsks(client);
    leaveFramework(this.#books, entry);
    return undefined;
  }

  activateFramework(framework: FrameworkId): Refusal {
    return this.#setActive(framework, true);
  }

  deactivateFramework(framework: FrameworkId): Refusal {
    return this.#setActive(framework, false);
  }

  request(framework: FrameworkId, asks: readonly Ask[], now: Micros): Refusal {
    return enterAsks(this.#books, framework, asks, now, (client) => this.#clearAsks(client));
  }

  suppress(framework: FrameworkId, roles: readonly RoleId[]): Refusal {
    return suppressRoles(this.#books, framework, roles, (client) => this.#clearAsks(client));
  }

  revive(framework: FrameworkId, roles: readonly RoleId[]): Refusal {
    const clients = this.#books.subscribed(framework, roles);
    if (typeof clients === 'string') return clients;
    for (const client of clients) {
      client.framework.suppressed.delete(client.role);
      this.#books.dropFilters(client);
      this.#demand.unblock(client);
      this.#books.relist(client);
    }
    this.#books.work.triggerRun();
    return undefined;
  }

  recover(
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    ask?: Ask,
    offer?: OfferId,
  ): Refusal {
    const books = this.#books;
    const client = books.client(framework, role);
    if (client === undefined) return unknownClient(books, framework, role);
    if (!books.credit(client, agent, resources, offer)) return notHeld(framework, agent);
    if (books.switches.allocateOnRecover) books.work.triggerAgent(agent);
    if (ask instanceof QueuedAsk && client.subscribed) {
      client.asks.giveBack(ask);
      this.#demand.unblock(client);
      books.relist(client);
      books.work.markAsks();
    }
    if (!client.subscribed) books.dropClientIfIdle(client);
    return undefined;
  }

  decline(
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    refuseUs: Micros,
    now: Micros,
  ): Refusal {
    const client = this.#books.client(framework, role);
    if (client === undefined) return unknownClient(this.#books, framework, role);
    if (!this.#books.credit(client, agent, resources)) return notHeld(framework, agent);
    this.#refuse(client, agent, resources, false, refuseUs, now);
    return undefined;
  }

  declineOffers(framework: FrameworkId, offers: readonly Offer[], refuseUs: Micros, now: Micros): void {
    const books = this.#books;
    let client: Client | undefined;
    for (const { role, agent, resources } of offers) {
      if (client?.role !== role) client = books.client(framework, role);
      if (client === undefined) continue;
      const isAll = books.creditLoan(client, agent, resources);
      if (!isAll && !books.credit(client, agent, resources)) continue;
      this.#refuse(client, agent, resources, isAll, refuseUs, now);
    }
  }

  updateAllocation(
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    from: Resources,
    to: Resources,
  ): Refusal {
    const client = this.#books.client(framework, role);
    if (client === undefined) return unknownClient(this.#books, framework, role);
    const refusal = convertHeld(this.#books, client, agent, from, to);
    if (refusal === undefined) this.#demand.unblockAll();
    return refusal;
  }

  updateAvailable(agent: AgentId, from: Resources, to: Resources): Refusal {
    const refusal = convertAvailable(this.#books, agent, from, to);
    if (refusal === undefined) this.#demand.unblockAll();
    return refusal;
  }

  setQuota(role: RoleId, guarantees: Quantities, limits: Quantities): Refusal {
    const refusal = applyQuota(this.#books, role, guarantees, limits);
    if (refusal === undefined) this.#demand.unblockAll();
    return refusal;
  }

  updateWeights(weights: readonly { readonly role: RoleId; readonly weight: number }[]): Refusal {
    return applyWeights(this.#books, weights);
  }

  get triggered(): boolean {
    return this.#options.instant ? this.dirty : this.#books.work.triggered;
  }

  get dirty(): boolean {
    return this.#books.work.dirty && this.#hasCandidates;
  }

  /** Somebody would take offers, or waits with an ask. */
  get #hasCandidates(): boolean {
    const { tree } = this.#books;
    return tree.isAnyListed(OFFERABLE) || tree.isAnyListed(ASKING) || this.#demand.blockedCount > 0;
  }

  nextExpiry(): Micros {
    return Math.ceil(this.#books.filters.nextEnd());
  }

  allocate(now: Micros, scope: AllocationScope, sink: OfferSink): void {
    const isBatch = scope === 'all' && !this.#options.instant;
    this.#books.expireFilters(isBatch ? now : now + AFTER_BATCH);
    if (!this.#refusals.isEmpty && this.dirty) this.#refusals.forgetBefore(now);
    this.#books.lots.begin();
    this.#order.begin?.(now);
    const tell = this.#coarse.recorder?.hearing(sink) ?? sink;
    if (this.#options.offers === 'demand') this.#demand.run(now, scope, tell);
    const { tree, work } = this.#books;
    if (tree.isAnyListed(OFFERABLE) || !work.coversAll(scope)) {
      this.#coarse.run(scope, tell, this.#options.instant ? this.#leftOver(now) : undefined);
    } else {
      work.clear();
    }
    if (isBatch) this.#books.expireFilters(now + AFTER_BATCH);
  }

  holdings(agent: AgentId): Holding[] {
    return this.#books.holdingsOn(agent);
  }

  available(agent: AgentId): Resources {
    return this.#books.pool.available(agent);
  }

  roleShare(role: RoleId): number | undefined {
    const node = this.#books.roles.knownNode(this.#options.roles.path(role));
    return node === undefined ? undefined : this.#books.tree.shareOf(node);
  }

  frameworkShare(role: RoleId, framework: FrameworkId): number | undefined {
    const client = this.#books.client(framework, role);
    return client && this.#books.tree.shareOf(client.node);
  }

  roleOrder(): RoleId[] | undefined {
    return roleOrder(this.#books);
  }

  frameworkOrder(role: RoleId): FrameworkId[] | undefined {
    return frameworkOrder(this.#books, role);
  }

  /** What a cycle over all agents would do now, and why it passes over whom. Nothing changes. */
  explain(now: Micros, whom: Whom = 'all'): CycleExplanation {
    return toEnd(this.explaining(now, whom));
  }

  *explaining(now: Micros, whom: Whom = 'all'): Generator<undefined, CycleExplanation> {
    if (whom === 'candidates' && !this.#hasCandidates) return { atUs: now, offers: [], unserved: [] };
    const copy = new RankedAllocator(this.name, this.#options, this.#makeOrder, this.#streams);
    yield* copy.#fill(this.#snapshot((resources) => resources));
    copy.#books.work.markAll();
    const recorder = copy.#listen();
    copy.allocate(now, 'all', () => undefined);
    return yield* recorder.finish(now, whom);
  }

  explainRun(now: Micros, scope: AllocationScope, run: () => void): CycleExplanation {
    // Asks that wait are not weighed anew as long as nothing changed for them, and to do it here would take draws.
    if (this.#options.offers === 'demand' || !this.#books.work.coversAll(scope) || !this.#hasCandidates) {
      const explanation = this.explain(now, 'candidates');
      run();
      return explanation;
    }
    const recorder = this.#listen();
    try {
      run();
    } finally {
      this.#coarse.recorder = this.#demand.recorder = undefined;
    }
    return toEnd(recorder.finish(now, 'candidates'));
  }

  #listen(): ExplainRecorder {
    return (this.#coarse.recorder = this.#demand.recorder = new ExplainRecorder(this.#books, this.name));
  }

  digest(): string {
    const digest = new Digest();
    digest.text(JSON.stringify(this.snapshot()));
    return digest.hex();
  }

  snapshot(): AllocatorSnapshot {
    return this.#snapshot();
  }

  #snapshot(write?: Parameters<typeof snapshotBooks>[1]): AllocatorSnapshot {
    const policy = this.#order.snapshot?.();
    const books = snapshotBooks(this.#books, write);
    return { ...books, draws: this.#streams.draws(), ...(policy !== undefined && { policy }) };
  }

  restore(snapshot: AllocatorSnapshot): void {
    this.#begin();
    this.#streams.skip((snapshot as { draws: Record<string, number> }).draws);
    toEnd(this.#fill(snapshot));
  }

  /** Of one that has just begun. */
  *#fill(snapshot: AllocatorSnapshot): Generator<undefined, void> {
    yield* restoreBooks(this.#books, snapshot as unknown as BooksSnapshot);
    this.#order.restore?.(snapshot.policy);
  }

  #begin(streams?: CountedStreams): void {
    this.#streams = new CountedStreams(streams ?? this.#options.random);
    this.#books = new Books(this.#options);
    this.#order = this.#makeOrder(this.#books, this.#streams.stream('sorter'));
    const agents = this.#streams.stream('agents');
    this.#coarse = new CoarseCycle(this.#books, this.#order, agents, this.#streams.stream('shrink'));
    this.#demand = new DemandCycle(this.#books, this.#order, agents);
    this.#refusals = new InstantRefusals(this.#books);
  }

  #setActive(framework: FrameworkId, active: boolean): Refusal {
    const entry = this.#books.frameworks[framework];
    if (entry === undefined) return unknownFramework(framework);
    entry.active = active;
    for (const client of this.#books.clientsOf(entry)) {
      if (!active) this.#books.dropFilters(client);
      this.#demand.unblock(client);
      this.#books.relist(client);
    }
    if (active) this.#books.work.triggerAll();
    else if (this.#order.barrier) this.#books.work.markAsks();
    return undefined;
  }

  /** What the client gave back it does not want again for a while. @param isAll it is known to be all that is left there */
  #refuse(
    client: Client,
    agent: AgentId,
    resources: Resources,
    isAll: boolean,
    refuseUs: Micros,
    now: Micros,
  ): void {
    const { filters, misses, pool } = this.#books;
    if (!client.subscribed) {
      this.#books.dropClientIfIdle(client);
    } else if (refuseUs > 0) {
      const { intervalUs } = this.#options;
      const lifeUs = Math.min(Math.max(refuseUs, intervalUs), LONGEST_REFUSAL);
      // A filter of exactly one interval outlives the batch run at its end.
      filters.add(client.id, agent, resources, now + lifeUs + (lifeUs === intervalUs ? AFTER_BATCH : 0));
      if (isAll || resources.contains(pool.available(agent))) misses.add(agent, client.id);
    } else if (refuseUs === 0 && this.#options.instant) {
      this.#refusals.add(agent, client, now);
    }
  }

  #clearAsks(client: Client): void {
    client.asks.clear(this.#books.nextAsk);
    this.#demand.unblock(client);
    this.#books.relist(client);
    // Who stood at the head of the one queue no longer holds up the others.
    if (this.#order.barrier) this.#books.work.markAsks();
  }

  /** What quota kept from a client, or it could not use, is not offered to it again in this instant (I-7). */
  #leftOver(now: Micros): (agent: AgentId, framework: FrameworkId, role: RoleId) => void {
    return (agent, framework, role) => {
      this.#refusals.add(agent, this.#books.client(framework, role) as Client, now);
      if (this.#books.quota.active) this.#books.work.holdBack(agent);
    };
  }
}
