import { runProgram, type LazyCommand } from './program.js';
import type { Terminal } from './terminal.js';

export const commands: readonly LazyCommand[] = [
  {
    name: 'run',
    usage: '--trace FILE',
    about: 'one run of a trace, summed up on a screen',
    load: async () => (await import('./run.js')).run,
  },
  {
    name: 'compare',
    usage: '--trace FILE',
    about: 'who is better, and what is noise',
    load: async () => (await import('./compare.js')).compare,
  },
  {
    name: 'diff',
    usage: 'OUT1 OUT2',
    about: 'what changed between two runs',
    load: async () => (await import('./diff.js')).diff,
  },
  {
    name: 'trace info',
    usage: 'FILE',
    about: 'what a trace holds',
    load: async () => (await import('./trace-info.js')).traceInfo,
  },
  {
    name: 'trace head',
    usage: 'FILE [-n N]',
    about: 'its first rows, as native columns',
    load: async () => (await import('./trace-head.js')).traceHead,
  },
  {
    name: 'trace convert',
    usage: 'FILE [-o FILE]',
    about: 'any trace as native CSV',
    load: async () => (await import('./trace-convert.js')).traceConvert,
  },
  {
    name: 'trace validate',
    usage: 'FILE',
    about: 'the rows that cannot be used',
    load: async () => (await import('./trace-validate.js')).traceValidate,
  },
  {
    name: 'trace generate',
    usage: 'NAME [-o FILE]',
    about: 'a synthetic trace of builds',
    load: async () => (await import('./trace-generate.js')).traceGenerate,
  },
  {
    name: 'scenario',
    usage: 'FILE…',
    about: 'drive one allocator, check its offers',
    load: async () => (await import('./scenario.js')).scenario,
  },
  {
    name: 'verify',
    usage: '--allocator NAME',
    about: 'fairness and safety, with counter-examples',
    load: async () => (await import('./verify.js')).verify,
  },
  {
    name: 'explain',
    usage: '--at T',
    about: 'who gets no offer at a time, and why',
    load: async () => (await import('./explain.js')).explain,
  },
  {
    name: 'experiment',
    usage: '[NAME]',
    about: 'published claims against the simulator',
    load: async () => (await import('./experiment.js')).experiment,
  },
  {
    name: 'journal check',
    usage: 'FILE',
    about: 're-run a journal, compare what comes out',
    load: async () => (await import('./journal-check.js')).journalCheck,
  },
  {
    name: 'new-allocator',
    usage: 'NAME',
    about: 'a policy of your own and its test, to begin with',
    load: async () => (await import('./new-allocator.js')).newAllocator,
  },
  {
    name: 'completion',
    usage: 'SHELL',
    about: 'a script that completes sim in bash, zsh or fish',
    load: async () => (await import('./completion.js')).completion,
  },
];

/**
 * Runs `sim` with the arguments that follow its name.
 *
 * @returns the exit status; errors have been told on the terminal
 */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  return await runProgram({ name: 'sim', commands, ...overview }, args, terminal);
}

const families = {
  trace: [
    'sim trace info traces/paypal-ci.csv',
    'sim trace head traces/ebay-ci.csv -n 5',
    'sim trace generate ebay-ci-late --scale 0.1 -o late.csv.gz',
  ],
};

const overview = {
  families,
  intro: [
    'sim simulates a Mesos-style cluster: agents bring resources, the master makes',
    'offers, frameworks buy. Give it a trace of tasks and an allocator, and it tells',
    'who waited how long and whether that was fair.',
  ],
  examples: [
    'sim run --trace traces/paypal-ci.csv --allocator drf',
    'sim run --trace traces/paypal-ci.csv --allocator fifo --json > fifo.json',
    'sim trace info traces/ebay-ci.csv',
  ],
  notes: [
    'sim COMMAND --help says more. Exit status: 0 done, 1 a verdict is negative (run',
    'stalled, scenario failed), 2 wrong usage or input, 3 cannot write, 130 Ctrl-C.',
  ],
};
