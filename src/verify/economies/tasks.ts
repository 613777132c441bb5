import fc from 'fast-check';
import { SECOND } from '../../cluster/ids.js';
import { Resources } from '../../cluster/resources/resources.js';
import { Roles } from '../../cluster/roles.js';
import { randomStream } from '../../workloads/random-streams.js';
import type { Allocator, AllocatorOptions, OfferMode } from '../../cluster/allocator.js';
import type { AgentInfo, Offer } from '../../cluster/protocol.js';
import type { User } from '../../allocators/mechanisms/economy.js';
import { userName, type Subject } from '../check.js';
import { RESOURCES } from './divisible.js';

/** Whole tasks on agents (E1: one agent, E2: several), all users backlogged. */
export interface TaskEconomy {
  /** Capacity of each agent. */
  readonly agents: readonly (readonly number[])[];
  readonly users: readonly User[];
  /** All users are frameworks of one role; else each has a role of its own, which carries its weight. */
  readonly oneRole: boolean;
  /** Roles that the cluster knew before and that nobody uses: ids are larger, nothing else may change. */
  readonly formerRoles: number;
  /** What happened before and is over: nothing of it may be left. Absent: nothing. */
  readonly before?: readonly Past[];
  /** All roles lie below one. Absent: no. */
  readonly nested?: boolean;
}

/**
 * `left`: a user ran a task on an agent, and both are gone; `grew`: the first agent had half of what it has; `ended`: the first
 * user ran a task.
 */
export type Past = 'left' | 'grew' | 'ended';

/** The fixed point of a running allocator. */
export interface Placement {
  /** Tasks per user and agent. */
  readonly tasks: readonly (readonly number[])[];
}

/** An allocator did what none may do; the message says what. */
export class AllocatorFault extends Error {
  override readonly name = 'AllocatorFault';
}

export interface TaskOptions {
  readonly agents: 'one' | 'several';
  readonly weights?: boolean;
  /** Every third economy has ten times the room: what is hidden below one task in a small one shows there. */
  readonly large?: true;
}

/** Random economies of whole tasks in the ranges of semantics-notes section 8; several agents are 2 or 3. */
export function taskEconomies({ agents, weights = true, large }: TaskOptions): fc.Arbitrary<TaskEconomy> {
  const weight = weights
    ? fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 3 }))
    : fc.constant(1);
  return fc
    .record({
      resources: fc.oneof({ weight: 2, arbitrary: fc.constant(2) }, fc.constant(3)),
      agents: fc.array(vectorOf(4, 30), {
        minLength: agents === 'one' ? 1 : 2,
        maxLength: agents === 'one' ? 1 : 3,
      }),
      users: fc.array(fc.record({ demand: vectorOf(1, 8), weight }), { minLength: 2, maxLength: 4 }),
      oneRole: fc.boolean(),
      formerRoles: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 70 })),
      before: fc.oneof(
        { weight: 3, arbitrary: fc.constant([]) },
        fc.subarray<Past>(['left', 'grew', 'ended'], { minLength: 1 }),
      ),
      nested: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.constant(true)),
      times: large ? fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, fc.constant(10)) : fc.constant(1),
    })
    .map((drawn) => {
      const cut = (values: readonly number[]): number[] => values.slice(0, drawn.resources);
      const users = drawn.users.map((user) => ({ ...user, demand: cut(user.demand) }));
      return {
        agents: drawn.agents.map((agent) => cut(agent).map((amount) => amount * drawn.times)),
        users,
        oneRole: drawn.oneRole && users.every((user) => user.weight === 1),
        formerRoles: drawn.formerRoles,
        before: drawn.before,
        nested: drawn.nested,
      };
    });
}

function vectorOf(min: number, max: number): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min, max }), { minLength: 3, maxLength: 3 });
}

/** Amounts of the economy's resources: whole units, in milli-units inside. */
export function resourcesOf(amounts: readonly number[], parts = 1): Resources {
  const milli = amounts.map((amount) => Math.round((amount * 1000) / parts));
  return Resources.fromMilli(Object.fromEntries(milli.map((amount, r) => [RESOURCES[r], amount])));
}

/** The whole cluster's capacity. */
export function capacityOf({ agents }: TaskEconomy): number[] {
  return agents[0].map((_, r) => agents.reduce((sum, agent) => sum + agent[r], 0));
}

/** Tasks of each user on all agents. */
export function totals({ tasks }: Placement): number[] {
  return tasks.map((onAgents) => onAgents.reduce((sum, count) => sum + count, 0));
}

/** Options of an allocator, first-fit in demand mode; nothing in an economy is random but what the policy draws. */
export function optionsFor(
  roles: Roles,
  tenants: AllocatorOptions['tenants'],
  offers: OfferMode = 'demand',
): AllocatorOptions {
  return {
    roles,
    random: (stream) => randomStream('1', `allocator/${stream}`),
    offers,
    agentOrder: offers === 'demand' ? 'first-fit' : 'random',
    intervalUs: SECOND,
    instant: false,
    minAllocatable: [],
    fairnessExclude: [],
    roleSorter: 'drf',
    frameworkSorter: 'drf',
    ...(tenants !== undefined && { tenants }),
  };
}

/**
 * An allocator with the economy's agents and users, who have not asked for anything yet.
 *
 * @param absent a user who comes later
 */
export function populate(
  economy: TaskEconomy,
  subject: Subject,
  absent = -1,
  offers: OfferMode = 'demand',
): { allocator: Allocator; roleOf: number[] } {
  const roles = new Roles();
  for (let i = 0; i < economy.formerRoles; i++) roles.intern(`former-${i}`);
  const { before = [], nested = false } = economy;
  const names = economy.users.map((_, i) => (nested ? 'org/' : '') + (economy.oneRole ? 'all' : userName(i)));
  const roleOf = names.map((name) => roles.intern(name));
  const frameworks = economy.users.map((_, i) => userName(i));
  const tenants = { roles: [...new Set(names)], frameworks };
  const allocator = subject.create(optionsFor(roles, tenants, offers));
  economy.agents.forEach((capacity, agent) => {
    const half = agent === 0 && before.includes('grew');
    const first = half ? capacity.map((amount) => Math.ceil(amount / 2)) : capacity;
    done(allocator.addAgent(agent, agentInfo(agent, first), [], 0), 'a new agent');
    if (half) done(allocator.updateAgent(agent, agentInfo(agent, capacity), 0), 'an agent that grew');
  });
  if (before.includes('left')) comeAndGo(economy, allocator, roles.intern('gone'));
  if (!economy.oneRole) {
    const weights = economy.users.map(({ weight }, i) => ({ role: roleOf[i], weight }));
    done(allocator.updateWeights(weights), 'new weights');
  }
  economy.users.forEach((_, i) => {
    if (i === absent) return;
    addUser(allocator, i, roleOf[i], 0);
    // Before the others are there: who has not asked yet is offered whole agents.
    if (i === 0 && before.includes('ended')) runOne(allocator, i, roleOf[i], economy.users[i].demand);
  });
  return { allocator, roleOf };
}

function agentInfo(agent: number, capacity: readonly number[]): AgentInfo {
  return {
    id: `a${agent}`,
    hostname: `a${agent}`,
    total: resourcesOf(capacity),
    attributes: [],
    capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE'],
  };
}

/** A user runs a task on an agent of its own; then both leave. */
function comeAndGo({ agents, users }: TaskEconomy, allocator: Allocator, role: number): void {
  const [agent, user] = [agents.length, users.length];
  agents.forEach((_, other) => done(allocator.deactivateAgent(other), 'a deactivation'));
  // Of another shape than the rest: if it still counted, other resources would be dominant.
  const capacity = agents[0].map((amount, r) => (r === 0 ? 50 * amount : amount));
  done(allocator.addAgent(agent, agentInfo(agent, capacity), [], 0), 'a new agent');
  addUser(allocator, user, role, 0);
  const ask = { role, resources: resourcesOf(users[0].demand), count: 1, allOrNothing: false };
  done(allocator.request(user, [ask], 0), 'an ask');
  allocator.allocate(0, 'all', () => undefined);
  done(allocator.removeAgent(agent), 'the end of an agent');
  done(allocator.removeFramework(user), 'the end of a framework');
  agents.forEach((_, other) => done(allocator.activateAgent(other), 'an activation'));
}

/** A user asks for a task, and what it is granted ends at once. */
function runOne(allocator: Allocator, user: number, role: number, demand: readonly number[]): void {
  const ask = { role, resources: resourcesOf(demand), count: 1, allOrNothing: false };
  done(allocator.request(user, [ask], 0), 'an ask');
  const granted: Offer[] = [];
  allocator.allocate(0, 'all', (_, offers) => granted.push(...offers));
  for (const { agent, resources } of granted) {
    done(allocator.recover(user, role, agent, resources), 'the resources of a task that ended');
  }
  // What was not granted is not wanted any more.
  if (granted.length === 0) done(allocator.request(user, [], 0), 'an empty request');
}

export function addUser(allocator: Allocator, user: number, role: number, now: number): void {
  const info = {
    name: userName(user),
    id: userName(user),
    roles: [role],
    capabilities: ['MULTI_ROLE' as const],
  };
  done(allocator.addFramework(user, info, [], true, now), 'a new framework');
}

/** @throws AllocatorFault when the allocator refused what is right */
export function done(refusal: string | undefined, what: string): void {
  if (refusal !== undefined) throw new AllocatorFault(`it refuses ${what}: ${refusal}`);
}

/** Cycles without new demand after which an allocator that still offers is at fault. */
const MOST_CYCLES = 50;

/**
 * Runs the allocator as it is: demand mode, every user asks for more than fits, from empty, to the fixed point.
 *
 * @param reports what users ask for, in place of what they need
 * @param parts every task is cut in so many equal parts (the link to the divisible economy)
 * @throws AllocatorFault
 */
export function place(
  economy: TaskEconomy,
  subject: Subject,
  reports: readonly (readonly number[])[] = economy.users.map(({ demand }) => demand),
  parts = 1,
): Placement {
  const { allocator, roleOf } = populate(economy, subject);
  const tasks = economy.users.map(() => economy.agents.map(() => 0));
  const pieces = reports.map((report) => resourcesOf(report, parts));
  const free = economy.agents.map((capacity) => resourcesOf(capacity));
  reports.forEach((report, user) => {
    const asked = mostTasks(economy, report, parts) + 1;
    const ask = { role: roleOf[user], resources: pieces[user], count: asked, allOrNothing: false };
    done(allocator.request(user, [ask], 0), 'an ask');
  });
  for (let cycle = 0; ; cycle++) {
    let granted = 0;
    allocator.allocate(cycle * SECOND, 'all', (framework, offers) => {
      for (const { agent, resources } of offers) {
        granted++;
        checkGrant(framework, agent, resources, pieces, free);
        free[agent] = free[agent].minus(resources);
        tasks[framework][agent]++;
      }
    });
    if (granted === 0) return { tasks };
    if (cycle >= MOST_CYCLES)
      throw new AllocatorFault(`it still offers after ${MOST_CYCLES} cycles without new demand`);
  }
}

/** Parts of tasks of this shape that the cluster holds at most. */
export function mostTasks({ agents }: TaskEconomy, demand: readonly number[], parts = 1): number {
  const on = (agent: readonly number[]): number =>
    Math.floor(Math.min(...demand.map((amount, r) => (agent[r] * parts) / amount)));
  return agents.reduce((sum, agent) => sum + on(agent), 0);
}

/** @throws AllocatorFault unless the grant is one piece that was asked for, on an agent that has it */
export function checkGrant(
  framework: number,
  agent: number,
  resources: Resources,
  pieces: readonly Resources[],
  free: readonly Resources[],
): void {
  const piece = pieces[framework];
  if (piece === undefined)
    throw new AllocatorFault(`it offers to framework ${framework}, which is not there`);
  if (free[agent] === undefined) throw new AllocatorFault(`it offers agent ${agent}, which is not there`);
  if (!free[agent].contains(resources)) {
    throw new AllocatorFault(
      `it offers ${userName(framework)} ${amountsText(resources)} on agent a${agent}, which has ${amountsText(free[agent])}`,
    );
  }
  if (!resources.equals(piece)) {
    throw new AllocatorFault(
      `it offers ${userName(framework)} ${amountsText(resources)}, which asked for ${amountsText(piece)}`,
    );
  }
}

export function amountsText(resources: Resources): string {
  const parts: string[] = [];
  resources.forEachScalar((_name, milli, kind) => parts.push(`${kind.name}:${milli / 1000}`));
  return parts.join(';') || 'nothing';
}
