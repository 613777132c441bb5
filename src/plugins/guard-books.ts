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

/** What an allocator was told and what it gave away: enough to tell whether an offer is of something that is there. */
export class GuardBooks {
  readonly #roles: Roles;
  readonly #agents = new Map<AgentId, AgentEntry>();
  readonly #frameworks = new Map<FrameworkId, { info: FrameworkInfo; active: boolean }>();

  constructor(roles: Roles) {
    this.#roles = roles;
  }

  addAgent(agent: AgentId, info: AgentInfo, used: readonly { readonly resources: Resources }[]): void {
    const entry: AgentEntry = {
      info,
      free: [],
      special: specialOf(info.total),
      heldSpecial: Resources.EMPTY,
      active: true,
    };
    addPlain(entry.free, info.total, 1);
    for (const { resources } of used) hold(entry, resources);
    this.#agents.set(agent, entry);
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
  }

  giveBack(agent: AgentId, resources: Resources): void {
    const entry = this.#agents.get(agent);
    if (entry !== undefined) release(entry, resources);
  }

  convert(agent: AgentId, from: Resources, to: Resources, held: boolean): void {
    const entry = this.#agents.get(agent);
    if (entry === undefined) return;
    if (held) release(entry, from);
    this.updateAgent(agent, { ...entry.info, total: entry.info.total.minus(from).plus(to) });
    if (held) hold(entry, to);
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
    hold(entry, resources);
    return undefined;
  }

  #roleText(role: RoleId): string {
    return this.#roles.has(role) ? `the role ${this.#roles.path(role)}` : `role ${role}`;
  }
}

function addPlain(free: number[], { kinds, amounts, plainCount }: Resources, sign: 1 | -1): void {
  for (let i = 0; i < plainCount; i++) free[kinds[i]] = (free[kinds[i]] ?? 0) + sign * amounts[i];
}

function hold(entry: AgentEntry, resources: Resources): void {
  addPlain(entry.free, resources, -1);
  if (!resources.isPlain) entry.heldSpecial = entry.heldSpecial.plus(specialOf(resources));
}

function release(entry: AgentEntry, resources: Resources): void {
  addPlain(entry.free, resources, 1);
  if (!resources.isPlain) entry.heldSpecial = entry.heldSpecial.minus(specialOf(resources));
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
