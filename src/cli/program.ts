import {
  commandText,
  familyText,
  guideText,
  overviewText,
  type CommandEntry,
  type Overview,
} from './help.js';
import type { Command } from './command.js';
import type { Terminal } from './terminal.js';
import { ExitStatus, UserError } from './user-error.js';

export interface LazyCommand extends CommandEntry {
  /** Modules are loaded when their command is called: help must be quick. */
  readonly load: () => Promise<Command>;
}

/** A program of several commands: `sim`, `agora`. */
export interface Program extends Overview {
  readonly commands: readonly LazyCommand[];
}

/**
 * Runs a program with the arguments that follow its name.
 *
 * @returns the exit status; errors have been told on the terminal
 */
export async function runProgram(
  program: Program,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  try {
    return await dispatch(program, args, terminal);
  } catch (error) {
    return await tell(program.name, error, terminal);
  }
}

async function dispatch(program: Program, args: readonly string[], terminal: Terminal): Promise<number> {
  if (args.length === 0 || isHelp(args[0])) {
    const words = args.slice(1).filter((arg) => !arg.startsWith('-'));
    terminal.out(await helpText(program, words, args.includes('--all')));
    return ExitStatus.done;
  }
  if (args[0] === '--version' || args[0] === '-V') {
    const { version } = await import('./version.js');
    terminal.out(`${await version()}\n`);
    return ExitStatus.done;
  }
  if (isFamily(program, args[0]) && (args.length === 1 || isHelp(args[1]))) {
    terminal.out(await helpText(program, [args[0], ...args.slice(2)], false));
    return ExitStatus.done;
  }
  const lazy = find(program, args);
  if (lazy === undefined) throw await unknownCommand(program, args);
  const rest = args.slice(lazy.name.split(' ').length);
  const { endOfOptions, parseArgs } = await import('./parse-args.js');
  const options = rest.slice(0, endOfOptions(rest));
  if (options.some((arg) => arg === '--help' || arg === '-h')) {
    terminal.out(await helpText(program, args, options.includes('--all')));
    return ExitStatus.done;
  }
  const command = await lazy.load();
  if (rest.length === 0 && command.guide !== undefined) {
    terminal.out(guideText(command, program.name));
    return ExitStatus.done;
  }
  return await command.run(
    await parseArgs(rest, command.options, `${program.name} ${command.name}`),
    terminal,
  );
}

function isHelp(arg: string): boolean {
  return arg === '--help' || arg === '-h' || arg === 'help';
}

/** Help on what the words speak of: a command, a family of them, or the whole program. */
async function helpText(program: Program, words: readonly string[], all: boolean): Promise<string> {
  const lazy = find(program, words);
  if (lazy === undefined) {
    return isFamily(program, words[0]) ? familyText(words[0], program) : overviewText(program);
  }
  const command = await lazy.load();
  const rest = words.slice(lazy.name.split(' ').length);
  return command.helpOn?.(rest, all) ?? commandText(command, program.name, all);
}

/** Whether there are commands of two words that begin with this one. */
function isFamily({ commands }: Program, word: string | undefined): boolean {
  return commands.some(({ name }) => name.startsWith(`${word ?? ''} `));
}

/** The command that the words begin with. */
function find({ commands }: Program, words: readonly string[]): LazyCommand | undefined {
  return commands.find(({ name }) => name.split(' ').every((word, i) => words[i] === word));
}

async function unknownCommand(program: Program, args: readonly string[]): Promise<UserError> {
  const { closest } = await import('../cluster/closest.js');
  const { name: self, commands } = program;
  const members = commands.filter(({ name }) => name.startsWith(`${args[0]} `));
  if (members.length > 0) {
    const words = members.map(({ name }) => name.split(' ')[1]);
    const near = closest(args[1], words);
    const hint = near === undefined ? '' : ` Did you mean ${near}?`;
    const known = `There are ${words.join(', ')}.`;
    return new UserError(`${self} ${args[0]} has no command "${args[1]}".${hint} ${known}`);
  }
  const names = [...new Set(commands.map(({ name }) => name.split(' ')[0]))];
  const near = closest(args[0], names);
  const hint =
    near === undefined ? `There are ${names.join(', ')}; see ${self} --help.` : `Did you mean ${near}?`;
  const what = args[0].startsWith('-') ? 'option' : 'command';
  return new UserError(`no ${what} "${args[0]}". ${hint}`);
}

/** Errors for the user in one or two lines; a fault of ours says so. */
async function tell(name: string, error: unknown, terminal: Terminal): Promise<ExitStatus> {
  const { statusOf } = await import('./error-status.js');
  const indent = ' '.repeat(name.length + 2);
  const say = (first: string, more: readonly string[]): void => {
    terminal.err([`${name}: ${first}`, ...more.map((line) => `${indent}${line.trimStart()}`), ''].join('\n'));
  };
  const status = statusOf(error);
  if (status !== undefined) {
    const [first, ...more] = (error as Error).message.split('\n');
    say(first, more);
    return status;
  }
  const { env } = await import('node:process');
  const isDebug = (env.AGORA_DEBUG ?? '') !== '';
  const message = error instanceof Error ? error.message : String(error);
  const trace = error instanceof Error ? error.stack : undefined;
  if (isDebug && trace !== undefined) terminal.err(`${name}: internal error: ${trace}\n`);
  else {
    const hint = 'Set AGORA_DEBUG=1 to see where; please report it.';
    say(`internal error: ${message.split('\n', 1)[0]}`, [hint]);
  }
  return ExitStatus.negative;
}
