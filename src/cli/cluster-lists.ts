import type { MasterClient } from '../realnet/client/master-client.js';
import { alignColumns } from '../report/columns.js';
import type { Command } from './command.js';
import { masterClient, masterOptions } from './master-target.js';
import type { OptionSpec } from './option-spec.js';
import type { ParsedArgs } from './parse-args.js';
import { ExitStatus, UserError } from './user-error.js';

type Flat = Readonly<Record<string, number | string>>;

interface AgentDocument {
  readonly id: string;
  readonly hostname: string;
  readonly resources: Flat;
  readonly used_resources: Flat;
  readonly offered_resources: Flat;
  /** By role. */
  readonly reserved_resources: Readonly<Record<string, Flat>>;
  readonly active: boolean;
  readonly deactivated: boolean;
  readonly drain_info?: { readonly state: string };
}

interface OfferDocument {
  readonly id: string;
  readonly framework_id: string;
  readonly allocation_info: { readonly role: string };
  readonly slave_id: string;
  readonly resources: Flat;
}

interface FrameworkDocument {
  readonly id: string;
  readonly name: string;
  readonly connected: boolean;
  readonly used_resources: Flat;
  readonly tasks: readonly unknown[];
  readonly offers: readonly OfferDocument[];
}

interface TaskDocument {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly slave_id: string;
  readonly framework_id: string;
  readonly resources: Flat;
}

interface RoleDocument {
  readonly name: string;
  readonly weight: number;
  readonly allocated: Flat;
  readonly frameworks: readonly string[];
  readonly quota?: { readonly guarantee: Flat; readonly limit: Flat };
}

/** More than any master remembers. */
export const ALL = 100_000_000;
/** States of tasks that have not ended. */
export const LIVE = /_(STAGING|STARTING|RUNNING|KILLING|UNREACHABLE)$/;

/** `agora ps` */
export const ps: Command = listCommand(
  'ps',
  'tasks of the cluster, the newest first',
  [{ group: 'what', name: 'all', about: 'those that have ended, too' }],
  async (client, args) => {
    const { tasks } = (await client.get(`/tasks?limit=${ALL}`)) as { tasks: readonly TaskDocument[] };
    return { tasks: tasks.filter(({ state }) => args.has('all') || LIVE.test(state)) };
  },
  ({ tasks }) => {
    const agentName = shortNames(tasks.map(({ slave_id: agent }) => agent));
    const frameworkName = shortNames(tasks.map(({ framework_id: framework }) => framework));
    return [
      ['task', 'name', 'state', 'cpus', 'mem', 'agent', 'framework'],
      ...tasks.map(({ id, name, state, resources, slave_id: agent, framework_id: framework }) => [
        id,
        name,
        state.replace('TASK_', '').toLowerCase(),
        String(resources.cpus),
        String(resources.mem),
        agentName(agent),
        frameworkName(framework),
      ]),
    ];
  },
);

/** `agora agents` */
export const agents: Command = listCommand(
  'agents',
  'agents, and what they have, use and offer',
  [],
  async (client) => (await client.get('/slaves')) as { slaves: readonly AgentDocument[] },
  ({ slaves }) => {
    const name = shortNames(slaves.map(({ id }) => id));
    const isReserved = slaves.some((agent) => reservedText(agent) !== '-');
    const head = ['agent', 'host', 'state', 'cpus', 'used', 'offered', 'mem', 'used', 'offered'];
    return [
      [...head, ...(isReserved ? ['reserved'] : [])],
      ...slaves.map((agent) => [
        name(agent.id),
        agent.hostname,
        stateOf(agent),
        ...['cpus', 'mem'].flatMap((kind) =>
          [agent.resources, agent.used_resources, agent.offered_resources].map((amounts) =>
            String(amounts[kind]),
          ),
        ),
        ...(isReserved ? [reservedText(agent)] : []),
      ]),
    ];
  },
);

/** `agora frameworks` */
export const frameworks: Command = listCommand(
  'frameworks',
  'frameworks, and what they use',
  [],
  async (client) => (await client.get('/frameworks')) as { frameworks: readonly FrameworkDocument[] },
  (found) => {
    const shown = shortNames(found.frameworks.map(({ id }) => id));
    return [
      ['framework', 'name', 'state', 'tasks', 'cpus', 'mem'],
      ...found.frameworks.map(({ id, name, connected, tasks, used_resources: used }) => [
        shown(id),
        name,
        connected ? 'connected' : 'away',
        String(tasks.length),
        String(used.cpus),
        String(used.mem),
      ]),
    ];
  },
);

/** `agora offers` */
export const offers: Command = listCommand(
  'offers',
  'offers that their frameworks have not answered yet',
  [],
  async (client) => {
    const found = (await client.get('/frameworks')) as { frameworks: readonly FrameworkDocument[] };
    return { offers: found.frameworks.flatMap((framework) => framework.offers) };
  },
  (found) => {
    const frameworkName = shortNames(found.offers.map(({ framework_id: framework }) => framework));
    const agentName = shortNames(found.offers.map(({ slave_id: agent }) => agent));
    return [
      ['offer', 'framework', 'role', 'agent', 'cpus', 'mem', 'disk'],
      ...found.offers.map(({ id, framework_id: framework, allocation_info: { role }, ...rest }) => [
        shortId(id),
        frameworkName(framework),
        role,
        agentName(rest.slave_id),
        ...['cpus', 'mem', 'disk'].map((name) => String(rest.resources[name])),
      ]),
    ];
  },
);

/** `agora roles` */
export const roles: Command = listCommand(
  'roles',
  'roles: their weight and quota, and what they use',
  [],
  async (client) => (await client.get('/roles')) as { roles: readonly RoleDocument[] },
  (found) => [
    ['role', 'weight', 'frameworks', 'cpus', 'mem', 'guarantee', 'limit'],
    ...found.roles.map(({ name, weight, frameworks: members, allocated, quota }) => [
      name,
      String(weight),
      String(members.length),
      String(allocated.cpus),
      String(allocated.mem),
      amountsText(quota?.guarantee),
      amountsText(quota?.limit),
    ]),
  ],
);

/** Undefined: it has none. */
export async function quotaOf(client: MasterClient, role: string): Promise<RoleDocument['quota']> {
  const found = (await client.get('/roles')) as { roles: readonly RoleDocument[] };
  const quota = found.roles.find(({ name }) => name === role)?.quota;
  const isNone = Object.keys({ ...quota?.guarantee, ...quota?.limit }).length === 0;
  return isNone ? undefined : quota;
}

function listCommand<Found>(
  name: string,
  about: string,
  options: readonly OptionSpec[],
  find: (client: MasterClient, args: ParsedArgs) => Promise<Found>,
  rows: (found: Found) => readonly (readonly string[])[],
): Command {
  return {
    name,
    usage: '[options]',
    about,
    options: [...options, ...masterOptions],
    examples: [`agora ${name}`, `agora ${name} --master m1:5050 --json`],
    run: async (args, terminal) => {
      if (args.positionals.length > 0) {
        throw new UserError(`agora ${name} takes no argument "${args.positionals[0]}".`);
      }
      const found = await find(masterClient(args), args);
      if (args.has('json')) terminal.out(`${JSON.stringify(found, null, 2)}\n`);
      else terminal.out(`${alignColumns(rows(found)).join('\n')}\n`);
      return ExitStatus.done;
    },
  };
}

/** Without the master's part, which is the same for most: `S0`, `0000`. */
export function shortId(id: string): string {
  return id.slice(id.lastIndexOf('-') + 1);
}

/** How ids are shown: those that end alike, as after a restart of the master, with the beginning: `1f3a9c02-S0`. */
export function shortNames(ids: Iterable<string>): (id: string) => string {
  const ends = new Set<string>();
  const twice = new Set<string>();
  for (const id of new Set(ids)) {
    const end = shortId(id);
    if (ends.has(end)) twice.add(end);
    ends.add(end);
  }
  return (id) => (twice.has(shortId(id)) ? longerId(id) : shortId(id));
}

/** Whether a person means this id by the text. */
export function isNamed(id: string, text: string): boolean {
  return id === text || shortId(id) === text || longerId(id) === text;
}

function longerId(id: string): string {
  return `${id.split('-', 1)[0]}-${shortId(id)}`;
}

function stateOf({ active, deactivated, drain_info: drain }: Partial<AgentDocument>): string {
  if (drain !== undefined) return drain.state.toLowerCase();
  if (deactivated === true) return 'deactivated';
  return active === true ? 'active' : 'away';
}

/** `eng cpus:2;mem:1024` */
function reservedText({ reserved_resources: reserved }: AgentDocument): string {
  const parts = Object.entries(reserved).flatMap(([role, amounts]) => {
    const there = Object.entries(amounts).filter(([, amount]) => amount !== 0);
    return there.length === 0 ? [] : [`${role} ${amountsText(Object.fromEntries(there))}`];
  });
  return parts.length === 0 ? '-' : parts.join(', ');
}

/** `cpus:2;mem:1024`; `-`: nothing. */
export function amountsText(amounts: Flat | undefined): string {
  const items = Object.entries(amounts ?? {}).map(([name, amount]) => `${name}:${amount}`);
  return items.length === 0 ? '-' : items.join(';');
}
