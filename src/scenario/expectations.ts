/**
 * The checks of a scenario. Each answers with the difference on one line, or undefined when there is none.
 */
import { kindOf, nameOf } from '../cluster/resources/kinds.js';
import { ResourceBag, Resources } from '../cluster/resources/resources.js';
import { formatQuantities } from '../cluster/resources/text.js';
import { isWithin, type Roles } from '../cluster/roles.js';
import type { Holding } from '../cluster/allocator.js';
import type { Quantities } from '../cluster/protocol.js';
import { countText, listText, offerText, placeText, resourceText } from './format.js';
import type { Check, CheckKind } from './schema.js';
import type { MadeOffer, World } from './world.js';

/** Shares this close are equal. */
const SHARE_TOLERANCE = 1e-6;

type Difference = string | undefined;
type Checker<K extends CheckKind> = (
  check: Check<K>,
  offers: readonly MadeOffer[],
  world: World,
) => Difference;

/** Checks that look at the offers made since the last of them, and use them up. */
const offerCheckers = { offers, noOffers, offerTotals, offerCounts };
/** Checks that look at the present state. */
const stateCheckers = { allocated, shares, order, inverseOffers };

const checkers: { readonly [K in CheckKind]: Checker<K> } = { ...offerCheckers, ...stateCheckers };

export function usesUpOffers(kind: CheckKind): boolean {
  return kind in offerCheckers;
}

/**
 * @param offers those made since the last check that used them up
 * @returns what differs, or undefined
 */
export function difference(check: Check, offers: readonly MadeOffer[], world: World): Difference {
  const checker = checkers[check.expect] as Checker<CheckKind>;
  return checker(check, offers, world);
}

/** Those since the last check of them, which uses them up. */
function inverseOffers(check: Check<'inverseOffers'>, _made: readonly MadeOffer[], world: World): Difference {
  const expected = check.offers.map(({ framework, agent }) => `${framework} on ${agent}`);
  const made = world.inverseOffers.map(
    ({ framework, agent }) => `${world.frameworkName(framework)} on ${world.agentName(agent)}`,
  );
  world.inverseOffers = [];
  const missing = expected.filter((text) => !made.includes(text));
  const extra = made.filter((text, at) => !expected.includes(text) || made.indexOf(text) < at);
  const parts = [
    ...(missing.length > 0 ? [`not asked to leave: ${listText(missing)}`] : []),
    ...(extra.length > 0 ? [`not expected: ${listText(extra)}`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}

// ---- offers

function offers(check: Check<'offers'>, made: readonly MadeOffer[]): Difference {
  if (check.offers !== undefined) return offersDifference(check.offers, made)?.text;
  const alternatives = check.anyOf ?? [];
  const differences = alternatives.map((alternative) => offersDifference(alternative, made));
  if (differences.includes(undefined)) return undefined;
  const sizes = differences.map((found) => found?.size ?? 0);
  const nearest = sizes.indexOf(Math.min(...sizes));
  const text = differences[nearest]?.text ?? '';
  if (alternatives.length === 1) return text;
  return `none of the ${alternatives.length} alternatives; nearest is number ${nearest + 1}: ${text}`;
}

/** Compares two lists of offers as multisets; `size` counts what is on one side only. */
function offersDifference(
  expected: readonly MadeOffer[],
  made: readonly MadeOffer[],
): { readonly text: string; readonly size: number } | undefined {
  const extra = [...made];
  const missing = expected.filter((offer) => take(extra, (other) => isSameOffer(offer, other)) === undefined);
  const size = missing.length + extra.length;
  if (size === 0) return undefined;
  const parts: string[] = [];
  const absent: string[] = [];
  for (const offer of missing) {
    const twin = take(extra, (other) => placeText(other) === placeText(offer));
    if (twin === undefined) absent.push(offerText(offer));
    else parts.push(`${offerText(offer)} expected, got ${resourceText(twin.resources)}`);
  }
  const texts = parts.length > 0 ? [listText(parts)] : [];
  if (absent.length > 0) texts.push(`not offered: ${listText(absent)}`);
  if (extra.length > 0) texts.push(`not expected: ${listText(extra.map(offerText))}`);
  return { text: texts.join('; '), size };
}

function isSameOffer(a: MadeOffer, b: MadeOffer): boolean {
  return placeText(a) === placeText(b) && a.resources.equals(b.resources);
}

/** Takes the first that fits out of a list. */
function take<T>(list: T[], fits: (entry: T) => boolean): T | undefined {
  const at = list.findIndex(fits);
  return at < 0 ? undefined : list.splice(at, 1)[0];
}

function noOffers(_check: Check<'noOffers'>, made: readonly MadeOffer[]): Difference {
  if (made.length === 0) return undefined;
  return `no offers expected, got ${countText(made.length, 'offer')}: ${listText(made.map(offerText))}`;
}

/** Sums of scalars. A total written without reservations and traits is compared without them. */
function offerTotals(check: Check<'offerTotals'>, made: readonly MadeOffer[]): Difference {
  const sums = new Map<string, ResourceBag>();
  const keyOf = (offer: Pick<MadeOffer, 'framework' | 'role'>) => `${offer.framework} in ${offer.role}`;
  for (const offer of made) {
    const sum = sums.get(keyOf(offer)) ?? new ResourceBag();
    sum.addAll(offer.resources.filter((kind) => kind.type === 'SCALAR'));
    sums.set(keyOf(offer), sum);
  }
  const differences: string[] = [];
  const expected = new Map(check.totals.map((total) => [keyOf(total), total.resources]));
  for (const key of new Set([...expected.keys(), ...sums.keys()])) {
    const wanted = expected.get(key) ?? Resources.EMPTY;
    const sum = sums.get(key)?.toResources() ?? Resources.EMPTY;
    const got = wanted.isPlain ? bare(sum) : sum;
    if (got.equals(wanted)) continue;
    differences.push(`${key}: ${resourceText(wanted)} expected, got ${resourceText(got)}`);
  }
  return differences.length === 0 ? undefined : listText(differences);
}

function bare(scalars: Resources): Resources {
  const bag = new ResourceBag();
  scalars.kinds.forEach((kind, index) => bag.add(kindOf(kind).nameId, scalars.amounts[index]));
  return bag.toResources();
}

function offerCounts(check: Check<'offerCounts'>, made: readonly MadeOffer[]): Difference {
  const counts = new Map<string, number>();
  for (const { framework } of made) counts.set(framework, (counts.get(framework) ?? 0) + 1);
  const differences: string[] = [];
  const expected = new Map(check.counts);
  for (const framework of new Set([...expected.keys(), ...counts.keys()])) {
    const wanted = expected.get(framework);
    const got = counts.get(framework) ?? 0;
    const within = wanted === undefined ? got === 0 : Math.abs(got - wanted) <= check.tolerance;
    if (within) continue;
    const room = check.tolerance > 0 && wanted !== undefined ? ` (within ${check.tolerance})` : '';
    differences.push(`${framework}: ${countText(wanted ?? 0, 'offer')}${room} expected, got ${got}`);
  }
  return differences.length === 0 ? undefined : listText(differences);
}

// ---- state

function allocated(check: Check<'allocated'>, _made: readonly MadeOffer[], world: World): Difference {
  const { roles } = world;
  const entries = world.ledger
    .entries()
    .filter(({ framework }) => world.frameworkName(framework) !== undefined);
  const disagreement = auditHoldings(world, entries);
  if (disagreement !== undefined) return disagreement;
  const differences: string[] = [];
  const compare = (what: string, name: string, wanted: Quantities, held: readonly Holding[]): void => {
    const expected = quantitiesText(wanted);
    const got = quantitiesText(quantitiesOf(held));
    if (got !== expected) differences.push(`${what} ${name} holds ${got}, expected ${expected}`);
  };
  for (const [name, wanted] of check.frameworks ?? []) {
    compare(
      'framework',
      name,
      wanted,
      entries.filter((e) => world.frameworkName(e.framework) === name),
    );
  }
  for (const [name, wanted] of check.roles ?? []) {
    compare(
      'role',
      name,
      wanted,
      entries.filter((e) => isWithin(roles.path(e.role), name)),
    );
  }
  for (const [name, wanted] of check.agents ?? []) {
    compare(
      'agent',
      name,
      wanted,
      entries.filter((e) => world.agentName(e.agent) === name),
    );
  }
  return differences.length === 0 ? undefined : listText(differences);
}

/** Scalars by name, without reservations and traits; the copies of a shared volume count once. */
function quantitiesOf(held: readonly Holding[]): Quantities {
  const milli: Record<string, number> = {};
  const seen = new Set<string>();
  for (const { agent, resources } of held) {
    resources.forEachScalar((nameId, amount, kind) => {
      const key = `${agent} ${kind.id}`;
      if (kind.shared && seen.has(key)) return;
      if (kind.shared) seen.add(key);
      milli[nameOf(nameId)] = (milli[nameOf(nameId)] ?? 0) + amount;
    });
  }
  return milli;
}

function quantitiesText(quantities: Quantities): string {
  const some = Object.fromEntries(Object.entries(quantities).filter(([, milli]) => milli > 0));
  return formatQuantities(some) || 'nothing';
}

/** The allocator's own account must be the one that follows from what it offered and was given back. */
function auditHoldings(world: World, entries: readonly Holding[]): Difference {
  for (const [name, { id }] of world.agents) {
    const given = byHolder(
      world,
      entries.filter(({ agent }) => agent === id),
    );
    const said = byHolder(world, world.allocator.holdings(id));
    for (const holder of new Set([...given.keys(), ...said.keys()])) {
      const own = given.get(holder) ?? Resources.EMPTY;
      const other = said.get(holder) ?? Resources.EMPTY;
      if (own.equals(other)) continue;
      return `${holder} on ${name} was given ${resourceText(own)}, the allocator says ${resourceText(other)}`;
    }
  }
  return undefined;
}

function byHolder(world: World, holdings: readonly Holding[]): Map<string, Resources> {
  const held = new Map<string, Resources>();
  for (const { framework, role, resources } of holdings) {
    const name = world.frameworkName(framework);
    if (name === undefined) continue;
    const holder = `${name} in ${world.roles.path(role)}`;
    held.set(holder, (held.get(holder) ?? Resources.EMPTY).plus(resources));
  }
  return held;
}

function shares(check: Check<'shares'>, _made: readonly MadeOffer[], world: World): Difference {
  const { allocator, roles } = world;
  const differences: string[] = [];
  const compare = (what: string, wanted: number, got: number | undefined): void => {
    if (got === undefined) differences.push(`${allocator.name} has no share for ${what}`);
    else if (!(Math.abs(got - wanted) <= SHARE_TOLERANCE)) {
      differences.push(`share of ${what}: ${wanted} expected, got ${got}`);
    }
  };
  for (const [path, wanted] of check.roles ?? []) {
    compare(`role ${path}`, wanted, roleShare(world, path));
  }
  for (const [name, wanted] of check.frameworks ?? []) {
    const framework = world.frameworks.get(name);
    const role = check.role ?? '';
    const what = `framework ${name} in role ${role}`;
    if (framework === undefined) differences.push(`unknown framework ${name}`);
    else compare(what, wanted, allocator.frameworkShare(roles.intern(role), framework.id));
  }
  return differences.length === 0 ? undefined : listText(differences);
}

/** The allocator's answer; for a role in which nobody is, 0 when it has an answer for others, or an order where nobody is. */
function roleShare({ allocator, roles, frameworks, ledger }: World, path: string): number | undefined {
  const share = allocator.roleShare(roles.intern(path));
  if (share !== undefined) return share;
  const inUse = [...frameworks.values()].flatMap(({ info }) => info.roles);
  for (const { role } of ledger.entries()) inUse.push(role);
  if (inUse.some((role) => isWithin(roles.path(role), path))) return undefined;
  const hasShares =
    inUse.length === 0
      ? allocator.roleOrder() !== undefined
      : inUse.some((role) => allocator.roleShare(role) !== undefined);
  return hasShares ? 0 : undefined;
}

function order(check: Check<'order'>, _made: readonly MadeOffer[], world: World): Difference {
  const { allocator, roles } = world;
  const got =
    check.roles !== undefined
      ? allocator.roleOrder()?.map((role) => roles.path(role))
      : frameworkOrder(world, roles, check.role ?? '');
  if (got === undefined) return `${allocator.name} has no order`;
  const wanted = check.roles ?? check.frameworks ?? [];
  const isSame = got.length === wanted.length && got.every((name, index) => name === wanted[index]);
  return isSame ? undefined : `order ${orderText(wanted)} expected, got ${orderText(got)}`;
}

function frameworkOrder(world: World, roles: Roles, path: string): string[] | undefined {
  const ids = world.allocator.frameworkOrder(roles.intern(path));
  return ids?.map((id) => world.frameworkName(id) ?? `number ${id}, which is unknown`);
}

function orderText(names: readonly string[]): string {
  return names.length === 0 ? 'of nobody' : names.join(', ');
}
