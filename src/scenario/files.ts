import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import process from 'node:process';
import { runScenario, type ScenarioOptions, type ScenarioResult } from './runner.js';
import { findScenarioFiles, STDIN, type FoundFile } from './scenario-paths.js';

export interface ScenarioFilesOptions extends Omit<ScenarioOptions, 'replication'> {
  /** Runs each file under this many seeds in a row and fails at the first that does. @defaultValue 1 */
  readonly seeds?: number;
  /** The text for the path `-`. @defaultValue reads the process's standard input */
  readonly stdin?: () => Promise<string>;
}

/** What became of one file. */
export interface FileResult {
  readonly file: string;
  /** The name in the file, or the file's own. */
  readonly name: string;
  readonly ok: boolean;
  /** Number of the step that failed; undefined when it is about the file as a whole. */
  readonly step?: string;
  readonly message?: string;
  /** The seed under which it failed, when there was more than one to try. */
  readonly seed?: string;
  /** Each step with its offers, if verbose. */
  readonly log?: readonly string[];
}

export interface ScenarioReport {
  readonly passed: number;
  readonly failed: number;
  readonly scenarios: readonly FileResult[];
}

/**
 * Runs scenario files: paths, folders, patterns or `-`. A file that cannot be read or is not valid has
 * failed, and the others are run all the same. Never throws for what is in a file.
 */
export async function runScenarioFiles(
  paths: readonly string[],
  options: ScenarioFilesOptions,
): Promise<ScenarioReport> {
  const scenarios: FileResult[] = [];
  for (const found of findScenarioFiles(paths)) scenarios.push(await runFile(found, options));
  const passed = scenarios.filter(({ ok }) => ok).length;
  return { passed, failed: scenarios.length - passed, scenarios };
}

/** The report for a person: the log if there is one, a line for each file, and `N passed, N failed`. */
export function reportText(report: ScenarioReport): string {
  const lines = report.scenarios.flatMap((result) => [...(result.log ?? []), resultLine(result)]);
  return [...lines, `${report.passed} passed, ${report.failed} failed`].join('\n') + '\n';
}

function resultLine({ ok, name, step, message, seed }: FileResult): string {
  if (ok) return `ok ${name}`;
  const where = step === undefined ? '' : `step ${step}: `;
  return `FAIL ${name}: ${where}${message ?? ''}${seed === undefined ? '' : ` (seed ${seed})`}`;
}

async function runFile(found: FoundFile, options: ScenarioFilesOptions): Promise<FileResult> {
  const file = found.path;
  const ownName = file === STDIN ? 'stdin' : basename(file).replace(/[\s\p{Cc}]+/gu, ' ');
  if (found.problem !== undefined) {
    return { file, name: ownName, ok: false, message: `${file}: ${found.problem}` };
  }
  let text: string;
  try {
    text = file === STDIN ? await (options.stdin ?? readStdin)() : await readFile(file, 'utf8');
  } catch (error) {
    return {
      file,
      name: ownName,
      ok: false,
      message: `cannot read ${file}: ${reasonOf(error)}`,
    };
  }
  const seeds = options.seeds ?? 1;
  const log: string[] = [];
  let result: ScenarioResult | undefined;
  for (let replication = 0; replication < Math.max(1, seeds); replication++) {
    result = runScenario(text, { ...options, replication });
    if (options.verbose === true) log.push(titleOf(file, result, seeds), ...result.log);
    if (!result.ok) break;
  }
  return fileResult(
    file,
    ownName,
    result as ScenarioResult,
    seeds,
    options.verbose === true ? log : undefined,
  );
}

function fileResult(
  file: string,
  ownName: string,
  { name, ok, seed, failure }: ScenarioResult,
  seeds: number,
  log: readonly string[] | undefined,
): FileResult {
  return {
    file,
    name: name ?? ownName,
    ok,
    ...(failure?.step !== undefined && { step: failure.step }),
    ...(failure && { message: failure.message }),
    ...(failure && seeds > 1 && seed !== undefined && { seed }),
    ...(log && { log }),
  };
}

function titleOf(file: string, result: ScenarioResult, seeds: number): string {
  const seed = seeds > 1 && result.seed !== undefined ? `, seed ${result.seed}` : '';
  return `${file}${seed}`;
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file',
    EACCES: 'no permission',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of the path is no folder',
  };
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
}
