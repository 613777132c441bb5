/** What a format can be told beyond its name: `--format "swim?map_mb=64&tenants=10"`. */
import { TraceError } from '../trace-error.js';
import { quoted } from './bad-rows.js';

export interface NumberSetting {
  /** What it means and its unit, for errors and the documentation. */
  readonly about: string;
  readonly standard: number;
  readonly min: number;
  readonly max: number;
  readonly isWhole?: true;
}

export interface ChoiceSetting<Choice extends string = string> {
  readonly about: string;
  /** The first one is the default. */
  readonly choices: readonly Choice[];
}

export type FormatSetting = NumberSetting | ChoiceSetting;

/** By name, in the order in which they are listed. */
export type FormatSettings = Readonly<Record<string, FormatSetting>>;

/** Settings that were named, as text. */
export type GivenSettings = ReadonlyMap<string, string>;

type SettingValues<S extends FormatSettings> = {
  readonly [K in keyof S]: S[K] extends ChoiceSetting<infer Choice> ? Choice : number;
};

/**
 * `swim?map_mb=64&tenants=10` in its parts. Names and values are as typed.
 *
 * @param where what the text is from, for messages
 */
export function splitSettings(text: string, where = '--format'): { name: string; given: GivenSettings } {
  const at = text.indexOf('?');
  const given = new Map<string, string>();
  if (at < 0) return { name: text, given };
  for (const part of text.slice(at + 1).split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    if (equals < 1) {
      throw new TraceError(`${where} ${quoted(text)}: ${quoted(part)} is no setting; write name=value.`);
    }
    given.set(part.slice(0, equals), part.slice(equals + 1));
  }
  return { name: text.slice(0, at), given };
}

/**
 * The values of all settings of a format.
 *
 * @param owner whose they are, for messages: `--format swim`
 * @param given those that were named, as text
 * @throws TraceError for one that the format does not have and for a value that it does not take
 */
export function readSettings<const S extends FormatSettings>(
  owner: string,
  settings: S,
  given: GivenSettings = new Map(),
): SettingValues<S> {
  const values: Record<string, string | number> = {};
  for (const [name, setting] of Object.entries(settings)) {
    values[name] = 'choices' in setting ? setting.choices[0] : setting.standard;
  }
  for (const [name, text] of given) {
    if (!Object.hasOwn(settings, name)) {
      const known = Object.keys(settings).join(', ');
      const has = known === '' ? 'it has none' : `it has ${known}`;
      throw new TraceError(`${owner}: no setting ${quoted(name)}; ${has}.`);
    }
    values[name] = readValue(owner, name, settings[name], text);
  }
  return values as SettingValues<S>;
}

function readValue(owner: string, name: string, setting: FormatSetting, text: string): string | number {
  const fail = (rule: string): never => {
    throw new TraceError(`${owner}: ${name} is ${quoted(text)}; it is ${rule} (${setting.about}).`);
  };
  if ('choices' in setting) {
    return setting.choices.includes(text) ? text : fail(`one of ${setting.choices.join(', ')}`);
  }
  const { min, max, isWhole } = setting;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  const isGood = value >= min && value <= max && (isWhole !== true || Number.isInteger(value));
  return isGood ? value : fail(`a ${isWhole === true ? 'whole ' : ''}number from ${min} to ${max}`);
}
