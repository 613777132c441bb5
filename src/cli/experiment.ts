import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { closest } from '../cluster/closest.js';
import { writeRefutation } from '../verify/case-files.js';
import { experiments } from '../verify/experiments/experiments.js';
import type { Experiment, ExperimentResult } from '../verify/experiments/experiment.js';
import { loadSubject } from '../verify/subject.js';
import { countOption } from './choices.js';
import type { Command } from './command.js';
import type { ParsedArgs } from './parse-args.js';
import type { Terminal } from './terminal.js';
import { ExitStatus, UserError } from './user-error.js';
import { VerifyMonitor } from './verify-monitor.js';

/** `sim experiment`: brings a published table about again. */
export const experiment: Command = {
  name: 'experiment',
  usage: '[NAME] [options]',
  about: 'brings a published table about again; without a name, lists them',
  options: [
    { group: 'options', name: 'runs', value: 'N', about: 'cases a property', default: "experiment's" },
    { group: 'options', name: 'seed', value: 'TEXT', about: 'of every case', default: '1' },
    {
      group: 'options',
      name: 'workers',
      value: 'N',
      about: 'threads; the table is the same for any number',
      default: 'cores',
    },
    { group: 'output', name: 'out', value: 'DIR', about: 'table and counter-examples', default: 'out/NAME' },
    {
      group: 'output',
      name: 'into',
      value: 'FILE',
      about: 'put the table between its marks in a Markdown file',
    },
    { group: 'output', name: 'quiet', about: 'no progress' },
  ],
  examples: ['sim experiment drf-table', 'sim experiment drf-table --runs 1000'],
  notes: [
    'Exit status 1: the table differs from the published one.',
    'The marks are <!-- begin NAME --> and <!-- end NAME -->, each on a line.',
  ],
  run: experimentCommand,
};

async function experimentCommand(args: ParsedArgs, terminal: Terminal): Promise<ExitStatus> {
  const [name, ...more] = args.positionals;
  if (name === undefined) {
    const width = Math.max(...experiments.map((each) => each.name.length));
    terminal.out(experiments.map((each) => `${each.name.padEnd(width)}   ${each.about}\n`).join(''));
    return ExitStatus.done;
  }
  if (more.length > 0) throw new UserError(`sim experiment takes one name, and ${more[0]} is given as well.`);
  const chosen = experiments.find((each) => each.name === name);
  if (chosen === undefined) {
    const names = experiments.map((each) => each.name);
    const near = closest(name, names);
    const hint = near === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${near}?`;
    throw new UserError(`no experiment "${name}". ${hint}`);
  }
  const monitor = new VerifyMonitor(terminal, !args.has('quiet'));
  let result: ExperimentResult;
  try {
    result = await chosen.run({
      runs: countOption(args, 'runs', chosen.runs, 1, 10_000_000),
      seed: args.value('seed') ?? '1',
      workers: countOption(args, 'workers', Math.min(8, availableParallelism()), 1, 256),
      signal: monitor.signal,
      onProgress: (done, total) => monitor.update(done, total),
    });
  } finally {
    monitor.stop();
  }
  await writeResult(chosen, result, args);
  terminal.out(`${result.markdown}\n`);
  for (const difference of result.differences) terminal.err(`sim: ${difference}\n`);
  if (result.reports.some(({ partial }) => partial)) return ExitStatus.interrupted;
  return result.differences.length === 0 ? ExitStatus.done : ExitStatus.negative;
}

async function writeResult({ name }: Experiment, result: ExperimentResult, args: ParsedArgs): Promise<void> {
  const folder = args.value('out') ?? join('out', name);
  const into = args.value('into');
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'table.md'), `${result.markdown}\n`);
    await writeFile(join(folder, 'table.json'), `${JSON.stringify(result.json, null, 2)}\n`);
    for (const report of result.reports) {
      const subject = await loadSubject(report.allocator);
      for (const row of report.rows) {
        if (row.verdict === 'refuted') await writeRefutation(join(folder, report.allocator), row, subject);
      }
    }
    if (into !== undefined) await putBetweenMarks(into, name, result.markdown);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new UserError(`cannot write ${folder}: ${error.message}.`, ExitStatus.output);
  }
}

async function putBetweenMarks(path: string, name: string, markdown: string): Promise<void> {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const text = await readFile(path, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new UserError(`${path} has no lines ${begin} and ${end}.`);
  await writeFile(path, `${text.slice(0, from + begin.length)}\n\n${markdown}\n\n${text.slice(to)}`);
}
