/** The agents of a live Mesos cluster, from what its master says at /state, /slaves or to the v1 call GET_AGENTS. */
import { isObject, shown } from '../../cluster/json-text.js';
import type { Attribute, Domain } from '../../cluster/protocol.js';
import { resourcesFromJson, ResourceJsonError } from '../../cluster/resources/json.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { formatResources } from '../../cluster/resources/text.js';
import { formatAttributes } from '../../cluster/attributes.js';
import type { AgentSpec } from '../cluster-spec.js';
import { ClusterFileError, type Cluster } from './cluster.js';
import { asFile, attributesOf, resourcesOf } from './texts.js';

type Json = Readonly<Record<string, unknown>>;

export function isMesosDump(json: unknown): json is Json {
  return (
    isObject(json) && (Array.isArray(json.slaves) || json.type === 'GET_AGENTS' || isObject(json.get_agents))
  );
}

/** Agents that offer nothing now (inactive, deactivated, draining) are left out and counted. */
export function readMesosDump(json: Json): Cluster {
  const isV1 = !Array.isArray(json.slaves);
  const list = isV1 ? (json.get_agents as Json | undefined)?.agents : json.slaves;
  const key = isV1 ? 'get_agents.agents' : 'slaves';
  if (!Array.isArray(list)) throw new ClusterFileError(`${key} is ${shown(list)}; it is a list of agents.`);
  const groups = new Map<string, AgentSpec & { count: number; hostnames: string[] }>();
  let leftOut = 0;
  list.forEach((agent: unknown, at) => {
    const where = `${key}[${at}]`;
    if (!isObject(agent)) throw new ClusterFileError(`${where} is ${shown(agent)}; it is an object.`);
    if (agent.active === false || agent.deactivated === true || agent.drain_info !== undefined) {
      leftOut++;
      return;
    }
    const spec = isV1 ? v1Agent(agent, where) : slave(agent, where);
    const { region = '', zone = '' } = spec.domain ?? {};
    const alike = [formatResources(spec.resources), formatAttributes(spec.attributes), region, zone].join(
      '\n',
    );
    const group = groups.get(alike);
    if (group === undefined) groups.set(alike, { ...spec, hostnames: [...spec.hostnames] });
    else {
      group.count++;
      group.hostnames.push(...spec.hostnames);
    }
  });
  if (groups.size === 0) {
    throw new ClusterFileError(`${key} has no active agent${leftOut > 0 ? ` (${leftOut} are not)` : ''}.`);
  }
  const notices =
    leftOut === 0 ? [] : [`${leftOut} of ${list.length} agents left out: inactive, deactivated or draining`];
  return { agents: [...groups.values()], weights: new Map(), quotas: new Map(), notices };
}

type OneAgent = AgentSpec & { readonly hostnames: readonly string[] };

/** An agent of the legacy endpoints. */
function slave(agent: Json, where: string): OneAgent {
  return {
    count: 1,
    hostnames: [hostnameOf(agent, where)],
    resources: slaveResources(agent, where),
    attributes: asFile(`${where}.attributes`, () =>
      attributesOf(flat(agent.attributes, `${where}.attributes`)),
    ),
    ...domainOf(agent.domain),
  };
}

/** In full where /slaves tells it; else as far as the flat form goes, which has no volumes and no dynamic reservations. */
function slaveResources(agent: Json, where: string): Resources {
  const { reserved_resources_full: reservedFull, unreserved_resources_full: freeFull } = agent;
  if (Array.isArray(freeFull) && isObject(reservedFull)) {
    return Object.entries(reservedFull).reduce(
      (sum, [role, list]) => sum.plus(fromJson(list, `${where}.reserved_resources_full.${role}`)),
      fromJson(freeFull, `${where}.unreserved_resources_full`),
    );
  }
  const read = (value: unknown, key: string, role?: string): Resources =>
    asFile(`${where}.${key}`, () => resourcesOf(flatText(flat(value, `${where}.${key}`), role)));
  if (agent.unreserved_resources === undefined) return nonEmpty(read(agent.resources, 'resources'), where);
  const reserved = isObject(agent.reserved_resources) ? agent.reserved_resources : {};
  const sum = Object.entries(reserved).reduce(
    (total, [role, value]) => total.plus(read(value, `reserved_resources.${role}`, role)),
    read(agent.unreserved_resources, 'unreserved_resources'),
  );
  return nonEmpty(sum, where);
}

/** An agent of GET_AGENTS. */
function v1Agent(agent: Json, where: string): OneAgent {
  const { agent_info: info } = agent;
  if (!isObject(info)) throw new ClusterFileError(`${where}.agent_info is ${shown(info)}; it is an object.`);
  return {
    count: 1,
    hostnames: [hostnameOf(info, `${where}.agent_info`)],
    resources: fromJson(agent.total_resources ?? info.resources, `${where}.total_resources`),
    attributes: v1Attributes(info.attributes, `${where}.agent_info.attributes`),
    ...domainOf(info.domain),
  };
}

function fromJson(value: unknown, where: string): Resources {
  try {
    return resourcesFromJson(value, where).resources;
  } catch (error) {
    if (error instanceof ResourceJsonError) throw new ClusterFileError(`${error.message}.`);
    throw error;
  }
}

function nonEmpty(resources: Resources, where: string): Resources {
  if (resources.isEmpty) throw new ClusterFileError(`${where} has no resources.`);
  return resources;
}

/** `{"cpus":4,"ports":"[31000-32000]"}`. What is revocable comes and goes, and is left out. */
function flat(value: unknown, where: string): Readonly<Record<string, string | number>> {
  if (value === undefined) return {};
  if (!isObject(value)) throw new ClusterFileError(`${where} is ${shown(value)}; it is an object.`);
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string | number] => {
      if (typeof entry[1] !== 'string' && typeof entry[1] !== 'number') {
        throw new ClusterFileError(`${where}.${entry[0]} is ${shown(entry[1])}; it is a number or a text.`);
      }
      return entry[1] !== 0 && !entry[0].endsWith('_revocable');
    }),
  );
}

function flatText(
  resources: Readonly<Record<string, string | number>>,
  role: string | undefined,
): Readonly<Record<string, string | number>> {
  if (role === undefined) return resources;
  return Object.fromEntries(Object.entries(resources).map(([name, value]) => [`${name}(${role})`, value]));
}

function v1Attributes(value: unknown, where: string): Attribute[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new ClusterFileError(`${where} is ${shown(value)}; it is a list.`);
  const given = value.map((each: unknown): string => {
    if (!isObject(each) || typeof each.name !== 'string') {
      throw new ClusterFileError(`${where} has ${shown(each)}; an attribute has name, type and value.`);
    }
    const { text, scalar, ranges } = each as Record<string, { value?: unknown; range?: unknown } | undefined>;
    const spans = (Array.isArray(ranges?.range) ? ranges.range : []) as { begin: number; end: number }[];
    const plain = text?.value ?? scalar?.value;
    return `${each.name}:${
      typeof plain === 'string' || typeof plain === 'number'
        ? plain
        : `[${spans.map(({ begin, end }) => `${begin}-${end}`).join(',')}]`
    }`;
  });
  return asFile(where, () => attributesOf(given.join(';')));
}

function hostnameOf({ hostname }: Json, where: string): string {
  if (typeof hostname === 'string' && hostname !== '') return hostname;
  throw new ClusterFileError(`${where}.hostname is ${shown(hostname)}; it is a name.`);
}

/** Both forms: `{fault_domain:{region:{name},zone:{name}}}`. */
function domainOf(value: unknown): { domain?: Domain } {
  const fault = isObject(value) ? value.fault_domain : undefined;
  if (!isObject(fault)) return {};
  const [region, zone] = [fault.region, fault.zone].map((part) => (isObject(part) ? part.name : undefined));
  return typeof region === 'string' && typeof zone === 'string' ? { domain: { region, zone } } : {};
}
