/** Refusals of the master end with the rule they follow from, and operations that are refused leave no trace. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { idProblem, SECOND } from '../../src/cluster/ids.js';
import { registrationProblem } from '../../src/cluster/master/agent-lifecycle.js';
import { availableProblem } from '../../src/cluster/master/convert-available.js';
import { drainProblem, reactivateProblem } from '../../src/cluster/master/drain.js';
import { scheduleProblem, startProblem, stopProblem } from '../../src/cluster/master/maintenance.js';
import { quotaProblem, weightsProblem } from '../../src/cluster/master/policy.js';
import { subscribeProblem, updateFrameworkProblem } from '../../src/cluster/master/subscribe.js';
import type { OperatorInput } from '../../src/cluster/operator-input.js';
import type { ConversionName, FrameworkInfo, Operation, Quantities } from '../../src/cluster/protocol.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { SPEC, taskOf, TestCluster } from './test-cluster.js';

/** Agent 0, of which framework 0 is offered all to role eng. */
function fresh(): TestCluster {
  const info = { failoverTimeoutUs: 0, principal: 'ann', user: 'u', checkpoint: true };
  const cluster = new TestCluster({ instant: false, domain: null })
    .addAgent(0, 'cpus:4;mem:1024;disk(+eng):10;cpus(ads):1')
    .subscribe(0, ['eng'], info);
  for (const role of ['eng/web', 'ads']) cluster.roles.intern(role);
  return cluster.allocate();
}

function subscription(cluster: TestCluster, more: Partial<FrameworkInfo>, suppressed: string[] = []) {
  const known = { id: 'm-0000', principal: 'ann', user: 'u', checkpoint: true };
  return {
    framework: 0,
    info: cluster.info(['eng'], { ...known, ...more }),
    suppressedRoles: suppressed.map((role) => cluster.roles.intern(role)),
  };
}

function subscribing(more: (cluster: TestCluster) => Partial<FrameworkInfo>, suppressed?: string[]) {
  return (cluster: TestCluster): string | undefined =>
    subscribeProblem(cluster.master.cluster, {
      type: 'SUBSCRIBE',
      ...subscription(cluster, more(cluster), suppressed),
    });
}

function updating(more: (cluster: TestCluster) => Partial<FrameworkInfo>, suppressed?: string[]) {
  return (cluster: TestCluster): string | undefined =>
    updateFrameworkProblem(cluster.master.cluster, {
      type: 'UPDATE_FRAMEWORK',
      ...subscription(cluster, more(cluster), suppressed),
    });
}

function quota(role: string, guarantees: Quantities, limits: Quantities, force = true) {
  return (cluster: TestCluster): string | undefined =>
    quotaProblem(cluster.master.cluster, {
      type: 'UPDATE_QUOTA',
      quotas: [{ role: cluster.roles.intern(role), guarantees, limits }],
      force,
    });
}

function available(name: ConversionName, from: string, to: string) {
  return ({ master }: TestCluster): string | undefined => {
    const bags = { from: parseResources(from), to: parseResources(to) };
    return availableProblem(master.cluster, { type: 'CONVERT_AVAILABLE', agent: 0, name, ...bags })?.reason;
  };
}

function schedule(...machines: readonly { hostname?: string }[]) {
  const windows = [{ machines, unavailability: { startUs: 0 } }];
  return { type: 'UPDATE_MAINTENANCE_SCHEDULE', windows } as const satisfies OperatorInput;
}

/** What the master answers when all that there is is offered; OPERATION_ERROR. */
function accepting(name: ConversionName, from: string, to: string, more: object = {}) {
  return (cluster: TestCluster): unknown => {
    const bags = { from: parseResources(from), to: parseResources(to) };
    const operation: Operation = { type: 'CONVERT', name, ...bags, id: 'o', ...more };
    const [event] = cluster.accept(0, [cluster.offers()[0].id], [operation]).events(0);
    return event.type === 'UPDATE_OPERATION_STATUS' ? event.message : event;
  };
}

/** Message of the last TASK_ERROR. */
function launching(...tasks: Parameters<TestCluster['launch']>[2][]) {
  return (cluster: TestCluster): unknown =>
    cluster
      .launch(0, [cluster.offers()[0].id], ...tasks)
      .updates()
      .at(-1)?.message;
}

const machines = [{ hostname: 'a0' }];

it.each<[string, string, (cluster: TestCluster) => unknown]>([
  ['R-1.6', 'DESTROY of what is not there', available('DESTROY', 'disk(+eng)[volume=v]:5', 'disk(+eng):5')],
  ['R-1.13', 'UNRESERVE of a static one', available('UNRESERVE', 'cpus(ads):1', 'cpus:1')],
  ['R-1.16', 'RESERVE of a framework on top', accepting('RESERVE', 'disk(+eng):1', 'disk(+eng):1')],
  ['R-1.20', 'CREATE of no volume', available('CREATE', 'disk(+eng):1', 'disk(+eng):1')],
  ['R-1.24', 'a task of another role', launching(taskOf(1, 'cpus:1', { ...SPEC, role: 0 }))],
  ['R-2.4', 'a role twice', subscribing(() => ({ roles: [1, 1] }))],
  ['R-2.4', 'two roles, one allowed', updating(() => ({ roles: [1, 2], capabilities: [] }))],
  ['R-5.6', 'an operation in another role', accepting('RESERVE', 'cpus:1', 'cpus(+eng):1', { role: 0 })],
  ['R-6.8', 'a foreign role suppressed', subscribing(() => ({}), ['ads'])],
  ['R-7.4', 'an operation of too much', accepting('RESERVE', 'cpus:9', 'cpus(+eng):9')],
  ['R-7.5', 'a task of too much', launching(taskOf(1, 'cpus:9'))],
  ['R-7.7', 'a task of nothing', launching(taskOf(1, ''))],
  ['R-7.7', 'a task id twice', launching(taskOf(1, 'cpus:1'), taskOf(1, 'cpus:1'))],
  ['R-7.7', 'an id with a slash', () => idProblem('a/b')],
  ['R-7.11', 'more than is there', available('RESERVE', 'cpus:9', 'cpus(+eng):9')],
  ['R-7.13', 'an operation that makes more', available('UNRESERVE', 'disk(+eng):1', 'disk:2')],
  ['R-8.1', 'a guarantee above the limit', quota('eng', { cpus: 2 }, { cpus: 1 })],
  ['R-8.1', 'a negative limit', quota('eng', {}, { cpus: -1 })],
  ['R-8.2', 'quota of a nested role', quota('eng/web', {}, { cpus: 1 })],
  ['R-8.3', 'a limit below what is used', quota('ads', {}, { cpus: 999 }, false)],
  ['R-8.3', 'a guarantee above what there is', quota('eng', { cpus: 99_000 }, {}, false)],
  [
    'R-8.9',
    'a weight of 0',
    ({ master }) =>
      weightsProblem(master.cluster, { type: 'UPDATE_WEIGHTS', weights: [{ role: 1, weight: 0 }] }),
  ],
  ['R-9.5', 'a drain of one that cannot be', ({ master }) => drainProblem(master.cluster, 0)],
  [
    'R-9.5',
    'a return while it drains',
    (cluster) => {
      cluster.addAgent(1, 'cpus:1', { capabilities: ['AGENT_DRAINING'] });
      cluster.master.cluster.agents.get(1)!.drain = {
        isDone: false,
        markGone: false,
        sinceUs: 0,
        maxGraceUs: 0,
      };
      cluster.master.cluster.agents.get(1)!.deactivated = true;
      return reactivateProblem(cluster.master.cluster, 1);
    },
  ],
  [
    'R-9.5',
    'a drain of one in the schedule',
    (cluster) => drainProblem(cluster.step(schedule(...machines)).master.cluster, 0),
  ],
  [
    'R-9.7',
    'an agent with a domain where the master has none',
    ({ master }) => {
      const { info } = master.cluster.agents.get(0)!;
      const moved = { ...info, domain: { region: 'r', zone: 'z' } };
      return registrationProblem(master.cluster, {
        type: 'REGISTER_AGENT',
        agent: 1,
        info: moved,
        tasks: [],
      });
    },
  ],
  [
    'R-9.11',
    'a machine twice',
    ({ master }) => scheduleProblem(master.cluster, schedule(...machines, ...machines)),
  ],
  ['R-9.11', 'a machine without a name', ({ master }) => scheduleProblem(master.cluster, schedule({}))],
  [
    'R-9.13',
    'DOWN of what is not scheduled',
    ({ master }) => startProblem(master.cluster, { type: 'START_MAINTENANCE', machines }),
  ],
  [
    'R-9.13',
    'UP of what is not DOWN',
    ({ master }) => stopProblem(master.cluster, { type: 'STOP_MAINTENANCE', machines }),
  ],
  [
    'R-9.13',
    'a schedule without one that is DOWN',
    (cluster) => {
      cluster.step(schedule(...machines)).step({ type: 'START_MAINTENANCE', machines });
      return scheduleProblem(cluster.master.cluster, schedule({ hostname: 'other' }));
    },
  ],
  ['R-9.14', 'no constraints in a list', updating(() => ({ constraints: new Map([[1, []]]) }))],
  ['R-9.15', 'constraints of a foreign role', subscribing(() => ({ constraints: new Map([[0, [[]]]]) }))],
  ['R-10.5', 'another principal', subscribing(() => ({ principal: 'bob' }))],
  ['R-10.5', 'another user', updating(() => ({ user: 'v' }))],
  ['R-10.5', 'no more checkpoints', updating(() => ({ checkpoint: false }))],
])('%s: %s is refused', (rule, _what, call) => {
  expect(call(fresh())).toMatch(new RegExp(` \\(${rule.replace('.', '\\.')}\\)$`));
});

it('R-7.2: an ACCEPT of no use says so to each operation', () => {
  const cluster = fresh().subscribe(1, ['ads']);
  const [offer] = cluster.allocate().offers(1);
  const operation: Operation = {
    type: 'CONVERT',
    name: 'RESERVE',
    from: parseResources('cpus:1'),
    to: parseResources('cpus(+eng):1'),
    id: 'o',
  };
  for (const offers of [[], [-2], [99], [offer.id]]) {
    const [event] = cluster.accept(0, offers, [operation]).events(0);
    const message = expect.stringMatching(/ \(R-7\.2\)$/) as string;
    expect(event).toMatchObject({ agent: -1, state: 'OPERATION_ERROR', message });
  }
});

const bags = [
  'cpus:1',
  'cpus:9',
  'cpus(+eng):1',
  'disk(+eng):5',
  'disk(+eng)[volume=v]:5',
  'cpus(ads):1',
  '',
];
const names = ['RESERVE', 'UNRESERVE', 'CREATE', 'DESTROY', 'GROW_VOLUME', 'SHRINK_VOLUME'] as const;

it('R-7.4, R-7.6: an ACCEPT whose operations are all refused leaves what one without operations leaves', () => {
  const bag = fc.constantFrom(...bags.map((text) => parseResources(text)));
  const operation = fc.record({
    type: fc.constant('CONVERT' as const),
    name: fc.constantFrom(...names),
    from: bag,
    to: bag,
    id: fc.constant('o'),
  });
  let checked = 0;
  const property = fc.property(
    fc.array(operation, { minLength: 1, maxLength: 4 }),
    fc.constantFrom(0, 5 * SECOND),
    (operations, refuseUs) => {
      const [one, other] = [fresh(), fresh()];
      const [{ id }] = one.offers();
      one.accept(0, [id], operations, refuseUs);
      if (one.events(0).some((event) => 'state' in event && event.state !== 'OPERATION_ERROR')) return;
      checked++;
      other.accept(0, [id], [], refuseUs);
      expect(one.master.digest()).toBe(other.master.digest());
      expect(one.allocator.digest()).toBe(other.allocator.digest());
    },
  );
  fc.assert(property, { numRuns: 300 });
  expect(checked).toBeGreaterThan(50);
});
