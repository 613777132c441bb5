/** Calls that must be refused and change nothing: about things that are not there, or half right. */
import type { Allocator, Refusal } from '../../src/cluster/allocator.js';
import { parseConstraintGroup } from '../../src/cluster/offer-constraints.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import type { HistoryWorld } from './history-world.js';

interface Mistake {
  readonly what: string;
  readonly invoke: (allocator: Allocator) => Refusal;
}

const NOBODY = 99;
const MUCH = Resources.plain(1_000_000_000, 0);
const CONSTRAINED = [parseConstraintGroup('rack=r1')];
const MALFORMED = [parseConstraintGroup('rack~(')];
const LITTLE = Resources.plain(1, 0);

/** At least those that need nothing to be there. */
export function mistakes(world: HistoryWorld, on: number): Mistake[] {
  const info = world.frameworkInfo(NOBODY, {
    roles: [1],
    capabilities: 0,
    suppressed: 0,
    minAllocatable: 0,
    constraints: 0,
  });
  const always: Mistake[] = [
    { what: 'remove an unknown agent', invoke: (a) => a.removeAgent(NOBODY) },
    { what: 'activate an unknown agent', invoke: (a) => a.activateAgent(NOBODY) },
    {
      what: 'update an unknown agent',
      invoke: (a) => a.updateAgent(NOBODY, world.agentInfo(NOBODY, LITTLE, 0), world.now),
    },
    { what: 'remove an unknown framework', invoke: (a) => a.removeFramework(NOBODY) },
    { what: 'activate an unknown framework', invoke: (a) => a.activateFramework(NOBODY) },
    { what: 'deactivate an unknown framework', invoke: (a) => a.deactivateFramework(NOBODY) },
    { what: 'update an unknown framework', invoke: (a) => a.updateFramework(NOBODY, info, []) },
    { what: 'request by an unknown framework', invoke: (a) => a.request(NOBODY, [], world.now) },
    { what: 'revive an unknown framework', invoke: (a) => a.revive(NOBODY, []) },
    { what: 'suppress an unknown framework', invoke: (a) => a.suppress(NOBODY, []) },
    {
      what: 'suppress a role at birth that it lacks',
      invoke: (a) => a.addFramework(NOBODY, info, [2], true, world.now),
    },
    {
      what: 'quota on a nested role, under strict quota with a limit below the guarantee',
      invoke: (a) => a.setQuota(2, { cpus: 1000 }, a.name.includes('quota=strict') ? { cpus: 1 } : {}),
    },
    { what: 'a weight of 0', invoke: (a) => a.updateWeights([{ role: 1, weight: 0 }]) },
    {
      what: 'a good weight and a bad one',
      invoke: (a) =>
        a.updateWeights([
          { role: 1, weight: 7 },
          { role: 2, weight: -1 },
        ]),
    },
  ];
  return [...always, ...onAgent(world, on), ...onFramework(world, on), ...onHeld(world, on)];
}

function onAgent(world: HistoryWorld, on: number): Mistake[] {
  const ids = [...world.agents.keys()];
  if (ids.length === 0) return [];
  const agent = ids[on % ids.length];
  const { info } = world.agents.get(agent)!;
  return [
    { what: 'add an agent twice', invoke: (a) => a.addAgent(agent, info, [], world.now) },
    { what: 'convert what is not free', invoke: (a) => a.updateAvailable(agent, MUCH, Resources.EMPTY) },
    {
      what: 'recover from an unknown framework',
      invoke: (a) => a.recover(NOBODY, 0, agent, LITTLE),
    },
  ];
}

function onFramework(world: HistoryWorld, on: number): Mistake[] {
  const ids = [...world.frameworks.keys()];
  if (ids.length === 0) return [];
  const framework = ids[on % ids.length];
  const { info } = world.frameworks.get(framework)!;
  const not = [0, 1, 2, 3, 4, 5, 6, 7].find((role) => !info.roles.includes(role))!;
  const ask = { resources: LITTLE, count: 1, allOrNothing: false };
  const asks = [
    { ...ask, role: info.roles[0] },
    { ...ask, role: not },
  ];
  return [
    { what: 'add a framework twice', invoke: (a) => a.addFramework(framework, info, [], true, world.now) },
    {
      what: 'constrain a role that it lacks',
      invoke: (a) =>
        a.updateFramework(framework, { ...info, constraints: new Map([[not, CONSTRAINED]]) }, []),
    },
    {
      what: 'a regular expression that is none',
      invoke: (a) =>
        a.updateFramework(framework, { ...info, constraints: new Map([[info.roles[0], MALFORMED]]) }, []),
    },
    { what: 'suppress a role that it lacks', invoke: (a) => a.suppress(framework, [info.roles[0], not]) },
    { what: 'revive a role that it lacks', invoke: (a) => a.revive(framework, [info.roles[0], not]) },
    { what: 'a second ask in a role that it lacks', invoke: (a) => a.request(framework, asks, world.now) },
    {
      what: 'update to a suppressed role that it lacks',
      invoke: (a) => a.updateFramework(framework, info, [not]),
    },
    {
      what: 'decline on an unknown agent',
      invoke: (a) => a.decline(framework, info.roles[0], NOBODY, LITTLE, 1, world.now),
    },
  ];
}

function onHeld(world: HistoryWorld, on: number): Mistake[] {
  if (world.held.length === 0) return [];
  const { framework, role, agent, resources } = world.held[on % world.held.length];
  const tooMuch = resources.plus(MUCH);
  return [
    { what: 'recover more than is held', invoke: (a) => a.recover(framework, role, agent, tooMuch) },
    {
      what: 'decline more than is held',
      invoke: (a) => a.decline(framework, role, agent, tooMuch, 5, world.now),
    },
    {
      what: 'convert more than is held',
      invoke: (a) => a.updateAllocation(framework, role, agent, tooMuch, Resources.EMPTY),
    },
    { what: 'recover in another role', invoke: (a) => a.recover(framework, (role + 1) % 8, agent, MUCH) },
  ];
}
