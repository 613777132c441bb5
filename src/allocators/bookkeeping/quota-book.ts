import type { Quantities } from '../../cluster/protocol.js';
import { CPUS, isLimited, kindOf, MEM, nameIdOf, nameOf } from '../../cluster/resources/kinds.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { longer } from './longer.js';

/** A bit for the names that fit into a small integer, 0 for others. */
export function bitOf(nameId: number): number {
  return nameId < 31 ? 1 << nameId : 0;
}

/** Guarantees, limits and consumption of a role, milli-units by name id: of top-level roles, under strict quota of all. */
export interface QuotaRole {
  readonly path: string;
  /** Where the columns of the book speak of it, from 1. */
  readonly row: number;
  /** Under strict quota the role above, which all that is counted here counts in too. */
  readonly parent: QuotaRole | undefined;
  /** Absent: 0. */
  guarantees: ReadonlyMap<number, number>;
  /** Absent: unlimited. */
  limits: ReadonlyMap<number, number>;
  /** By name with a guarantee, guarantee less consumption; below 0 where more is consumed. */
  readonly missing: number[];
  /** By name with a limit, limit less consumption; below 0 where the limit was set below it. */
  readonly left: number[];
  /** Reserved for the role's subtree on all agents, held or not. */
  readonly reserved: number[];
  /** Unreserved, non-revocable scalars held in the subtree, offers included. Kept while any role has quota. */
  readonly held: number[];
  /** What must be kept for the subtree: its guarantee or those of its sub-roles, whichever is more, as its limit allows. */
  readonly owed: number[];
  /** The sum of that over its sub-roles. */
  readonly owedBelow: number[];
}

/** Unreserved non-revocable scalars per name that nobody holds: divisible ones, and what counts beside them. */
interface Free {
  readonly freeTotal: readonly number[];
  readonly freeApart: readonly number[];
}

/**
 * Quota of top-level roles: what each consumes, what is still guaranteed to it, and the headroom that the
 * others must leave (mesos-allocation.md section 5). Kept up to date by every charge, so that a cycle sums up nothing.
 *
 * Strict quota is for roles at any level: a limit binds all below, a guarantee is for all below, and what is guaranteed to a
 * sub-role is a part of what is guaranteed to the role above it, so that headroom counts it once.
 */
export class QuotaBook {
  readonly #roles = new Map<string, QuotaRole>();
  /** By row, names whose guarantee is not met yet; row 0 is of nobody. Columns: a cycle looks at all roles over and over. */
  unmetNames = new Int32Array(64);
  /** By row, names at their limit, a bit per name id; names from 31 on have none. */
  fullNames = new Int32Array(64);
  /** Roles with a guarantee or a limit. */
  readonly #withQuota = new Set<QuotaRole>();
  #guaranteed = 0;
  /** Roles with an unmet guarantee. */
  unmetRoles = 0;
  readonly #free: Free;
  /** Quota is for nested roles too and binds all below. Set before there is any role. */
  strict = false;
  /** The policy keeps guarantees itself, on named agents: the cycles leave them alone. */
  guaranteesArePlaced = false;
  /** Sum of unmet guarantees per name. */
  readonly #required: number[] = [];
  /** By name, what was offered of indivisible resources beside a guarantee that is not met without them. */
  readonly #keptBack: number[] = [];
  #frozen: readonly number[] | undefined;
  #isOwedWhenFrozen = false;

  /** @param free kept by the pool */
  constructor(free: Free) {
    this.#free = free;
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

  /** The record that speaks of a path: of its top-level role, under strict quota of the role itself. */
  roleOf(path: string): QuotaRole {
    const slash = path.indexOf('/');
    const key = slash < 0 || this.strict ? path : path.slice(0, slash);
    let role = this.#roles.get(key);
    if (role === undefined) {
      const parent =
        slash < 0 || !this.strict ? undefined : this.roleOf(path.slice(0, path.lastIndexOf('/')));
      const none = {
        guarantees: new Map(),
        limits: new Map(),
        missing: [],
        left: [],
        reserved: [],
        held: [],
        owed: [],
        owedBelow: [],
      };
      role = { path: key, row: this.#roles.size + 1, parent, ...none };
      this.#roles.set(key, role);
      if (role.row >= this.fullNames.length) this.#lengthen();
    }
    return role;
  }

  set(path: string, guarantees: Quantities, limits: Quantities): void {
    const role = this.roleOf(path);
    const names = new Set([...role.guarantees.keys(), ...role.owedBelow.keys()]);
    if (role.guarantees.size > 0) this.#guaranteed--;
    role.guarantees = byNameId(guarantees, (milli) => milli > 0);
    role.limits = byNameId(limits, () => true);
    if (role.guarantees.size > 0) this.#guaranteed++;
    if (role.guarantees.size + role.limits.size > 0) this.#withQuota.add(role);
    else this.#withQuota.delete(role);
    this.#measure(role);
    for (const nameId of role.guarantees.keys()) names.add(nameId);
    for (const nameId of names) {
      for (let at: QuotaRole | undefined = role; at !== undefined; at = at.parent) this.#weigh(at, nameId);
    }
  }

  /** Finds anew what guarantees and limits leave of what is consumed. */
  #measure(role: QuotaRole): void {
    const { missing, left, row } = role;
    missing.length = 0;
    left.length = 0;
    let unmet = 0;
    for (const [nameId, milli] of role.guarantees) {
      missing[nameId] = milli - this.consumed(role, nameId);
      if (missing[nameId] > 0) unmet++;
    }
    this.#countUnmet(role, unmet - this.unmetNames[row]);
    this.fullNames[row] = 0;
    for (const [nameId, milli] of role.limits) {
      left[nameId] = milli - this.consumed(role, nameId);
      this.#markFull(role, nameId);
    }
  }

  /** So many more names have a guarantee that is not met. */
  #countUnmet({ row }: QuotaRole, names: number): void {
    if (names === 0) return;
    const before = this.unmetNames[row];
    this.unmetNames[row] = before + names;
    if (before === 0) this.unmetRoles++;
    else if (before + names === 0) this.unmetRoles--;
  }

  #markFull({ left, row }: QuotaRole, nameId: number): void {
    if (left[nameId] <= 0) this.fullNames[row] |= bitOf(nameId);
    else this.fullNames[row] &= ~bitOf(nameId);
  }

  #lengthen(): void {
    this.unmetNames = longer(this.unmetNames, 2 * this.unmetNames.length);
    this.fullNames = longer(this.fullNames, this.unmetNames.length);
  }

  /** Resources of an agent that come into being (sign 1) or go (-1): its reservations count as consumed. */
  accountReservations(resources: Resources, sign: 1 | -1): void {
    if (resources.isPlain) return;
    resources.forEachScalar((name, milli, kind) => {
      if (kind.owner === undefined) return;
      const role = this.roleOf(kind.owner);
      this.#shift(role, 'reserved', name, sign * milli);
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
      this.#shift(role, 'held', CPUS, sign * resources.cpus);
      this.#shift(role, 'held', MEM, sign * resources.mem);
      return;
    }
    const { kinds, amounts } = resources;
    for (let i = 0; i < kinds.length; i++) {
      if (i < resources.plainCount) this.#shift(role, 'held', kinds[i], sign * amounts[i]);
      else this.#accountIndivisible(role, kinds[i], amounts[i], sign);
    }
  }

  consumed(role: QuotaRole, nameId: number): number {
    return (role.reserved[nameId] ?? 0) + (role.held[nameId] ?? 0);
  }

  /** What is still missing of a guarantee. */
  unmet(role: QuotaRole, nameId: number): number {
    const missing = role.missing[nameId];
    return missing > 0 ? missing : 0;
  }

  /** How much more the role may get under its own limit; Infinity without one. */
  belowLimit(role: QuotaRole, nameId: number): number {
    const left = role.left[nameId] ?? Infinity;
    return left > 0 ? left : 0;
  }

  /** Some guarantee that the role may get something of is not met. */
  isOwed(role: QuotaRole): boolean {
    return this.unmetNames[role.row] > 0 || (role.parent !== undefined && this.isOwed(role.parent));
  }

  /** The role, or under strict quota one above it, has a limit. */
  isBound(role: QuotaRole): boolean {
    return role.limits.size > 0 || (role.parent !== undefined && this.isBound(role.parent));
  }

  /** Names of which the role, or under strict quota one above it, is at its limit. */
  fullOf(role: QuotaRole): number {
    const full = this.fullNames[role.row];
    return role.parent === undefined ? full : full | this.fullOf(role.parent);
  }

  /**
   * What the role may get out of guarantees: what is missing of its own, or of one above it beside what is kept there for
   * other sub-roles.
   */
  owedTo(role: QuotaRole, nameId: number): number {
    if (!this.strict) return this.unmet(role, nameId);
    let [most, least] = [0, Infinity];
    this.#climb(role, nameId, (at, others) => {
      most = Math.max(most, this.unmet(at, nameId) - others);
      least = Math.min(least, this.belowLimit(at, nameId));
    });
    return Math.min(most, least);
  }

  /** What the role may get under all limits that bind it, which also hold what is guaranteed to other sub-roles. */
  room(role: QuotaRole, nameId: number): number {
    if (!this.strict) return this.belowLimit(role, nameId);
    let room = Infinity;
    this.#climb(role, nameId, (at, others) => {
      room = Math.min(room, this.belowLimit(at, nameId) - others);
    });
    return Math.max(room, this.owedTo(role, nameId));
  }

  /** The limits that leave the role less than that, its own first, and what of each is kept for other sub-roles' guarantees. */
  limitsBelow(role: QuotaRole, nameId: number, milli: number): { role: QuotaRole; kept: number }[] {
    const found: { role: QuotaRole; kept: number }[] = [];
    this.#climb(role, nameId, (at, kept) => {
      if (this.belowLimit(at, nameId) - kept < milli) found.push({ role: at, kept });
    });
    return found;
  }

  /** Calls back with the role and those above, and with what is owed there to sub-roles other than this one. */
  #climb(role: QuotaRole, nameId: number, visit: (at: QuotaRole, others: number) => void): void {
    let others = 0;
    let below: QuotaRole | undefined;
    for (let at: QuotaRole | undefined = role; at !== undefined; at = at.parent) {
      others += (at.owedBelow[nameId] ?? 0) - (below?.owed[nameId] ?? 0);
      visit(at, others);
      below = at;
    }
  }

  /** Sum of all unmet guarantees of a name, those of sub-roles counted in those above them. */
  required(nameId: number): number {
    return this.#required[nameId] ?? 0;
  }

  /** Headroom there is: the cluster's total of a name, without what is reserved, revocable or charged to somebody. */
  available(nameId: number): number {
    const { freeTotal, freeApart } = this.#free;
    return (freeTotal[nameId] ?? 0) + (freeApart[nameId] ?? 0);
  }

  /** Free resources of a name beyond all unmet guarantees; Infinity: none is unmet, so nobody has to leave any headroom. */
  surplus(nameId: number): number {
    const isFrozen = this.#frozen !== undefined;
    if (!(isFrozen ? this.#isOwedWhenFrozen : this.#isOwed)) return Infinity;
    const required = isFrozen ? (this.#frozen?.[nameId] ?? 0) : this.#requiredInRun(nameId);
    return Math.max(0, this.available(nameId) - required);
  }

  /**
   * Until the run ends so much more of a name is required than is missing of guarantees: stage 1 lowers what is required by
   * the guarantee part of offers alone (mesos-allocation.md section 5), and a whole disk may come beside that.
   */
  keepBack(nameId: number, milli: number): void {
    this.#keptBack[nameId] = (this.#keptBack[nameId] ?? 0) + milli;
  }

  get #isOwed(): boolean {
    return this.unmetRoles > 0 || this.#keptBack.length > 0;
  }

  #requiredInRun(nameId: number): number {
    return this.required(nameId) + (this.#keptBack[nameId] ?? 0);
  }

  /** Stage 2 goes by what was required when it began: only stage 1 lowers it (mesos-allocation.md section 5). */
  freezeRequired(): void {
    if (!this.hasGuarantees) return;
    this.#frozen = this.#required.map((_, nameId) => this.#requiredInRun(nameId));
    this.#isOwedWhenFrozen = this.#isOwed;
  }

  /** @returns whether less is required now than stage 2 went by */
  thawRequired(): boolean {
    const frozen = this.#frozen;
    this.#frozen = undefined;
    this.#keptBack.length = 0;
    return frozen?.some((milli, nameId) => milli > this.required(nameId)) === true;
  }

  /** Unreserved mount disks are scalars too: they count, though they are not plain. */
  #accountIndivisible(role: QuotaRole, kindId: number, amount: number, sign: 1 | -1): void {
    const kind = kindOf(kindId);
    if (!isLimited(kind)) return;
    this.#shift(role, 'held', kind.nameId, sign * amount);
  }

  /** Moves the consumption of a role and those above it, and with it the sum of unmet guarantees. */
  #shift(role: QuotaRole, sums: 'reserved' | 'held', nameId: number, amount: number): void {
    for (let at: QuotaRole | undefined = role; at !== undefined; at = at.parent) {
      at[sums][nameId] = (at[sums][nameId] ?? 0) + amount;
      if (at.left[nameId] !== undefined) {
        at.left[nameId] -= amount;
        this.#markFull(at, nameId);
      }
      const missing = at.missing[nameId];
      if (missing !== undefined) {
        at.missing[nameId] = missing - amount;
        this.#countUnmet(at, Number(missing > amount) - Number(missing > 0));
      }
      if (missing !== undefined || at.owedBelow.length > 0) this.#weigh(at, nameId);
    }
  }

  /** Brings what is owed to a role up to date, and with it the sum that the role above goes by. */
  #weigh(role: QuotaRole, nameId: number): void {
    const wanted = Math.max(this.unmet(role, nameId), role.owedBelow[nameId] ?? 0);
    const owed = Math.min(wanted, this.belowLimit(role, nameId));
    const sums = role.parent === undefined ? this.#required : role.parent.owedBelow;
    sums[nameId] = (sums[nameId] ?? 0) + owed - (role.owed[nameId] ?? 0);
    role.owed[nameId] = owed;
  }
}

/** The quota of a role as it was set: amounts by name, in order of name. */
export function quotaOf({ guarantees, limits }: QuotaRole): { guarantees: Quantities; limits: Quantities } {
  return { guarantees: named(guarantees), limits: named(limits) };
}

function named(byId: ReadonlyMap<number, number>): Quantities {
  const entries = [...byId].map(([nameId, milli]) => [nameOf(nameId), milli] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function byNameId(quantities: Quantities, keep: (milli: number) => boolean): Map<number, number> {
  const entries = Object.entries(quantities).filter(([, milli]) => keep(milli));
  return new Map(entries.map(([name, milli]) => [nameIdOf(name), milli]));
}
