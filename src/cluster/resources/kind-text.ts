import { compareBytes } from '../roles.js';
import type { KindSpec } from './kinds.js';

/** Names that come first wherever resources are listed. */
const FIRST_NAMES = ['cpus', 'mem', 'disk', 'gpus', 'ports'];

/** A kind as resource text without its value: `cpus`, `disk(+eng)[volume=v1,shared]`. */
export function headOf(spec: KindSpec): string {
  return spec.name + suffixOf(spec);
}

function suffixOf(spec: KindSpec): string {
  const stack = spec.reservations.map(({ type, role }) => (type === 'DYNAMIC' ? `+${role}` : role));
  const traits: string[] = [];
  if (spec.revocable) traits.push('revocable');
  if (spec.volume !== undefined) traits.push(`volume=${spec.volume}`);
  if (spec.shared) traits.push('shared');
  if (spec.source !== undefined) {
    const { type, root, id } = spec.source;
    const which = root ?? id;
    traits.push(which === undefined ? type.toLowerCase() : `${type.toLowerCase()}=${which}`);
  }
  return (
    (stack.length > 0 ? `(${stack.join('>')})` : '') + (traits.length > 0 ? `[${traits.join(',')}]` : '')
  );
}

/**
 * The order in which resources are written: by reservations and traits in byte order, so the unreserved come
 * first, then by name. It depends on the kinds alone and not on the order in which they were first seen.
 */
export function compareKinds(a: KindSpec & { key: string }, b: KindSpec & { key: string }): number {
  return compareBytes(suffixOf(a), suffixOf(b)) || compareNames(a.name, b.name) || compareBytes(a.key, b.key);
}

/** cpus, mem, disk, gpus, ports, then other names in byte order. */
export function compareNames(a: string, b: string): number {
  return nameRank(a) - nameRank(b) || compareBytes(a, b);
}

function nameRank(name: string): number {
  const at = FIRST_NAMES.indexOf(name);
  return at < 0 ? FIRST_NAMES.length : at;
}
