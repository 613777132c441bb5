/**
 * An account of a history beside the allocator, from the rules alone: what may be offered to whom, and what must be. It
 * knows nothing of shares or orders, so it holds for any allocator (semantics-notes section 8, "Safety").
 */
import type { Allocator, Holding } from '../../cluster/allocator.js';
import { SECOND, type AgentId, type FrameworkId, type Micros, type RoleId } from '../../cluster/ids.js';
import type { Quantities } from '../../cluster/protocol.js';
import type { Kind } from '../../cluster/resources/kinds.js';
import { Resources } from '../../cluster/resources/resources.js';
import { formatResources } from '../../cluster/resources/text.js';
import { isWithin } from '../../cluster/roles.js';
import type { Action } from '../../scenario/schema.js';
import type { FrameworkState, World } from '../../scenario/world.js';

/** Safety properties, each a step invariant. */
export type Safety =
  | 'sound'
  | 'capacity'
  | 'conservation'
  | 'limits'
  | 'guarantees'
  | 'filters'
  | 'suppress'
  | 'refused-calls'
  | 'nothing-withheld';

export interface Violation {
  readonly property: Safety;
  readonly sentence: string;
}

interface Filter {
  readonly framework: FrameworkId;
  readonly role: RoleId;
  readonly agent: AgentId;
  readonly resources: Resources;
  readonly startUs: Micros;
  readonly lifeUs: Micros;
}

interface OpenAsk {
  readonly resources: Resources;
  left: number;
}

export class Oracle {
  readonly #world: World;
  readonly #minimum: readonly Quantities[];
  readonly #demand: boolean;
  readonly #inactive = new Set<string>();
  readonly #closed = new Set<string>();
  readonly #quotas = new Map<RoleId, { guarantees: Quantities; limits: Quantities }>();
  readonly #asks = new Map<string, OpenAsk[]>();
  readonly #askers = new Set<FrameworkId>();
  #whitelist: readonly string[] | null = null;
  #filters: Filter[] = [];

  /** @param world keeps names, descriptions and who holds what; the driver writes into it */
  constructor(world: World, minimum: readonly Quantities[], demand: boolean) {
    this.#world = world;
    this.#minimum = minimum;
    this.#demand = demand;
  }

  // ---- what happened

  /** An action was carried out. */
  acted(action: Action): void {
    const world = this.#world;
    switch (action.do) {
      case 'addAgent':
      case 'activateAgent':
        this.#closed.delete(action.agent);
        break;
      case 'deactivateAgent':
        this.#closed.add(action.agent);
        break;
      case 'setWhitelist':
        this.#whitelist = action.agents;
        break;
      case 'addFramework':
        this.#inactive.delete(action.framework);
        if (action.active === false) this.#inactive.add(action.framework);
        break;
      case 'activateFramework':
        this.#inactive.delete(action.framework);
        break;
      case 'deactivateFramework': {
        this.#inactive.add(action.framework);
        this.#dropFilters(({ framework }) => framework === world.framework(action.framework).id);
        break;
      }
      case 'updateFramework': {
        const { id, info } = world.framework(action.framework);
        this.#dropFilters(({ framework, role }) => framework === id && !info.roles.includes(role));
        for (const key of this.#asks.keys())
          if (!info.roles.some((role) => key === `${id} ${role}`)) this.#dropAsks(key, id);
        break;
      }
      case 'suppress':
      case 'revive': {
        const { id, info } = world.framework(action.framework);
        const named = action.roles?.map((path) => world.role(path)) ?? [];
        const roles = named.length > 0 ? named : info.roles;
        if (action.do === 'revive') this.#dropFilters((f) => f.framework === id && roles.includes(f.role));
        else for (const role of roles) this.#asks.delete(`${id} ${role}`);
        break;
      }
      case 'setQuota':
        this.#quotas.set(world.role(action.role), {
          guarantees: action.guarantees ?? {},
          limits: action.limits ?? {},
        });
        break;
      default:
    }
  }

  /** Something was given back and is refused for a while. */
  declined({ framework, role, agent, resources }: Holding, refuseSeconds: number): void {
    const name = this.#world.frameworkName(framework);
    if (name === undefined || !this.#world.framework(name).info.roles.includes(role)) return;
    const lifeUs = Math.max(refuseSeconds * SECOND, this.#world.intervalUs);
    this.#filters.push({ framework, role, agent, resources, startUs: this.#world.now, lifeUs });
  }

  asked(framework: FrameworkId, role: RoleId, resources: Resources, count: number): void {
    const key = `${framework} ${role}`;
    this.#askers.add(framework);
    this.#asks.set(key, [...(this.#asks.get(key) ?? []), { resources, left: count }]);
  }

  isActive(framework: FrameworkId): boolean {
    const name = this.#world.frameworkName(framework);
    return name !== undefined && !this.#inactive.has(name);
  }

  // ---- what is offered

  /** What is wrong with one offer, before it is written into the ledger. */
  offered(offer: Holding): Violation[] {
    const { framework, role, agent, resources } = offer;
    const world = this.#world;
    const name = world.frameworkName(framework);
    const agentName = world.agentName(agent);
    if (name === undefined) return [sound(`it offers to framework ${framework}, which is not there`)];
    if (agentName === undefined) return [sound(`it offers agent ${agent}, which is not there`)];
    if (resources.isEmpty) return [sound(`it offers ${name} nothing on ${agentName}`)];
    const { info, suppressed } = world.framework(name);
    if (!info.roles.includes(role)) return [sound(`it offers to ${name} in a role that ${name} is not in`)];
    const what = `${name} in ${world.roles.path(role)} is offered ${formatResources(resources)} on ${agentName}`;
    const free = this.#free(agent);
    const violations = [this.#filtered(what, offer), this.#overLimit(what, role, resources)];
    violations.push(this.#unasked(what, framework, role, resources));
    if (!free.contains(resources)) {
      violations.push({ property: 'capacity', sentence: `${what}, which has ${text(free)} free` });
    }
    const closed = this.#inactive.has(name)
      ? `though ${name} is inactive`
      : suppressed.has(role)
        ? 'though it is suppressed'
        : this.#isOpen(agentName)
          ? undefined
          : 'which is deactivated or not on the whitelist';
    if (closed !== undefined) violations.push({ property: 'suppress', sentence: `${what}, ${closed}` });
    return violations.filter((violation) => violation !== undefined);
  }

  #filtered(what: string, { framework, role, agent, resources }: Holding): Violation | undefined {
    const { now } = this.#world;
    const filter = this.#filters.find(
      (f) =>
        f.framework === framework &&
        f.role === role &&
        f.agent === agent &&
        now < f.startUs + f.lifeUs &&
        f.resources.contains(resources),
    );
    if (filter === undefined) return undefined;
    const [since, life] = [(now - filter.startUs) / SECOND, filter.lifeUs / SECOND];
    return { property: 'filters', sentence: `${what} ${since} s after it refused that for ${life} s` };
  }

  #overLimit(what: string, role: RoleId, resources: Resources): Violation | undefined {
    const limits = this.#quotas.get(role)?.limits;
    if (limits === undefined) return undefined;
    const offered = plainOf(resources);
    const held = plainSum(this.#world.ledger.entries({ role }).map((entry) => entry.resources));
    for (const [name, most] of Object.entries(limits)) {
      const [more, before] = [offered[name] ?? 0, held[name] ?? 0];
      if (more === 0 || before + more <= most) continue;
      const sentence = `${what}, which makes ${(before + more) / 1000} ${name} where the limit is ${most / 1000}`;
      return { property: 'limits', sentence };
    }
    return undefined;
  }

  /** In demand mode, who has asked is offered what it asked for and nothing else. */
  #unasked(what: string, framework: FrameworkId, role: RoleId, resources: Resources): Violation | undefined {
    if (!this.#demand || !this.#askers.has(framework)) return undefined;
    const asks = this.#asks.get(`${framework} ${role}`) ?? [];
    const ask = asks.find((candidate) => candidate.left > 0 && candidate.resources.equals(resources));
    if (ask === undefined) return sound(`${what}, which it has not asked for`);
    ask.left--;
    return undefined;
  }

  // ---- what must have been offered

  /** After a run over all agents of coarse offers: nobody who could be served was left out. */
  settled(): Violation | undefined {
    if (this.#demand) return undefined;
    return this.#unmetGuarantee() ?? this.#withheld();
  }

  #unmetGuarantee(): Violation | undefined {
    const { world, quotas } = { world: this.#world, quotas: this.#quotas };
    for (const [role, { guarantees, limits }] of quotas) {
      const path = world.roles.path(role);
      const used = this.#consumed(path);
      const unmet = Object.entries(guarantees)
        .map(([name, milli]): [string, number] => [name, milli - (used[name] ?? 0)])
        .filter(([name, milli]) => milli > 0 && (limits[name] ?? Infinity) - (used[name] ?? 0) >= milli);
      if (unmet.length === 0) continue;
      const found = this.#eachPair(role, (entry, agentName, agent) => {
        const hasFilter = this.#filters.some((f) => f.framework === entry.id && f.role === role);
        if (hasFilter) return undefined;
        const free = plainOf(this.#free(agent));
        const part = unmet.map(([name, milli]): [string, number] => [name, Math.min(free[name] ?? 0, milli)]);
        const some = Object.fromEntries(part.filter(([, milli]) => milli > 0));
        if (Object.keys(some).length === 0 || !this.#isEnough(some)) return undefined;
        const lack = unmet.map(([name, milli]) => `${milli / 1000} ${name}`).join(', ');
        const there = `${agentName} has ${text(this.#free(agent))} free`;
        return `${path} lacks ${lack} of its guarantee, ${there}, and ${nameOf(world, entry)} is not offered it`;
      });
      if (found !== undefined) return { property: 'guarantees', sentence: found };
    }
    return undefined;
  }

  /** With no quota set, what is free and wanted by somebody whom no filter bars must have been offered. */
  #withheld(): Violation | undefined {
    if (this.#quotas.size > 0) return undefined;
    const world = this.#world;
    for (const entry of world.frameworks.values()) {
      for (const role of entry.info.roles) {
        const found = this.#eachPair(role, (candidate, agentName, agent) => {
          if (candidate !== entry) return undefined;
          const usable = this.#free(agent).filter((kind) => mayUse(world.roles.path(role), entry, kind));
          if (usable.isEmpty || !this.#isEnough(scalarsOf(usable))) return undefined;
          const barred = this.#filters.some(
            (f) => f.framework === entry.id && f.role === role && f.agent === agent && this.#mayStillHide(f),
          );
          if (barred) return undefined;
          const who = `${nameOf(world, entry)} in ${world.roles.path(role)}`;
          return `${agentName} has ${text(usable)} free, ${who} takes offers and no filter bars it, and it is not offered`;
        });
        if (found !== undefined) return { property: 'nothing-withheld', sentence: found };
      }
    }
    return undefined;
  }

  /** The very instant at which a filter ends is left open, and a run that came before it in that instant. */
  #mayStillHide({ startUs, lifeUs }: Filter): boolean {
    return this.#world.now <= startUs + lifeUs;
  }

  /** Frameworks in a role that take offers, with the agents that may be offered. */
  #eachPair(
    role: RoleId,
    look: (entry: FrameworkState, agentName: string, agent: AgentId) => string | undefined,
  ): string | undefined {
    const world = this.#world;
    for (const [name, entry] of world.frameworks) {
      const willing =
        entry.info.roles.includes(role) && !entry.suppressed.has(role) && !this.#inactive.has(name);
      if (!willing) continue;
      for (const [agentName, { id }] of world.agents) {
        if (!this.#isOpen(agentName)) continue;
        const found = look(entry, agentName, id);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  // ---- the allocator's own account

  /** What it says of each agent is what follows from what it offered and was given back. */
  audit(allocator: Allocator): Violation | undefined {
    const world = this.#world;
    for (const [name, { id }] of world.agents) {
      const known = (entry: Holding): boolean => world.frameworkName(entry.framework) !== undefined;
      const given = sumBy(world.ledger.entries({ agent: id }).filter(known), world);
      const said = sumBy(allocator.holdings(id).filter(known), world);
      for (const holder of new Set([...given.keys(), ...said.keys()])) {
        const [own, other] = [given.get(holder) ?? Resources.EMPTY, said.get(holder) ?? Resources.EMPTY];
        if (own.equals(other)) continue;
        const sentence = `${holder} holds ${text(own)} on ${name}, the allocator says ${text(other)}`;
        return { property: 'conservation', sentence };
      }
      const [free, available] = [this.#free(id), allocator.available(id)];
      if (free.equals(available) || !world.agent(name).info.total.contains(world.ledger.heldOn(id))) continue;
      const sentence = `${text(free)} is free on ${name}, the allocator says ${text(available)}`;
      return { property: 'conservation', sentence };
    }
    return undefined;
  }

  // ---- parts

  #free(agent: AgentId): Resources {
    const name = this.#world.agentName(agent);
    if (name === undefined) return Resources.EMPTY;
    return this.#world.agent(name).info.total.minus(this.#world.ledger.heldOn(agent));
  }

  #isOpen(agentName: string): boolean {
    return !this.#closed.has(agentName) && (this.#whitelist === null || this.#whitelist.includes(agentName));
  }

  #isEnough(milli: Quantities): boolean {
    if (this.#minimum.length === 0) return true;
    return this.#minimum.some((set) =>
      Object.entries(set).every(([name, least]) => (milli[name] ?? 0) >= least),
    );
  }

  /** Reservations for the role's subtree, held or not, and plain resources held in it. */
  #consumed(path: string): Quantities {
    const world = this.#world;
    const sums: Record<string, number> = {};
    const add = (name: string, milli: number): void => {
      sums[name] = (sums[name] ?? 0) + milli;
    };
    for (const { info } of world.agents.values()) {
      info.total.forEachScalar((_name, milli, kind) => {
        if (kind.owner !== undefined && isWithin(kind.owner, path)) add(kind.name, milli);
      });
    }
    for (const { role, resources } of world.ledger.entries()) {
      if (!isWithin(world.roles.path(role), path)) continue;
      for (const [name, milli] of Object.entries(plainOf(resources))) add(name, milli);
    }
    return sums;
  }

  #dropFilters(drops: (filter: Filter) => boolean): void {
    this.#filters = this.#filters.filter((filter) => !drops(filter));
  }

  /** An agent or a framework is about to go; its id does not come back. */
  dropped(gone: { readonly framework?: FrameworkId; readonly agent?: AgentId }): void {
    this.#dropFilters((f) => f.framework === gone.framework || f.agent === gone.agent);
    if (gone.framework === undefined) return;
    for (const key of [...this.#asks.keys()]) this.#dropAsks(key, gone.framework);
  }

  #dropAsks(key: string, framework: FrameworkId): void {
    if (key.startsWith(`${framework} `)) this.#asks.delete(key);
  }
}

function sound(sentence: string): Violation {
  return { property: 'sound', sentence };
}

function nameOf(world: World, { id }: FrameworkState): string {
  return world.frameworkName(id) ?? String(id);
}

function mayUse(path: string, { info }: FrameworkState, kind: Kind): boolean {
  if (kind.owner !== undefined && !isWithin(path, kind.owner)) return false;
  return !kind.revocable || info.capabilities.includes('REVOCABLE_RESOURCES');
}

function plainOf(resources: Resources): Record<string, number> {
  const sums: Record<string, number> = {};
  resources.forEachScalar((_name, milli, kind) => {
    if (kind.plain) sums[kind.name] = (sums[kind.name] ?? 0) + milli;
  });
  return sums;
}

function plainSum(list: readonly Resources[]): Record<string, number> {
  return plainOf(list.reduce((sum, resources) => sum.plus(resources), Resources.EMPTY));
}

function scalarsOf(resources: Resources): Record<string, number> {
  const sums: Record<string, number> = {};
  resources.forEachScalar((_name, milli, kind) => (sums[kind.name] = (sums[kind.name] ?? 0) + milli));
  return sums;
}

function sumBy(holdings: readonly Holding[], world: World): Map<string, Resources> {
  const sums = new Map<string, Resources>();
  for (const { framework, role, resources } of holdings) {
    const holder = `${world.frameworkName(framework)} in ${world.roles.path(role)}`;
    sums.set(holder, (sums.get(holder) ?? Resources.EMPTY).plus(resources));
  }
  return sums;
}

function text(resources: Resources): string {
  return resources.isEmpty ? 'nothing' : formatResources(resources);
}
