import { compareKinds, compareNames, headOf } from './kind-text.js';
import { kindFor, kindOf, type Kind, type KindSpec, type ValueType } from './kinds.js';
import { ResourceBag, type Resources } from './resources.js';
import { formatMilli } from './scalars.js';
import { fail, parseItem, splitItems } from './text-item.js';
import { countableProblem } from './validate.js';
import { pairsOf, unionValue, type Value } from './values.js';

export { ResourceTextError } from './text-item.js';

/**
 * Reads resource text: `item;item;...` with items `name(reservations)[traits]:value`, for example
 * `cpus:2.5;mem:1024;ports:[31000-32000]` or `disk(+eng)[volume=v1,shared]:5`. Mesos's `--resources` flag is
 * the same grammar.
 *
 * Reservations are outermost first, separated by `>`: `role` static, `+role` dynamic, `*` or none unreserved.
 * Traits are `revocable`, `volume=ID`, `shared`, `mount=PATH` and `path=PATH`, separated by commas. Items
 * that differ only in value add up, zero items vanish, a shared item is counted in copies; order and blanks
 * do not matter.
 *
 * @throws ResourceTextError
 */
export function parseResources(text: string): Resources {
  const bag = new ResourceBag();
  const types = new Map<string, ValueType>();
  const wholes = new Map<string, KindSpec>();
  for (const item of splitItems(text)) {
    const { spec, milli, value } = parseItem(item);
    if ((types.get(spec.name) ?? spec.type) !== spec.type) {
      fail(text, `"${spec.name}" has values of two types; give it one`);
    }
    types.set(spec.name, spec.type);
    if (value !== undefined) bag.addValue(kindFor(spec).id, value);
    else if (spec.unitMilli > 0) addWhole(bag, wholes, spec);
    else bag.add(kindFor(spec).id, milli);
  }
  for (const spec of wholes.values()) if (!spec.shared) bag.add(kindFor(spec).id, spec.unitMilli);
  const resources = bag.toResources();
  const problem = countableProblem(resources);
  if (problem !== undefined) fail(text, problem);
  return resources;
}

/**
 * {@link parseResources} of what a person writes for one agent: an amount that is given twice is most likely a slip, and
 * refused.
 *
 * @throws ResourceTextError
 */
export function parseDistinctResources(text: string): Resources {
  const heads = new Set<string>();
  for (const item of splitItems(text)) {
    const { spec } = parseItem(item);
    if (spec.type !== 'SCALAR' || spec.unitMilli > 0) continue;
    const head = headOf(spec);
    if (heads.has(head)) fail(text, `${head} is given twice; write it once, with the sum if both are meant`);
    heads.add(head);
  }
  return parseResources(text);
}

/** One more item of what goes whole: another copy when it is shared, a larger whole when it is not. */
function addWhole(bag: ResourceBag, wholes: Map<string, KindSpec>, spec: KindSpec): void {
  const head = headOf(spec);
  const known = wholes.get(head);
  if (spec.shared) {
    if (known !== undefined && known.unitMilli !== spec.unitMilli) {
      fail(head, 'the copies of a shared volume are of one size');
    }
    wholes.set(head, spec);
    bag.add(kindFor(spec).id, spec.unitMilli);
  } else {
    wholes.set(head, { ...spec, unitMilli: spec.unitMilli + (known?.unitMilli ?? 0) });
  }
}

/**
 * Writes resources as canonical text: the same for equal resources, however they came about. Groups of equal
 * reservation and traits in byte order, unreserved first; within a group cpus, mem, disk, gpus, ports, then
 * other names in byte order. Principals, labels and container paths have no place in the text; kinds that
 * differ in them only are added up.
 */
export function formatResources(resources: Resources): string {
  const lines = new Map<string, { kind: Kind; milli: number; value: Value | undefined }>();
  for (let i = 0; i < resources.kinds.length; i++) {
    const kind = kindOf(resources.kinds[i]);
    const key = kind.shared ? `${headOf(kind)}:${kind.unitMilli}` : `${headOf(kind)}:${kind.type}`;
    const value = resources.values?.[i];
    const known = lines.get(key);
    if (known === undefined) lines.set(key, { kind, milli: resources.amounts[i], value });
    else {
      known.milli += resources.amounts[i];
      if (known.value !== undefined && value !== undefined) known.value = unionValue(known.value, value);
    }
  }
  return [...lines.values()]
    .sort((a, b) => compareKinds(a.kind, b.kind))
    .flatMap(({ kind, milli, value }) => {
      const copies = kind.shared ? Math.round(milli / kind.unitMilli) : 1;
      const amount =
        value === undefined ? formatMilli(kind.shared ? kind.unitMilli : milli) : formatValue(value);
      return new Array<string>(copies).fill(`${headOf(kind)}:${amount}`);
    })
    .join(';');
}

/**
 * Reads quantities, plain scalars such as `cpus:4;mem:512`, as milli-units by name. Equal names add up. A
 * zero is kept: a limit of `cpus:0` means no cpus at all.
 *
 * @param counts take `ports:3` for three ports (R-1.7)
 * @throws ResourceTextError
 */
export function parseQuantities(text: string, counts = false): Record<string, number> {
  const milliByName = new Map<string, number>();
  for (const item of splitItems(text)) {
    const { spec, milli } = parseItem(item, counts);
    if (spec.type !== 'SCALAR' || headOf(spec) !== spec.name) {
      fail(item, 'a quantity is a name and a number, such as cpus:4');
    }
    milliByName.set(spec.name, (milliByName.get(spec.name) ?? 0) + milli);
  }
  return Object.fromEntries(milliByName);
}

/** Writes quantities in milli-units by name, zeros included, in the order of {@link formatResources}. */
export function formatQuantities(milliByName: Readonly<Record<string, number>>): string {
  return Object.entries(milliByName)
    .sort(([a], [b]) => compareNames(a, b))
    .map(([name, milli]) => `${name}:${formatMilli(milli)}`)
    .join(';');
}

export function formatValue(value: Value): string {
  if (value.type === 'SET') return `{${value.items.join(',')}}`;
  return `[${pairsOf(value)
    .map(([begin, end]) => `${begin}-${end}`)
    .join(',')}]`;
}
