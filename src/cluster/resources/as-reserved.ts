import { headOf } from './kind-text.js';
import { kindOf, type Kind } from './kinds.js';
import { ResourceBag, type Resources } from './resources.js';
import { elementCount, subtractValue, type Value } from './values.js';

/** What of `total` is reserved for the role dynamically, volumes apart: what {@link asReserved} takes from. */
export function dynamicallyReserved(total: Resources, role: string): Resources {
  return total.filter(({ reservations, volume }) => {
    const last = reservations.at(-1);
    return last?.type === 'DYNAMIC' && last.role === role && volume === undefined;
  });
}

/**
 * Resources that are written without their reservations, as they are reserved: with their principals, labels and
 * refinements. What goes whole is found by its size.
 *
 * @param wanted as a person writes them, unreserved
 * @returns `part`: what was found, less than wanted where not all is reserved; `missing`: the rest of it
 */
export function asReserved(
  reserved: Resources,
  wanted: Resources,
): { readonly part: Resources; readonly missing: Resources } {
  const part = new ResourceBag();
  const missing = new ResourceBag();
  wanted.kinds.forEach((id, at) => {
    const there = reserved.minus(part.toResources());
    const alike = there.kinds.flatMap((kind, i) => (isAlike(kindOf(kind), kindOf(id)) ? [i] : []));
    const value = wanted.values?.[at];
    if (value === undefined) {
      let left = wanted.amounts[at];
      for (const i of alike) {
        const taken = Math.min(left, there.amounts[i]);
        part.add(there.kinds[i], taken);
        left -= taken;
      }
      missing.add(id, left);
    } else {
      let left = value;
      for (const i of alike) {
        const rest = subtractValue(left, there.values?.[i] as Value);
        part.addValue(there.kinds[i], subtractValue(left, rest));
        left = rest;
      }
      if (elementCount(left) > 0) missing.addValue(id, left);
    }
  });
  return { part: part.toResources(), missing: missing.toResources() };
}

/** But for reservations and what the text form does not tell. */
function isAlike(reserved: Kind, wanted: Kind): boolean {
  const { type, unitMilli } = reserved;
  const head = headOf({ ...reserved, reservations: [] });
  return type === wanted.type && unitMilli === wanted.unitMilli && head === headOf(wanted);
}
