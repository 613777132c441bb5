/**
 * What an oracle knows of a history, from the rules alone: who is there, who takes offers, what was refused, asked for and
 * guaranteed. It knows nothing of shares or orders, so it holds for any allocator (semantics-notes section 8, "Safety").
 */
import type { Holding } from '../../cluster/allocator.js';
import { SECOND, type AgentId, type FrameworkId, type Micros, type RoleId } from '../../cluster/ids.js';
import type { Quantities } from '../../cluster/protocol.js';
import type { Kind } from '../../cluster/resources/kinds.js';
import { Resources } from '../../cluster/resources/resources.js';
import { isWithin } from '../../cluster/roles.js';
import type { Action } from '../../scenario/schema.js';
import type { FrameworkState, World } from '../../scenario/world.js';
import { AskBook } from './ask-book.js';
import { plainOf, plainSum, scalarsOf } from './sums.js';

export interface Filter {
  readonly framework: FrameworkId;
  readonly role: RoleId;
  readonly agent: AgentId;
  readonly resources: Resources;
  readonly startUs: Micros;
  readonly lifeUs: Micros;
}

export class Facts {
  readonly world: World;
  readonly isDemand: boolean;
  readonly asks = new AskBook();
  readonly quotas = new Map<RoleId, { guarantees: Quantities; limits: Quantities }>();
  filters: readonly Filter[] = [];
  readonly #minimum: readonly Quantities[];
  readonly #inactive = new Set<string>();
  readonly #closed = new Set<string>();
  #whitelist: readonly string[] | null = null;

  /** @param world keeps names, descriptions and who holds what; the driver writes into it */
  constructor(world: World, minimum: readonly Quantities[], isDemand: boolean) {
    this.world = world;
    this.#minimum = minimum;
    this.isDemand = isDemand;
  }

  // ---- what happened

  /** An action was carried out. */
  acted(action: Action): void {
    const world = this.world;
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
        this.asks.keepOnly(id, info.roles);
        break;
      }
      case 'suppress':
      case 'revive': {
        const { id, info } = world.framework(action.framework);
        const named = action.roles?.map((path) => world.role(path)) ?? [];
        const roles = named.length > 0 ? named : info.roles;
        if (action.do === 'revive') this.#dropFilters((f) => f.framework === id && roles.includes(f.role));
        else for (const role of roles) this.asks.clear(id, role);
        break;
      }
      case 'setQuota':
        this.quotas.set(world.role(action.role), {
          guarantees: action.guarantees ?? {},
          limits: action.limits ?? {},
        });
        break;
      default:
    }
  }

  /** Something was given back and is refused for a while. */
  declined({ framework, role, agent, resources }: Holding, refuseSeconds: number): void {
    const name = this.world.frameworkName(framework);
    if (name === undefined || !this.world.framework(name).info.roles.includes(role)) return;
    const lifeUs = Math.max(refuseSeconds * SECOND, this.world.intervalUs);
    this.filters = [...this.filters, { framework, role, agent, resources, startUs: this.world.now, lifeUs }];
  }

  isActive(framework: FrameworkId): boolean {
    const name = this.world.frameworkName(framework);
    return name !== undefined && !this.#inactive.has(name);
  }

  // ---- what follows

  /** What is missing of each role's guarantee, in milli-units; roles that lack nothing are left out. */
  unmet(): Map<RoleId, Quantities> {
    const lacks = new Map<RoleId, Quantities>();
    for (const [role, { guarantees }] of this.quotas) {
      if (Object.keys(guarantees).length === 0) continue;
      const used = this.consumed(this.world.roles.path(role));
      const missing = Object.entries(guarantees).map(
        ([name, milli]) => [name, milli - (used[name] ?? 0)] as const,
      );
      const some = missing.filter(([, milli]) => milli > 0);
      if (some.length > 0) lacks.set(role, Object.fromEntries(some));
    }
    return lacks;
  }

  isForGpus(entry: FrameworkState, agent: AgentId): boolean {
    const name = this.world.agentName(agent);
    return name !== undefined && hasGpus(this.world.agent(name).info.total) && !takesGpus(entry);
  }

  /** The very instant at which a filter ends is left open, and a run that came before it in that instant. */
  mayStillHide({ startUs, lifeUs }: Filter): boolean {
    return this.world.now <= startUs + lifeUs;
  }

  /** Frameworks in a role that take offers, with the agents that may be offered. */
  eachPair(
    role: RoleId,
    look: (entry: FrameworkState, agentName: string, agent: AgentId) => string | undefined,
  ): string | undefined {
    const world = this.world;
    for (const [name, entry] of world.frameworks) {
      const willing =
        entry.info.roles.includes(role) && !entry.suppressed.has(role) && !this.#inactive.has(name);
      if (!willing) continue;
      for (const [agentName, { id }] of world.agents) {
        if (!this.isOpen(agentName)) continue;
        const found = look(entry, agentName, id);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  /** What nobody holds, and shared volumes, which are always there. */
  free(agent: AgentId): Resources {
    const name = this.world.agentName(agent);
    if (name === undefined) return Resources.EMPTY;
    const { total } = this.world.agent(name).info;
    const held = this.world.ledger.heldOn(agent);
    if (held.isPlain) return total.minus(held);
    return total.minus(held.filter(({ shared }) => !shared));
  }

  isOpen(agentName: string): boolean {
    return !this.#closed.has(agentName) && (this.#whitelist === null || this.#whitelist.includes(agentName));
  }

  isEnough(milli: Quantities): boolean {
    if (this.#minimum.length === 0) return true;
    return this.#minimum.some((set) =>
      Object.entries(set).every(([name, least]) => (milli[name] ?? 0) >= least),
    );
  }

  /** Whether it counts for its role: what a framework that is not there yet runs does not. */
  counts({ framework }: Holding): boolean {
    return this.world.frameworkName(framework) !== undefined;
  }

  /**
   * The plain resources of the cluster less what is charged: what an unknown framework holds is in it, and an agent
   * smaller than what is held on it lowers it. Milli-units by name.
   */
  uncharged(): Quantities {
    const { agents, ledger } = this.world;
    const sums: Record<string, number> = plainSum([...agents.values()].map(({ info }) => info.total));
    for (const entry of ledger.entries().filter((held) => this.counts(held))) {
      for (const [name, milli] of Object.entries(plainOf(entry.resources)))
        sums[name] = (sums[name] ?? 0) - milli;
    }
    return sums;
  }

  /** Reservations for the role's subtree, held or not, and plain resources held in it. */
  consumed(path: string): Quantities {
    const world = this.world;
    const sums: Record<string, number> = {};
    const add = (name: string, milli: number): void => {
      sums[name] = (sums[name] ?? 0) + milli;
    };
    for (const { info } of world.agents.values()) {
      info.total.forEachScalar((_name, milli, kind) => {
        if (kind.owner !== undefined && isWithin(kind.owner, path)) add(kind.name, milli);
      });
    }
    for (const entry of world.ledger.entries()) {
      if (!this.counts(entry) || !isWithin(world.roles.path(entry.role), path)) continue;
      for (const [name, milli] of Object.entries(plainOf(entry.resources))) add(name, milli);
    }
    return sums;
  }

  #dropFilters(drops: (filter: Filter) => boolean): void {
    this.filters = this.filters.filter((filter) => !drops(filter));
  }

  /** An agent or a framework is about to go; its id does not come back. */
  dropped(gone: { readonly framework?: FrameworkId; readonly agent?: AgentId }): void {
    this.#dropFilters((f) => f.framework === gone.framework || f.agent === gone.agent);
    if (gone.framework !== undefined) this.asks.keepOnly(gone.framework, []);
  }
}

export function nameOf(world: World, { id }: FrameworkState): string {
  return world.frameworkName(id) ?? String(id);
}

export function mayUse(path: string, { info }: FrameworkState, kind: Kind): boolean {
  if (kind.owner !== undefined && !isWithin(path, kind.owner)) return false;
  if (kind.revocable && !info.capabilities.includes('REVOCABLE_RESOURCES')) return false;
  if (kind.shared && !info.capabilities.includes('SHARED_RESOURCES')) return false;
  return kind.reservations.length < 2 || info.capabilities.includes('RESERVATION_REFINEMENT');
}

export function takesGpus({ info }: FrameworkState): boolean {
  return info.capabilities.includes('GPU_RESOURCES');
}

export function hasGpus(total: Resources): boolean {
  return (scalarsOf(total).gpus ?? 0) > 0;
}
