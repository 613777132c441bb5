import type { AgentId } from '../../cluster/ids.js';
import { kindOf, type Kind } from '../../cluster/resources/kinds.js';
import type { AgentPool } from './agent-pool.js';
import type { Client } from './books.js';
import type { ClientId } from './holdings.js';
import { longer } from './longer.js';
import type { RoleNodes } from './role-nodes.js';
import { OFFERABLE, type ShareTree } from './share-tree.js';

/** What a framework needs a capability for, a bit each. */
const SHARED = 1;
const REVOCABLE = 2;
const REFINED = 4;

const NOT_OFFERABLE = -1;

/**
 * Clients that may be offered whole agents, counted by what they are able to use: what is left of an agent is often of use to
 * nobody, such as revocable resources where no framework takes these, and then a walk through all clients finds nothing.
 */
export class Takers {
  readonly #pool: AgentPool;
  readonly #roles: RoleNodes;
  readonly #tree: ShareTree;
  /** By client, or {@link NOT_OFFERABLE}. */
  readonly #abilities: number[] = [];
  /** By abilities. */
  readonly #counts: number[] = [0, 0, 0, 0, 0, 0, 0, 0];
  /**
   * By client what is asked of each for every offer, since the objects of ten thousand clients are in no cache. Easy is who
   * takes whatever others do: no minimum of its own, no constraints.
   */
  framework = new Int32Array(64);
  role = new Int32Array(64);
  isEasy = new Uint8Array(64);

  constructor(pool: AgentPool, roles: RoleNodes, tree: ShareTree) {
    this.#pool = pool;
    this.#roles = roles;
    this.#tree = tree;
  }

  /** The client may be offered whole agents from now on, as its framework's description allows. */
  add({ id, framework, role }: Client): void {
    const { shared, revocable, refinement, wants, minAllocatable } = framework;
    this.#set(id, (shared ? SHARED : 0) | (revocable ? REVOCABLE : 0) | (refinement ? REFINED : 0));
    if (id >= this.isEasy.length) this.#reserve(id);
    this.framework[id] = framework.id;
    this.role[id] = role;
    this.isEasy[id] = wants === undefined && minAllocatable?.get(role) === undefined ? 1 : 0;
  }

  remove(client: ClientId): void {
    this.#set(client, NOT_OFFERABLE);
  }

  /** False when none of them can use anything of what is left on the agent. */
  mayWant(agent: AgentId): boolean {
    for (let name = 0; name < this.#pool.names; name++) if (this.#pool.freeOf(agent, name) > 0) return true;
    return this.#pool.special(agent).kinds.some((id) => this.#mayUse(kindOf(id)));
  }

  #mayUse({ owner, reservations, revocable, shared }: Kind): boolean {
    if (owner !== undefined) {
      const node = this.#roles.knownNode(owner);
      if (node === undefined || !this.#tree.isListed(node, OFFERABLE)) return false;
    }
    const needed =
      (shared ? SHARED : 0) | (revocable ? REVOCABLE : 0) | (reservations.length > 1 ? REFINED : 0);
    return this.#counts.some((count, abilities) => count > 0 && (abilities & needed) === needed);
  }

  #reserve(client: ClientId): void {
    this.framework = longer(this.framework, 2 * client);
    this.role = longer(this.role, 2 * client);
    this.isEasy = longer(this.isEasy, 2 * client);
  }

  #set(client: ClientId, abilities: number): void {
    const before = this.#abilities[client] ?? NOT_OFFERABLE;
    if (before === abilities) return;
    if (before !== NOT_OFFERABLE) this.#counts[before]--;
    if (abilities !== NOT_OFFERABLE) this.#counts[abilities]++;
    this.#abilities[client] = abilities;
  }
}
