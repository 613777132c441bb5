import { resourcesFromJson, type ResourceJson } from '../cluster/resources/json.js';
import type { Attribute } from '../cluster/protocol.js';
import type { MasterClient } from '../realnet/client/master-client.js';
import type { AgentSpec } from '../sim/cluster-spec.js';

/** A master's agents when a replay begins. */
export interface LiveCluster {
  /** One entry an agent. */
  readonly agents: readonly AgentSpec[];
  /** Ids of the agents, in the same order. */
  readonly ids: readonly string[];
  /** How the master was started, by option. */
  readonly flags: ReadonlyMap<string, string>;
}

interface AgentMessage {
  readonly active: boolean;
  readonly agent_info: {
    readonly id: { readonly value: string };
    readonly hostname: string;
    readonly attributes?: readonly AttributeMessage[];
  };
  readonly total_resources?: readonly ResourceJson[];
}

interface AttributeMessage {
  readonly name: string;
  readonly type: string;
  readonly text?: { readonly value: string };
  readonly scalar?: { readonly value: number };
}

/** Asks a master for its agents and its flags. @throws MasterClientError */
export async function readCluster(client: MasterClient): Promise<LiveCluster> {
  const { agents = [] } = (await client.show('GET_AGENTS')) as { readonly agents?: readonly AgentMessage[] };
  const { flags = [] } = (await client.show('GET_FLAGS')) as {
    readonly flags?: readonly { readonly name: string; readonly value?: string }[];
  };
  const there = agents.filter(({ active }) => active);
  return {
    agents: there.map(({ agent_info: { hostname, attributes = [] }, total_resources: total = [] }) => ({
      count: 1,
      resources: resourcesFromJson(total).resources,
      attributes: attributes.flatMap(attributeOf),
      hostnames: [hostname],
    })),
    ids: there.map(({ agent_info: { id } }) => id.value),
    flags: new Map(flags.map(({ name, value = '' }) => [name, value])),
  };
}

/** Constraints of traces speak of texts and numbers only. */
function attributeOf({ name, type, text, scalar }: AttributeMessage): Attribute[] {
  if (type === 'TEXT' && text !== undefined) return [{ name, type, text: text.value }];
  if (type === 'SCALAR' && scalar !== undefined) {
    return [{ name, type, milli: Math.round(scalar.value * 1000) }];
  }
  return [];
}
