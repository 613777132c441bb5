import { isWithin } from '../roles.js';
import { kindOf, type Kind } from './kinds.js';
import { Resources } from './resources.js';

/** What may be offered to a role: unreserved, or reserved to the role or to one of its ancestors. */
export function allocatableTo(resources: Resources, role: string): Resources {
  if (resources.isPlain) return resources;
  return resources.filter(({ owner }) => owner === undefined || isWithin(role, owner));
}

/** What is reserved to exactly this role. */
export function reservedTo(resources: Resources, role: string): Resources {
  return resources.isPlain ? Resources.EMPTY : resources.filter(({ owner }) => owner === role);
}

/** What is reserved to any role. */
export function reservedPart(resources: Resources): Resources {
  return resources.isPlain ? Resources.EMPTY : resources.filter(({ owner }) => owner !== undefined);
}

/** What nobody has reserved, revocable or not. */
export function unreservedPart(resources: Resources): Resources {
  return resources.isPlain ? resources : resources.filter(({ owner }) => owner === undefined);
}

/** What may be taken back at any time. */
export function revocablePart(resources: Resources): Resources {
  return resources.isPlain ? Resources.EMPTY : resources.filter(({ revocable }) => revocable);
}

/** What a framework is able to be offered, by capability. */
export interface Receiver {
  readonly shared: boolean;
  readonly revocable: boolean;
  readonly refined: boolean;
}

/**
 * The part of an offer that a framework's capabilities let it have; the rest is stripped.
 */
export function receivablePart(resources: Resources, able: Receiver): Resources {
  return resources.isPlain ? resources : resources.filter((kind) => isReceivable(kind, able));
}

function isReceivable(kind: Kind, able: Receiver): boolean {
  if (kind.shared && !able.shared) return false;
  if (kind.revocable && !able.revocable) return false;
  return able.refined || kind.reservations.length < 2;
}

/**
 * Scalar quantities by name id, in milli-units, with reservations and traits dropped. A shared volume
 * counts once however many copies there are; ranges and sets have none.
 */
export function quantities(resources: Resources): Map<number, number> {
  const milliByName = new Map<number, number>();
  resources.forEachScalar((nameId, milli) => milliByName.set(nameId, (milliByName.get(nameId) ?? 0) + milli));
  return milliByName;
}

/**
 * True when there is at least this much of every name; a range or set counts 1000 per element.
 */
export function containsQuantities(
  resources: Resources,
  milliByName: Readonly<Record<string, number>>,
): boolean {
  return Object.entries(milliByName).every(([name, needed]) => needed <= quantityOf(resources, name));
}

function quantityOf(resources: Resources, name: string): number {
  let sum = 0;
  for (let i = 0; i < resources.kinds.length; i++) {
    const kind = kindOf(resources.kinds[i]);
    if (kind.name === name) sum += kind.shared ? kind.unitMilli : resources.amounts[i];
  }
  return sum;
}

/**
 * Cuts scalars so that no name goes above its limit. What goes whole (a volume, a mounted disk) is
 * taken whole where it fits and dropped where not; ranges and sets stay. Where a name has several entries
 * they are visited in random order, one draw for each but the last; without such a name nothing is drawn.
 *
 * @param limit most milli-units of a name id; Infinity for as much as there is, 0 for none
 * @param draw uniform in [0, 1)
 */
export function shrinkScalars(
  resources: Resources,
  limit: (nameId: number) => number,
  draw: () => number,
): Resources {
  const amounts = resources.amounts.slice();
  const left = new Map<number, number>();
  let cut = false;
  for (const i of visitingOrder(resources, draw)) {
    const { nameId, unitMilli, shared } = kindOf(resources.kinds[i]);
    const room = left.get(nameId) ?? limit(nameId);
    const counted = shared ? unitMilli : amounts[i];
    const taken = counted <= room ? counted : wholeUnits(Math.max(room, 0), unitMilli);
    left.set(nameId, room - taken);
    if (taken === counted) continue;
    amounts[i] = taken;
    cut = true;
  }
  if (!cut) return resources;
  const kept = [...amounts.keys()].filter((i) => amounts[i] > 0);
  return new Resources(
    kept.map((i) => resources.kinds[i]),
    kept.map((i) => amounts[i]),
    resources.values && kept.map((i) => resources.values?.[i]),
  );
}

function wholeUnits(room: number, unitMilli: number): number {
  return unitMilli === 0 ? room : Math.floor(room / unitMilli) * unitMilli;
}

function keyAt(resources: Resources, position: number): string {
  return kindOf(resources.kinds[position]).key;
}

/** Positions of the scalars; those of one name are shuffled among themselves. */
function visitingOrder(resources: Resources, draw: () => number): Iterable<number> {
  if (resources.isPlain) return resources.kinds.keys();
  const byName = new Map<number, number[]>();
  for (let i = 0; i < resources.kinds.length; i++) {
    const { type, nameId } = kindOf(resources.kinds[i]);
    if (type !== 'SCALAR') continue;
    const positions = byName.get(nameId);
    if (positions === undefined) byName.set(nameId, [i]);
    else positions.push(i);
  }
  for (const positions of byName.values()) {
    // By key and not by id: what is drawn for must not depend on which kind this process saw first.
    if (positions.length > 1) positions.sort((a, b) => (keyAt(resources, a) < keyAt(resources, b) ? -1 : 1));
    for (let last = positions.length - 1; last > 0; last--) {
      const at = Math.floor(draw() * (last + 1));
      [positions[at], positions[last]] = [positions[last], positions[at]];
    }
  }
  return [...byName.values()].flat();
}
