import type { SorterName } from '../cluster/allocator.js';
import { nameProblem } from '../cluster/resources/validate.js';
import { choiceOption } from './choices.js';
import type { OptionSpec } from './option-spec.js';
import type { ParsedArgs } from './parse-args.js';
import { UserError } from './user-error.js';

const SORTERS = ['drf', 'random'] as const;

/** Mesos's flags about who is served first; `--user_sorter` is its name for the sorter of roles. */
export const sorterOptions: readonly OptionSpec[] = [
  {
    group: 'allocation',
    name: 'role-sorter',
    value: 'SORTER',
    words: SORTERS,
    about: 'of roles: drf, or random by weight',
    default: 'drf',
    aliases: ['user-sorter'],
    isRare: true,
  },
  {
    group: 'allocation',
    name: 'framework-sorter',
    value: 'SORTER',
    words: SORTERS,
    about: 'of frameworks in a role: drf or random',
    default: 'drf',
    isRare: true,
  },
  {
    group: 'allocation',
    name: 'fair-sharing-excluded-resource-names',
    value: 'NAME,…',
    about: 'resources that count in no share, such as gpus',
    default: 'none',
    isList: true,
    isRare: true,
  },
];

export interface Sorters {
  readonly roleSorter: SorterName;
  readonly frameworkSorter: SorterName;
  readonly fairnessExclude: readonly string[];
}

/** @throws UserError */
export function readSorters(args: ParsedArgs): Sorters {
  const option = 'fair-sharing-excluded-resource-names';
  const names = (args.value(option) ?? '').split(',').map((name) => name.trim());
  const fairnessExclude = names.filter((name) => name !== '');
  for (const name of fairnessExclude) {
    const problem = nameProblem(name);
    if (problem !== undefined) throw new UserError(`--${option}: "${name}": ${problem}.`);
  }
  return {
    roleSorter: choiceOption(args, 'role-sorter', SORTERS) ?? 'drf',
    frameworkSorter: choiceOption(args, 'framework-sorter', SORTERS) ?? 'drf',
    fairnessExclude,
  };
}
