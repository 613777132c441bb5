import { env } from 'node:process';
import { closest } from '../cluster/closest.js';
import type { OptionSpec } from './option-spec.js';
import { namesOf, ParsedArgs } from './parse-args.js';
import { readFile } from './read-file.js';
import { UserError } from './user-error.js';

/** Where options of a daemon come from besides the command line. */
export const configOption: OptionSpec = {
  group: 'daemon',
  name: 'config',
  value: 'FILE',
  about: 'JSON object of options by name, such as {"port": 5050}; environment and command line come first',
};

/** Values by option, and where they were found; on the command line: nowhere else. */
interface Given {
  readonly values: Map<string, readonly string[]>;
  readonly sources: Map<string, string>;
}

/** Variables that are no option of a daemon. */
const OTHER_VARIABLES = new Set(['AGORA_DEBUG', 'AGORA_MASTER', 'AGORA_CONTAINER_ID']);

/** The arguments of a daemon, and what may be wrong with where they come from. */
export interface DaemonArgs {
  readonly args: ParsedArgs;
  /** One line each. */
  readonly warnings: readonly string[];
  /** Runs what reads the arguments: a fault in a value that was not typed says where it stands. */
  readonly told: <Result>(read: () => Promise<Result>) => Promise<Result>;
}

/**
 * The arguments of a daemon with what they leave out: an option `--work-dir` is taken from the environment as
 * AGORA_WORK_DIR, then from the file of `--config`, as `"work-dir"` or `"work_dir"`.
 *
 * @throws UserError
 */
export function withEnvironment(args: ParsedArgs, options: readonly OptionSpec[]): DaemonArgs {
  const given: Given = { values: new Map(), sources: new Map() };
  const path = args.value('config') ?? env.AGORA_CONFIG;
  if (path !== undefined) readConfig(path, options, given);
  for (const option of options) {
    for (const variable of variablesOf(option)) {
      const value = env[variable];
      if (value !== undefined && value !== '') take(given, option, value, variable);
    }
    if (!args.has(option.name)) continue;
    given.values.set(option.name, args.values(option.name));
    given.sources.delete(option.name);
  }
  const switches = options.filter(({ value }) => value === undefined).map(({ name }) => name);
  return {
    args: new ParsedArgs(given.values, args.positionals, switches),
    warnings: strangeVariables(options),
    told: async (read) => {
      try {
        return await read();
      } catch (error) {
        throw withSource(error, given.sources);
      }
    },
  };
}

function variablesOf(option: OptionSpec): string[] {
  return namesOf(option).map((name) => `AGORA_${name.toUpperCase().replaceAll('-', '_')}`);
}

/** Variables that look like options and are none: a slip of the pen would go unseen. */
function strangeVariables(options: readonly OptionSpec[]): string[] {
  const known = options.flatMap(variablesOf);
  const strange = Object.keys(env).filter(
    (name) => name.startsWith('AGORA_') && !known.includes(name) && !OTHER_VARIABLES.has(name),
  );
  return strange.flatMap((name) => {
    const near = closest(name, known);
    return near === undefined ? [] : [`there is no option for the variable ${name}. Did you mean ${near}?`];
  });
}

function withSource(error: unknown, sources: ReadonlyMap<string, string>): unknown {
  if (!(error instanceof UserError)) return error;
  const [, name = ''] = /^--([a-z-]+)/.exec(error.message) ?? [];
  const source = sources.get(name);
  if (source === undefined) return error;
  const [first, ...more] = error.message.split('\n');
  return new UserError([`${first} It comes from ${source}.`, ...more].join('\n'), error.status);
}

/** How a daemon runs, by option, as Mesos spells flags: what was given, else the default. For those who ask. */
export function flagsOf(args: ParsedArgs, options: readonly OptionSpec[]): Record<string, string> {
  const flags: Record<string, string> = {};
  for (const { name, value, default: standard } of options) {
    const given = value === undefined ? String(args.has(name)) : (args.value(name) ?? standard);
    if (given !== undefined) flags[name.replaceAll('-', '_')] = given;
  }
  return flags;
}

function take({ values, sources }: Given, option: OptionSpec, value: string, where: string): void {
  sources.set(option.name, where);
  if (option.value !== undefined) {
    values.set(option.name, [value]);
  } else if (['true', '1', 'yes'].includes(value)) {
    values.set(option.name, ['true']);
  } else if (['false', '0', 'no'].includes(value)) {
    values.delete(option.name);
  } else {
    throw new UserError(`${where} is "${value}"; it is a switch: true or false.`);
  }
}

function readConfig(path: string, options: readonly OptionSpec[], given: Given): void {
  let content: unknown;
  try {
    content = JSON.parse(readFile(path).toString('utf8'));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${path} is no JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new UserError(`${path} holds no object; write options by name, such as {"port": 5050}.`);
  }
  for (const [key, value] of Object.entries(content as Record<string, unknown>)) {
    const name = key.replaceAll('_', '-');
    const option = options.find((spec) => namesOf(spec).includes(name));
    if (option === configOption)
      throw new UserError(`${path}: "${key}" names another such file; one alone is read.`);
    if (option === undefined) {
      const near = closest(name, options.flatMap(namesOf));
      throw new UserError(
        `${path}: there is no option "${key}".${near === undefined ? '' : ` Did you mean "${near}"?`}`,
      );
    }
    if (given.sources.has(option.name))
      throw new UserError(`${path}: "${key}" is there twice, in two spellings.`);
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      throw new UserError(`${path}: "${key}" is a text, a number, true or false.`);
    }
    take(given, option, String(value), `"${key}" in ${path}`);
  }
}
