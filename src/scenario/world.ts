import type { Allocator } from '../cluster/allocator.js';
import type { AgentId, FrameworkId, Micros, RoleId } from '../cluster/ids.js';
import type { AgentInfo, FrameworkInfo } from '../cluster/protocol.js';
import type { Resources } from '../cluster/resources/resources.js';
import { roleProblem, type Roles } from '../cluster/roles.js';
import { InverseOfferBook } from '../cluster/inverse-offers.js';
import type { InverseOffer } from '../cluster/maintenance.js';
import { closest } from '../cluster/closest.js';
import { Ledger } from './ledger.js';
import { Refused } from './refusal.js';

export interface AgentState {
  readonly id: AgentId;
  info: AgentInfo;
}

export interface FrameworkState {
  readonly id: FrameworkId;
  info: FrameworkInfo;
  suppressed: ReadonlySet<RoleId>;
  active: boolean;
}

/** Everything one allocation run gave one framework in one role on one agent, by name. */
export interface MadeOffer {
  readonly framework: string;
  readonly role: string;
  readonly agent: string;
  readonly resources: Resources;
}

/** What a scenario has built so far: agents and frameworks by name and id, and who holds what. */
export class World {
  readonly agents = new Map<string, AgentState>();
  readonly frameworks = new Map<string, FrameworkState>();
  readonly ledger = new Ledger();
  readonly inverse = new InverseOfferBook();
  /** Since the last check of them. */
  inverseOffers: InverseOffer[] = [];
  #nextInverse = 0;
  now: Micros = 0;
  readonly #agentNames: string[] = [];
  readonly #frameworkNames: string[] = [];
  /** The id that a framework's name has, or will have when `used` mentions it before it is added. */
  readonly #frameworkIds = new Map<string, FrameworkId>();

  constructor(
    /** Replaced when a run goes on from a snapshot. */
    public allocator: Allocator,
    readonly roles: Roles,
    readonly intervalUs: Micros,
    /** What it may say is that of the second format. */
    readonly isSecondFormat = false,
  ) {}

  // ---- from names

  /** @throws Refused when there is no such agent */
  agent(name: string): AgentState {
    return this.agents.get(name) ?? unknown('agent', name, this.agents);
  }

  /** @throws Refused when there is no such framework */
  framework(name: string): FrameworkState {
    return this.frameworks.get(name) ?? unknown('framework', name, this.frameworks);
  }

  /** @throws Refused when the name is none of a role */
  role(path: string): RoleId {
    const problem = roleProblem(path);
    if (problem !== undefined) throw new Refused(problem);
    return this.roles.intern(path);
  }

  /** The id for the next agent. A name that comes back gets a new one. */
  nextAgentId(): AgentId {
    return this.#agentNames.length;
  }

  frameworkId(name: string): FrameworkId {
    let id = this.#frameworkIds.get(name);
    if (id === undefined) {
      id = this.#frameworkNames.length;
      this.#frameworkNames.push(name);
      this.#frameworkIds.set(name, id);
    }
    return id;
  }

  // ---- to names

  agentName(id: AgentId): string | undefined {
    const name = this.#agentNames[id];
    return this.agents.get(name)?.id === id ? name : undefined;
  }

  frameworkName(id: FrameworkId): string | undefined {
    const name = this.#frameworkNames[id];
    return this.frameworks.get(name)?.id === id ? name : undefined;
  }

  /** After an allocation: asks active frameworks to leave agents that will be away (R-9.12). */
  askToLeave(): void {
    if (!this.inverse.isActive) return;
    const isActive = (id: FrameworkId): boolean =>
      [...this.frameworks.values()].some((framework) => framework.id === id && framework.active);
    const holders = (agent: AgentId): FrameworkId[] =>
      this.ledger
        .entries({ agent })
        .map(({ framework }) => framework)
        .filter(isActive);
    this.inverseOffers.push(...this.inverse.ask(this.now, holders, () => this.#nextInverse++));
  }

  // ---- coming and going

  addAgent(name: string, agent: AgentState): void {
    this.#agentNames[agent.id] = name;
    this.agents.set(name, agent);
  }

  removeAgent(name: string): void {
    this.inverse.schedule(this.agent(name).id, undefined);
    this.ledger.drop({ agent: this.agent(name).id });
    this.agents.delete(name);
  }

  removeFramework(name: string): void {
    this.inverse.forget(this.framework(name).id);
    this.ledger.drop({ framework: this.framework(name).id });
    this.frameworks.delete(name);
    this.#frameworkIds.delete(name);
  }
}

function unknown(what: string, name: string, known: ReadonlyMap<string, unknown>): never {
  const near = closest(name, [...known.keys()]);
  throw new Refused(`unknown ${what} ${name}${near === undefined ? '' : `; did you mean ${near}?`}`);
}
