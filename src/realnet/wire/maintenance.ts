import type { MachineId, MaintenanceWindow, Unavailability } from '../../cluster/maintenance.js';
import { nanosText } from './duration-text.js';
import { microsOfNanos } from './framework-info.js';
import type { Message } from './message-reader.js';
import type { DurationMessage } from './messages.js';

export interface MachineMessage {
  readonly hostname?: string;
  readonly ip?: string;
}

/** `maintenance.Schedule`; times are nanoseconds. */
export interface ScheduleMessage {
  readonly windows?: readonly {
    readonly machine_ids?: readonly MachineMessage[];
    readonly unavailability: { readonly start: DurationMessage; readonly duration?: DurationMessage };
  }[];
}

export function readMachines(messages: readonly MachineMessage[] | undefined): MachineId[] {
  return (messages ?? []).map(({ hostname, ip }) => ({
    ...(hostname !== undefined && { hostname }),
    ...(ip !== undefined && { ip }),
  }));
}

export function readSchedule({ windows = [] }: ScheduleMessage): MaintenanceWindow[] {
  return windows.map(({ machine_ids: machines, unavailability: { start, duration } }) => ({
    machines: readMachines(machines),
    unavailability: {
      startUs: Math.round(Number(start.nanoseconds) / 1000),
      // One below 0 stays so: the core refuses it.
      ...(duration && {
        durationUs: Number(duration.nanoseconds) < 0 ? -1 : microsOfNanos(duration.nanoseconds),
      }),
    },
  }));
}

export function unavailabilityMessage({ startUs, durationUs }: Unavailability): Message {
  return {
    start: { nanoseconds: nanosText(startUs) },
    ...(durationUs !== undefined && { duration: { nanoseconds: nanosText(durationUs) } }),
  };
}

export function scheduleMessage(windows: readonly MaintenanceWindow[]): Message {
  if (windows.length === 0) return {};
  return {
    windows: windows.map(({ machines, unavailability }) => ({
      machine_ids: machines,
      unavailability: unavailabilityMessage(unavailability),
    })),
  };
}
