import type { OptionSpec } from './option-spec.js';
import { runOptions } from './options.js';
import type { ParsedArgs } from './parse-args.js';
import { UserError } from './user-error.js';

/** How to read a trace: the options that the `sim trace` commands share with `sim run`, or some of them. */
export function readingOptions(...leftOut: readonly string[]): OptionSpec[] {
  return (
    runOptions
      .filter(({ group, name }) => group === 'trace' && name !== 'trace' && !leftOut.includes(name))
      // There are few others beside them.
      .map(({ isRare: _, ...option }) => option)
  );
}

/**
 * The one file that a `sim trace` command is about.
 *
 * @throws UserError
 */
export function oneFile({ positionals }: ParsedArgs, command: string): string {
  if (positionals.length === 1) return positionals[0];
  const given = positionals.length === 0 ? 'none is given' : `these are ${positionals.join(', ')}`;
  throw new UserError(`sim ${command} takes one file, and ${given}: sim ${command} traces/paypal-ci.csv`);
}

/**
 * A whole number of at least 1; undefined when the option is not given.
 *
 * @throws UserError
 */
export function countOption(args: ParsedArgs, name: string): number | undefined {
  const text = args.value(name);
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text) && Number(text) >= 1) return Number(text);
  throw new UserError(`--${name} is "${text}"; it is a whole number, 1 or more.`);
}
