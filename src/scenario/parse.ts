/** Reads the text of a scenario file into steps that can be run, or says in one line why it is not valid. */
import type { z } from 'zod';
import { isObject, jsonProblem, pathText, shown, valueAt } from '../cluster/json-text.js';
import { closest } from '../cluster/closest.js';
import { parseItem, splitItems } from '../cluster/resources/text-item.js';
import {
  action2Schemas,
  actionSchemas,
  check2Schemas,
  checkSchemas,
  config2Schema,
  configSchema,
  file2Schema,
  fileSchema,
  SCENARIO_FORMAT,
  SCENARIO_FORMAT_2,
  type Action,
  type Check,
} from './schema.js';

/** One step, numbered as in an error: `3`, or `5.2` for the second step of a `repeat` that is step 5. */
export type Step =
  | { readonly type: 'act'; readonly number: string; readonly text: string; readonly action: Action }
  | { readonly type: 'check'; readonly number: string; readonly text: string; readonly check: Check }
  | {
      readonly type: 'repeat';
      readonly number: string;
      readonly text: string;
      readonly action: Action<'repeat'>;
      readonly steps: readonly Step[];
    };

export interface Scenario extends Omit<z.output<typeof file2Schema>, 'steps' | 'format'> {
  readonly format: string;
  readonly steps: readonly Step[];
}

/** Levels of `repeat`; each takes a bit of the call stack. */
const DEEPEST = 100;

/** A file that is no valid scenario. The message is one line; `step` numbers the step it is about, if any. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  constructor(
    message: string,
    readonly step?: string,
  ) {
    super(message);
  }
}

/** @throws ScenarioError */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new ScenarioError(`not JSON: ${jsonProblem(text, error)}`);
  }
}

/** The name in a file, valid or not; undefined when there is none to read. */
export function nameIn(json: unknown): string | undefined {
  if (!isObject(json) || typeof json.name !== 'string') return undefined;
  // A result is one line, whatever the name.
  const name = json.name.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return name === '' ? undefined : name;
}

/** @throws ScenarioError */
export function readScenario(json: unknown): Scenario {
  const schema = isSecond(json) ? file2Schema : fileSchema;
  const file = schema.safeParse(json);
  if (!file.success) {
    throw new ScenarioError(firstProblem(file.error, json, 'a scenario', Object.keys(schema.shape)));
  }
  const verbs = isSecond(json)
    ? { do: action2Schemas, expect: check2Schemas }
    : { do: actionSchemas, expect: checkSchemas, problem: laterDisk };
  return { ...file.data, steps: readSteps(file.data.steps, '', verbs) };
}

function isSecond(json: unknown): boolean {
  return isObject(json) && json.format === SCENARIO_FORMAT_2;
}

/** Keys with resource text; below the last it is under names that are free. */
const RESOURCE_KEYS: readonly string[] = ['resources', 'from', 'to', 'used'];

/** What a valid step of the first format has of disks that only the second knows, also where there is nothing of them. */
function laterDisk(json: unknown, isText = false): string | undefined {
  if (typeof json === 'string' && isText) {
    // Only they may have a source; a role called "used" may have a minimum of ports:3, which is no resource text.
    const traited = splitItems(json).filter((item) => item.includes('['));
    const later = traited.find((item) => (parseItem(item).spec.source?.type ?? 'MOUNT') !== 'MOUNT');
    return (
      later && `"${later}": path, raw and block are of ${SCENARIO_FORMAT_2}; ${SCENARIO_FORMAT} has mount`
    );
  }
  if (typeof json !== 'object' || json === null) return undefined;
  for (const [key, value] of Object.entries(json)) {
    const isNote = key === 'note' && typeof value === 'string';
    const problem = isNote ? undefined : laterDisk(value, isText || RESOURCE_KEYS.includes(key));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

interface Verbs {
  readonly do: Readonly<Record<string, z.ZodObject>>;
  readonly expect: Readonly<Record<string, z.ZodObject>>;
  /** What else makes a step invalid, as it is written. */
  readonly problem?: (json: unknown) => string | undefined;
}

function readSteps(steps: readonly unknown[], prefix: string, verbs: Verbs): Step[] {
  if (prefix.split('.').length > DEEPEST) {
    throw new ScenarioError(`repeat within repeat more than ${DEEPEST} deep`);
  }
  return steps.map((step, index) => readStep(step, `${prefix}${index + 1}`, verbs));
}

function readStep(json: unknown, number: string, verbs: Verbs): Step {
  const refuse = (why: string): never => {
    throw new ScenarioError(why, number);
  };
  if (!isObject(json)) return refuse(`a step is an object, not ${shown(json)}`);
  const text = summary(json);
  if (json.do !== undefined && json.expect !== undefined)
    return refuse('a step has "do" or "expect", not both');
  if (json.do !== undefined) {
    const action = parseBy(verbs.do, json.do, 'verb', json, refuse) as Action;
    if (action.do === 'repeat')
      return { type: 'repeat', number, text, action, steps: readSteps(action.steps, `${number}.`, verbs) };
    const problem = verbs.problem?.(json);
    return problem === undefined ? { type: 'act', number, text, action } : refuse(problem);
  }
  if (json.expect === undefined) return refuse('a step has a "do" or an "expect"');
  const check = parseBy(verbs.expect, json.expect, 'check', json, refuse) as Check;
  const problem = formProblem(check) ?? verbs.problem?.(json);
  return problem === undefined ? { type: 'check', number, text, check } : refuse(problem);
}

/** Reads a step by the schema that its verb or kind of check names. */
function parseBy(
  schemas: Readonly<Record<string, z.ZodObject>>,
  chosen: unknown,
  what: string,
  json: Readonly<Record<string, unknown>>,
  refuse: (why: string) => never,
): unknown {
  const known = Object.keys(schemas);
  if (typeof chosen !== 'string' || !known.includes(chosen)) {
    const hint = suggestion(String(chosen), known);
    return refuse(`unknown ${what} ${shown(chosen)}; ${hint ?? `the ${what}s are ${known.join(', ')}`}`);
  }
  const schema = schemas[chosen];
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  return refuse(firstProblem(parsed.error, json, chosen, Object.keys(schema.shape)));
}

/** Checks that take their subject in one of two forms. */
function formProblem(check: Check): string | undefined {
  if (check.expect === 'offers') {
    if ((check.offers === undefined) === (check.anyOf === undefined))
      return 'offers takes "offers" or "anyOf"';
  } else if (check.expect === 'shares' || check.expect === 'order') {
    const whole = check.roles !== undefined;
    const within = check.role !== undefined && check.frameworks !== undefined;
    const parts = check.role !== undefined || check.frameworks !== undefined;
    if (whole ? parts : !within) return `${check.expect} takes "roles", or "role" and "frameworks"`;
  } else if (check.expect === 'offerTotals') {
    const pairs = check.totals.map(({ framework, role }) => JSON.stringify([framework, role]));
    const twice = check.totals.find((_, index) => pairs.indexOf(pairs[index]) < index);
    if (twice) return `totals names framework ${twice.framework} in role ${twice.role} twice`;
  }
  return undefined;
}

/** The problem to tell of several: a misspelt key first, for it often is the cause of a missing one. */
function firstProblem(error: z.ZodError, json: unknown, owner: string, keys: readonly string[]): string {
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0];
  const where = pathText(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path, keys, json);
    const hint =
      suggestion(issue.keys[0], known) ??
      (known.length > 0 ? `${where === '' ? owner : where} takes ${list(known)}` : undefined);
    const place = where === '' ? '' : ` in ${where}`;
    return `unknown key ${JSON.stringify(issue.keys[0])}${place}${hint === undefined ? '' : `; ${hint}`}`;
  }
  const value = valueAt(json, issue.path);
  if (issue.code === 'custom') return `${where}: ${issue.message}`;
  if (value === undefined) return `${owner} lacks ${where === '' ? 'everything' : where}`;
  return `${where === '' ? owner : where} is ${shown(value)}; it takes ${issue.message}`;
}

/** The keys of the object at a path: the step's own, those of config, or of one offer. */
function keysAt(path: readonly PropertyKey[], own: readonly string[], json: unknown): readonly string[] {
  if (path.length === 0) return own;
  if (path[0] === 'asks') return ['role', 'resources', 'count', 'allOrNothing', 'constraint'];
  if (path[0] === 'config') return Object.keys((isSecond(json) ? config2Schema : configSchema).shape);
  if (path[0] === 'totals') return ['framework', 'role', 'resources'];
  return ['framework', 'role', 'agent', 'resources'];
}

function list(keys: readonly string[]): string {
  return keys.filter((key) => key !== 'note').join(', ');
}

function suggestion(word: string, candidates: readonly string[]): string | undefined {
  const near = closest(word, candidates);
  return near === undefined ? undefined : `did you mean ${near}?`;
}

/** A step on one line for --verbose: `recover framework=f1 role=dev`. */
function summary(json: Readonly<Record<string, unknown>>): string {
  const verb = json.do ?? json.expect;
  const words = [`${json.do === undefined ? 'expect ' : ''}${typeof verb === 'string' ? verb : shown(verb)}`];
  for (const [key, value] of Object.entries(json)) {
    if (['do', 'expect', 'note', 'steps'].includes(key)) continue;
    words.push(`${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  }
  const text = words.join(' ').replace(/[\s\p{Cc}]+/gu, ' ');
  return text.length > 100 ? `${text.slice(0, 97)}...` : text;
}
