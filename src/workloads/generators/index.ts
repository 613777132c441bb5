/** Seeded synthetic traces: the generators by name, what each can be told, and the making of one trace. */
import { frameworkModelText } from '../framework-model.js';
import type { CiModel } from '../trace.js';
import { ciRows, ciVersion, scaleCi, type CiScale } from './ci.js';
import type { CiSettings } from './ci-settings.js';
import { parametersAsText, parameterTable, tagLegend } from './describe.js';
import { ebayCi } from './ebay-ci.js';
import { ebayCiLate } from './ebay-ci-late.js';
import { GeneratorError } from './generator-error.js';
import {
  listChanges,
  listParameters,
  resolveSettings,
  type CiParameterSet,
  type Parameter,
} from './parameters.js';
import { paypalCi } from './paypal-ci.js';
import type { ParameterInput } from './readers.js';
import type { Column, GeneratedTrace } from './trace-row.js';

export { GeneratorError } from './generator-error.js';
export { writeTraceCsv } from './write-trace-csv.js';

export interface GeneratorEntry {
  /** One line for a list of generators. */
  readonly summary: string;
  readonly parameters: CiParameterSet;
}

/** The generators by name, in the order in which help and documentation list them. */
export const generators: Readonly<Record<string, GeneratorEntry>> = {
  'paypal-ci': {
    summary: 'PayPal 2015-17: 2,500 Jenkins masters, 24,000 builds a day',
    parameters: paypalCi,
  },
  'ebay-ci': {
    summary: 'eBay 2014: 5,000 Jenkins masters, 1,000 used, 3,400 builds a day',
    parameters: ebayCi,
  },
  'ebay-ci-late': {
    summary: 'eBay about 2020: 6,000 Jenkins masters, 43,000 builds a day',
    parameters: ebayCiLate,
  },
};

export interface GenerateOptions {
  /** Any text. Same generator, seed and parameters: same bytes. */
  readonly seed: string;
  /** Length of the trace in days, above 0 up to 3,660; may be a fraction. */
  readonly days: number;
  /** Factor on masters, teams, builds and agents alike, above 0 up to 1,000. */
  readonly scale: number;
  /** Values in place of defaults, by name. In text, commas part the items of a list. */
  readonly parameters?: Readonly<Record<string, ParameterInput>>;
}

/**
 * Prepares a trace; its rows are drawn when they are read.
 * @throws GeneratorError, in one line for the user: unknown generator or parameter, value out of range
 */
export function generate(name: string, options: GenerateOptions): GeneratedTrace {
  const { parameters: set } = findGenerator(name);
  const { seed } = options;
  const days = checkPositive('days', options.days, 3660);
  const scale = checkPositive('scale', options.scale, 1000);
  const settings = resolveSettings(name, set, options.parameters ?? {});
  const sizes = checkSizes(name, scaleCi(settings, scale));
  const cluster = clusterText(settings, sizes);
  const weights = `nightly=${settings.nightlyWeight}`;
  const quota = quotaText(settings, sizes);
  const changes = listChanges(set, settings);
  return {
    generator: name,
    cluster,
    weights,
    quota,
    comments: [
      `generator: ${name} version ${ciVersion}, seed ${seed}, days ${days}, scale ${scale}`,
      `parameters: ${changes.length === 0 ? 'the defaults' : changes.join(' ')}`,
      `cluster: ${cluster}`,
      `framework-model: ${frameworkModelText(modelOf(settings))}`,
      `roles: --weights "${weights}" --quota "${quota}"`,
      'synthetic; docs/workloads.md says what is published and what is assumed',
    ].map(toOneLine),
    columns: columnsOf(settings),
    rows: { [Symbol.iterator]: () => ciRows({ generator: name, seed, days, sizes, settings }) },
  };
}

/**
 * The parameters of a generator with defaults, units, tags and sources, for `--help`; lines of at most 80
 * columns.
 * @throws GeneratorError for an unknown generator
 */
export function describeGenerator(name: string): string {
  const { summary } = findGenerator(name);
  return `${name}: ${summary}\n${tagLegend}\n\n${parametersAsText(parametersOf(name))}\n`;
}

/**
 * The parameters of a generator with defaults, units and tags, a line of at most 80 columns each.
 * @throws GeneratorError for an unknown generator
 */
export function tabulateGenerator(name: string): string {
  const { summary } = findGenerator(name);
  return `${name}: ${summary}\n${tagLegend}\n${parameterTable(parametersOf(name))}\n`;
}

/**
 * The parameters of a generator with their defaults as text.
 * @throws GeneratorError for an unknown generator
 */
export function parametersOf(name: string): Parameter[] {
  return listParameters(findGenerator(name).parameters);
}

function findGenerator(name: string): GeneratorEntry {
  if (Object.hasOwn(generators, name)) return generators[name];
  throw new GeneratorError(`no generator "${name}". Built in: ${Object.keys(generators).join(', ')}.`);
}

function checkPositive(name: string, value: number, max: number): number {
  if (value > 0 && value <= max) return value;
  throw new GeneratorError(`${name} is ${value}; it is a number above 0 and at most ${max}.`);
}

/** A trace of more than this would not be drawn in memory, a day at a time. */
const mostMasters = 1_000_000;
const mostBuildsPerDay = 2_000_000;

function checkSizes(generator: string, sizes: CiScale): CiScale {
  const { masters, buildsPerDay } = sizes;
  if (masters <= mostMasters && buildsPerDay <= mostBuildsPerDay) return sizes;
  throw new GeneratorError(
    `${generator}: that is ${masters} masters and ${buildsPerDay} builds a day; ` +
      `at most ${mostMasters} and ${mostBuildsPerDay}: lower scale, masters or buildsPerDay.`,
  );
}

function modelOf({ coldStartSeconds, keepSeconds }: CiSettings): CiModel {
  const micros = (seconds: number): number => Math.round(seconds * 1e6);
  return { type: 'ci', coldStartUs: micros(coldStartSeconds), keepUs: micros(keepSeconds) };
}

function clusterText({ agentCpus, agentMem, agentDisk }: CiSettings, { agents }: CiScale): string {
  const disk = agentDisk > 0 ? `;disk:${agentDisk}` : '';
  return `${agents}*cpus:${agentCpus};mem:${agentMem}${disk}`;
}

/** What the masters need, guaranteed to them. */
function quotaText({ masterCpus, masterMem }: CiSettings, { masters }: CiScale): string {
  // Mesos keeps three decimals of a quantity.
  const total = (each: number): number => Math.round(each * masters * 1000) / 1000;
  return `masters=guarantee:cpus:${total(masterCpus)};mem:${total(masterMem)}`;
}

function columnsOf({ masterConstraint, buildConstraint }: CiSettings): Column[] {
  const columns: Column[] = [
    'submit_s',
    'duration_s',
    'cpus',
    'mem',
    'job',
    'framework',
    'role',
    'kind',
    'exit',
  ];
  return masterConstraint === '' && buildConstraint === '' ? columns : [...columns, 'constraint'];
}

/** A seed is any text, a comment is one line. */
function toOneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}
