import {
  describeGenerator,
  generate,
  generators,
  tabulateGenerator,
  writeTraceCsv,
  type GenerateOptions,
} from '../workloads/generators/index.js';
import { closest } from '../cluster/closest.js';
import { positiveOption } from './choices.js';
import type { Command } from './command.js';
import type { ParsedArgs } from './parse-args.js';
import { ExitStatus, UserError } from './user-error.js';
import { writeOutput } from './write-output.js';

const names = Object.keys(generators);

/** `sim trace generate`: synthetic traces of continuous integration. */
export const traceGenerate: Command = {
  name: 'trace generate',
  words: names,
  usage: 'NAME [-o FILE] [options]',
  about: 'a synthetic trace from published figures, the same for the same seed',
  options: [
    { group: 'options', name: 'seed', value: 'TEXT', about: 'of every random draw', default: '1' },
    { group: 'options', name: 'days', value: 'N', about: 'length in days, fractions allowed', default: '1' },
    {
      group: 'options',
      name: 'scale',
      value: 'X',
      about: 'factor on masters, teams, builds and agents alike',
      default: '1',
    },
    {
      group: 'options',
      name: 'set',
      value: 'NAME=VALUE',
      about: 'a parameter; repeat for more. A list is written with commas',
      repeatable: true,
    },
    {
      group: 'options',
      name: 'output',
      value: 'FILE',
      about: 'in place of standard output; -o says the same; packed if the name ends in .gz',
      aliases: ['o', 'out'],
    },
  ],
  examples: [
    'sim trace generate paypal-ci --days 7 --scale 0.1 -o week.csv.gz',
    'sim trace generate ebay-ci --seed 7 --set failureShare=0.3 > other.csv',
    'sim trace generate paypal-ci --help',
  ],
  notes: [
    'generators',
    ...names.map((name) => `  ${name.padEnd(12)} ${generators[name].summary}`),
    'sim trace generate NAME --help lists its parameters: default, unit, and whether',
    'it is published, derived or assumed.',
  ],
  helpOn: (words, all) => {
    const name = words.find((word) => !word.startsWith('-'));
    return name === undefined || !names.includes(name) ? undefined : generatorHelp(name, all);
  },
  run: async (args, terminal) => {
    const name = nameOf(args);
    const trace = generate(name, generateOptions(args));
    await writeOutput(args.value('output'), terminal, (stream) => writeTraceCsv(trace, stream));
    return ExitStatus.done;
  },
};

/** @param all with the meaning of every parameter, and where its default is from */
function generatorHelp(name: string, all: boolean): string {
  return [
    `usage  sim trace generate ${name} [-o FILE] [--seed TEXT] [--days N]`,
    '                          [--scale X] [--set NAME=VALUE]…',
    ...(all ? [''] : []),
    (all ? describeGenerator(name) : tabulateGenerator(name)).trimEnd(),
    ...(all ? [''] : [`what they mean, with sources: sim trace generate ${name} --help --all`]),
    `example  sim trace generate ${name} --set failureShare=0.3 > x.csv`,
    '',
  ].join('\n');
}

function nameOf({ positionals }: ParsedArgs): string {
  if (positionals.length === 0) {
    throw new UserError(
      `sim trace generate needs the name of a generator: ${names.join(', ')}.\n` +
        `sim trace generate ${names[0]} > ${names[0]}.csv`,
    );
  }
  if (positionals.length > 1) {
    throw new UserError(`sim trace generate takes one generator, and these are ${positionals.join(', ')}.`);
  }
  return checkGenerator(positionals[0]);
}

function checkGenerator(name: string): string {
  if (names.includes(name)) return name;
  const near = closest(name, names);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  throw new UserError(`no generator "${name}".${hint} There are ${names.join(', ')}.`);
}

/** A generator and what --days, --scale and --set tell it, checked; for commands that draw workloads of their own. */
export function generatorSettings(
  name: string,
  args: ParsedArgs,
): { name: string; days: number; scale: number; parameters: Record<string, string> } {
  const { seed, ...settings } = generateOptions(args);
  // Nothing is drawn yet: values out of range are told.
  generate(checkGenerator(name), { seed, ...settings });
  return { name, ...settings };
}

function generateOptions(
  args: ParsedArgs,
): Required<GenerateOptions> & { parameters: Record<string, string> } {
  const parameters: Record<string, string> = {};
  for (const text of args.values('set')) {
    const [, name, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || name === '') {
      throw new UserError(`--set is "${text}"; it is name=value, such as failureShare=0.3.`);
    }
    if (Object.hasOwn(parameters, name)) throw new UserError(`--set names ${name} twice; give it once.`);
    parameters[name] = value;
  }
  return {
    seed: args.value('seed') ?? '1',
    days: positiveOption(args, 'days') ?? 1,
    scale: positiveOption(args, 'scale') ?? 1,
    parameters,
  };
}
