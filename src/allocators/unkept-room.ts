import type { AgentId } from '../cluster/ids.js';
import type { AgentPool } from './bookkeeping/agent-pool.js';

/** Of one name, by agent. */
interface Column {
  readonly free: Float64Array;
  readonly total: Float64Array;
}

const CLOSED = 0;
const WITH_GPUS = 1;
const COMMON = 2;

/**
 * What every agent has free that is kept for nobody, in columns by name: while guarantees are placed, one role after the other
 * looks at all agents.
 */
export class UnkeptRoom {
  readonly #pool: AgentPool;
  readonly #unkept: (agent: AgentId, name: number) => number;
  readonly #columns = new Map<number, Column>();
  #standing: Uint8Array | undefined;

  /** @param unkept of a name on an agent that may be offered, in milli-units */
  constructor(pool: AgentPool, unkept: (agent: AgentId, name: number) => number) {
    this.#pool = pool;
    this.#unkept = unkept;
  }

  /** Something is kept on the agent, or no longer. */
  changed(agent: AgentId, name: number): void {
    const column = this.#columns.get(name);
    if (column !== undefined) column.free[agent] = this.#unkept(agent, name);
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
    const standing = (this.#standing ??= this.#standings());
    const least = withGpus ? WITH_GPUS : COMMON;
    let best: AgentId = -1;
    let [bestPart, bestLeft, bestSum] = [0, Infinity, 0];
    for (let agent = 0; agent < standing.length; agent++) {
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
      const isBetter =
        part > bestPart || (part === bestPart && (part === 1 ? left < bestLeft : sum > bestSum));
      if (isBetter) [best, bestPart, bestLeft, bestSum] = [agent, part, left, sum];
    }
    return best < 0 ? undefined : { agent: best, part: bestPart };
  }

  #standings(): Uint8Array {
    const { info, open, traits } = this.#pool;
    // Agents with gpus are of use to few frameworks.
    return Uint8Array.from(info, (each, agent) => {
      if (each === undefined || !open[agent]) return CLOSED;
      return traits.hasGpus[agent] ? WITH_GPUS : COMMON;
    });
  }

  #column(name: number): Column {
    let column = this.#columns.get(name);
    if (column === undefined) {
      const { info } = this.#pool;
      column = {
        free: Float64Array.from(info, (_, agent) => this.#unkept(agent, name)),
        total: Float64Array.from(info, (each) => each?.total.amountOf(name) ?? 0),
      };
      this.#columns.set(name, column);
    }
    return column;
  }
}
