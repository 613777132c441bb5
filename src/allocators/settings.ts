/** What an allocator can be told beyond its name: `--allocator "static?by=framework"`. */
import { closest } from '../cluster/closest.js';

/** A name after --allocator that is not known, or options of it that are wrong. One line. */
export class AllocatorNameError extends Error {
  override readonly name = 'AllocatorNameError';
}

export interface NumberSetting {
  /** What it means and its unit, for errors and the documentation. */
  readonly about: string;
  readonly standard: number;
  readonly min: number;
  readonly max: number;
}

export interface ChoiceSetting<Choice extends string = string> {
  readonly about: string;
  /** The first one is the default. */
  readonly choices: readonly Choice[];
}

/** By name, in the order in which they are listed. */
export type Settings = Readonly<Record<string, NumberSetting | ChoiceSetting>>;

export type SettingValues<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends ChoiceSetting<infer Choice> ? Choice : number;
};

/** `static?by=framework` in its parts; names and values as typed. @throws AllocatorNameError */
export function splitAllocatorText(text: string): { name: string; given: ReadonlyMap<string, string> } {
  const at = text.indexOf('?');
  const given = new Map<string, string>();
  if (at < 0) return { name: text, given };
  const name = text.slice(0, at);
  for (const part of text.slice(at + 1).split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    if (equals < 1) throw new AllocatorNameError(`${name}: "${part}" is no option; write ${name}?key=value.`);
    const key = part.slice(0, equals);
    if (given.has(key)) throw new AllocatorNameError(`${name}: the option ${key} is given twice.`);
    given.set(key, part.slice(equals + 1));
  }
  return { name, given };
}

/** The values of all settings of an allocator. @throws AllocatorNameError */
export function readSettings<const S extends Settings>(
  name: string,
  settings: S,
  given: ReadonlyMap<string, string>,
): SettingValues<S> {
  const values: Record<string, string | number> = {};
  for (const [key, setting] of Object.entries(settings)) {
    values[key] = 'choices' in setting ? setting.choices[0] : setting.standard;
  }
  for (const [key, text] of given) {
    if (!Object.hasOwn(settings, key)) throw new AllocatorNameError(unknownKey(name, key, settings));
    values[key] = readValue(name, key, settings[key], text);
  }
  return values as SettingValues<S>;
}

function unknownKey(name: string, key: string, settings: Settings): string {
  const known = Object.keys(settings);
  if (known.length === 0) return `the allocator ${name} takes no options, and "${key}" was given.`;
  const near = closest(key, known);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  return `the allocator ${name} has no option "${key}".${hint} It takes ${known.join(', ')}.`;
}

function readValue(name: string, key: string, setting: Settings[string], text: string): string | number {
  const fail = (rule: string): never => {
    throw new AllocatorNameError(`${name}: ${key} is "${text}"; it is ${rule} (${setting.about}).`);
  };
  if ('choices' in setting) {
    return setting.choices.includes(text) ? text : fail(`one of ${setting.choices.join(', ')}`);
  }
  const { min, max } = setting;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? value : fail(`a number from ${min} to ${max}`);
}
