import type {
  AllocationScope,
  Allocator,
  AllocatorOptions,
  AllocatorSnapshot,
  Holding,
  OfferSink,
  Refusal,
} from '../cluster/allocator.js';
import type { AgentId, FrameworkId, Micros, OfferId, RoleId } from '../cluster/ids.js';
import type { AgentInfo, Ask, FrameworkInfo, Offer, Quantities } from '../cluster/protocol.js';
import type { Resources } from '../cluster/resources/resources.js';
import { PolicyFault, shown, thrownText } from './fault.js';
import { GuardBooks } from './guard-books.js';
import type { GuardOptions } from './guard.js';
import { Heartbeat, hookNumber } from './heartbeat.js';
import { differenceOf, offersOf } from './same-answer.js';

/** Makes an allocator; called again for the copy that has to answer the same. */
export type AllocatorFactory = (options: AllocatorOptions) => Allocator;

const [CREATE, ALLOCATE, OTHER] = [
  hookNumber('create'),
  hookNumber('allocate'),
  hookNumber('another method'),
];
const mostOffers = 10_000_000;

/**
 * A whole allocator of a user's own, watched: what it throws, offers of what is not there, answers of the wrong kind and
 * answers that differ for the same state become a {@link PolicyFault}.
 */
export class GuardedAllocator implements Allocator {
  readonly name: string;
  readonly #inner: Allocator;
  readonly #make: () => Allocator;
  readonly #guard: GuardOptions;
  readonly #heartbeat: Heartbeat;
  readonly #books: GuardBooks;
  #cycles = 0;
  #nowUs: Micros = 0;

  constructor(factory: AllocatorFactory, options: AllocatorOptions, guard: GuardOptions) {
    this.#guard = guard;
    this.#heartbeat = guard.heartbeat ?? new Heartbeat();
    this.#books = new GuardBooks(options.roles);
    this.#make = () => {
      const made = this.#ask('its factory', CREATE, () => factory(options));
      const missing = methodMissing(made);
      if (missing !== undefined) throw this.#fault(missing);
      return made;
    };
    this.#inner = this.#make();
    this.name = this.#inner.name;
  }

  get nestedQuota(): boolean {
    return this.#inner.nestedQuota === true;
  }

  // ---- agents

  addAgent(agent: AgentId, info: AgentInfo, used: readonly Omit<Holding, 'agent'>[], now: Micros): Refusal {
    return this.#tell(
      'addAgent',
      () => this.#inner.addAgent(agent, info, used, now),
      () => this.#books.addAgent(agent, info, used),
    );
  }

  updateAgent(agent: AgentId, info: AgentInfo, now: Micros): Refusal {
    return this.#tell(
      'updateAgent',
      () => this.#inner.updateAgent(agent, info, now),
      () => this.#books.updateAgent(agent, info),
    );
  }

  removeAgent(agent: AgentId): Refusal {
    return this.#tell(
      'removeAgent',
      () => this.#inner.removeAgent(agent),
      () => this.#books.removeAgent(agent),
    );
  }

  activateAgent(agent: AgentId): Refusal {
    return this.#tell(
      'activateAgent',
      () => this.#inner.activateAgent(agent),
      () => this.#books.setAgentActive(agent, true),
    );
  }

  deactivateAgent(agent: AgentId): Refusal {
    return this.#tell(
      'deactivateAgent',
      () => this.#inner.deactivateAgent(agent),
      () => this.#books.setAgentActive(agent, false),
    );
  }

  setWhitelist(hostnames: readonly string[] | null): void {
    this.#ask('setWhitelist', OTHER, () => this.#inner.setWhitelist(hostnames));
  }

  // ---- frameworks

  addFramework(
    framework: FrameworkId,
    info: FrameworkInfo,
    suppressedRoles: readonly RoleId[],
    active: boolean,
    now: Micros,
  ): Refusal {
    return this.#tell(
      'addFramework',
      () => this.#inner.addFramework(framework, info, suppressedRoles, active, now),
      () => this.#books.setFramework(framework, info, active),
    );
  }

  updateFramework(framework: FrameworkId, info: FrameworkInfo, suppressedRoles: readonly RoleId[]): Refusal {
    return this.#tell(
      'updateFramework',
      () => this.#inner.updateFramework(framework, info, suppressedRoles),
      () => this.#books.setFramework(framework, info),
    );
  }

  removeFramework(framework: FrameworkId): Refusal {
    return this.#tell(
      'removeFramework',
      () => this.#inner.removeFramework(framework),
      () => this.#books.removeFramework(framework),
    );
  }

  activateFramework(framework: FrameworkId): Refusal {
    return this.#tell(
      'activateFramework',
      () => this.#inner.activateFramework(framework),
      () => this.#books.setFrameworkActive(framework, true),
    );
  }

  deactivateFramework(framework: FrameworkId): Refusal {
    return this.#tell(
      'deactivateFramework',
      () => this.#inner.deactivateFramework(framework),
      () => this.#books.setFrameworkActive(framework, false),
    );
  }

  // ---- demand and willingness

  request(framework: FrameworkId, asks: readonly Ask[], now: Micros): Refusal {
    return this.#tell('request', () => this.#inner.request(framework, asks, now));
  }

  suppress(framework: FrameworkId, roles: readonly RoleId[]): Refusal {
    return this.#tell('suppress', () => this.#inner.suppress(framework, roles));
  }

  revive(framework: FrameworkId, roles: readonly RoleId[]): Refusal {
    return this.#tell('revive', () => this.#inner.revive(framework, roles));
  }

  // ---- what becomes of resources

  recover(
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    ask?: Ask,
    offer?: OfferId,
  ): Refusal {
    return this.#tell(
      'recover',
      () => this.#inner.recover(framework, role, agent, resources, ask, offer),
      () => this.#books.giveBack(framework, agent, resources),
    );
  }

  decline(
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    refuseUs: Micros,
    now: Micros,
  ): Refusal {
    return this.#tell(
      'decline',
      () => this.#inner.decline(framework, role, agent, resources, refuseUs, now),
      () => this.#books.giveBack(framework, agent, resources),
    );
  }

  declineOffers(framework: FrameworkId, offers: readonly Offer[], refuseUs: Micros, now: Micros): void {
    for (const { role, agent, resources } of offers) {
      this.decline(framework, role, agent, resources, refuseUs, now);
    }
  }

  updateAllocation(
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    from: Resources,
    to: Resources,
  ): Refusal {
    return this.#tell(
      'updateAllocation',
      () => this.#inner.updateAllocation(framework, role, agent, from, to),
      () => this.#books.convert(framework, agent, from, to),
    );
  }

  updateAvailable(agent: AgentId, from: Resources, to: Resources): Refusal {
    return this.#tell(
      'updateAvailable',
      () => this.#inner.updateAvailable(agent, from, to),
      () => this.#books.convert(undefined, agent, from, to),
    );
  }

  // ---- policy

  setQuota(role: RoleId, guarantees: Quantities, limits: Quantities): Refusal {
    return this.#tell('setQuota', () => this.#inner.setQuota(role, guarantees, limits));
  }

  updateWeights(weights: readonly { readonly role: RoleId; readonly weight: number }[]): Refusal {
    return this.#tell('updateWeights', () => this.#inner.updateWeights(weights));
  }

  // ---- running

  get triggered(): boolean {
    return this.#flag('triggered', () => this.#inner.triggered);
  }

  get dirty(): boolean {
    return this.#flag('dirty', () => this.#inner.dirty);
  }

  nextExpiry(): Micros {
    const time = this.#ask('nextExpiry', OTHER, () => this.#inner.nextExpiry());
    if (typeof time === 'number' && !Number.isNaN(time)) return time;
    throw this.#fault(`returned ${shown(time)} from nextExpiry; it is a time in microseconds, or Infinity`);
  }

  allocate(now: Micros, scope: AllocationScope, sink: OfferSink): void {
    this.#nowUs = now;
    this.#heartbeat.moved(this.#position());
    const before = this.#isCompared() ? this.#copyOfState() : undefined;
    const made: string[] = [];
    let count = 0;
    this.#ask('allocate', ALLOCATE, () =>
      this.#inner.allocate(now, scope, (framework, offers) => {
        this.#heartbeat.enter(ALLOCATE);
        for (const offer of offers) this.#check(framework, offer);
        count += offers.length;
        if (count > mostOffers)
          throw this.#fault(`made ${mostOffers.toLocaleString('en')} offers in one cycle and goes on`);
        if (before !== undefined) made.push(...offersOf(offers));
        sink(framework, offers);
        this.#heartbeat.leave();
      }),
    );
    if (before !== undefined) this.#compare(before, now, scope, made);
  }

  // ---- what it knows

  holdings(agent: AgentId): Holding[] {
    return this.#ask('holdings', OTHER, () => this.#inner.holdings(agent));
  }

  available(agent: AgentId): Resources {
    return this.#ask('available', OTHER, () => this.#inner.available(agent));
  }

  roleShare(role: RoleId): number | undefined {
    return this.#ask('roleShare', OTHER, () => this.#inner.roleShare(role));
  }

  frameworkShare(role: RoleId, framework: FrameworkId): number | undefined {
    return this.#ask('frameworkShare', OTHER, () => this.#inner.frameworkShare(role, framework));
  }

  roleOrder(): RoleId[] | undefined {
    return this.#ask('roleOrder', OTHER, () => this.#inner.roleOrder());
  }

  frameworkOrder(role: RoleId): FrameworkId[] | undefined {
    return this.#ask('frameworkOrder', OTHER, () => this.#inner.frameworkOrder(role));
  }

  // ---- state

  digest(): string {
    const digest = this.#ask('digest', OTHER, () => this.#inner.digest());
    if (typeof digest === 'string') return digest;
    throw this.#fault(`returned ${shown(digest)} from digest; a digest is a text`);
  }

  snapshot(): AllocatorSnapshot {
    return this.#ask('snapshot', OTHER, () => this.#inner.snapshot());
  }

  restore(snapshot: AllocatorSnapshot): void {
    this.#ask('restore', OTHER, () => this.#inner.restore(snapshot));
  }

  #check(framework: FrameworkId, offer: Offer): void {
    const wrong =
      offer.framework === framework
        ? this.#books.charge(offer)
        : `sent an offer of framework ${offer.framework} to framework ${framework}`;
    if (wrong !== undefined) throw this.#fault(wrong);
  }

  /** Seldom is enough to find what differs often; every cycle costs as much as the state is large. */
  #isCompared(): boolean {
    const cycle = ++this.#cycles;
    return this.#guard.thorough === true || (cycle & (cycle - 1)) === 0;
  }

  #copyOfState(): AllocatorSnapshot {
    return this.#ask(
      'snapshot',
      OTHER,
      () => JSON.parse(JSON.stringify(this.#inner.snapshot())) as AllocatorSnapshot,
    );
  }

  /** A second allocator with the state of before has to make the same offers. */
  #compare(before: AllocatorSnapshot, now: Micros, scope: AllocationScope, made: readonly string[]): void {
    const again: string[] = [];
    const copy = this.#make();
    this.#ask('restore', OTHER, () => copy.restore(before));
    this.#ask('allocate', ALLOCATE, () =>
      copy.allocate(now, scope, (_, offers) => again.push(...offersOf(offers))),
    );
    const difference = differenceOf(made, again);
    if (difference === undefined) return;
    throw this.#fault(
      `answers differently for the same state: ${difference}; an answer depends on nothing but what snapshot() holds`,
    );
  }

  #tell(name: string, tell: () => Refusal, done?: () => void): Refusal {
    const refusal = this.#ask(name, OTHER, tell);
    if (refusal === undefined) done?.();
    else if (typeof refusal !== 'string') {
      throw this.#fault(
        `returned ${shown(refusal)} from ${name}; it is a sentence that refuses, or undefined`,
      );
    }
    return refusal;
  }

  #flag(name: string, read: () => boolean): boolean {
    const flag = this.#ask(name, OTHER, read);
    if (typeof flag === 'boolean') return flag;
    throw this.#fault(`has ${name} set to ${shown(flag)}; it is true or false`);
  }

  #ask<T>(name: string, hook: number, ask: () => T): T {
    this.#heartbeat.enter(hook);
    try {
      return ask();
    } catch (error) {
      if (error instanceof PolicyFault) throw error;
      throw this.#fault(`threw ${thrownText(error, this.#guard.modulePath)} in ${name}`);
    } finally {
      this.#heartbeat.leave();
    }
  }

  #fault(what: string): PolicyFault {
    return new PolicyFault(this.#guard.label, what, this.#position());
  }

  #position(): { event: number; nowUs: Micros } {
    return this.#guard.position?.() ?? { event: 0, nowUs: this.#nowUs };
  }
}

const methods =
  'addAgent updateAgent removeAgent activateAgent deactivateAgent setWhitelist addFramework updateFramework ' +
  'removeFramework activateFramework deactivateFramework request suppress revive recover decline updateAllocation ' +
  'updateAvailable setQuota updateWeights nextExpiry allocate holdings available roleShare frameworkShare roleOrder ' +
  'frameworkOrder digest snapshot restore';

function methodMissing(made: unknown): string | undefined {
  if (typeof made !== 'object' || made === null)
    return `made ${shown(made)}; its factory returns an Allocator`;
  const lacks = methods
    .split(' ')
    .filter((name) => typeof (made as Record<string, unknown>)[name] !== 'function');
  if (typeof (made as { name?: unknown }).name !== 'string') lacks.unshift('name');
  return lacks.length === 0 ? undefined : `is no Allocator: it lacks ${lacks.slice(0, 5).join(', ')}`;
}
