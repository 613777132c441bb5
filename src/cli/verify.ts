import { availableParallelism } from 'node:os';
import { readFile } from 'node:fs/promises';
import { allocatorNames } from '../allocators/registry.js';
import { closest } from '../cluster/closest.js';
import { writeFault } from '../report/out/out-error.js';
import { allocatorIn, judgeCase, readCase, writeRefutation, type ReadCase } from '../verify/case-files.js';
import { findCheck, propertyNames } from '../verify/catalogue.js';
import { economyNames, figure, type EconomyName, type Finding, type Subject } from '../verify/check.js';
import { reportText } from '../verify/report-text.js';
import { runVerify, type Row, type VerifyReport } from '../verify/run-verify.js';
import { loadSubject } from '../verify/subject.js';
import { orBundled } from '../workloads/bundled-file.js';
import { countOption } from './choices.js';
import type { Command } from './command.js';
import type { ParsedArgs } from './parse-args.js';
import type { Terminal } from './terminal.js';
import { ExitStatus, UserError } from './user-error.js';
import { VerifyMonitor } from './verify-monitor.js';

const DEFAULT_RUNS = 1000;
const DEFAULT_FOLDER = 'out/verify';

/** `sim verify`: fairness and safety as something to run. */
export const verify: Command = {
  name: 'verify',
  usage: '[--allocator NAME] [options]',
  about: 'puts an allocator to the test: fairness, safety, dynamics',
  options: [
    {
      group: 'options',
      name: 'allocator',
      value: 'NAME',
      words: allocatorNames(),
      takesFile: true,
      about: `${allocatorNames().join(', ')}, ./mine.ts`,
      default: "drf, or the case's",
    },
    {
      group: 'options',
      name: 'properties',
      value: 'P,Q',
      words: propertyNames(),
      isList: true,
      about: 'only these; docs/properties.md says what each is',
      default: 'all',
    },
    {
      group: 'options',
      name: 'economy',
      value: 'E,F',
      words: economyNames,
      isList: true,
      about: `only in these: ${economyNames.join(', ')}`,
      default: 'all',
    },
    { group: 'options', name: 'runs', value: 'N', about: 'cases a property', default: '1000' },
    { group: 'options', name: 'seed', value: 'TEXT', about: 'of every case', default: '1' },
    {
      group: 'options',
      name: 'workers',
      value: 'N',
      about: 'threads; the table is the same for any number',
      default: 'cores',
    },
    { group: 'options', name: 'attack', about: 'search for the lie or behaviour that pays most' },
    { group: 'options', name: 'case', value: 'FILE', about: 'judge one case again, or any scenario file' },
    { group: 'output', name: 'out', value: 'DIR', about: 'a folder per refutation', default: DEFAULT_FOLDER },
    { group: 'output', name: 'json', about: 'the whole table as one JSON document' },
    { group: 'output', name: 'quiet', about: 'no progress' },
  ],
  examples: [
    'sim verify --allocator drf',
    'sim verify --allocator fifo --economy E1,E2 --runs 200',
    'sim verify --allocator drf --case examples/scenarios/ci-yields-to-prod.json',
  ],
  notes: [
    'Exit status 1: a property that the allocator promises, or the one of --case, is',
    'refuted. A pass is evidence, a refutation is proof. E0 and E0z test the rule,',
    'E1 to E3 what runs.',
  ],
  run: verifyCommand,
};

async function verifyCommand(args: ParsedArgs, terminal: Terminal): Promise<ExitStatus> {
  if (args.positionals.length > 0) {
    throw new UserError(`sim verify takes no "${args.positionals[0]}"; name the allocator with --allocator.`);
  }
  const casePath = args.value('case');
  if (casePath !== undefined) return await caseCommand(casePath, args, terminal);
  const subject = await loadSubject(args.value('allocator') ?? 'drf');
  const options = {
    ...listOption('properties', args, propertyNames()),
    ...economies(args),
    attack: args.has('attack'),
    runs: countOption(args, 'runs', DEFAULT_RUNS, 1, 10_000_000),
    seed: args.value('seed') ?? '1',
    workers: countOption(args, 'workers', Math.min(8, availableParallelism()), 1, 256),
  };
  const monitor = new VerifyMonitor(terminal, !args.has('quiet') && !args.has('json'));
  let report: VerifyReport;
  try {
    report = await runVerify(subject, {
      ...options,
      signal: monitor.signal,
      onProgress: (done, total) => monitor.update(done, total),
    });
  } finally {
    monitor.stop();
  }
  if (report.rows.length === 0)
    throw new UserError('no such property in such an economy; see docs/properties.md.');
  const folders = await writeFolders(args.value('out') ?? DEFAULT_FOLDER, report, subject);
  if (args.has('json')) terminal.out(`${JSON.stringify(jsonOf(report, folders), null, 2)}\n`);
  else terminal.out(reportText(report, (row) => folders.get(row)));
  if (report.partial && report.broken === undefined) return ExitStatus.interrupted;
  const isRefuted = report.rows.some(({ verdict, promised }) => verdict === 'refuted' && promised);
  return isRefuted || report.broken !== undefined ? ExitStatus.negative : ExitStatus.done;
}

async function caseCommand(path: string, args: ParsedArgs, terminal: Terminal): Promise<ExitStatus> {
  let text: string;
  try {
    text = await readFile(orBundled(path), 'utf8');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UserError(
      `cannot read ${path}: ${isMissing ? 'there is no such file' : (error as Error).message}.`,
    );
  }
  const read = readCase(text, path);
  const subject = await loadSubject(args.value('allocator') ?? allocatorIn(text) ?? 'drf');
  const finding = await judgeCase(read, subject, path);
  const what = read.kind === 'scenario' ? 'safety' : `${read.check.property} (${read.check.economy})`;
  const verdict = verdictOf(read, finding);
  const gain = finding !== undefined && Number.isFinite(finding.gain) ? finding.gain : undefined;
  if (args.has('json')) {
    const result = {
      allocator: subject.name,
      case: path,
      of: what,
      verdict,
      gain,
      sentence: finding?.sentence,
    };
    terminal.out(`${JSON.stringify(result, null, 2)}\n`);
  } else if (finding === undefined) {
    terminal.out(`${verdict.padEnd(10)}${what} of ${subject.name} in this case\n`);
  } else {
    const found = verdict === 'gain' && gain !== undefined ? ` ${figure(gain)} found` : '';
    terminal.out(`${`${verdict}${found} `.padEnd(9)} ${what} of ${subject.name}: ${finding.sentence}\n`);
  }
  return verdict === 'refuted' ? ExitStatus.negative : ExitStatus.done;
}

/** What is measured or searched for is no statement that a case could refute, unless the code breaks down. */
function verdictOf(read: ReadCase, finding: Finding | undefined): 'holds' | 'refuted' | 'gain' | 'no gain' {
  const isStatement = read.kind === 'scenario' || findCheck(read.check).manner === 'refute';
  if (isStatement || finding?.fault !== undefined) return finding === undefined ? 'holds' : 'refuted';
  return finding === undefined ? 'no gain' : 'gain';
}

/** A folder per row that has a case. */
async function writeFolders(
  folder: string,
  report: VerifyReport,
  subject: Subject,
): Promise<Map<Row, string>> {
  const folders = new Map<Row, string>();
  for (const row of report.rows) {
    if (row.testCase === undefined) continue;
    try {
      folders.set(row, await writeRefutation(folder, row, subject));
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error)) throw error;
      throw new UserError(`cannot write ${folder}: ${writeFault(error)}.`, ExitStatus.output);
    }
  }
  return folders;
}

/** JSON has no Infinity: a gain without bound is left out. */
function jsonOf(report: VerifyReport, folders: ReadonlyMap<Row, string>): object {
  const rows = report.rows.map(({ gain, ...row }) => {
    const folder = folders.get(
      report.rows.find((r) => r.property === row.property && r.economy === row.economy)!,
    );
    return {
      ...row,
      ...(gain !== undefined && Number.isFinite(gain) && { gain }),
      ...(folder !== undefined && { folder }),
    };
  });
  return { ...report, rows };
}

function economies(args: ParsedArgs): { economies?: readonly EconomyName[] } {
  const { economy } = listOption('economy', args, economyNames) as { economy?: readonly EconomyName[] };
  return economy === undefined ? {} : { economies: economy };
}

function listOption(
  name: string,
  args: ParsedArgs,
  known: readonly string[],
): Record<string, readonly string[]> {
  const text = args.value(name);
  if (text === undefined) return {};
  const words = text.split(',').map((word) => word.trim());
  const unknown = words.find((word) => !known.includes(word));
  if (unknown === undefined) return { [name]: words };
  const near = closest(unknown, known);
  const hint = near === undefined ? `It knows ${known.join(', ')}.` : `Did you mean ${near}?`;
  throw new UserError(`--${name}: there is no "${unknown}". ${hint}`);
}
