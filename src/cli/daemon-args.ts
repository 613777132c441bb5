import { readFileSync } from 'node:fs';
import { env } from 'node:process';
import { closest } from '../cluster/closest.js';
import type { OptionSpec } from './option-spec.js';
import { ParsedArgs } from './parse-args.js';
import { UserError } from './user-error.js';

/** Where options of a daemon come from besides the command line. */
export const configOption: OptionSpec = {
  group: 'daemon',
  name: 'config',
  value: 'FILE',
  about: 'JSON object of options by name, such as {"port": 5050}; environment and command line come first',
};

type Given = Map<string, readonly string[]>;

/**
 * The arguments of a daemon with what they leave out: an option `--work-dir` is taken from the environment as
 * AGORA_WORK_DIR, then from the file of `--config`, as `"work-dir"` or `"work_dir"`.
 *
 * @throws UserError
 */
export function withEnvironment(args: ParsedArgs, options: readonly OptionSpec[]): ParsedArgs {
  const given: Given = new Map();
  const path = args.value('config') ?? env.AGORA_CONFIG;
  if (path !== undefined) readConfig(path, options, given);
  for (const option of options) {
    const variable = `AGORA_${option.name.toUpperCase().replaceAll('-', '_')}`;
    const value = env[variable];
    if (value !== undefined && value !== '') take(given, option, value, variable);
    if (args.has(option.name)) given.set(option.name, args.values(option.name));
  }
  const switches = options.filter(({ value }) => value === undefined).map(({ name }) => name);
  return new ParsedArgs(given, args.positionals, switches);
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

function take(given: Given, option: OptionSpec, value: string, where: string): void {
  if (option.value !== undefined) {
    given.set(option.name, [value]);
  } else if (['true', '1', 'yes'].includes(value)) {
    given.set(option.name, ['true']);
  } else if (['false', '0', 'no'].includes(value)) {
    given.delete(option.name);
  } else {
    throw new UserError(`${where} is "${value}"; it is a switch: true or false.`);
  }
}

function readConfig(path: string, options: readonly OptionSpec[], given: Given): void {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new UserError(`${path} holds no object; write options by name, such as {"port": 5050}.`);
  }
  for (const [key, value] of Object.entries(content as Record<string, unknown>)) {
    const name = key.replaceAll('_', '-');
    const option = options.find((spec) => spec.name === name || spec.aliases?.includes(name) === true);
    if (option === undefined || option === configOption) {
      const near = closest(
        name,
        options.map((spec) => spec.name),
      );
      throw new UserError(
        `${path}: there is no option "${key}".${near === undefined ? '' : ` Did you mean "${near}"?`}`,
      );
    }
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      throw new UserError(`${path}: "${key}" is a text, a number, true or false.`);
    }
    take(given, option, String(value), `${path}: "${key}"`);
  }
}
