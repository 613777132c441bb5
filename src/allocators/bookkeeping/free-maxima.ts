import { CPUS, MEM } from '../../cluster/resources/kinds.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { longer } from './longer.js';

/** Agents per block, and blocks per group. */
export const BLOCK = 32;

/**
 * The most that is free on one agent of each block of 32 agents and on one of each group of 32 blocks, per name: a search for
 * room skips what is full. A maximum is never too low; it may be too high in blocks that are loose.
 */
export class FreeMaxima {
  /** Per name, then per block or group. */
  readonly block: Float64Array[] = [];
  readonly group: Float64Array[] = [];
  /** 1: whole agents of the block were taken since its maxima were exact. */
  loose = new Uint8Array(0);
  readonly #free: readonly Float64Array[];

  /** @param free a column of agents per name, kept by the caller */
  constructor(free: readonly Float64Array[]) {
    this.#free = free;
  }

  /** Makes room for so many agents, a multiple of 1,024, and for all names that there are columns of. */
  reserve(agents: number): void {
    for (let name = 0; name < this.#free.length; name++) {
      this.block[name] = longer(this.block[name] ?? new Float64Array(0), agents / BLOCK);
      this.group[name] = longer(this.group[name] ?? new Float64Array(0), agents / BLOCK / BLOCK);
    }
    this.loose = longer(this.loose, agents / BLOCK);
  }

  /** The plain part of `wanted` is free on the agent. */
  fits(agent: number, wanted: Resources): boolean {
    if (wanted.isCpusMem) {
      return this.#free[CPUS][agent] >= wanted.cpus && this.#free[MEM][agent] >= wanted.mem;
    }
    const { kinds, amounts, plainCount } = wanted;
    for (let i = 0; i < plainCount; i++) {
      const column = this.#free[kinds[i]];
      if (column === undefined || column[agent] < amounts[i]) return false;
    }
    return true;
  }

  /**
   * Lowest agent from `from` to before `agents` that is open, has room for the plain part of `wanted`, and passes `accepts`;
   * -1: none.
   */
  firstFit(
    wanted: Resources,
    from: number,
    agents: number,
    open: readonly boolean[],
    accepts: ((agent: number) => boolean) | undefined,
  ): number {
    const { kinds, amounts, plainCount } = wanted;
    if (plainCount === 0) return firstOpen(from, agents, open, accepts);
    for (let i = 0; i < plainCount; i++) if (this.#free[kinds[i]] === undefined) return -1;
    // Two names are compared in the loops; further ones (disk, gpus) only where these fit.
    const second = plainCount > 1 ? 1 : 0;
    const freeA = this.#free[kinds[0]];
    const freeB = this.#free[kinds[second]];
    const { block: blockMax, group: groupMax, loose } = this;
    const blockA = blockMax[kinds[0]];
    const blockB = blockMax[kinds[second]];
    const groupA = groupMax[kinds[0]];
    const groupB = groupMax[kinds[second]];
    const needA = amounts[0];
    const needB = amounts[second];
    const blocks = Math.ceil(agents / BLOCK);
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
        if (loose[block] === 1) {
          this.tighten(block);
          if (blockA[block] < needA || blockB[block] < needB) continue;
        }
        const end = Math.min((block + 1) * BLOCK, agents);
        for (; agent < end; agent++) {
          if (freeA[agent] < needA || freeB[agent] < needB) continue;
          if (!open[agent] || (plainCount > 2 && !this.fits(agent, wanted))) continue;
          if (accepts === undefined || accepts(agent)) return agent;
        }
      }
    }
    return -1;
  }

  /** The column changed for the agent. */
  changed(name: number, agent: number, before: number, amount: number): void {
    const block = (agent / BLOCK) | 0;
    const blockMax = this.block[name];
    const beforeMax = blockMax[block];
    if (amount > beforeMax) blockMax[block] = amount;
    else if (before === beforeMax) blockMax[block] = maximum(this.#free[name], block * BLOCK);
    else return;
    if (blockMax[block] === beforeMax) return;
    const group = (block / BLOCK) | 0;
    const groupMax = this.group[name];
    if (blockMax[block] > groupMax[group]) groupMax[group] = blockMax[block];
    else if (groupMax[group] === beforeMax) groupMax[group] = maximum(blockMax, group * BLOCK);
  }

  /** All that the agent had is gone, probably not for long. */
  loosen(agent: number): void {
    this.loose[(agent / BLOCK) | 0] = 1;
  }

  /** What was gone is there again: no maximum that was loose in between was too low. */
  raise(name: number, agent: number, amount: number): void {
    const block = (agent / BLOCK) | 0;
    if (amount > this.block[name][block]) this.block[name][block] = amount;
    const group = (block / BLOCK) | 0;
    if (amount > this.group[name][group]) this.group[name][group] = amount;
  }

  /** Makes the maxima of a block exact. */
  tighten(block: number): void {
    this.loose[block] = 0;
    const group = (block / BLOCK) | 0;
    for (let name = 0; name < this.block.length; name++) {
      this.block[name][block] = maximum(this.#free[name], block * BLOCK);
      this.group[name][group] = maximum(this.block[name], group * BLOCK);
    }
  }
}

function firstOpen(
  from: number,
  agents: number,
  open: readonly boolean[],
  accepts: ((agent: number) => boolean) | undefined,
): number {
  for (let agent = from; agent < agents; agent++) {
    if (open[agent] && (accepts === undefined || accepts(agent))) return agent;
  }
  return -1;
}

function maximum(values: Float64Array, from: number): number {
  let best = values[from];
  for (let i = from + 1; i < from + BLOCK; i++) if (values[i] > best) best = values[i];
  return best;
}
