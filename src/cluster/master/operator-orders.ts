import type { Micros } from '../ids.js';
import type { OperatorInput } from '../operator-input.js';
import type { MasterEffects } from '../protocol.js';
import { setDeactivated } from './agent-lifecycle.js';
import type { ClusterState } from './cluster-state.js';
import { convertAvailable } from './convert-available.js';
import { drainAgent } from './drain.js';
import { startMaintenance, stopMaintenance, updateSchedule } from './maintenance.js';
import { updateQuota, updateWeights } from './policy.js';

/** Does what an operator wants; what makes no sense has no effect. */
export function takeOrder(
  cluster: ClusterState,
  input: OperatorInput,
  now: Micros,
  out: MasterEffects,
): void {
  switch (input.type) {
    case 'DEACTIVATE_AGENT':
      setDeactivated(cluster, input.agent, true, now, out);
      return;
    case 'REACTIVATE_AGENT':
      setDeactivated(cluster, input.agent, false, now, out);
      return;
    case 'UPDATE_WEIGHTS':
      updateWeights(cluster, input, now, out);
      return;
    case 'UPDATE_QUOTA':
      updateQuota(cluster, input, now, out);
      return;
    case 'CONVERT_AVAILABLE':
      convertAvailable(cluster, input, now, out);
      return;
    case 'UPDATE_MAINTENANCE_SCHEDULE':
      updateSchedule(cluster, input, now, out);
      return;
    case 'START_MAINTENANCE':
      startMaintenance(cluster, input, now, out);
      return;
    case 'STOP_MAINTENANCE':
      stopMaintenance(cluster, input, now, out);
      return;
    case 'DRAIN_AGENT':
      drainAgent(cluster, input, now, out);
      return;
  }
}
