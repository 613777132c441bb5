import type { Quantities } from '../../cluster/protocol.js';
import { CPUS, isLimited, kindOf, MEM, nameIdOf } from '../../cluster/resources/kinds.js';
import type { Resources } from '../../cluster/resources/resources.js';

/** A bit for the names that fit into a small integer, 0 for others. */
export function bitOf(nameId: number): number {
  return nameId < 31 ? 1 << nameId : 0;
}

/** Guarantees, limits and consumption of one top-level role, milli-units by name id. */
export interface QuotaRole {
  readonly path: string;
  /** Absent: 0. */
  guarantees: ReadonlyMap<number, number>;
  /** Absent: unlimited. */
  limits: ReadonlyMap<number, number>;
  /** Reserved for the role's subtree on all agents, held or not. */
  readonly reserved: number[];
  /** Unreserved, non-revocable scalars held in the subtree, offers included. Kept while any role has quota. */
  readonly held: number[];
  /** Some guarantee is not met yet. */
  hasUnmet: boolean;
  /** Names at their limit, a bit per name id; names from 31 on have none. */
  full: number;
}

/**
 * Quota of top-level roles: what each consumes, what is still guaranteed to it, and the headroom that the
 * others must leave (mesos-allocation.md section 5). Kept up to date by every charge, so that a cycle sums up nothing.
 */
export class QuotaBook {
  readonly #roles = new Map<string, QuotaRole>();
  /** Roles with a guarantee or a limit. */
  readonly #withQuota = new Set<QuotaRole>();
  #guaranteed = 0;
  /** Roles with an unmet guarantee. */
  unmetRoles = 0;
  readonly #freeTotal: readonly number[];
  readonly #freeWhole: readonly number[];
  /** The policy keeps guarantees itself, on named agents: the cycles leave them alone. */
  guaranteesArePlaced = false;
  /** Sum of unmet guarantees per name. */
  readonly #required: number[] = [];
  #frozen: readonly number[] | undefined;

  /** @param free unreserved non-revocable scalars nobody holds, per name, kept by the pool: divisible and whole ones */
  constructor(free: { readonly freeTotal: readonly number[]; readonly freeWhole: readonly number[] }) {
    this.#freeTotal = free.freeTotal;
    this.#freeWhole = free.freeWhole;
  }

  /** Any guarantee or limit is set. */
  get active(): boolean {
    return this.#withQuota.size > 0;
  }

  /** Some guarantee is kept by the cycles: by a stage of its own and by the headroom that others leave. */
  get hasGuarantees(): boolean {
    return this.#guaranteed > 0 && !this.guaranteesArePlaced;
  }

  /** Roles with a guarantee or a limit, in order of path. */
  get roles(): readonly QuotaRole[] {
    return [...this.#withQuota].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** The record of the top-level role that a path belongs to. */
  roleOf(path: string): QuotaRole {
    const slash = path.indexOf('/');
    const top = slash < 0 ? path : path.slice(0, slash);
    let role = this.#roles.get(top);
    if (role === undefined) {
      const none = { guarantees: new Map(), limits: new Map(), reserved: [], held: [] };
      role = { path: top, ...none, hasUnmet: false, full: 0 };
      this.#roles.set(top, role);
    }
    return role;
  }

  set(path: string, guarantees: Quantities, limits: Quantities): void {
    const role = this.roleOf(path);
    if (role.guarantees.size > 0) this.#guaranteed--;
    for (const nameId of role.guarantees.keys()) this.#required[nameId] -= this.unmet(role, nameId);
    role.guarantees = byNameId(guarantees, (milli) => milli > 0);
    role.limits = byNameId(limits, () => true);
    if (role.guarantees.size > 0) this.#guaranteed++;
    for (const nameId of role.guarantees.keys()) {
      this.#required[nameId] = this.required(nameId) + this.unmet(role, nameId);
    }
    if (role.guarantees.size + role.limits.size > 0) this.#withQuota.add(role);
    else this.#withQuota.delete(role);
    this.#setUnmet(role, this.isUnmet(role));
    role.full = 0;
    for (const nameId of role.limits.keys()) this.#markFull(role, nameId);
  }

  #setUnmet(role: QuotaRole, unmet: boolean): void {
    if (role.hasUnmet === unmet) return;
    role.hasUnmet = unmet;
    this.unmetRoles += unmet ? 1 : -1;
  }

  #markFull(role: QuotaRole, nameId: number): void {
    const bit = bitOf(nameId);
    if (this.belowLimit(role, nameId) === 0) role.full |= bit;
    else role.full &= ~bit;
  }

  /** Resources of an agent that come into being (sign 1) or go (-1): its reservations count as consumed. */
  accountReservations(resources: Resources, sign: 1 | -1): void {
    if (resources.isPlain) return;
    resources.forEachScalar((name, milli, kind) => {
      if (kind.owner === undefined) return;
      const role = this.roleOf(kind.owner);
      this.#shift(role, role.reserved, name, sign * milli);
    });
  }

  /** The first quota is about to be set: everything held is to be told again. */
  countHeldAnew(): void {
    for (const role of this.#roles.values()) role.held.length = 0;
  }

  /**
   * Resources that a client of the role got (sign 1) or gave back (-1).
   *
   * @param always also when no role has quota: then nobody asks, and nothing is counted
   */
  accountHeld(role: QuotaRole, resources: Resources, sign: 1 | -1, always = false): void {
    if (!this.active && !always) return;
    if (resources.isCpusMem) {
      this.#shift(role, role.held, CPUS, sign * resources.cpus);
      this.#shift(role, role.held, MEM, sign * resources.mem);
      return;
    }
    const { kinds, amounts } = resources;
    for (let i = 0; i < kinds.length; i++) {
      if (i < resources.plainCount) this.#shift(role, role.held, kinds[i], sign * amounts[i]);
      else this.#accountIndivisible(role, kinds[i], amounts[i], sign);
    }
  }

  consumed(role: QuotaRole, nameId: number): number {
    return (role.reserved[nameId] ?? 0) + (role.held[nameId] ?? 0);
  }

  /** What is still missing of a guarantee. */
  unmet(role: QuotaRole, nameId: number): number {
    const guarantee = role.guarantees.get(nameId);
    return guarantee === undefined ? 0 : Math.max(0, guarantee - this.consumed(role, nameId));
  }

  isUnmet(role: QuotaRole): boolean {
    for (const nameId of role.guarantees.keys()) if (this.unmet(role, nameId) > 0) return true;
    return false;
  }

  /** How much more the role may get under its limit; Infinity without one. */
  belowLimit(role: QuotaRole, nameId: number): number {
    const limit = role.limits.get(nameId);
    return limit === undefined ? Infinity : Math.max(0, limit - this.consumed(role, nameId));
  }

  /** Sum of all unmet guarantees of a name. */
  required(nameId: number): number {
    return this.#required[nameId] ?? 0;
  }

  /** Free resources of a name beyond all unmet guarantees. */
  surplus(nameId: number): number {
    const required = this.#frozen === undefined ? this.required(nameId) : (this.#frozen[nameId] ?? 0);
    return Math.max(0, (this.#freeTotal[nameId] ?? 0) + (this.#freeWhole[nameId] ?? 0) - required);
  }

  /** Stage 2 goes by what was required when it began: only stage 1 lowers it (mesos-allocation.md section 5). */
  freezeRequired(): void {
    if (this.hasGuarantees) this.#frozen = [...this.#required];
  }

  /** @returns whether less is required now than stage 2 went by */
  thawRequired(): boolean {
    const frozen = this.#frozen;
    this.#frozen = undefined;
    return frozen?.some((milli, nameId) => milli > this.required(nameId)) === true;
  }

  /** Unreserved mount disks are scalars too: they count, though they are not plain. */
  #accountIndivisible(role: QuotaRole, kindId: number, amount: number, sign: 1 | -1): void {
    const kind = kindOf(kindId);
    if (!isLimited(kind)) return;
    this.#shift(role, role.held, kind.nameId, sign * amount);
  }

  /** Moves a consumption and with it the sum of unmet guarantees. */
  #shift(role: QuotaRole, sums: number[], nameId: number, amount: number): void {
    if (role.guarantees.size === 0 || !role.guarantees.has(nameId)) {
      sums[nameId] = (sums[nameId] ?? 0) + amount;
      if (role.limits.size > 0) this.#markFull(role, nameId);
      return;
    }
    const before = this.unmet(role, nameId);
    sums[nameId] = (sums[nameId] ?? 0) + amount;
    if (role.limits.size > 0) this.#markFull(role, nameId);
    const after = this.unmet(role, nameId);
    if (after === before) return;
    this.#required[nameId] += after - before;
    this.#setUnmet(role, after > 0 || this.isUnmet(role));
  }
}

function byNameId(quantities: Quantities, keep: (milli: number) => boolean): Map<number, number> {
  const entries = Object.entries(quantities).filter(([, milli]) => keep(milli));
  return new Map(entries.map(([name, milli]) => [nameIdOf(name), milli]));
}
