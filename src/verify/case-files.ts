/**
 * A refutation as a folder: the shrunk case, the command that repeats it, one sentence, a small drawing. And the way back:
 * a case file is run again by `sim verify --case FILE`.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SCENARIO_FORMAT } from '../scenario/schema.js';
import { readScenario, ScenarioError } from '../scenario/parse.js';
import { findCheck, propertyNames } from './catalogue.js';
import { economyNames, type Check, type CheckName, type Finding, type Subject } from './check.js';
import type { History, HistoryStep, ScenarioStep } from './histories/history.js';
import { runHistory } from './histories/run-history.js';
import { judgeWithin } from './judge.js';
import { svgOf, type Picture } from './picture.js';
import { RESOURCES } from './economies/divisible.js';
import type { SafetyCase } from './properties/safety.js';
import type { Row } from './run-verify.js';
import { makeFolder } from '../report/out/make-folder.js';

export const ECONOMY_FORMAT = 'agora-economy/1';
export const HISTORY_FORMAT = 'agora-history/1';

/** A case file that cannot be used. One line. */
export class CaseError extends Error {
  override readonly name = 'CaseError';
}

/**
 * Writes the folder of one refutation.
 *
 * @param folder the folder of all of them
 * @returns the path of the folder written
 */
export async function writeRefutation(folder: string, row: Row, subject: Subject): Promise<string> {
  const path = join(folder, `${row.property}-${row.economy}`);
  const temporary = `${path}.part`;
  await rm(temporary, { recursive: true, force: true });
  await makeFolder(temporary);
  const { name, content } = caseFile(row, subject);
  const command = `sim verify --allocator ${quoted(subject.name)} --case ${quoted(join(path, name))}`;
  const check = findCheck(row);
  const title = `${subject.name}: ${row.sentence ?? ''}`;
  const drawing = svgOf({ ...pictureOf(check, row.testCase, subject), title });
  await writeFile(join(temporary, name), `${JSON.stringify(content, null, 2)}\n`);
  await writeFile(join(temporary, 'command.txt'), `${command}\n`);
  await writeFile(
    join(temporary, 'sentence.txt'),
    `${row.property} (${row.economy}): ${row.sentence ?? ''}\n`,
  );
  await writeFile(join(temporary, 'picture.svg'), drawing);
  await rm(path, { recursive: true, force: true });
  await rename(temporary, path);
  return path;
}

/** Who holds what; the empty agents when the allocator breaks down before there is an end. */
function pictureOf(check: Check, testCase: unknown, subject: Subject): Picture {
  const draw = (): Picture => check.picture?.(testCase, subject) ?? { title: '', bars: [] };
  try {
    return subject.watch?.within(draw) ?? draw();
  } catch {
    const { agents = [] } = testCase as { agents?: readonly (readonly number[])[] };
    const bars = agents.flatMap((capacity, a) =>
      capacity.map((total, r) => ({ label: `a${a} ${RESOURCES[r]}`, total, parts: [] })),
    );
    return { title: '', bars };
  }
}

function quoted(text: string): string {
  return /^[\w./:=+-]+$/.test(text) ? text : JSON.stringify(text);
}

/** A plain history of coarse offers is a scenario; everything else has a format of its own. */
function caseFile(row: Row, subject: Subject): { name: string; content: object } {
  const { property, economy, sentence, testCase } = row;
  const note = `sim verify: ${property} in ${economy}. ${sentence ?? ''}`;
  if (!isSafetyCase(testCase)) {
    return {
      name: 'economy.json',
      content: { format: ECONOMY_FORMAT, allocator: subject.name, property, economy, note, case: testCase },
    };
  }
  const { history, ...rest } = testCase;
  const steps = stepsWithNames(history, subject);
  const isScenario =
    history.offers === 'coarse' &&
    history.settle === 'each' &&
    Object.keys(rest).length === 0 &&
    steps.every((step) => step.do !== 'mistake' && step.do !== 'request');
  if (!isScenario) {
    const whole = {
      ...testCase,
      history: { ...history, steps: Object.keys(rest).length > 0 ? history.steps : steps },
    };
    return {
      name: 'history.json',
      content: { format: HISTORY_FORMAT, allocator: subject.name, property, economy, note, case: whole },
    };
  }
  const content = {
    format: SCENARIO_FORMAT,
    name: `${property}-${economy}`,
    about: sentence,
    note,
    config: { minAllocatable: history.minAllocatable },
    steps,
  };
  return { name: 'scenario.json', content };
}

/** The steps as carried out; as they are when the allocator hangs in them. */
function stepsWithNames(history: History, subject: Subject): readonly HistoryStep[] {
  const run = () => runHistory(history, subject, { only: 'sound' }).steps;
  try {
    return subject.watch?.within(run) ?? run();
  } catch {
    return history.steps;
  }
}

function isSafetyCase(testCase: unknown): testCase is SafetyCase {
  return typeof testCase === 'object' && testCase !== null && 'history' in testCase;
}

/** A case that can be judged again. */
export type ReadCase =
  | { readonly kind: 'check'; readonly check: CheckName; readonly testCase: unknown }
  /** A scenario: every safety property is watched while it runs. */
  | { readonly kind: 'scenario'; readonly history: History };

/** The allocator that a case file names; undefined when it names none. */
export function allocatorIn(text: string): string | undefined {
  const json = parse(text, 'the case');
  const { allocator } = json;
  return typeof allocator === 'string' ? allocator : undefined;
}

/** @throws CaseError */
export function readCase(text: string, path: string): ReadCase {
  const json = parse(text, path);
  if (json.format === SCENARIO_FORMAT) return { kind: 'scenario', history: historyOf(json, path) };
  if (json.format !== ECONOMY_FORMAT && json.format !== HISTORY_FORMAT) {
    const formats = `${ECONOMY_FORMAT}, ${HISTORY_FORMAT} or ${SCENARIO_FORMAT}`;
    throw new CaseError(`${path}: format is ${JSON.stringify(json.format)}; it is ${formats}.`);
  }
  const { property, economy } = json;
  if (typeof property !== 'string' || !propertyNames().includes(property)) {
    throw new CaseError(`${path}: no property ${JSON.stringify(property)}; see sim verify --help.`);
  }
  const known = economyNames.find((name) => name === economy);
  if (known === undefined) throw new CaseError(`${path}: no economy ${JSON.stringify(economy)}.`);
  if (typeof json.case !== 'object' || json.case === null) throw new CaseError(`${path} has no case in it.`);
  return { kind: 'check', check: { property, economy: known }, testCase: json.case };
}

/** Every safety property at once, for scenario files. */
const anySafety: Pick<Check<SafetyCase>, 'judge'> = {
  judge: ({ history }, subject) => {
    const { violation } = runHistory(history, subject);
    return violation && { gain: Infinity, sentence: `${violation.property}: ${violation.sentence}` };
  },
};

/** @throws CaseError */
export async function judgeCase(
  read: ReadCase,
  subject: Subject,
  path: string,
): Promise<Finding | undefined> {
  if (read.kind === 'scenario') {
    return judgeWithin(anySafety, { history: read.history }, subject);
  }
  const { property, economy } = read.check;
  try {
    const check = findCheck(read.check);
    const why = check.unfit?.(subject);
    if (why !== undefined) throw new CaseError(`${property} in ${economy} is not applicable: ${why}.`);
    await check.prepare?.();
    return judgeWithin(check, read.testCase, subject);
  } catch (error) {
    if (error instanceof CaseError) throw error;
    throw new CaseError(`${path} holds no case of ${property} in ${economy}: ${(error as Error).message}.`);
  }
}

function parse(text: string, path: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CaseError(`${path} is not JSON: ${(error as Error).message}`);
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>;
  throw new CaseError(`${path} holds no object.`);
}

/** The steps of a scenario file; checks are left out, repeats are unrolled. */
function historyOf(json: Readonly<Record<string, unknown>>, path: string): History {
  try {
    readScenario(json);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    throw new CaseError(`${path}: ${error.step === undefined ? '' : `step ${error.step}: `}${error.message}`);
  }
  const config = (json.config ?? {}) as { minAllocatable?: readonly string[] };
  return {
    offers: 'coarse',
    settle: 'each',
    minAllocatable: config.minAllocatable ?? ['cpus:0.01', 'mem:32'],
    steps: unrolled(json.steps as readonly ScenarioStep[]),
  };
}

const MOST_STEPS = 100_000;

function unrolled(steps: readonly ScenarioStep[]): HistoryStep[] {
  const result: HistoryStep[] = [];
  for (const step of steps) {
    if (step.do === undefined) continue;
    if (step.do !== 'repeat') {
      result.push(step);
      continue;
    }
    const inner = unrolled(step.steps as readonly ScenarioStep[]);
    for (let i = 0; i < (step.times as number) && result.length < MOST_STEPS; i++) result.push(...inner);
  }
  return result;
}
