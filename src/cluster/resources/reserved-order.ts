import type { Kind } from './kinds.js';

/**
 * Which of several reserved resources of one name goes first into a task that asks for the name alone: what fewest others may
 * use. The deepest owner, then the taller stack of reservations, then the byte order of the identity.
 */
export function compareReserved(a: Kind, b: Kind): number {
  return (
    depth(b) - depth(a) ||
    b.reservations.length - a.reservations.length ||
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  );
}

function depth({ owner }: Kind): number {
  return owner === undefined ? 0 : owner.split('/').length;
}
