import type { AgentInfo } from '../../src/cluster/protocol.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import type { Value } from '../../src/cluster/resources/values.js';

/** Turns maps, sets and resources into data that JSON keeps; {@link decode} turns them back. */
export function encode(value: unknown): unknown {
  if (value instanceof Resources) {
    const values = value.values?.map((v) => v ?? null);
    return { $: 'resources', kinds: [...value.kinds], amounts: [...value.amounts], values: values ?? null };
  }
  if (value instanceof Map) return { $: 'map', items: [...value].map(encode) };
  if (value instanceof Set) return { $: 'set', items: [...value].map(encode) };
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, encode(inner)]));
}

export function decode(plain: unknown): unknown {
  if (Array.isArray(plain)) return plain.map(decode);
  if (typeof plain !== 'object' || plain === null) return plain;
  if ('$' in plain) return decodeMarked(plain as Marked);
  return Object.fromEntries(Object.entries(plain).map(([key, inner]) => [key, decode(inner)]));
}

/** Equal texts mean equal data, kept in the same order. */
export function textOf(value: unknown): string {
  return JSON.stringify(encode(value));
}

/** An agent whose lists have no order; what says the same in another one gives the same. */
export function inOneOrder({ attributes, capabilities, ...rest }: AgentInfo) {
  return { rest, attributes: attributes.map(textOf).sort(), capabilities: [...capabilities].sort() };
}

type Marked =
  | {
      readonly $: 'resources';
      readonly kinds: number[];
      readonly amounts: number[];
      readonly values: (Value | null)[] | null;
    }
  | { readonly $: 'map' | 'set'; readonly items: unknown[] };

function decodeMarked(plain: Marked): unknown {
  if (plain.$ === 'resources') {
    const values = plain.values?.map((value) => value ?? undefined);
    return new Resources(plain.kinds, plain.amounts, values);
  }
  const items = plain.items.map(decode);
  return plain.$ === 'set' ? new Set(items) : new Map(items as [unknown, unknown][]);
}
