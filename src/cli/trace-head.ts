import { tableText } from '../report/trace-table.js';
import { nativeRows } from '../workloads/native-rows.js';
import { readTrace } from '../workloads/read-trace.js';
import type { Command } from './command.js';
import { readTraceOptions } from './run-options.js';
import { countOption, oneFile, readingOptions } from './trace-options.js';
import { ExitStatus } from './user-error.js';

const standardRows = 10;

/** `sim trace head`: the first rows of a trace, in native columns whatever its format. */
export const traceHead: Command = {
  name: 'trace head',
  usage: 'FILE [-n N] [options]',
  about: 'the first rows of a trace as native columns',
  options: [
    ...readingOptions('split-cpus'),
    {
      group: 'output',
      name: 'rows',
      value: 'N',
      about: 'how many rows; -n N says the same',
      default: String(standardRows),
      aliases: ['n'],
    },
  ],
  examples: ['sim trace head traces/ebay-ci.csv', 'sim trace head log.swf.gz -n 50 --tenant group'],
  notes: ['Only as much of the file is read as is shown. Tasks that are alike are one row.'],
  run: async (args, terminal) => {
    const most = countOption(args, 'rows') ?? standardRows;
    // One row more, because a row may be followed by its like.
    const trace = await readTrace(oneFile(args, 'trace head'), {
      ...readTraceOptions(args),
      mostRows: most + 1,
    });
    const { columns, rows } = nativeRows(trace);
    const shown: (readonly string[])[] = [];
    for (const row of rows) {
      shown.push(row);
      if (shown.length === most) break;
    }
    terminal.out(tableText(columns, shown));
    return ExitStatus.done;
  },
};
