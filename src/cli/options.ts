import { allocatorNames } from '../allocators/registry.js';
import { traceFormats } from '../workloads/formats/detect.js';
import type { OptionSpec } from './option-spec.js';
import { sorterOptions } from './sorter-options.js';

/**
 * The options of `sim run`, with unit and default. Other commands that run simulations take theirs from here; README and
 * help print this table.
 */
export const runOptions: readonly OptionSpec[] = [
  {
    group: 'trace',
    name: 'trace',
    value: 'FILE',
    about: 'what arrives when: native CSV or SWF, plain or .gz',
  },
  {
    group: 'trace',
    name: 'format',
    words: traceFormats.map(({ name }) => name),
    value: 'NAME',
    about: traceFormats.map(({ name }) => name).join(', '),
    default: 'by content',
    isRare: true,
  },
  {
    group: 'trace',
    name: 'tenant',
    value: 'FIELD',
    about: 'what becomes the framework: user, group, queue, …',
    isRare: true,
  },
  {
    group: 'trace',
    name: 'split-cpus',
    value: 'K',
    about: 'a task of more cpus becomes a gang of K-cpu tasks',
    isRare: true,
  },
  {
    group: 'trace',
    name: 'scale-load',
    value: 'X',
    about: 'X times as many arrivals a second',
    default: '1',
  },
  {
    group: 'trace',
    name: 'framework-model',
    value: 'MODEL',
    about: 'batch, or ci: executors are kept',
    default: "trace's, batch",
    isRare: true,
  },
  { group: 'trace', name: 'rebase', about: 'native CSV: the first submit is time 0', isRare: true },
  { group: 'trace', name: 'skip-bad-rows', about: 'leave bad rows out and count them', isRare: true },

  {
    group: 'cluster',
    name: 'agents',
    value: 'N*TEXT',
    about: '"100*cpus:16;mem:65536" (MB); once per shape',
    default: "trace's",
    repeatable: true,
  },
  {
    group: 'cluster',
    name: 'cluster',
    value: 'FILE',
    about: 'agents and roles as JSON, or a Mesos /state',
  },
  {
    group: 'cluster',
    name: 'weights',
    value: 'ROLE=W,…',
    about: 'shares of roles: prod=3,test=1',
    default: '1',
  },
  {
    group: 'cluster',
    name: 'quota',
    value: 'ROLE=…',
    about: '"batch=limit:cpus:10;mem:4096" or =guarantee:…; repeat',
    repeatable: true,
  },

  {
    group: 'allocation',
    name: 'allocator',
    words: allocatorNames(),
    takesFile: true,
    value: 'NAME',
    about: `${allocatorNames().join(', ')}, or your own module: ./mine.ts`,
    default: 'drf',
  },
  {
    group: 'allocation',
    name: 'offers',
    words: ['coarse', 'demand'],
    value: 'MODE',
    about: 'coarse: whole agents; demand: one per task',
    default: 'coarse',
  },
  {
    group: 'allocation',
    name: 'never-ask',
    value: 'NAME,…',
    about: 'demand: frameworks offered what asks leave over',
    isRare: true,
  },
  {
    group: 'allocation',
    name: 'agent-order',
    words: ['random', 'first-fit', 'best-fit', 'least-loaded'],
    value: 'ORDER',
    about: 'random, first-fit, best-fit, least-loaded',
    default: 'random',
  },
  { group: 'allocation', name: 'instant', about: 'allocate at once: no batches, no latency' },
  {
    group: 'allocation',
    name: 'allocation-interval',
    value: 'TIME',
    about: 'from one batch allocation to the next',
    default: '1s',
    isRare: true,
  },
  {
    group: 'allocation',
    name: 'refuse-seconds',
    value: 'TIME',
    about: 'how long a declined offer stays away',
    default: '5s',
    isRare: true,
  },
  {
    group: 'allocation',
    name: 'min-allocatable',
    value: 'LIST',
    about: 'least offer; "": any',
    default: 'cpus:0.01|mem:32',
    aliases: ['min-allocatable-resources'],
    isRare: true,
  },
  ...sorterOptions,

  {
    group: 'simulation',
    name: 'latency',
    value: 'MODEL',
    about: '2ms, lognormal:median=2ms,sigma=1, …',
    default: 'none',
    isRare: true,
  },
  { group: 'simulation', name: 'seed', value: 'TEXT', about: 'of every random draw', default: '1' },
  {
    group: 'simulation',
    name: 'until',
    value: 'TIME',
    about: 'end then at the latest: 90, 15m, 10h, 7d, 5secs',
  },
  {
    group: 'simulation',
    name: 'check',
    about: 'test the books after each instant (slow); 1 if broken',
    isRare: true,
  },

  { group: 'output', name: 'dry-run', about: 'tell what would be run, and run nothing' },
  {
    group: 'output',
    name: 'out',
    value: 'DIR',
    about: 'a new folder for tables, summary.json, report.html',
  },
  { group: 'output', name: 'json', about: 'the whole summary as one JSON document' },
  {
    group: 'output',
    name: 'explain',
    value: 'FILE',
    about: 'JSON lines: who got nothing in a cycle, and why',
    isRare: true,
  },
  {
    group: 'output',
    name: 'journal',
    value: 'FILE',
    about: 'write down every input of the master',
    isRare: true,
  },
  { group: 'output', name: 'quiet', about: 'no progress, no notes' },
];
