import type { Allocator, AllocatorOptions } from '../cluster/allocator.js';
import type { Candidate, CandidateAgent, Amounts } from './candidate.js';
import { PluginError, shown } from './fault.js';
import { specsProblem, type NoOptions, type OptionSpecs, type OptionValues } from './policy-options.js';

const allNeeds = ['asks', 'estimates'] as const;

/** What an allocator cannot work without. */
export type Needs = (typeof allNeeds)[number];

/** What a policy of one's own is made from. */
export interface PolicyDefinition<Specs extends OptionSpecs = NoOptions> {
  /** Short; it stands in summaries and files. */
  readonly name: string;
  /**
   * `asks`: it ranks by what is asked for, so demand offers are turned on (`--offers demand`). `estimates`: also by how long
   * that is said to run (`ask.estimate`), which is the true duration where the trace has no estimate, as for `easy`.
   */
  readonly needs?: Needs;
  /** Options of `--allocator ./mine.ts?key=value`: their defaults, or defaults with what is allowed. */
  readonly options?: Specs;
  /** Demand offers: nobody is served before the first in the order, not even when its ask fits nowhere. @defaultValue false */
  readonly barrier?: boolean;
  /**
   * The place of a candidate in the order: the smallest is served first, equal ones as DRF serves them. A function of what it
   * is given alone: the same candidate in the same state has the same rank. Infinity is a number.
   */
  readonly rank: (candidate: Candidate, options: OptionValues<Specs>) => number;
  /**
   * False keeps an agent from a candidate. It must decide by what stays as it is (names, attributes, totals): a no is not
   * asked for again before the agent gains something.
   *
   * @param wanted what would be offered, or one piece of the ask
   */
  readonly allows?: (
    candidate: Candidate,
    agent: CandidateAgent,
    wanted: Amounts,
    options: OptionValues<Specs>,
  ) => boolean;
}

/** Marks a policy, whichever copy of the package made it. */
const mark = Symbol.for('agora-sim/policy');

/** A policy as {@link definePolicy} gives it, to be exported by default. */
export type Policy = Omit<PolicyDefinition, 'rank' | 'allows' | 'options'> & {
  readonly options?: OptionSpecs;
  readonly rank: (candidate: Candidate, options: never) => number;
  readonly allows?: (candidate: Candidate, agent: CandidateAgent, wanted: Amounts, options: never) => boolean;
};

/**
 * Defines an allocation policy: Mesos's bookkeeping, cycles, quota, reservations and filters, with an order of your own.
 * Export it by default and load it by path: `--allocator ./mine.ts`. See docs/writing-an-allocator.md.
 *
 * @throws PluginError when the definition is not one
 */
export function definePolicy<const Specs extends OptionSpecs = NoOptions>(
  definition: PolicyDefinition<Specs>,
): Policy {
  const problem = definitionProblem(definition);
  if (problem !== undefined) throw new PluginError(`definePolicy: ${problem}.`);
  return Object.freeze({ ...definition, [mark]: true });
}

/** A whole allocator of one's own, for what no order of buyers can express: global optimisation, pre-emption of offers. */
export interface AllocatorDefinition<Specs extends OptionSpecs = NoOptions> {
  /** `asks`: it needs demand offers (`--offers demand`); `estimates`: with {@link Ask.estimateUs} in each. */
  readonly needs?: Needs;
  readonly options?: Specs;
  /** Makes a new allocator, empty; it may be called several times in one run. */
  readonly create: (options: AllocatorOptions, values: OptionValues<Specs>) => Allocator;
}

/** What {@link defineAllocator} gives, to be exported by default. */
export interface AllocatorModule {
  readonly needs?: Needs;
  readonly options?: OptionSpecs;
  readonly create: (options: AllocatorOptions, values: never) => Allocator;
}

const allocatorMark = Symbol.for('agora-sim/allocator');

/**
 * Defines a whole allocator. Its offers are checked against what is there, and its answers for the same state compared.
 *
 * @throws PluginError when the definition is not one
 */
export function defineAllocator<const Specs extends OptionSpecs = NoOptions>(
  definition: AllocatorDefinition<Specs>,
): AllocatorModule {
  const { create, needs, options } = definition as Partial<AllocatorDefinition>;
  const problem =
    typeof create === 'function'
      ? (needsProblem(needs) ?? specsProblem(options))
      : `create is ${shown(create)}; it is a function that makes an Allocator`;
  if (problem !== undefined) throw new PluginError(`defineAllocator: ${problem}.`);
  return Object.freeze({ ...definition, [allocatorMark]: true });
}

export function isAllocatorModule(value: unknown): value is AllocatorModule {
  return typeof value === 'object' && value !== null && allocatorMark in value;
}

export function isPolicy(value: unknown): value is Policy {
  return typeof value === 'object' && value !== null && mark in value;
}

const known = ['name', 'needs', 'options', 'barrier', 'rank', 'allows'];

function definitionProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return `it takes an object, and this is ${shown(value)}`;
  const { name, needs, options, barrier, rank, allows } = value as Record<string, unknown>;
  const stranger = Object.keys(value).find((key) => !known.includes(key));
  if (stranger !== undefined) return `there is no ${stranger}; a policy has ${known.join(', ')}`;
  if (typeof name !== 'string' || name.trim() === '') return `name is ${shown(name)}; it is a short text`;
  const wrongNeeds = needsProblem(needs);
  if (wrongNeeds !== undefined) return wrongNeeds;
  if (barrier !== undefined && typeof barrier !== 'boolean')
    return `barrier is ${shown(barrier)}; it is true or false`;
  if (typeof rank !== 'function')
    return `rank is ${shown(rank)}; it is a function from a candidate to a number`;
  if (allows !== undefined && typeof allows !== 'function')
    return `allows is ${shown(allows)}; it is a function`;
  return specsProblem(options);
}

function needsProblem(needs: unknown): string | undefined {
  if (needs === undefined || allNeeds.some((known) => known === needs)) return undefined;
  return `needs is ${shown(needs)}; it is 'asks', 'estimates' or left out`;
}
