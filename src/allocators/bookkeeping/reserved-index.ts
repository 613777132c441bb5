import type { AgentId } from '../../cluster/ids.js';
import { kindOf, type Kind } from '../../cluster/resources/kinds.js';
import type { Resources } from '../../cluster/resources/resources.js';

/**
 * Agents on which something reserved is free that can go into an ask in any amount, by the role that owns it. Empty where
 * nothing is reserved, so that a search for room pays nothing for it.
 */
export class ReservedIndex {
  readonly #byOwner = new Map<
    string,
    { readonly agents: Set<AgentId>; sorted: readonly AgentId[] | undefined }
  >();

  get isEmpty(): boolean {
    return this.#byOwner.size === 0;
  }

  /** What is free of an agent's special resources was this and is that now. */
  change(agent: AgentId, before: Resources, after: Resources): void {
    const [had, has] = [owners(before), owners(after)];
    for (const owner of had) if (!has.has(owner)) this.#remove(owner, agent);
    for (const owner of has) if (!had.has(owner)) this.#add(owner, agent);
  }

  /** Agents with something for one of these roles, ascending. */
  agentsFor(roles: readonly string[]): readonly AgentId[] {
    let found: readonly AgentId[] | undefined;
    for (const role of roles) {
      const entry = this.#byOwner.get(role);
      if (entry === undefined) continue;
      entry.sorted ??= [...entry.agents].sort((a, b) => a - b);
      found =
        found === undefined ? entry.sorted : [...new Set([...found, ...entry.sorted])].sort((a, b) => a - b);
    }
    return found ?? [];
  }

  #add(owner: string, agent: AgentId): void {
    let entry = this.#byOwner.get(owner);
    if (entry === undefined) this.#byOwner.set(owner, (entry = { agents: new Set(), sorted: undefined }));
    entry.agents.add(agent);
    entry.sorted = undefined;
  }

  #remove(owner: string, agent: AgentId): void {
    const entry = this.#byOwner.get(owner);
    entry?.agents.delete(agent);
    if (entry?.agents.size === 0) this.#byOwner.delete(owner);
    else if (entry !== undefined) entry.sorted = undefined;
  }
}

/** A reserved scalar of which any part can be taken. */
export function isReservedAmount(kind: Kind): boolean {
  return (
    kind.owner !== undefined &&
    kind.type === 'SCALAR' &&
    kind.unitMilli === 0 &&
    !kind.revocable &&
    !kind.shared &&
    kind.volume === undefined
  );
}

function owners(special: Resources): ReadonlySet<string> {
  const found = new Set<string>();
  for (const id of special.kinds) {
    const kind = kindOf(id);
    if (isReservedAmount(kind)) found.add(kind.owner as string);
  }
  return found;
}
