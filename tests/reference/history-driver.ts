/** Applies one history to two allocators and compares all that they say after every step. */
import type { AllocationScope, Allocator, AllocatorOptions, Refusal } from '../../src/cluster/allocator.js';
import { SECOND, type AgentId, type FrameworkId } from '../../src/cluster/ids.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { formatQuantities, formatResources, parseResources } from '../../src/cluster/resources/text.js';
import { compareStates, conservation, pairOffers, runSafety, type Event } from './history-checks.js';
import { commit, mistakes } from './history-mistakes.js';
import { ROLES, type History, type Step } from './histories.js';
import { HistoryWorld, partOf, type Held } from './history-world.js';
import type { Reference } from './reference-allocator.js';

export type MakeAllocator = (options: AllocatorOptions) => Allocator;
export type MakeReference = (options: AllocatorOptions) => Reference;
type Entry = Readonly<Record<string, unknown>>;
const MOST = 6;

/**
 * @param left the one that is believed; it is told of no mistakes
 * @param right the one under test, which must refuse mistakes; at some steps it is replaced by a restored copy of itself
 * @param anew a copy's streams begin anew, and it draws up to the snapshot; else it goes on with those of its original
 * @throws Error that says what differed at which step, and shows the history up to there as scenario-like JSON
 */
export function runHistory(history: History, left: MakeReference, right: MakeAllocator, anew = false): void {
  const driver = new HistoryDriver(history, left, right, anew);
  for (const step of history.steps) driver.apply(step);
}

class HistoryDriver {
  readonly #world: HistoryWorld;
  readonly #left: Reference;
  #right: Allocator;
  readonly #restart: () => Allocator;
  readonly #anew: boolean;
  readonly #log: Entry[] = [];

  constructor(history: History, left: MakeReference, right: MakeAllocator, anew: boolean) {
    this.#anew = anew;
    this.#world = new HistoryWorld(history.settings);
    this.#left = left(this.#world.options(anew));
    const options = this.#world.options(anew);
    this.#restart = () => right(options);
    this.#right = this.#restart();
  }

  apply(step: Step): void {
    this.#step(step);
    if (this.#world.settings.instant) {
      this.#world.now++;
      this.#runInstant();
    } else if (this.#world.settings.eager) this.#run('triggered');
    this.#check(compareStates(this.#world, this.#left, this.#right));
    for (const allocator of [this.#left, this.#right]) this.#check(conservation(this.#world, allocator));
  }

  #step(step: Step): void {
    switch (step.do) {
      case 'run': {
        if (!this.#world.settings.instant) this.#run('triggered');
        return;
      }
      case 'advance': {
        this.#advance(step.quarters);
        return;
      }
      case 'restore': {
        this.#restore();
        return;
      }
      case 'recoverAll':
        for (const held of [...this.#world.held])
          this.#giveBack(held, 'all', this.#world.refusal(step.refuseUs));
        return;
      case 'mistake': {
        this.#mistake(step.which, step.on);
        return;
      }
      case 'setWhitelist':
      case 'setQuota':
      case 'updateWeights': {
        this.#policyStep(step);
        return;
      }
      case 'recover':
      case 'decline':
      case 'rescind':
      case 'convertHeld': {
        this.#heldStep(step);
        return;
      }
      default: {
        this.#memberStep(step);
        return;
      }
    }
  }

  /**
   * Calls the one under test, and the other if that was accepted. A refused call leaves no trace.
   *
   * @param isMistake it must be refused; null: nobody knows but the two
   */
  #call(
    entry: Entry,
    invoke: (allocator: Allocator, side: 0 | 1) => Refusal,
    isMistake: boolean | null = false,
  ): boolean {
    const before = this.#right.digest();
    const refusal = invoke(this.#right, 1);
    const isRefused = refusal !== undefined;
    this.#log.push(isRefused ? { ...entry, fails: true } : entry);
    if (isMistake !== null && isRefused !== isMistake) {
      this.#fail(isRefused ? `refused: ${refusal}` : 'a mistake was not refused');
    }
    if (isRefused && this.#right.digest() !== before) this.#fail('a refused call changed the state');
    const other = isRefused ? undefined : (invoke(this.#left as Allocator, 0) as unknown);
    if (typeof other === 'string') this.#fail(`refused by one only: ${other}`);
    return !isRefused;
  }

  #memberStep(step: Step): void {
    const world = this.#world;
    if (step.do === 'addAgent') {
      if (world.agents.size < MOST) this.#addAgent(step.shape, step.traits, step.user);
    } else if (step.do === 'addFramework') {
      if (world.frameworks.size < MOST) this.#addFramework(step);
    } else if ('framework' in step) {
      if (world.frameworks.size > 0)
        this.#frameworkStep(step, pickOf([...world.frameworks.keys()], step.framework));
    } else if ('agent' in step && world.agents.size > 0) {
      this.#agentStep(step, pickOf([...world.agents.keys()], step.agent));
    }
  }

  #addAgent(shape: string, traits: number, user: number): void {
    const world = this.#world;
    const agent = world.nextAgent++;
    const info = world.agentInfo(agent, parseResources(shape), traits);
    const used = world.usedBy(user, info.total);
    const entry = {
      do: 'addAgent',
      ...agentEntry(info),
      used: used.map((h) => this.#heldEntry({ ...h, agent })),
    };
    this.#call(entry, (allocator) => allocator.addAgent(agent, info, used, world.now));
    world.agents.set(agent, { info, active: true });
    world.held.push(...used.map((h) => ({ ...h, agent })));
  }

  #agentStep(step: Step, agent: AgentId): void {
    const world = this.#world;
    const known = world.agents.get(agent)!;
    const entry = { do: step.do, agent: known.info.hostname };
    if (step.do === 'updateAgent') {
      const total = step.shape === null ? known.info.total : parseResources(step.shape);
      const info = world.agentInfo(agent, total, step.traits);
      this.#call({ do: step.do, ...agentEntry(info) }, (a) => a.updateAgent(agent, info, world.now));
      known.info = info;
    } else if (step.do === 'removeAgent') {
      this.#call(entry, (allocator) => allocator.removeAgent(agent));
      world.agents.delete(agent);
      world.held = world.held.filter((h) => h.agent !== agent);
    } else if (step.do === 'activateAgent' || step.do === 'deactivateAgent') {
      this.#call(entry, (allocator) => allocator[step.do](agent));
      known.active = step.do === 'activateAgent';
    } else if (step.do === 'convertFree') {
      const free = this.#left.available(agent);
      const role = step.role % ROLES.length;
      const conversion = world.conversion(free, step.entry, step.part, step.operation, role);
      const shared = conversion?.from.filter((kind) => kind.shared);
      const inUse = world.heldOn(agent).some((h) => shared?.kinds.some((id) => h.resources.amountOf(id) > 0));
      if (conversion === undefined || inUse) return;
      const { from, to } = conversion;
      const texts = { from: formatResources(from), to: formatResources(to) };
      const named = { ...entry, do: 'updateAvailable', ...texts };
      if (this.#call(named, (allocator) => allocator.updateAvailable(agent, from, to))) {
        this.#changeTotal(agent, from, to);
      }
    }
  }

  #addFramework(step: Extract<Step, { do: 'addFramework' }>): void {
    const world = this.#world;
    const framework = world.nextFramework++;
    const info = world.frameworkInfo(framework, step.framework);
    const suppressed = world.suppressed(info, step.framework);
    const entry = { do: 'addFramework', ...this.#frameworkEntry(info, suppressed), active: step.active };
    this.#call(entry, (a) => a.addFramework(framework, info, suppressed, step.active, world.now));
    world.frameworks.set(framework, { info, active: step.active, suppressed });
  }

  #frameworkStep(step: Step, framework: FrameworkId): void {
    const world = this.#world;
    const known = world.frameworks.get(framework)!;
    const entry = { do: step.do, framework: known.info.name };
    if (step.do === 'updateFramework') {
      const info = world.frameworkInfo(framework, step.to);
      const suppressed = world.suppressed(info, step.to);
      const named = { ...entry, ...this.#frameworkEntry(info, suppressed) };
      this.#call(named, (allocator) => allocator.updateFramework(framework, info, suppressed));
      Object.assign(known, { info, suppressed });
    } else if (step.do === 'removeFramework') {
      this.#call(entry, (allocator) => allocator.removeFramework(framework));
      world.frameworks.delete(framework);
      world.held = world.held.filter((h) => h.framework !== framework);
    } else if (step.do === 'activateFramework' || step.do === 'deactivateFramework') {
      this.#call(entry, (allocator) => allocator[step.do](framework));
      known.active = step.do === 'activateFramework';
    } else if (step.do === 'request') {
      const asks = step.asks.map((ask) => world.ask(known.info, ask));
      const texts = asks.map((ask) => ({
        ...ask,
        role: ROLES[ask.role],
        resources: formatResources(ask.resources),
      }));
      this.#call({ ...entry, asks: texts }, (allocator) => allocator.request(framework, asks, world.now));
    } else if (step.do === 'suppress' || step.do === 'revive') {
      const roles = [...new Set(step.roles.map((role) => pickOf(known.info.roles, role)))];
      const named = { ...entry, roles: roles.map((role) => ROLES[role]) };
      this.#call(named, (allocator) => allocator[step.do](framework, roles));
      const which = roles.length === 0 ? known.info.roles : roles;
      const others = known.suppressed.filter((role) => !which.includes(role));
      known.suppressed = step.do === 'suppress' ? [...others, ...which] : others;
    }
  }

  #heldStep(step: Extract<Step, { held: number }>): void {
    const world = this.#world;
    const ours = world.held.filter((h) => world.frameworks.has(h.framework));
    if (ours.length === 0) return;
    const held = pickOf(ours, step.held);
    if (step.do === 'rescind') {
      this.#giveBack(held, 'all', undefined, true);
      return;
    }
    if (step.do === 'recover') {
      this.#giveBack(held, step.part);
      return;
    }
    if (step.do === 'decline') {
      this.#giveBack(held, step.part, world.refusal(step.refuseUs));
      return;
    }
    const { framework, role, agent } = held;
    const conversion = world.conversion(held.resources, step.entry, step.part, step.operation, role);
    if (conversion === undefined) return;
    const { from, to } = conversion;
    const shared = from.filter((kind) => kind.shared);
    const copies = world
      .heldOn(agent)
      .reduce((sum, h) => sum + (shared.isEmpty ? 0 : h.resources.amountOf(shared.kinds[0])), 0);
    if (!shared.isEmpty && copies > shared.amounts[0]) return;
    // An agent that has shrunk below what is held cannot turn what it no longer has.
    if (!world.agents.get(agent)!.info.total.contains(from)) return;
    const texts = { from: formatResources(from), to: formatResources(to) };
    const entry = { ...this.#heldEntry(held), do: 'updateAllocation', resources: undefined, ...texts };
    if (this.#call(entry, (a) => a.updateAllocation(framework, role, agent, from, to))) {
      held.resources = held.resources.minus(from).plus(to);
      world.held = world.held.filter((h) => !h.resources.isEmpty);
      this.#changeTotal(agent, from, to);
    }
  }

  #giveBack(held: Held, part: 'all' | 'half', refuseUs?: number, rescind = false): void {
    const world = this.#world;
    const { framework, role, agent } = held;
    const resources = partOf(held.resources, part);
    const refuseSeconds = refuseUs === undefined ? undefined : refuseUs / SECOND;
    const entry = { do: 'recover', ...this.#heldEntry({ ...held, resources }), refuseSeconds, rescind };
    const giveBack = (allocator: Allocator, side: 0 | 1): Refusal =>
      refuseUs === undefined
        ? allocator.recover(framework, role, agent, resources, rescind ? held.asks[side] : undefined)
        : allocator.decline(framework, role, agent, resources, refuseUs, world.now);
    // What runs for a framework that is yet to come is not to be had from it.
    if (!this.#call(entry, giveBack, !world.frameworks.has(framework))) return;
    held.resources = held.resources.minus(resources);
    world.held = world.held.filter((h) => !h.resources.isEmpty);
  }

  #changeTotal(agent: AgentId, from: Resources, to: Resources): void {
    const known = this.#world.agents.get(agent)!;
    known.info = { ...known.info, total: known.info.total.minus(from).plus(to) };
  }

  #policyStep(step: Extract<Step, { do: 'setWhitelist' | 'setQuota' | 'updateWeights' }>): void {
    const world = this.#world;
    if (step.do === 'setWhitelist') {
      const bits = step.agents;
      const names = [0, 1, 2, 3, 4, 5]
        .filter((i) => bits !== null && (bits >> i) % 2 === 1)
        .map((i) => `a${i}`);
      world.whitelist = bits === null ? null : names;
      for (const allocator of [this.#left, this.#right]) allocator.setWhitelist(world.whitelist);
      this.#log.push({ do: 'setWhitelist', agents: world.whitelist });
      return;
    }
    const role = world.quotaRole(step);
    if (step.do === 'updateWeights') {
      const { weight } = step;
      const entry = { do: 'updateWeights', weights: { [ROLES[role]]: weight } };
      this.#call(entry, (allocator) => allocator.updateWeights([{ role, weight }]));
      return;
    }
    const { guarantees, limits } = step;
    const texts = { guarantees: formatQuantities(guarantees), limits: formatQuantities(limits) };
    const entry = { do: 'setQuota', role: ROLES[role], ...texts };
    const isAbove = Object.entries(guarantees).some(([name, milli]) => milli > (limits[name] ?? Infinity));
    const isMistake = this.#right.nestedQuota === true ? null : isAbove || ROLES[role].includes('/');
    if (this.#call(entry, (allocator) => allocator.setQuota(role, guarantees, limits), isMistake)) {
      world.limits.set(role, limits);
    }
  }

  #mistake(which: number, on: number): void {
    const mistake = pickOf(mistakes(this.#world, on), which);
    this.#call({ mistake: mistake.what }, (allocator) => commit(mistake, allocator), true);
  }

  #advance(quarters: number): void {
    const { instant } = this.#world.settings;
    this.#log.push({ do: 'advance', seconds: quarters / 4 });
    for (let quarter = 0; quarter < quarters; quarter++) {
      this.#world.now += SECOND / 4;
      if (instant) this.#runInstant();
      else if (this.#world.now % SECOND === 0) this.#run('all');
    }
  }

  /** Under `instant`: a run over all agents, and more while that offers something and there is more to do (I-2, I-6). */
  #runInstant(): void {
    for (let run = 0; run < 20; run++) if (!this.#run('all') || !this.#isDue('all')) return;
    this.#fail('an instant without end');
  }

  #isDue(scope: AllocationScope): boolean {
    const { triggered, dirty } = this.#right;
    return scope === 'triggered' ? triggered : dirty || this.#right.nextExpiry() <= this.#world.now;
  }

  /** @returns whether anything was offered */
  #run(scope: AllocationScope): boolean {
    const world = this.#world;
    const free = [...world.agents.keys()].map((agent) => [agent, this.#left.available(agent)] as const);
    const isDue = this.#isDue(scope);
    const events = [this.#left, this.#right].map((allocator) => {
      const made: Event[] = [];
      allocator.allocate(world.now, scope, (framework, offers) => made.push([framework, offers]));
      return made;
    });
    if (!isDue && events[1].length > 0) this.#fail('it saw nothing to do, and made offers');
    const { pairs, difference } = pairOffers(world, events[0], events[1]);
    if (pairs.length > 0) {
      this.#log.push({
        expect: 'offers',
        offers: pairs.map(([offer]) => this.#heldEntry({ ...offer, asks: [] })),
      });
    }
    this.#check(difference);
    for (const [one, other] of pairs) {
      const { framework, role, agent, resources } = one;
      world.held.push({ framework, role, agent, resources, asks: [one.ask, other.ask] });
    }
    const offers = pairs.map(([offer]) => offer);
    this.#check(runSafety(world, new Map(free), offers));
    return pairs.length > 0;
  }

  /** The right one goes on as a copy, restored over another state from what JSON keeps of it. */
  #restore(): void {
    this.#log.push({ note: 'the second allocator is replaced by a restored copy of itself' });
    const snapshot = JSON.parse(JSON.stringify(this.#right.snapshot()));
    const copy = this.#restart();
    copy.addAgent(0, this.#world.agentInfo(0, Resources.plain(9000, 9000), 0), [], 0);
    copy.addFramework(9, { name: 'f9', id: 'f9', roles: [0, 1], capabilities: [] }, [], true, 0);
    // Draws from shared streams would be missing later.
    if (this.#anew || this.#world.settings.agentOrder === 'first-fit')
      copy.allocate(0, 'all', () => undefined);
    copy.restore(snapshot);
    if (copy.digest() !== this.#right.digest()) this.#fail('the digest of a restored copy differs');
    this.#right = copy;
  }

  #check(difference: string | undefined): void {
    if (difference !== undefined) this.#fail(difference);
  }

  #fail(difference: string): never {
    const { settings } = this.#world;
    const steps = this.#log.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n');
    throw new Error(
      `step ${this.#log.length}, at ${this.#world.now / SECOND} s: ${difference}\n` +
        `{"format": "agora-scenario/1", "config": ${JSON.stringify(settings)},\n  "steps": [\n${steps}]}`,
    );
  }

  #heldEntry({ framework, role, agent, resources }: Held): Entry {
    const text = formatResources(resources);
    return { framework: `f${framework}`, role: ROLES[role], agent: `a${agent}`, resources: text };
  }

  #frameworkEntry(
    info: { readonly roles: readonly number[]; readonly name: string },
    suppressed: number[],
  ): Entry {
    const roles = info.roles.map((role) => ROLES[role]);
    return { ...info, framework: info.name, roles, suppressedRoles: suppressed.map((role) => ROLES[role]) };
  }
}

function agentEntry(info: ReturnType<HistoryWorld['agentInfo']>): Entry {
  const attributes = info.attributes.map((a) => `${a.name}:${a.type === 'TEXT' ? a.text : ''}`).join(';');
  const resources = formatResources(info.total);
  return { agent: info.hostname, resources, attributes, capabilities: info.capabilities };
}

function pickOf<T>(items: readonly T[], pick: number): T {
  return items[pick % items.length];
}
