import type { Command } from './command.js';
import { ExitStatus, UserError } from './user-error.js';

/** `sim diff`: what changed between two runs that left their files. */
export const diff: Command = {
  name: 'diff',
  usage: 'OUT1 OUT2 [--json]',
  about: 'what changed between two runs: inputs, decisions, figures',
  options: [{ group: 'options', name: 'json', about: 'all that differs as one JSON document' }],
  examples: [
    'sim run --trace traces/ebay-ci.csv --out a',
    'sim run --trace traces/ebay-ci.csv --allocator fifo --out b',
    'sim diff a b',
  ],
  notes: ['Exit status 0 whether or not anything differs: a difference is no failure.'],
  run: async (args, terminal) => {
    const { positionals } = args;
    if (positionals.length !== 2) {
      const given = positionals.length === 0 ? 'none is given' : `these are ${positionals.join(', ')}`;
      throw new UserError(
        `sim diff takes two folders that sim run --out wrote, and ${given}: sim diff out1 out2`,
      );
    }
    const [{ readOut, firstDifference }, { diffOf, diffText }] = await Promise.all([
      import('../report/out/read-out.js'),
      import('../report/diff-text.js'),
    ]);
    const [one, two] = [await readOut(positionals[0]), await readOut(positionals[1])];
    const found = diffOf(one, two, await firstDifference(one, two));
    terminal.out(args.has('json') ? `${JSON.stringify(found, null, 2)}\n` : diffText(found));
    return ExitStatus.done;
  },
};
