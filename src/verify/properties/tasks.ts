/**
 * Fairness of the running allocator with whole tasks: E1 (one agent) and E2 (several), demand mode, all backlogged, from
 * empty to the fixed point. What is promised "up to one task" refutes; the rest is measured (semantics-notes section 8).
 */
import fc from 'fast-check';
import type { User } from '../../allocators/mechanisms/economy.js';
import type { Check, EconomyName, Finding, Manner, Subject } from '../check.js';
import { figure, LEAST_GAIN, tasksText, userName, vector, worse } from '../check.js';
import { RESOURCES } from '../economies/divisible.js';
import {
  AllocatorFault,
  capacityOf,
  place,
  taskEconomies,
  totals,
  type Placement,
  type TaskEconomy,
} from '../economies/tasks.js';
import { loadIdeal, type Ideal } from '../ideal.js';
import { drawPlacement } from './task-pictures.js';

/** What happens beside, in picks that are taken modulo what there is. */
export interface TaskCase extends TaskEconomy {
  readonly lie?: { readonly user: number; readonly report: readonly number[] };
  readonly leaver?: number;
  readonly grown?: readonly (readonly number[])[];
}

type Judge = (testCase: TaskCase, subject: Subject) => Finding | undefined;

/** Whole tasks that the bundles on the agents are worth to a user. */
export function wholeTasks(demand: readonly number[], bundles: readonly (readonly number[])[]): number {
  return bundles.reduce((sum, bundle) => sum + wholeTasksIn(demand, bundle), 0);
}

function wholeTasksIn(demand: readonly number[], bundle: readonly number[]): number {
  return Math.floor(Math.min(...demand.map((amount, r) => (amount === 0 ? Infinity : bundle[r] / amount))));
}

function bundlesOf(demand: readonly number[], onAgents: readonly number[]): number[][] {
  return onAgents.map((count) => demand.map((amount) => amount * count));
}

function each(users: readonly User[], judge: (user: number) => Finding | undefined): Finding | undefined {
  return users.map((_, i) => judge(i)).reduce(worse, undefined);
}

/** Gain in whole tasks against what one has; who has nothing counts as having one. */
export function gainOf(more: number, own: number): number {
  return (more - own) / Math.max(own, 1);
}

/** Nobody envies another once one task is taken from the other's bundle, wherever it hurts most. */
const envyUpToOne: Judge = (economy, subject) => {
  const placement = place(economy, subject);
  return envy(economy, placement, 1);
};

const envyFreeness: Judge = (economy, subject) => envy(economy, place(economy, subject), 0);

function envy({ users }: TaskEconomy, placement: Placement, taken: 0 | 1): Finding | undefined {
  const own = totals(placement);
  return each(users, (i) =>
    each(users, (j) => {
      if (i === j || own[j] === 0) return undefined;
      const scale = users[i].weight / users[j].weight;
      // Up to one task is promised among equals: a weight would make one task of rounding into several.
      if (taken === 1 && scale !== 1) return undefined;
      const worthOf = (counts: readonly number[]): number =>
        wholeTasks(
          users[i].demand,
          bundlesOf(
            users[j].demand,
            counts.map((count) => count * scale),
          ),
        );
      const others = placement.tasks[j];
      const without = others.map((count, a) =>
        count > 0 ? others.map((c, b) => (a === b ? c - 1 : c)) : others,
      );
      const other = taken === 0 ? worthOf(others) : Math.min(...without.map(worthOf));
      if (other <= own[i]) return undefined;
      const bundle = `${userName(j)}'s bundle${taken === 1 ? ' less one task' : ''}`;
      const scaled = scale === 1 ? '' : `, times ${users[i].weight}/${users[j].weight} for the weights`;
      const sentence = `${userName(i)} prefers ${bundle}${scaled}: ${tasksText(other)} against its own ${own[i]}`;
      return { gain: gainOf(other, own[i]), sentence };
    }),
  );
}

/**
 * s_i >= w_i/W - the share of one task of whoever has the largest. With weights the shares of one task of all, times the
 * user's part of the weights, may be more, and is then what is missing at most: each may be one task ahead.
 */
const sharingUpToOne: Judge = (economy, subject) => {
  const { users } = economy;
  const capacity = capacityOf(economy);
  const own = totals(place(economy, subject));
  const task = users.map(({ demand }) => Math.max(...demand.map((amount, r) => amount / capacity[r])));
  const weights = users.reduce((sum, { weight }) => sum + weight, 0);
  return each(users, (i) => {
    const share = own[i] * task[i];
    const slice = users[i].weight / weights;
    const ahead = Math.max(Math.max(...task), slice * task.reduce((sum, one) => sum + one, 0));
    const least = slice - ahead;
    if (share >= least - 1e-9) return undefined;
    const bound = `its slice is ${figure(slice)}, less one task ${figure(least)}`;
    const sentence = `${userName(i)} has ${figure(share)} of the cluster: ${bound}`;
    return { gain: least - share, sentence };
  });
};

const sharingIncentive: Judge = (economy, subject) => {
  const { users, agents } = economy;
  const own = totals(place(economy, subject));
  const weights = users.reduce((sum, { weight }) => sum + weight, 0);
  return each(users, (i) => {
    const slices = agents.map((agent) => agent.map((amount) => (amount * users[i].weight) / weights));
    const alone = wholeTasks(users[i].demand, slices);
    if (alone <= own[i]) return undefined;
    const sentence = `${userName(i)} would run ${tasksText(alone)} in slices of its own against ${own[i]}`;
    return { gain: gainOf(alone, own[i]), sentence };
  });
};

const nonWasteful: Judge = (economy, subject) => {
  const { users, agents } = economy;
  const placement = place(economy, subject);
  return each(users, (i) => {
    const agent = agents.findIndex(
      (capacity, a) => wholeTasksIn(users[i].demand, freeOn(economy, placement, capacity, a)) > 0,
    );
    if (agent < 0) return undefined;
    const free = freeOn(economy, placement, agents[agent], agent);
    const task = `a task of ${vector(users[i].demand)}`;
    const sentence = `${userName(i)} waits with ${task} while agent a${agent} has ${vector(free)} free`;
    return { gain: gainOf(totals(placement)[i] + 1, totals(placement)[i]), sentence };
  });
};

function freeOn(
  { users }: TaskEconomy,
  { tasks }: Placement,
  capacity: readonly number[],
  agent: number,
): number[] {
  return capacity.map(
    (amount, r) => amount - users.reduce((sum, { demand }, i) => sum + demand[r] * tasks[i][agent], 0),
  );
}

/** Utility of what a false report brings, with the true demand, against that of the truth. */
const strategyProofness: Judge = (economy, subject) => {
  const { users, lie } = economy;
  if (lie === undefined) return undefined;
  const { demand } = users[lie.user];
  const own = totals(place(economy, subject))[lie.user];
  const reports = users.map((user, i) => (i === lie.user ? lie.report : user.demand));
  const lied = place(economy, subject, reports).tasks[lie.user];
  const tasks = wholeTasks(demand, bundlesOf(lie.report, lied));
  if (tasks <= own) return undefined;
  const told = `${vector(lie.report)} for ${vector(demand)}`;
  const sentence = `${userName(lie.user)} reports ${told} and has ${tasksText(tasks)} in place of ${own}`;
  return { gain: gainOf(tasks, own), sentence };
};

const populationMonotonicity: Judge = (economy, subject) => {
  const { users, leaver = 0 } = economy;
  const before = totals(place(economy, subject));
  const after = totals(place({ ...economy, users: users.filter((_, i) => i !== leaver) }, subject));
  return each(users, (i) => {
    if (i === leaver) return undefined;
    const has = after[i > leaver ? i - 1 : i];
    if (has >= before[i]) return undefined;
    const sentence = `when ${userName(leaver)} leaves, ${userName(i)} falls from ${tasksText(before[i])} to ${has}`;
    return { gain: 1 - has / before[i], sentence };
  });
};

const resourceMonotonicity: Judge = (economy, subject) => {
  const { users, agents, grown = agents } = economy;
  const before = totals(place(economy, subject));
  const after = totals(place({ ...economy, agents: grown }, subject));
  return each(users, (i) => {
    if (after[i] >= before[i]) return undefined;
    const sentence = `when the agents grow, ${userName(i)} falls from ${tasksText(before[i])} to ${after[i]}`;
    return { gain: 1 - after[i] / before[i], sentence };
  });
};

/**
 * The running allocator and its rule agree when tasks are small: parts of a K-th within 0.01 at K = 500. Where shapes differ
 * much, more: the room that is too small for a part of one user can hold several of another.
 */
function linkTo(parts: number): Judge {
  return (economy, subject) => {
    const { users } = economy;
    const capacity = capacityOf(economy);
    const rule = subject.mechanism(RESOURCES.slice(0, capacity.length))!({ capacity, users });
    const placed = totals(place(economy, subject, undefined, parts));
    return each(users, (i) => {
      const task = Math.max(...users[i].demand.map((amount, r) => amount / capacity[r]));
      const [real, ideal] = [(placed[i] / parts) * task, rule.tasks[i] * task];
      const off = Math.abs(real - ideal);
      const inLeftOver = users[i].demand.map(
        (amount, r) => Math.max(...users.map(({ demand }) => demand[r])) / amount,
      );
      if (off <= Math.max(5, task * Math.max(...inLeftOver)) / parts) return undefined;
      const has = `${userName(i)} has a share of ${figure(real)} where the rule gives ${figure(ideal)}`;
      const sentence = `with tasks cut in ${parts}, ${has}`;
      return { gain: off, sentence };
    });
  };
}

let ideal: Ideal | undefined;

/** How far the weighted shares are from those of the divisible ideal over the same agents: the largest shortfall. */
const distanceFromIdeal: Judge = (economy, subject) => {
  const { users } = economy;
  const capacity = capacityOf(economy);
  const placed = totals(place(economy, subject));
  const best = ideal!(economy);
  return each(users, (i) => {
    const task = Math.max(...users[i].demand.map((amount, r) => amount / capacity[r]));
    const share = placed[i] * task;
    if (best[i] - share <= LEAST_GAIN) return undefined;
    const sentence = `${userName(i)} has a share of ${figure(share)} where the divisible ideal gives ${figure(best[i])}`;
    return { gain: best[i] - share, sentence };
  });
};

/** Nobody does what no allocator may do; a fault in any property is this one's. */
const grants: Judge = (economy, subject) => {
  place(economy, subject);
  return undefined;
};

/** What no allocator may do refutes whatever is tested, and so does one that breaks down. */
export function guarded<Case>(
  judge: (testCase: Case, subject: Subject) => Finding | undefined,
): (testCase: Case, subject: Subject) => Finding | undefined {
  return (testCase, subject) => {
    try {
      return judge(testCase, subject);
    } catch (error) {
      if (error instanceof AllocatorFault) return { gain: Infinity, sentence: error.message, fault: 'broke' };
      const message = error instanceof Error ? error.message : String(error);
      const sentence = `the allocator threw: ${message.split('\n', 1)[0]}`;
      return { gain: Infinity, sentence, fault: 'broke' };
    }
  };
}

interface Statement {
  readonly property: string;
  readonly about: string;
  readonly manner: Manner;
  readonly judge: Judge;
  readonly economies: readonly ('E1' | 'E2')[];
  readonly beside?: 'lie' | 'leaver' | 'growth';
  readonly effort?: number;
  readonly needsRule?: true;
  readonly large?: true;
  prepare?(): Promise<void>;
}

const both = ['E1', 'E2'] as const;

const statements: readonly Statement[] = [
  {
    property: 'grants',
    about: 'offers what was asked for, and what is there',
    manner: 'refute',
    judge: grants,
    economies: both,
  },
  {
    property: 'non-wasteful',
    about: "nobody's oldest ask fits at the end",
    manner: 'refute',
    judge: nonWasteful,
    economies: both,
  },
  {
    property: 'ef1',
    about: "nobody envies another's bundle less one task",
    manner: 'refute',
    judge: envyUpToOne,
    economies: both,
    large: true,
    effort: 3,
  },
  {
    property: 'si1',
    about: 'nobody is below its slice by more than one task',
    manner: 'refute',
    judge: sharingUpToOne,
    economies: ['E1'],
    large: true,
    effort: 3,
  },
  {
    property: 'link-50',
    about: 'with tasks cut in 50, as the rule says within 0.1',
    manner: 'refute',
    judge: linkTo(50),
    economies: ['E1'],
    effort: 4,
    needsRule: true,
  },
  {
    property: 'link-500',
    about: 'with tasks cut in 500, as the rule says within 0.01',
    manner: 'refute',
    judge: linkTo(500),
    economies: ['E1'],
    effort: 20,
    needsRule: true,
  },
  {
    property: 'sharing-incentive',
    about: 'tasks in slices of its own, against its own',
    manner: 'measure',
    judge: sharingIncentive,
    economies: both,
  },
  {
    property: 'envy-freeness',
    about: "tasks in another's bundle, against its own",
    manner: 'measure',
    judge: envyFreeness,
    economies: both,
  },
  {
    property: 'strategy-proofness',
    about: 'tasks after a false report, against its own',
    manner: 'measure',
    judge: strategyProofness,
    economies: both,
    beside: 'lie',
  },
  {
    property: 'population-monotonicity',
    about: 'loss when another leaves',
    manner: 'measure',
    judge: populationMonotonicity,
    economies: both,
    beside: 'leaver',
  },
  {
    property: 'resource-monotonicity',
    about: 'loss when the agents grow',
    manner: 'measure',
    judge: resourceMonotonicity,
    economies: both,
    beside: 'growth',
  },
  {
    property: 'distance-from-ideal',
    about: 'share that is missing to weighted max-min of tasks that may be cut',
    manner: 'measure',
    judge: distanceFromIdeal,
    economies: ['E2'],
    effort: 10,
    prepare: async () => {
      ideal = await loadIdeal();
    },
  },
];

export function taskChecks(): Check<TaskCase>[] {
  return statements.flatMap(({ economies, judge, beside, needsRule, large, ...rest }) =>
    economies.map((economy: EconomyName & ('E1' | 'E2')) => ({
      ...rest,
      economy,
      cases: taskCases(economy, beside, needsRule, large),
      judge: guarded(judge),
      picture: drawPlacement,
      ...(needsRule && {
        unfit: (subject: Subject) =>
          subject.mechanism(RESOURCES) === undefined ? 'states no rule for the divisible economy' : undefined,
      }),
    })),
  );
}

function taskCases(
  economy: 'E1' | 'E2',
  beside: Statement['beside'],
  needsRule: true | undefined,
  large: true | undefined,
): fc.Arbitrary<TaskCase> {
  const agents = economy === 'E1' ? 'one' : 'several';
  const economies = taskEconomies({ agents, ...(large && { large }) });
  if (needsRule) return economies;
  return fc
    .record({
      economy: economies,
      pick: fc.nat({ max: 11 }),
      report: fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 3, maxLength: 3 }),
      growth: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 9, maxLength: 9 }),
    })
    .map(({ economy: drawn, pick, report, growth }): TaskCase => {
      const user = pick % drawn.users.length;
      const size = drawn.agents[0].length;
      if (beside === 'lie') return { ...drawn, lie: { user, report: report.slice(0, size) } };
      if (beside === 'leaver') return { ...drawn, leaver: user };
      if (beside !== 'growth') return drawn;
      const grown = drawn.agents.map((agent, a) => agent.map((amount, r) => amount + growth[a * 3 + r]));
      return { ...drawn, grown };
    });
}
