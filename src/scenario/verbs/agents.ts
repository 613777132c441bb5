import { areSameAttributes } from '../../cluster/attributes.js';
import type { AgentCapability, AgentInfo } from '../../cluster/protocol.js';
import { Refused, settle } from '../refusal.js';
import type { Action } from '../schema.js';
import type { World } from '../world.js';

/** @throws Refused */
export function addAgent(world: World, step: Action<'addAgent'>): void {
  const known = world.agents.get(step.agent);
  const id = known?.id ?? world.nextAgentId();
  const info = agentInfo(step.agent, step, {
    id: step.agent,
    hostname: step.agent,
    total: step.resources,
    attributes: [],
    capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE'],
  });
  const used = (step.used ?? []).flatMap(([framework, byRole]) =>
    byRole
      .map(([path, resources]) => ({ role: world.role(path), resources }))
      .filter(({ resources }) => !resources.isEmpty)
      .map((entry) => ({ ...entry, framework: world.frameworkId(framework) })),
  );
  const problem = known && `duplicate agent ${step.agent}: it is there already (R-5.8)`;
  settle(world.allocator.addAgent(id, info, used, world.now), problem);
  world.addAgent(step.agent, { id, info });
  for (const entry of used) world.ledger.add({ ...entry, agent: id });
}

/** @throws Refused */
export function updateAgent(world: World, step: Action<'updateAgent'>): void {
  const agent = world.agent(step.agent);
  const info = agentInfo(step.agent, step, agent.info);
  settle(world.allocator.updateAgent(agent.id, info, world.now));
  if (!areSameAttributes(agent.info.attributes, info.attributes)) world.inverse.forgetRefusals(agent.id);
  agent.info = info;
}

/** An agent's description with the given keys replaced. */
function agentInfo(
  name: string,
  step: Pick<Action<'updateAgent'>, 'resources' | 'attributes' | 'capabilities' | 'domain'>,
  base: AgentInfo,
): AgentInfo {
  const unknown = step.capabilities?.find((capability) => !isAgentCapability(capability));
  if (unknown !== undefined) throw new Refused(`unknown capability ${unknown} of agent ${name}`);
  return {
    ...base,
    total: step.resources ?? base.total,
    attributes: step.attributes ?? base.attributes,
    capabilities: step.capabilities?.filter(isAgentCapability) ?? base.capabilities,
    ...(step.domain && { domain: step.domain }),
  };
}

const agentCapabilities: readonly AgentCapability[] = [
  'MULTI_ROLE',
  'HIERARCHICAL_ROLE',
  'RESERVATION_REFINEMENT',
  'RESOURCE_PROVIDER',
  'RESIZE_VOLUME',
  'AGENT_OPERATION_FEEDBACK',
  'AGENT_DRAINING',
  'TASK_RESOURCE_LIMITS',
];

function isAgentCapability(name: string): name is AgentCapability {
  return (agentCapabilities as readonly string[]).includes(name);
}
