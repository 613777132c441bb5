import type { AgentId } from '../../cluster/ids.js';
import type { AgentInfo } from '../../cluster/protocol.js';
import { CPUS, kindOf, MEM } from '../../cluster/resources/kinds.js';
import { Resources } from '../../cluster/resources/resources.js';
import { AgentTraits } from './agent-traits.js';
import { bagOf, hasMoreThan, isBagOf, isLendable, SharedBags, unshared } from './free-bag.js';
import { FreeColumns } from './free-columns.js';
import { BLOCK } from './free-maxima.js';
import type { ClientId } from './holdings.js';
import { longer } from './longer.js';
import { isReservedAmount, ReservedIndex } from './reserved-index.js';

// What is known of the free resources of an agent, in the low bits of its state.
const UNKNOWN = 0;
/** They are the cached bag. */
const CACHED = 1;
/** The same, it can be lent, and no name is below 0. */
const LENDABLE = 2;
/** There are none: the cached bag is on loan. */
const LENT = 3;
const KNOWN = 3;

/** What others have found out about the cached bag, as bits of the same state: it stays true until another is cached. */
export const NOTE_ENOUGH = 4;
export const NOTE_MARK = 8;

/** The amounts of the bag on loan do not stand in the columns any more. */
const HIDDEN = 16;

/**
 * The goods: what every agent has, and what of it nobody holds.
 *
 * Plain resources lie in columns by name ({@link FreeColumns}). Special resources (reserved, revocable, indivisible, ranges,
 * sets) are immutable bags beside them.
 */
export class AgentPool {
  /** undefined where an id is not in use. */
  readonly info: (AgentInfo | undefined)[] = [];
  /** May be offered: activated and whitelisted. */
  readonly open: boolean[] = [];
  readonly activated: boolean[] = [];
  readonly traits: AgentTraits;
  readonly #free = new FreeColumns();
  /** Sums by name, as there. */
  readonly freeTotal: readonly number[] = this.#free.free;
  readonly freeApart: readonly number[] = this.#free.apart;
  /** The denominator of shares. */
  readonly total: readonly number[] = this.#free.total;

  /** Special resources nobody holds, or that are on loan; shared ones stay in it while held. */
  readonly #special: Resources[] = [];
  /** Special resources that are held beyond what the agent has. */
  readonly #beyond: Resources[] = [];
  readonly #bags = new SharedBags();
  readonly #cached: (Resources | undefined)[] = [];
  #state = new Uint8Array(0);
  /** Who has what is left of an agent on loan, or had it last. */
  #borrower = new Int32Array(0);
  #loanCount = 0;
  /** Loans that are not {@link HIDDEN}. */
  #shownCount = 0;
  /** Told of a loan that becomes a holding like any other. */
  onLoanSettled: ((agent: AgentId, client: ClientId, resources: Resources) => void) | undefined;
  #capacity = 0;

  /** Where free reserved resources are; undefined: nobody asks. */
  readonly reserved: ReservedIndex | undefined;

  /**
   * @param region of the master; undefined: no agent is remote
   * @param hasAsks keep an index of what is reserved, for asks
   */
  constructor(
    readonly region?: string,
    hasAsks = false,
  ) {
    this.traits = new AgentTraits(region);
    this.reserved = hasAsks ? new ReservedIndex() : undefined;
  }

  /** Every name that an agent has had or somebody has held is below it, cpus and mem always. */
  get names(): number {
    return this.#free.columns.length;
  }

  has(agent: AgentId): boolean {
    return this.info[agent] !== undefined;
  }

  /** Puts an agent in place with all its resources free. */
  add(agent: AgentId, info: AgentInfo): void {
    this.#reserve(agent);
    this.info[agent] = info;
    this.open[agent] = true;
    this.activated[agent] = true;
    this.traits.set(agent, info);
    this.#free.countAgent(info.total, 1);
    const { kinds, amounts, plainCount } = info.total;
    for (let i = 0; i < plainCount; i++) this.#set(kinds[i], agent, amounts[i]);
    this.#setSpecial(agent, info.total.specialPart());
  }

  remove(agent: AgentId): void {
    this.settleLoans(agent);
    const info = this.info[agent] as AgentInfo;
    this.#free.countAgent(info.total, -1);
    this.traits.clear(agent);
    for (let name = 0; name < this.names; name++) this.#set(name, agent, 0);
    this.#setBeyond(agent, Resources.EMPTY);
    this.info[agent] = undefined;
    this.#setSpecial(agent, Resources.EMPTY);
    this.open[agent] = false;
    this.activated[agent] = false;
  }

  /** Exchanges the description; what is held stays held, so free amounts move by the difference. */
  update(agent: AgentId, info: AgentInfo): void {
    this.settleLoans(agent);
    const before = this.info[agent] as AgentInfo;
    this.#free.countAgent(before.total, -1);
    this.#free.countAgent(info.total, 1);
    this.traits.set(agent, info);
    const held = this.#heldSpecial(agent);
    this.info[agent] = info;
    for (let name = 0; name < this.names; name++) {
      const change = info.total.amountOf(name) - before.total.amountOf(name);
      if (change !== 0) this.#set(name, agent, this.#free.columns[name][agent] + change);
    }
    this.#holdSpecial(agent, held);
  }

  /** Resources come back to the agent. */
  put(agent: AgentId, resources: Resources): void {
    this.settleLoans(agent);
    if (resources.isCpusMem) {
      this.#set(CPUS, agent, this.#free.columns[CPUS][agent] + resources.cpus);
      this.#set(MEM, agent, this.#free.columns[MEM][agent] + resources.mem);
      return;
    }
    const { kinds, amounts, plainCount } = resources;
    for (let i = 0; i < plainCount; i++) {
      this.#set(kinds[i], agent, this.#free.of(kinds[i])[agent] + amounts[i]);
    }
    if (plainCount === kinds.length) return;
    const back = unshared(resources);
    if (this.#beyond[agent].isEmpty) this.#setSpecial(agent, this.#special[agent].plus(back));
    else this.#holdSpecial(agent, this.#heldSpecial(agent).minus(back));
  }

  /** Somebody gets resources of the agent; shared ones stay. */
  take(agent: AgentId, resources: Resources): void {
    this.settleLoans(agent);
    if (resources.isCpusMem) {
      this.#set(CPUS, agent, this.#free.columns[CPUS][agent] - resources.cpus);
      this.#set(MEM, agent, this.#free.columns[MEM][agent] - resources.mem);
      return;
    }
    const { kinds, amounts, plainCount } = resources;
    for (let i = 0; i < plainCount; i++) {
      this.#set(kinds[i], agent, this.#free.of(kinds[i])[agent] - amounts[i]);
    }
    if (plainCount === kinds.length) return;
    const taken = unshared(resources);
    if (this.#beyond[agent].isEmpty && this.#special[agent].contains(taken)) {
      this.#setSpecial(agent, this.#special[agent].minus(taken));
    } else this.#holdSpecial(agent, this.#heldSpecial(agent).plus(taken));
  }

  /**
   * Lends all that is left to a client that will probably give it back as it is: a loan is a note, and the columns keep the
   * amounts until a search for room comes by, since those of ten thousand agents fit into no cache. The agent
   * {@link isLendable}.
   *
   * @param tab the amounts are added to it, by name id, from a place on; it has room for all names
   */
  lend(agent: AgentId, client: ClientId, tab: Float64Array, from: number): void {
    this.#countLoan(agent, tab, from, 1);
    this.#state[agent] |= LENT;
    this.#borrower[agent] = client;
    this.#loanCount++;
    this.#shownCount++;
  }

  /** The client has this very bag, all that the agent had left, on loan. */
  isLentTo(agent: AgentId, client: ClientId, resources: Resources): boolean {
    const isLent = (this.#state[agent] & KNOWN) === LENT && this.#borrower[agent] === client;
    return isLent && this.#cached[agent] === resources;
  }

  /** Ends a loan. @param tab loses the amounts, from a place on */
  takeBack(agent: AgentId, tab: Float64Array, from: number): void {
    this.#countLoan(agent, tab, from, -1);
    this.#loanCount--;
    if ((this.#state[agent] & HIDDEN) === 0) this.#shownCount--;
    else {
      const { kinds, amounts, plainCount } = this.#cached[agent] as Resources;
      for (let i = 0; i < plainCount; i++) {
        this.#free.columns[kinds[i]][agent] = amounts[i];
        this.#free.maxima.raise(kinds[i], agent, amounts[i]);
      }
    }
    this.#state[agent] &= ~(KNOWN | HIDDEN) | LENDABLE;
  }

  /** A loan comes (sign 1) or goes (-1). */
  #countLoan(agent: AgentId, tab: Float64Array, from: number, sign: 1 | -1): void {
    const { kinds, amounts, plainCount } = this.#cached[agent] as Resources;
    for (let i = 0; i < plainCount; i++) {
      tab[from + kinds[i]] += sign * amounts[i];
      this.#free.free[kinds[i]] -= sign * amounts[i];
    }
  }

  /** Takes what is on loan out of the columns, before somebody looks for room there. */
  #hideLoans(): void {
    if (this.#shownCount === 0) return;
    for (let agent = 0; agent < this.info.length; agent++) this.#hideLoan(agent);
  }

  #hideLoan(agent: AgentId): void {
    if ((this.#state[agent] & (KNOWN | HIDDEN)) !== LENT) return;
    const { kinds, plainCount } = this.#cached[agent] as Resources;
    for (let i = 0; i < plainCount; i++) this.#free.columns[kinds[i]][agent] = 0;
    this.#free.maxima.loosen(agent);
    this.#state[agent] |= HIDDEN;
    this.#shownCount--;
  }

  /** Makes a loan of the agent, or all loans, holdings like any other. */
  settleLoans(agent?: AgentId): void {
    if (this.#loanCount === 0) return;
    if (agent !== undefined) this.#settleLoan(agent);
    else for (let each = 0; each < this.info.length; each++) this.#settleLoan(each);
  }

  #settleLoan(agent: AgentId): void {
    if ((this.#state[agent] & KNOWN) !== LENT) return;
    this.#hideLoan(agent);
    this.#loanCount--;
    this.#state[agent] = UNKNOWN;
    this.#special[agent] = Resources.EMPTY;
    this.onLoanSettled?.(agent, this.#borrower[agent], this.#cached[agent] as Resources);
  }

  /** Reads what lending some agents out takes. @returns something that depends on all of it */
  read(agents: Int32Array, from: number, to: number): number {
    let sum = 0;
    for (let i = from; i < to; i++) {
      const agent = agents[i];
      const bag = this.#cached[agent];
      if (bag !== undefined && bag.plainCount > 0) sum += bag.amounts[0] + this.#borrower[agent];
    }
    return sum;
  }

  /** Something is left, every client may use all of it, its plain part alone counts, and nobody holds more than there is. */
  isLendable(agent: AgentId): boolean {
    if ((this.#state[agent] & KNOWN) === UNKNOWN) this.available(agent);
    return (this.#state[agent] & KNOWN) === LENDABLE;
  }

  hasNote(agent: AgentId, note: number): boolean {
    return (this.#state[agent] & note) !== 0;
  }

  /** Notes something about what {@link available} says, until that is something else. */
  note(agent: AgentId, note: number): void {
    if ((this.#state[agent] & KNOWN) !== UNKNOWN) this.#state[agent] |= note;
  }

  dropNote(agent: AgentId, note: number): void {
    this.#state[agent] &= ~note;
  }

  #heldSpecial(agent: AgentId): Resources {
    const { total } = this.info[agent] as AgentInfo;
    return unshared(total).minus(this.#special[agent]).plus(this.#beyond[agent]);
  }

  /** Finds what is free when so much is held. */
  #holdSpecial(agent: AgentId, held: Resources): void {
    const total = (this.info[agent] as AgentInfo).total.specialPart();
    this.#setBeyond(agent, held.minus(unshared(total)));
    this.#setSpecial(agent, total.minus(held));
  }

  #setBeyond(agent: AgentId, beyond: Resources): void {
    if (beyond.isEmpty && this.#beyond[agent].isEmpty) return;
    this.countApart(this.#beyond[agent], 1);
    this.countApart(beyond, -1);
    this.#beyond[agent] = beyond;
    this.#state[agent] = UNKNOWN;
  }

  #setSpecial(agent: AgentId, special: Resources): void {
    const before = this.#special[agent];
    this.#special[agent] = special;
    if (before !== special) {
      this.#state[agent] = UNKNOWN;
      this.countApart(before, -1);
      this.countApart(special, 1);
      this.reserved?.change(agent, before, special);
    }
  }

  /** Resources that headroom counts beside plain free ones come (sign 1) or go (-1). */
  countApart(resources: Resources, sign: 1 | -1): void {
    this.#free.countApart(resources, sign);
  }

  /** Special resources nobody holds; shared ones whoever holds them. */
  special(agent: AgentId): Resources {
    return (this.#state[agent] & KNOWN) === LENT ? Resources.EMPTY : this.#special[agent];
  }

  /** Free of a name, in milli-units; below 0 where more is held than there is. */
  freeOf(agent: AgentId, name: number): number {
    if ((this.#state[agent] & KNOWN) === LENT) return 0;
    return this.#free.columns[name]?.[agent] ?? 0;
  }

  /** The same with what is reserved for anybody, at least 0. */
  freeWithReserved(agent: AgentId, name: number): number {
    let sum = Math.max(0, this.freeOf(agent, name));
    const { kinds, amounts } = this.special(agent);
    for (let i = 0; i < kinds.length; i++) {
      const kind = kindOf(kinds[i]);
      if (kind.nameId === name && isReservedAmount(kind)) sum += amounts[i];
    }
    return sum;
  }

  /** Everything nobody holds. The same object as last time while nothing changed, so that offers share it. */
  available(agent: AgentId): Resources {
    const known = this.#cached[agent];
    const state = this.#state[agent] & KNOWN;
    if (state === LENDABLE || state === CACHED) return known as Resources;
    if (state === LENT) return Resources.EMPTY;
    const special = this.#special[agent] ?? Resources.EMPTY;
    const { columns } = this.#free;
    if (known !== undefined && isBagOf(known, columns, agent, special)) return this.#cache(agent, known);
    const made = this.#bags.share(bagOf(columns, agent, special));
    if (!this.has(agent)) return made;
    if (!special.isEmpty) this.#special[agent] = made.specialPart();
    return this.#cache(agent, made);
  }

  #cache(agent: AgentId, available: Resources): Resources {
    this.#cached[agent] = available;
    const isWhole = this.#beyond[agent].isEmpty && this.#free.columns.every((column) => column[agent] >= 0);
    this.#state[agent] = isWhole && isLendable(available) ? LENDABLE : CACHED;
    return available;
  }

  isEmpty(agent: AgentId): boolean {
    const state = this.#state[agent] & KNOWN;
    if (state === LENDABLE || state === LENT) return state === LENT;
    for (const column of this.#free.columns) if (column[agent] > 0) return false;
    return this.#special[agent].isEmpty;
  }

  /** Something nobody holds is more than `known` has of it, or special resources are other ones. */
  hasMore(agent: AgentId, known: Resources): boolean {
    const state = this.#state[agent] & KNOWN;
    if (state === LENT) return false;
    if ((state === LENDABLE || state === CACHED) && this.#cached[agent] === known) return false;
    return hasMoreThan(known, this.#free.columns, agent, this.special(agent));
  }

  /** The plain part of `wanted` is free on the agent. */
  fits(agent: AgentId, wanted: Resources): boolean {
    this.#hideLoans();
    return this.#free.maxima.fits(agent, wanted);
  }

  /**
   * Lowest agent id >= `from` with room for the plain part of `wanted` that also passes `accepts`, or -1. Blocks and
   * groups without room are skipped. O(agents / 32) at worst where blocks are full.
   */
  firstFit(wanted: Resources, from: AgentId, accepts: ((agent: AgentId) => boolean) | undefined): AgentId {
    this.#hideLoans();
    return this.#free.maxima.firstFit(wanted, from, this.info.length, this.open, accepts);
  }

  #set(name: number, agent: AgentId, amount: number): void {
    if (this.#free.set(name, agent, amount)) this.#state[agent] = UNKNOWN;
  }

  #reserve(agent: AgentId): void {
    if (agent >= this.#capacity) {
      const unit = BLOCK * BLOCK;
      this.#capacity = Math.max(Math.ceil((agent + 1) / unit) * unit, this.#capacity * 2);
      this.#free.reserve(this.#capacity);
      this.#state = longer(this.#state, this.#capacity);
      this.#borrower = longer(this.#borrower, this.#capacity);
    }
    while (this.info.length <= agent) {
      this.info.push(undefined);
      this.#special.push(Resources.EMPTY);
      this.#beyond.push(Resources.EMPTY);
      this.open.push(false);
      this.activated.push(false);
      this.#cached.push(undefined);
    }
  }
}
