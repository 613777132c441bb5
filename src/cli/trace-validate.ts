import { validationText, type Validation } from '../report/validation-text.js';
import { readTrace } from '../workloads/read-trace.js';
import type { Command } from './command.js';
import { readTraceOptions } from './run-options.js';
import { countOption, oneFile, readingOptions } from './trace-options.js';
import { ExitStatus } from './user-error.js';

const standardProblems = 20;

/** `sim trace validate`: every row of a trace that cannot be used, with its line. */
export const traceValidate: Command = {
  name: 'trace validate',
  usage: 'FILE [options]',
  about: 'the rows of a trace that cannot be used, line by line',
  options: [
    ...readingOptions('skip-bad-rows', 'scale-load', 'rebase', 'split-cpus'),
    {
      group: 'output',
      name: 'problems',
      value: 'N',
      about: 'how many are shown; all are counted',
      default: String(standardProblems),
    },
    { group: 'output', name: 'json', about: 'the verdict as one JSON document' },
  ],
  examples: ['sim trace validate traces/paypal-ci.csv', 'sim trace validate x.csv --problems 1000 --json'],
  notes: [
    'Exit status: 0 every row can be used (rows that the format itself leaves out are',
    'counted), 1 some cannot, 2 the file cannot be read as a trace at all.',
  ],
  run: async (args, terminal) => {
    const path = oneFile(args, 'trace validate');
    const most = countOption(args, 'problems') ?? standardProblems;
    const shown: { line: number; message: string }[] = [];
    const invalid: Record<string, number> = {};
    let count = 0;
    const trace = await readTrace(path, {
      ...readTraceOptions(args),
      skipBadRows: true,
      allowEmpty: true,
      onBadRow: (line, message, reason) => {
        count++;
        invalid[reason] = (invalid[reason] ?? 0) + 1;
        if (shown.length < most) shown.push({ line, message });
      },
    });
    const leftOut = Object.entries(trace.dropped).filter(([reason]) => !Object.hasOwn(invalid, reason));
    const verdict: Validation = {
      path,
      format: trace.format,
      valid: count === 0 && trace.taskCount > 0,
      rows: trace.rowCount,
      tasks: trace.taskCount,
      invalidRows: count,
      invalid,
      leftOut: Object.fromEntries(leftOut),
      problems: shown,
      notices: trace.notices,
    };
    terminal.out(args.has('json') ? `${JSON.stringify(verdict, null, 2)}\n` : validationText(verdict));
    return verdict.valid ? ExitStatus.done : ExitStatus.negative;
  },
};
