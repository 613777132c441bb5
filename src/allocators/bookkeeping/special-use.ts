import { kindOf, type Kind } from '../../cluster/resources/kinds.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { isWithin } from '../../cluster/roles.js';

/** How scalars that are not plain count for the nodes of the share tree. */
export class SpecialUse {
  /** What is reserved counts for the role that owns it, held or not (trap T-7); else for who holds it. */
  chargesReservations = false;
  /** The path of a role's node, undefined for other nodes. */
  readonly rolePath: (string | undefined)[] = [];
  /** Copies of shared items held below a node on one agent: all copies count once. */
  readonly #sharedCopies = new Map<string, number>();

  /** Calls back with what a charge (sign 1) or credit (-1) on an agent changes at a node, by name. */
  forEach(
    node: number,
    agent: number,
    resources: Resources,
    sign: 1 | -1,
    use: (nameId: number, amount: number) => void,
  ): void {
    for (let i = resources.plainCount; i < resources.kinds.length; i++) {
      const kind = kindOf(resources.kinds[i]);
      if (kind.type !== 'SCALAR') continue;
      if (this.chargesReservations && this.#owns(node, kind)) continue;
      const amount = resources.amounts[i];
      use(kind.nameId, sign * (kind.shared ? this.#counted(node, agent, kind, sign * amount) : amount));
    }
  }

  /** The first copy counts, further ones do not. */
  #counted(node: number, agent: number, { id, unitMilli }: Kind, change: number): number {
    const key = `${node}/${agent}/${id}`;
    const before = this.#sharedCopies.get(key) ?? 0;
    const after = before + change;
    if (after > 0) this.#sharedCopies.set(key, after);
    else this.#sharedCopies.delete(key);
    return before > 0 === after > 0 ? 0 : unitMilli;
  }

  /** The node is that of the owner's role, or above it: what is reserved counts there already. */
  #owns(node: number, { owner }: Kind): boolean {
    const path = this.rolePath[node];
    return path !== undefined && owner !== undefined && isWithin(owner, path);
  }
}
