import { PluginError, shown } from './fault.js';

export type OptionValue = number | string | boolean;

/**
 * An option of a policy: its default value alone, which also says of what kind it is, or the default with what is allowed.
 */
export type OptionSpec =
  | OptionValue
  | { readonly default: number; readonly min?: number; readonly max?: number; readonly about?: string }
  | { readonly default: string; readonly choices?: readonly string[]; readonly about?: string }
  | { readonly default: boolean; readonly about?: string };

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** Of a policy without options. */
export type NoOptions = Readonly<Record<string, never>>;

/** The values of the options of a policy, by name. */
export type OptionValues<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]: Widened<
    Specs[Name] extends { readonly default: infer Value } ? Value : Specs[Name]
  >;
};

type Widened<Value> = Value extends number
  ? number
  : Value extends string
    ? string
    : Value extends boolean
      ? boolean
      : never;

interface FullSpec {
  readonly default: OptionValue;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
}

/** What follows the `?` of `mine.ts?depth=3&by=role`, by name. @throws PluginError */
export function parseQuery(label: string, query: string): Map<string, string> {
  const given = new Map<string, string>();
  for (const item of query.split('&').filter((part) => part !== '')) {
    const at = item.indexOf('=');
    const name = at < 0 ? item : item.slice(0, at);
    if (name === '') throw new PluginError(`${label}: "${item}" is not key=value.`);
    if (given.has(name)) throw new PluginError(`${label}: ${name} is given twice.`);
    given.set(name, at < 0 ? 'true' : decoded(item.slice(at + 1)));
  }
  return given;
}

/**
 * The values of all options, those given checked against what the policy declares.
 *
 * @throws PluginError
 */
export function readOptions(
  label: string,
  specs: OptionSpecs,
  given: ReadonlyMap<string, string>,
): Record<string, OptionValue> {
  const names = Object.keys(specs);
  for (const name of given.keys()) {
    if (Object.hasOwn(specs, name)) continue;
    const known = names.length === 0 ? 'it takes no options' : `its options are ${names.join(', ')}`;
    throw new PluginError(`${label} has no option ${name}; ${known}.`);
  }
  return Object.fromEntries(
    names.map((name) => {
      const spec = fullSpec(specs[name]);
      const text = given.get(name);
      return [name, text === undefined ? spec.default : readValue(`${label}: ${name}`, spec, text)];
    }),
  );
}

/** What is wrong with the declared options; undefined: nothing. */
export function specsProblem(specs: unknown): string | undefined {
  if (specs === undefined) return undefined;
  if (typeof specs !== 'object' || specs === null) return 'options is no object of defaults';
  for (const [name, spec] of Object.entries(specs)) {
    if (!/^[a-z]\w*$/i.test(name)) return `the option ${shown(name)} has a name that no query can hold`;
    const { default: value } = fullSpec(spec as OptionSpec);
    const isPlain = typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
    if (!isPlain) return `the option ${name} has no default; it is a number, a text, or true or false`;
  }
  return undefined;
}

function fullSpec(spec: OptionSpec): FullSpec {
  return typeof spec === 'object' && spec !== null ? spec : { default: spec };
}

function readValue(what: string, spec: FullSpec, text: string): OptionValue {
  if (typeof spec.default === 'boolean') {
    if (text === 'true' || text === 'false') return text === 'true';
    throw new PluginError(`${what} is "${text}"; it is true or false.`);
  }
  if (typeof spec.default === 'string') {
    if (spec.choices === undefined || spec.choices.includes(text)) return text;
    throw new PluginError(`${what} is "${text}"; it is one of ${spec.choices.join(', ')}.`);
  }
  const { min = -Infinity, max = Infinity } = spec;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= min && value <= max) return value;
  throw new PluginError(`${what} is "${text}"; it is a number${rangeText(min, max)}.`);
}

function rangeText(min: number, max: number): string {
  if (min === -Infinity) return max === Infinity ? '' : ` up to ${max}`;
  return max === Infinity ? `, ${min} or more` : ` from ${min} to ${max}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
