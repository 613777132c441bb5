import type { Command } from './command.js';
import type { OptionSpec } from './option-spec.js';

/** What help says of a command before its module is loaded. */
export interface CommandEntry {
  readonly name: string;
  readonly usage: string;
  readonly about: string;
}

/** The help of `sim` itself. */
export function overviewText(commands: readonly CommandEntry[]): string {
  const width = Math.max(...commands.map(({ name, usage }) => `${name} ${usage}`.length));
  const rows = commands.map(
    ({ name, usage, about }) => `  sim ${`${name} ${usage}`.padEnd(width)}   ${about}`,
  );
  return [
    'sim simulates a Mesos-style cluster: agents bring resources, the master makes',
    'offers, frameworks buy. Give it a trace of tasks and an allocator, and it tells',
    'who waited how long and whether that was fair.',
    '',
    ...rows,
    '',
    'try',
    '  sim run --trace traces/paypal-ci.csv --allocator drf',
    '  sim run --trace traces/paypal-ci.csv --allocator fifo --json > fifo.json',
    '  sim trace info traces/ebay-ci.csv',
    '',
    'sim COMMAND --help says more. Exit status: 0 done, 1 a verdict is negative (run',
    'stalled, scenario failed), 2 wrong usage or input, 3 cannot write, 130 Ctrl-C.',
    '',
  ].join('\n');
}

/** The help of one command. */
export function commandText({ name, usage, about, options, examples, notes = [] }: Command): string {
  const groups = [...new Set(options.map(({ group }) => group))];
  return [
    `usage  sim ${name} ${usage}`,
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
