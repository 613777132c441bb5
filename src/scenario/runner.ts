import type { AllocationScope, Allocator, AllocatorOptions } from '../cluster/allocator.js';
import { SECOND, type Micros } from '../cluster/ids.js';
import { Roles } from '../cluster/roles.js';
import { randomStream } from '../workloads/random-streams.js';
import { difference, usesUpOffers } from './expectations.js';
import { countText, offerText, timeText } from './format.js';
import { nameIn, parseJson, readScenario, ScenarioError, type Scenario, type Step } from './parse.js';
import { Refused, StepFailure } from './refusal.js';
import { SCENARIO_FORMAT_2, type Action } from './schema.js';
import { actors } from './verbs/verbs.js';
import { World, type MadeOffer } from './world.js';

/**
 * Makes the allocator that a name, as written after --allocator, stands for. It may throw an Error whose
 * message says why there is none.
 */
export type CreateAllocator = (name: string, options: AllocatorOptions) => Allocator;

export interface ScenarioOptions {
  /** In place of the one that the file names. */
  readonly allocator?: string;
  /** In place of the one in the file's `config`. */
  readonly seed?: string | number;
  /** How many seeds after that one, for another order of agents. @defaultValue 0 */
  readonly replication?: number;
  /** Write down each step with the offers it made. @defaultValue false */
  readonly verbose?: boolean;
  readonly create: CreateAllocator;
}

export interface ScenarioResult {
  /** The name in the file, undefined when there is none to read. */
  readonly name: string | undefined;
  readonly ok: boolean;
  /** Of the random choices; undefined when the file is not valid. */
  readonly seed: string | undefined;
  /**
   * `step` is a number such as `3`, or `5.2` inside a `repeat`; undefined when it is about the file as a
   * whole.
   */
  readonly failure?: { readonly step: string | undefined; readonly message: string };
  /** Lines for a person to read, empty unless `verbose`. */
  readonly log: readonly string[];
}

/** A scenario does at most this many steps and periodic allocations: it ends, whatever its numbers are. */
const MOST_WORK = 20_000_000;
/** An advance over more periods than this passes over those at which nothing can happen. */
const LONG_ADVANCE = 10_000;

/** Runs one scenario file. Never throws: whatever goes wrong is a failure with a message of one line. */
export function runScenario(text: string, options: ScenarioOptions): ScenarioResult {
  const log: string[] = [];
  let name: string | undefined;
  let seed: string | undefined;
  try {
    const json = parseJson(text);
    name = nameIn(json);
    const scenario = readScenario(json);
    seed = seedAfter(options.seed ?? scenario.config.seed, options.replication ?? 0);
    new ScenarioRun(scenario, options, seed, log).run();
    return { name, ok: true, seed, log };
  } catch (error) {
    const step = error instanceof ScenarioError ? error.step : undefined;
    return { name, ok: false, seed, failure: { step, message: oneLine(error) }, log };
  }
}

/** One allocator, driven through one scenario. */
class ScenarioRun {
  readonly #world: World;
  readonly #allocator: Allocator;
  readonly #log: string[] | undefined;
  /** Offers since the last check that used them up. */
  #offers: MadeOffer[] = [];
  #work = 0;
  readonly #scenario: Scenario;

  constructor(scenario: Scenario, options: ScenarioOptions, seed: string, log: string[]) {
    const roles = new Roles();
    const intervalUs = Math.round(scenario.config.allocationIntervalSeconds * SECOND);
    this.#scenario = scenario;
    this.#allocator = options.create(
      withSwitches(options.allocator ?? scenario.allocator, scenario.config.switches),
      allocatorOptions(scenario, roles, intervalUs, seed),
    );
    this.#world = new World(this.#allocator, roles, intervalUs, scenario.format === SCENARIO_FORMAT_2);
    this.#log = options.verbose === true ? log : undefined;
  }

  /** @throws ScenarioError at the first step that goes wrong */
  run(): void {
    this.#runSteps(this.#scenario.steps, '');
  }

  #runSteps(steps: readonly Step[], round: string): void {
    for (const step of steps) {
      this.#work++;
      const number = step.number + round;
      this.#log?.push(`${number.padStart(3)}  ${step.text}`);
      try {
        this.#step(step, round);
      } catch (error) {
        if (error instanceof ScenarioError) throw error;
        throw new ScenarioError(failureText(error), number);
      }
      if (this.#work > MOST_WORK) {
        throw new ScenarioError(`more than ${MOST_WORK} steps and periodic allocations`, number);
      }
    }
  }

  /** @throws StepFailure, or whatever an allocator throws */
  #step(step: Step, round: string): void {
    if (step.type === 'repeat') {
      this.#actOrBeRefused(step.action, () => this.#repeat(step, round));
    } else if (step.type === 'act') {
      this.#actOrBeRefused(step.action, () => this.#act(step.action));
    } else {
      const found = difference(step.check, this.#offers, this.#world);
      if (usesUpOffers(step.check.expect)) this.#offers = [];
      if (found !== undefined) throw new StepFailure(found);
    }
  }

  /** Carries out an action that may expect to be refused. */
  #actOrBeRefused(action: Action, act: () => void): void {
    const { fails } = action;
    const before = fails === undefined ? undefined : this.#allocator.digest();
    try {
      act();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (fails === undefined) throw new StepFailure(`${action.do} was refused: ${error.message}`);
      this.#log?.push(`       refused: ${oneLine(error)}`);
      if (typeof fails === 'string' && !error.says(fails)) {
        const expected = `a refusal with ${JSON.stringify(fails)} expected`;
        throw new StepFailure(`${expected}, got ${JSON.stringify(error.message)}`);
      }
      if (this.#allocator.digest() !== before) {
        throw new StepFailure(`${action.do} was refused (${error.message}), yet it changed something`);
      }
      return;
    }
    if (fails !== undefined) throw new StepFailure(`${action.do} was accepted, a refusal expected`);
  }

  #act(action: Action): void {
    if (action.do === 'advance') {
      this.#advance(action.seconds);
    } else if (action.do !== 'repeat') {
      const actor = actors[action.do] as (world: World, step: Action) => void;
      actor(this.#world, action);
      if (this.#allocator.triggered) this.#allocate('triggered');
    }
  }

  #repeat(step: Extract<Step, { type: 'repeat' }>, round: string): void {
    const { times } = step.action;
    if (!Number.isInteger(times) || times < 0) {
      throw new Refused(`times is ${times}, which is no whole number from 0 up`);
    }
    for (let i = 1; i <= times; i++) {
      // Empty rounds are work as well, or a repeat of nothing could go on for ever.
      this.#work++;
      this.#runSteps(step.steps, `${round} (round ${i})`);
      if (this.#work > MOST_WORK) throw new StepFailure(`more than ${MOST_WORK} rounds and steps`);
    }
  }

  /** Moves the clock, with a periodic allocation at each multiple of the interval, the end included. */
  #advance(seconds: number): void {
    const world = this.#world;
    const { intervalUs } = world;
    if (seconds < 0) throw new Refused(`cannot advance by ${seconds} seconds: the time is below 0`);
    const end = world.now + Math.round(seconds * SECOND);
    if (!Number.isSafeInteger(end)) throw new Refused(`cannot advance by ${seconds} seconds: it is too far`);
    let at = (Math.floor(world.now / intervalUs) + 1) * intervalUs;
    const isLong = (end - at) / intervalUs > LONG_ADVANCE;
    while (at <= end) {
      if (++this.#work > MOST_WORK) {
        throw new StepFailure(`more than ${MOST_WORK} steps and periodic allocations`);
      }
      world.now = at;
      const offered = this.#allocate('all');
      at += intervalUs;
      // What offered nothing once offers nothing again before a filter ends.
      if (isLong && !offered && !world.inverse.isActive) {
        at = Math.max(at, Math.ceil(this.#allocator.nextExpiry() / intervalUs) * intervalUs);
      }
    }
    world.now = end;
  }

  /** One allocation run. Returns whether anything was offered. */
  #allocate(scope: AllocationScope): boolean {
    const { ledger, now } = this.#world;
    const byPlace = new Map<string, MadeOffer>();
    this.#allocator.allocate(now, scope, (_framework, offers) => {
      for (const { framework, role, agent, resources } of offers) {
        const place = this.#placeOf(framework, role, agent);
        const key = `${framework} ${role} ${agent}`;
        const known = byPlace.get(key);
        byPlace.set(key, { ...place, resources: known ? known.resources.plus(resources) : resources });
        ledger.add({ framework, role, agent, resources });
      }
    });
    this.#world.askToLeave();
    const made = [...byPlace.values()];
    for (const offer of made) this.#offers.push(offer);
    if (made.length > 0 && this.#log) {
      const what = countText(made.length, 'offer');
      this.#log.push(
        `       at ${timeText(now)}: ${what}`,
        ...made.map((offer) => `         ${offerText(offer)}`),
      );
    }
    return made.length > 0;
  }

  #placeOf(framework: number, role: number, agent: number): Omit<MadeOffer, 'resources'> {
    const { roles } = this.#world;
    const place = {
      framework: this.#world.frameworkName(framework),
      role: role < roles.count ? roles.path(role) : undefined,
      agent: this.#world.agentName(agent),
    };
    if (place.framework === undefined || place.role === undefined || place.agent === undefined) {
      const ids = `framework ${framework}, role ${role}, agent ${agent}`;
      throw new StepFailure(`the allocator offered to somebody or something that is not there: ${ids}`);
    }
    return { framework: place.framework, role: place.role, agent: place.agent };
  }
}

/**
 * The seed that is `count` after one: counted up when it is a whole number, written behind it when it is a
 * text.
 */
function seedAfter(seed: string | number, count: number): string {
  if (count === 0) return String(seed);
  const number = Number(seed);
  const isNumber = Number.isSafeInteger(number) && String(number) === String(seed);
  return isNumber ? String(number + count) : `${seed}+${count}`;
}

function allocatorOptions(
  scenario: Scenario,
  roles: Roles,
  intervalUs: Micros,
  seed: string,
): AllocatorOptions {
  const { config } = scenario;
  return {
    roles,
    random: (stream) => randomStream(seed, `allocator/${stream}`),
    offers: config.offers ?? 'coarse',
    agentOrder: config.agentOrder ?? 'random',
    intervalUs,
    instant: false,
    minAllocatable: config.minAllocatable,
    fairnessExclude: config.fairnessExcludeResources,
    roleSorter: config.roleSorter,
    frameworkSorter: config.frameworkSorter,
    ...(config.domain && { domain: config.domain }),
  };
}

/** Options of the allocator, behind those that its name has already. */
function withSwitches(allocator: string, switches: Scenario['config']['switches']): string {
  const options = (switches ?? []).map(([key, value]) => `${key}=${value}`);
  if (options.length === 0) return allocator;
  return `${allocator}${allocator.includes('?') ? '&' : '?'}${options.join('&')}`;
}

/** What a step failed with: its own words, or those of an allocator that threw. */
function failureText(error: unknown): string {
  return error instanceof StepFailure ? error.message : `the allocator threw: ${oneLine(error)}`;
}

function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
