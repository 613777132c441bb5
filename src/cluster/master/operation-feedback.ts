import type { MasterEffects } from '../protocol.js';
import type { AgentId, FrameworkId } from '../ids.js';
import type { Conversion, OperationCall, OperationState } from '../operation-feedback.js';
import type { ClusterState } from './cluster-state.js';

/** Tells a framework what became of a conversion, if that carries an id. @param problem undefined: it was done */
export function tellOperation(
  framework: FrameworkId,
  agent: AgentId,
  { id, to }: Conversion,
  problem: string | undefined,
  out: MasterEffects,
): void {
  if (id === undefined) return;
  const outcome =
    problem === undefined
      ? { state: 'OPERATION_FINISHED' as const, converted: to }
      : { state: 'OPERATION_ERROR' as const, message: problem };
  out.toFramework(framework, { type: 'UPDATE_OPERATION_STATUS', id, agent, ...outcome });
}

/**
 * RECONCILE_OPERATIONS. No operation is ever under way, and finished ones are not remembered: what is asked for is unknown,
 * or as lost as its agent.
 */
export function reconcileOperations(cluster: ClusterState, call: OperationCall, out: MasterEffects): void {
  if (cluster.frameworks.connected(call.framework) === undefined) return;
  for (const { id, agent } of call.operations) {
    const state = stateOn(cluster, agent);
    out.toFramework(call.framework, { type: 'UPDATE_OPERATION_STATUS', id, agent, state });
  }
}

function stateOn({ agents }: ClusterState, agent: AgentId): OperationState {
  switch (agents.get(agent)?.state) {
    case 'gone':
      return 'OPERATION_GONE_BY_OPERATOR';
    case 'lost':
      return 'OPERATION_UNREACHABLE';
    case 'recovered':
      return 'OPERATION_RECOVERING';
    default:
      return 'OPERATION_UNKNOWN';
  }
}
