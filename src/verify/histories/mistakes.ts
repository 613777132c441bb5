import type { Allocator, Refusal } from '../../cluster/allocator.js';
import { Resources } from '../../cluster/resources/resources.js';
import type { World } from '../../scenario/world.js';

/** An id that nothing has. */
const NOBODY = 9999;

/** Nothing is there yet to make the mistake with. */
export const IMPOSSIBLE = 'there is nothing to be mistaken about';

type Mistake = (allocator: Allocator, world: World) => Refusal;

/** Calls about what is not there, or is there already. The interface says that each is refused and changes nothing. */
const mistakes: Readonly<Record<string, Mistake>> = {
  removeAgent: (allocator) => allocator.removeAgent(NOBODY),
  updateAgent: (allocator, { now }) => allocator.updateAgent(NOBODY, agentInfo('nobody'), now),
  deactivateAgent: (allocator) => allocator.deactivateAgent(NOBODY),
  removeFramework: (allocator) => allocator.removeFramework(NOBODY),
  deactivateFramework: (allocator) => allocator.deactivateFramework(NOBODY),
  suppress: (allocator) => allocator.suppress(NOBODY, []),
  revive: (allocator) => allocator.revive(NOBODY, []),
  request: (allocator, { now }) => {
    const ask = { role: 0, resources: Resources.plain(1000, 0), count: 1, allOrNothing: false };
    return allocator.request(NOBODY, [ask], now);
  },
  recover: (allocator, world) => {
    const agent = firstOf(world.agents);
    return agent === undefined
      ? IMPOSSIBLE
      : allocator.recover(NOBODY, 0, agent.id, Resources.plain(1000, 0));
  },
  decline: (allocator, world) => {
    const agent = firstOf(world.agents);
    if (agent === undefined) return IMPOSSIBLE;
    return allocator.decline(NOBODY, 0, agent.id, Resources.plain(1000, 0), 5_000_000, world.now);
  },
  addAgentTwice: (allocator, world) => {
    const agent = firstOf(world.agents);
    return agent === undefined ? IMPOSSIBLE : allocator.addAgent(agent.id, agent.info, [], world.now);
  },
  addFrameworkTwice: (allocator, world) => {
    const framework = firstOf(world.frameworks);
    if (framework === undefined) return IMPOSSIBLE;
    return allocator.addFramework(framework.id, framework.info, [], true, world.now);
  },
  recoverTooMuch: (allocator, world) => {
    const held = world.ledger.entries().find(({ framework }) => world.frameworkName(framework) !== undefined);
    if (held === undefined) return IMPOSSIBLE;
    const { framework, role, agent, resources } = held;
    return allocator.recover(framework, role, agent, resources.plus(resources));
  },
};

export function makeMistake(call: string, allocator: Allocator, world: World): Refusal {
  return Object.hasOwn(mistakes, call) ? mistakes[call](allocator, world) : IMPOSSIBLE;
}

function firstOf<T>(map: ReadonlyMap<string, T>): T | undefined {
  return map.values().next().value;
}

function agentInfo(name: string): Parameters<Allocator['addAgent']>[1] {
  return { id: name, hostname: name, total: Resources.plain(1000, 1000), attributes: [], capabilities: [] };
}
