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
  /** Command lines to show where only the first word of a command was typed (`sim trace`), by that word. */
  readonly families?: Readonly<Record<string, readonly string[]>>;
}

/** The help of a program without a command. Commands of one family (`trace info`, `trace head`) are one row. */
export function overviewText({ name: program, intro, commands, examples, notes }: Overview): string {
  const words = [...new Set(commands.map(({ name }) => name.split(' ')[0]))];
  const rows = commandRows(
    program,
    words.map((word) => entryOf(word, commands)),
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

/** What to do next after the first word of a family: its commands, and examples. */
export function familyText(word: string, { name: program, commands, families }: Overview): string {
  const examples = families?.[word] ?? [];
  return [
    `usage  ${program} ${word} COMMAND [options]`,
    '',
    ...commandRows(program, membersOf(word, commands)),
    ...(examples.length > 0 ? ['', 'try', ...examples.map((example) => `  ${example}`)] : []),
    '',
    `${program} ${word} COMMAND --help says more.`,
    '',
  ].join('\n');
}

function membersOf(word: string, commands: readonly CommandEntry[]): CommandEntry[] {
  return commands.filter(({ name }) => name.split(' ')[0] === word);
}

function entryOf(word: string, commands: readonly CommandEntry[]): CommandEntry {
  const members = membersOf(word, commands);
  if (members.length === 1) return members[0];
  const seconds = members.map(({ name }) => name.split(' ').slice(1).join(' '));
  return { name: word, usage: 'COMMAND', about: seconds.join(', ') };
}

function commandRows(program: string, entries: readonly CommandEntry[]): string[] {
  const width = Math.max(...entries.map(({ name, usage }) => `${name} ${usage}`.length));
  return entries.map(
    ({ name, usage, about }) => `  ${program} ${`${name} ${usage}`.padEnd(width)}   ${about}`,
  );
}

/**
 * The help of one command of a program.
 *
 * @param all rare options, too, which are only named otherwise
 */
export function commandText(command: Command, program: string, all = false): string {
  const { name, usage, about, examples, notes = [] } = command;
  const options = command.options.filter(({ isHidden }) => isHidden !== true);
  const shown = options.filter(({ isRare }) => all || isRare !== true);
  const groups = [...new Set(shown.map(({ group }) => group))];
  const rare = all ? [] : options.filter(({ isRare }) => isRare === true);
  return [
    `usage  ${program} ${name} ${usage}`,
    `       ${about}`,
    ...groups.flatMap((group) => [
      group,
      ...shown.filter((option) => option.group === group).map(optionText),
    ]),
    ...(rare.length > 0 ? rareText(rare, `${program} ${name} --help --all`) : []),
    'examples',
    ...examples.map((example) => `  ${example}`),
    ...notes,
    '',
  ].join('\n');
}

/** What a command without arguments says: what to do next. */
export function guideText({ name, usage, about, guide = [] }: Command, program: string): string {
  return [
    `usage  ${program} ${name} ${usage}`,
    `       ${about}`,
    '',
    ...guide,
    '',
    `${program} ${name} --help lists the options.`,
    '',
  ].join('\n');
}

/** The names of options that are told elsewhere, in lines of at most 80 columns. */
function rareText(rare: readonly OptionSpec[], where: string): string[] {
  const lines = [`more: ${where}`];
  for (const { name } of rare) {
    const last = lines[lines.length - 1];
    if (lines.length > 1 && last.length + name.length + 3 <= 80) lines[lines.length - 1] += ` --${name}`;
    else lines.push(`  --${name}`);
  }
  return lines;
}

/** Name, then what it does from column 30 on, in lines of at most 80 columns. */
function optionText({ name, value, about, default: fallback }: OptionSpec): string {
  const head = `  --${name}${value === undefined ? '' : ` ${value}`}`;
  // A long one has a line of its own.
  const lines = head.length > 29 ? [head, ''.padEnd(29)] : [head.padEnd(29)];
  const words = `${about}${fallback === undefined ? '' : ` [${fallback}]`}`.split(' ');
  for (const word of words) {
    const last = lines.length - 1;
    if (lines[last].length + 1 + word.length <= 80) lines[last] += ` ${word}`;
    else lines.push(`${''.padEnd(29)} ${word}`);
  }
  return lines.join('\n');
}
