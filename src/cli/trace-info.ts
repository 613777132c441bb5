import { formatTraceInfo } from '../report/trace-info-text.js';
import { traceInfo as infoOf } from '../workloads/trace-info.js';
import { readTrace } from '../workloads/read-trace.js';
import type { Command } from './command.js';
import { readTraceOptions } from './run-options.js';
import { oneFile, readingOptions } from './trace-options.js';
import { ExitStatus } from './user-error.js';

/** `sim trace info`: what a trace holds. */
export const traceInfo: Command = {
  name: 'trace info',
  usage: 'FILE [options]',
  about: 'what a trace holds: tasks, tenants, durations, demand',
  options: [
    ...readingOptions(),
    { group: 'output', name: 'json', about: 'the figures as one JSON document' },
  ],
  examples: ['sim trace info traces/paypal-ci.csv', 'sim trace info log.swf.gz --tenant group --json'],
  run: async (args, terminal) => {
    const info = infoOf(await readTrace(oneFile(args, 'trace info'), readTraceOptions(args)));
    terminal.out(args.has('json') ? `${JSON.stringify(info, null, 2)}\n` : formatTraceInfo(info));
    return ExitStatus.done;
  },
};
