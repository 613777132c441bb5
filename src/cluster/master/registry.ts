/**
 * What a master must not forget: weights, quota and its agents (W-5.10). Each change is an effect, `persist`, that comes
 * before the effects which depend on it; a master that begins is told all of it by RECOVER.
 */
import { SECOND, type AgentId, type Micros, type RoleId } from '../ids.js';
import { machineKey, type MachineId, type MaintenanceWindow } from '../maintenance.js';
import type { AgentInfo, MasterEffects, Quantities } from '../protocol.js';
import type { Resources } from '../resources/resources.js';
import { MasterAgent, type Drain } from './agent-table.js';
import type { Control } from './calls.js';
import type { ClusterState } from './cluster-state.js';
import { fromAbove, type Quota } from './policy.js';

/** An agent as a master remembers it. */
export interface AgentEntry {
  readonly info: AgentInfo;
  /** After the conversions that the master knows of: reservations and volumes. */
  readonly total: Resources;
  /** `gone`: it is never let in again (W-5.8). */
  readonly standing: 'admitted' | 'unreachable' | 'gone';
  /** When it came to stand so. */
  readonly sinceUs: Micros;
  readonly deactivated: boolean;
  readonly drain?: Drain;
}

/** With quota, allocation waits for this part of the agents, and no longer than this (mesos-allocation.md section 0). */
const RECOVERY_FRACTION = 0.8;
const LONGEST_RECOVERY_US: Micros = 600 * SECOND;

/** One entry of the registry; it takes the place of the last one about the same role or agent. */
export type RegistryRecord =
  | { readonly type: 'WEIGHT'; readonly role: RoleId; readonly weight: number }
  /** Without amounts: the role has no quota any more. */
  | {
      readonly type: 'QUOTA';
      readonly role: RoleId;
      readonly guarantees: Quantities;
      readonly limits: Quantities;
    }
  | { readonly type: 'AGENT'; readonly agent: AgentId; readonly entry: AgentEntry }
  /** All of the schedule, and which of its machines are down. */
  | {
      readonly type: 'MAINTENANCE';
      readonly windows: readonly MaintenanceWindow[];
      readonly down: readonly MachineId[];
    };

export function persistAgent({ agents }: ClusterState, id: AgentId, out: MasterEffects): void {
  const agent = agents.get(id);
  if (agent === undefined) return;
  const { info, total, state, sinceUs, deactivated, drain } = agent;
  const standing = state === 'gone' ? 'gone' : state === 'lost' ? 'unreachable' : 'admitted';
  const entry = { info, total, standing, sinceUs, deactivated, ...(drain && { drain }) } as const;
  out.persist({ type: 'AGENT', agent: id, entry });
}

/**
 * RECOVER: what the master before remembered, as the first input. Admitted agents are expected back; those that are not
 * back in time are unreachable (W-5.9).
 */
export function recover(
  cluster: ClusterState,
  { records, agentReregisterUs }: Control<'RECOVER'>,
  now: Micros,
  out: MasterEffects,
): void {
  const weights = records.filter((record) => record.type === 'WEIGHT');
  if (weights.length > 0) cluster.allocator.updateWeights(weights);
  let expected = 0;
  const quotas: Quota[] = [];
  for (const record of records) {
    switch (record.type) {
      case 'WEIGHT':
        cluster.weights.set(record.role, record.weight);
        break;
      case 'QUOTA': {
        const { role, guarantees, limits } = record;
        quotas.push({ role, guarantees, limits });
        break;
      }
      case 'MAINTENANCE':
        cluster.maintenance.setWindows(record.windows);
        for (const machine of record.down) cluster.maintenance.down.add(machineKey(machine));
        break;
      case 'AGENT':
        recoverAgent(cluster, record.agent, record.entry);
        if (record.entry.standing === 'admitted') expected++;
        break;
    }
  }
  for (const { role, guarantees, limits } of fromAbove(cluster, quotas)) {
    // Quota of a nested role, and an allocator that knows none: it lies in the registry until one comes that does.
    if (cluster.allocator.setQuota(role, guarantees, limits) !== undefined) continue;
    cluster.quotas.set(role, { guarantees, limits });
  }
  if (expected > 0) out.timer('AGENT_REREGISTRATION', now + agentReregisterUs, 0);
  if (cluster.quotas.size === 0) return;
  cluster.awaitedAgents = Math.floor(expected * RECOVERY_FRACTION);
  if (cluster.awaitedAgents > 0) out.timer('ALLOCATION_RECOVERY', now + LONGEST_RECOVERY_US, 0);
}

/** Enough agents are back, and guarantees no longer rest on the few that came first: allocation may go on. */
export function settleRecovery(cluster: ClusterState): void {
  let registered = 0;
  for (const { state } of cluster.agents) if (state === 'registered') registered++;
  if (registered >= cluster.awaitedAgents) cluster.awaitedAgents = 0;
}

const STATES = { admitted: 'recovered', unreachable: 'lost', gone: 'gone' } as const;

function recoverAgent({ agents }: ClusterState, id: AgentId, entry: AgentEntry): void {
  const agent = new MasterAgent(id, entry.info);
  agent.total = entry.total;
  agent.sinceUs = entry.sinceUs;
  agent.deactivated = entry.deactivated;
  agent.drain = entry.drain;
  agents.put(id, agent);
  agents.move(agent, STATES[entry.standing], false);
}
