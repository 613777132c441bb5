/**
 * Behaviour under coarse offers (E3). A coarse offer carries no report, so strategy-proofness has no statement there; a fixed
 * menu is searched instead, and the answer is a gain or "none found in the menu" (semantics-notes section 8).
 */
import fc from 'fast-check';
import type { Check, Finding, Subject } from '../check.js';
import { figure, LEAST_GAIN, userName, vector } from '../check.js';
import { HONEST_REFUSAL, HORIZON, trade, type Behaviour, type MarketCase } from '../economies/market.js';
import type { Bar, Picture } from '../picture.js';
import { guarded } from './tasks.js';

/** How much more useful work a user gets done by behaving so than by being honest. */
const gainOfBehaviour = (market: MarketCase, subject: Subject): Finding | undefined => {
  const [honest, tried] = [false, true].map((behaves) => trade(market, subject, behaves)[market.user]);
  const gain = (tried - honest) / Math.max(honest, market.users[market.user].seconds);
  if (gain <= LEAST_GAIN) return undefined;
  const sentence =
    `${userName(market.user)} with tasks of ${vector(market.users[market.user].demand)} ${deed(market.behaviour)} ` +
    `and gets ${figure(tried)} useful task-seconds in ${HORIZON} s in place of ${figure(honest)}`;
  return { gain, sentence };
};

function deed(behaviour: Behaviour): string {
  switch (behaviour.kind) {
    case 'filter-length':
      return `declines for ${behaviour.seconds} s, not ${HONEST_REFUSAL} s,`;
    case 'hoarding':
      return `keeps offers for ${behaviour.seconds} s`;
    case 'splitting':
      return `comes as ${behaviour.frameworks} frameworks`;
    case 'inflation':
      return `takes ${behaviour.times} times what a task needs`;
  }
}

const menu: Readonly<
  Record<Behaviour['kind'], { readonly about: string; readonly options: readonly Behaviour[] }>
> = {
  'filter-length': {
    about: 'work gained by declining for another time',
    options: [1, 2, 10, 30, 60].map((seconds) => ({ kind: 'filter-length', seconds })),
  },
  hoarding: {
    about: 'work gained by keeping offers for a while',
    options: [2, 5, 10, 30].map((seconds) => ({ kind: 'hoarding', seconds })),
  },
  splitting: {
    about: 'work gained by coming as several frameworks',
    options: [2, 3, 5].map((frameworks) => ({ kind: 'splitting', frameworks })),
  },
  inflation: {
    about: 'work gained by taking more than a task needs',
    options: [2, 3].map((times) => ({ kind: 'inflation', times })),
  },
};

export function behaviourChecks(): Check<MarketCase>[] {
  return Object.entries(menu).map(([property, { about, options }]) => ({
    property,
    economy: 'E3' as const,
    about,
    manner: 'search' as const,
    effort: 10,
    cases: markets(options),
    unfit: noCoarseOffers,
    isCase: isMarket,
    judge: guarded(gainOfBehaviour),
    picture: drawMarket,
  }));
}

export function noCoarseOffers({ needsAsks }: Subject): string | undefined {
  return needsAsks ? 'it needs asks, so it makes no coarse offers' : undefined;
}

/** Markets with any behaviour of the menu, for a search that changes it. */
export function anyMarkets(): fc.Arbitrary<MarketCase> {
  return markets(Object.values(menu).flatMap(({ options }) => options));
}

export const judgeMarket = guarded(gainOfBehaviour);

function markets(options: readonly Behaviour[]): fc.Arbitrary<MarketCase> {
  return fc
    .record({
      agents: fc.array(vectorOf(4, 30), { minLength: 1, maxLength: 3 }),
      users: fc.array(fc.record({ demand: vectorOf(1, 8), seconds: fc.integer({ min: 1, max: 9 }) }), {
        minLength: 2,
        maxLength: 4,
      }),
      oneRole: fc.boolean(),
      pick: fc.nat({ max: 11 }),
      behaviour: fc.constantFrom(...options),
    })
    .map(({ pick, agents, users, ...rest }) => ({
      ...rest,
      users,
      agents: agents.map((agent) =>
        agent.map((amount, r) => Math.max(amount, ...users.map(({ demand }) => demand[r]))),
      ),
      user: pick % users.length,
    }));
}

/** Everybody's task fits every agent. */
function isMarket({ agents, users }: MarketCase): boolean {
  return users.every(({ demand }) =>
    agents.every((agent) => demand.every((amount, r) => amount <= agent[r])),
  );
}

function vectorOf(min: number, max: number): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min, max }), { minLength: 2, maxLength: 2 });
}

/** Useful work of each user, honest and not. */
function drawMarket(market: MarketCase, subject: Subject): Picture {
  const [honest, tried] = [false, true].map((behaves) => trade(market, subject, behaves));
  const total = Math.max(...[honest, tried].map((work) => work.reduce((sum, amount) => sum + amount, 0)));
  return { title: '', bars: [workBar('honest', honest, total), workBar('otherwise', tried, total)] };
}

/** Useful work of each user, out of a total. */
export function workBar(label: string, work: readonly number[], total: number): Bar {
  return { label, total, parts: work.map((amount, user) => ({ holder: userName(user), amount })) };
}
