import type { Digest } from '../digest.js';
import type { AgentId, Micros } from '../ids.js';
import { InverseOfferBook } from '../inverse-offers.js';
import {
  machineKey,
  type InverseOffer,
  type InverseOfferCall,
  type MachineId,
  type MaintenanceWindow,
  type Unavailability,
} from '../maintenance.js';
import type { AgentInfo, MasterEffects } from '../protocol.js';
import { loseAgent } from './agent-lifecycle.js';
import type { MasterAgent } from './agent-table.js';
import { refuseTime, type Control } from './calls.js';
import type { ClusterState } from './cluster-state.js';

/** The schedule, the machines that are down, and the inverse offers. */
export class Maintenance {
  windows: readonly MaintenanceWindow[] = [];
  /** Keys of machines that are down; the others of the schedule are being drained. */
  readonly down = new Set<string>();
  readonly inverse = new InverseOfferBook();
  #unavailability = new Map<string, Unavailability>();

  setWindows(windows: readonly MaintenanceWindow[]): void {
    this.windows = windows;
    this.#unavailability = new Map(
      windows.flatMap(({ machines, unavailability }) =>
        machines.map((machine): [string, Unavailability] => [machineKey(machine), unavailability]),
      ),
    );
  }

  /** All machines of the schedule, in its order. */
  get machines(): MachineId[] {
    return this.windows.flatMap(({ machines }) => machines);
  }

  isScheduled(machine: MachineId): boolean {
    return this.#unavailability.has(machineKey(machine));
  }

  isDown(machine: MachineId): boolean {
    return this.down.has(machineKey(machine));
  }

  mixInto(digest: Digest): void {
    for (const { machines, unavailability } of this.windows) {
      for (const machine of machines) digest.text(`${machineKey(machine)} ${this.isDown(machine)}`);
      digest.double(unavailability.startUs);
      digest.double(unavailability.durationUs ?? -1);
    }
    this.inverse.mixInto(digest);
  }

  /** What an agent says of itself, with what the schedule says of its machine. */
  described(info: AgentInfo): AgentInfo {
    const { unavailability: _known, ...rest } = info;
    const unavailability = this.#unavailability.get(machineKey(info));
    return unavailability === undefined ? rest : { ...rest, unavailability };
  }
}

// ---------------------------------------------------------------------------------------------------- the schedule

/** Why this schedule is refused (the answer to the operator); undefined: it is not. */
export function scheduleProblem(
  { maintenance }: ClusterState,
  { windows }: Control<'UPDATE_MAINTENANCE_SCHEDULE'>,
): string | undefined {
  const seen = new Set<string>();
  for (const { machines, unavailability } of windows) {
    if (machines.length === 0) return 'a window of the schedule has no machines';
    const { startUs, durationUs = 0 } = unavailability;
    if (!Number.isFinite(startUs)) return 'the start of a window is no time';
    if (!(durationUs >= 0)) return 'the duration of a window is below 0';
    for (const machine of machines) {
      const problem = machineProblem(machine);
      if (problem !== undefined) return problem;
      if (seen.has(machineKey(machine))) return `${machineText(machine)} is in the schedule twice (R-9.11)`;
      seen.add(machineKey(machine));
    }
  }
  const missing = maintenance.machines.find(
    (machine) => maintenance.isDown(machine) && !seen.has(machineKey(machine)),
  );
  return (
    missing && `${machineText(missing)} is DOWN and has to stay in the schedule until it is up again (R-9.13)`
  );
}

function machineProblem(machine: MachineId): string | undefined {
  const { hostname = '', ip = '' } = machine;
  return hostname === '' && ip === '' ? 'a machine has a hostname, an ip, or both (R-9.11)' : undefined;
}

function machineText({ hostname = '', ip = '' }: MachineId): string {
  return `machine ${[hostname, ip].filter((part) => part !== '').join(' / ')}`;
}

/** Offers of the machines' agents are rescinded, and made anew with the time at which they go away (R-9.11). */
export function updateSchedule(
  cluster: ClusterState,
  call: Control<'UPDATE_MAINTENANCE_SCHEDULE'>,
  now: Micros,
  out: MasterEffects,
): void {
  if (scheduleProblem(cluster, call) !== undefined) return;
  cluster.maintenance.setWindows(call.windows);
  persist(cluster, out);
  for (const agent of cluster.agents) reschedule(cluster, agent, now, out);
}

/** Brings what is known of an agent in step with the schedule; nothing happens to one that never was in it. */
function reschedule(cluster: ClusterState, agent: MasterAgent, now: Micros, out: MasterEffects): void {
  const { maintenance } = cluster;
  const info = maintenance.described(agent.info);
  if (info.unavailability === undefined && agent.info.unavailability === undefined) return;
  agent.info = info;
  if (agent.state !== 'registered') return;
  cluster.rescindWhere((offer) => offer.agent === agent.id, now, out);
  tellRescinded(cluster, maintenance.inverse.schedule(agent.id, info.unavailability), out);
  cluster.allocator.updateAgent(agent.id, { ...info, total: agent.total }, now);
}

function persist({ maintenance }: ClusterState, out: MasterEffects): void {
  const down = maintenance.machines.filter((machine) => maintenance.isDown(machine));
  out.persist({ type: 'MAINTENANCE', windows: maintenance.windows, down });
}

// ------------------------------------------------------------------------------------------------- down and up again

/** Why these machines cannot go down: only those that are being drained can. */
export function startProblem(
  { maintenance }: ClusterState,
  { machines }: Control<'START_MAINTENANCE'>,
): string | undefined {
  for (const machine of machines) {
    const problem = machineProblem(machine);
    if (problem !== undefined) return problem;
    if (!maintenance.isScheduled(machine))
      return `${machineText(machine)} is not in the maintenance schedule (R-9.13)`;
    if (maintenance.isDown(machine)) return `${machineText(machine)} is DOWN already (R-9.13)`;
  }
  return undefined;
}

/** The machines' agents are removed, and not let in again before the machines are up (R-9.13). */
export function startMaintenance(
  cluster: ClusterState,
  call: Control<'START_MAINTENANCE'>,
  now: Micros,
  out: MasterEffects,
): void {
  if (startProblem(cluster, call) !== undefined) return;
  const { maintenance } = cluster;
  for (const machine of call.machines) maintenance.down.add(machineKey(machine));
  persist(cluster, out);
  for (const id of agentsOn(cluster, call.machines)) {
    const lost = { type: 'AGENT_LOST', agent: id, reason: 'REASON_AGENT_REMOVED' } as const;
    loseAgent(cluster, lost, now, out, 'whole machine');
  }
}

export function stopProblem(
  { maintenance }: ClusterState,
  { machines }: Control<'STOP_MAINTENANCE'>,
): string | undefined {
  for (const machine of machines) {
    const problem = machineProblem(machine);
    if (problem !== undefined) return problem;
    if (!maintenance.isDown(machine)) return `${machineText(machine)} is not DOWN (R-9.13)`;
  }
  return undefined;
}

export function stopMaintenance(
  cluster: ClusterState,
  call: Control<'STOP_MAINTENANCE'>,
  now: Micros,
  out: MasterEffects,
): void {
  if (stopProblem(cluster, call) !== undefined) return;
  const { maintenance } = cluster;
  const up = new Set(call.machines.map(machineKey));
  for (const key of up) maintenance.down.delete(key);
  const windows = maintenance.windows.map(({ machines, unavailability }) => ({
    machines: machines.filter((machine) => !up.has(machineKey(machine))),
    unavailability,
  }));
  maintenance.setWindows(windows.filter(({ machines }) => machines.length > 0));
  persist(cluster, out);
  for (const agent of cluster.agents) reschedule(cluster, agent, now, out);
}

/** Registered agents of these machines. */
export function agentsOn({ agents }: ClusterState, machines: readonly MachineId[]): AgentId[] {
  const keys = new Set(machines.map(machineKey));
  return [...agents].filter(({ info }) => keys.has(machineKey(info))).map(({ id }) => id);
}

// ---------------------------------------------------------------------------------------------------- inverse offers

/** After a cycle: asks frameworks to leave agents that will be away. */
export function sendInverseOffers(cluster: ClusterState, now: Micros, out: MasterEffects): void {
  const { maintenance, allocator, frameworks, offers, offerTimeoutUs } = cluster;
  const holders = (agent: AgentId): number[] =>
    allocator
      .holdings(agent)
      .map(({ framework }) => framework)
      .filter((framework) => frameworks.connected(framework) !== undefined);
  const made = maintenance.inverse.ask(now, holders, () => offers.takeId());
  for (const { id } of made) {
    if (offerTimeoutUs !== undefined) out.timer('OFFER_TIMEOUT', now + offerTimeoutUs, id);
  }
  for (const framework of new Set(made.map((offer) => offer.framework))) {
    const mine = made.filter((offer) => offer.framework === framework);
    out.toFramework(framework, { type: 'INVERSE_OFFERS', offers: mine });
  }
}

/** Records what the framework says to inverse offers; nothing is enforced. */
export function answerInverseOffers(cluster: ClusterState, call: InverseOfferCall, now: Micros): void {
  const { framework, offers, refuseUs } = call;
  if (cluster.frameworks.connected(framework) === undefined) return;
  const status = call.type === 'ACCEPT_INVERSE_OFFERS' ? 'ACCEPT' : 'DECLINE';
  for (const id of offers) {
    cluster.maintenance.inverse.answer(id, framework, status, refuseTime(refuseUs), now);
  }
}

/** Takes inverse offers back: of an agent that is gone or out of the market, or that nobody answered in time. */
export function rescindInverseOffers(
  cluster: ClusterState,
  passes: (offer: InverseOffer) => boolean,
  out: MasterEffects,
): void {
  tellRescinded(cluster, cluster.maintenance.inverse.withdraw(passes), out);
}

function tellRescinded(
  { frameworks }: ClusterState,
  gone: readonly InverseOffer[],
  out: MasterEffects,
): void {
  for (const { framework, id } of gone) {
    if (frameworks.connected(framework) === undefined) continue;
    out.toFramework(framework, { type: 'RESCIND_INVERSE_OFFER', offer: id });
  }
}
