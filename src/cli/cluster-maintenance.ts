import type { MasterClient } from '../realnet/client/master-client.js';
import { humanDuration } from '../report/human.js';
import { durationOption } from './choices.js';
import { agentOf, order } from './cluster-orders.js';
import type { Command } from './command.js';
import { masterClient, masterOptions } from './master-target.js';
import type { ParsedArgs } from './parse-args.js';
import { ExitStatus, UserError } from './user-error.js';

interface Machine {
  readonly hostname?: string;
  readonly ip?: string;
}

interface Window {
  readonly machine_ids?: readonly Machine[];
  readonly unavailability: {
    readonly start: { readonly nanoseconds: number };
    readonly duration?: { readonly nanoseconds: number };
  };
}

const HOST_NOTE = 'HOST is that of an agent, or the id of the agent as agora agents shows it.';

/** `agora maintenance status` */
export const maintenance: Command = {
  name: 'maintenance status',
  usage: '[options]',
  about: 'machines that will be away, and that are down',
  options: masterOptions,
  examples: ['agora maintenance status', 'agora maintenance schedule host1 --in 1h --for 30m'],
  run: async (args, terminal) => {
    const client = masterClient(args);
    const windows = await scheduleOf(client);
    const { status = {} } = (await client.show('GET_MAINTENANCE_STATUS')) as {
      readonly status?: { readonly down_machines?: readonly Machine[] };
    };
    if (args.has('json')) {
      terminal.out(`${JSON.stringify({ windows, status }, null, 2)}\n`);
      return ExitStatus.done;
    }
    const down = new Set((status.down_machines ?? []).map(keyOf));
    const lines = windows.flatMap(({ machine_ids: machines = [], unavailability: { start, duration } }) =>
      machines.map((machine) => {
        const from = new Date(start.nanoseconds / 1e6).toISOString();
        const length =
          duration === undefined ? 'for good' : `for ${humanDuration(duration.nanoseconds / 1e9)}`;
        return `${machineText(machine)}  ${down.has(keyOf(machine)) ? 'down' : 'up'}  from ${from} ${length}`;
      }),
    );
    terminal.out(lines.length === 0 ? 'no machine is scheduled\n' : `${lines.join('\n')}\n`);
    return ExitStatus.done;
  },
};

/** `agora maintenance schedule` */
export const scheduleMaintenance: Command = {
  name: 'maintenance schedule',
  usage: 'HOST [--in TIME] [--for TIME] [options]',
  about: 'tells frameworks that a machine will be away, and asks them to leave it',
  options: [
    { group: 'maintenance', name: 'in', value: 'TIME', about: 'how soon', default: '0' },
    { group: 'maintenance', name: 'for', value: 'TIME', about: 'how long', default: 'for good' },
    ...masterOptions,
  ],
  examples: ['agora maintenance schedule host1 --in 1h --for 30m'],
  notes: [HOST_NOTE, 'A machine that is in the schedule already gets the new time.'],
  run: async (args, terminal) => {
    const client = masterClient(args);
    const machine = await machineOf(client, onlyHost(args));
    const startMs = Date.now() + (durationOption(args, 'in') ?? 0) / 1000;
    const forUs = durationOption(args, 'for');
    const unavailability = {
      start: { nanoseconds: Math.round(startMs) * 1e6 },
      ...(forUs !== undefined && { duration: { nanoseconds: forUs * 1000 } }),
    };
    const windows = [
      ...without(await scheduleOf(client), machine),
      { machine_ids: [machine], unavailability },
    ];
    const content = { schedule: { windows } };
    const text = `scheduled ${machineText(machine)}`;
    return await order(client, args, terminal, { type: 'UPDATE_MAINTENANCE_SCHEDULE', content, text });
  },
};

/** `agora maintenance cancel` */
export const cancelMaintenance: Command = {
  name: 'maintenance cancel',
  usage: 'HOST [options]',
  about: 'takes a machine out of the schedule',
  options: masterOptions,
  examples: ['agora maintenance cancel host1'],
  notes: [HOST_NOTE],
  run: async (args, terminal) => {
    const client = masterClient(args);
    const windows = await scheduleOf(client);
    const machine = await machineOf(client, onlyHost(args), windows);
    const content = { schedule: { windows: without(windows, machine) } };
    const text = `${machineText(machine)} is scheduled no more`;
    return await order(client, args, terminal, { type: 'UPDATE_MAINTENANCE_SCHEDULE', content, text });
  },
};

/** `agora maintenance down` */
export const startMaintenance: Command = {
  name: 'maintenance down',
  usage: 'HOST [options]',
  about: 'begins the maintenance of a scheduled machine: its agent and tasks end',
  options: masterOptions,
  examples: ['agora maintenance down host1'],
  notes: [HOST_NOTE],
  run: async (args, terminal) => {
    const client = masterClient(args);
    const machine = await machineOf(client, onlyHost(args), await scheduleOf(client));
    const content = { machines: [machine] };
    const text = `${machineText(machine)} is down`;
    return await order(client, args, terminal, { type: 'START_MAINTENANCE', content, text });
  },
};

/** `agora maintenance up` */
export const stopMaintenance: Command = {
  name: 'maintenance up',
  usage: 'HOST [options]',
  about: 'ends the maintenance of a machine: its agent may come back',
  options: masterOptions,
  examples: ['agora maintenance up host1'],
  notes: [HOST_NOTE],
  run: async (args, terminal) => {
    const client = masterClient(args);
    const machine = await machineOf(client, onlyHost(args), await scheduleOf(client));
    const content = { machines: [machine] };
    const text = `${machineText(machine)} is up`;
    return await order(client, args, terminal, { type: 'STOP_MAINTENANCE', content, text });
  },
};

async function scheduleOf(client: MasterClient): Promise<readonly Window[]> {
  const { schedule = {} } = (await client.show('GET_MAINTENANCE_SCHEDULE')) as {
    readonly schedule?: { readonly windows?: readonly Window[] };
  };
  return schedule.windows ?? [];
}

/** The machine of an agent; one that is in the schedule need have no agent any more. */
async function machineOf(
  client: MasterClient,
  text: string,
  windows: readonly Window[] = [],
): Promise<Machine> {
  const known = windows.flatMap(({ machine_ids: machines = [] }) => machines);
  const meant = known.find(
    ({ hostname, ip }) => hostname === text.toLowerCase() || hostname === text || ip === text,
  );
  if (meant !== undefined) return meant;
  const id = await agentOf(client, text);
  const { slaves } = (await client.get('/slaves')) as {
    readonly slaves: readonly { readonly id: string; readonly hostname: string; readonly pid: string }[];
  };
  const agent = slaves.find((slave) => slave.id === id)!;
  const [, ip = ''] = /@(.+):\d+$/.exec(agent.pid) ?? [];
  return { hostname: agent.hostname, ip };
}

/** A schedule without one machine. */
function without(windows: readonly Window[], machine: Machine): Window[] {
  return windows
    .map((window) => ({
      ...window,
      machine_ids: (window.machine_ids ?? []).filter((other) => keyOf(other) !== keyOf(machine)),
    }))
    .filter(({ machine_ids: machines }) => machines.length > 0);
}

function keyOf({ hostname = '', ip = '' }: Machine): string {
  return `${hostname.toLowerCase()} ${ip}`;
}

function machineText({ hostname = '', ip = '' }: Machine): string {
  return ip === '' ? hostname : `${hostname} (${ip})`;
}

function onlyHost({ positionals }: ParsedArgs): string {
  if (positionals.length === 1) return positionals[0];
  throw new UserError(`name one host, not ${positionals.length}.`);
}
