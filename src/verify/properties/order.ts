/**
 * That an allocator serves in its order and by what is there now: nothing of what is over counts (E1, E2), and under coarse
 * offers users who are alike get alike (E3; semantics-notes section 8, convergence and proportionality, for whole agents).
 */
import fc from 'fast-check';
import type { Check, Finding, Subject } from '../check.js';
import { figure, tasksText, userName } from '../check.js';
import { HORIZON, trade, type MarketCase } from '../economies/market.js';
import { capacityOf, place, taskEconomies, totals, type Past, type TaskEconomy } from '../economies/tasks.js';
import { handOut, type Handout } from '../economies/handout.js';
import { noCoarseOffers, workBar } from './behaviours.js';
import { guarded } from './tasks.js';
import { drawPlacement } from './task-pictures.js';
import type { Picture } from '../picture.js';
import { RESOURCES } from '../economies/divisible.js';

/** What is over and counts for nobody's turn: a task that ended does, among equals. */
const traceless: readonly Past[] = ['left', 'grew'];

/** The same tasks for everybody as where nothing happened before. */
const leavesNoTrace = (economy: TaskEconomy, subject: Subject): Finding | undefined => {
  const [after, fresh] = [economy, { ...economy, before: [] }].map((each) => totals(place(each, subject)));
  const user = after.findIndex((count, i) => count !== fresh[i]);
  if (user < 0) return undefined;
  const past = (economy.before ?? []).includes('left') ? 'an agent and a framework left' : 'an agent grew';
  const has = `${userName(user)} has ${tasksText(after[user])}`;
  const sentence = `after ${past}, ${has} in place of ${fresh[user]}`;
  return { gain: Math.abs(after[user] - fresh[user]) / Math.max(fresh[user], 1), sentence };
};

function pastEconomies(agents: 'one' | 'several'): fc.Arbitrary<TaskEconomy> {
  return fc
    .record({ economy: taskEconomies({ agents }), before: fc.subarray([...traceless], { minLength: 1 }) })
    .map(({ economy, before }) => ({ ...economy, before }));
}

/** Equal agents, each full with some equal tasks, nobody ever has enough: any two get the same work but for two turns. */
const alikeGetAlike = (market: MarketCase, subject: Subject): Finding | undefined => {
  const work = trade(market, subject, false);
  const { demand, seconds } = market.users[0];
  const turn = (market.agents[0][0] / demand[0]) * seconds;
  const [most, least] = [Math.max(...work), Math.min(...work)];
  if (most - least <= 2 * turn) return undefined;
  const [rich, poor] = [most, least].map((amount) => userName(work.indexOf(amount)));
  const sentence =
    `all are alike, and ${rich} gets ${figure(most)} useful task-seconds in ${HORIZON} s, ${poor} ${figure(least)}: ` +
    `more than two turns of ${figure(turn)} apart`;
  return { gain: (most - least) / turn, sentence };
};

/** Nothing is left over on an agent: an offer of that would count as a turn too. */
function equalMarkets(): fc.Arbitrary<MarketCase> {
  return fc
    .record({
      demand: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 2, maxLength: 2 }),
      tasks: fc.integer({ min: 1, max: 4 }),
      agents: fc.integer({ min: 1, max: 3 }),
      users: fc.integer({ min: 2, max: 4 }),
      seconds: fc.integer({ min: 1, max: 5 }),
      oneRole: fc.boolean(),
    })
    .map(({ demand, tasks, agents, users, seconds, oneRole }) => ({
      agents: Array.from({ length: agents }, () => demand.map((amount) => amount * tasks)),
      users: Array.from({ length: users }, () => ({ demand, seconds })),
      oneRole,
      user: 0,
      behaviour: { kind: 'filter-length', seconds: 5 },
    }));
}

/** Of all that there is, the dominant share of some agents' offers. */
function shareOf(offers: Handout[number], capacity: readonly number[]): number {
  const sums = capacity.map((_, r) => offers.reduce((sum, { amounts }) => sum + amounts[r], 0));
  return Math.max(...sums.map((sum, r) => sum / capacity[r]));
}

/**
 * Empty agents handed out in one run to users who take whatever comes: nobody has a larger share per weight than another
 * once one agent is taken from it. Who had the larger share would not have been next when it got the last one.
 */
const evenOffers = (economy: TaskEconomy, subject: Subject): Finding | undefined => {
  const { users } = economy;
  const capacity = capacityOf(economy);
  const handout = handOut(economy, subject);
  const perWeight = handout.map((offers, i) => shareOf(offers, capacity) / users[i].weight);
  const without = handout.map((offers, i) => {
    const shares = offers.map(({ agent }) =>
      shareOf(
        offers.filter((other) => other.agent !== agent),
        capacity,
      ),
    );
    return shares.length === 0 ? 0 : Math.min(...shares) / users[i].weight;
  });
  const [most, least] = [Math.max(...without), Math.min(...perWeight)];
  if (most <= least + 1e-9) return undefined;
  const [rich, poor] = [without.indexOf(most), perWeight.indexOf(least)].map(userName);
  const sentence =
    `of ${economy.agents.length} empty agents, ${rich} is offered a share per weight of ${figure(most)} ` +
    `and one agent more, ${poor} in all of ${figure(least)}`;
  return { gain: most - least, sentence };
};

/** Two or three agents, and nothing that happened before. */
function emptyAgents(): fc.Arbitrary<TaskEconomy> {
  return taskEconomies({ agents: 'several' }).map((economy) => ({ ...economy, before: [] }));
}

function drawHandout(economy: TaskEconomy, subject: Subject): Picture {
  const handout = handOut(economy, subject);
  const bars = economy.agents.flatMap((amounts, a) =>
    amounts.map((total, r) => ({
      label: `a${a} ${RESOURCES[r]}`,
      total,
      parts: handout.map((offers, i) => ({
        holder: userName(i),
        amount: offers.find(({ agent }) => agent === a)?.amounts[r] ?? 0,
      })),
    })),
  );
  return { title: '', bars };
}

function drawWork(market: MarketCase, subject: Subject): Picture {
  const work = trade(market, subject, false);
  const total = work.reduce((sum, amount) => sum + amount, 0);
  return { title: '', bars: [workBar('work', work, total)] };
}

function areEqual({ agents, users }: MarketCase): boolean {
  const isLikeFirst = (each: unknown, _: number, all: readonly unknown[]): boolean =>
    JSON.stringify(each) === JSON.stringify(all[0]);
  if (users.length < 2 || !agents.every(isLikeFirst) || !users.every(isLikeFirst)) return false;
  const { demand, seconds } = users[0];
  const tasks = agents[0][0] / demand[0];
  return seconds >= 1 && tasks >= 1 && demand.every((amount, r) => amount * tasks === agents[0][r]);
}

export function orderChecks(): (Check<TaskEconomy> | Check<MarketCase>)[] {
  const traces = (['E1', 'E2'] as const).map((economy) => ({
    property: 'no-trace',
    economy,
    about: 'who left, and what an agent had, counts no more',
    manner: 'refute' as const,
    cases: pastEconomies(economy === 'E1' ? 'one' : 'several'),
    judge: guarded(leavesNoTrace),
    picture: drawPlacement,
  }));
  return [
    ...traces,
    {
      property: 'even-offers',
      economy: 'E3',
      about: 'of empty agents, nobody is offered more per weight than another, but for one agent',
      manner: 'refute',
      cases: emptyAgents(),
      unfit: noCoarseOffers,
      judge: guarded(evenOffers),
      picture: drawHandout,
    },
    {
      property: 'equal-turns',
      economy: 'E3',
      about: 'who is alike gets alike, but for two turns',
      manner: 'refute',
      effort: 10,
      cases: equalMarkets(),
      isCase: areEqual,
      unfit: noCoarseOffers,
      judge: guarded(alikeGetAlike),
      picture: drawWork,
    },
  ];
}
