import { WILDCARD_ROLE } from '../roles.js';
import { goesWhole, type DiskSource, type KindSpec, type Reservation } from './kinds.js';
import { MAX_QUANTITY, parseMilli } from './scalars.js';
import {
  ANY_VALUE,
  gpusProblem,
  nameProblem,
  rangeProblem,
  reservationsProblem,
  typeProblem,
} from './validate.js';
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

/** Refuses a piece of text, on one line whatever the text holds. */
export function fail(text: string, why: string): never {
  const shown = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  const line = why.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  throw new ResourceTextError(`resource text ${JSON.stringify(shown)}: ${line}`);
}

function check(item: string, problem: string | undefined): void {
  if (problem !== undefined) fail(item, problem);
}

/** The items of a text, trimmed, the empty ones left out. */
export function splitItems(text: string): string[] {
  return text
    .split(';')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

// Blanks are matched in one place each, so that no text takes more than linear time.
const ITEM = /^([^:()[\]{}]*)(?:\(([^()]*)\)\s*)?(?:\[([^[\]]*)\]\s*)?:([^]*)$/;

/**
 * @param counts a number stands for so many elements where the name has ranges or a set
 * @throws ResourceTextError
 */
export function parseItem(item: string, counts = false): Item {
  const match = ITEM.exec(item);
  if (match === null) fail(item, 'an item is name:value, name(role):value or name[trait]:value');
  const name = match[1].trim();
  check(item, nameProblem(name));
  const { milli, value } = parseValue(item, match[4].trim());
  const type = value === undefined ? 'SCALAR' : value.type;
  const isCount = counts && type === 'SCALAR';
  check(item, (isCount ? undefined : typeProblem(name, type)) ?? gpusProblem(name, milli));
  const reservations = match[2] === undefined ? [] : parseReservations(item, match[2].trim());
  const traits = match[3] === undefined ? NO_TRAITS : parseTraits(item, name, match[3]);
  const unitMilli = goesWhole(traits) ? milli : 0;
  return { spec: { name, type, reservations, ...traits, unitMilli }, milli, value };
}

function parseValue(item: string, text: string): { milli: number; value: Value | undefined } {
  if (text.startsWith('[') && text.endsWith(']')) {
    const pairs = splitList(text.slice(1, -1)).map((pair) => parseRange(item, pair));
    return { milli: 0, value: rangesOf(pairs) };
  }
  if (text.startsWith('{') && text.endsWith('}')) {
    const entries = splitList(text.slice(1, -1));
    if (entries.some((entry) => entry === '' || /[{}[\]]/.test(entry))) fail(item, 'a set is written {a,b}');
    return { milli: 0, value: setOf(entries) };
  }
  const milli = parseMilli(text);
  if (milli !== undefined) return { milli, value: undefined };
  if (/^-[\d.]+$/.test(text)) fail(item, 'a resource is not negative (R-1.3)');
  if (Number(text) > MAX_QUANTITY) fail(item, `the largest quantity is ${MAX_QUANTITY}`);
  return fail(item, `the value is ${ANY_VALUE}`);
}

function splitList(text: string): string[] {
  return text.trim() === '' ? [] : text.split(',').map((entry) => entry.trim());
}

function parseRange(item: string, text: string): [number, number] {
  const match = /^(\d+)\s*-\s*(\d+)$/.exec(text);
  if (match === null) fail(item, 'a range is written begin-end, such as 31000-32000 or 8080-8080');
  const begin = Number(match[1]);
  const end = Number(match[2]);
  check(item, rangeProblem(begin, end));
  return [begin, end];
}

function parseReservations(item: string, text: string): Reservation[] {
  if (text === WILDCARD_ROLE || text === '') return [];
  const stack = text.split('>').map((part): Reservation => {
    const entry = part.trim();
    if (!entry.startsWith('+')) return { type: 'STATIC', role: entry };
    return { type: 'DYNAMIC', role: entry.slice(1).trim() };
  });
  const late = stack.findIndex(({ type }, i) => i > 0 && type === 'STATIC');
  if (late > 0) fail(item, `only the first reservation is static: write +${stack[late].role} (R-1.11)`);
  check(item, reservationsProblem(stack));
  return stack;
}

type Traits = Pick<KindSpec, 'revocable' | 'shared' | 'volume' | 'source'>;
const NO_TRAITS: Traits = { revocable: false, shared: false };
/** The traits, and whether each takes a value: undefined, if it likes. */
const TRAITS = new Map([
  ['revocable', false],
  ['volume', true],
  ['shared', false],
  ['mount', true],
  ['path', true],
  ['raw', undefined],
  ['block', undefined],
]);
const TRAIT_WORDS =
  'revocable, volume=ID, shared, mount=PATH, path=PATH, raw or raw=ID, and block or block=ID';
const SOURCES = ['mount', 'path', 'raw', 'block'] as const;

function parseTraits(item: string, name: string, text: string): Traits {
  const given = new Map<string, string>();
  for (const trait of splitList(text)) {
    const [, key, value] = /^([^\s=]*)\s*(?:=\s*([^]*))?$/.exec(trait) ?? ['', ''];
    if (!TRAITS.has(key)) fail(item, `the traits are ${TRAIT_WORDS}`);
    const valued = TRAITS.get(key);
    const isMissing = valued === true ? (value ?? '') === '' : valued === undefined && value === '';
    if (isMissing) fail(item, `the trait ${key} takes a value: ${key}=...`);
    if (valued === false && value !== undefined) fail(item, `the trait ${key} takes no value`);
    if (given.has(key)) fail(item, `the trait ${key} is given twice`);
    given.set(key, value ?? '');
  }
  const volume = given.get('volume');
  const sources = SOURCES.filter((source) => given.has(source));
  if (given.has('shared') && volume === undefined)
    fail(item, 'only a volume is shared: add volume=ID (R-1.22)');
  if (sources.length > 1) fail(item, `a disk has ${sources.join(' or ')}, not both`);
  if ((volume !== undefined || sources.length > 0) && name !== 'disk') {
    fail(item, 'only disk has volume, mount, path, raw and block');
  }
  const source = sources.length === 0 ? undefined : sourceOf(sources[0], given.get(sources[0]) ?? '');
  return {
    revocable: given.has('revocable'),
    shared: given.has('shared'),
    ...(volume !== undefined && { volume }),
    ...(source !== undefined && { source }),
  };
}

function sourceOf(source: (typeof SOURCES)[number], value: string): DiskSource {
  const type = source.toUpperCase() as DiskSource['type'];
  if (type === 'MOUNT' || type === 'PATH') return { type, root: value };
  return { type, ...(value !== '' && { id: value }) };
}
