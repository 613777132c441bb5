import type { OptionSpec } from './option-spec.js';
import type { ParsedArgs } from './parse-args.js';
import type { Terminal } from './terminal.js';

/** One command: what help says of it, what it takes, what it does. */
export interface Command {
  /** As typed after the program's name: `run`, `trace info`. */
  readonly name: string;
  /** What follows the name: `--trace FILE [options]`. */
  readonly usage: string;
  readonly about: string;
  readonly options: readonly OptionSpec[];
  /** Whole command lines that work in a fresh clone. */
  readonly examples: readonly string[];
  /** More that is worth knowing, lines of at most 80 columns. */
  readonly notes?: readonly string[];
  /** What may follow the name beside options, for the shell's completion; files if the usage says FILE or OUT. */
  readonly words?: readonly string[];
  /** Without arguments it says what to do next: these lines, of at most 80 columns. Absent: it runs. */
  readonly guide?: readonly string[];
  /** Help on what the words after the name speak of; undefined: the help of the command itself. */
  readonly helpOn?: (words: readonly string[], all: boolean) => string | undefined;
  /** @returns one of ExitStatus, or that of a task which it ran. @throws UserError */
  run(args: ParsedArgs, terminal: Terminal): Promise<number>;
}
