import { commandText, overviewText, type CommandEntry } from './help.js';
import type { Command } from './command.js';
import type { Terminal } from './terminal.js';
import { ExitStatus, UserError } from './user-error.js';

interface LazyCommand extends CommandEntry {
  /** Modules are loaded when their command is called: help must be quick. */
  readonly load: () => Promise<Command>;
}

const commands: readonly LazyCommand[] = [
  {
    name: 'run',
    usage: '--trace FILE',
    about: 'one run of a trace, summed up on a screen',
    load: async () => (await import('./run.js')).run,
  },
  {
    name: 'trace info',
    usage: 'FILE',
    about: 'what a trace holds',
    load: async () => (await import('./trace-info.js')).traceInfo,
  },
  {
    name: 'scenario',
    usage: 'FILE…',
    about: 'drive one allocator, check its offers',
    load: async () => (await import('./scenario.js')).scenario,
  },
];

/**
 * Runs `sim` with the arguments that follow its name.
 *
 * @returns the exit status; errors have been told on the terminal
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<ExitStatus> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    return await tell(error, terminal);
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<ExitStatus> {
  if (args.length === 0 || isHelp(args[0])) {
    const asked = args.slice(1).filter((arg) => !arg.startsWith('-'));
    const command = find(asked);
    terminal.out(command === undefined ? overviewText(commands) : commandText(await command.load()));
    return ExitStatus.done;
  }
  if (args[0] === '--version' || args[0] === '-V') {
    terminal.out(`${await version()}\n`);
    return ExitStatus.done;
  }
  const lazy = find(args);
  if (lazy === undefined) throw await unknownCommand(args);
  const command = await lazy.load();
  const rest = args.slice(lazy.name.split(' ').length);
  if (rest.some((arg) => arg === '--help' || arg === '-h')) {
    terminal.out(commandText(command));
    return ExitStatus.done;
  }
  const { parseArgs } = await import('./parse-args.js');
  return await command.run(await parseArgs(rest, command.options, `sim ${command.name}`), terminal);
}

function isHelp(arg: string): boolean {
  return arg === '--help' || arg === '-h' || arg === 'help';
}

/** The command that the words begin with. */
function find(words: readonly string[]): LazyCommand | undefined {
  return commands.find(({ name }) => name.split(' ').every((word, i) => words[i] === word));
}

async function unknownCommand(args: readonly string[]): Promise<UserError> {
  const { closest } = await import('../scenario/closest.js');
  const family = commands.filter(({ name }) => name.split(' ')[0] === args[0]);
  if (family.length > 0) {
    const full = family.map(({ name, usage }) => `sim ${name} ${usage}`).join(', ');
    return new UserError(`sim ${args[0]} needs to know what to do: ${full}.`);
  }
  const names = commands.map(({ name }) => name.split(' ')[0]);
  const near = closest(args[0], names);
  const hint =
    near === undefined ? `There are ${names.join(', ')}; see sim --help.` : `Did you mean ${near}?`;
  const what = args[0].startsWith('-') ? 'option' : 'command';
  return new UserError(`no ${what} "${args[0]}". ${hint}`);
}

async function version(): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** Errors for the user in one or two lines; a fault of ours says so. */
async function tell(error: unknown, terminal: Terminal): Promise<ExitStatus> {
  const { statusOf } = await import('./error-status.js');
  const status = statusOf(error);
  if (status !== undefined) {
    const [first, ...more] = (error as Error).message.split('\n');
    terminal.err([`sim: ${first}`, ...more.map((line) => `     ${line.trimStart()}`), ''].join('\n'));
    return status;
  }
  const { env } = await import('node:process');
  const isDebug = (env.AGORA_DEBUG ?? '') !== '';
  const message = error instanceof Error ? error.message : String(error);
  const trace = error instanceof Error ? error.stack : undefined;
  terminal.err(
    isDebug && trace !== undefined
      ? `sim: internal error: ${trace}\n`
      : `sim: internal error: ${message.split('\n', 1)[0]}\n     Set AGORA_DEBUG=1 to see where; please report it.\n`,
  );
  return ExitStatus.negative;
}
