import type { AgentId, FrameworkId, RoleId } from '../cluster/ids.js';
import type { Holding } from '../cluster/allocator.js';
import { Resources } from '../cluster/resources/resources.js';

/** Which entries are meant; what is left out is not looked at. */
export interface LedgerQuery {
  readonly framework?: FrameworkId;
  readonly role?: RoleId;
  readonly agent?: AgentId;
}

/**
 * The runner's own account of who holds what, kept from what was offered and given back. It knows what a
 * `recover` that names no resources gives back, and whether an allocator's answers agree with what it did.
 */
export class Ledger {
  readonly #entries = new Map<string, Holding>();

  /** What a framework holds in a role on an agent. */
  at(framework: FrameworkId, role: RoleId, agent: AgentId): Resources {
    return this.#entries.get(keyOf(framework, role, agent))?.resources ?? Resources.EMPTY;
  }

  /** The matching entries, in the order in which they came about. None is empty. */
  entries(query: LedgerQuery = {}): Holding[] {
    return [...this.#entries.values()].filter(
      (entry) =>
        (query.framework ?? entry.framework) === entry.framework &&
        (query.role ?? entry.role) === entry.role &&
        (query.agent ?? entry.agent) === entry.agent,
    );
  }

  /** All that is held on an agent, by whomever. */
  heldOn(agent: AgentId): Resources {
    return this.entries({ agent }).reduce((sum, entry) => sum.plus(entry.resources), Resources.EMPTY);
  }

  add(entry: Holding): void {
    const { framework, role, agent } = entry;
    this.#set({ ...entry, resources: this.at(framework, role, agent).plus(entry.resources) });
  }

  take(entry: Holding): void {
    const { framework, role, agent } = entry;
    this.#set({ ...entry, resources: this.at(framework, role, agent).minus(entry.resources) });
  }

  /** Drops the matching entries. */
  drop(query: LedgerQuery): void {
    for (const { framework, role, agent } of this.entries(query)) {
      this.#entries.delete(keyOf(framework, role, agent));
    }
  }

  #set(entry: Holding): void {
    const key = keyOf(entry.framework, entry.role, entry.agent);
    if (entry.resources.isEmpty) this.#entries.delete(key);
    else this.#entries.set(key, entry);
  }
}

function keyOf(framework: FrameworkId, role: RoleId, agent: AgentId): string {
  return `${framework} ${role} ${agent}`;
}
