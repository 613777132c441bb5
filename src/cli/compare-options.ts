import { allocatorNames } from '../allocators/registry.js';
import { generators } from '../workloads/generators/index.js';
import type { OptionSpec } from './option-spec.js';
import { runOptions } from './options.js';

/** Of the options of `sim run`, those that a comparison sets itself or that speak of a single run. */
const own = new Set(['allocator', 'seed', 'out', 'json', 'quiet', 'journal', 'explain', 'trace', 'dry-run']);

const shared = runOptions.filter(({ name }) => !own.has(name));

/** Names of the options that go to every run as they are. */
export const sharedRunOptions: ReadonlySet<string> = new Set(shared.map(({ name }) => name));

export const compareOptions: readonly OptionSpec[] = [
  {
    group: 'comparison',
    name: 'allocators',
    value: 'A,B,…',
    words: allocatorNames(),
    isList: true,
    takesFile: true,
    about: 'names or paths; the first is what the others are compared with',
  },
  { group: 'comparison', name: 'seeds', value: 'N', about: 'replications', default: '10' },
  {
    group: 'comparison',
    name: 'seed',
    value: 'TEXT',
    about: 'replication r draws from TEXT/r',
    default: '1',
  },
  {
    group: 'comparison',
    name: 'workers',
    value: 'N',
    about: 'runs at once; the results do not depend on it',
    default: 'cores',
  },

  { group: 'workload', name: 'trace', value: 'FILE', about: 'the same for all replications' },
  {
    group: 'workload',
    name: 'generate',
    value: 'NAME',
    words: Object.keys(generators),
    about: 'or drawn anew for each: paypal-ci, ebay-ci, …',
  },
  { group: 'workload', name: 'days', value: 'N', about: 'length of a drawn one', default: '1' },
  { group: 'workload', name: 'scale', value: 'X', about: 'size of a drawn one', default: '1' },
  {
    group: 'workload',
    name: 'set',
    value: 'NAME=VALUE',
    about: 'a parameter of the generator',
    repeatable: true,
  },

  ...shared.map((option) => ({ ...option, isHidden: true as const })),

  { group: 'output', name: 'out', value: 'DIR', about: 'a new folder for tables and report.html' },
  { group: 'output', name: 'json', about: 'everything as one JSON document' },
  { group: 'output', name: 'quiet', about: 'no progress' },
];
