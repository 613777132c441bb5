import type { AllocatorOptions, Holding } from '../../cluster/allocator.js';
import type { AgentId, FrameworkId, Micros, OfferId, RoleId } from '../../cluster/ids.js';
import type { AgentTest } from '../../cluster/offer-constraints.js';
import type { AgentInfo, FrameworkInfo, Quantities } from '../../cluster/protocol.js';
import { kindOf, nameIdOf, type Kind } from '../../cluster/resources/kinds.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { isWithin, lineageOf } from '../../cluster/roles.js';
import { AgentPool } from './agent-pool.js';
import { AskQueue } from './ask-queue.js';
import { Filters } from './filters.js';
import { Holdings, type ClientId } from './holdings.js';
import { KnownMisses } from './known-misses.js';
import { Lots } from './lots.js';
import { PairBits } from './pair-bits.js';
import type { PolicyHooks } from '../policy-hooks.js';
import { unknownClient, unknownFramework } from '../refusals.js';
import { QuotaBook, type QuotaRole } from './quota-book.js';
import { RoleNodes } from './role-nodes.js';
import { ASKING, OFFERABLE, ShareTree, type NodeId } from './share-tree.js';
import { Takers } from './takers.js';
import { WorkList } from './work-list.js';

/**
 * Added to the end of a filter that the batch run of that instant still sees; events after that run do not. Times are
 * whole microseconds, so half of one falls behind all that happens at an instant.
 */
export const AFTER_BATCH = 0.5;

/** A framework as the allocator sees it. */
export interface FrameworkEntry {
  readonly id: FrameworkId;
  info: FrameworkInfo;
  active: boolean;
  /** Ever sent a REQUEST: in demand mode it is served by its asks alone. */
  hasAsked: boolean;
  readonly suppressed: Set<RoleId>;
  readonly clients: Map<RoleId, ClientId>;
  /** The one of them that was looked up last: most frameworks have one role. */
  lastClient: Client | undefined;
  shared: boolean;
  revocable: boolean;
  refinement: boolean;
  gpus: boolean;
  multiRole: boolean;
  regionAware: boolean;
  /** Of {@link info}: beside the rest, since both are looked at for every offer. */
  minAllocatable: FrameworkInfo['minAllocatable'];
  /** Agents that it wants offers of, by role; undefined, or no entry: all. */
  wants: ReadonlyMap<RoleId, AgentTest> | undefined;
}

/** A framework in one role. */
export interface Client {
  readonly id: ClientId;
  readonly framework: FrameworkEntry;
  readonly role: RoleId;
  readonly rolePath: string;
  /** The role and its ancestors, the role first: whose reservations it may use. */
  readonly lineage: readonly string[];
  /** The role lies below another. */
  readonly nested: boolean;
  readonly node: NodeId;
  readonly quota: QuotaRole;
  /** False once the framework left the role but still holds something there. */
  subscribed: boolean;
  readonly asks: AskQueue;
  /** Its oldest ask was found to fit nowhere; it waits outside the order until something changes. */
  blocked: boolean;
}

/** Usage reported by an agent for a framework that is not known yet. */
interface Unclaimed {
  readonly framework: FrameworkId;
  readonly role: RoleId;
  readonly resources: Resources;
}

/**
 * The bookkeeping that every offer-based policy shares: goods, holdings, shares, filters, quota, asks and what changed.
 * Each mutation keeps all of them in step; cycles read them and charge what they offer.
 */
export class Books {
  readonly options: AllocatorOptions;
  readonly pool: AgentPool;
  readonly holdings: Holdings;
  /** What filters and misses say of pairs of agent and client. */
  readonly pairs = new PairBits();
  readonly filters: Filters;
  readonly misses: KnownMisses;
  readonly quota: QuotaBook;
  readonly tree: ShareTree;
  readonly roles: RoleNodes;
  readonly takers: Takers;
  readonly work: WorkList;
  readonly lots = new Lots();
  readonly frameworks: (FrameworkEntry | undefined)[] = [];
  readonly clients: (Client | undefined)[] = [];
  readonly unclaimed = new Map<AgentId, Unclaimed[]>();
  /** Host names that may be offered; undefined: all. */
  whitelist: ReadonlySet<string> | undefined;
  nextAsk = 0;
  /** What a policy does beyond Mesos; all off so that parity stays testable. */
  readonly switches = {
    /** An agent that gets something back is offered at once (trap T-2; is Mesos's). */
    allocateOnRecover: false,
  };
  /** What the policy adds; its serving order fills them in. */
  readonly hooks: PolicyHooks = {};

  readonly #unusedClients: ClientId[] = [];

  constructor(options: AllocatorOptions) {
    this.options = options;
    this.pool = new AgentPool(options.domain?.region, options.offers === 'demand');
    this.holdings = new Holdings(this.pool);
    this.filters = new Filters(this.pairs);
    this.misses = new KnownMisses(this.pool, this.pairs);
    this.quota = new QuotaBook(this.pool);
    this.work = new WorkList(this.pool);
    this.tree = new ShareTree(this.pool.total, new Set(options.fairnessExclude.map(nameIdOf)));
    this.roles = new RoleNodes(this.tree);
    this.takers = new Takers(this.pool, this.roles, this.tree);
  }

  client(framework: FrameworkId, role: RoleId): Client | undefined {
    const entry = this.frameworks[framework];
    if (entry === undefined || entry.lastClient?.role === role) return entry?.lastClient;
    const id = entry.clients.get(role);
    if (id === undefined) return undefined;
    entry.lastClient = this.clients[id];
    return entry.lastClient;
  }

  /** The client, made if need be; an unknown one is not subscribed. */
  clientFor(entry: FrameworkEntry, role: RoleId): Client {
    const known = entry.clients.get(role);
    if (known !== undefined) return this.clients[known] as Client;
    const id = this.#unusedClients.pop() ?? this.clients.length;
    const rolePath = this.options.roles.path(role);
    const node = this.tree.addNode(this.roles.home(rolePath), entry.info.id, id);
    const client: Client = {
      id,
      framework: entry,
      role,
      rolePath,
      lineage: lineageOf(rolePath),
      nested: rolePath.includes('/'),
      node,
      quota: this.quota.roleOf(rolePath),
      subscribed: false,
      asks: new AskQueue(this.nextAsk),
      blocked: false,
    };
    this.clients[id] = client;
    entry.clients.set(role, id);
    return client;
  }

  /** Forgets a client that is not subscribed and holds nothing. */
  dropClientIfIdle(client: Client): void {
    if (client.subscribed || this.holdings.rows(undefined, client.id).length > 0) return;
    this.tree.list(client.node, OFFERABLE, false);
    this.#setOfferable(client, false);
    this.tree.list(client.node, ASKING, false);
    this.tree.removeNode(client.node);
    this.filters.dropClient(client.id);
    this.misses.forgetClient(client.id);
    client.framework.clients.delete(client.role);
    client.framework.lastClient = undefined;
    this.clients[client.id] = undefined;
    this.#unusedClients.push(client.id);
    this.roles.prune(client.rolePath);
  }

  /** A client gets resources of an agent. @param allocations added to its count */
  charge(client: Client, agent: AgentId, resources: Resources, allocations: number): void {
    this.pool.take(agent, resources);
    this.chargeTaken(client, agent, resources, allocations);
  }

  /** A client is offered all that an agent has left, on loan if that can be. */
  chargeAll(client: Client, agent: AgentId): void {
    const { pool } = this;
    if (this.isPlainBusiness && pool.isLendable(agent)) this.lendAll(client.node, client.id, agent);
    else this.charge(client, agent, pool.available(agent), 1);
  }

  /** Lends all that an agent has left to the client of a node. The agent is lendable, and the business plain. */
  lendAll(node: NodeId, client: ClientId, agent: AgentId): void {
    const tab = this.tree.tab(node);
    const { tabs } = this.tree;
    tabs.allocations[tab]++;
    this.pool.lend(agent, client, tabs.amounts, tab * tabs.width);
  }

  /** A client gives back what {@link chargeAll} lent it. False, and nothing done, when something became of it meanwhile. */
  creditLoan(client: Client, agent: AgentId, resources: Resources): boolean {
    if (!this.pool.isLentTo(agent, client.id, resources) || !this.isPlainBusiness) return false;
    const tab = this.tree.tab(client.node);
    const { tabs } = this.tree;
    this.pool.takeBack(agent, tabs.amounts, tab * tabs.width);
    this.misses.gained(agent);
    this.work.agentGained(agent);
    return true;
  }

  /** Sums are all there is to keep when something changes hands. */
  get isPlainBusiness(): boolean {
    return this.hooks.held === undefined && !this.quota.active;
  }

  /** The same for what the agent does not count as free any more. */
  chargeTaken(client: Client, agent: AgentId, resources: Resources, allocations: number): void {
    this.holdings.charge(agent, client.id, resources);
    this.tree.charge(client.node, agent, resources, 1, allocations);
    this.quota.accountHeld(client.quota, resources, 1);
    this.hooks.held?.(client, agent, resources, 1);
  }

  /** A client gives resources back. False, and nothing done, when it does not hold them there. */
  credit(client: Client, agent: AgentId, resources: Resources, offer?: OfferId): boolean {
    if (this.creditLoan(client, agent, resources)) return true;
    if (!this.holdings.credit(agent, client.id, resources)) return false;
    this.tree.charge(client.node, agent, resources, -1, 0);
    this.quota.accountHeld(client.quota, resources, -1);
    this.hooks.held?.(client, agent, resources, -1, offer);
    this.pool.put(agent, resources);
    this.misses.gained(agent);
    this.work.agentGained(agent);
    return true;
  }

  /** Replaces the quota of a role. */
  setQuota(path: string, guarantees: Quantities, limits: Quantities): void {
    if (!this.quota.active) {
      this.quota.countHeldAnew();
      for (const { client, resources } of this.holdings.rows()) {
        this.quota.accountHeld((this.clients[client] as Client).quota, resources, 1, true);
      }
    }
    this.quota.set(path, guarantees, limits);
  }

  /** May be offered whole agents, or granted its asks. */
  isWilling(client: Client): boolean {
    const { framework } = client;
    return framework.active && client.subscribed && !framework.suppressed.has(client.role);
  }

  /** Brings a client's places in the orders up to date with what it may get. */
  relist(client: Client): void {
    const willing = this.isWilling(client);
    const byAsks = this.options.offers === 'demand' && client.framework.hasAsked;
    this.tree.list(client.node, OFFERABLE, willing && !byAsks);
    this.#setOfferable(client, willing && !byAsks);
    this.tree.list(client.node, ASKING, willing && byAsks && !client.asks.isEmpty && !client.blocked);
    this.hooks.relisted?.(client);
  }

  #setOfferable(client: Client, offerable: boolean): void {
    this.misses.setOfferable(client.id, offerable);
    if (offerable) this.takers.add(client);
    else this.takers.remove(client.id);
  }

  /** Quota cuts what this client is offered: that of its own top-level role, under strict quota of all above it. */
  isUnderQuota(client: Client): boolean {
    return !client.nested || this.quota.strict;
  }

  /** The role may use resources of this kind: unreserved, or reserved to it or an ancestor. */
  mayUse(client: Client, kind: Kind): boolean {
    if (kind.owner !== undefined && !isWithin(client.rolePath, kind.owner)) return false;
    const { framework } = client;
    if (kind.shared && !framework.shared) return false;
    if (kind.revocable && !framework.revocable) return false;
    return kind.reservations.length < 2 || framework.refinement;
  }

  /** The offer constraints of the framework let the agent pass. */
  isWanted(client: Client, agent: AgentId): boolean {
    const test = client.framework.wants?.get(client.role);
    return test === undefined || test(this.pool.info[agent] as AgentInfo);
  }

  /** The framework may be offered this agent at all. */
  mayReceive(client: Client, agent: AgentId): boolean {
    if (client.framework.wants !== undefined && !this.isWanted(client, agent)) return false;
    const { traits } = this.pool;
    if (traits.areAllAlike) return true;
    if (traits.hasGpus[agent] && !client.framework.gpus) return false;
    if (traits.remote[agent] && !client.framework.regionAware) return false;
    if (client.framework.multiRole && !traits.multiRole[agent]) return false;
    return !client.nested || traits.hierarchical[agent];
  }

  isWhitelisted(hostname: string): boolean {
    return this.whitelist === undefined || this.whitelist.has(hostname);
  }

  /** The whitelist changed. */
  reopenAgents(): void {
    this.pool.info.forEach((info, agent) => {
      if (info !== undefined) {
        this.pool.open[agent] = this.pool.activated[agent] && this.isWhitelisted(info.hostname);
      }
    });
    this.hooks.clusterChanged?.();
    this.work.markAll();
  }

  clientsOf(entry: FrameworkEntry): Client[] {
    return [...entry.clients.values()].map((id) => this.clients[id] as Client);
  }

  /** The subscribed clients of a framework in the named roles (none named: in all), or what is wrong. */
  subscribed(framework: FrameworkId, roles: readonly RoleId[]): Client[] | string {
    const entry = this.frameworks[framework];
    if (entry === undefined) return unknownFramework(framework, 'R-6.7');
    const clients = this.clientsOf(entry).filter((client) => client.subscribed);
    if (roles.length === 0) return clients;
    const stranger = roles.find((role) => !clients.some((client) => client.role === role));
    if (stranger === undefined) return clients.filter((client) => roles.includes(client.role));
    return unknownClient(this, framework, stranger, 'R-6.7');
  }

  dropFilters(client: Client): void {
    this.filters.dropClient(client.id);
    this.misses.forgetClient(client.id);
    this.work.markNewcomer();
  }

  /** Usage on an agent is charged when its framework is known, and kept until then. */
  claim(framework: FrameworkId, role: RoleId, agent: AgentId, resources: Resources): void {
    const entry = this.frameworks[framework];
    if (entry !== undefined) {
      this.chargeTaken(this.clientFor(entry, role), agent, resources, 1);
      return;
    }
    this.pool.countApart(resources, 1);
    const list = this.unclaimed.get(agent);
    if (list === undefined) this.unclaimed.set(agent, [{ framework, role, resources }]);
    else list.push({ framework, role, resources });
  }

  /** Charges a framework that has come for what runs on the agents already. */
  claimUsage(entry: FrameworkEntry): void {
    for (const [agent, list] of this.unclaimed) {
      const mine = list.filter(({ framework }) => framework === entry.id);
      for (const { role, resources } of mine) {
        this.pool.countApart(resources, -1);
        this.chargeTaken(this.clientFor(entry, role), agent, resources, 1);
      }
      // What it uses may meet a guarantee that others left room for.
      if (mine.length > 0) this.work.quotaChanged();
      const others = list.filter(({ framework }) => framework !== entry.id);
      if (others.length > 0) this.unclaimed.set(agent, others);
      else this.unclaimed.delete(agent);
    }
  }

  /** Resources of an agent that come (sign 1) or go (-1): what is reserved counts as consumed, and perhaps in shares. */
  accountReservations(resources: Resources, sign: 1 | -1): void {
    this.quota.accountReservations(resources, sign);
    if (!this.tree.special.chargesReservations || resources.isPlain) return;
    for (let i = resources.plainCount; i < resources.kinds.length; i++) {
      const kind = kindOf(resources.kinds[i]);
      if (kind.owner === undefined || kind.type !== 'SCALAR') continue;
      const amount = kind.shared ? kind.unitMilli : resources.amounts[i];
      this.tree.chargeReserved(this.roles.node(kind.owner), kind.nameId, sign * amount);
      if (sign < 0) this.roles.prune(kind.owner);
    }
  }

  holdingsOn(agent: AgentId): Holding[] {
    const found: Holding[] = [];
    for (const client of this.clients) {
      if (client === undefined) continue;
      const resources = this.holdings.held(agent, client.id);
      if (resources.isEmpty) continue;
      found.push({ framework: client.framework.id, role: client.role, agent, resources });
    }
    return found;
  }

  /** Takes a client's resources off the books without giving them back to an agent that goes. */
  release(client: Client, agent: AgentId, resources: Resources): void {
    this.holdings.credit(agent, client.id, resources);
    this.tree.charge(client.node, agent, resources, -1, 0);
    this.quota.accountHeld(client.quota, resources, -1);
    this.hooks.held?.(client, agent, resources, -1);
  }

  /** Ends filters whose time has come; what they hid may be offered again. */
  expireFilters(now: Micros): void {
    if (this.filters.nextEnd() > now) return;
    this.filters.expire(now, (client, agent) => {
      this.misses.forget(agent, client);
      this.work.agentGained(agent);
    });
  }
}
