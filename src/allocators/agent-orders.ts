import type { AgentOrderName } from '../cluster/allocator.js';
import type { AgentId } from '../cluster/ids.js';
import { kindOf, type Kind } from '../cluster/resources/kinds.js';
import type { Resources } from '../cluster/resources/resources.js';
import type { AgentPool } from './bookkeeping/agent-pool.js';
import { isReservedAmount } from './bookkeeping/reserved-index.js';

/** Whether who asks may take a kind of reserved resources. */
export type MayUse = (kind: Kind) => boolean;

/** Shuffles in place, Fisher-Yates from the end; draws length - 1 numbers. */
export function shuffle(agents: Int32Array, random: () => number): Int32Array {
  for (let i = agents.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const agent = agents[i];
    agents[i] = agents[j];
    agents[j] = agent;
  }
  return agents;
}

/**
 * Order in which the coarse cycle visits agents; `agents` come in ascending id and may be changed. Best-fit visits the
 * fullest agent first, least-loaded the emptiest, by what is unreserved; ties go to the lower id.
 */
export function visitOrder(
  agents: Int32Array,
  order: AgentOrderName,
  pool: AgentPool,
  random: () => number,
): Int32Array {
  switch (order) {
    case 'random':
      return shuffle(agents, random);
    case 'first-fit':
      return agents;
    case 'best-fit':
      return agents.sort((a, b) => freePart(pool, a, undefined) - freePart(pool, b, undefined) || a - b);
    case 'least-loaded':
      return agents.sort((a, b) => freePart(pool, b, undefined) - freePart(pool, a, undefined) || a - b);
  }
}

/**
 * The agent that an ask goes to among those with room: best-fit leaves least over in the largest dimension,
 * least-loaded leaves most, of what who asks may use; random draws one of those that fit. O(agents).
 */
export function chooseAgent(
  wanted: Resources,
  order: Exclude<AgentOrderName, 'first-fit'>,
  pool: AgentPool,
  accepts: ((agent: AgentId) => boolean) | undefined,
  random: () => number,
  mayUse: MayUse,
): AgentId {
  if (order === 'random') return drawn(wanted, pool, accepts, random);
  const sign = order === 'best-fit' ? 1 : -1;
  let best: AgentId = -1;
  let bestLeft = Infinity;
  let agent = pool.firstFit(wanted, 0, accepts);
  while (agent >= 0) {
    const left = sign * freePart(pool, agent, wanted, mayUse);
    if (left < bestLeft) [best, bestLeft] = [agent, left];
    agent = pool.firstFit(wanted, agent + 1, accepts);
  }
  return best;
}

/** {@link chooseAgent} among agents that are known to fit, in ascending order; `takes` is what each would give. */
export function chooseOf(
  fitting: readonly AgentId[],
  takes: (agent: AgentId) => Resources,
  order: AgentOrderName,
  pool: AgentPool,
  random: () => number,
  mayUse: MayUse,
): AgentId {
  if (fitting.length === 0 || order === 'first-fit') return fitting[0] ?? -1;
  if (order === 'random') return fitting[Math.floor(random() * fitting.length)];
  const sign = order === 'best-fit' ? 1 : -1;
  const left = fitting.map((agent) => sign * freePart(pool, agent, takes(agent), mayUse));
  return fitting[left.indexOf(Math.min(...left))];
}

function drawn(
  wanted: Resources,
  pool: AgentPool,
  accepts: ((agent: AgentId) => boolean) | undefined,
  random: () => number,
): AgentId {
  const fitting: AgentId[] = [];
  let agent = pool.firstFit(wanted, 0, accepts);
  while (agent >= 0) {
    fitting.push(agent);
    agent = pool.firstFit(wanted, agent + 1, accepts);
  }
  return fitting.length === 0 ? -1 : fitting[Math.floor(random() * fitting.length)];
}

/**
 * Largest part of the agent's own capacity of a name that is free, after `wanted` was taken.
 *
 * @param mayUse which reserved resources count, too; absent: none
 */
function freePart(pool: AgentPool, agent: AgentId, wanted: Resources | undefined, mayUse?: MayUse): number {
  const total = pool.info[agent]?.total;
  if (mayUse !== undefined && total?.isPlain === false) {
    const all = usable(total, mayUse);
    const free = usable(pool.available(agent), mayUse);
    const taken = usable(wanted, mayUse);
    const left = (name: number): number => (free.get(name) ?? 0) - (taken.get(name) ?? 0);
    return Math.max(0, ...[...all].map(([name, amount]) => left(name) / amount));
  }
  let largest = 0;
  for (let i = 0; i < (total?.plainCount ?? 0); i++) {
    const name = (total as Resources).kinds[i];
    const free = pool.freeOf(agent, name) - (wanted?.amountOf(name) ?? 0);
    largest = Math.max(largest, free / (total as Resources).amounts[i]);
  }
  return largest;
}

function usable(resources: Resources | undefined, mayUse: MayUse): ReadonlyMap<number, number> {
  const sums = new Map<number, number>();
  resources?.kinds.forEach((id, i) => {
    const kind = kindOf(id);
    if (!kind.plain && !(isReservedAmount(kind) && mayUse(kind))) return;
    sums.set(kind.nameId, (sums.get(kind.nameId) ?? 0) + resources.amounts[i]);
  });
  return sums;
}
