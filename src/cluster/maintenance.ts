/** Maintenance of machines: when they will be away, and who was told and what they said. */
import type { AgentId, FrameworkId, Micros, OfferId } from './ids.js';

/** When an agent will be away. */
export interface Unavailability {
  readonly startUs: Micros;
  /** Absent: for ever. */
  readonly durationUs?: Micros;
}

/** A machine may run several agents; it is meant by host name and address together. */
export interface MachineId {
  readonly hostname?: string;
  readonly ip?: string;
}

/** Machines that will be away at the same time. */
export interface MaintenanceWindow {
  readonly machines: readonly MachineId[];
  readonly unavailability: Unavailability;
}

/** The request to leave an agent by the time it goes away; no resources are named: all of them. */
export interface InverseOffer {
  /** Of the same numbers as offers. */
  readonly id: OfferId;
  readonly framework: FrameworkId;
  readonly agent: AgentId;
  readonly unavailability: Unavailability;
}

export type InverseOfferAnswer = 'ACCEPT' | 'DECLINE';

/** What the operator tells the master. */
export type MaintenanceInput =
  /** Takes the place of the schedule before. */
  | { readonly type: 'UPDATE_MAINTENANCE_SCHEDULE'; readonly windows: readonly MaintenanceWindow[] }
  /** `/machine/down`: its agents go. */
  | { readonly type: 'START_MAINTENANCE'; readonly machines: readonly MachineId[] }
  /** `/machine/up`: the machine is back, and no longer in the schedule. */
  | { readonly type: 'STOP_MAINTENANCE'; readonly machines: readonly MachineId[] };

export interface InverseOfferCall {
  readonly type: 'ACCEPT_INVERSE_OFFERS' | 'DECLINE_INVERSE_OFFERS';
  readonly framework: FrameworkId;
  readonly offers: readonly OfferId[];
  readonly refuseUs: Micros;
}

export type InverseOfferEvent =
  | { readonly type: 'INVERSE_OFFERS'; readonly offers: readonly InverseOffer[] }
  | { readonly type: 'RESCIND_INVERSE_OFFER'; readonly offer: OfferId };

/** Equal for one machine, however its host name is written. */
export function machineKey({ hostname = '', ip = '' }: MachineId): string {
  return `${hostname.toLowerCase()} ${ip}`;
}
