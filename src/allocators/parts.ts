/** Whole agents dealt to owners, for a cluster that is cut into parts (semantics-notes P-4). */
import { attributeText } from '../cluster/attributes.js';
import type { Attribute } from '../cluster/protocol.js';
import { compareBytes } from '../cluster/roles.js';

/** The attribute of an agent that says whose it is. */
const OWNER = 'owner';

/** The owner that an agent names by its attribute `owner`; undefined: it names none. */
export function namedOwner(attributes: readonly Attribute[]): string | undefined {
  const attribute = attributes.find(({ name }) => name === OWNER);
  return attribute === undefined ? undefined : attributeText(attribute);
}

/**
 * The owner of every agent: the one that it names; the others are dealt in agent order to the owners that no agent names, in
 * order of name, in proportion to weight. Where every owner is named by some agent, all get a part of the others.
 *
 * @param named what each agent says
 */
export function ownersOf(
  named: readonly (string | undefined)[],
  owners: Iterable<string>,
  weightOf: (owner: string) => number,
): string[] {
  const taken = new Set(named);
  const all = [...owners].sort(compareBytes);
  const unnamed = all.filter((owner) => !taken.has(owner));
  const dealtTo = unnamed.length > 0 ? unnamed : all;
  const left = named.filter((owner) => owner === undefined).length;
  const counts = dealtTo.length === 0 ? [] : dealt(left, dealtTo.map(weightOf));
  const parts = dealtTo.flatMap((owner, index) => new Array<string>(counts[index]).fill(owner));
  let next = 0;
  return named.map((owner) => owner ?? parts[next++] ?? '');
}

/** How many of `count` agents go to each weight: largest remainder, equal remainders to the first. */
export function dealt(count: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const exact = weights.map((weight) => (count * weight) / sum);
  const counts = exact.map(Math.floor);
  const left = count - counts.reduce((total, each) => total + each, 0);
  const byRemainder = [...counts.keys()].sort(
    (a, b) => exact[b] - counts[b] - (exact[a] - counts[a]) || a - b,
  );
  for (const owner of byRemainder.slice(0, left)) counts[owner]++;
  return counts;
}
