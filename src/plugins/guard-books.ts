import type { Holding } from '../cluster/allocator.js';
import type { AgentId, FrameworkId, RoleId } from '../cluster/ids.js';
import type { AgentInfo, FrameworkInfo, Offer } from '../cluster/protocol.js';
import { Resources } from '../cluster/resources/resources.js';
import { formatResources } from '../cluster/resources/text.js';
import { isWithin, type Roles } from '../cluster/roles.js';

/** Plain scalars lie in a list by kind id, for they are looked at with every offer; all else in bags. */
interface AgentEntry {
  info: AgentInfo;
  /** Milli-units that nobody holds; below 0 where an agent shrank. */
  readonly free: number[];
  special: Resources;
  heldSpecial: Resources;
  active: boolean;
}

/** What a framework holds of an agent. */
interface Held {
  /** Milli-units by kind id. */
  readonly plain: number[];
  special: Resources;
}

/** What an allocator was told and what it gave away: enough to tell whether an offer is of something that is there. */
export class GuardBooks {
  readonly #roles: Roles;
  readonly #agents = new Map<AgentId, AgentEntry>();
  readonly #frameworks = new Map<FrameworkId, { info: FrameworkInfo; active: boolean }>();
  /** By framework and agent: all of it is free when the framework leaves. */
  readonly #held = new Map<FrameworkId, Map<AgentId, Held>>();

  constructor(roles: Roles) {
    this.#roles = roles;
  }

  addAgent(agent: AgentId, info: AgentInfo, used: readonly Omit<Holding, 'agent'>[]): void {
    const entry: AgentEntry = {
      info,
      free: [],
      special: specialOf(info.total),
      heldSpecial: Resources.EMPTY,
      active: true,
    };
    addPlain(entry.free, info.total, 1);
    this.#agents.set(agent, entry);
    for (const { framework, resources } of used) this.#hold(framework, agent, entry, resources);
  }

  updateAgent(agent: AgentId, info: AgentInfo): void {
    const entry = this.#agents.get(agent);
    if (entry === undefined) return;
    addPlain(entry.free, entry.info.total, -1);
    addPlain(entry.free, info.total, 1);
    Object.assign(entry, { info, special: specialOf(info.total) });
  }

  removeAgent(agent: AgentId): void {
    this.#agents.delete(agent);
    for (const held of this.#held.values()) held.delete(agent);
  }

  setAgentActive(agent: AgentId, active: boolean): void {
    const entry = this.#agents.get(agent);
    if (entry !== undefined) entry.active = active;
  }

  setFramework(framework: FrameworkId, info: FrameworkInfo, active?: boolean): void {
    const before = this.#frameworks.get(framework);
    this.#frameworks.set(framework, { info, active: active ?? before?.active ?? true });
  }

  setFrameworkActive(framework: FrameworkId, active: boolean): void {
    const entry = this.#frameworks.get(framework);
    if (entry !== undefined) entry.active = active;
  }

  removeFramework(framework: FrameworkId): void {
    this.#frameworks.delete(framework);
    for (const [agent, { plain, special }] of this.#held.get(framework) ?? []) {
      const entry = this.#agents.get(agent) as AgentEntry;
      plain.forEach((milli, kind) => (entry.free[kind] = (entry.free[kind] ?? 0) + milli));
      entry.heldSpecial = entry.heldSpecial.minus(special);
    }
    this.#held.delete(framework);
  }

  giveBack(framework: FrameworkId, agent: AgentId, resources: Resources): void {
    const entry = this.#agents.get(agent);
    if (entry !== undefined) this.#release(framework, agent, entry, resources);
  }

  /** @param holder undefined: nobody holds it */
  convert(holder: FrameworkId | undefined, agent: AgentId, from: Resources, to: Resources): void {
    const entry = this.#agents.get(agent);
    if (entry === undefined) return;
    if (holder !== undefined) this.#release(holder, agent, entry, from);
    this.updateAgent(agent, { ...entry.info, total: entry.info.total.minus(from).plus(to) });
    if (holder !== undefined) this.#hold(holder, agent, entry, to);
  }

  /** Charges an offer. @returns what is wrong with it, as `offered …`; undefined: nothing */
  charge(offer: Offer): string | undefined {
    const { framework, role, agent, resources } = offer;
    if (!(resources instanceof Resources)) return 'made an offer without resources';
    if (resources.isEmpty) return 'made an offer of nothing';
    const buyer = this.#frameworks.get(framework);
    const what = (): string => formatResources(resources);
    if (buyer === undefined) return `offered ${what()} to framework ${framework}, which is not there`;
    const whom = (): string => `framework ${buyer.info.name}`;
    if (!buyer.active) return `offered ${what()} to ${whom()}, which is not active`;
    if (!buyer.info.roles.includes(role))
      return `offered ${what()} to ${whom()} in ${this.#roleText(role)}, which it has not`;
    const entry = this.#agents.get(agent);
    if (entry === undefined) return `offered ${what()} on agent ${agent}, which is not there`;
    const where = (): string => `agent ${entry.info.hostname}`;
    if (!entry.active) return `offered ${what()} on ${where()}, which is not active`;
    const path = this.#roles.path(role);
    const foreign = resources.isPlain
      ? Resources.EMPTY
      : resources.filter(({ owner }) => owner !== undefined && !isWithin(path, owner));
    if (!foreign.isEmpty)
      return `offered ${formatResources(foreign)} on ${where()} to the role ${path}, which may not use that`;
    if (!hasRoom(entry, resources)) {
      const left = formatResources(freeOf(entry));
      return `offered ${what()} on ${where()}, which has ${left === '' ? 'nothing' : left} free`;
    }
    this.#hold(framework, agent, entry, resources);
    return undefined;
  }

  #hold(framework: FrameworkId, agent: AgentId, entry: AgentEntry, resources: Resources): void {
    const held = this.#heldBy(framework, agent);
    addPlain(entry.free, resources, -1);
    addPlain(held.plain, resources, 1);
    if (resources.isPlain) return;
    entry.heldSpecial = entry.heldSpecial.plus(specialOf(resources));
    held.special = held.special.plus(specialOf(resources));
  }

  #release(framework: FrameworkId, agent: AgentId, entry: AgentEntry, resources: Resources): void {
    const held = this.#heldBy(framework, agent);
    addPlain(entry.free, resources, 1);
    addPlain(held.plain, resources, -1);
    if (!resources.isPlain) {
      entry.heldSpecial = entry.heldSpecial.minus(specialOf(resources));
      held.special = held.special.minus(specialOf(resources));
    }
    const isNothing = held.special.isEmpty && held.plain.every((milli) => milli === 0);
    if (isNothing) this.#held.get(framework)?.delete(agent);
  }

  #heldBy(framework: FrameworkId, agent: AgentId): Held {
    let agents = this.#held.get(framework);
    if (agents === undefined) this.#held.set(framework, (agents = new Map<AgentId, Held>()));
    let held = agents.get(agent);
    if (held === undefined) agents.set(agent, (held = { plain: [], special: Resources.EMPTY }));
    return held;
  }

  #roleText(role: RoleId): string {
    return this.#roles.has(role) ? `the role ${this.#roles.path(role)}` : `role ${role}`;
  }
}

function addPlain(free: number[], { kinds, amounts, plainCount }: Resources, sign: 1 | -1): void {
  for (let i = 0; i < plainCount; i++) free[kinds[i]] = (free[kinds[i]] ?? 0) + sign * amounts[i];
}

function hasRoom(entry: AgentEntry, resources: Resources): boolean {
  const { kinds, amounts, plainCount, isPlain } = resources;
  for (let i = 0; i < plainCount; i++) if ((entry.free[kinds[i]] ?? 0) < amounts[i]) return false;
  return isPlain || entry.special.minus(entry.heldSpecial).contains(specialOf(resources));
}

function freeOf({ free, special, heldSpecial }: AgentEntry): Resources {
  const kinds = [...free.keys()].filter((kind) => free[kind] > 0);
  const plain = new Resources(
    kinds,
    kinds.map((kind) => free[kind]),
  );
  return plain.plus(special.minus(heldSpecial));
}

/** Shared volumes may be held by many. */
function specialOf(resources: Resources): Resources {
  return resources.isPlain ? Resources.EMPTY : resources.specialPart().filter(({ shared }) => !shared);
}
