import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { closest } from '../../cluster/closest.js';
import { jsonProblem, pathText, shown, valueAt } from '../../cluster/json-text.js';
import type { Quantities } from '../../cluster/protocol.js';
import { milliOf } from '../../cluster/resources/scalars.js';
import { roleProblem } from '../../cluster/roles.js';
import { humanCount } from '../../report/human.js';
import { orBundled } from '../../workloads/bundled-file.js';
import { agentCount, mostAgents, type AgentSpec } from '../cluster-spec.js';
import type { RoleQuota } from '../run-config.js';
import { ClusterFileError, type Cluster } from './cluster.js';
import { isMesosDump, readMesosDump } from './mesos-dump.js';
import { reserve } from './reservations.js';
import { asFile, attributesOf, resourcesOf } from './texts.js';
import { clusterSchema, keysAt, type AgentJson, type ClusterJson, type RoleJson } from './schema.js';

/**
 * Reads a cluster from a file: `agora-cluster/1`, or what a Mesos master says at /state or /slaves. Which of them is seen from
 * the content.
 *
 * @throws ClusterFileError
 */
export async function readCluster(path: string): Promise<Cluster> {
  let text: string;
  try {
    text = await readFile(orBundled(path), 'utf8');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new ClusterFileError(`${path}: ${unreadable[code] ?? message}.`);
  }
  try {
    return parseClusterFile(text);
  } catch (error) {
    if (error instanceof ClusterFileError) throw new ClusterFileError(`${path}: ${error.message}`);
    throw error;
  }
}

const unreadable: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'that is a folder; a cluster is a JSON file',
  EACCES: 'permission denied',
};

/** @throws ClusterFileError without the path */
export function parseClusterFile(text: string): Cluster {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new ClusterFileError(`not JSON: ${jsonProblem(text, error)}.`);
  }
  if (isMesosDump(json)) return readMesosDump(json);
  const parsed = clusterSchema.safeParse(json);
  if (!parsed.success) throw new ClusterFileError(firstProblem(parsed.error, json));
  return clusterOf(parsed.data);
}

function clusterOf({ agents: groups, roles = {} }: ClusterJson): Cluster {
  let agents = groups.map((group, at) => agentSpec(group, `agents[${at}]`));
  if (agentCount(agents) > mostAgents)
    throw new ClusterFileError(`there are more than ${humanCount(mostAgents)} agents.`);
  const weights = new Map<string, number>();
  const quotas = new Map<string, RoleQuota>();
  for (const [role, settings] of Object.entries(roles)) {
    const where = `roles.${role}`;
    const problem = roleProblem(role);
    if (problem !== undefined) throw new ClusterFileError(`roles: ${problem}.`);
    if (settings.weight !== undefined) weights.set(role, settings.weight);
    const quota = quotaOf(settings, where);
    if (quota !== undefined) quotas.set(role, quota);
    settings.reservations?.forEach((reservation, at) => {
      agents = reserve(agents, role, reservation, `${where}.reservations[${at}]`);
    });
  }
  return { agents, weights, quotas, notices: [] };
}

function agentSpec({ count, resources, attributes, domain }: AgentJson, where: string): AgentSpec {
  const total = asFile(`${where}.resources`, () => resourcesOf(resources));
  if (total.isEmpty) throw new ClusterFileError(`${where}.resources is empty; an agent has resources.`);
  return {
    count,
    resources: total,
    attributes: asFile(`${where}.attributes`, () => attributesOf(attributes ?? '')),
    ...(domain && { domain }),
  };
}

function quotaOf({ quota }: RoleJson, where: string): RoleQuota | undefined {
  if (quota === undefined) return undefined;
  const guarantees = milliAmounts(quota.guarantees);
  const limits = milliAmounts(quota.limits);
  for (const [name, milli] of Object.entries(guarantees)) {
    if (!(name in limits) || limits[name] >= milli) continue;
    throw new ClusterFileError(
      `${where}.quota.guarantees.${name} is ${milli / 1000}; a guarantee is at most the limit, ${limits[name] / 1000}.`,
    );
  }
  return { guarantees, limits };
}

function milliAmounts(amounts: Readonly<Record<string, number>> = {}): Quantities {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, milliOf(amount)]));
}

/** The problem to tell of several: a misspelt key first, for it often is the cause of a missing one. */
function firstProblem(error: z.ZodError, json: unknown): string {
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0];
  const where = pathText(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys;
    const known = keysAt(issue.path);
    const near = closest(key, known);
    const hint = near === undefined ? `the keys are ${known.join(', ')}` : `did you mean ${near}?`;
    return `${where === '' ? key : `${where}.${key}`} is not known; ${hint}`.replace(/[^?]$/, '$&.');
  }
  if (where === '') return `${issue.message}.`;
  const value = valueAt(json, issue.path);
  if (value === undefined) return `${where} is missing; ${issue.message}.`;
  return `${where} is ${shown(value)}; ${issue.message}.`;
}
