import type { Micros } from '../ids.js';
import type { MasterEffects } from '../protocol.js';
import type { MasterAgent } from './agent-table.js';
import type { Control } from './calls.js';
import type { ClusterState } from './cluster-state.js';
import { conversionProblem } from './convert.js';
import { persistAgent } from './registry.js';

type Conversion = Control<'CONVERT_AVAILABLE'>;

/** Why an operator's conversion is not done. `conflict`: it is sound, but not that much is there and unused. */
export interface ConversionRefusal {
  readonly kind: 'invalid' | 'conflict';
  readonly reason: string;
}

/** CONVERT_AVAILABLE: offers of the agent are rescinded, the oldest first, until what is free suffices. */
export function convertAvailable(
  cluster: ClusterState,
  call: Conversion,
  now: Micros,
  out: MasterEffects,
): void {
  if (availableProblem(cluster, call) !== undefined) return;
  const { allocator } = cluster;
  const { agent: id, from, to } = call;
  for (const offer of cluster.offers.where(({ agent }) => agent === id)) {
    if (allocator.available(id).contains(from)) break;
    cluster.rescind(offer, now, out);
  }
  if (allocator.updateAvailable(id, from, to) !== undefined) return;
  const agent = cluster.agents.get(id) as MasterAgent;
  agent.total = agent.total.minus(from).plus(to);
  persistAgent(cluster, id, out);
}

/** The answer to the operator; undefined: it is done. */
export function availableProblem(cluster: ClusterState, call: Conversion): ConversionRefusal | undefined {
  const { agent: id, from, principal } = call;
  const agent = cluster.agents.get(id);
  if (agent?.state !== 'registered') return invalid('no such agent is registered');
  if (from.isEmpty) return invalid('no resources are named');
  const problem = conversionProblem(cluster, agent, { principal, sharing: true }, call);
  if (problem !== undefined) return invalid(problem);
  let free = cluster.allocator.available(id);
  for (const offer of cluster.offers.where((other) => other.agent === id)) free = free.plus(offer.resources);
  if (free.contains(from)) return undefined;
  return { kind: 'conflict', reason: 'not as much of these resources is there and unused (R-7.11)' };
}

function invalid(reason: string): ConversionRefusal {
  return { kind: 'invalid', reason };
}
