import type { AgentId } from '../../cluster/ids.js';
import { compareBytes } from '../../cluster/roles.js';
import type { Books, Client } from '../bookkeeping/books.js';
import { OFFERABLE } from '../bookkeeping/share-tree.js';
import { namedOwner, ownersOf } from '../parts.js';
import { policy } from '../policy.js';
import { DrfOrder, type ServingOrder, type Visit } from '../serving-order.js';

const NOBODY: readonly AgentId[] = [];

/**
 * A cluster cut into fixed parts: whole agents belong to owners and are offered to them only, used or not (semantics-notes
 * P-4). Agents with the attribute `owner` say whose they are. Within a part, `drf`. What a shared cluster is compared with
 * (Hindman et al., NSDI 2011, "static partitioning").
 */
export const staticPartition = policy({
  name: 'static',
  summary: 'fixed parts: whole agents belong to one role (or ?by=framework) each',
  settings: {
    by: { about: 'who owns agents', choices: ['role', 'framework'] },
  },
  misfit: ({ by }, { agents, roles, frameworks, weights }) => {
    const owners = by === 'role' ? roles : frameworks;
    const named = agents.flatMap(({ count, attributes }) =>
      new Array<string | undefined>(count).fill(namedOwner(attributes)),
    );
    if (owners.length > named.length) {
      return (
        `static?by=${by} gives every ${by} agents of its own, and there are ${owners.length} ${by}s and ` +
        `${named.length} agent${named.length === 1 ? '' : 's'}: add agents, or choose another allocator.`
      );
    }
    const served = new Set(
      ownersOf(named, owners, (owner) => (by === 'role' ? (weights.get(owner) ?? 1) : 1)),
    );
    const without = owners.find((owner) => !served.has(owner));
    if (without === undefined) return undefined;
    const left = named.filter((owner) => owner === undefined).length;
    if (left === 0) {
      return (
        `static?by=${by}: every agent names its owner, and none names ${without}: ` +
        `give it agents with the attribute owner:${without}.`
      );
    }
    return (
      `static?by=${by} deals ${left} agents by weight, and ${without} gets none of them: ` +
      'raise its weight or add agents.'
    );
  },
  order: (books, random, { by }) => new StaticOrder(books, random, by),
});

interface StaticState {
  readonly agents: number;
  readonly owners: readonly string[];
  /** Owners that agents name, by agent; absent: none does. */
  readonly named?: readonly (readonly [AgentId, string])[];
}

/**
 * Owners are the tenants that are known beforehand, otherwise all that came so far; agents that left keep their owner. A new
 * agent, a new owner or a new weight deals all agents anew: what runs then stays where it is until it ends.
 */
class StaticOrder implements ServingOrder {
  readonly barrier = false;
  readonly #books: Books;
  readonly #drf: DrfOrder;
  readonly #byRole: boolean;
  readonly #owners: Set<string>;
  /** Clients that may be offered agents, by owner. */
  readonly #offerable = new Map<string, Set<Client>>();
  /** What each agent named last, those that left included. */
  readonly #named: (string | undefined)[] = [];
  #ownerOf: readonly string[] = [];
  #agentsOf: ReadonlyMap<string, readonly AgentId[]> = new Map();
  #stale = true;

  constructor(books: Books, random: () => number, by: 'role' | 'framework') {
    this.#books = books;
    this.#drf = new DrfOrder(books, random);
    this.#byRole = by === 'role';
    const { tenants } = books.options;
    this.#owners = new Set(this.#byRole ? tenants?.roles : tenants?.frameworks);
    books.hooks.relisted = (client) => this.#put(client);
    books.hooks.clusterChanged = () => {
      this.#readNames(this.#named.length);
      this.#dealAnew();
    };
    // Read at once: when the agents are dealt the next time it may have left.
    books.hooks.described = (agent, info) => {
      this.#named[agent] = namedOwner(info.attributes);
      return info;
    };
    books.hooks.allows = (client, agent) => this.#owner(agent) === this.#nameOf(client);
    books.hooks.keeps = (_client, agent) => ({
      why: `the agent belongs to ${this.#byRole ? 'role' : 'framework'} ${this.#owner(agent)}`,
    });
    books.hooks.among = (client) => this.#deal().get(this.#nameOf(client)) ?? NOBODY;
  }

  walk(visit: Visit, agent: AgentId): void {
    const owner = this.#owner(agent);
    const { roleSorter, frameworkSorter } = this.#books.options;
    if (roleSorter !== 'drf' || frameworkSorter !== 'drf') {
      this.#drf.walk((client) => this.#nameOf(client) !== owner || visit(client));
      return;
    }
    const clients = [...(this.#offerable.get(owner) ?? [])];
    if (clients.length > 1) clients.sort((a, b) => (this.#drf.precedes(a, b) ? -1 : 1));
    for (const client of clients) if (!visit(client)) return;
  }

  firstAsking(): Client | undefined {
    return this.#drf.firstAsking();
  }

  precedes(a: Client, b: Client): boolean {
    return this.#drf.precedes(a, b);
  }

  begin(): void {
    this.#deal();
  }

  snapshot(): StaticState {
    this.#deal();
    const named = [...this.#named.entries()].flatMap(([agent, owner]) =>
      owner === undefined ? [] : [[agent, owner] as const],
    );
    return {
      agents: this.#named.length,
      owners: [...this.#owners].sort(compareBytes),
      ...(named.length > 0 && { named }),
    };
  }

  restore({ agents, owners, named = [] }: StaticState): void {
    this.#named.length = 0;
    while (this.#named.length < agents) this.#named.push(undefined);
    for (const [agent, owner] of named) this.#named[agent] = owner;
    this.#owners.clear();
    for (const owner of owners) this.#owners.add(owner);
    // What the new owners' agents have to be looked at for is in the books already.
    this.#ownerOf = this.#cut();
    this.#stale = true;
  }

  #nameOf({ framework, rolePath }: Client): string {
    return this.#byRole ? rolePath : framework.info.name;
  }

  #owner(agent: AgentId): string {
    this.#deal();
    return this.#ownerOf[agent] ?? '';
  }

  #put(client: Client): void {
    const name = this.#nameOf(client);
    const { tenants } = this.#books.options;
    if (tenants === undefined && client.subscribed && !this.#owners.has(name)) {
      this.#owners.add(name);
      this.#dealAnew();
    }
    let clients = this.#offerable.get(name);
    if (clients === undefined) this.#offerable.set(name, (clients = new Set()));
    if (this.#books.tree.isListed(client.node, OFFERABLE)) clients.add(client);
    else clients.delete(client);
  }

  #dealAnew(): void {
    this.#stale = true;
    this.#books.work.markAll();
  }

  /** The agents of every owner, ascending. */
  #deal(): ReadonlyMap<string, readonly AgentId[]> {
    if (!this.#stale) return this.#agentsOf;
    this.#stale = false;
    const { pool, misses, work } = this.#books;
    const before = this.#ownerOf;
    this.#ownerOf = this.#cut();
    const agentsOf = new Map<string, AgentId[]>();
    for (const [agent, owner] of this.#ownerOf.entries()) {
      const agents = agentsOf.get(owner);
      if (agents === undefined) agentsOf.set(owner, [agent]);
      else agents.push(agent);
      if (owner === before[agent] || !pool.has(agent)) continue;
      misses.forgetAgent(agent);
      work.agentGained(agent);
    }
    this.#agentsOf = agentsOf;
    return agentsOf;
  }

  /** The owner of every agent. */
  #cut(): string[] {
    const { weights } = this.#books.roles;
    this.#readNames(0);
    return ownersOf(this.#named, this.#owners, (owner) => (this.#byRole ? (weights.get(owner) ?? 1) : 1));
  }

  #readNames(from: AgentId): void {
    const { info } = this.#books.pool;
    for (let agent = from; agent < info.length; agent++) {
      const attributes = info[agent]?.attributes;
      if (attributes !== undefined) this.#named[agent] = namedOwner(attributes);
      else if (agent >= this.#named.length) this.#named.push(undefined);
    }
  }
}
