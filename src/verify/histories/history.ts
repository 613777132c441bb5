/**
 * A history: what a master tells one allocator, step by step. Steps are those of an `agora-scenario` file, and a few that
 * only a history knows. Plain data; names come from small pools, so that any part can be left out when it is shrunk.
 */
import fc from 'fast-check';

export type ScenarioStep = { readonly do: string } & Readonly<Record<string, unknown>>;

export type HistoryStep =
  | ScenarioStep
  /** Asks of a framework (demand mode). */
  | {
      readonly do: 'request';
      readonly framework: string;
      readonly role: string;
      readonly resources: string;
      /** 0: it withdraws all that it asked for. */
      readonly count: number;
      /** A gang. */
      readonly allOrNothing?: boolean;
    }
  /** Takes back a grant that is held then (demand mode): a pick among them. */
  | { readonly do: 'rescind'; readonly pick: number }
  /** Reserves a cpu of what is held then, makes a volume of its disk, or gives that up. It becomes an `updateAllocation`. */
  | { readonly do: 'reserve'; readonly pick: number; readonly to: 'reserved' | 'volume' | 'plain' }
  /** Gives back something that is held then: a pick among it, all of it or half. It becomes a `recover` with names. */
  | {
      readonly do: 'giveBack';
      readonly pick: number;
      readonly half: boolean;
      readonly refuseSeconds?: number;
    }
  /** A call about something that is not there. */
  | { readonly do: 'mistake'; readonly call: string };

export interface History {
  readonly offers: 'coarse' | 'demand';
  /** Allocate what was triggered after each step, as a scenario does, or only when the clock moves. */
  readonly settle: 'each' | 'late';
  readonly minAllocatable: readonly string[];
  readonly steps: readonly HistoryStep[];
}

export const AGENTS = ['a1', 'a2', 'a3'];
export const FRAMEWORKS = ['f1', 'f2', 'f3', 'f4'];
export const ROLES = ['dev', 'ops', 'dev/web', 'qa', '*'];

export interface HistoryOptions {
  readonly offers: 'coarse' | 'demand';
  readonly settle?: 'each' | 'late';
  /** Verbs that come more often: those the property is about. */
  readonly focus?: readonly string[];
  /** Verbs that do not come. */
  readonly without?: readonly string[];
}

const few = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const agent = few(...AGENTS);
const framework = few(...FRAMEWORKS);
const role = few(...ROLES);
const shape = few(
  'cpus:4;mem:4096',
  'cpus:2;mem:1024',
  'cpus:8;mem:2048',
  'cpus:1;mem:512',
  'cpus:4;mem:4096;cpus(dev):2',
  'cpus:2;mem:1024;cpus[revocable]:2',
  'cpus:3.7;mem:1000.1',
  'cpus:4;mem:2048;gpus:2',
  'cpus:4;mem:4096;disk:10;disk(dev)[volume=v0]:2',
  'cpus:2;mem:2048;ports:[31000-31004]',
);
const refuseSeconds = few(1, 2, 5, 30);

/** Some come back with tasks that run there, of frameworks that are known or not yet. */
const addAgent = fc
  .record({
    agent,
    resources: shape,
    used: fc.oneof(
      { weight: 7, arbitrary: fc.constant(undefined) },
      fc
        .record({ framework, role: few('dev', 'ops', '*') })
        .map(({ framework: who, role: path }) => ({ [who]: { [path]: 'cpus:1;mem:256' } })),
    ),
  })
  .map(({ used, ...rest }) => ({ do: 'addAgent', ...rest, ...(used !== undefined && { used }) }));
const roles = fc.uniqueArray(role, { minLength: 1, maxLength: 2 });
const addFramework = fc
  .record({
    framework,
    roles,
    takes: fc.oneof(
      { weight: 6, arbitrary: fc.constant(undefined) },
      few(['REVOCABLE_RESOURCES'], ['GPU_RESOURCES', 'SHARED_RESOURCES']),
    ),
    suppressed: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
  })
  .map(({ takes, suppressed, ...rest }) => ({
    do: 'addFramework',
    ...rest,
    ...(takes !== undefined && { capabilities: ['MULTI_ROLE', ...takes] }),
    ...(suppressed && { suppressedRoles: rest.roles.slice(0, 1) }),
  }));
/** `suppressSome` and `reviveSome` name a role. */
const some = ({ do: verb, framework: who, role: path }: { do: string; framework: string; role: string }) =>
  verb.endsWith('Some')
    ? { do: verb.slice(0, -'Some'.length), framework: who, roles: [path] }
    : { do: verb, framework: who };
const quota = fc.record({
  do: fc.constant('setQuota'),
  role: few('dev', 'ops', 'qa'),
  guarantees: few('', '', 'cpus:2;mem:1024', 'cpus:3;mem:512'),
  limits: few('', 'cpus:3;mem:2048', 'cpus:6;mem:3072'),
});

const verbs: Readonly<Record<string, { weight: number; step: fc.Arbitrary<HistoryStep> }>> = {
  advance: { weight: 10, step: fc.record({ do: fc.constant('advance'), seconds: few(1, 1, 2, 3, 6, 0.5) }) },
  giveBack: {
    weight: 8,
    step: fc.record({ do: fc.constant('giveBack' as const), pick: fc.nat({ max: 7 }), half: fc.boolean() }),
  },
  decline: {
    weight: 8,
    step: fc.record({
      do: fc.constant('giveBack' as const),
      pick: fc.nat({ max: 7 }),
      half: fc.boolean(),
      refuseSeconds,
    }),
  },
  recoverAll: { weight: 2, step: fc.constant({ do: 'recover' }) },
  addAgent: { weight: 3, step: addAgent },
  updateAgent: { weight: 2, step: fc.record({ do: fc.constant('updateAgent'), agent, resources: shape }) },
  removeAgent: { weight: 1, step: fc.record({ do: fc.constant('removeAgent'), agent }) },
  pauseAgent: { weight: 3, step: fc.record({ do: few('deactivateAgent', 'activateAgent'), agent }) },
  setWhitelist: {
    weight: 1,
    step: fc.record({ do: fc.constant('setWhitelist'), agents: few(null, ['a1'], ['a2', 'a3']) }),
  },
  addFramework: { weight: 3, step: addFramework },
  updateFramework: { weight: 1, step: fc.record({ do: fc.constant('updateFramework'), framework, roles }) },
  removeFramework: { weight: 1, step: fc.record({ do: fc.constant('removeFramework'), framework }) },
  pauseFramework: {
    weight: 3,
    step: fc.record({ do: few('deactivateFramework', 'activateFramework'), framework }),
  },
  suppress: {
    weight: 3,
    step: fc.record({ do: few('suppress', 'suppress', 'suppressSome'), framework, role }).map(some),
  },
  revive: {
    weight: 3,
    step: fc.record({ do: few('revive', 'revive', 'reviveSome'), framework, role }).map(some),
  },
  setQuota: { weight: 2, step: quota },
  updateWeights: {
    weight: 2,
    step: fc
      .record({ role, weight: few(0.5, 1, 2, 3) })
      .map(({ role: path, weight }) => ({ do: 'updateWeights', weights: { [path]: weight } })),
  },
  mistake: {
    weight: 1,
    step: fc.record({
      do: fc.constant('mistake' as const),
      call: few(
        'removeAgent',
        'updateAgent',
        'deactivateAgent',
        'removeFramework',
        'deactivateFramework',
        'suppress',
        'revive',
        'request',
        'recover',
        'decline',
        'addAgentTwice',
        'addFrameworkTwice',
        'recoverTooMuch',
      ),
    }),
  },
  request: {
    weight: 8,
    step: fc.record({
      do: fc.constant('request' as const),
      framework,
      role,
      resources: few(
        'cpus:1;mem:256',
        'cpus:2;mem:512',
        'cpus:1;mem:1024',
        'cpus:4;mem:512',
        'cpus:0.3;mem:100.1',
      ),
      count: fc.integer({ min: 1, max: 4 }),
    }),
  },
  gang: {
    weight: 2,
    step: fc.record({
      do: fc.constant('request' as const),
      framework,
      role,
      resources: few('cpus:1;mem:256', 'cpus:2;mem:512'),
      count: fc.integer({ min: 2, max: 4 }),
      allOrNothing: fc.constant(true),
    }),
  },
  withdraw: {
    weight: 1,
    step: fc.record({
      do: fc.constant('request' as const),
      framework,
      role,
      resources: fc.constant('cpus:1;mem:256'),
      count: fc.constant(0),
    }),
  },
  rescind: { weight: 3, step: fc.record({ do: fc.constant('rescind' as const), pick: fc.nat({ max: 7 }) }) },
  reserve: {
    weight: 2,
    step: fc.record({
      do: fc.constant('reserve' as const),
      pick: fc.nat({ max: 7 }),
      to: few('reserved' as const, 'volume' as const, 'plain' as const),
    }),
  },
};

/** Verbs of demand mode alone. */
const OF_ASKS = ['request', 'gang', 'withdraw', 'rescind'];

/** A small cluster, mostly with some agents and frameworks at the start, and then anything: up to about 30 steps. */
export function histories({
  offers,
  settle,
  focus = [],
  without = [],
}: HistoryOptions): fc.Arbitrary<History> {
  const chosen = Object.entries(verbs).filter(
    ([name]) => !without.includes(name) && (!OF_ASKS.includes(name) || offers === 'demand'),
  );
  const step = fc.oneof(
    ...chosen.map(([name, { weight, step: arbitrary }]) => ({
      weight: focus.includes(name) ? weight * 4 : weight,
      arbitrary,
    })),
  );
  return fc
    .record({
      settle: settle === undefined ? fc.constant('each' as const) : fc.constant(settle),
      minAllocatable: few<readonly string[]>(['cpus:0.01', 'mem:32'], []),
      // Roles that the cluster knew before: only ids are larger.
      former: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 70 })),
      agents: fc.array(addAgent, { maxLength: 3, size: 'max' }),
      frameworks: fc.array(addFramework, { maxLength: 4, size: 'max' }),
      steps: fc.array(step, { minLength: 1, maxLength: 24, size: 'max' }),
      // Who has not asked when the agents come is offered them whole.
      asksFirst: offers === 'demand' ? fc.boolean() : fc.constant(false),
      asks: fc.array(verbs.request.step, { maxLength: 4, size: 'max' }),
    })
    .map(({ former, agents, frameworks, steps, asksFirst, asks, ...rest }) => ({
      offers,
      ...rest,
      steps: [
        ...formerRoles(former),
        ...(asksFirst
          ? [...frameworks, ...openingAsks(frameworks, asks), ...agents]
          : [...agents, ...frameworks]),
        ...steps,
      ],
    }));
}

/** An ask of each framework, in a role of its own. */
function openingAsks(
  frameworks: readonly { readonly framework: string; readonly roles: readonly string[] }[],
  asks: readonly HistoryStep[],
): HistoryStep[] {
  return frameworks.flatMap(({ framework: who, roles: [first] }, i) =>
    i < asks.length ? [{ ...asks[i], framework: who, role: first }] : [],
  );
}

/** One step that names roles nobody is in. */
function formerRoles(count: number): HistoryStep[] {
  if (count === 0) return [];
  const weights = Object.fromEntries(Array.from({ length: count }, (_, i) => [`former-${i}`, 1]));
  return [{ do: 'updateWeights', weights }];
}
