import type { AllocationScope, Allocator, AllocatorOptions, Holding } from '../../cluster/allocator.js';
import { SECOND } from '../../cluster/ids.js';
import type { Quantities } from '../../cluster/protocol.js';
import { kindOf } from '../../cluster/resources/kinds.js';
import { Resources } from '../../cluster/resources/resources.js';
import { formatResources, parseQuantities, parseResources } from '../../cluster/resources/text.js';
import { Roles } from '../../cluster/roles.js';
import { readScenario } from '../../scenario/parse.js';
import { Refused, StepFailure } from '../../scenario/refusal.js';
import { SCENARIO_FORMAT, type Action } from '../../scenario/schema.js';
import { actors } from '../../scenario/verbs/verbs.js';
import { World } from '../../scenario/world.js';
import { randomStream } from '../../workloads/random-streams.js';
import type { Subject } from '../check.js';
import type { History, HistoryStep, ScenarioStep } from './history.js';
import { IMPOSSIBLE, makeMistake } from './mistakes.js';
import { Oracle, type Safety, type Violation } from './oracle.js';

export interface HistoryResult {
  /** The first thing that went wrong. */
  readonly violation: Violation | undefined;
  /** What was offered in each run, by name. */
  readonly log: readonly string[];
  /** The steps as carried out, every pick replaced by names. */
  readonly steps: readonly HistoryStep[];
  /** Who holds what at the end. */
  readonly world: World;
}

export interface HistoryWatch {
  /** The one property whose violations count. */
  readonly only?: Safety;
  /** Before this step the allocator is replaced by one that is restored from its snapshot. */
  readonly restoreAt?: number;
  /** Gives agents and frameworks longer names that keep their order. */
  readonly rename?: boolean;
}

/** Offers of one run after which an allocator is at fault: there are a handful of agents and frameworks. */
const MOST_OFFERS = 10_000;

/** Drives one allocator through a history, with the oracle beside it; stops at the first violation. */
export function runHistory(history: History, subject: Subject, watch: HistoryWatch = {}): HistoryResult {
  return new HistoryRun(history, subject, watch).run();
}

class HistoryRun {
  readonly #history: History;
  readonly #options: AllocatorOptions;
  readonly #subject: Subject;
  readonly #watch: HistoryWatch;
  readonly #oracle: Oracle;
  readonly #log: string[] = [];
  readonly #steps: HistoryStep[] = [];
  readonly #world: World;
  #violation: Violation | undefined;

  constructor(history: History, subject: Subject, watch: HistoryWatch) {
    this.#history = history;
    this.#subject = subject;
    this.#watch = watch;
    const roles = new Roles();
    const minimum = history.minAllocatable.map((text) => parseQuantities(text));
    this.#options = optionsFor(history, roles, minimum);
    this.#world = new World(subject.create(this.#options), roles, SECOND);
    this.#oracle = new Oracle(this.#world, minimum, history.offers === 'demand');
  }

  run(): HistoryResult {
    const { steps } = this.#history;
    for (let i = 0; i < steps.length && this.#violation === undefined; i++) {
      try {
        if (i === this.#watch.restoreAt) this.#restore();
        this.#step(steps[i]);
        if (this.#counts('conservation')) this.#report(this.#oracle.audit(this.#world.allocator));
      } catch (error) {
        // Whatever is looked for, an allocator that breaks down ends the run.
        this.#violation = { property: 'sound', sentence: faultText(error) };
      }
    }
    return { violation: this.#violation, log: this.#log, steps: this.#steps, world: this.#world };
  }

  #counts(property: Safety): boolean {
    return this.#watch.only === undefined || this.#watch.only === property;
  }

  #report(violation: Violation | undefined): void {
    if (violation !== undefined && this.#counts(violation.property)) this.#violation ??= violation;
  }

  #step(step: HistoryStep): void {
    if (step.do === 'request') this.#request(step as Extract<HistoryStep, { do: 'request' }>);
    else if (step.do === 'mistake') this.#mistake(step as Extract<HistoryStep, { do: 'mistake' }>);
    else if (step.do === 'giveBack') this.#giveBack(step as Extract<HistoryStep, { do: 'giveBack' }>);
    else this.#act(this.#renamed(step));
  }

  #act(json: ScenarioStep): void {
    const { fails: _expected, ...bare } = json;
    const action = readAction(bare);
    if (action === undefined) return;
    if (action.do === 'advance') {
      this.#steps.push(bare);
      this.#advance(action.seconds);
      return;
    }
    if (action.do === 'repeat') return;
    const before = this.#digest();
    const held = action.do === 'recover' ? this.#heldBy(action) : [];
    const gone = this.#goneWith(action);
    try {
      (actors[action.do] as (world: World, step: Action) => void)(this.#world, action);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#steps.push({ ...bare, fails: true });
      this.#mustBeSame(before, `${action.do} was refused (${error.message})`);
      return;
    }
    this.#steps.push(bare);
    if (gone !== undefined) this.#oracle.dropped(gone);
    else this.#oracle.acted(action);
    if (action.do === 'recover' && action.refuseSeconds !== undefined && action.refuseSeconds !== 0) {
      const seconds = action.refuseSeconds < 0 ? 5 : action.refuseSeconds;
      for (const entry of held) this.#oracle.declined(entry, seconds);
    }
    this.#settle();
  }

  /** What a recover gives back, before it does. */
  #heldBy(action: Action<'recover'>): Holding[] {
    const { ledger, roles, agents, frameworks } = this.#world;
    const query = {
      ...(action.framework !== undefined && { framework: frameworks.get(action.framework)?.id ?? -1 }),
      ...(action.agent !== undefined && { agent: agents.get(action.agent)?.id ?? -1 }),
      ...(action.role !== undefined && { role: roles.find(action.role) ?? -1 }),
    };
    // A deactivated framework makes no filters.
    const entries = ledger.entries(query).filter(({ framework }) => this.#oracle.isActive(framework));
    return action.resources === undefined
      ? entries
      : entries.map((entry) => ({ ...entry, resources: action.resources! }));
  }

  #goneWith(action: Action): { framework?: number; agent?: number } | undefined {
    const { agents, frameworks } = this.#world;
    if (action.do === 'removeAgent') return { agent: agents.get(action.agent)?.id ?? -1 };
    if (action.do === 'removeFramework') return { framework: frameworks.get(action.framework)?.id ?? -1 };
    return undefined;
  }

  #giveBack({ pick, half, refuseSeconds }: Extract<HistoryStep, { do: 'giveBack' }>): void {
    const world = this.#world;
    const entries = world.ledger
      .entries()
      .filter(({ framework }) => world.frameworkName(framework) !== undefined);
    if (entries.length === 0) return;
    const { framework, role, agent, resources } = entries[pick % entries.length];
    this.#act({
      do: 'recover',
      framework: world.frameworkName(framework),
      role: world.roles.path(role),
      agent: world.agentName(agent),
      resources: formatResources(half ? halfOf(resources) : resources),
      ...(refuseSeconds !== undefined && { refuseSeconds }),
    });
  }

  #request(step: Extract<HistoryStep, { do: 'request' }>): void {
    const world = this.#world;
    const name = this.#watch.rename === true ? longer(step.framework) : step.framework;
    const framework = world.frameworks.get(name);
    const role = world.role(step.role);
    // The master checks subscription before it passes a request on.
    if (framework === undefined || !framework.info.roles.includes(role)) return;
    this.#steps.push({ ...step, framework: name });
    const resources = parseResources(step.resources);
    const ask = { role, resources, count: step.count, allOrNothing: false };
    const refusal = this.#world.allocator.request(framework.id, [ask], world.now);
    if (refusal !== undefined) throw new StepFailure(`it refuses an ask: ${refusal}`);
    this.#oracle.asked(framework.id, role, resources, step.count);
    this.#settle();
  }

  /** A call that must be refused and change nothing. */
  #mistake(step: Extract<HistoryStep, { do: 'mistake' }>): void {
    const before = this.#digest();
    const refusal = makeMistake(step.call, this.#world.allocator, this.#world);
    if (refusal === IMPOSSIBLE) return;
    this.#steps.push(step);
    if (refusal === undefined) {
      const sentence = `it accepts a call that makes no sense: ${step.call}`;
      this.#report({ property: 'refused-calls', sentence });
      return;
    }
    this.#mustBeSame(before, `${step.call} was refused (${refusal})`);
  }

  /** Of the allocator's state, where it is looked at. */
  #digest(): string | undefined {
    return this.#counts('refused-calls') ? this.#world.allocator.digest() : undefined;
  }

  #mustBeSame(before: string | undefined, what: string): void {
    if (this.#digest() === before) return;
    this.#report({ property: 'refused-calls', sentence: `${what}, yet it changed something` });
  }

  #restore(): void {
    const snapshot = JSON.parse(JSON.stringify(this.#world.allocator.snapshot())) as ReturnType<
      Allocator['snapshot']
    >;
    const fresh = this.#subject.create(this.#options);
    fresh.restore(snapshot);
    this.#world.allocator = fresh;
  }

  #settle(): void {
    if (this.#history.settle === 'each' && this.#world.allocator.triggered) this.#allocate('triggered');
  }

  #advance(seconds: number): void {
    const world = this.#world;
    if (this.#history.settle === 'late' && this.#world.allocator.triggered) this.#allocate('triggered');
    const end = world.now + Math.round(seconds * SECOND);
    let at = (Math.floor(world.now / SECOND) + 1) * SECOND;
    for (; at <= end && this.#violation === undefined; at += SECOND) {
      world.now = at;
      this.#allocate('all');
      if (this.#counts('guarantees') || this.#counts('nothing-withheld'))
        this.#report(this.#oracle.settled());
    }
    world.now = end;
  }

  #allocate(scope: AllocationScope): void {
    const world = this.#world;
    const made: string[] = [];
    this.#world.allocator.allocate(world.now, scope, (_framework, offers) => {
      if (made.length > MOST_OFFERS) throw new StepFailure('one run makes more than 10,000 offers');
      for (const { framework, role, agent, resources } of offers) {
        const offer = { framework, role, agent, resources };
        for (const violation of this.#oracle.offered(offer)) this.#report(violation);
        if (this.#violation !== undefined) return;
        world.ledger.add(offer);
        const who = `${this.#shorter(world.frameworkName(framework))} in ${world.roles.path(role)}`;
        made.push(`${who} on ${this.#shorter(world.agentName(agent))}: ${formatResources(resources)}`);
      }
    });
    this.#log.push(`${scope} at ${world.now}: ${made.join(', ')}`);
  }

  /** The step with longer names, if that is watched. */
  #renamed(step: ScenarioStep): ScenarioStep {
    if (this.#watch.rename !== true) return step;
    const names: Record<string, unknown> = {};
    for (const key of ['agent', 'framework']) {
      if (typeof step[key] === 'string' && step.do !== 'recover') names[key] = longer(step[key]);
    }
    if (Array.isArray(step.agents)) names.agents = step.agents.map((name) => longer(String(name)));
    return { ...step, ...names };
  }

  #shorter(name: string | undefined): string {
    return this.#watch.rename === true ? String(name).slice('node-'.length) : String(name);
  }
}

const actions = new Map<string, Action | undefined>();

/** The same few steps come in thousands of histories: each is read once. */
function readAction(step: object): Action | undefined {
  const key = JSON.stringify(step);
  if (actions.has(key)) return actions.get(key);
  const [read] = readScenario({ format: SCENARIO_FORMAT, name: 'step', steps: [step] }).steps;
  const action = read.type === 'act' ? read.action : undefined;
  if (actions.size > 20_000) actions.clear();
  actions.set(key, action);
  return action;
}

/** Keeps the order of names. */
function longer(name: string): string {
  return `node-${name}`;
}

function optionsFor(history: History, roles: Roles, minAllocatable: readonly Quantities[]): AllocatorOptions {
  return {
    roles,
    random: (stream) => randomStream('1', `allocator/${stream}`),
    offers: history.offers,
    agentOrder: history.offers === 'demand' ? 'first-fit' : 'random',
    intervalUs: SECOND,
    instant: false,
    minAllocatable,
    fairnessExclude: [],
    roleSorter: 'drf',
    frameworkSorter: 'drf',
  };
}

/** About half of a bag of scalars, whole units. */
function halfOf(bag: Resources): Resources {
  return bag.kinds.reduce((half, id, i) => {
    if (kindOf(id).type !== 'SCALAR') return half;
    const amount = Math.ceil(bag.amounts[i] / 2000) * 1000;
    return half.plus(new Resources([id], [Math.min(amount, bag.amounts[i])]));
  }, Resources.EMPTY);
}

function faultText(error: unknown): string {
  if (error instanceof StepFailure) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `the allocator threw: ${message.split('\n', 1)[0]}`;
}
