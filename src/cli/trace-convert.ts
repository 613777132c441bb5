import { escapeControls } from '../workloads/escape-controls.js';
import { nativeComments, nativeRows } from '../workloads/native-rows.js';
import { readTrace } from '../workloads/read-trace.js';
import { writeCsv } from '../workloads/write-csv.js';
import { durationOption } from './choices.js';
import type { Command } from './command.js';
import { readTraceOptions } from './run-options.js';
import { countOption, oneFile, readingOptions } from './trace-options.js';
import { ExitStatus } from './user-error.js';
import { writeOutput } from './write-output.js';

/** `sim trace convert`: any trace as native CSV. */
export const traceConvert: Command = {
  name: 'trace convert',
  usage: 'FILE [-o FILE] [options]',
  about: 'any trace as native CSV, on standard output or in a file',
  options: [
    ...readingOptions(),
    { group: 'output', name: 'until', value: 'TIME', about: 'only tasks submitted before: 90, 15m, 10h, 7d' },
    { group: 'output', name: 'head', value: 'N', about: 'only the first N rows' },
    {
      group: 'output',
      name: 'output',
      value: 'FILE',
      about: 'in place of standard output; -o says the same; packed if the name ends in .gz',
      aliases: ['o'],
    },
  ],
  examples: [
    'sim trace convert traces/ebay-ci.csv --until 1d -o monday.csv.gz',
    'sim trace convert log.swf.gz --tenant group --head 1000 > log.csv',
    'sim trace convert traces/paypal-ci.csv --scale-load 2 -o double.csv',
  ],
  notes: [
    'Read again, the result gives the same tasks under the same numbers. A file is',
    'written under a temporary name and renamed when whole.',
  ],
  run: async (args, terminal) => {
    const untilUs = durationOption(args, 'until') ?? Infinity;
    const head = countOption(args, 'head') ?? Infinity;
    const path = oneFile(args, 'trace convert');
    const trace = await readTrace(path, readTraceOptions(args));
    const { columns, rows } = nativeRows(trace);
    await writeOutput(args.value('output'), terminal, (stream) =>
      writeCsv({ comments: nativeComments(trace), columns, rows: chosen(rows, untilUs, head) }, stream),
    );
    if (trace.labels.length > 0) {
      const names = trace.labels.slice(0, 20).map((label) => escapeControls(label));
      terminal.err(`sim: note: columns without a meaning here are left out: ${names.join(', ')}.\n`);
    }
    return ExitStatus.done;
  },
};

function* chosen(
  rows: Iterable<readonly string[]>,
  untilUs: number,
  most: number,
): Generator<readonly string[]> {
  let count = 0;
  for (const row of rows) {
    if (count === most) return;
    if (Math.round(Number(row[0]) * 1e6) >= untilUs) continue;
    count++;
    yield row;
  }
}
