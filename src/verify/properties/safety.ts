/**
 * Safety as step invariants over random histories: under coarse offers (E3) and in demand mode (E2). An oracle of our own
 * stands beside the allocator (semantics-notes section 8, "Safety"; mesos-allocation.md sections 6 to 10).
 */
import fc from 'fast-check';
import type { Resources } from '../../cluster/resources/resources.js';
import type { Check, Finding, Subject } from '../check.js';
import { histories, type History, type HistoryOptions, type HistoryStep } from '../histories/history.js';
import type { Safety } from '../histories/oracle.js';
import { runHistory, type HistoryResult, type HistoryWatch } from '../histories/run-history.js';
import { onAnotherDay } from '../another-day.js';
import type { Bar, Picture } from '../picture.js';
import { noCoarseOffers } from './behaviours.js';

export interface SafetyCase {
  readonly history: History;
  /** Where something is done to it: a pick among its steps. */
  readonly at?: number;
  readonly rename?: boolean;
}

type Judge = (testCase: SafetyCase, subject: Subject) => Finding | undefined;

interface Statement {
  readonly property: string;
  readonly about: string;
  readonly judge: Judge;
  readonly draw?: Partial<HistoryOptions>;
  readonly coarseOnly?: true;
  readonly demandOnly?: true;
  readonly picks?: true;
  readonly effort?: number;
}

function invariant(property: Safety): Judge {
  return ({ history }, subject) => {
    const { violation } = runHistory(history, subject, { only: property });
    if (violation?.property !== property) return undefined;
    return { gain: Infinity, sentence: violation.sentence };
  };
}

/** For runs that are compared: what else may be wrong with them is for other properties. */
const blind: HistoryWatch = { only: 'sound' };

/** Run again, on another day, or from a snapshot taken in between, a history gives the same offers. */
const repeats: Judge = ({ history }, subject) => {
  const [once, again] = [0, 1].map(() => runHistory(history, subject, blind));
  return (
    compared(once, again, 'run again') ??
    compared(
      once,
      onAnotherDay(() => runHistory(history, subject, blind)),
      'run on another day',
    )
  );
};

const survivesSnapshot: Judge = ({ history, at = 0 }, subject) => {
  const restoreAt = at % history.steps.length;
  return compared(
    runHistory(history, subject, blind),
    runHistory(history, subject, { ...blind, restoreAt }),
    `restored from its snapshot before step ${restoreAt + 1}`,
  );
};

/**
 * Swapping two inputs of one instant that name different agents and frameworks changes nothing, and neither does renaming
 * in a way that keeps the order of names.
 */
const ignoresOrder: Judge = ({ history, at = 0, rename = false }, subject) => {
  const before = runHistory(history, subject, blind);
  if (rename)
    return compared(before, runHistory(history, subject, { ...blind, rename }), 'with longer names');
  const steps = swapped(history.steps, at);
  if (steps === undefined) return undefined;
  const what = `with steps ${steps.first + 1} and ${steps.first + 2} swapped`;
  return compared(before, runHistory({ ...history, steps: steps.steps }, subject, blind), what);
};

function compared(one: HistoryResult, other: HistoryResult, what: string): Finding | undefined {
  // Faults of one run alone are for the other properties.
  if (one.violation !== undefined && other.violation !== undefined) return undefined;
  const length = Math.max(one.log.length, other.log.length);
  for (let i = 0; i < length; i++) {
    if (one.log[i] === other.log[i]) continue;
    const [a, b] = [one, other].map(({ log }) => (log[i] ?? 'no run').replace(/: $/, ': nothing'));
    return { gain: Infinity, sentence: `${what} it offers otherwise: ${a}; then ${b}` };
  }
  return undefined;
}

/** The first swappable pair from a place on; undefined when there is none. */
function swapped(
  steps: readonly HistoryStep[],
  at: number,
): { steps: HistoryStep[]; first: number } | undefined {
  for (let k = 0; k < steps.length - 1; k++) {
    const first = (at + k) % (steps.length - 1);
    const [a, b] = [steps[first], steps[first + 1]];
    if (!isSwappable(a, b)) continue;
    const result = [...steps];
    [result[first], result[first + 1]] = [b, a];
    return { steps: result, first };
  }
  return undefined;
}

const AGENT_STEPS = ['addAgent', 'updateAgent', 'deactivateAgent', 'activateAgent'];
const FRAMEWORK_STEPS = [
  'addFramework',
  'suppress',
  'revive',
  'deactivateFramework',
  'activateFramework',
  'request',
];

/** Two inputs that have nothing to do with each other. The order of agents is the order in which they came: it may count. */
function isSwappable(a: HistoryStep, b: HistoryStep): boolean {
  const kind = (step: HistoryStep): string => {
    if (AGENT_STEPS.includes(step.do)) return 'agent';
    return FRAMEWORK_STEPS.includes(step.do) ? 'framework' : 'other';
  };
  const [one, other] = [kind(a), kind(b)];
  if (one === 'other' || other === 'other') return false;
  if (one === 'agent' && other === 'agent') return false;
  return one !== other || (a as { framework?: string }).framework !== (b as { framework?: string }).framework;
}

const statements: readonly Statement[] = [
  { property: 'sound', about: 'no fault, no offer to nobody or of nothing', judge: invariant('sound') },
  {
    property: 'ask-order',
    about: 'of each queue, the oldest ask is granted first',
    judge: invariant('ask-order'),
    draw: { focus: ['request', 'gang'] },
    demandOnly: true,
  },
  { property: 'capacity', about: 'no offer of more than is free', judge: invariant('capacity') },
  {
    property: 'conservation',
    about: 'what is held and free is what was offered and given back',
    judge: invariant('conservation'),
    draw: { focus: ['giveBack'] },
  },
  {
    property: 'limits',
    about: 'no offer raises a role above its limit',
    judge: invariant('limits'),
    draw: { focus: ['setQuota', 'addAgent'] },
  },
  {
    property: 'guarantees',
    about: 'what is free goes to an unmet guarantee',
    judge: invariant('guarantees'),
    draw: { focus: ['setQuota'] },
    coarseOnly: true,
  },
  {
    property: 'filters',
    about: 'nothing is offered to who refused it, for as long',
    judge: invariant('filters'),
    draw: { focus: ['decline', 'advance'], without: ['setQuota'] },
  },
  {
    property: 'suppress',
    about: 'nothing to the suppressed and inactive, nothing of closed agents',
    judge: invariant('suppress'),
    draw: { focus: ['suppress', 'pauseAgent', 'pauseFramework', 'setWhitelist'] },
  },
  {
    property: 'nothing-withheld',
    about: 'what is free and wanted is offered, once filters are over',
    judge: invariant('nothing-withheld'),
    draw: { without: ['setQuota'], focus: ['decline', 'advance', 'gang', 'rescind'] },
  },
  {
    property: 'eligibility',
    about: 'nothing reserved for others, nothing revocable, shared or with gpus to who takes none',
    judge: invariant('eligibility'),
    draw: { focus: ['addAgent', 'addFramework', 'reserve'] },
  },
  {
    property: 'min-allocatable',
    about: 'no offer of less than the least that may be offered',
    judge: invariant('min-allocatable'),
    draw: { focus: ['giveBack', 'setQuota'] },
    coarseOnly: true,
  },
  {
    property: 'headroom',
    about: 'beyond its own guarantee nobody takes what others are guaranteed',
    judge: invariant('headroom'),
    draw: { focus: ['setQuota', 'addAgent'] },
  },
  {
    property: 'refused-calls',
    about: 'a call that makes no sense is refused and changes nothing',
    judge: invariant('refused-calls'),
    draw: { focus: ['mistake'] },
  },
  { property: 'determinism', about: 'the same history gives the same offers', judge: repeats, effort: 2 },
  {
    property: 'snapshot',
    about: 'restored from a snapshot it goes on the same',
    judge: survivesSnapshot,
    picks: true,
    effort: 2,
  },
  {
    property: 'input-order',
    about: 'unrelated inputs of one instant may come in any order',
    judge: ignoresOrder,
    draw: { settle: 'late', focus: ['addFramework', 'request', 'advance'] },
    picks: true,
    effort: 2,
  },
];

export function safetyChecks(): Check<SafetyCase>[] {
  return (['E2', 'E3'] as const).flatMap((economy) =>
    statements
      .filter(({ coarseOnly, demandOnly }) => !(economy === 'E3' ? demandOnly : coarseOnly))
      .map(({ property, about, judge, draw, picks, effort }) => ({
        property,
        economy,
        about,
        manner: 'refute' as const,
        ...(effort !== undefined && { effort }),
        spelledOut: (testCase: SafetyCase, subject: Subject): SafetyCase => {
          const { steps } = runHistory(testCase.history, subject, blind);
          return { ...testCase, history: { ...testCase.history, steps } };
        },
        cases: casesOf({ offers: economy === 'E2' ? 'demand' : 'coarse', ...draw }, picks),
        judge,
        picture: drawHistory,
        ...(economy === 'E3' && { unfit: noCoarseOffers }),
      })),
  );
}

function casesOf(options: HistoryOptions, picks: true | undefined): fc.Arbitrary<SafetyCase> {
  const history = histories(options);
  if (!picks) return history.map((drawn) => ({ history: drawn }));
  return fc.record({
    history,
    at: fc.nat({ max: 40 }),
    rename: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
  });
}

/** Who holds what of each agent when the history stops. */
export function drawHistory({ history }: SafetyCase, subject: Subject): Picture {
  const { world } = runHistory(history, subject, { only: 'sound' });
  const bars: Bar[] = [];
  for (const [name, { id, info }] of world.agents) {
    info.total.forEachScalar((_nameId, total, kind) => {
      const holders = world.ledger.entries({ agent: id }).map(({ framework, role, resources }) => ({
        holder: `${world.frameworkName(framework) ?? 'gone'} in ${world.roles.path(role)}`,
        amount: amountOf(resources, kind.id) / 1000,
      }));
      bars.push({
        label: `${name} ${kind.name}${kind.plain ? '' : '*'}`,
        total: total / 1000,
        parts: holders,
      });
    });
  }
  return { title: '', bars };
}

function amountOf(resources: Resources, kind: number): number {
  return resources.amountOf(kind);
}
