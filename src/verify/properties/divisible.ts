/**
 * The fairness properties of a mechanism in the divisible economies E0 and E0z, as Ghodsi et al. (NSDI 2011, section 3)
 * state them, with weights (semantics-notes section 8).
 */
import {
  dominantShare,
  type Division,
  type Economy,
  type Mechanism,
} from '../../allocators/mechanisms/economy.js';
import type { Check, EconomyName, Finding, Subject } from '../check.js';
import { figure, LEAST_GAIN, tasksText, userName, vector, worse } from '../check.js';
import {
  divisible,
  RESOURCES,
  withBottleneck,
  type DivisibleCase,
  type DivisibleOptions,
} from '../economies/divisible.js';
import type { Picture } from '../picture.js';
import { guarded } from './tasks.js';

/** Looks for something wrong with what the mechanism gives. */
type Judge = (testCase: DivisibleCase, mechanism: Mechanism) => Finding | undefined;

/** Tasks that a bundle is worth to a user. */
function worth(demand: readonly number[], bundle: readonly number[]): number {
  return Math.min(...demand.map((amount, r) => (amount === 0 ? Infinity : bundle[r] / amount)));
}

/** A finding if the gain is real: above the least, and above what the solver may be off by. */
function finding(gain: number, { error }: Division, sentence: () => string): Finding | undefined {
  return gain > Math.max(LEAST_GAIN, 100 * error) ? { gain, sentence: sentence() } : undefined;
}

function worst(economy: Economy, judge: (user: number) => Finding | undefined): Finding | undefined {
  return economy.users.map((_, i) => judge(i)).reduce(worse, undefined);
}

const sharingIncentive: Judge = (economy, mechanism) => {
  const { capacity, users } = economy;
  const result = mechanism(economy);
  const weights = users.reduce((sum, { weight }) => sum + weight, 0);
  return worst(economy, (i) => {
    const slice = capacity.map((amount) => (amount * users[i].weight) / weights);
    const [own, alone] = [result.tasks[i], worth(users[i].demand, slice)];
    return finding(alone / own - 1, result, () => {
      const size =
        users[i].weight === 1 ? `a slice of 1/${weights}` : `its slice of ${users[i].weight}/${weights}`;
      return `${userName(i)} would do better with ${size} of its own: ${tasksText(alone)} against ${figure(own)}`;
    });
  });
};

const envyFreeness: Judge = (economy, mechanism) => {
  const { users } = economy;
  const result = mechanism(economy);
  return worst(economy, (i) =>
    worst(economy, (j) => {
      const scale = (result.tasks[j] * users[i].weight) / users[j].weight;
      const [own, other] = [
        result.tasks[i],
        worth(
          users[i].demand,
          users[j].demand.map((d) => d * scale),
        ),
      ];
      return finding(other / own - 1, result, () => {
        const scaled = users[i].weight === users[j].weight ? '' : ', scaled to its weight';
        return `${userName(i)} prefers ${userName(j)}'s bundle${scaled}: ${tasksText(other)} against its own ${figure(own)}`;
      });
    }),
  );
};

const paretoEfficiency: Judge = (economy, mechanism) => {
  const { capacity, users } = economy;
  const result = mechanism(economy);
  const free = capacity.map((amount, r) => amount - usedOf(economy, result.tasks, r));
  return worst(economy, (i) => {
    const more = worth(users[i].demand, free);
    const own = result.tasks[i];
    return finding(more / own, result, () => {
      return `${userName(i)} could have ${tasksText(more)} more than its ${figure(own)}, and nobody less`;
    });
  });
};

/** What is given away is there. */
const feasibility: Judge = (economy, mechanism) => {
  const { capacity } = economy;
  const result = mechanism(economy);
  const over = capacity.map((amount, r) => usedOf(economy, result.tasks, r) / amount - 1);
  const most = Math.max(...over);
  // Unlike a gain, what is not there is no matter of taste: rounding alone is let pass.
  if (most <= Math.max(LEAST_EXCESS, 100 * result.error)) return undefined;
  const r = over.indexOf(most);
  const used = Number(usedOf(economy, result.tasks, r).toPrecision(6));
  return { gain: most, sentence: `it gives away ${used} ${RESOURCES[r]}, and there are ${capacity[r]}` };
};

/** A joint lie pays when every liar has strictly more. */
const strategyProofness: Judge = (economy, mechanism) => {
  const { users, lies = [] } = economy;
  const honest = mechanism(economy);
  const reported = users.map((user, i) => {
    const lie = lies.find((candidate) => candidate.user === i);
    return lie === undefined ? user : { ...user, demand: lie.report };
  });
  const lied = mechanism({ ...economy, users: reported });
  const gains = lies.map(({ user, report }) => {
    const tasks = worth(
      users[user].demand,
      report.map((amount) => amount * lied.tasks[user]),
    );
    return { user, report, tasks, own: honest.tasks[user], gain: tasks / honest.tasks[user] - 1 };
  });
  const least = Math.min(...gains.map(({ gain }) => gain));
  const error = Math.max(honest.error, lied.error);
  return finding(least, { ...honest, error }, () =>
    gains
      .map(({ user, report, tasks, own }) => {
        const told = `${vector(report)} for ${vector(users[user].demand)}`;
        return `${userName(user)} reports ${told} and has ${tasksText(tasks)} in place of ${figure(own)}`;
      })
      .join('; '),
  );
};

/** Of one resource: max-min fairness, which gives everybody the same per weight and all of it away. */
const singleResource: Judge = (economy, mechanism) => {
  const result = mechanism(economy);
  const left = economy.capacity[0] - usedOf(economy, result.tasks, 0);
  const uneven = evenness(economy, result, (i) => economy.users[i].demand[0] / economy.capacity[0], 'shares');
  const idle = finding(left / economy.capacity[0], result, () => `${figure(left)} cpus are left over`);
  return worse(uneven, idle);
};

const bottleneckFairness: Judge = (economy, mechanism) =>
  evenness(
    economy,
    mechanism(economy),
    (i) => dominantShare(economy.users[i], economy.capacity),
    'shares of the resource that all need most',
  );

/** Shares per weight must be equal. */
function evenness(
  { users }: Economy,
  result: Division,
  shareOfTask: (user: number) => number,
  what: string,
): Finding | undefined {
  const shares = users.map(({ weight }, i) => (result.tasks[i] * shareOfTask(i)) / weight);
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  return finding(most / least - 1, result, () => {
    const [poor, rich] = [shares.indexOf(least), shares.indexOf(most)].map(userName);
    return `the ${what} differ: ${rich} has ${figure(most)}, ${poor} has ${figure(least)}`;
  });
}

const populationMonotonicity: Judge = (economy, mechanism) => {
  const { users, leaver = 0 } = economy;
  const before = mechanism(economy);
  const after = mechanism({ ...economy, users: users.filter((_, i) => i !== leaver) });
  const error = Math.max(before.error, after.error);
  return worst(economy, (i) => {
    if (i === leaver) return undefined;
    const [had, has] = [before.tasks[i], after.tasks[i > leaver ? i - 1 : i]];
    return finding(1 - has / had, { ...before, error }, () => {
      return `when ${userName(leaver)} leaves, ${userName(i)} falls from ${tasksText(had)} to ${figure(has)}`;
    });
  });
};

const resourceMonotonicity: Judge = (economy, mechanism) => {
  const { capacity, grown = capacity } = economy;
  const before = mechanism(economy);
  const after = mechanism({ ...economy, capacity: grown });
  const error = Math.max(before.error, after.error);
  return worst(economy, (i) => {
    const [had, has] = [before.tasks[i], after.tasks[i]];
    return finding(1 - has / had, { ...before, error }, () => {
      const growth = `from ${vector(capacity)} to ${vector(grown)}`;
      return `when the pool grows ${growth}, ${userName(i)} falls from ${tasksText(had)} to ${figure(has)}`;
    });
  });
};

/** Relative, of what is given beyond what there is: rounding of doubles. */
const LEAST_EXCESS = 1e-9;

interface Statement {
  readonly property: string;
  readonly about: string;
  readonly judge: Judge;
  readonly draw?: Partial<DivisibleOptions>;
  readonly cases?: typeof divisible;
}

const statements: readonly Statement[] = [
  { property: 'feasibility', about: 'no more is given away than there is', judge: feasibility },
  {
    property: 'sharing-incentive',
    about: 'nobody would do better with a slice of its own',
    judge: sharingIncentive,
  },
  {
    property: 'strategy-proofness',
    about: 'no false report gives a user more',
    judge: strategyProofness,
    draw: { liars: 1 },
  },
  {
    property: 'group-strategy-proofness',
    about: 'no joint false report gives both users more',
    judge: strategyProofness,
    draw: { liars: 2 },
  },
  { property: 'envy-freeness', about: "nobody prefers another's bundle", judge: envyFreeness },
  {
    property: 'pareto-efficiency',
    about: 'nobody could have more and nobody less',
    judge: paretoEfficiency,
  },
  {
    property: 'single-resource',
    about: 'of one resource, all get the same',
    judge: singleResource,
    draw: { resources: 1 },
  },
  {
    property: 'bottleneck',
    about: 'of a resource that all need most, all get the same',
    judge: bottleneckFairness,
    cases: withBottleneck,
  },
  {
    property: 'population-monotonicity',
    about: 'when a user leaves, nobody has less',
    judge: populationMonotonicity,
    draw: { leaver: true },
  },
  {
    property: 'resource-monotonicity',
    about: 'when the pool grows, nobody has less',
    judge: resourceMonotonicity,
    draw: { growth: true },
  },
];

/** @param weights whether a quarter of the economies has weights; the published table of the paper has none */
export function divisibleChecks(weights = true): Check<DivisibleCase>[] {
  const economies: EconomyName[] = ['E0', 'E0z'];
  return economies.flatMap((economy) =>
    statements.map(({ property, about, judge, draw = {}, cases = divisible }) => ({
      property,
      economy,
      about,
      manner: 'refute' as const,
      cases: cases({ zeros: economy === 'E0z', weights, ...draw }),
      unfit: noMechanism,
      judge: guarded((testCase: DivisibleCase, subject: Subject) =>
        judge(testCase, mechanismFor(testCase, subject)),
      ),
      picture: drawDivision,
    })),
  );
}

/** Why a rule cannot be put to the test; undefined: it can. */
function noMechanism(subject: Subject): string | undefined {
  return subject.mechanism(RESOURCES) === undefined ? 'states no rule for the divisible economy' : undefined;
}

function mechanismFor({ capacity }: Economy, subject: Subject): Mechanism {
  const rule = subject.mechanism(RESOURCES.slice(0, capacity.length)) ?? subject.mechanism(RESOURCES);
  return rule!;
}

/** What the rule gives of each resource, for the drawing; what follows a lie, a leave or growth below it. */
function drawDivision(economy: DivisibleCase, subject: Subject): Picture {
  const rule = mechanismFor(economy, subject);
  const { users, lies = [], leaver, grown } = economy;
  const bars = barsOf(economy, rule(economy).tasks, '');
  const demandOf = (i: number): readonly number[] =>
    lies.find(({ user }) => user === i)?.report ?? users[i].demand;
  const after = {
    capacity: grown ?? economy.capacity,
    users: users.map((user, i) => ({ ...user, demand: demandOf(i) })).filter((_, i) => i !== leaver),
  };
  if (lies.length === 0 && leaver === undefined && grown === undefined) return { title: '', bars };
  const names = users.map((_, i) => userName(i)).filter((_, i) => i !== leaver);
  return { title: '', bars: [...bars, ...barsOf(after, rule(after).tasks, ', after', names)] };
}

function barsOf(
  { capacity, users }: Economy,
  tasks: readonly number[],
  suffix: string,
  names = users.map((_, i) => userName(i)),
): Picture['bars'] {
  return capacity.map((total, r) => ({
    label: `${RESOURCES[r]}${suffix}`,
    total,
    parts: users.map(({ demand }, i) => ({ holder: names[i], amount: demand[r] * tasks[i] })),
  }));
}

function usedOf({ users }: Economy, tasks: readonly number[], resource: number): number {
  return users.reduce((sum, { demand }, i) => sum + demand[resource] * tasks[i], 0);
}
