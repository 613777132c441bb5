import { roleProblem, WILDCARD_ROLE } from '../roles.js';
import { hasRoomForName, type KindSpec, type Reservation, type ValueType } from './kinds.js';
import { MAX_QUANTITY, parseMilli } from './scalars.js';
import { rangesOf, setOf, type Value } from './values.js';

/** Resource text that cannot be read. The message is one line: what, where, how to mend it. */
export class ResourceTextError extends Error {
  override readonly name = 'ResourceTextError';
}

/** One item as written, before kinds are made of it. */
export interface Item {
  readonly spec: KindSpec;
  /** Milli-units of a scalar, 0 otherwise. */
  readonly milli: number;
  readonly value: Value | undefined;
}

export const NAMED_TYPES = new Map<string, ValueType>([
  ['cpus', 'SCALAR'],
  ['mem', 'SCALAR'],
  ['disk', 'SCALAR'],
  ['gpus', 'SCALAR'],
  ['ports', 'RANGES'],
]);

/** Refuses a piece of text. */
export function fail(text: string, why: string): never {
  const shown = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  throw new ResourceTextError(`resource text ${JSON.stringify(shown)}: ${why}`);
}

/** The items of a text, trimmed, the empty ones left out. */
export function splitItems(text: string): string[] {
  return text
    .split(';')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

const ITEM = /^([^:()[\]{}]*)(?:\(([^()]*)\))?\s*(?:\[([^[\]]*)\])?\s*:([^]*)$/;

/** @throws ResourceTextError */
export function parseItem(item: string): Item {
  const match = ITEM.exec(item);
  if (match === null) fail(item, 'an item is name:value, name(role):value or name[trait]:value');
  const name = match[1].trim();
  const problem = nameProblem(name);
  if (problem !== undefined) fail(item, problem);
  const { milli, value } = parseValue(item, match[4].trim());
  const type = value === undefined ? 'SCALAR' : value.type;
  const expected = NAMED_TYPES.get(name);
  if (expected !== undefined && expected !== type) fail(item, `"${name}" takes ${EXAMPLES[expected]}`);
  if (name === 'gpus' && milli % 1000 !== 0) fail(item, 'gpus are whole numbers');
  const reservations = match[2] === undefined ? [] : parseReservations(item, match[2]);
  const traits = match[3] === undefined ? NO_TRAITS : parseTraits(item, name, match[3]);
  const whole = traits.volume !== undefined || traits.source?.type === 'MOUNT';
  return { spec: { name, type, reservations, ...traits, unitMilli: whole ? milli : 0 }, milli, value };
}

/** Says what is wrong with a resource name, or undefined when nothing is. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'the resource has no name';
  if (/[\s\p{Cc};:,()[\]{}]/u.test(name))
    return 'a resource name holds no blanks and none of ; : , ( ) [ ] { }';
  if (!hasRoomForName(name)) return 'too many different resource names in this process';
  return undefined;
}

const EXAMPLES = {
  SCALAR: 'a number such as 2.5',
  RANGES: 'ranges such as [31000-32000]',
  SET: 'a set such as {a,b}',
};

function parseValue(item: string, text: string): { milli: number; value: Value | undefined } {
  if (text.startsWith('[') && text.endsWith(']')) {
    const pairs = splitList(text).map((pair) => parseRange(item, pair));
    return { milli: 0, value: rangesOf(pairs) };
  }
  if (text.startsWith('{') && text.endsWith('}')) {
    const entries = splitList(text);
    if (entries.some((entry) => entry === '' || /[{}[\]]/.test(entry))) fail(item, `a set is written {a,b}`);
    return { milli: 0, value: setOf(entries) };
  }
  const milli = parseMilli(text);
  if (milli !== undefined) return { milli, value: undefined };
  if (/^-\s*[\d.]+$/.test(text)) fail(item, 'a resource is not negative');
  if (/^[\d.]+$/.test(text) && Number(text) > MAX_QUANTITY)
    fail(item, `the largest number is ${MAX_QUANTITY}`);
  return fail(item, `the value is ${EXAMPLES.SCALAR}, ${EXAMPLES.RANGES} or ${EXAMPLES.SET}`);
}

function splitList(bracketed: string): string[] {
  const inside = bracketed.slice(1, -1).trim();
  return inside === '' ? [] : inside.split(',').map((entry) => entry.trim());
}

function parseRange(item: string, text: string): [number, number] {
  const match = /^(\d+)\s*-\s*(\d+)$/.exec(text);
  if (match === null) fail(item, `a range is written begin-end, such as 31000-32000 or 8080-8080`);
  const begin = Number(match[1]);
  const end = Number(match[2]);
  if (begin > end) fail(item, `the range ${text} ends before it begins`);
  if (end > MAX_QUANTITY) fail(item, `the largest end of a range is ${MAX_QUANTITY}`);
  return [begin, end];
}

function parseReservations(item: string, text: string): Reservation[] {
  if (text.trim() === WILDCARD_ROLE || text.trim() === '') return [];
  const stack: Reservation[] = [];
  for (const entry of text.split('>').map((part) => part.trim())) {
    const dynamic = entry.startsWith('+');
    const role = dynamic ? entry.slice(1).trim() : entry;
    const problem = role === WILDCARD_ROLE ? 'nothing is reserved for "*"' : roleProblem(role);
    if (problem !== undefined) fail(item, problem);
    const outer = stack.at(-1);
    if (outer !== undefined) {
      if (!dynamic) fail(item, `only the first reservation is static: write +${role}`);
      if (!role.startsWith(`${outer.role}/`))
        fail(item, `"${role}" is not below "${outer.role}", which it refines`);
    }
    stack.push({ type: dynamic ? 'DYNAMIC' : 'STATIC', role });
  }
  return stack;
}

type Traits = Pick<KindSpec, 'revocable' | 'shared' | 'volume' | 'source'>;
const NO_TRAITS: Traits = { revocable: false, shared: false };

function parseTraits(item: string, name: string, text: string): Traits {
  const given = new Map<string, string>();
  for (const trait of splitList(`[${text}]`)) {
    const [, key, value] = /^(\w*)\s*(?:=\s*([^]*))?$/.exec(trait) ?? [];
    const valued = key === 'volume' || key === 'mount' || key === 'path';
    const known = valued ? value !== undefined && value !== '' : key !== undefined && value === undefined;
    if (!known || !(valued || key === 'revocable' || key === 'shared')) {
      fail(item, 'the traits are revocable, volume=ID, shared, mount=PATH and path=PATH');
    }
    if (given.has(key)) fail(item, `the trait ${key} is given twice`);
    given.set(key, value ?? '');
  }
  const volume = given.get('volume');
  const mount = given.get('mount');
  const root = mount ?? given.get('path');
  if (given.has('shared') && volume === undefined) fail(item, 'only a volume is shared: add volume=ID');
  if (mount !== undefined && given.has('path')) fail(item, 'a disk has mount=PATH or path=PATH, not both');
  if ((volume ?? root) !== undefined && name !== 'disk') fail(item, 'only disk has volume, mount and path');
  return {
    revocable: given.has('revocable'),
    shared: given.has('shared'),
    ...(volume !== undefined && { volume }),
    ...(root !== undefined && { source: { type: mount === undefined ? 'PATH' : 'MOUNT', root } }),
  };
}
