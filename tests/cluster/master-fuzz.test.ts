/** No sequence of inputs makes the master throw or its books disagree with those of its allocator; nonsense changes nothing. */
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { SECOND } from '../../src/cluster/ids.js';
import { registrationProblem } from '../../src/cluster/master/agent-lifecycle.js';
import type { ClusterState } from '../../src/cluster/master/cluster-state.js';
import { availableProblem } from '../../src/cluster/master/convert-available.js';
import { drainProblem, reactivateProblem } from '../../src/cluster/master/drain.js';
import { scheduleProblem, startProblem, stopProblem } from '../../src/cluster/master/maintenance.js';
import { quotaProblem, weightsProblem } from '../../src/cluster/master/policy.js';
import { subscribeProblem, updateFrameworkProblem } from '../../src/cluster/master/subscribe.js';
import { parseConstraintGroup } from '../../src/cluster/offer-constraints.js';
import type { ConversionName, MasterInput, Operation } from '../../src/cluster/protocol.js';
import { resourcesFromJson } from '../../src/cluster/resources/json.js';
import type { Resources } from '../../src/cluster/resources/resources.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { askOf, SPEC, taskOf, TestCluster } from './test-cluster.js';

const MACHINES = [{ hostname: 'a0' }, { hostname: 'A1' }, { hostname: 'other' }, {}];
const SHAPES = [
  'cpus:4;mem:1024',
  'cpus(eng):2;cpus:2',
  'cpus[revocable]:1;cpus:1',
  'disk[mount=/m]:9',
  'cpus:0.001',
  'cpus:2;disk:30;disk(eng):20;disk(+eng)[volume=w,shared]:5',
];

const volumeOf = (id: string, size: number, more: object = {}): Resources =>
  resourcesFromJson({
    ...{ name: 'disk', type: 'SCALAR', scalar: { value: size } },
    ...{ role: 'eng', reservation: {}, ...more },
    disk: { persistence: { id }, volume: { container_path: 'data', mode: 'RW' } },
  }).resources;
const [disk, volume, shared] = [
  parseResources('disk(+eng):10'),
  volumeOf('v', 10),
  volumeOf('s', 10, { shared: {} }),
];

/** What an ACCEPT or an operator may turn into what; some of it wrong. */
const CONVERSIONS: readonly (readonly [ConversionName, Resources, Resources])[] = [
  ['RESERVE', parseResources('disk:20'), parseResources('disk(+eng):20')],
  ['RESERVE', parseResources('disk(eng):5'), parseResources('disk(eng>+eng/web):5')],
  ['RESERVE', parseResources('cpus:1'), parseResources('cpus(+eng/web):1')],
  ['UNRESERVE', parseResources('disk(eng>+eng/web):5'), parseResources('disk(eng):5')],
  ['UNRESERVE', parseResources('disk(eng):5'), parseResources('disk:5')],
  ['CREATE', disk, volume],
  ['CREATE', disk, shared],
  ['CREATE', volume, shared],
  ['DESTROY', volume, disk],
  ['DESTROY', shared, disk],
  ['DESTROY', shared.plus(shared), disk],
  ['GROW_VOLUME', volume.plus(disk), volumeOf('v', 20)],
  ['GROW_VOLUME', shared.plus(disk), volumeOf('s', 20, { shared: {} })],
  ['SHRINK_VOLUME', volumeOf('v', 20), volume.plus(disk)],
  ['SHRINK_VOLUME', volume, disk],
];
const ID = fc.constantFrom(0, 1, 2, 2, 7, -1, 1.5, NaN, 2 ** 40);
const pick = fc.nat({ max: 7 });
const time = fc.constantFrom(0, 1, 5 * SECOND, -1, 1e15, NaN);

/** Why the master must leave the call alone: its answer to who called, or the rule by which it drops it without a word. */
function refusal(cluster: ClusterState, input: MasterInput): string | object | undefined {
  switch (input.type) {
    case 'REGISTER_AGENT':
      return registrationProblem(cluster, input);
    case 'SUBSCRIBE':
      return subscribeProblem(cluster, input);
    case 'UPDATE_FRAMEWORK':
      return updateFrameworkProblem(cluster, input);
    case 'UPDATE_QUOTA':
      return quotaProblem(cluster, input);
    case 'UPDATE_WEIGHTS':
      return weightsProblem(cluster, input);
    case 'CONVERT_AVAILABLE':
      return availableProblem(cluster, input);
    case 'DRAIN_AGENT':
      return drainProblem(cluster, input.agent);
    case 'REACTIVATE_AGENT':
      return reactivateProblem(cluster, input.agent);
    case 'UPDATE_MAINTENANCE_SCHEDULE':
      return scheduleProblem(cluster, input);
    case 'START_MAINTENANCE':
      return startProblem(cluster, input);
    case 'STOP_MAINTENANCE':
      return stopProblem(cluster, input);
    case 'SUPPRESS':
    case 'REVIVE':
      return unless(hasRoles(cluster, input.framework, input.roles), 'R-6.7');
    case 'REQUEST': {
      const isSound = input.asks.every(({ count }) => Number.isInteger(count) && count > 0);
      const roles = input.asks.map(({ role }) => role);
      return unless(isSound && hasRoles(cluster, input.framework, roles), 'Q-1');
    }
    case 'ACCEPT':
    case 'FRAMEWORK_DISCONNECTED':
      return unless(hasRoles(cluster, input.framework, []), 'it is not subscribed');
    case 'DECLINE':
      return unless(
        input.offers.some((id) => cluster.offers.get(id)?.framework === input.framework),
        'R-7.9',
      );
    case 'TEARDOWN':
      return unless(cluster.frameworks.get(input.framework)?.removed === false, 'nobody is there');
    case 'DEACTIVATE_AGENT':
      return unless(cluster.agents.get(input.agent)?.deactivated === false, 'R-9.2');
    case 'AGENT_DISCONNECTED':
    case 'AGENT_LOST':
      return unless(cluster.agents.get(input.agent) !== undefined, 'there is no such agent');
    default:
      return undefined;
  }
}

function unless(isSound: boolean, why: string): string | undefined {
  return isSound ? undefined : why;
}

function hasRoles(cluster: ClusterState, framework: number, roles: readonly number[]): boolean {
  const known = cluster.frameworks.connected(framework);
  return known !== undefined && roles.every((role) => known.roles.has(role));
}

/** Kinds of calls that were refused in some history. */
const refused = new Set<string>();
const KINDS = 21;

/** One step of a history, as a command on the cluster that there is. */
class Command implements fc.Command<{ steps: number }, TestCluster> {
  constructor(
    readonly what: string,
    readonly make: (cluster: TestCluster) => MasterInput,
  ) {}

  check(): boolean {
    return true;
  }

  run(model: { steps: number }, cluster: TestCluster): void {
    model.steps++;
    cluster.now += (model.steps % 3) * 100_000;
    const input = this.make(cluster);
    const digests = (): string[] => [cluster.master.digest(), cluster.allocator.digest()];
    const before = refusal(cluster.master.cluster, input) === undefined ? undefined : digests();
    // It checks the books after every step.
    cluster.step(input);
    if (before === undefined) return;
    refused.add(input.type);
    expect(digests(), `${this.what} was refused`).toEqual(before);
  }

  toString(): string {
    return this.what;
  }
}

function command<T>(
  from: fc.Arbitrary<T>,
  make: (drawn: T, cluster: TestCluster) => MasterInput,
): fc.Arbitrary<Command> {
  return from.map((drawn) => new Command(JSON.stringify(drawn), (cluster) => make(drawn, cluster)));
}

const limitsOf = (amount: number): Record<string, number> => (amount > 4 ? { cpus: 3000 } : {});

const live = (cluster: TestCluster, at: number): number => {
  const offers = cluster.master.offers.where(() => true);
  return offers.length === 0 ? at : offers[at % offers.length].id;
};

const allocation = command(fc.constant('allocate'), () => ({ type: 'ALLOCATE' }));

const commands = [
  command(fc.tuple(fc.constant('agent'), ID, pick, fc.boolean()), ([, agent, shape, isEmpty]) => ({
    type: 'REGISTER_AGENT',
    agent,
    info: {
      id: `S${agent}`,
      hostname: `a${agent}`,
      total: parseResources(SHAPES[shape % SHAPES.length]),
      attributes: [],
      capabilities: ['MULTI_ROLE', 'HIERARCHICAL_ROLE', 'AGENT_DRAINING'],
    },
    tasks: isEmpty
      ? []
      : [
          {
            framework: shape % 3,
            role: 0,
            task: 90 + shape,
            resources: parseResources('cpus:1'),
            spec: SPEC,
            state: 'TASK_RUNNING',
          },
        ],
  })),
  command(
    fc.tuple(fc.constant('framework'), ID, pick, fc.boolean()),
    ([, framework, roles, isNew], cluster) => ({
      type: isNew ? 'SUBSCRIBE' : 'UPDATE_FRAMEWORK',
      framework,
      info: {
        ...cluster.info([['*'], ['eng'], ['eng', 'eng/web'], []][roles % 4], { id: `F${framework}` }),
        ...(roles > 5 && { constraints: new Map([[roles - 6, [parseConstraintGroup('@hostname~a[01]')]]]) }),
        ...(roles === 3 && { capabilities: ['MULTI_ROLE', 'REVOCABLE_RESOURCES', 'REGION_AWARE'] as const }),
        ...(roles === 2 && {
          capabilities: ['MULTI_ROLE', 'RESERVATION_REFINEMENT', 'SHARED_RESOURCES'] as const,
        }),
      },
      suppressedRoles: roles === 5 ? [roles] : [],
    }),
  ),
  command(
    fc.tuple(fc.constant('launch'), ID, pick, pick, time),
    ([, framework, offer, task, refuseUs], cluster) => ({
      type: 'ACCEPT',
      framework,
      offers: task === 7 ? [live(cluster, offer), live(cluster, offer)] : [live(cluster, offer)],
      operations:
        task === 6 ? [] : [{ type: 'LAUNCH', tasks: [taskOf(task, 'cpus:1'), taskOf(task + 10, 'mem:9')] }],
      refuseUs,
    }),
  ),
  command(fc.tuple(fc.constant('answer'), ID, pick, time), ([, framework, offer, refuseUs], cluster) => ({
    type: (['DECLINE', 'ACCEPT_INVERSE_OFFERS', 'DECLINE_INVERSE_OFFERS'] as const)[offer % 3],
    framework,
    offers: [live(cluster, offer), cluster.master.offers.nextId - 1, NaN],
    refuseUs,
  })),
  command(fc.tuple(fc.constant('ask'), ID, pick), ([, framework, role]) => ({
    type: 'REQUEST',
    framework,
    asks: role === 7 ? [] : [askOf(role % 3, 'cpus:1', role === 6 ? NaN : role, role === 3)],
  })),
  command(fc.tuple(fc.constant('will'), ID, pick), ([, framework, role]) => ({
    type: (['SUPPRESS', 'REVIVE'] as const)[role % 2],
    framework,
    roles: role < 4 ? [] : [role - 4],
  })),
  command(fc.tuple(fc.constant('loss'), ID, pick), ([, id, which]): MasterInput => {
    const agents = ['AGENT_DISCONNECTED', 'DEACTIVATE_AGENT', 'REACTIVATE_AGENT'] as const;
    if (which < 3) return { type: agents[which], agent: id };
    if (which === 3) return { type: 'AGENT_LOST', agent: id, reason: 'REASON_AGENT_REMOVED' };
    if (which === 4) return { type: 'DRAIN_AGENT', agent: id, markGone: false };
    if (which === 5) return { type: 'TEARDOWN', framework: id };
    return { type: 'FRAMEWORK_DISCONNECTED', framework: id };
  }),
  command(fc.tuple(fc.constant('status'), ID, ID, pick), ([, framework, agent, task]): MasterInput => {
    if (task === 7) return { type: 'KILL', framework, task: 3, agent };
    const state = (['TASK_RUNNING', 'TASK_FINISHED', 'TASK_FAILED'] as const)[task % 3];
    const rest = { update: task, source: 'SOURCE_EXECUTOR', reason: undefined, message: undefined } as const;
    return { type: 'UPDATE', framework, agent, task, state, ...rest, timestamp: 0, details: undefined };
  }),
  command(fc.tuple(fc.constant('quota'), pick, pick), ([, role, amount]) => ({
    type: 'UPDATE_QUOTA',
    quotas: [{ role: role - 1, guarantees: { cpus: amount * 500 }, limits: limitsOf(amount) }],
    force: amount % 2 === 0,
  })),
  command(fc.tuple(fc.constant('weight'), pick, time), ([, role, weight]) => ({
    type: 'UPDATE_WEIGHTS',
    weights: [{ role: role - 1, weight }],
  })),
  command(
    fc.tuple(fc.constant('maintenance'), fc.array(fc.nat({ max: 3 }), { maxLength: 3 }), pick, time),
    ([, which, kind, startUs]): MasterInput => {
      const machines = which.map((i) => MACHINES[i]);
      if (kind === 0) return { type: 'START_MAINTENANCE', machines };
      if (kind === 1) return { type: 'STOP_MAINTENANCE', machines };
      return {
        type: 'UPDATE_MAINTENANCE_SCHEDULE',
        windows: which.length === 0 ? [] : [{ machines, unavailability: { startUs } }],
      };
    },
  ),
  command(fc.tuple(fc.constant('reserve'), ID, pick), ([, agent, which]) => ({
    type: 'CONVERT_AVAILABLE',
    agent,
    name: which % 2 === 0 ? 'RESERVE' : 'UNRESERVE',
    from: parseResources(['cpus:1', 'cpus(+eng):1', '', 'cpus(eng):1', 'cpus:9'][which % 5]),
    to: parseResources(['cpus(+eng):1', 'cpus:1', 'mem:1'][which % 3]),
  })),
  allocation,
  command(fc.tuple(fc.constant('timer'), pick), ([, key], cluster) => ({
    type: 'TIMER',
    kind: (['OFFER_TIMEOUT', 'FRAMEWORK_FAILOVER', 'AGENT_REREGISTRATION', 'ALLOCATION_RECOVERY'] as const)[
      key % 4
    ],
    key: key < 4 ? key : cluster.master.offers.nextId - 1,
  })),
];

/** Of the framework that has the offer, mostly of what is in it, so that most of them are done. */
const conversion = command(
  fc.tuple(
    fc.constantFrom('nothing', 'task', 'group', 'operator'),
    pick,
    fc.array(fc.nat({ max: 59 }), { minLength: 1, maxLength: 4 }),
  ),
  ([then, at, which], cluster): MasterInput => {
    const offer = cluster.master.offers.where(() => true)[at % Math.max(1, cluster.master.offers.size)];
    const there = then === 'operator' ? cluster.allocator.available(0) : offer?.resources;
    let pool = there ?? parseResources('');
    const conversions = which.map((choice) => {
      const possible = CONVERSIONS.filter(([, from]) => pool.contains(from));
      const list = choice < 50 && possible.length > 0 ? possible : CONVERSIONS;
      const [name, from, to] = list[choice % list.length];
      if (pool.contains(from)) pool = pool.minus(from).plus(to);
      return { type: 'CONVERT', name, from, to } as const;
    });
    if (then === 'operator') return { ...conversions[0], type: 'CONVERT_AVAILABLE', agent: 0 };
    const tasks = [volume, shared, disk].map((resources, i) => ({ task: 20 + i, resources, spec: SPEC }));
    const operations: Operation[] = [...conversions];
    if (then === 'task') operations.push({ type: 'LAUNCH', tasks });
    if (then === 'group')
      operations.push({ type: 'LAUNCH_GROUP', tasks: tasks.slice(0, 1), executorId: 'e' });
    const { framework, id } = offer ?? { framework: 0, id: NaN };
    return { type: 'ACCEPT', framework, offers: [id], operations, refuseUs: 0 };
  },
);

function fresh(offers: 'coarse' | 'demand', instant: boolean): TestCluster {
  const cluster = new TestCluster({ offers, instant, offerTimeoutUs: 10 * SECOND });
  for (const role of ['eng', 'eng/web']) cluster.roles.intern(role);
  return cluster;
}

/** Tells of every conversion that the allocator takes. */
function onChange({ allocator }: TestCluster, changed: () => void): void {
  for (const name of ['updateAllocation', 'updateAvailable'] as const) {
    const real = allocator[name].bind(allocator) as (...args: unknown[]) => string | undefined;
    allocator[name] = (...args: unknown[]) => {
      const problem = real(...args);
      if (problem === undefined) changed();
      return problem;
    };
  }
}

describe('a master under any sequence of inputs', () => {
  afterAll(() => {
    if ((fc.readConfigureGlobal().numRuns ?? 120) >= 100) expect(refused.size).toBe(KINDS);
  });

  it.each([
    ['coarse', false],
    ['coarse', true],
    ['demand', false],
    ['demand', true],
  ] as const)('%s offers, instant: %s', (offers, instant) => {
    const property = fc.property(fc.commands(commands, { maxCommands: 60, size: 'max' }), (history) => {
      fc.modelRun(() => ({ model: { steps: 0 }, real: fresh(offers, instant) }), history);
    });
    fc.assert(property, { numRuns: fc.readConfigureGlobal().numRuns ?? 120 });
  });

  it.each([false, true])('with reservations and volumes, instant: %s', (instant) => {
    const runs = fc.readConfigureGlobal().numRuns ?? 120;
    let changes = 0;
    const real = (): TestCluster => {
      const cluster = fresh('coarse', instant).addAgent(0, SHAPES[5]);
      const capabilities = ['MULTI_ROLE', 'RESERVATION_REFINEMENT', 'SHARED_RESOURCES'] as const;
      return cluster
        .subscribe(0, ['eng', 'eng/web'], { capabilities })
        .subscribe(1, ['eng'], { capabilities });
    };
    const often = Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? allocation : conversion));
    const mostly = [...commands, ...often, ...often];
    const property = fc.property(fc.commands(mostly, { maxCommands: 40, size: 'max' }), (history) => {
      fc.modelRun(() => {
        const cluster = real();
        onChange(cluster, () => changes++);
        return { model: { steps: 0 }, real: cluster };
      }, history);
    });
    fc.assert(property, { numRuns: runs });
    // Nearly all of them refused would be no test.
    expect(changes).toBeGreaterThanOrEqual(Math.floor(runs / 100) * 50);
  });

  it('a maintenance call that is refused leaves the digest', () => {
    const machines = fc.array(fc.constantFrom(...MACHINES), { maxLength: 3 });
    fc.assert(
      fc.property(machines, machines, time, (before, after, startUs) => {
        const cluster = fresh('coarse', false)
          .addAgent(0, 'cpus:1')
          .addAgent(1, 'cpus:1')
          .subscribe(0)
          .allocate();
        const windows = [{ machines: before, unavailability: { startUs: 0 } }];
        cluster.step({ type: 'UPDATE_MAINTENANCE_SCHEDULE', windows });
        const schedule = {
          type: 'UPDATE_MAINTENANCE_SCHEDULE',
          windows: [{ machines: after, unavailability: { startUs } }],
        } as const;
        const start = { type: 'START_MAINTENANCE', machines: after } as const;
        const stop = { type: 'STOP_MAINTENANCE', machines: after } as const;
        const { cluster: state } = cluster.master;
        for (const [problem, input] of [
          [() => stopProblem(state, stop), stop],
          [() => scheduleProblem(state, schedule), schedule],
          [() => startProblem(state, start), start],
        ] as const) {
          const isRefused = problem() !== undefined;
          const digest = cluster.master.digest();
          cluster.step(input);
          if (isRefused) expect(cluster.master.digest()).toBe(digest);
        }
      }),
    );
  });
});
