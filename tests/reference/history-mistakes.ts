/** Calls that must be refused and change nothing: about things that are not there, or half right. */
import type { Allocator, Refusal } from '../../src/cluster/allocator.js';
import { parseConstraintGroup } from '../../src/cluster/offer-constraints.js';
import type { FrameworkInfo, Quantities } from '../../src/cluster/protocol.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import type { HistoryWorld } from './history-world.js';

export interface Mistake {
  readonly what: string;
  /** What the refusal cites; undefined: no rule says so, and it is in words. */
  readonly rule?: string | ((allocator: Allocator) => string);
  readonly invoke: (allocator: Allocator) => Refusal;
}

/** @throws Error when the allocator refuses it without its rule */
export function commit({ what, rule: told, invoke }: Mistake, allocator: Allocator): Refusal {
  const rule = typeof told === 'function' ? told(allocator) : told;
  const refusal = invoke(allocator);
  if (rule === undefined || refusal === undefined || refusal.endsWith(` (${rule})`)) return refusal;
  throw new Error(`${what}: it cites ${rule} nowhere: ${refusal}`);
}

const NOBODY = 99;
const MUCH = Resources.plain(1_000_000_000, 0);
const CONSTRAINED = [parseConstraintGroup('rack=r1')];
const MALFORMED = [parseConstraintGroup('rack~(')];
const LITTLE = Resources.plain(1, 0);
const NONE = Resources.EMPTY;
const ASK = { role: 0, resources: LITTLE, count: 1, allOrNothing: false };

/** At least those that need nothing to be there. */
export function mistakes(world: HistoryWorld, on: number): Mistake[] {
  const parts = [onNobody, onPolicy, onAgent, onFramework, onAsks, onHeld];
  return parts.flatMap((part) => part(world, on));
}

function onNobody(world: HistoryWorld): Mistake[] {
  const { now } = world;
  const info = nobody(world);
  return [
    { what: 'remove an unknown agent', invoke: (a) => a.removeAgent(NOBODY) },
    { what: 'activate an unknown agent', invoke: (a) => a.activateAgent(NOBODY) },
    { what: 'deactivate an unknown agent', invoke: (a) => a.deactivateAgent(NOBODY) },
    {
      what: 'update an unknown agent',
      invoke: (a) => a.updateAgent(NOBODY, world.agentInfo(NOBODY, LITTLE, 0), now),
    },
    {
      what: 'convert on an unknown agent',
      rule: 'R-7.11',
      invoke: (a) => a.updateAvailable(NOBODY, LITTLE, NONE),
    },
    { what: 'remove an unknown framework', invoke: (a) => a.removeFramework(NOBODY) },
    { what: 'activate an unknown framework', invoke: (a) => a.activateFramework(NOBODY) },
    { what: 'deactivate an unknown framework', invoke: (a) => a.deactivateFramework(NOBODY) },
    { what: 'update an unknown framework', invoke: (a) => a.updateFramework(NOBODY, info, []) },
    { what: 'request by an unknown framework', rule: 'Q-1', invoke: (a) => a.request(NOBODY, [], now) },
    { what: 'revive an unknown framework', rule: 'R-6.7', invoke: (a) => a.revive(NOBODY, []) },
    { what: 'suppress an unknown framework', rule: 'R-6.7', invoke: (a) => a.suppress(NOBODY, []) },
    {
      what: 'recover from an unknown framework',
      rule: 'R-2.3',
      invoke: (a) => a.recover(NOBODY, 0, 0, LITTLE),
    },
    {
      what: 'decline by an unknown framework',
      rule: 'R-2.3',
      invoke: (a) => a.decline(NOBODY, 0, 0, LITTLE, 1, now),
    },
    {
      what: 'convert what an unknown framework holds',
      rule: 'R-2.3',
      invoke: (a) => a.updateAllocation(NOBODY, 0, 0, LITTLE, NONE),
    },
    ...malformed(info).map(({ what, rule, wrong, suppressed }) => ({
      what: `add a framework with ${what}`,
      rule,
      invoke: (a: Allocator) => a.addFramework(NOBODY, wrong, suppressed, true, now),
    })),
  ];
}

function nobody(world: HistoryWorld): FrameworkInfo {
  const pick = { roles: [1], capabilities: 0, suppressed: 0, minAllocatable: 0, constraints: 0 };
  return world.frameworkInfo(NOBODY, pick);
}

/** A role of the histories that is none of these. */
function foreignTo(roles: readonly number[]): number {
  return [0, 1, 2, 3, 4, 5, 6, 7].find((role) => !roles.includes(role))!;
}

/** Descriptions of a framework that no framework may have. */
function malformed(info: FrameworkInfo) {
  const [own] = info.roles;
  const not = foreignTo(info.roles);
  const constrained = (role: number, groups: (typeof CONSTRAINED)[number][]): FrameworkInfo => ({
    ...info,
    constraints: new Map([[role, groups]]),
  });
  const capabilities = info.capabilities.filter((each) => each !== 'MULTI_ROLE');
  return [
    { what: 'a role twice', rule: 'R-2.4', wrong: { ...info, roles: [own, own] } },
    { what: 'two roles, one allowed', rule: 'R-2.4', wrong: { ...info, roles: [own, not], capabilities } },
    { what: 'no role, one needed', rule: 'R-2.4', wrong: { ...info, roles: [], capabilities } },
    { what: 'a foreign role suppressed', rule: 'R-6.8', wrong: info, suppressed: [not] },
    { what: 'a foreign role constrained', rule: 'R-9.15', wrong: constrained(not, CONSTRAINED) },
    { what: 'an empty list of constraints', rule: 'R-9.14', wrong: constrained(own, []) },
    { what: 'an empty group of constraints', rule: 'R-9.14', wrong: constrained(own, [[]]) },
    { what: 'a regular expression that is none', rule: 'R-9.14', wrong: constrained(own, MALFORMED) },
  ].map((each) => ({ suppressed: [], ...each }));
}

function onPolicy(world: HistoryWorld): Mistake[] {
  const misnamed = world.roles.intern('eng//web');
  const weigh = (what: string, rule: string, ...weights: { role: number; weight: number }[]): Mistake => ({
    what,
    rule,
    invoke: (a) => a.updateWeights(weights),
  });
  const quota = (what: string, rule: string, role: number, least: Quantities, most: Quantities): Mistake => ({
    what,
    rule,
    invoke: (a) => a.setQuota(role, least, most),
  });
  return [
    weigh('a weight of 0', 'R-8.9', { role: 1, weight: 0 }),
    weigh('a weight without end', 'R-8.9', { role: 1, weight: Infinity }),
    weigh('a weight that is no number', 'R-8.9', { role: 1, weight: NaN }),
    weigh('a good weight and a bad one', 'R-8.9', { role: 1, weight: 7 }, { role: 2, weight: -1 }),
    weigh('a weight of a misnamed role', 'R-2.1', { role: 1, weight: 7 }, { role: misnamed, weight: 1 }),
    quota('quota of a misnamed role', 'R-2.1', misnamed, {}, {}),
    quota('a guarantee above the limit', 'R-8.1', 1, { cpus: 2 }, { cpus: 1 }),
    quota('a negative guarantee', 'R-8.1', 1, { cpus: -1 }, {}),
    quota('a limit that is no number', 'R-8.1', 1, {}, { cpus: NaN }),
    quota('a limit without end', 'R-8.1', 1, {}, { cpus: Infinity }),
    {
      what: 'quota on a nested role; under strict quota more than the one above it has',
      rule: (a) => (a.nestedQuota === true ? 'T-4' : 'R-8.2'),
      invoke: (a) => a.setQuota(2, { flavour: 1000 }, {}),
    },
  ];
}

function onAgent(world: HistoryWorld, on: number): Mistake[] {
  const ids = [...world.agents.keys()];
  if (ids.length === 0) return [];
  const agent = ids[on % ids.length];
  const { info } = world.agents.get(agent)!;
  return [
    {
      what: 'add an agent twice',
      rule: 'R-5.8',
      invoke: (a) => a.addAgent(agent, info, [], world.now),
    },
    {
      what: 'convert what is not free',
      rule: 'R-7.11',
      invoke: (a) => a.updateAvailable(agent, MUCH, NONE),
    },
    {
      what: 'make something of nothing',
      rule: 'R-7.13',
      invoke: (a) => a.updateAvailable(agent, NONE, MUCH),
    },
  ];
}

function onFramework(world: HistoryWorld, on: number): Mistake[] {
  const ids = [...world.frameworks.keys()];
  if (ids.length === 0) return [];
  const framework = ids[on % ids.length];
  const { info } = world.frameworks.get(framework)!;
  const [own] = info.roles;
  const not = foreignTo(info.roles);
  return [
    {
      what: 'add a framework twice',
      rule: 'R-5.8',
      invoke: (a) => a.addFramework(framework, info, [], true, world.now),
    },
    {
      what: 'suppress a role that it lacks',
      rule: 'R-6.7',
      invoke: (a) => a.suppress(framework, [own, not]),
    },
    { what: 'revive a role that it lacks', rule: 'R-6.7', invoke: (a) => a.revive(framework, [own, not]) },
    {
      what: 'recover on an unknown agent',
      rule: 'R-1.6',
      invoke: (a) => a.recover(framework, own, NOBODY, LITTLE),
    },
    {
      what: 'decline on an unknown agent',
      rule: 'R-1.6',
      invoke: (a) => a.decline(framework, own, NOBODY, LITTLE, 1, world.now),
    },
    {
      what: 'convert what it holds on an unknown agent',
      rule: 'R-1.6',
      invoke: (a) => a.updateAllocation(framework, own, NOBODY, LITTLE, NONE),
    },
    ...malformed(info).map(({ what, rule, wrong, suppressed }) => ({
      what: `update a framework to ${what}`,
      rule,
      invoke: (a: Allocator) => a.updateFramework(framework, wrong, suppressed),
    })),
  ];
}

/** Each behind one that is fine. */
function onAsks(world: HistoryWorld, on: number): Mistake[] {
  const ids = [...world.frameworks.keys()];
  if (ids.length === 0) return [];
  const framework = ids[on % ids.length];
  const { roles } = world.frameworks.get(framework)!.info;
  const fine = { ...ASK, role: roles[0] };
  const not = foreignTo(roles);
  const wrong = [
    { what: 'in a role that it lacks', rule: 'Q-1', ask: { ...fine, role: not } },
    { what: 'for no pieces', rule: 'Q-1', ask: { ...fine, count: 0 } },
    { what: 'for half a piece', rule: 'Q-1', ask: { ...fine, count: 0.5 } },
    { what: 'for nothing', rule: 'Q-1', ask: { ...fine, resources: NONE } },
    { what: 'under a condition that is none', ask: { ...fine, constraint: 'rack=' } },
  ];
  return wrong.map(({ what, rule, ask }) => ({
    what: `a second ask ${what}`,
    rule,
    invoke: (a) => a.request(framework, [fine, ask], world.now),
  }));
}

function onHeld(world: HistoryWorld, on: number): Mistake[] {
  if (world.held.length === 0) return [];
  const { framework, role, agent, resources } = world.held[on % world.held.length];
  // What runs on an agent may be of a framework that comes later.
  const isKnown = world.frameworks.has(framework);
  const notHeld = isKnown ? 'R-1.6' : 'R-2.3';
  const tooMuch = resources.plus(MUCH);
  return [
    {
      what: 'recover more than is held',
      rule: notHeld,
      invoke: (a) => a.recover(framework, role, agent, tooMuch),
    },
    {
      what: 'decline more than is held',
      rule: notHeld,
      invoke: (a) => a.decline(framework, role, agent, tooMuch, 5, world.now),
    },
    {
      what: 'convert more than is held',
      rule: notHeld,
      invoke: (a) => a.updateAllocation(framework, role, agent, tooMuch, NONE),
    },
    {
      what: 'convert what is held to more',
      rule: isKnown ? 'R-7.13' : 'R-2.3',
      invoke: (a) => a.updateAllocation(framework, role, agent, resources, resources.plus(LITTLE)),
    },
    { what: 'recover in another role', invoke: (a) => a.recover(framework, (role + 1) % 8, agent, MUCH) },
  ];
}
