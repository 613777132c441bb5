import { closest } from '../cluster/closest.js';
import { parseDuration } from '../sim/duration.js';
import type { Micros } from '../cluster/ids.js';
import type { Resources } from '../cluster/resources/resources.js';
import { resourcesFromJson, ResourceJsonError } from '../cluster/resources/json.js';
import { parseResources, ResourceTextError } from '../cluster/resources/text.js';
import type { ParsedArgs } from './parse-args.js';
import { UserError } from './user-error.js';

/**
 * One of a few words; undefined when the option is not given.
 * @throws UserError
 */
export function choiceOption<Word extends string>(
  args: ParsedArgs,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = args.value(name);
  if (text === undefined) return undefined;
  const word = words.find((candidate) => candidate === text);
  if (word !== undefined) return word;
  const near = closest(text, words);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  throw new UserError(`--${name} is "${text}"; it is one of ${words.join(', ')}.${hint}`);
}

/**
 * A duration in microseconds: `90`, `90s`, `15m`, `10h`, `7d`, `5secs`, `2h15m`; undefined when the option is not given.
 * @throws UserError
 */
export function durationOption(args: ParsedArgs, name: string): Micros | undefined {
  const text = args.value(name);
  if (text === undefined) return undefined;
  const micros = parseDuration(text);
  if (micros !== undefined) return micros;
  throw new UserError(
    `--${name} is "${text}"; it is a time of 0 or more, such as 90, 1.5s, 15m, 10h or 5secs.`,
  );
}

/**
 * A number above 0; undefined when the option is not given.
 * @throws UserError
 */
export function positiveOption(args: ParsedArgs, name: string): number | undefined {
  const text = args.value(name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^[\d.]+(e[+-]?\d+)?$/i.test(text) && number > 0 && number < Infinity) return number;
  throw new UserError(`--${name} is "${text}"; it is a number above 0.`);
}

/**
 * A whole number from `least` to `most`; undefined when the option is not given.
 * @throws UserError
 */
export function wholeOption(args: ParsedArgs, name: string, least: number, most: number): number | undefined {
  const text = args.value(name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new UserError(`--${name} is "${text}"; it is a whole number from ${least} to ${most}.`);
}

/**
 * A whole number within bounds.
 * @param standard when the option is not given
 * @throws UserError
 */
export function countOption(
  args: ParsedArgs,
  name: string,
  standard: number,
  least: number,
  most: number,
): number {
  const text = args.value(name);
  if (text === undefined) return standard;
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= least && count <= most) return count;
  throw new UserError(
    `--${name} is "${text}"; it is a whole number from ${least} to ${most.toLocaleString('en')}.`,
  );
}

/** What a timer of this host can wait, in milliseconds. @param standard in seconds @throws UserError */
export function waitOption(args: ParsedArgs, name: string, standard: number): number {
  const ms = (durationOption(args, name) ?? standard * 1e6) / 1000;
  if (ms > 0 && ms < 2 ** 31) return ms;
  throw new UserError(`--${name} is "${args.value(name) ?? ''}"; it is a time above 0, at most 24 days.`);
}

/**
 * The text of --resources: resource text or, for what that cannot say, a JSON list as in the v1 API.
 *
 * @throws UserError
 */
export function parsedResources(text: string): Resources {
  try {
    return text.trimStart().startsWith('[')
      ? resourcesFromJson(JSON.parse(text)).resources
      : parseResources(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new UserError(`--resources is no JSON: ${error.message}.`);
    if (error instanceof ResourceTextError || error instanceof ResourceJsonError)
      throw new UserError(`--resources: ${error.message}.`);
    throw error;
  }
}
