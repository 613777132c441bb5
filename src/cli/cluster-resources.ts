import { pushReservation, toUnreserved } from '../cluster/resources/conversions.js';
import { resourcesFromJson, resourcesToJson } from '../cluster/resources/json.js';
import { kindOf } from '../cluster/resources/kinds.js';
import { asReserved, dynamicallyReserved } from '../cluster/resources/as-reserved.js';
import { Resources } from '../cluster/resources/resources.js';
import { formatResources, parseDistinctResources } from '../cluster/resources/text.js';
import { roleProblem } from '../cluster/roles.js';
import type { MasterClient } from '../realnet/client/master-client.js';
import { shortId } from './cluster-lists.js';
import { agentOf, order } from './cluster-orders.js';
import type { Command } from './command.js';
import { masterClient, masterOptions, principalOf } from './master-target.js';
import type { ParsedArgs } from './parse-args.js';
import { UserError } from './user-error.js';

const AGENT_NOTE = 'AGENT is an id, its last part as agora agents shows it, or a host.';
const RESOURCES_NOTE = 'RESOURCES is text as after --resources of agora agent, without a role.';

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
  examples: [
    'agora reserve S0 eng "cpus:2;mem:1024"',
    'agora reserve S0 eng "ports:[31000-31005];keys:{a,b}"',
    'agora reserve S0 ops cpus:1 --from eng',
  ],
  notes: [AGENT_NOTE, RESOURCES_NOTE, 'Of what nobody uses; what is offered is taken back.'],
  run: async (args, terminal) => {
    const client = masterClient(args);
    const { agent, role, wanted } = await targetOf(client, args);
    const principal = principalOf(args);
    const from = args.value('from');
    const source = from === undefined ? undefined : await reservedFor(client, agent, from, wanted);
    const reservation = { type: 'DYNAMIC', role, ...(principal !== undefined && { principal }) } as const;
    const reserved = pushReservation(toUnreserved(source ?? wanted), reservation);
    const content = {
      agent_id: { value: agent },
      ...(source && { source: resourcesToJson(source, { legacy: false }) }),
      resources: resourcesToJson(reserved, { legacy: false }),
    };
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
  examples: ['agora unreserve S0 eng "cpus:2;mem:1024"', 'agora unreserve S0 eng "ports:[31000-31002]"'],
  notes: [AGENT_NOTE, RESOURCES_NOTE, 'Of what no task uses, volumes apart: destroy those first.'],
  run: async (args, terminal) => {
    const client = masterClient(args);
    const { agent, role, wanted } = await targetOf(client, args);
    const reserved = await reservedFor(client, agent, role, wanted);
    const content = { agent_id: { value: agent }, resources: resourcesToJson(reserved, { legacy: false }) };
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
    const reserved = dynamicallyReserved(await resourcesOf(client, agent), role);
    const { part, missing } = asReserved(reserved, Resources.plain(0, 0, Math.round(size * 1000)));
    // A volume is of one reservation.
    if (!missing.isEmpty || part.kinds.length !== 1) {
      const first = `first: agora reserve ${shortId(agent)} ${role} disk:${size}`;
      throw new UserError(`${shortId(agent)} has no ${size} MB of disk reserved for ${role}; ${first}.`);
    }
    const [disk] = resourcesToJson(part, { legacy: false });
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
    const volume = (await resourcesOf(client, agent)).filter((kind) => kind.volume === id);
    if (volume.isEmpty) throw new UserError(`${shortId(agent)} has no volume "${id}".`);
    const content = { agent_id: { value: agent }, volumes: resourcesToJson(volume, { legacy: false }) };
    const text = `destroyed volume ${id} on ${shortId(agent)}`;
    return await order(client, args, terminal, { type: 'DESTROY_VOLUMES', content, text });
  },
};

/** @throws UserError */
async function targetOf(
  client: MasterClient,
  args: ParsedArgs,
): Promise<{ agent: string; role: string; wanted: Resources }> {
  const [agentText, role, text] = positionalsOf(args, ['AGENT', 'ROLE', 'RESOURCES']);
  const problem = /[=,]/.test(role) ? 'name one, and the resources behind it' : roleProblem(role);
  if (problem !== undefined) throw new UserError(`"${role}" is no role: ${problem}.`);
  const wanted = parseDistinctResources(text);
  if (wanted.isEmpty) throw new UserError('name resources, such as "cpus:2;ports:[31000-31005]".');
  for (const { name, reservations, volume } of wanted.kinds.map(kindOf)) {
    if (volume !== undefined) throw new UserError('a volume is made by agora volume create.');
    if (reservations.length === 0) continue;
    throw new UserError(
      `the role is the word before the resources, here ${role}: write ${name}:… without one.`,
    );
  }
  return { agent: await agentOf(client, agentText), role, wanted };
}

function positionalsOf({ positionals }: ParsedArgs, names: readonly string[]): string[] {
  if (positionals.length === names.length) return [...positionals];
  throw new UserError(
    `${names.length} words are needed: ${names.join(' ')}; there are ${positionals.length}.`,
  );
}

/** All that the agent has. */
async function resourcesOf(client: MasterClient, agent: string): Promise<Resources> {
  const { agents = [] } = (await client.show('GET_AGENTS')) as {
    readonly agents?: readonly {
      readonly agent_info: { readonly id: { readonly value: string } };
      readonly total_resources?: readonly unknown[];
    }[];
  };
  const found = agents.find(({ agent_info: { id } }) => id.value === agent);
  return resourcesFromJson(found?.total_resources ?? []).resources;
}

/** These resources as they are reserved for the role dynamically, volumes apart. @throws UserError when not all of them are */
async function reservedFor(
  client: MasterClient,
  agent: string,
  role: string,
  wanted: Resources,
): Promise<Resources> {
  const reserved = dynamicallyReserved(await resourcesOf(client, agent), role);
  const { part, missing } = asReserved(reserved, wanted);
  if (missing.isEmpty) return part;
  const there = reserved.isEmpty ? 'nothing' : formatResources(toUnreserved(reserved));
  const lack = `${formatResources(missing)} is missing (R-1.13)`;
  throw new UserError(`dynamically reserved for ${role} on ${shortId(agent)} is ${there}: ${lack}.`);
}
