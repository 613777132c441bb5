import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { closest } from '../cluster/closest.js';
import { writeRefutation } from '../verify/case-files.js';
import { experiments } from '../experiments/experiments.js';
import { ExperimentInterrupted, type Experiment, type ExperimentResult } from '../experiments/experiment.js';
import { loadSubject } from '../verify/subject.js';
import { countOption } from './choices.js';
import type { Command } from './command.js';
import type { ParsedArgs } from './parse-args.js';
import type { Terminal } from './terminal.js';
import { ExitStatus, UserError } from './user-error.js';
import { VerifyMonitor } from './verify-monitor.js';
import { makeFolder } from '../report/out/make-folder.js';
import { writeFault } from '../report/out/out-error.js';

/** `sim experiment`: brings what was published about again. */
export const experiment: Command = {
  name: 'experiment',
  words: experiments.map(({ name }) => name),
  usage: '[NAME | --all] [options]',
  about: 'holds a published claim against the simulator; without a name, lists them',
  options: [
    { group: 'options', name: 'all', about: 'every experiment, one after the other' },
    { group: 'options', name: 'quick', about: 'small versions, in seconds' },
    { group: 'options', name: 'runs', value: 'N', about: 'cases a property', default: "experiment's" },
    { group: 'options', name: 'seed', value: 'TEXT', about: 'of every random draw', default: '1' },
    {
      group: 'options',
      name: 'workers',
      value: 'N',
      about: 'threads of a search; the table is the same for any number',
      default: 'cores',
    },
    { group: 'output', name: 'out', value: 'DIR', about: 'tables and counter-examples', default: 'out/NAME' },
    {
      group: 'output',
      name: 'into',
      value: 'FILE',
      about: 'put the result between its marks in a Markdown file',
    },
    { group: 'output', name: 'json', about: 'one JSON document with all figures' },
    { group: 'output', name: 'quiet', about: 'no progress' },
  ],
  examples: [
    'sim experiment drf-worked-example',
    'sim experiment drf-table --runs 1000',
    'sim experiment --all --quick',
  ],
  notes: [
    'Exit status 1: a figure is not consistent with one that was published. A verdict',
    'on a claim without figures (price-of-coarse-offers) is a result like any other.',
    'The marks are <!-- begin NAME --> and <!-- end NAME -->, each on a line.',
    'experiments/README.md says what each of them does, and what came of it.',
  ],
  run: experimentCommand,
};

async function experimentCommand(args: ParsedArgs, terminal: Terminal): Promise<ExitStatus> {
  const chosen = chosenExperiments(args);
  if (chosen.length === 0) {
    const width = Math.max(...experiments.map((each) => each.name.length));
    const lines = experiments.map(
      ({ name, about, takes }) => `${name.padEnd(width)}   ${about} (${takes})\n`,
    );
    terminal.out(lines.join(''));
    return ExitStatus.done;
  }
  const isJson = args.has('json');
  const documents: object[] = [];
  let hasDifferences = false;
  for (const each of chosen) {
    const result = await runExperiment(each, args, terminal);
    if (result === undefined) return ExitStatus.interrupted;
    const { markdown, json, differences } = result;
    await writeResult(each, result, args, chosen.length > 1);
    documents.push({ ...json, differences });
    if (!isJson) terminal.out(chosen.length > 1 ? `# ${each.name}\n\n${markdown}\n\n` : `${markdown}\n`);
    for (const difference of differences) terminal.err(`sim: ${difference}\n`);
    hasDifferences ||= differences.length > 0;
    if (isPartial(result)) return ExitStatus.interrupted;
  }
  if (isJson) terminal.out(`${JSON.stringify(chosen.length > 1 ? documents : documents[0], null, 2)}\n`);
  return hasDifferences ? ExitStatus.negative : ExitStatus.done;
}

/** None: the list is asked for. */
function chosenExperiments(args: ParsedArgs): readonly Experiment[] {
  const [name, ...more] = args.positionals;
  if (args.has('all')) {
    if (name !== undefined) throw new UserError(`sim experiment takes a name or --all, not both.`);
    if (args.has('into')) throw new UserError('--into is for one experiment; leave --all out.');
    return experiments;
  }
  if (name === undefined) return [];
  if (more.length > 0) throw new UserError(`sim experiment takes one name, and ${more[0]} is given as well.`);
  const chosen = experiments.find((each) => each.name === name);
  if (chosen !== undefined) return [chosen];
  const names = experiments.map((each) => each.name);
  const near = closest(name, names);
  const hint = near === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${near}?`;
  throw new UserError(`no experiment "${name}". ${hint}`);
}

/** @returns undefined when it was interrupted before there was a result */
async function runExperiment(
  chosen: Experiment,
  args: ParsedArgs,
  terminal: Terminal,
): Promise<ExperimentResult | undefined> {
  const quick = args.has('quick');
  const runs = chosen.runs ?? 1;
  if (chosen.runs === undefined && args.has('runs') && !args.has('all')) {
    throw new UserError(`${chosen.name} searches for no cases; leave --runs out.`);
  }
  const monitor = new VerifyMonitor(terminal, !args.has('quiet') && !args.has('json'));
  try {
    return await chosen.run({
      runs: countOption(args, 'runs', quick ? Math.ceil(runs / 10) : runs, 1, 10_000_000),
      seed: args.value('seed') ?? '1',
      workers: countOption(args, 'workers', Math.min(8, availableParallelism()), 1, 256),
      quick,
      signal: monitor.signal,
      onProgress: (done, total) => monitor.update(done, total),
    });
  } catch (error) {
    if (error instanceof ExperimentInterrupted) return undefined;
    throw error;
  } finally {
    monitor.stop();
  }
}

function isPartial({ reports = [] }: ExperimentResult): boolean {
  return reports.some(({ partial }) => partial);
}

/** @param isOneOfSeveral each has a folder of its own within the one asked for */
async function writeResult(
  { name }: Experiment,
  { markdown, json, reports = [] }: ExperimentResult,
  args: ParsedArgs,
  isOneOfSeveral: boolean,
): Promise<void> {
  const asked = args.value('out');
  const folder = asked === undefined || isOneOfSeveral ? join(asked ?? 'out', name) : asked;
  const into = args.value('into');
  try {
    await makeFolder(folder);
    await writeFile(join(folder, 'table.md'), `${markdown}\n`);
    await writeFile(join(folder, 'table.json'), `${JSON.stringify(json, null, 2)}\n`);
    for (const report of reports) {
      const subject = await loadSubject(report.allocator);
      for (const row of report.rows) {
        if (row.verdict === 'refuted') await writeRefutation(join(folder, report.allocator), row, subject);
      }
    }
    if (into !== undefined) await putBetweenMarks(into, name, markdown);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new UserError(`cannot write ${folder}: ${writeFault(error)}.`, ExitStatus.output);
  }
}

async function putBetweenMarks(path: string, name: string, markdown: string): Promise<void> {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`];
  const text = await readFile(path, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new UserError(`${path} has no lines ${begin} and ${end}.`);
  await writeFile(path, `${text.slice(0, from + begin.length)}\n\n${markdown}\n\n${text.slice(to)}`);
}
