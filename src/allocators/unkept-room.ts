import type { AgentId } from '../cluster/ids.js';
import type { AgentPool } from './bookkeeping/agent-pool.js';

/** Agents in a block. */
const BLOCK = 64;

/** Of one name: by agent, and by block what bounds those of its agents that are open. */
interface Column {
  readonly free: Float64Array;
  readonly total: Float64Array;
  readonly mostFree: Float64Array;
  readonly leastFree: Float64Array;
  readonly mostTotal: Float64Array;
}

const CLOSED = 0;
const WITH_GPUS = 1;
const COMMON = 2;

/**
 * What every agent has free that is kept for nobody, in columns by name: while guarantees are placed, one role after the other
 * looks for an agent. It looks at agents of those blocks alone in which a better one than the best so far may be.
 */
export class UnkeptRoom {
  readonly #pool: AgentPool;
  readonly #unkept: (agent: AgentId, name: number) => number;
  readonly #columns = new Map<number, Column>();
  readonly #standing: Uint8Array;

  /** @param unkept of a name on an agent that may be offered, in milli-units */
  constructor(pool: AgentPool, unkept: (agent: AgentId, name: number) => number) {
    this.#pool = pool;
    this.#unkept = unkept;
    this.#standing = standings(pool);
  }

  /** Something is kept on the agent, or no longer. */
  changed(agent: AgentId, name: number): void {
    const column = this.#columns.get(name);
    if (column === undefined) return;
    column.free[agent] = this.#unkept(agent, name);
    this.#bound(column, Math.floor(agent / BLOCK));
  }

  /**
   * The agent that holds all of these amounts with the least left over of the name of which most is, else the one that holds
   * the greatest part of each, else the one with the greatest sum of such parts. The lowest id among equals.
   *
   * @param withGpus agents with gpus, too
   * @returns which part of every amount it holds, at most 1; undefined: nowhere is anything
   */
  best(
    wanted: ReadonlyMap<number, number>,
    withGpus: boolean,
  ): { readonly agent: AgentId; readonly part: number } | undefined {
    const amounts = [...wanted.values()];
    const columns = [...wanted.keys()].map((name) => this.#column(name));
    const standing = this.#standing;
    const least = withGpus ? WITH_GPUS : COMMON;
    let best: AgentId = -1;
    let [bestPart, bestLeft, bestSum] = [0, Infinity, 0];
    for (let from = 0; from < standing.length; from += BLOCK) {
      const block = from / BLOCK;
      // Bounds, each no worse than the figure of any agent of the block, as it is rounded like theirs.
      let [mostPart, leastLeft, mostSum] = [1, 0, 0];
      for (let i = 0; i < amounts.length; i++) {
        const { mostFree, leastFree, mostTotal } = columns[i];
        const held = mostFree[block] / amounts[i];
        if (held < mostPart) mostPart = held;
        mostSum += held < 1 ? held : 1;
        const total = mostTotal[block];
        if (total > 0) leastLeft = Math.max(leastLeft, (leastFree[block] - amounts[i]) / total);
      }
      if (!isBetter(mostPart, leastLeft, mostSum, bestPart, bestLeft, bestSum)) continue;
      const to = Math.min(from + BLOCK, standing.length);
      for (let agent = from; agent < to; agent++) {
        if (standing[agent] < least) continue;
        let [part, left, sum] = [1, 0, 0];
        for (let i = 0; i < amounts.length; i++) {
          const amount = amounts[i];
          const free = columns[i].free[agent];
          const total = columns[i].total[agent];
          const held = free / amount;
          if (held < part) part = held;
          sum += held < 1 ? held : 1;
          if (total > 0) left = Math.max(left, (free - amount) / total);
          // It can get no better than the best so far.
          if (part < bestPart || (bestPart === 1 && left >= bestLeft)) break;
        }
        if (isBetter(part, left, sum, bestPart, bestLeft, bestSum)) {
          [best, bestPart, bestLeft, bestSum] = [agent, part, left, sum];
        }
      }
    }
    return best < 0 ? undefined : { agent: best, part: bestPart };
  }

  #column(name: number): Column {
    let column = this.#columns.get(name);
    if (column === undefined) {
      const { info } = this.#pool;
      const blocks = Math.ceil(info.length / BLOCK);
      column = {
        free: Float64Array.from(info, (_, agent) => this.#unkept(agent, name)),
        total: Float64Array.from(info, (each) => each?.total.amountOf(name) ?? 0),
        mostFree: new Float64Array(blocks),
        leastFree: new Float64Array(blocks),
        mostTotal: new Float64Array(blocks),
      };
      for (let block = 0; block < blocks; block++) this.#bound(column, block);
      this.#columns.set(name, column);
    }
    return column;
  }

  #bound({ free, total, mostFree, leastFree, mostTotal }: Column, block: number): void {
    const to = Math.min((block + 1) * BLOCK, free.length);
    let [most, least, size] = [0, Infinity, 0];
    for (let agent = block * BLOCK; agent < to; agent++) {
      if (this.#standing[agent] === CLOSED) continue;
      most = Math.max(most, free[agent]);
      least = Math.min(least, free[agent]);
      size = Math.max(size, total[agent]);
    }
    mostFree[block] = most;
    leastFree[block] = least;
    mostTotal[block] = size;
  }
}

function standings({ info, open, traits }: AgentPool): Uint8Array {
  // Agents with gpus are of use to few frameworks.
  return Uint8Array.from(info, (each, agent) => {
    if (each === undefined || !open[agent]) return CLOSED;
    return traits.hasGpus[agent] ? WITH_GPUS : COMMON;
  });
}

/** The greater part of each amount, then the least left over where that is all, else the greater sum of parts. */
function isBetter(
  part: number,
  left: number,
  sum: number,
  bestPart: number,
  bestLeft: number,
  bestSum: number,
): boolean {
  return part > bestPart || (part === bestPart && (part === 1 ? left < bestLeft : sum > bestSum));
}
