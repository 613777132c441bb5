import { parseQuantities } from '../cluster/resources/text.js';
import { roleProblem } from '../cluster/roles.js';
import type { MasterClient } from '../realnet/client/master-client.js';
import { shortId } from './cluster-lists.js';
import { agentOf, order } from './cluster-orders.js';
import type { Command } from './command.js';
import { masterClient, masterOptions, principalOf } from './master-target.js';
import type { ParsedArgs } from './parse-args.js';
import { UserError } from './user-error.js';

const AGENT_NOTE = 'AGENT is an id, its last part as agora agents shows it, or a host.';

/** `agora reserve` */
export const reserve: Command = {
  name: 'reserve',
  usage: 'AGENT ROLE RESOURCES [options]',
  about: 'keeps resources of an agent for a role',
  options: [
    {
      group: 'reserve',
      name: 'from',
      value: 'ROLE',
      about: 'move what is reserved for this role [what is free]',
    },
    ...masterOptions,
  ],
  examples: ['agora reserve S0 eng "cpus:2;mem:1024"', 'agora reserve S0 ops cpus:1 --from eng'],
  notes: [AGENT_NOTE, 'Of what nobody uses; what is offered is taken back.'],
  run: async (args, terminal) => {
    const client = masterClient(args);
    const { agent, role, amounts } = await targetOf(client, args);
    const principal = principalOf(args);
    const reservation = { type: 'DYNAMIC', role, ...(principal !== undefined && { principal }) };
    const resources = Object.entries(amounts).map(([name, milli]) => ({
      name,
      type: 'SCALAR',
      scalar: { value: milli / 1000 },
      reservations: [reservation],
    }));
    const from = args.value('from');
    const source = from === undefined ? undefined : await reservedFor(client, agent, from, amounts);
    const content = { agent_id: { value: agent }, ...(source && { source }), resources };
    const moved = from === undefined ? '' : ` what was reserved for ${from}`;
    const text = `reserved for ${role} on ${shortId(agent)}${moved}`;
    return await order(client, args, terminal, { type: 'RESERVE_RESOURCES', content, text });
  },
};

/** `agora unreserve` */
export const unreserve: Command = {
  name: 'unreserve',
  usage: 'AGENT ROLE RESOURCES [options]',
  about: 'gives dynamically reserved resources of an agent back to all',
  options: masterOptions,
  examples: ['agora unreserve S0 eng "cpus:2;mem:1024"'],
  notes: [AGENT_NOTE, 'Of what no task uses, volumes apart: destroy those first.'],
  run: async (args, terminal) => {
    const client = masterClient(args);
    const { agent, role, amounts } = await targetOf(client, args);
    const resources = await reservedFor(client, agent, role, amounts);
    const content = { agent_id: { value: agent }, resources };
    const text = `unreserved on ${shortId(agent)}`;
    return await order(client, args, terminal, { type: 'UNRESERVE_RESOURCES', content, text });
  },
};

/** `agora volume create` */
export const createVolume: Command = {
  name: 'volume create',
  usage: 'AGENT ROLE ID --size MB --path PATH [options]',
  about: 'makes a persistent volume of disk that is reserved for a role',
  options: [
    { group: 'volume', name: 'size', value: 'MB', about: 'how much of the reserved disk' },
    { group: 'volume', name: 'path', value: 'PATH', about: 'where it is in the sandbox of a task' },
    ...masterOptions,
  ],
  examples: ['agora reserve S0 db disk:1024', 'agora volume create S0 db data --size 1024 --path data'],
  notes: [AGENT_NOTE],
  run: async (args, terminal) => {
    const client = masterClient(args);
    const [agentText, role, id] = positionalsOf(args, ['AGENT', 'ROLE', 'ID']);
    const agent = await agentOf(client, agentText);
    const size = Number(args.value('size') ?? '');
    const path = args.value('path');
    if (!(size > 0)) throw new UserError('--size is a number of MB above 0, such as --size 1024.');
    if (path === undefined) throw new UserError('--path says where it is in a sandbox, such as --path data.');
    const disks = (await resourcesOf(client, agent)).filter(
      (resource) =>
        resource.name === 'disk' && isDynamicOf(resource, role) && resource.disk?.persistence === undefined,
    );
    const [disk] = takeFrom(disks.slice(0, 1), size * 1000) ?? [];
    if (disk === undefined) {
      const first = `first: agora reserve ${shortId(agent)} ${role} disk:${size}`;
      throw new UserError(`${shortId(agent)} has no ${size} MB of disk reserved for ${role}; ${first}.`);
    }
    const principal = principalOf(args);
    const persistence = { id, ...(principal !== undefined && { principal }) };
    const volume = { ...disk, disk: { persistence, volume: { container_path: path, mode: 'RW' } } };
    const content = { agent_id: { value: agent }, volumes: [volume] };
    const text = `created volume ${id} on ${shortId(agent)}`;
    return await order(client, args, terminal, { type: 'CREATE_VOLUMES', content, text });
  },
};

/** `agora volume destroy` */
export const destroyVolume: Command = {
  name: 'volume destroy',
  usage: 'AGENT ID [options]',
  about: 'turns a persistent volume back into reserved disk',
  options: masterOptions,
  examples: ['agora volume destroy S0 data'],
  notes: [AGENT_NOTE],
  run: async (args, terminal) => {
    const client = masterClient(args);
    const [agentText, id] = positionalsOf(args, ['AGENT', 'ID']);
    const agent = await agentOf(client, agentText);
    const volumes = (await resourcesOf(client, agent)).filter(
      ({ disk }) => (disk?.persistence as { readonly id?: string } | undefined)?.id === id,
    );
    if (volumes.length === 0) throw new UserError(`${shortId(agent)} has no volume "${id}".`);
    const content = { agent_id: { value: agent }, volumes };
    const text = `destroyed volume ${id} on ${shortId(agent)}`;
    return await order(client, args, terminal, { type: 'DESTROY_VOLUMES', content, text });
  },
};

/** A resource as a master tells of it. */
interface TotalResource {
  readonly name: string;
  readonly type: string;
  readonly scalar?: { readonly value: number };
  readonly reservations?: readonly { readonly type?: string; readonly role?: string }[];
  readonly disk?: { readonly persistence?: unknown };
}

async function targetOf(
  client: MasterClient,
  args: ParsedArgs,
): Promise<{ agent: string; role: string; amounts: Record<string, number> }> {
  const [agentText, role, text] = positionalsOf(args, ['AGENT', 'ROLE', 'RESOURCES']);
  const problem = /[=,]/.test(role) ? 'name one, and the resources behind it' : roleProblem(role);
  if (problem !== undefined) throw new UserError(`"${role}" is no role: ${problem}.`);
  const amounts = parseQuantities(text);
  if (Object.keys(amounts).length === 0) throw new UserError('name resources, such as "cpus:2;mem:1024".');
  return { agent: await agentOf(client, agentText), role, amounts };
}

function positionalsOf({ positionals }: ParsedArgs, names: readonly string[]): string[] {
  if (positionals.length === names.length) return [...positionals];
  throw new UserError(
    `${names.length} words are needed: ${names.join(' ')}; there are ${positionals.length}.`,
  );
}

async function resourcesOf(client: MasterClient, agent: string): Promise<TotalResource[]> {
  const { agents = [] } = (await client.show('GET_AGENTS')) as {
    readonly agents?: readonly {
      readonly agent_info: { readonly id: { readonly value: string } };
      readonly total_resources?: readonly TotalResource[];
    }[];
  };
  return [...(agents.find(({ agent_info: { id } }) => id.value === agent)?.total_resources ?? [])];
}

/** So much of what is reserved for the role dynamically, volumes apart. */
async function reservedFor(
  client: MasterClient,
  agent: string,
  role: string,
  amounts: Readonly<Record<string, number>>,
): Promise<TotalResource[]> {
  const reserved = (await resourcesOf(client, agent)).filter(
    (resource) => isDynamicOf(resource, role) && resource.disk?.persistence === undefined,
  );
  return Object.entries(amounts).flatMap(([name, milli]) => {
    const found = takeFrom(
      reserved.filter((resource) => resource.name === name),
      milli,
    );
    if (found !== undefined) return found;
    throw new UserError(
      `${shortId(agent)} has not as much ${name} reserved for ${role} dynamically (R-1.13).`,
    );
  });
}

function isDynamicOf({ reservations = [] }: TotalResource, role: string): boolean {
  const last = reservations.at(-1);
  return last?.type === 'DYNAMIC' && last.role === role;
}

/** So much of some scalar resources; undefined: they are less. */
function takeFrom(resources: readonly TotalResource[], milli: number): TotalResource[] | undefined {
  const taken: TotalResource[] = [];
  let missing = milli;
  for (const resource of resources) {
    const part = Math.min(missing, Math.round((resource.scalar?.value ?? 0) * 1000));
    if (part > 0) taken.push({ ...resource, scalar: { value: part / 1000 } });
    missing -= part;
  }
  return missing === 0 ? taken : undefined;
}
