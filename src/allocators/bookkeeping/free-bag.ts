/** What is free on one agent as a bag of resources: its plain amounts lie in columns by name, the rest is a bag already. */
import { kindOf } from '../../cluster/resources/kinds.js';
import { Resources } from '../../cluster/resources/resources.js';

/** Bags that are remembered, a power of 2. */
const RECENT = 256;

export function bagOf(free: readonly Float64Array[], agent: number, special: Resources): Resources {
  const kinds: number[] = [];
  const amounts: number[] = [];
  for (let name = 0; name < free.length; name++) {
    const amount = free[name][agent];
    if (amount > 0) {
      kinds.push(name);
      amounts.push(amount);
    }
  }
  return Resources.joined(new Resources(kinds, amounts), special);
}

/** Bags of which the same was made not long ago are that very object: most agents of a cluster have as much left as others. */
export class SharedBags {
  readonly #recent: Resources[] = [];

  /** @returns the bag, or an equal one */
  share(bag: Resources): Resources {
    let hash = bag.kinds.length;
    for (const amount of bag.amounts) hash = (31 * hash + amount) | 0;
    const place = hash & (RECENT - 1);
    if (place in this.#recent && this.#recent[place].equals(bag)) return this.#recent[place];
    this.#recent[place] = bag;
    return bag;
  }
}

/** The bag is what {@link bagOf} would make. */
export function isBagOf(
  bag: Resources,
  free: readonly Float64Array[],
  agent: number,
  special: Resources,
): boolean {
  if (bag.specialPart() !== special) return false;
  let at = 0;
  for (let name = 0; name < free.length; name++) {
    const amount = free[name][agent];
    if (amount <= 0) continue;
    if (bag.kinds[at] !== name || bag.amounts[at] !== amount) return false;
    at++;
  }
  return at === bag.plainCount;
}

/** The agent has more of some name than the bag, or other special resources. */
export function hasMoreThan(
  bag: Resources,
  free: readonly Float64Array[],
  agent: number,
  special: Resources,
): boolean {
  if (bag.specialPart() !== special) return true;
  let at = 0;
  for (let name = 0; name < free.length; name++) {
    const before = at < bag.plainCount && bag.kinds[at] === name ? bag.amounts[at++] : 0;
    if (free[name][agent] > before) return true;
  }
  return false;
}

/** Nothing is in the bag that some clients may not use, or that counts for anybody beside what is plain. */
export function isLendable(bag: Resources): boolean {
  if (bag.isEmpty) return false;
  for (let i = bag.plainCount; i < bag.kinds.length; i++) {
    const { type, owner, revocable, shared } = kindOf(bag.kinds[i]);
    if (type === 'SCALAR' || owner !== undefined || revocable || shared) return false;
  }
  return true;
}

/** Special resources but for shared ones, which stay free while held. */
export function unshared(resources: Resources): Resources {
  return resources.specialPart().filter((kind) => !kind.shared);
}
