import { kindFor, kindOf, type KindSpec } from '../resources/kinds.js';
import { ResourceBag, Resources } from '../resources/resources.js';
import { pairsOf, rangesOf, type Value } from '../resources/values.js';
import { JournalError } from './journal-error.js';

/**
 * JSON that keeps what the inputs of a master are made of: resources, maps, and numbers that JSON has no word for. They
 * become objects with one key that begins with `$`; other objects with such keys are written as lists of pairs.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(plain(value));
}

/** @throws JournalError for text that {@link toJson} did not write */
export function fromJson(text: string): unknown {
  try {
    return rich(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) {
      throw new JournalError(`an entry is no JSON: ${error.message}`);
    }
    throw error;
  }
}

function plain(value: unknown): unknown {
  if (typeof value === 'number') return isJsonNumber(value) ? value : { $number: numberText(value) };
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Resources) return { $resources: resourceEntries(value) };
  if (value instanceof Map) return { $map: [...value].map(([key, item]) => [plain(key), plain(item)]) };
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const pairs = entries.map(([key, item]): [string, unknown] => [key, plain(item)]);
  return pairs.some(([key]) => key.startsWith('$')) ? { $object: pairs } : Object.fromEntries(pairs);
}

function rich(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(rich);
  const pairs = Object.entries(value);
  if (pairs.length === 1 && pairs[0][0].startsWith('$')) return special(pairs[0][0], pairs[0][1]);
  return Object.fromEntries(pairs.map(([key, item]) => [key, rich(item)]));
}

function special(key: string, content: unknown): unknown {
  switch (key) {
    case '$number':
      return Number(content);
    case '$resources':
      return resourcesFrom(content as readonly ResourceEntry[]);
    case '$map':
      return new Map((content as [unknown, unknown][]).map(([from, to]) => [rich(from), rich(to)]));
    case '$object':
      return Object.fromEntries((content as [string, unknown][]).map(([name, item]) => [name, rich(item)]));
    default:
      throw new JournalError(`an entry has the unknown key ${key}`);
  }
}

function isJsonNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** A set as it is, or the [begin, end] pairs of ranges. */
type WrittenValue = Extract<Value, { type: 'SET' }> | { type: 'RANGES'; ranges: [number, number][] };
type ResourceEntry = readonly [kind: KindSpec, amount: number, value?: WrittenValue];

function resourceEntries(resources: Resources): ResourceEntry[] {
  return Array.from(resources.kinds, (kind, i) => {
    const value = resources.values?.[i];
    const { amounts } = resources;
    if (value === undefined) return [specOf(kind), amounts[i]];
    const written = value.type === 'SET' ? value : { type: value.type, ranges: pairsOf(value) };
    return [specOf(kind), amounts[i], written];
  });
}

/** The identity of a kind, without what this process made of it. */
export function specOf(kindId: number): KindSpec {
  const { id: _id, key: _key, nameId: _nameId, plain: _plain, owner: _owner, ...spec } = kindOf(kindId);
  return spec;
}

function resourcesFrom(entries: readonly ResourceEntry[]): Resources {
  const bag = new ResourceBag();
  for (const [spec, amount, value] of entries) {
    const kind = kindFor(spec).id;
    if (value === undefined) bag.add(kind, amount);
    else bag.addValue(kind, value.type === 'SET' ? value : rangesOf(value.ranges));
  }
  return bag.toResources();
}
