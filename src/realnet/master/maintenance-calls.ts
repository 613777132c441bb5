import { scheduleProblem, startProblem, stopProblem } from '../../cluster/master/maintenance.js';
import { machineKey } from '../../cluster/maintenance.js';
import { nanosText } from '../wire/duration-text.js';
import { readMachines, readSchedule, scheduleMessage } from '../wire/maintenance.js';
import type { Message } from '../wire/message-reader.js';
import type { OperatorCallMessage } from '../wire/operator-call.js';
import type { MasterHost } from './master-host.js';
import type { Answer } from './schedulers.js';

/** The operator's calls about maintenance; undefined: it is none of them. */
export function takeMaintenance(host: MasterHost, call: OperatorCallMessage): Answer | undefined {
  const { cluster } = host.master;
  switch (call.type) {
    case 'UPDATE_MAINTENANCE_SCHEDULE': {
      const windows = readSchedule(call.update_maintenance_schedule?.schedule ?? {});
      const input = { type: 'UPDATE_MAINTENANCE_SCHEDULE', windows } as const;
      return answered(host, scheduleProblem(cluster, input), input);
    }
    case 'START_MAINTENANCE': {
      const input = {
        type: 'START_MAINTENANCE',
        machines: readMachines(call.start_maintenance?.machines),
      } as const;
      return answered(host, startProblem(cluster, input), input);
    }
    case 'STOP_MAINTENANCE': {
      const input = {
        type: 'STOP_MAINTENANCE',
        machines: readMachines(call.stop_maintenance?.machines),
      } as const;
      return answered(host, stopProblem(cluster, input), input);
    }
    default:
      return undefined;
  }
}

function answered(
  host: MasterHost,
  problem: string | undefined,
  input: Parameters<MasterHost['step']>[0],
): Answer {
  if (problem !== undefined) return { status: 400, reason: problem };
  host.step(input);
  return { status: 200 };
}

export function maintenanceSchedule({ master }: MasterHost): Message {
  return scheduleMessage(master.cluster.maintenance.windows);
}

/** Machines that are being drained, with what frameworks said to their inverse offers, and those that are down. */
export function maintenanceStatus({ master, names }: MasterHost): Message {
  const { cluster } = master;
  const { maintenance } = cluster;
  const down = maintenance.machines.filter((machine) => maintenance.isDown(machine));
  const draining = maintenance.machines.filter((machine) => !maintenance.isDown(machine));
  const agentsOf = new Map<string, number[]>();
  for (const { id, info } of cluster.agents) {
    const key = machineKey(info);
    agentsOf.set(key, [...(agentsOf.get(key) ?? []), id]);
  }
  const drainingMessages = draining.map((machine) => {
    const statuses = (agentsOf.get(machineKey(machine)) ?? [])
      .flatMap((agent) => maintenance.inverse.statuses(agent))
      .map(({ framework, status, atUs }) => ({
        status,
        framework_id: { value: names.framework(framework) },
        timestamp: { nanoseconds: nanosText(atUs) },
      }));
    return { id: machine, ...(statuses.length > 0 && { statuses }) };
  });
  return {
    ...(draining.length > 0 && { draining_machines: drainingMessages }),
    ...(down.length > 0 && { down_machines: down }),
  };
}
