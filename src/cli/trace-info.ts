import { formatTraceInfo } from '../report/trace-info-text.js';
import { traceInfo as infoOf } from '../workloads/trace-info.js';
import { readTrace } from '../workloads/read-trace.js';
import type { Command } from './command.js';
import { runOptions } from './options.js';
import { readTraceOptions } from './run-options.js';
import { ExitStatus, UserError } from './user-error.js';

/** `sim trace info`: what a trace holds. */
export const traceInfo: Command = {
  name: 'trace info',
  usage: 'FILE [options]',
  about: 'what a trace holds: tasks, tenants, durations, demand',
  options: [
    ...runOptions.filter(({ group, name }) => group === 'trace' && name !== 'trace'),
    { group: 'output', name: 'json', about: 'the figures as one JSON document' },
  ],
  examples: ['sim trace info traces/paypal-ci.csv', 'sim trace info log.swf.gz --tenant group --json'],
  run: async (args, terminal) => {
    const { positionals } = args;
    if (positionals.length !== 1) {
      const given = positionals.length === 0 ? 'none is given' : `these are ${positionals.join(', ')}`;
      throw new UserError(`sim trace info takes one file, and ${given}: sim trace info traces/paypal-ci.csv`);
    }
    const info = infoOf(await readTrace(positionals[0], readTraceOptions(args)));
    terminal.out(args.has('json') ? `${JSON.stringify(info, null, 2)}\n` : formatTraceInfo(info));
    return ExitStatus.done;
  },
};
