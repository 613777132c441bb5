import type { Attribute } from './protocol.js';
import { formatMilli, parseMilli } from './resources/scalars.js';
import { splitItems } from './resources/text-item.js';
import { rangeProblem } from './resources/validate.js';
import { pairsOf, rangesOf } from './resources/values.js';

/** Text of attributes or of a constraint that cannot be read. One line: what, where, how to mend it. */
export class AttributeTextError extends Error {
  override readonly name = 'AttributeTextError';
}

/** What an agent must have: all conditions hold. */
export type Constraint = readonly Condition[];

export interface Condition {
  /** Name of an attribute, or `hostname` where the agent has no attribute of that name. */
  readonly name: string;
  readonly value: string;
  /** False for `!=`. */
  readonly equal: boolean;
}

/**
 * Reads attributes such as `rack:r1;cores:8;ports:[1-2]`, the text of scenarios and of Mesos's `--attributes`
 * flag: a number makes a scalar, brackets make ranges, all else is text, colons included. A name may come
 * twice; the order is kept (R-1.9).
 *
 * @throws AttributeTextError
 */
export function parseAttributes(text: string): Attribute[] {
  return splitItems(text).map((item) => {
    const colon = item.indexOf(':');
    const name = item.slice(0, colon).trim();
    const value = item.slice(colon + 1).trim();
    if (colon < 0 || name === '' || value === '')
      fail('attribute', item, 'write name:value, such as rack:r1');
    const milli = parseSignedMilli(value);
    if (milli !== undefined) return { name, type: 'SCALAR', milli };
    if (value.startsWith('[') && value.endsWith(']'))
      return { name, type: 'RANGES', ranges: parseRanges(item, value) };
    if (value.startsWith('{'))
      fail('attribute', item, 'a set is no attribute; give the name once for each element');
    return { name, type: 'TEXT', text: value };
  });
}

/** Their order is no matter, as Mesos compares them. */
export function areSameAttributes(some: readonly Attribute[], others: readonly Attribute[]): boolean {
  const textOf = (attributes: readonly Attribute[]): string =>
    JSON.stringify(attributes.map((attribute) => JSON.stringify(attribute)).sort());
  return textOf(some) === textOf(others);
}

/** Writes attributes as text, in their order. */
export function formatAttributes(attributes: readonly Attribute[]): string {
  return attributes.map((attribute) => `${attribute.name}:${attributeText(attribute)}`).join(';');
}

/**
 * Reads a constraint: `rack=r1`, `rack!=r1`, and several joined by `;`, of which all must hold. Empty text
 * constrains nothing.
 *
 * @throws AttributeTextError
 */
export function parseConstraint(text: string): Constraint {
  return splitItems(text).map((item) => {
    const match = /^([^\s=!<>;:]+)\s*(!?=)([^]*)$/.exec(item);
    const value = match?.[3].trim() ?? '';
    if (match === null || value === '' || value.startsWith('=')) {
      fail('constraint', item, 'write name=value or name!=value, several joined by ";"');
    }
    return { name: match[1], value, equal: match[2] === '=' };
  });
}

/**
 * True when an agent meets a constraint. The first attribute of a name counts (R-1.9); without one, `=` is
 * false and `!=` true (R-9.14). Scalars compare as numbers, ranges as they are written.
 */
export function satisfies(
  constraint: Constraint,
  attributes: readonly Attribute[],
  hostname: string,
): boolean {
  return constraint.every(({ name, value, equal }) => {
    const attribute = attributes.find((candidate) => candidate.name === name);
    if (attribute === undefined) return (name === 'hostname' && hostname === value) === equal;
    if (attribute.type === 'SCALAR') return (attribute.milli === parseSignedMilli(value)) === equal;
    return (attributeText(attribute) === value) === equal;
  });
}

/**
 * {@link parseConstraint} and {@link satisfies} at once. For many agents parse once.
 *
 * @throws AttributeTextError
 */
export function matchesConstraint(
  constraint: string,
  attributes: readonly Attribute[],
  hostname: string,
): boolean {
  return satisfies(parseConstraint(constraint), attributes, hostname);
}

/** The value of an attribute as it is written. */
export function attributeText(attribute: Attribute): string {
  if (attribute.type === 'TEXT') return attribute.text;
  if (attribute.type === 'SCALAR') return formatMilli(attribute.milli);
  return `[${attribute.ranges.map(([begin, end]) => `${begin}-${end}`).join(',')}]`;
}

function parseSignedMilli(text: string): number | undefined {
  if (!text.startsWith('-')) return parseMilli(text);
  const size = parseMilli(text.slice(1));
  return size === undefined ? undefined : 0 - size;
}

function parseRanges(item: string, text: string): readonly (readonly [number, number])[] {
  const pairs = text
    .slice(1, -1)
    .split(',')
    .map((pair): [number, number] => {
      const match = /^(\d+)\s*-\s*(\d+)$/.exec(pair.trim());
      if (match === null) fail('attribute', item, 'a range is written begin-end, such as [1-2] or [8-8]');
      const range: [number, number] = [Number(match[1]), Number(match[2])];
      const problem = rangeProblem(...range);
      if (problem !== undefined) fail('attribute', item, problem);
      return range;
    });
  return pairsOf(rangesOf(pairs));
}

function fail(what: string, item: string, why: string): never {
  const shown = item.length > 60 ? `${item.slice(0, 60)}...` : item;
  throw new AttributeTextError(`${what} ${JSON.stringify(shown)}: ${why}`);
}
