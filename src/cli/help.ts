import type { Command } from './command.js';
import type { OptionSpec } from './option-spec.js';

/** What help says of a command before its module is loaded. */
export interface CommandEntry {
  readonly name: string;
  readonly usage: string;
  readonly about: string;
}

/** What a program says of itself, in lines of at most 80 columns. */
export interface Overview {
  readonly name: string;
  readonly intro: readonly string[];
  readonly commands: readonly CommandEntry[];
  readonly examples: readonly string[];
  readonly notes: readonly string[];
}

/** The help of a program without a command. */
export function overviewText({ name: program, intro, commands, examples, notes }: Overview): string {
  const width = Math.max(...commands.map(({ name, usage }) => `${name} ${usage}`.length));
  const rows = commands.map(
    ({ name, usage, about }) => `  ${program} ${`${name} ${usage}`.padEnd(width)}   ${about}`,
  );
  return [
    ...intro,
    '',
    ...rows,
    '',
    'try',
    ...examples.map((example) => `  ${example}`),
    '',
    ...notes,
    '',
  ].join('\n');
}

/** The help of one command of a program. */
export function commandText(command: Command, program: string): string {
  const { name, usage, about, options, examples, notes = [] } = command;
  const groups = [...new Set(options.map(({ group }) => group))];
  return [
    `usage  ${program} ${name} ${usage}`,
    `       ${about}`,
    ...groups.flatMap((group) => [
      group,
      ...options.filter((option) => option.group === group).map(optionText),
    ]),
    'examples',
    ...examples.map((example) => `  ${example}`),
    ...notes,
    '',
  ].join('\n');
}

/** Name, then what it does from column 30 on, in lines of at most 80 columns. */
function optionText({ name, value, about, default: fallback }: OptionSpec): string {
  const lines = [`  --${name}${value === undefined ? '' : ` ${value}`}`.padEnd(29)];
  const words = `${about}${fallback === undefined ? '' : ` [${fallback}]`}`.split(' ');
  for (const word of words) {
    const last = lines.length - 1;
    if (lines[last].length + 1 + word.length <= 80) lines[last] += ` ${word}`;
    else lines.push(`${''.padEnd(29)} ${word}`);
  }
  return lines.join('\n');
}
