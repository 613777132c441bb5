import type { AllocationScope, Allocator, AllocatorOptions, Holding } from '../../cluster/allocator.js';
import { SECOND } from '../../cluster/ids.js';
import type { Ask } from '../../cluster/protocol.js';
import { kindOf } from '../../cluster/resources/kinds.js';
import { Resources } from '../../cluster/resources/resources.js';
import { formatResources, parseQuantities, parseResources } from '../../cluster/resources/text.js';
import { Roles } from '../../cluster/roles.js';
import { readScenario } from '../../scenario/parse.js';
import { Refused, StepFailure } from '../../scenario/refusal.js';
import { SCENARIO_FORMAT, type Action } from '../../scenario/schema.js';
import { actors } from '../../scenario/verbs/verbs.js';
import { World } from '../../scenario/world.js';
import type { Subject } from '../check.js';
import { optionsFor } from '../economies/tasks.js';
import type { History, HistoryStep, ScenarioStep } from './history.js';
import { IMPOSSIBLE, makeMistake } from './mistakes.js';
import type { OpenAsk } from './ask-book.js';
import { Facts } from './facts.js';
import { Oracle, type Safety, type Violation } from './oracle.js';
import { settled } from './settled.js';

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

interface Grant extends Holding {
  /** What the allocator said that it grants. */
  readonly said: Ask | undefined;
  readonly ask: OpenAsk;
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
  readonly #facts: Facts;
  readonly #oracle: Oracle;
  /** Grants of asks that may be rescinded, in order. */
  #grants: Grant[] = [];
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
    this.#options = { ...optionsFor(roles, undefined, history.offers), minAllocatable: minimum };
    this.#world = new World(subject.create(this.#options), roles, SECOND);
    this.#facts = new Facts(this.#world, minimum, history.offers === 'demand');
    this.#oracle = new Oracle(this.#facts);
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
    else if (step.do === 'rescind') this.#rescind(step as Extract<HistoryStep, { do: 'rescind' }>);
    else if (step.do === 'reserve') this.#reserve(step as Extract<HistoryStep, { do: 'reserve' }>);
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
    if (gone !== undefined) this.#facts.dropped(gone);
    else this.#facts.acted(action);
    if (action.do === 'recover' && action.refuseSeconds !== undefined && action.refuseSeconds !== 0) {
      const seconds = action.refuseSeconds < 0 ? 5 : action.refuseSeconds;
      for (const entry of held) this.#facts.declined(entry, seconds);
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
    const entries = ledger.entries(query).filter(({ framework }) => this.#facts.isActive(framework));
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
    const { count, allOrNothing = false } = step;
    const resources = parseResources(step.resources);
    // None: it withdraws what it asked for.
    const asks = count === 0 ? [] : [{ role, resources, count, allOrNothing }];
    const refusal = this.#world.allocator.request(framework.id, asks, world.now);
    if (refusal !== undefined) throw new StepFailure(`it refuses an ask: ${refusal}`);
    if (count === 0) this.#facts.asks.withdrawn(framework.id);
    else this.#facts.asks.asked(framework.id, role, resources, count, allOrNothing);
    this.#settle();
  }

  /** Takes back a grant that is still held: its ask goes back to its place. */
  #rescind(step: Extract<HistoryStep, { do: 'rescind' }>): void {
    const world = this.#world;
    const held = this.#grants.filter(
      ({ framework, role, agent, resources }) =>
        world.frameworkName(framework) !== undefined &&
        world.agentName(agent) !== undefined &&
        world.ledger.at(framework, role, agent).contains(resources),
    );
    if (held.length === 0) return;
    const grant = held[step.pick % held.length];
    this.#steps.push(step);
    const { framework, role, agent, resources, said, ask } = grant;
    const refusal = world.allocator.recover(framework, role, agent, resources, said);
    if (refusal !== undefined) throw new StepFailure(`it refuses what was rescinded: ${refusal}`);
    this.#grants = this.#grants.filter((other) => other !== grant);
    world.ledger.take(grant);
    this.#facts.asks.rescinded(framework, role, ask);
    this.#settle();
  }

  /** Reserves part of what is held for its role, makes a volume of it, or gives a reservation up. */
  #reserve({ pick, to }: Extract<HistoryStep, { do: 'reserve' }>): void {
    const world = this.#world;
    const entries = world.ledger
      .entries()
      .filter(({ framework, role }) => world.frameworkName(framework) !== undefined && role !== 0);
    if (entries.length === 0) return;
    const { framework, role, agent, resources } = entries[pick % entries.length];
    const path = world.roles.path(role);
    const name = to === 'volume' ? 'disk' : 'cpus';
    const [plain, reserved] = [`${name}:1`, `${name}(+${path})${to === 'volume' ? '[volume=v1]' : ''}:1`];
    const [from, into] = to === 'plain' ? [reserved, plain] : [plain, reserved];
    if (!resources.contains(parseResources(from))) return;
    const who = { framework: world.frameworkName(framework), role: path, agent: world.agentName(agent) };
    this.#act({ do: 'updateAllocation', ...who, from, to: into });
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
      if (this.#counts('guarantees') || this.#counts('nothing-withheld')) this.#report(settled(this.#facts));
    }
    world.now = end;
  }

  #allocate(scope: AllocationScope): void {
    const world = this.#world;
    const { allocator } = world;
    const made: string[] = [];
    const before = this.#digest();
    const isAnnounced = allocator.triggered || allocator.dirty || allocator.nextExpiry() <= world.now;
    allocator.allocate(world.now, scope, (framework, offers) => {
      if (made.length > MOST_OFFERS) throw new StepFailure('one run makes more than 10,000 offers');
      const { asks, violation: wrong } = this.#oracle.granted(framework, offers);
      this.#report(wrong);
      for (const [i, { role, agent, resources, ask: said }] of offers.entries()) {
        const offer = { framework, role, agent, resources };
        for (const violation of this.#oracle.offered(offer)) this.#report(violation);
        if (this.#violation !== undefined) return;
        world.ledger.add(offer);
        if (asks[i] !== undefined && !asks[i].allOrNothing)
          this.#grants.push({ ...offer, said, ask: asks[i] });
        const who = `${this.#shorter(world.frameworkName(framework))} in ${world.roles.path(role)}`;
        made.push(`${who} on ${this.#shorter(world.agentName(agent))}: ${formatResources(resources)}`);
      }
    });
    this.#log.push(`${scope} at ${world.now}: ${made.join(', ')}`);
    this.#reportOfRun(made, isAnnounced, before);
  }

  #reportOfRun(made: readonly string[], isAnnounced: boolean, before: string | undefined): void {
    if (made.length > 0 && !isAnnounced) {
      const sentence = `it said that there was nothing to do (dirty, nextExpiry), and offers ${made[0]}`;
      this.#report({ property: 'sound', sentence });
    }
    if (made.length > 0 && before !== undefined && before === this.#digest()) {
      const sentence = `it offers ${made[0]}, and its digest is as before`;
      this.#report({ property: 'refused-calls', sentence });
    }
    if (this.#watch.only === 'sound') this.#report(this.#oracle.shares(this.#world.allocator));
  }

  /** The step with other names, if that is watched. */
  #renamed(step: ScenarioStep): ScenarioStep {
    if (this.#watch.rename !== true) return step;
    const names: Record<string, unknown> = {};
    if (step.do !== 'recover' && step.do !== 'updateAllocation') {
      if (typeof step.agent === 'string') names.agent = otherAgent(step.agent);
      if (typeof step.framework === 'string') names.framework = longer(step.framework);
    }
    if (typeof step.used === 'object' && step.used !== null) {
      const used = Object.entries(step.used).map(([name, held]) => [longer(name), held] as const);
      names.used = Object.fromEntries(used);
    }
    if (Array.isArray(step.agents)) names.agents = step.agents.map((name) => otherAgent(String(name)));
    return { ...step, ...names };
  }

  #shorter(name: string | undefined): string {
    return this.#watch.rename === true ? String(name).slice(PREFIX.length) : String(name);
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

const PREFIX = 'node-';

/** Keeps the order of names, which decides the last tie between frameworks. */
function longer(name: string): string {
  return `${PREFIX}${name}`;
}

/** Turns the order of names round: agents stand in the order in which they came, and names say nothing. */
function otherAgent(name: string): string {
  const last = String.fromCharCode('z'.charCodeAt(0) - (Number(name.slice(1)) % 10));
  return `${PREFIX.slice(0, -1)}${last}${name}`;
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
