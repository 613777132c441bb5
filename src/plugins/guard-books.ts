import type { AgentId, FrameworkId, RoleId } from '../cluster/ids.js';
import type { AgentInfo, FrameworkInfo, Offer } from '../cluster/protocol.js';
import { Resources } from '../cluster/resources/resources.js';
import { formatResources } from '../cluster/resources/text.js';
import { isWithin, type Roles } from '../cluster/roles.js';

interface AgentEntry {
  info: AgentInfo;
  total: Resources;
  held: Resources;
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
    const held = used.reduce((sum, { resources }) => sum.plus(unshared(resources)), Resources.EMPTY);
    this.#agents.set(agent, { info, total: unshared(info.total), held, active: true });
  }

  updateAgent(agent: AgentId, info: AgentInfo): void {
    const entry = this.#agents.get(agent);
    if (entry !== undefined) Object.assign(entry, { info, total: unshared(info.total) });
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
    if (entry !== undefined) entry.held = entry.held.minus(unshared(resources));
  }

  convert(agent: AgentId, from: Resources, to: Resources, held: boolean): void {
    const entry = this.#agents.get(agent);
    if (entry === undefined) return;
    entry.total = entry.total.minus(unshared(from)).plus(unshared(to));
    if (held) entry.held = entry.held.minus(unshared(from)).plus(unshared(to));
  }

  /** Charges an offer. @returns what is wrong with it, as `offered …`; undefined: nothing */
  charge(offer: Offer): string | undefined {
    const { framework, role, agent, resources } = offer;
    if (!(resources instanceof Resources)) return 'made an offer without resources';
    if (resources.isEmpty) return 'made an offer of nothing';
    const buyer = this.#frameworks.get(framework);
    const what = formatResources(resources);
    if (buyer === undefined) return `offered ${what} to framework ${framework}, which is not there`;
    const whom = `framework ${buyer.info.name}`;
    if (!buyer.active) return `offered ${what} to ${whom}, which is not active`;
    if (!buyer.info.roles.includes(role))
      return `offered ${what} to ${whom} in ${this.#roleText(role)}, which it has not`;
    const entry = this.#agents.get(agent);
    if (entry === undefined) return `offered ${what} on agent ${agent}, which is not there`;
    const where = `agent ${entry.info.hostname}`;
    if (!entry.active) return `offered ${what} on ${where}, which is not active`;
    const path = this.#roles.path(role);
    const foreign = resources.filter(({ owner }) => owner !== undefined && !isWithin(path, owner));
    if (!foreign.isEmpty)
      return `offered ${formatResources(foreign)} on ${where} to the role ${path}, which may not use that`;
    const wanted = unshared(resources);
    const free = entry.total.minus(entry.held);
    if (!free.contains(wanted)) {
      const left = formatResources(free);
      return `offered ${what} on ${where}, which has ${left === '' ? 'nothing' : left} free`;
    }
    entry.held = entry.held.plus(wanted);
    return undefined;
  }

  #roleText(role: RoleId): string {
    return this.#roles.has(role) ? `the role ${this.#roles.path(role)}` : `role ${role}`;
  }
}

/** Shared volumes may be held by many. */
function unshared(resources: Resources): Resources {
  return resources.isPlain ? resources : resources.filter(({ shared }) => !shared);
}
