import type { Attribute, Domain } from '../cluster/protocol.js';
import { nameOf } from '../cluster/resources/kinds.js';
import { parseDistinctResources, ResourceTextError } from '../cluster/resources/text.js';
import type { Resources } from '../cluster/resources/resources.js';
import { humanCount } from '../report/human.js';
import { SimError } from './sim-error.js';

/** `count` agents that are alike. A cluster is a list of these; agents are numbered through in its order. */
export interface AgentSpec {
  /** At least 1. */
  readonly count: number;
  /** Total of each agent. */
  readonly resources: Resources;
  readonly attributes: readonly Attribute[];
  readonly domain?: Domain;
  /** As many as there are agents. Absent: they are numbered, a0, a1, … */
  readonly hostnames?: readonly string[];
}

/** Names that no cluster uses: any name would do, but nothing would run. */
const slips: Readonly<Record<string, string>> = { cpu: 'cpus', gpu: 'gpus', memory: 'mem', ram: 'mem' };

/** More agents than this are a slip of the pen: an agent takes 2.4 kB, and they would not fit in the memory that Node takes. */
export const mostAgents = 500_000;

/**
 * Reads one `--agents` item: `100*cpus:16;mem:65536`, the count left out meaning 1.
 *
 * @throws SimError in one line
 */
export function parseAgents(text: string): AgentSpec {
  const [, countText, resourceText] = /^\s*(?:([^*:;()]*)\*)?(.*)$/s.exec(text) as unknown as string[];
  const count = countText === undefined ? 1 : Number(countText.replaceAll(/[\s_,]/g, '') || Number.NaN);
  if (!Number.isInteger(count) || count < 1 || count > mostAgents) {
    fail(
      text,
      `the count before * is "${countText.trim()}"; it is a whole number from 1 to ${humanCount(mostAgents)}`,
    );
  }
  let resources: Resources;
  try {
    resources = parseDistinctResources(resourceText);
  } catch (error) {
    if (error instanceof ResourceTextError) fail(text, error.message);
    throw error;
  }
  if (resources.isEmpty) fail(text, 'an agent has resources, such as cpus:16;mem:65536');
  resources.forEachScalar((nameId) => {
    const meant = slips[nameOf(nameId)];
    if (meant !== undefined) fail(text, `there is no resource ${nameOf(nameId)}; it is called ${meant}`);
  });
  return { count, resources, attributes: [] };
}

/**
 * Reads a cluster given as several `--agents` items, in order.
 *
 * @throws SimError in one line
 */
export function parseCluster(items: readonly string[]): AgentSpec[] {
  const specs = items.map(parseAgents);
  if (agentCount(specs) === 0)
    throw new SimError('the cluster has no agents; give one with --agents "cpus:16;mem:65536"');
  if (agentCount(specs) > mostAgents) {
    throw new SimError(
      `the cluster has ${humanCount(agentCount(specs))} agents; a run takes ${humanCount(mostAgents)} at most`,
    );
  }
  return specs;
}

/** Host name of an agent by its number in cluster order. */
export function agentName(number: number): string {
  return `a${number}`;
}

export function agentCount(specs: readonly AgentSpec[]): number {
  return specs.reduce((sum, spec) => sum + spec.count, 0);
}

function fail(text: string, why: string): never {
  throw new SimError(`agents "${text}": ${why}`);
}
