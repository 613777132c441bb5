/**
 * What each allocator is meant to keep. Only a broken promise is a fault (exit status 1); every other refutation is shown
 * and says "not promised". Safety is promised by all.
 */
import type { CheckName } from './check.js';

/** `property/economy`, or `property` for every economy it is stated in. */
type Promised = string;

const safety: readonly Promised[] = [
  'feasibility',
  'sound',
  'ask-order',
  'grants',
  'capacity',
  'conservation',
  'limits',
  'guarantees',
  'headroom',
  'eligibility',
  'min-allocatable',
  'filters',
  'suppress',
  'refused-calls',
  'determinism',
  'snapshot',
  'input-order',
];

/** It goes by what is there now, and by turns. */
const order: readonly Promised[] = ['no-trace', 'equal-turns'];

/** Up to one task, and with equal shapes: what demand DRF keeps (semantics-notes section 8). */
const fairness: readonly Promised[] = [
  'nothing-withheld',
  'non-wasteful',
  'work-conservation',
  'ef1',
  'si1',
  'even-offers',
  ...order,
  'no-starvation-equal',
  'convergence-equal',
  'proportionality-equal',
];

const link: readonly Promised[] = ['link-50', 'link-500'];

/** Ghodsi et al., NSDI 2011, Table 2, and what follows from it. */
const drfRule: readonly Promised[] = [
  'sharing-incentive/E0',
  'sharing-incentive/E0z',
  'strategy-proofness/E0',
  'strategy-proofness/E0z',
  'group-strategy-proofness/E0',
  'group-strategy-proofness/E0z',
  'envy-freeness/E0',
  'envy-freeness/E0z',
  'pareto-efficiency/E0',
  'pareto-efficiency/E0z',
  'single-resource/E0',
  'single-resource/E0z',
  'bottleneck/E0',
  'bottleneck/E0z',
  'population-monotonicity/E0',
];

const byName: Readonly<Record<string, readonly Promised[]>> = {
  drf: [...safety, ...fairness, ...link, ...drfRule],
  asset: [
    ...safety,
    ...order,
    'nothing-withheld',
    'non-wasteful',
    'work-conservation',
    ...link,
    'strategy-proofness/E0',
    'envy-freeness/E0',
    'pareto-efficiency/E0',
    'single-resource/E0',
    'population-monotonicity/E0',
  ],
  ceei: [
    ...safety,
    'nothing-withheld',
    'non-wasteful',
    'work-conservation',
    'sharing-incentive/E0',
    'envy-freeness/E0',
    'pareto-efficiency/E0',
    'single-resource/E0',
    'bottleneck/E0',
  ],
  // What is placed for one role is not free for another, whatever that one is guaranteed, and is its sub-roles' too.
  reservation: [...safety.filter((name) => name !== 'guarantees' && name !== 'headroom'), ...order],
  // The order in which asks come in is their rule.
  fifo: safety.filter((name) => name !== 'input-order'),
  // It fills gaps from its queue of all asks.
  easy: safety.filter((name) => name !== 'input-order' && name !== 'ask-order'),
  'max-min': [...safety, ...order, 'nothing-withheld', 'non-wasteful', 'work-conservation', ...link],
  // Its dice are hashes of names.
  random: safety.filter((name) => name !== 'input-order'),
  // An agent is offered to its owner only (semantics-notes P-4), whatever is guaranteed to another role.
  static: safety.filter((name) => name !== 'guarantees'),
};

/** What an allocator of ours that has no line of its own promises. */
const least = safety;

/** @param text as after --allocator */
export function promisesOf(text: string): (check: CheckName) => boolean {
  const [name] = text.split(/[?:]/, 1);
  return keeper(Object.hasOwn(byName, name) ? byName[name] : least);
}

/**
 * What an allocator of a user's own is held to, unless its module exports `promises`: all that `drf` keeps, the divisible
 * economy too if it states a rule for it.
 *
 * @param own `property` or `property/economy` names
 */
export function ownPromises(own: readonly string[] | undefined): (check: CheckName) => boolean {
  return keeper(own ?? byName.drf);
}

function keeper(promised: readonly Promised[]): (check: CheckName) => boolean {
  return ({ property, economy }) =>
    promised.includes(property) || promised.includes(`${property}/${economy}`);
}
