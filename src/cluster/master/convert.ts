import type { MasterEffects } from '../protocol.js';
import { growVolume, popReservation, shrinkVolume, withoutVolume } from '../resources/conversions.js';
import {
  createProblem,
  destroyProblem,
  growProblem,
  moveProblem,
  reserveProblem,
  shrinkProblem,
  unreserveProblem,
  type Reserver,
} from '../resources/operation-rules.js';
import type { Kind } from '../resources/kinds.js';
import { Resources } from '../resources/resources.js';
import type { Acceptance } from './accept.js';
import type { MasterAgent } from './agent-table.js';
import type { OperationOf } from './calls.js';
import type { ClusterState } from './cluster-state.js';
import { persistAgent } from './registry.js';

/**
 * RESERVE, UNRESERVE, CREATE, DESTROY, GROW_VOLUME or SHRINK_VOLUME: turns a part of the pool into something else, at
 * once, so that later operations of the same ACCEPT can use it. One that is not allowed is dropped.
 *
 * @returns why it was not done; undefined: it was
 */
export function convert(
  cluster: ClusterState,
  acceptance: Acceptance,
  operation: OperationOf<'CONVERT'>,
  out: MasterEffects,
): string | undefined {
  const { from, to } = operation;
  const { agent, framework, offer } = acceptance;
  const { pool, allocator } = cluster;
  if (operation.problem !== undefined) return operation.problem;
  if (from.isEmpty) return 'the operation names no resources';
  if (operation.role !== undefined && operation.role !== offer.role)
    return 'the operation is of resources of another role than was offered to (R-5.6)';
  if (!pool.contains(from)) return 'the operation is of more than was offered (R-7.4)';
  const problem =
    conversionProblem(cluster, agent, converterOf(cluster, acceptance), operation) ??
    allocator.updateAllocation(framework.id, offer.role, agent.id, from, to);
  if (problem !== undefined) return problem;
  pool.take(from);
  agent.total = agent.total.minus(from).plus(to);
  persistAgent(cluster, agent.id, out);
  // What was resized is not for the operations that follow: it is free again at once.
  const isResized = operation.name === 'GROW_VOLUME' || operation.name === 'SHRINK_VOLUME';
  if (isResized) allocator.recover(framework.id, offer.role, agent.id, to);
  else pool.add(to);
  return undefined;
}

/** Who converts: the framework that was offered the resources, or an operator. */
export interface Converter {
  readonly principal: string | undefined;
  readonly sharing: boolean;
  readonly framework?: Reserver['framework'];
}

/** Why the operation is not what its name says, or not allowed. */
export function conversionProblem(
  cluster: ClusterState,
  agent: MasterAgent,
  { principal, sharing, framework }: Converter,
  { name, from, to }: Pick<OperationOf<'CONVERT'>, 'name' | 'from' | 'to'>,
): string | undefined {
  switch (name) {
    case 'RESERVE': {
      const problem = reserveProblem(to, { principal, framework });
      if (problem !== undefined || popReservation(to).equals(from)) return problem;
      // A framework reserves only what is not reserved yet.
      return framework === undefined
        ? (unreserveProblem(from) ?? moveProblem(from, to))
        : 'a framework reserves only what is not reserved in another way (R-1.16)';
    }
    case 'UNRESERVE':
      return unreserveProblem(from) ?? mismatch(popReservation(from), to);
    case 'CREATE': {
      const problem = createProblem(to, agent.total, { principal, sharing });
      return problem ?? mismatch(withoutVolume(to), from);
    }
    case 'DESTROY': {
      const problem = destroyProblem(from, agent.total, inUse(cluster, agent.id, framework !== undefined));
      return problem ?? mismatch(withoutVolume(from), to);
    }
    case 'GROW_VOLUME': {
      const volume = from.filter(isVolume);
      const addition = from.minus(volume);
      return growProblem(volume, addition) ?? mismatch(growVolume(volume, addition), to);
    }
    case 'SHRINK_VOLUME': {
      const freedMilli = from.amounts[0] - (to.filter(isVolume).amounts[0] ?? 0);
      return shrinkProblem(from, freedMilli) ?? mismatch(shrinkVolume(from, freedMilli), to);
    }
  }
}

function converterOf(cluster: ClusterState, { framework: { info }, offer }: Acceptance): Converter {
  const roles = info.roles.map((role) => cluster.roles.path(role));
  return {
    principal: info.principal,
    sharing: info.capabilities.includes('SHARED_RESOURCES'),
    framework: { roles, allocationRole: cluster.roles.path(offer.role) },
  };
}

function mismatch(expected: Resources, actual: Resources): string | undefined {
  return expected.equals(actual)
    ? undefined
    : 'the operation makes something else of these resources (R-7.13)';
}

function isVolume(kind: Kind): boolean {
  return kind.volume !== undefined;
}

/** What tasks use on the agent, and what other offers hold of it: an operator takes those back. */
function inUse(cluster: ClusterState, agent: number, countsOffers: boolean): Resources {
  let sum = Resources.EMPTY;
  for (const task of cluster.tasks.onAgent(agent)) {
    if (cluster.tasks.holds(task)) sum = sum.plus(cluster.tasks.resourcesOf(task));
  }
  if (!countsOffers) return sum;
  for (const offer of cluster.offers.where((other) => other.agent === agent)) {
    sum = sum.plus(offer.resources);
  }
  return sum;
}
