import { ciDefinitions, ciNames, findConflict, type CiName, type CiSettings } from './ci-settings.js';
import { GeneratorError } from './generator-error.js';
import type { ParameterInput } from './readers.js';

/** P: published. D: derived from published figures by arithmetic. A: an assumption of ours. */
export type Tag = 'P' | 'D' | 'A';

/** A default value and where it comes from. */
export interface Sourced<V> {
  readonly value: V;
  readonly tag: Tag;
  /** One line: the publication, the arithmetic, or the reason for the assumption. */
  readonly source: string;
}

/** The defaults of one generator. */
export type CiParameterSet = { readonly [K in CiName]: Sourced<CiSettings[K]> };

/** A parameter as help and documentation show it; `value` is the text that sets it. */
export interface Parameter {
  readonly name: CiName;
  readonly value: string;
  readonly unit: string;
  readonly tag: Tag;
  readonly source: string;
  readonly meaning: string;
}

/** All parameters of a set, in the order of {@link ciDefinitions}. */
export function listParameters(set: CiParameterSet): Parameter[] {
  return ciNames.map((name) => {
    const { value, tag, source } = set[name];
    const { meaning, unit } = ciDefinitions[name];
    return { name, value: formatValue(value), unit, tag, source, meaning };
  });
}

/**
 * The settings of one run of a generator: its defaults with some of them replaced.
 * @throws GeneratorError for a name that does not exist, a value out of range, or values that contradict each
 * other
 */
export function resolveSettings(
  generator: string,
  set: CiParameterSet,
  overrides: Readonly<Record<string, ParameterInput>>,
): CiSettings {
  const settings = {} as Mutable<CiSettings>;
  for (const name of ciNames) setDefault(settings, set, name);
  for (const [name, input] of Object.entries(overrides)) {
    if (!isCiName(name)) {
      throw new GeneratorError(`${generator} has no parameter "${name}". It has ${ciNames.join(', ')}.`);
    }
    setOverride(settings, generator, name, input);
  }
  const conflict = findConflict(settings);
  if (conflict !== undefined) throw new GeneratorError(`${generator}: ${conflict}.`);
  return settings;
}

/** The settings that are not the default, as `name=value`, in the order of {@link ciDefinitions}. */
export function listChanges(set: CiParameterSet, settings: CiSettings): string[] {
  return ciNames
    .map((name) => ({ name, now: formatValue(settings[name]), before: formatValue(set[name].value) }))
    .filter(({ now, before }) => now !== before)
    .map(({ name, now }) => `${name}=${now}`);
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function setDefault<K extends CiName>(settings: Mutable<CiSettings>, set: CiParameterSet, name: K): void {
  settings[name] = set[name].value;
}

function setOverride<K extends CiName>(
  settings: Mutable<CiSettings>,
  generator: string,
  name: K,
  input: ParameterInput,
): void {
  const { reader } = ciDefinitions[name];
  const value = reader.read(input);
  if (value === undefined) {
    throw new GeneratorError(`${generator}: ${name} is "${formatValue(input)}"; it takes ${reader.expects}.`);
  }
  settings[name] = value;
}

function isCiName(name: string): name is CiName {
  return Object.hasOwn(ciDefinitions, name);
}

function formatValue(value: ParameterInput): string {
  return typeof value === 'object' ? value.join(',') : String(value);
}
