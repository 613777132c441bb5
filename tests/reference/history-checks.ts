/** Comparisons of two allocators, and what must hold of any one of them; each answers what is wrong, or undefined. */
import type { Allocator, OfferSink } from '../../src/cluster/allocator.js';
import type { AgentId } from '../../src/cluster/ids.js';
import type { Offer } from '../../src/cluster/protocol.js';
import { isLimited } from '../../src/cluster/resources/kinds.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { formatResources } from '../../src/cluster/resources/text.js';
import type { HistoryWorld } from './history-world.js';
import { ROLES } from './histories.js';
import type { Reference } from './reference-allocator.js';

export type Event = Parameters<OfferSink>;

/**
 * Puts the offers of two runs side by side. Grants come in the same order; coarse offers in any order, all those of
 * a framework at once.
 */
export function pairOffers(
  world: HistoryWorld,
  left: readonly Event[],
  right: readonly Event[],
): { pairs: [Offer, Offer][]; difference: string | undefined } {
  const flat = [left, right].map((events) => [
    ...grants(events).flatMap(([, offers]) => offers),
    ...coarse(events),
  ]);
  const pairs = flat[0].map((offer, i): [Offer, Offer] => [offer, flat[1][i] ?? offer]);
  const texts = flat.map((offers) => offers.map(describe));
  const sizes = [left, right].map((events) => grants(events).map(([, offers]) => offers.length));
  const frameworks = right.filter((event) => !isGrant(event)).map(([framework]) => framework);
  const repeated = new Set(frameworks).size < frameworks.length;
  const wrong = [left, right].some((events) =>
    events.some(
      ([framework, offers]) => offers.length === 0 || offers.some((o) => o.framework !== framework),
    ),
  );
  let difference: string | undefined;
  if (texts[0].join('\n') !== texts[1].join('\n')) {
    difference = `offers differ\n  left:  ${texts[0].join(' | ')}\n  right: ${texts[1].join(' | ')}`;
  } else if (!pairs.every(([one, other]) => one.resources.equals(other.resources))) {
    difference = 'offers differ in what the text does not show';
  } else if (sizes[0].join() !== sizes[1].join()) {
    difference = `gangs are cut differently: ${sizes[0].join()} and ${sizes[1].join()}`;
  } else if (repeated) {
    difference = 'a framework has two events of coarse offers in one run';
  } else if (wrong) {
    difference = 'an event holds offers of another framework, or none';
  } else if (world.settings.offers === 'coarse' && sizes[0].length > 0) {
    difference = 'a coarse offer names an ask';
  }
  return { pairs, difference };
}

function isGrant([, offers]: Event): boolean {
  return offers[0]?.ask !== undefined;
}

function grants(events: readonly Event[]): Event[] {
  return events.filter(isGrant);
}

function coarse(events: readonly Event[]): Offer[] {
  const offers = events.filter((event) => !isGrant(event)).flatMap(([, made]) => made);
  return [...offers].sort((a, b) => a.framework - b.framework || a.role - b.role || a.agent - b.agent);
}

function describe({ framework, role, agent, resources }: Offer): string {
  return `f${framework} ${ROLES[role]} a${agent} ${formatResources(resources)}`;
}

/** Free, held, shares and orders are the same. */
export function compareStates(world: HistoryWorld, left: Reference, right: Allocator): string | undefined {
  for (const agent of world.agents.keys()) {
    const free = [left, right].map((allocator) => allocator.available(agent));
    if (!free[0].equals(free[1])) {
      return `a${agent} has free: ${formatResources(free[0])} and ${formatResources(free[1])}`;
    }
  }
  const roles = left.roleOrder();
  if (roles !== undefined && roles.join() !== right.roleOrder()?.join()) {
    return `order of roles: ${names(roles)} and ${names(right.roleOrder())}`;
  }
  for (const role of ROLES.keys()) {
    const shares = [left, right].map((allocator) => allocator.roleShare(role) ?? 0);
    if (shares[0] !== shares[1]) return `share of ${ROLES[role]}: ${shares.join(' and ')}`;
    if (roles !== undefined && !roles.includes(role)) continue;
    for (const framework of world.frameworks.keys()) {
      const both = [left, right].map((allocator) => allocator.frameworkShare(role, framework) ?? 0);
      if (both[0] !== both[1]) return `share of f${framework} in ${ROLES[role]}: ${both.join(' and ')}`;
    }
    const orders = [left, right].map((allocator) => allocator.frameworkOrder(role)?.join() ?? 'none');
    if (orders[0] !== orders[1])
      return `order of frameworks in ${ROLES[role]}: ${orders[0]} and ${orders[1]}`;
  }
  return undefined;
}

function names(roles: readonly number[] | undefined): string {
  return roles === undefined ? 'none' : roles.map((role) => ROLES[role]).join(', ');
}

/** What is held is what was offered and not given back, and free is the rest (shared items are always free). */
export function conservation(world: HistoryWorld, allocator: Reference): string | undefined {
  for (const [agent, { info }] of world.agents) {
    const known = world.heldOn(agent).filter((h) => world.frameworks.has(h.framework));
    const expected = byHolder(known);
    const said = allocator.holdings(agent).filter((h) => world.frameworks.has(h.framework));
    const actual = byHolder(said);
    if (expected !== actual) return `${allocator.name}: on a${agent} is held ${actual}, not ${expected}`;
    const held = world.heldOn(agent).reduce((sum, h) => sum.plus(h.resources), Resources.EMPTY);
    const free = info.total.minus(held.filter((kind) => !kind.shared));
    if (!allocator.available(agent).equals(free)) {
      const is = formatResources(allocator.available(agent));
      return `${allocator.name}: a${agent} has ${is} free, not ${formatResources(free)}`;
    }
  }
  return undefined;
}

function byHolder(holdings: readonly { framework: number; role: number; resources: Resources }[]): string {
  const sums = new Map<string, Resources>();
  for (const { framework, role, resources } of holdings) {
    const key = `f${framework} ${ROLES[role]}`;
    sums.set(key, (sums.get(key) ?? Resources.EMPTY).plus(resources));
  }
  return [...sums]
    .filter(([, resources]) => !resources.isEmpty)
    .map(([key, resources]) => `${key} ${formatResources(resources)}`)
    .sort()
    .join(' | ');
}

/** No run offers what is not free, to those who must not have it, or above a limit. */
export function runSafety(
  world: HistoryWorld,
  before: ReadonlyMap<AgentId, Resources>,
  offers: readonly Offer[],
): string | undefined {
  const taken = new Map<AgentId, Resources>();
  for (const offer of offers) {
    const { framework, role, agent, resources } = offer;
    const what = describe(offer);
    const known = world.agents.get(agent);
    const owner = world.frameworks.get(framework);
    if (known === undefined || owner === undefined) return `offered: ${what}, but one of them is gone`;
    const listed = world.whitelist?.includes(known.info.hostname) ?? true;
    if (!known.active || !listed) return `offered: ${what}, but the agent is off`;
    const willing = owner.active && owner.info.roles.includes(role) && !owner.suppressed.includes(role);
    if (!willing) return `offered: ${what}, but the framework does not want offers`;
    if (resources.isEmpty) return `offered: ${what}, which is nothing`;
    // Both stages of a run may offer a shared item, a copy each.
    const free = before.get(agent)!;
    const isThere = resources.filter((kind) => kind.shared).kinds.every((id) => free.amountOf(id) > 0);
    if (!isThere || !free.contains(resources.filter((kind) => !kind.shared)))
      return `offered: ${what}, more than was free`;
    const sum = (taken.get(agent) ?? Resources.EMPTY).plus(resources.filter((kind) => !kind.shared));
    taken.set(agent, sum);
    if (!free.contains(sum)) return `offered: ${what}, so more than was free in all`;
  }
  return overLimit(world, offers);
}

/** No offer raises what its role holds above the role's limit; what stood above it before may stay. */
function overLimit(world: HistoryWorld, offers: readonly Offer[]): string | undefined {
  for (const [role, limits] of world.limits) {
    const inRole = (bags: readonly { role: number; framework: number; resources: Resources }[]) =>
      quantitiesOf(bags.filter((bag) => bag.role === role && world.frameworks.has(bag.framework)));
    const [offered, held] = [inRole(offers), inRole(world.held)];
    for (const [name, limit] of Object.entries(limits)) {
      const isOver = (offered.get(name) ?? 0) > 0 && (held.get(name) ?? 0) > limit;
      if (isOver) return `${ROLES[role]} holds ${held.get(name)} ${name}, above its limit of ${limit}`;
    }
  }
  return undefined;
}

function quantitiesOf(bags: readonly { readonly resources: Resources }[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { resources } of bags) {
    resources.filter(isLimited).forEachScalar((_, milli, { name }) => {
      sums.set(name, (sums.get(name) ?? 0) + milli);
    });
  }
  return sums;
}
