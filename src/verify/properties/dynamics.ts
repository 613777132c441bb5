/**
 * Dynamics of the running allocator: demand mode, all backlogged, durations bounded; bounds are in task ends, not seconds.
 * Equal shapes and mixed shapes are apart, because demand DRF passes over what does not fit (semantics-notes section 8).
 */
import fc from 'fast-check';
import type { Check, Finding, Subject } from '../check.js';
import { figure, userName, vector } from '../check.js';
import { Churn, LONGEST, type ChurnCase } from '../economies/churn.js';
import { mostTasks, taskEconomies } from '../economies/tasks.js';
import type { Picture } from '../picture.js';
import { amountsText } from '../economies/tasks.js';
import { guarded } from './tasks.js';
import { RESOURCES } from '../economies/divisible.js';

type Judge = (testCase: ChurnCase, subject: Subject) => Finding | undefined;

/** Ends that are looked at for starvation and waste, at most. */
const MOST_ENDS = 300;

/**
 * A queue whose oldest ask fits an empty agent is granted within users x (tasks that fit the cluster) ends. Ends count while
 * the user holds nothing, or a task less than its slice: who has its due may wait as long as its own tasks run.
 */
const noStarvation: Judge = (testCase, subject) => {
  const { users } = testCase;
  const bound = users.length * Math.max(...users.map(({ demand }) => mostTasks(testCase, demand)));
  const weights = users.reduce((sum, { weight }) => sum + weight, 0);
  const churn = new Churn(testCase, subject);
  const waited = users.map(() => 0);
  while (churn.ends <= Math.min(2 * bound, MOST_ENDS)) {
    const before = churn.ends;
    if (!churn.step()) break;
    for (const [user, { demand, weight }] of users.entries()) {
      const slice = Math.floor((weight / weights / churn.taskShare(user)) * (1 + 1e-9));
      const lacks = churn.tasks[user] === 0 || churn.tasks[user] < slice;
      const isGranted = churn.lastGrant[user] === churn.ends;
      waited[user] = lacks && !isGranted ? waited[user] + churn.ends - before : 0;
      if (waited[user] <= bound || mostTasks(testCase, demand) === 0) continue;
      const has = churn.tasks[user] === 0 ? '' : ` beside its ${churn.tasks[user]}`;
      const who = `${userName(user)} waits with a task of ${vector(demand)}${has}`;
      const sentence = `${who} while ${waited[user]} tasks end; the bound is ${bound}`;
      return { gain: Infinity, sentence };
    }
  }
  return undefined;
};

/** After each instant nobody's oldest ask fits what is free. */
const workConservation: Judge = (testCase, subject) => {
  const churn = new Churn(testCase, subject);
  do {
    const found = churn.unserved();
    if (found === undefined) continue;
    const { user, agent } = found;
    const task = `a task of ${vector(testCase.users[user].demand)}`;
    const free = amountsText(churn.free[agent]);
    const sentence = `after ${churn.ends} ends ${userName(user)} waits with ${task} while agent a${agent} has ${free} free`;
    return { gain: Infinity, sentence };
  } while (churn.ends < MOST_ENDS && churn.step());
  return undefined;
};

/**
 * Once every task that ran when a user came has ended, the weighted shares differ by no more than the largest task share.
 */
const convergence: Judge = (testCase, subject) => {
  const { users } = testCase;
  const churn = new Churn(testCase, subject);
  while (churn.now < LONGEST) if (!churn.step()) return undefined;
  const until = churn.admit();
  while (churn.now < until) if (!churn.step()) return undefined;
  const shares = users.map((_, user) => churn.share(user));
  const largest = Math.max(...users.map(({ weight }, user) => churn.taskShare(user) / weight));
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  if (most - least <= largest + 1e-9) return undefined;
  const [poor, rich] = [shares.indexOf(least), shares.indexOf(most)].map(userName);
  const sentence =
    `all that ran when ${userName(testCase.newcomer ?? 0)} came has ended, and ${rich} has ${figure(most)} per weight, ` +
    `${poor} ${figure(least)}: more than a task (${figure(largest)}) apart`;
  return { gain: most - least - largest, sentence };
};

/** Ends over which shares are averaged, and how far apart their means may be. */
const [WINDOW, APART] = [1000, 0.05];

/** Mean weighted shares lie within 5 % over 1,000 ends. */
const proportionality: Judge = (testCase, subject) => {
  const churn = new Churn(testCase, subject);
  const sums = testCase.users.map(() => 0);
  let [since, seconds] = [churn.now, 0];
  while (churn.ends < WINDOW) {
    const shares = testCase.users.map((_, user) => churn.share(user));
    if (!churn.step()) {
      const sentence = `after ${churn.ends} ends nothing runs any more, and all wait`;
      return { gain: Infinity, sentence };
    }
    const passed = churn.now - since;
    shares.forEach((share, user) => (sums[user] += share * passed));
    seconds += passed;
    since = churn.now;
  }
  const means = sums.map((sum) => sum / seconds);
  const [least, most] = [Math.min(...means), Math.max(...means)];
  if (most <= least * (1 + APART)) return undefined;
  const [poor, rich] = [means.indexOf(least), means.indexOf(most)].map(userName);
  const sentence = `over ${WINDOW} ends ${rich} has a mean share per weight of ${figure(most)}, ${poor} of ${figure(least)}`;
  return { gain: most / least - 1, sentence };
};

interface Statement {
  readonly property: string;
  readonly about: string;
  readonly judge: Judge;
  readonly cases: (economy: 'E1' | 'E2', shapes: 'equal' | 'mixed') => fc.Arbitrary<ChurnCase>;
  /** Room for this many tasks per agent and more. */
  readonly room?: (testCase: ChurnCase) => number;
  readonly effort: number;
}

const statements: readonly Statement[] = [
  {
    property: 'no-starvation',
    about: 'a task that fits an empty agent is not passed over for ever',
    judge: noStarvation,
    cases: crowds,
    effort: 4,
  },
  {
    property: 'convergence',
    about: 'after a user came, shares are a task apart at most',
    judge: convergence,
    cases: arrivals,
    effort: 4,
  },
  {
    property: 'proportionality',
    about: 'mean shares follow weights within 5 %',
    judge: proportionality,
    cases: manyTasks,
    room: tasksPerAgent,
    effort: 20,
  },
];

export function dynamicsChecks(): Check<ChurnCase>[] {
  return (['E1', 'E2'] as const).flatMap((economy) => [
    {
      property: 'work-conservation',
      economy,
      about: 'after each instant nobody waits for what is free',
      manner: 'refute' as const,
      cases: crowds(economy, 'mixed'),
      isCase: (testCase: ChurnCase) => hasRoom(testCase, 1),
      judge: guarded(workConservation),
      picture: drawChurn,
      effort: 4,
    },
    ...statements.flatMap(({ property, cases, judge, room, ...rest }) =>
      (['equal', 'mixed'] as const).map((shapes) => ({
        ...rest,
        property: `${property}-${shapes}`,
        economy,
        manner: 'refute' as const,
        cases: cases(economy, shapes),
        isCase: (testCase: ChurnCase) =>
          hasRoom(testCase, room?.(testCase) ?? 1) && (shapes === 'mixed' || hasEqualShapes(testCase)),
        judge: guarded(judge),
        picture: drawChurn,
      })),
    ),
  ]);
}

/** Economies in which every task fits every agent when it is empty. */
function crowds(economy: 'E1' | 'E2', shapes: 'equal' | 'mixed'): fc.Arbitrary<ChurnCase> {
  return fc
    .record({
      drawn: taskEconomies({ agents: economy === 'E1' ? 'one' : 'several' }),
      durations: fc.nat({ max: 999 }),
    })
    .map(({ drawn, durations }) => {
      const users = drawn.users.map((user) => ({
        ...user,
        demand: (shapes === 'equal' ? drawn.users[0] : user).demand,
      }));
      const agents = drawn.agents.map((agent) =>
        agent.map((amount, r) => Math.max(amount, ...users.map(({ demand }) => demand[r]))),
      );
      return { ...drawn, users, agents, durations };
    });
}

function arrivals(economy: 'E1' | 'E2', shapes: 'equal' | 'mixed'): fc.Arbitrary<ChurnCase> {
  return fc
    .record({ drawn: crowds(economy, shapes), pick: fc.nat({ max: 11 }) })
    .map(({ drawn, pick }) => ({ ...drawn, newcomer: pick % drawn.users.length }));
}

/** Room for so many tasks that a share of whole tasks can come within some per cent of any weight. */
function manyTasks(economy: 'E1' | 'E2', shapes: 'equal' | 'mixed'): fc.Arbitrary<ChurnCase> {
  return crowds(economy, shapes).map((drawn) => {
    const most = largestOf(drawn);
    return { ...drawn, agents: drawn.agents.map(() => most.map((amount) => amount * tasksPerAgent(drawn))) };
  });
}

/** 40 tasks for whoever has the least weight. */
function tasksPerAgent({ users, agents }: ChurnCase): number {
  const weights = users.map(({ weight }) => weight);
  const parts = weights.reduce((sum, weight) => sum + weight, 0) / Math.min(...weights);
  return Math.ceil((40 * parts) / agents.length);
}

/** What a task needs at most of each resource. */
function largestOf({ users }: ChurnCase): number[] {
  return users[0].demand.map((_, r) => Math.max(...users.map(({ demand }) => demand[r])));
}

function hasRoom(testCase: ChurnCase, tasks: number): boolean {
  const most = largestOf(testCase);
  return testCase.agents.every((agent) => agent.every((amount, r) => amount >= most[r] * tasks));
}

function hasEqualShapes({ users }: ChurnCase): boolean {
  return users.every(({ demand }) => demand.every((amount, r) => amount === users[0].demand[r]));
}

/** Who runs what of each resource when {@link MOST_ENDS} tasks have ended. */
function drawChurn(testCase: ChurnCase, subject: Subject): Picture {
  const churn = new Churn(testCase, subject);
  if (testCase.newcomer !== undefined) {
    while (churn.now < LONGEST && churn.step());
    churn.admit();
  }
  while (churn.ends < MOST_ENDS && churn.step());
  const bars = churn.capacity.map((total, r) => ({
    label: RESOURCES[r],
    total,
    parts: testCase.users.map(({ demand }, user) => ({
      holder: userName(user),
      amount: demand[r] * churn.tasks[user],
    })),
  }));
  return { title: '', bars };
}
