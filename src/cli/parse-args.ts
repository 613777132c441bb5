import { closest } from '../cluster/closest.js';
import type { OptionSpec } from './option-spec.js';
import { UserError } from './user-error.js';

/** The arguments of a command, checked against its options. */
export class ParsedArgs {
  readonly positionals: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly #switches: ReadonlySet<string>;

  /** @param switches options without a value */
  constructor(
    values: ReadonlyMap<string, readonly string[]>,
    positionals: readonly string[],
    switches: Iterable<string> = [],
  ) {
    this.#values = values;
    this.#switches = new Set(switches);
    this.positionals = positionals;
  }

  /** What was given and is wanted, options first, as arguments that can be given again. */
  toArgs(isWanted: (name: string) => boolean): string[] {
    const wanted = [...this.#values].filter(([name]) => isWanted(name));
    const options = wanted.flatMap(([name, given]) =>
      given.flatMap((value) => (this.#switches.has(name) ? [`--${name}`] : [`--${name}`, value])),
    );
    return [...options, ...this.positionals];
  }

  /** Whether an option was given. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The value of an option that is given once; undefined: not given. */
  value(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }

  /** The values of a repeatable option, in order. */
  values(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}

/**
 * Reads the arguments of a command. Unknown options are refused with the nearest known name; `_` in a name is `-`.
 *
 * @param command as typed, for messages: `sim run`
 * @throws UserError
 */
export async function parseArgs(
  args: readonly string[],
  options: readonly OptionSpec[],
  command: string,
): Promise<ParsedArgs> {
  const { default: yargs } = await import('yargs');
  const byName = new Map(options.flatMap((option) => namesOf(option).map((name) => [name, option])));
  const valued = [...byName].filter(([, { value }]) => value !== undefined).map(([name]) => name);
  const switches = [...byName].filter(([, { value }]) => value === undefined).map(([name]) => name);
  const end = endOfOptions(args);
  const parser = yargs(args.map((arg, at) => (at < end ? withDashes(arg) : arg)))
    .help(false)
    .version(false)
    .exitProcess(false)
    .locale('en')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'short-option-groups': false,
    })
    .string(valued)
    .boolean(switches)
    .strictOptions()
    .fail((message, error) => {
      throw new UserError(explain(message ?? error.message, [...byName.keys()], command));
    });
  for (const name of valued) parser.nargs(name, 1);
  const { _: positionals, $0: _program, ...given } = await parser.parse();
  const values = new Map<string, string[]>();
  for (const [spelling, value] of Object.entries<unknown>(given)) {
    const option = byName.get(spelling);
    if (option === undefined || value === undefined || value === false) continue;
    const known = values.get(option.name) ?? [];
    values.set(option.name, [...known, ...[value].flat().map(String)]);
  }
  checkRepeats(values, byName);
  return new ParsedArgs(values, positionals.map(String), switches);
}

/** Of a command that takes options alone. @throws UserError */
export function noMoreWords({ positionals: [word] }: ParsedArgs, command: string): void {
  if (word !== undefined)
    throw new UserError(`${command} takes no argument "${word}"; see ${command} --help.`);
}

/** Where `--` stands, after which nothing is an option. */
export function endOfOptions(args: readonly string[]): number {
  const at = args.indexOf('--');
  return at < 0 ? args.length : at;
}

/** How an option may be spelt. */
export function namesOf({ name, aliases = [] }: OptionSpec): string[] {
  return [name, ...aliases];
}

/** Mesos writes `--allocation_interval`. */
function withDashes(arg: string): string {
  if (!arg.startsWith('--')) return arg;
  const [name] = arg.split('=', 1);
  return name.replaceAll('_', '-') + arg.slice(name.length);
}

/** The parser's complaint in our words. */
function explain(message: string, names: readonly string[], command: string): string {
  const [, unknown] = /^Unknown arguments?: (.*)$/.exec(message) ?? [];
  if (unknown !== undefined) {
    const [first] = unknown.split(', ');
    const near = closest(first, names);
    const hint = near === undefined ? `See ${command} --help.` : `Did you mean --${near}?`;
    return `${command} has no option --${first.replace(/^-+/, '')}. ${hint}`;
  }
  const [, missing] = /^Not enough arguments following: (.*)$/.exec(message) ?? [];
  if (missing !== undefined) return `--${missing} needs a value. See ${command} --help.`;
  return `${message}. See ${command} --help.`;
}

function checkRepeats(
  values: ReadonlyMap<string, readonly string[]>,
  options: ReadonlyMap<string, OptionSpec>,
): void {
  for (const [name, given] of values) {
    const option = options.get(name)!;
    if (given.length > 1 && option.repeatable !== true && option.value !== undefined) {
      throw new UserError(`--${name} is given ${given.length} times (${given.join(', ')}); give it once.`);
    }
  }
}
