import type { AgentId } from '../../cluster/ids.js';

/** A 32-bit hash of two numbers: murmur3's finaliser, of which every bit depends on each of both. */
export function mixed(hash: number, value: number): number {
  let h = hash ^ Math.imul(value, 0x9e3779b9);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The number that belongs to a place under a seed: as if drawn, uniform in (0, 1), in steps of 2^-32. */
export function uniform(seed: number, place: number): number {
  return ((mixed(seed, place) >>> 0) + 0.5) / 2 ** 32;
}

/**
 * What orders that are drawn by lot begin with: one number is drawn for a run of the allocator, and each of its walks
 * has a seed that follows from this number, from stage and agent. So whom the lot falls on does not depend on who else is
 * looked at or left out, and a restored copy or one that explains goes on with the same orders.
 */
export class Lots {
  /** Drawn for the run, a whole number of 32 bits. */
  run = 0;
  /** Of the walk that is on. */
  stage: 1 | 2 = 1;
  agent: AgentId = -1;
  #random: (() => number) | undefined;

  /** An order is drawn by lot: runs that begin from now on draw their numbers here. */
  drawFrom(random: () => number): void {
    this.#random = random;
  }

  /** A run begins. */
  begin(): void {
    if (this.#random !== undefined) this.run = Math.floor(this.#random() * 2 ** 32);
  }

  /** Of the walk that is on. */
  get seed(): number {
    return mixed(mixed(this.run, this.stage), this.agent);
  }
}
