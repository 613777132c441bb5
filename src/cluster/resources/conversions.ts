/**
 * What operations turn resources into. Each function takes and returns whole bags; amounts stay as
 * they are. Whether the operation is allowed is for operation-rules.ts to say, beforehand.
 */
import { goesWhole, kindFor, kindOf, type Kind, type KindSpec, type Reservation } from './kinds.js';
import { ResourceBag, type Resources } from './resources.js';

/** RESERVE: puts one more reservation on top of every entry. */
export function pushReservation(resources: Resources, reservation: Reservation): Resources {
  return convert(resources, (kind) => ({ ...kind, reservations: [...kind.reservations, reservation] }));
}

/** UNRESERVE: takes the top reservation off, back to the owner before. Unreserved entries stay. */
export function popReservation(resources: Resources): Resources {
  return convert(resources, (kind) => ({ ...kind, reservations: kind.reservations.slice(0, -1) }));
}

/** Drops all reservations: what two conversions of the same resources have in common. */
export function toUnreserved(resources: Resources): Resources {
  return convert(resources, (kind) => ({ ...kind, reservations: [] }));
}

/**
 * DESTROY, and CREATE read backwards: the disk that volumes are made of, once for all copies of a shared one.
 */
export function withoutVolume(resources: Resources): Resources {
  const bag = new ResourceBag();
  for (let i = 0; i < resources.kinds.length; i++) {
    const kind = kindOf(resources.kinds[i]);
    const value = resources.values?.[i];
    if (value !== undefined) bag.addValue(kind.id, value);
    else bag.add(kindFor(diskUnder(kind)).id, kind.shared ? kind.unitMilli : resources.amounts[i]);
  }
  return bag.toResources();
}

/** GROW_VOLUME: one larger volume of a volume and the disk added to it. */
export function growVolume(volume: Resources, addition: Resources): Resources {
  return resize(volume, addition.amounts[0]);
}

/** SHRINK_VOLUME: a smaller volume, and the disk that this sets free. */
export function shrinkVolume(volume: Resources, subtractMilli: number): Resources {
  const freed = new ResourceBag();
  freed.add(kindFor(diskUnder(kindOf(volume.kinds[0]))).id, subtractMilli);
  return resize(volume, -subtractMilli).plus(freed.toResources());
}

function diskUnder(kind: Kind): KindSpec {
  const { name, type, reservations, revocable, source, providerId, unitMilli } = kind;
  const origin = { ...(source && { source }), ...(providerId !== undefined && { providerId }) };
  const bare = { name, type, reservations, revocable, shared: false, ...origin };
  return { ...bare, unitMilli: goesWhole(origin) ? unitMilli : 0 };
}

function resize(volume: Resources, milli: number): Resources {
  const kind = kindOf(volume.kinds[0]);
  const unitMilli = kind.unitMilli + milli;
  const bag = new ResourceBag();
  bag.add(kindFor({ ...kind, unitMilli }).id, unitMilli);
  return bag.toResources();
}

function convert(resources: Resources, change: (kind: Kind) => KindSpec): Resources {
  const bag = new ResourceBag();
  for (let i = 0; i < resources.kinds.length; i++) {
    const id = kindFor(change(kindOf(resources.kinds[i]))).id;
    const value = resources.values?.[i];
    if (value === undefined) bag.add(id, resources.amounts[i]);
    else bag.addValue(id, value);
  }
  return bag.toResources();
}
