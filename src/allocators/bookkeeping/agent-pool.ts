import type { AgentId } from '../../cluster/ids.js';
import type { AgentInfo } from '../../cluster/protocol.js';
import { CPUS, GPUS, isLimited, kindOf, MEM, nameCount } from '../../cluster/resources/kinds.js';
import { Resources } from '../../cluster/resources/resources.js';
import { isReservedAmount, ReservedIndex } from './reserved-index.js';

/** A bit for the names that fit into a small integer, 0 for others. */
export function bitOf(nameId: number): number {
  return nameId < 31 ? 1 << nameId : 0;
}

/** Agents per block of the first-fit index, and blocks per group. */
const BLOCK = 32;

/**
 * The goods: what every agent has, and what of it nobody holds.
 *
 * Plain resources lie in one column per name (`free[name][agent]`, milli-units), with the maximum per block of 32 agents and
 * per group of 32 blocks, so that a search for room skips what is full. Special resources (reserved, revocable, indivisible,
 * ranges, sets) are immutable bags beside them. `free` may be negative where an agent shrank below what is held.
 */
export class AgentPool {
  count = 0;
  /** undefined where an id is not in use. */
  readonly info: (AgentInfo | undefined)[] = [];
  readonly free: Float64Array[] = [];
  /** Special resources nobody holds; shared ones stay in it while held. */
  readonly special: Resources[] = [];
  /** May be offered: activated and whitelisted. */
  readonly open: boolean[] = [];
  readonly activated: boolean[] = [];
  readonly hasGpus: boolean[] = [];
  /** Capabilities that decide who may be offered the agent. */
  readonly multiRole: boolean[] = [];
  readonly hierarchical: boolean[] = [];
  /** In another region than the master. */
  readonly remote: boolean[] = [];
  /** Agents with gpus, and agents that lack a role capability or are remote: 0 lets a search skip the question. */
  gpuAgents = 0;
  limitedAgents = 0;
  /** Sum of positive free plain amounts per name over all agents. */
  readonly freeTotal: number[] = [];
  /** The same of free whole disks, which quota counts too: with it, the headroom there is (mesos-allocation.md section 5). */
  readonly freeWhole: number[] = [];
  /** Sum of all agents' scalars per name: the denominator of shares (R-3.2). */
  readonly total: number[] = [];

  /** Special resources that are held, where it is more than the agent has; else they are what is not free. */
  readonly #heldSpecial: (Resources | undefined)[] = [];
  readonly #blockMax: Float64Array[] = [];
  readonly #groupMax: Float64Array[] = [];
  readonly #cached: (Resources | undefined)[] = [];
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
    this.reserved = hasAsks ? new ReservedIndex() : undefined;
  }

  /** Number of columns; every name seen by the process has one once an agent was added. */
  get names(): number {
    return this.free.length;
  }

  has(agent: AgentId): boolean {
    return this.info[agent] !== undefined;
  }

  /** Puts an agent in place with all its resources free. */
  add(agent: AgentId, info: AgentInfo): void {
    this.#reserve(agent);
    this.info[agent] = { ...info, total: Resources.EMPTY };
    this.#heldSpecial[agent] = undefined;
    this.open[agent] = true;
    this.activated[agent] = true;
    this.#describe(agent, info);
    this.count++;
    this.update(agent, info);
  }

  remove(agent: AgentId): void {
    const info = this.info[agent] as AgentInfo;
    this.#account(info, -1);
    this.#countSpecial(agent, -1);
    for (let name = 0; name < this.names; name++) this.#set(name, agent, 0);
    this.info[agent] = undefined;
    this.#setSpecial(agent, Resources.EMPTY);
    this.open[agent] = false;
    this.activated[agent] = false;
    this.count--;
  }

  /** Exchanges the description; what is held stays held, so free amounts move by the difference. */
  update(agent: AgentId, info: AgentInfo): void {
    const before = this.info[agent] as AgentInfo;
    this.#account(before, -1);
    this.#account(info, 1);
    this.#countSpecial(agent, -1);
    this.#describe(agent, info);
    this.info[agent] = info;
    const heldSpecial = this.#heldSpecial[agent] ?? unshared(before.total).minus(this.special[agent]);
    for (let name = 0; name < this.names; name++) {
      const change = info.total.amountOf(name) - before.total.amountOf(name);
      this.#set(name, agent, this.free[name][agent] + change);
    }
    this.#holdSpecial(agent, heldSpecial);
  }

  /** Resources come back to the agent. */
  put(agent: AgentId, resources: Resources): void {
    if (resources.isCpusMem) {
      this.#set(CPUS, agent, this.free[CPUS][agent] + resources.cpus);
      this.#set(MEM, agent, this.free[MEM][agent] + resources.mem);
      return;
    }
    const { kinds, amounts, plainCount } = resources;
    for (let i = 0; i < plainCount; i++) {
      const column = this.#column(kinds[i]);
      this.#set(kinds[i], agent, column[agent] + amounts[i]);
    }
    if (plainCount === kinds.length) return;
    const back = unshared(resources);
    const held = this.#heldSpecial[agent];
    if (held === undefined) this.#setSpecial(agent, this.special[agent].plus(back));
    else this.#holdSpecial(agent, held.minus(back));
  }

  /** Somebody gets resources of the agent; shared ones stay. */
  take(agent: AgentId, resources: Resources): void {
    if (resources.isCpusMem) {
      this.#set(CPUS, agent, this.free[CPUS][agent] - resources.cpus);
      this.#set(MEM, agent, this.free[MEM][agent] - resources.mem);
      return;
    }
    const { kinds, amounts, plainCount } = resources;
    for (let i = 0; i < plainCount; i++) {
      const column = this.#column(kinds[i]);
      this.#set(kinds[i], agent, column[agent] - amounts[i]);
    }
    if (plainCount === kinds.length) return;
    const taken = unshared(resources);
    const special = this.special[agent];
    if (this.#heldSpecial[agent] === undefined && special.contains(taken)) {
      this.#setSpecial(agent, special.minus(taken));
      return;
    }
    const total = (this.info[agent] as AgentInfo).total;
    this.#holdSpecial(agent, (this.#heldSpecial[agent] ?? unshared(total).minus(special)).plus(taken));
  }

  /** Finds what is free when so much is held. */
  #holdSpecial(agent: AgentId, held: Resources): void {
    const total = (this.info[agent] as AgentInfo).total.specialPart();
    this.#heldSpecial[agent] = unshared(total).contains(held) ? undefined : held;
    this.#setSpecial(agent, total.minus(held));
  }

  #setSpecial(agent: AgentId, special: Resources): void {
    const before = this.special[agent];
    this.special[agent] = special;
    if (before !== special) {
      this.#countWhole(before, -1);
      this.#countWhole(special, 1);
      this.reserved?.change(agent, before, special);
    }
  }

  #countWhole(special: Resources, sign: 1 | -1): void {
    for (let i = 0; i < special.kinds.length; i++) {
      const kind = kindOf(special.kinds[i]);
      if (!isLimited(kind)) continue;
      this.freeWhole[kind.nameId] = (this.freeWhole[kind.nameId] ?? 0) + sign * special.amounts[i];
    }
  }

  /** Free of a name, what is reserved for anybody included. */
  freeWithReserved(agent: AgentId, name: number): number {
    let sum = Math.max(0, this.free[name][agent]);
    const special = this.special[agent];
    for (let i = 0; i < special.kinds.length; i++) {
      const kind = kindOf(special.kinds[i]);
      if (kind.nameId === name && isReservedAmount(kind)) sum += special.amounts[i];
    }
    return sum;
  }

  /** Everything nobody holds. The same object as last time while nothing changed, so that offers share it. */
  available(agent: AgentId): Resources {
    const known = this.#cached[agent];
    if (known !== undefined && this.#isCurrent(agent, known)) return known;
    const special = this.special[agent] ?? Resources.EMPTY;
    const kinds: number[] = [];
    const amounts: number[] = [];
    for (let name = 0; name < this.names; name++) {
      const amount = this.free[name][agent];
      if (amount > 0) {
        kinds.push(name);
        amounts.push(amount);
      }
    }
    const made = Resources.joined(new Resources(kinds, amounts), special);
    this.#cached[agent] = made;
    return made;
  }

  /** The names of which something is free, a bit per name id; 0 when not all that is free is plain and has a bit. */
  plainNames(agent: AgentId): number {
    if (!this.special[agent].isEmpty) return 0;
    let names = 0;
    for (let name = 0; name < this.names; name++) {
      if (this.free[name][agent] <= 0) continue;
      if (bitOf(name) === 0) return 0;
      names |= bitOf(name);
    }
    return names;
  }

  isEmpty(agent: AgentId): boolean {
    for (let name = 0; name < this.names; name++) if (this.free[name][agent] > 0) return false;
    return this.special[agent].isEmpty;
  }

  /** The plain part of `wanted` is free on the agent. */
  fits(agent: AgentId, wanted: Resources): boolean {
    if (wanted.isCpusMem) {
      return this.free[CPUS][agent] >= wanted.cpus && this.free[MEM][agent] >= wanted.mem;
    }
    const { kinds, amounts, plainCount } = wanted;
    for (let i = 0; i < plainCount; i++) {
      const column = this.free[kinds[i]];
      if (column === undefined || column[agent] < amounts[i]) return false;
    }
    return true;
  }

  /**
   * Lowest agent id >= `from` with room for the plain part of `wanted` that also passes `accepts`, or -1. Blocks and
   * groups without room are skipped. O(agents / 32) at worst where blocks are full.
   */
  firstFit(wanted: Resources, from: AgentId, accepts: ((agent: AgentId) => boolean) | undefined): AgentId {
    const { kinds, amounts, plainCount } = wanted;
    for (let i = 0; i < plainCount; i++) if (this.free[kinds[i]] === undefined) return -1;
    if (plainCount === 0) return this.#firstOpen(from, accepts);
    // Two names are compared in the loops; further ones (disk, gpus) only where these fit.
    const second = plainCount > 1 ? 1 : 0;
    const freeA = this.free[kinds[0]];
    const freeB = this.free[kinds[second]];
    const blockA = this.#blockMax[kinds[0]];
    const blockB = this.#blockMax[kinds[second]];
    const groupA = this.#groupMax[kinds[0]];
    const groupB = this.#groupMax[kinds[second]];
    const needA = amounts[0];
    const needB = amounts[second];
    const blocks = Math.ceil(this.info.length / BLOCK);
    let block = Math.floor(from / BLOCK);
    let agent = from;
    while (block < blocks) {
      const group = (block / BLOCK) | 0;
      if (groupA[group] < needA || groupB[group] < needB) {
        block = (group + 1) * BLOCK;
        agent = block * BLOCK;
        continue;
      }
      const groupEnd = Math.min((group + 1) * BLOCK, blocks);
      for (; block < groupEnd; block++, agent = block * BLOCK) {
        if (blockA[block] < needA || blockB[block] < needB) continue;
        const end = Math.min((block + 1) * BLOCK, this.info.length);
        for (; agent < end; agent++) {
          if (freeA[agent] < needA || freeB[agent] < needB) continue;
          if (!this.open[agent] || (plainCount > 2 && !this.fits(agent, wanted))) continue;
          if (accepts === undefined || accepts(agent)) return agent;
        }
      }
    }
    return -1;
  }

  #describe(agent: AgentId, info: AgentInfo): void {
    this.hasGpus[agent] = holdsGpus(info);
    this.multiRole[agent] = info.capabilities.includes('MULTI_ROLE');
    this.hierarchical[agent] = info.capabilities.includes('HIERARCHICAL_ROLE');
    const { region } = this;
    this.remote[agent] = region !== undefined && info.domain !== undefined && info.domain.region !== region;
    this.#countSpecial(agent, 1);
  }

  #countSpecial(agent: AgentId, sign: 1 | -1): void {
    if (this.hasGpus[agent]) this.gpuAgents += sign;
    if (!this.multiRole[agent] || !this.hierarchical[agent] || this.remote[agent]) this.limitedAgents += sign;
  }

  #firstOpen(from: AgentId, accepts: ((agent: AgentId) => boolean) | undefined): AgentId {
    for (let agent = from; agent < this.info.length; agent++) {
      if (this.open[agent] && (accepts === undefined || accepts(agent))) return agent;
    }
    return -1;
  }

  #isCurrent(agent: AgentId, known: Resources): boolean {
    if (known.specialPart() !== this.special[agent]) return false;
    let at = 0;
    for (let name = 0; name < this.names; name++) {
      const amount = this.free[name][agent];
      if (amount <= 0) continue;
      if (known.kinds[at] !== name || known.amounts[at] !== amount) return false;
      at++;
    }
    return at === known.plainCount;
  }

  #account(info: AgentInfo, sign: 1 | -1): void {
    info.total.forEachScalar((name, milli) => {
      this.#column(name);
      this.total[name] += sign * milli;
    });
  }

  #set(name: number, agent: AgentId, amount: number): void {
    const column = this.free[name];
    const before = column[agent];
    if (before === amount) return;
    column[agent] = amount;
    this.freeTotal[name] += Math.max(amount, 0) - Math.max(before, 0);
    const block = (agent / BLOCK) | 0;
    const blockMax = this.#blockMax[name];
    const beforeMax = blockMax[block];
    if (amount > beforeMax) blockMax[block] = amount;
    else if (before === beforeMax) blockMax[block] = maximum(column, block * BLOCK);
    else return;
    if (blockMax[block] === beforeMax) return;
    const group = (block / BLOCK) | 0;
    const groupMax = this.#groupMax[name];
    if (blockMax[block] > groupMax[group]) groupMax[group] = blockMax[block];
    else if (groupMax[group] === beforeMax) groupMax[group] = maximum(blockMax, group * BLOCK);
  }

  #column(name: number): Float64Array {
    if (name >= this.free.length) this.#widen();
    return this.free[name];
  }

  #widen(): void {
    while (this.free.length < nameCount()) {
      this.free.push(new Float64Array(this.#capacity));
      this.#blockMax.push(new Float64Array(this.#capacity / BLOCK));
      this.#groupMax.push(new Float64Array(this.#capacity / BLOCK / BLOCK));
      this.freeTotal.push(0);
      this.total.push(0);
    }
  }

  #reserve(agent: AgentId): void {
    if (agent >= this.#capacity) {
      const unit = BLOCK * BLOCK;
      this.#capacity = Math.max(Math.ceil((agent + 1) / unit) * unit, this.#capacity * 2);
      for (let name = 0; name < this.names; name++) {
        this.free[name] = grown(this.free[name], this.#capacity);
        this.#blockMax[name] = grown(this.#blockMax[name], this.#capacity / BLOCK);
        this.#groupMax[name] = grown(this.#groupMax[name], this.#capacity / BLOCK / BLOCK);
      }
    }
    while (this.info.length <= agent) {
      this.info.push(undefined);
      this.special.push(Resources.EMPTY);
      this.#heldSpecial.push(Resources.EMPTY);
      this.open.push(false);
      this.activated.push(false);
      this.hasGpus.push(false);
      this.#cached.push(undefined);
    }
  }
}

/** Special resources but for shared ones, which stay free while held. */
function unshared(resources: Resources): Resources {
  return resources.specialPart().filter((kind) => !kind.shared);
}

function holdsGpus(info: AgentInfo): boolean {
  let found = false;
  info.total.forEachScalar((name) => (found ||= name === GPUS));
  return found;
}

function maximum(values: Float64Array, from: number): number {
  let best = values[from];
  for (let i = from + 1; i < from + BLOCK; i++) if (values[i] > best) best = values[i];
  return best;
}

function grown(values: Float64Array, length: number): Float64Array {
  const longer = new Float64Array(length);
  longer.set(values);
  return longer;
}
