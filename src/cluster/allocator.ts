/**
 * The allocator's interface: all that a master asks of an allocator, and all it answers. A master knows no policy.
 *
 * The caller hands out agent and framework ids as dense integers from 0. Calls about things that are not there are refused:
 * the method returns a sentence that says why and nothing has changed (`undefined` means done).
 */
import type { AgentId, FrameworkId, Micros, OfferId, RoleId } from './ids.js';
import type { AgentInfo, Ask, Domain, FrameworkInfo, Offer, Quantities } from './protocol.js';
import type { Resources } from './resources/resources.js';
import type { Roles } from './roles.js';

/** Why a call was refused; undefined: it was done. */
export type Refusal = string | undefined;

export type OfferMode = 'coarse' | 'demand';
export type SorterName = 'drf' | 'random';
export type AgentOrderName = 'random' | 'first-fit' | 'best-fit' | 'least-loaded';

/**
 * A named stream of uniform numbers in [0, 1): each purpose draws from its own (trap T-1). Every call gives the stream from its
 * beginning: an allocator that is restored goes on from there by the number of its draws.
 */
export type RandomSource = (stream: AllocatorStream) => () => number;
export type AllocatorStream = 'agents' | 'sorter' | 'shrink';

/** What the master gives an allocator at its birth. Defaults are Mesos's (mesos-allocation.md section 0). */
export interface AllocatorOptions {
  readonly roles: Roles;
  readonly random: RandomSource;
  /** Whole agents to whoever is next, or one offer per granted task. @defaultValue 'coarse' */
  readonly offers: OfferMode;
  /** @defaultValue 'random' */
  readonly agentOrder: AgentOrderName;
  /** Period of the batch allocation in microseconds; the least life of a filter. 0 under --instant. */
  readonly intervalUs: Micros;
  /** Allocate at the end of every instant in which something became dirty (semantics-notes I-6). */
  readonly instant: boolean;
  /** An offer must contain one of these in full; empty: anything goes. */
  readonly minAllocatable: readonly Quantities[];
  /** Resource names that do not count in shares. */
  readonly fairnessExclude: readonly string[];
  readonly roleSorter: SorterName;
  readonly frameworkSorter: SorterName;
  /** Where the master is: agents of another region go to REGION_AWARE frameworks alone. Absent: nowhere. */
  readonly domain?: Domain;
  /** Who is known to come, by name: for an allocator that divides the cluster beforehand. Absent: nobody knows. */
  readonly tenants?: { readonly roles: readonly string[]; readonly frameworks: readonly string[] };
}

/** Resources a framework holds on an agent in a role. */
export interface Holding {
  readonly framework: FrameworkId;
  readonly role: RoleId;
  readonly agent: AgentId;
  readonly resources: Resources;
}

/** Receives the offers of one OFFERS event: one framework, in coarse mode all its offers of a run. */
export type OfferSink = (framework: FrameworkId, offers: Offer[]) => void;

/** `triggered`: only agents named by an event since the last run; `all`: the batch run. */
export type AllocationScope = 'triggered' | 'all';

export interface Allocator {
  /** Name and options, as a person would write them after --allocator. */
  readonly name: string;
  /** It takes quota for nested roles, too ({@link setQuota}); absent or false: for top-level roles only. */
  readonly nestedQuota?: boolean;

  // ---- agents
  addAgent(agent: AgentId, info: AgentInfo, used: readonly Omit<Holding, 'agent'>[], now: Micros): Refusal;
  /**
   * New total, attributes or capabilities; allocates that agent if anything changed. Changed attributes drop its filters
   * (R-6.4).
   */
  updateAgent(agent: AgentId, info: AgentInfo, now: Micros): Refusal;
  /** Forgets the agent and all that is held there. */
  removeAgent(agent: AgentId): Refusal;
  activateAgent(agent: AgentId): Refusal;
  deactivateAgent(agent: AgentId): Refusal;
  /** Host names that may be offered; null: all. */
  setWhitelist(hostnames: readonly string[] | null): void;

  // ---- frameworks
  addFramework(
    framework: FrameworkId,
    info: FrameworkInfo,
    suppressedRoles: readonly RoleId[],
    active: boolean,
    now: Micros,
  ): Refusal;
  updateFramework(framework: FrameworkId, info: FrameworkInfo, suppressedRoles: readonly RoleId[]): Refusal;
  removeFramework(framework: FrameworkId): Refusal;
  activateFramework(framework: FrameworkId): Refusal;
  deactivateFramework(framework: FrameworkId): Refusal;

  // ---- demand and willingness
  /** Appends to the (framework, role) queues of asks; an empty list clears the framework's queues. */
  request(framework: FrameworkId, asks: readonly Ask[], now: Micros): Refusal;
  /** Empty `roles`: all roles of the framework. */
  suppress(framework: FrameworkId, roles: readonly RoleId[]): Refusal;
  /** Clears filters of the roles and allocates over all agents. */
  revive(framework: FrameworkId, roles: readonly RoleId[]): Refusal;

  // ---- what becomes of resources
  /**
   * Task ended, offer rescinded or found invalid: no filter.
   * @param ask of a rescinded or invalid grant: it goes back to its place
   * @param offer what the resources came from, where that is known: tells equal tasks apart
   */
  recover(
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    ask?: Ask,
    offer?: OfferId,
  ): Refusal;
  /** Declined, or left over by an ACCEPT: filtered for `refuseUs` (0: no filter ). */
  decline(
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    refuseUs: Micros,
    now: Micros,
  ): Refusal;
  /**
   * {@link decline} of many offers of one framework, each as it was made: all of one DECLINE. An allocator without it is told
   * of them one by one.
   */
  declineOffers?(framework: FrameworkId, offers: readonly Offer[], refuseUs: Micros, now: Micros): void;
  /** Turns `from`, which the framework holds there, into `to`. */
  updateAllocation(
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    from: Resources,
    to: Resources,
  ): Refusal;
  /** The same for resources that nobody holds. */
  updateAvailable(agent: AgentId, from: Resources, to: Resources): Refusal;

  // ---- policy
  /**
   * Replaces the role's quota; empty guarantees and limits remove it. Absent names in limits are unlimited. With
   * {@link nestedQuota}, what goes against the quota of other roles is refused.
   */
  setQuota(role: RoleId, guarantees: Quantities, limits: Quantities): Refusal;
  updateWeights(weights: readonly { readonly role: RoleId; readonly weight: number }[]): Refusal;

  // ---- running
  /** An event asked for a run at once (R-4.2; under `instant`, anything that made something dirty: I-6). */
  readonly triggered: boolean;
  /** Something changed since the last run that a batch run could act upon. */
  readonly dirty: boolean;
  /** When the first filter ends that hides something; Infinity when none does. */
  nextExpiry(): Micros;
  /** One allocation cycle. Offers go to the sink, are charged at once and stay held until recovered. */
  allocate(now: Micros, scope: AllocationScope, sink: OfferSink): void;

  // ---- what it knows
  /** Held on an agent (offered or in use), by whom; for audits. */
  holdings(agent: AgentId): Holding[];
  /** Nobody holds these on the agent. */
  available(agent: AgentId): Resources;
  /** Dominant share of a role's subtree, or of a framework within a role; undefined when it has none. */
  roleShare(role: RoleId): number | undefined;
  frameworkShare(role: RoleId, framework: FrameworkId): number | undefined;
  /** The order in which the next run would serve them; undefined when the policy has no order. */
  roleOrder(): RoleId[] | undefined;
  frameworkOrder(role: RoleId): FrameworkId[] | undefined;

  // ---- state
  /** Changes with every change of state that could change a later answer. */
  digest(): string;
  /** Plain data that structuredClone and JSON keep as it is. */
  snapshot(): AllocatorSnapshot;
  /** Replaces the whole state by a snapshot of an allocator with the same options. */
  restore(snapshot: AllocatorSnapshot): void;
}

export type AllocatorSnapshot = Readonly<Record<string, unknown>>;
