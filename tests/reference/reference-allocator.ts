/**
 * A slow and obviously correct allocator, written from the rules alone, for the fast ones to be compared with: plain
 * containers, whole-cluster sums and a full sort for every question. Policies `drf` (coarse and demand) and `fifo` (P-2).
 */
import type {
  AllocationScope,
  Allocator,
  AllocatorOptions,
  AllocatorSnapshot,
  Holding,
  OfferSink,
  Refusal,
} from '../../src/cluster/allocator.js';
import { Digest } from '../../src/cluster/digest.js';
import { SECOND, type AgentId, type FrameworkId, type Micros, type RoleId } from '../../src/cluster/ids.js';
import { offerConstraintsProblem } from '../../src/cluster/offer-constraints.js';
import type { AgentInfo, Ask, FrameworkInfo, Quantities } from '../../src/cluster/protocol.js';
import type { Resources } from '../../src/cluster/resources/resources.js';
import { decode, encode, inOneOrder, textOf } from './plain-data.js';
import { coarseCycle, demandCycle, offerKey } from './reference-cycles.js';
import { entriesOf, ReferenceState, type Data, type Filter, type PlacedAsk } from './reference-state.js';

const DEFAULT_REFUSE = 5 * SECOND;
const NOT_ITS_ROLE = 'it does not have that role';
const NOT_HELD = 'it does not hold that there';
const LONGEST_REFUSE = 365 * 24 * 3600 * SECOND;

export class ReferenceAllocator implements Allocator {
  readonly name: string;
  readonly #state: ReferenceState;

  constructor(
    readonly options: AllocatorOptions,
    readonly policy: 'drf' | 'fifo' = 'drf',
  ) {
    this.name = `reference-${policy}`;
    this.#state = new ReferenceState(options);
  }

  get #data(): Data {
    return this.#state.data;
  }

  /** Every accepted call ends here. */
  #done(): Refusal {
    this.#state.forgetGoneCounts();
    this.#data.changed = true;
    return undefined;
  }

  addAgent(agent: AgentId, info: AgentInfo, used: readonly Omit<Holding, 'agent'>[], _now: Micros): Refusal {
    if (this.#data.agents.has(agent)) return `agent ${agent} is there already`;
    this.#data.agents.set(agent, { info, active: true });
    for (const { framework, role, resources } of used) {
      const known = this.#data.frameworks.has(framework);
      this.#state.charge(framework, role, agent, resources, known ? 1 : 0);
    }
    this.#data.candidates.add(agent);
    return this.#done();
  }

  updateAgent(agent: AgentId, info: AgentInfo, _now: Micros): Refusal {
    const known = this.#data.agents.get(agent);
    if (known === undefined) return noAgent(agent);
    const [before, after] = [inOneOrder(known.info), inOneOrder(info)];
    if (textOf(before) === textOf(after)) return undefined;
    if (textOf(before.attributes) !== textOf(after.attributes)) {
      this.#dropFilters((filter) => filter.agent === agent);
    }
    known.info = info;
    this.#data.candidates.add(agent);
    return this.#done();
  }

  removeAgent(agent: AgentId): Refusal {
    if (!this.#data.agents.delete(agent)) return noAgent(agent);
    this.#data.held = this.#data.held.filter((h) => h.agent !== agent);
    this.#dropFilters((filter) => filter.agent === agent);
    this.#data.candidates.delete(agent);
    return this.#done();
  }

  activateAgent(agent: AgentId): Refusal {
    return this.#setAgentActive(agent, true);
  }

  deactivateAgent(agent: AgentId): Refusal {
    return this.#setAgentActive(agent, false);
  }

  #setAgentActive(agent: AgentId, active: boolean): Refusal {
    const known = this.#data.agents.get(agent);
    if (known === undefined) return noAgent(agent);
    known.active = active;
    return this.#done();
  }

  setWhitelist(hostnames: readonly string[] | null): void {
    this.#data.whitelist = hostnames;
    this.#done();
  }

  addFramework(
    framework: FrameworkId,
    info: FrameworkInfo,
    suppressedRoles: readonly RoleId[],
    active: boolean,
    _now: Micros,
  ): Refusal {
    if (this.#data.frameworks.has(framework)) return `framework ${framework} is there already`;
    if (!isSubset(suppressedRoles, info.roles)) return NOT_ITS_ROLE;
    const problem = offerConstraintsProblem(info.constraints, info.roles, this.options.roles);
    if (problem !== undefined) return problem;
    this.#data.frameworks.set(framework, { info, suppressed: [...suppressedRoles], active, asked: false });
    for (const holding of this.#data.held) {
      if (holding.framework === framework) this.#state.countAllocation(framework, holding.role);
    }
    if (active) this.#nameAllAgents();
    return this.#done();
  }

  updateFramework(framework: FrameworkId, info: FrameworkInfo, suppressedRoles: readonly RoleId[]): Refusal {
    const known = this.#data.frameworks.get(framework);
    if (known === undefined) return noFramework(framework);
    if (!isSubset(suppressedRoles, info.roles)) return NOT_ITS_ROLE;
    const problem = offerConstraintsProblem(info.constraints, info.roles, this.options.roles);
    if (problem !== undefined) return problem;
    const left = known.info.roles.filter((role) => !info.roles.includes(role));
    const suppressed = suppressedRoles.filter((role) => !known.suppressed.includes(role));
    const revived = known.suppressed.filter((role) => !suppressedRoles.includes(role));
    known.info = info;
    known.suppressed = [...suppressedRoles];
    this.#clearQueues(framework, [...left, ...suppressed]);
    this.#dropFilters((f) => f.framework === framework && [...left, ...revived].includes(f.role));
    return this.#done();
  }

  removeFramework(framework: FrameworkId): Refusal {
    if (!this.#data.frameworks.delete(framework)) return noFramework(framework);
    this.#data.held = this.#data.held.filter((h) => h.framework !== framework);
    this.#dropFilters((filter) => filter.framework === framework);
    this.#data.asks = this.#data.asks.filter((queued) => queued.framework !== framework);
    return this.#done();
  }

  activateFramework(framework: FrameworkId): Refusal {
    const known = this.#data.frameworks.get(framework);
    if (known === undefined) return noFramework(framework);
    known.active = true;
    this.#nameAllAgents();
    return this.#done();
  }

  deactivateFramework(framework: FrameworkId): Refusal {
    const known = this.#data.frameworks.get(framework);
    if (known === undefined) return noFramework(framework);
    known.active = false;
    this.#dropFilters((filter) => filter.framework === framework);
    return this.#done();
  }

  request(framework: FrameworkId, asks: readonly Ask[], _now: Micros): Refusal {
    const known = this.#data.frameworks.get(framework);
    if (known === undefined) return noFramework(framework);
    if (asks.some((ask) => !known.info.roles.includes(ask.role))) return NOT_ITS_ROLE;
    if (asks.some((ask) => !Number.isInteger(ask.count) || ask.count < 1)) return 'an ask counts from 1';
    known.asked = true;
    if (asks.length === 0) this.#clearQueues(framework, known.info.roles);
    for (const ask of asks) {
      const placed = { ...ask, sequence: this.#data.nextSequence++ };
      this.#data.asks = [...this.#data.asks, { framework, ask: placed }];
    }
    return this.#done();
  }

  suppress(framework: FrameworkId, roles: readonly RoleId[]): Refusal {
    const known = this.#data.frameworks.get(framework);
    if (known === undefined) return noFramework(framework);
    if (!isSubset(roles, known.info.roles)) return NOT_ITS_ROLE;
    const which = roles.length === 0 ? known.info.roles : roles;
    known.suppressed = [...new Set([...known.suppressed, ...which])];
    this.#clearQueues(framework, which);
    return this.#done();
  }

  revive(framework: FrameworkId, roles: readonly RoleId[]): Refusal {
    const known = this.#data.frameworks.get(framework);
    if (known === undefined) return noFramework(framework);
    if (!isSubset(roles, known.info.roles)) return NOT_ITS_ROLE;
    const which = roles.length === 0 ? known.info.roles : roles;
    known.suppressed = known.suppressed.filter((role) => !which.includes(role));
    this.#dropFilters((filter) => filter.framework === framework && which.includes(filter.role));
    for (const agent of this.#data.agents.keys()) {
      for (const role of which) this.#data.offeredAt.delete(offerKey(framework, role, agent));
    }
    this.#nameAllAgents();
    return this.#done();
  }

  recover(framework: FrameworkId, role: RoleId, agent: AgentId, resources: Resources, ask?: Ask): Refusal {
    const refusal = this.#giveBack(framework, role, agent, resources);
    if (refusal !== undefined) return refusal;
    for (const key of [...this.#data.offeredAt.keys()]) {
      if (key.endsWith(`/${agent}`)) this.#data.offeredAt.delete(key);
    }
    if (ask !== undefined) this.#putBack(framework, ask as PlacedAsk);
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
    const refusal = this.#giveBack(framework, role, agent, resources);
    if (refusal !== undefined || refuseUs === 0) return refusal;
    // Who is gone from the role has no filters in it.
    if (!this.#state.isSubscribed(framework, role)) return undefined;
    const asked = refuseUs < 0 ? DEFAULT_REFUSE : Math.min(refuseUs, LONGEST_REFUSE);
    const life = Math.max(asked, this.options.intervalUs);
    const ends = now + life;
    const outlivesBatch = life === this.options.intervalUs;
    const filter = { framework, role, agent, refused: resources, ends, outlivesBatch };
    this.#data.filters = [...this.#data.filters, filter];
    return undefined;
  }

  #giveBack(framework: FrameworkId, role: RoleId, agent: AgentId, resources: Resources): Refusal {
    if (!this.#holds(framework, role, agent, resources)) return NOT_HELD;
    this.#state.uncharge(framework, role, agent, resources);
    return this.#done();
  }

  /** Pieces of one ask come together again in its old place, unless its queue was cleared since the grant. */
  #putBack(framework: FrameworkId, ask: PlacedAsk): void {
    const forgotten = this.#data.forgotten.get(`${framework}/${ask.role}`) ?? 0;
    if (ask.sequence < forgotten || !this.#state.isSubscribed(framework, ask.role)) return;
    const rest = this.#data.asks.find((queued) => queued.ask.sequence === ask.sequence);
    const others = this.#data.asks.filter((queued) => queued !== rest);
    const whole = { ...ask, count: ask.count + (rest?.ask.count ?? 0) };
    this.#data.asks = [...others, { framework, ask: whole }].sort((a, b) => a.ask.sequence - b.ask.sequence);
  }

  updateAllocation(
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    from: Resources,
    to: Resources,
  ): Refusal {
    if (!this.#holds(framework, role, agent, from)) return NOT_HELD;
    if (!isConversion(from, to)) return 'a conversion keeps the quantities or removes all';
    this.#state.uncharge(framework, role, agent, from);
    this.#state.charge(framework, role, agent, to, 0);
    this.#changeTotal(agent, from, to);
    return this.#done();
  }

  updateAvailable(agent: AgentId, from: Resources, to: Resources): Refusal {
    if (!this.#data.agents.has(agent)) return noAgent(agent);
    const held = this.#data.held.filter((h) => h.agent === agent);
    const isShared = (id: number): boolean => held.some((h) => h.resources.amountOf(id) > 0);
    const taken = entriesOf(from).some(({ kind }) => kind.shared && isShared(kind.id));
    if (taken || !this.#state.available(agent).contains(from)) return 'the agent does not have that free';
    if (!isConversion(from, to)) return 'a conversion keeps the quantities or removes all';
    this.#changeTotal(agent, from, to);
    return this.#done();
  }

  #changeTotal(agent: AgentId, from: Resources, to: Resources): void {
    const known = this.#data.agents.get(agent)!;
    known.info = { ...known.info, total: known.info.total.minus(from).plus(to) };
  }

  #holds(framework: FrameworkId, role: RoleId, agent: AgentId, resources: Resources): boolean {
    const known = this.#data.frameworks.has(framework) && this.#data.agents.has(agent);
    return known && this.#state.heldBy(framework, role, agent).contains(resources);
  }

  setQuota(role: RoleId, guarantees: Quantities, limits: Quantities): Refusal {
    if (this.#state.path(role).includes('/')) return 'only a top-level role has quota';
    const tooMuch = Object.entries(guarantees).some(([name, milli]) => milli > (limits[name] ?? Infinity));
    if (tooMuch) return 'a guarantee is above its limit';
    const some = Object.fromEntries(Object.entries(guarantees).filter(([, milli]) => milli > 0));
    const isDefault = Object.keys(some).length === 0 && Object.keys(limits).length === 0;
    if (isDefault) this.#data.quotas.delete(role);
    else this.#data.quotas.set(role, { guarantees: some, limits });
    return this.#done();
  }

  updateWeights(weights: readonly { readonly role: RoleId; readonly weight: number }[]): Refusal {
    if (weights.some(({ weight }) => !(weight > 0 && weight < Infinity))) return 'a weight is above 0';
    for (const { role, weight } of weights) this.#data.weights.set(this.#state.path(role), weight);
    return this.#done();
  }

  get triggered(): boolean {
    return this.options.instant ? this.#data.changed : this.#data.candidates.size > 0;
  }

  get dirty(): boolean {
    return this.#data.changed;
  }

  nextExpiry(): Micros {
    return Math.min(Infinity, ...this.#data.filters.map((filter) => filter.ends));
  }

  allocate(now: Micros, scope: AllocationScope, sink: OfferSink): void {
    const everywhere = scope === 'all' || this.options.instant;
    const agents = [...this.#data.agents.entries()]
      .filter(([agent]) => everywhere || this.#data.candidates.has(agent))
      .filter(([, { active }]) => active)
      .filter(([, { info }]) => this.#data.whitelist?.includes(info.hostname) ?? true)
      .map(([agent]) => agent)
      .sort((a, b) => a - b);
    const run = { now, scope, agents };
    let offered = false;
    const watch: OfferSink = (framework, offers) => {
      offered = true;
      sink(framework, offers);
    };
    if (this.options.offers === 'coarse') coarseCycle(this.#state, run, () => true, watch);
    else demandCycle(this.#state, run, this.policy, watch);
    const before = this.#data.filters.length;
    this.#dropFilters((filter) => filter.ends < now || (filter.ends === now && !filter.outlivesBatch));
    const ended = this.#data.filters.length < before;
    this.#data.candidates = new Set();
    // Offers to sub-roles may lower the headroom that the next run has to keep.
    this.#data.changed = offered || ((this.#data.changed || ended) && !everywhere);
  }

  holdings(agent: AgentId): Holding[] {
    return this.#data.held.filter((h) => h.agent === agent);
  }

  available(agent: AgentId): Resources {
    return this.#state.available(agent);
  }

  roleShare(role: RoleId): number | undefined {
    const path = this.#state.path(role);
    return this.#state.isInTree(path) ? this.#state.roleShare(path) : undefined;
  }

  frameworkShare(role: RoleId, framework: FrameworkId): number | undefined {
    const path = this.#state.path(role);
    return this.#state.isTracked(framework, path) ? this.#state.frameworkShare(path, framework) : undefined;
  }

  roleOrder(): RoleId[] | undefined {
    return this.policy === 'fifo' || this.options.roleSorter === 'random'
      ? undefined
      : this.#state.roleOrder();
  }

  frameworkOrder(role: RoleId): FrameworkId[] | undefined {
    return this.policy === 'fifo' || this.options.frameworkSorter === 'random'
      ? undefined
      : this.#state.frameworkOrder(role);
  }

  digest(): string {
    const digest = new Digest();
    digest.text(textOf(this.#data));
    return digest.hex();
  }

  snapshot(): AllocatorSnapshot {
    return { data: encode(this.#data) };
  }

  restore(snapshot: AllocatorSnapshot): void {
    this.#state.data = decode(snapshot.data) as Data;
  }

  #nameAllAgents(): void {
    for (const agent of this.#data.agents.keys()) this.#data.candidates.add(agent);
  }

  #dropFilters(gone: (filter: Filter) => boolean): void {
    this.#data.filters = this.#data.filters.filter((filter) => !gone(filter));
  }

  #clearQueues(framework: FrameworkId, roles: readonly RoleId[]): void {
    this.#data.asks = this.#data.asks.filter(
      (queued) => queued.framework !== framework || !roles.includes(queued.ask.role),
    );
    for (const role of roles) this.#data.forgotten.set(`${framework}/${role}`, this.#data.nextSequence);
  }
}

function noAgent(agent: AgentId): string {
  return `there is no agent ${agent}`;
}

function noFramework(framework: FrameworkId): string {
  return `there is no framework ${framework}`;
}

function isSubset(roles: readonly RoleId[], of: readonly RoleId[]): boolean {
  return roles.every((role) => of.includes(role));
}

/** Quantities by name stay the same, or all is removed. */
function isConversion(from: Resources, to: Resources): boolean {
  const amounts = (resources: Resources): string => {
    const sums = new Map<string, number>();
    for (const { kind, amount } of entriesOf(resources)) {
      sums.set(kind.name, (sums.get(kind.name) ?? 0) + amount);
    }
    return textOf([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return to.isEmpty || amounts(from) === amounts(to);
}
