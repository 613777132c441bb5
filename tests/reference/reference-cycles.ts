/** The two allocation cycles of the reference allocator, as literal as the rules allow. */
import type { AllocationScope, OfferSink } from '../../src/cluster/allocator.js';
import type { AgentId, FrameworkId, Micros, RoleId } from '../../src/cluster/ids.js';
import type { AttributeConstraint } from '../../src/cluster/offer-constraints.js';
import type { AgentInfo, Attribute, Offer, Quantities } from '../../src/cluster/protocol.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { formatMilli } from '../../src/cluster/resources/scalars.js';
import { isWithin } from '../../src/cluster/roles.js';
import {
  addQuantities,
  entriesOf,
  isQuotaKind,
  subtract,
  type PlacedAsk,
  type ReferenceState,
} from './reference-state.js';

export interface Run {
  readonly now: Micros;
  readonly scope: AllocationScope;
  /** Agents that may be offered in this run, ascending. */
  readonly agents: readonly AgentId[];
}

// ------------------------------------------------------------------------------------------------------- coarse

/**
 * Mesos's cycle: agents outside, roles and frameworks inside, whole agents offered.
 *
 * @param takesPart which frameworks are offered coarsely: all, or in demand mode those that never asked
 */
export function coarseCycle(
  state: ReferenceState,
  run: Run,
  takesPart: (framework: FrameworkId) => boolean,
  sink: OfferSink,
): void {
  const made = new Map<FrameworkId, Map<string, Offer>>();
  let agents = coarseOrder(state, run.agents);

  const visit = (agent: AgentId, role: RoleId, stage: Stage): void => {
    for (const framework of state.frameworkOrder(role).filter(takesPart)) {
      if (stage.number === 1 && state.unmet(role).size === 0) return;
      const resources = candidateOffer(state, framework, role, agent, stage);
      if (resources === undefined) continue;
      if (!isAllocatable(state, framework, role, resources)) continue;
      if (isFiltered(state, run, framework, role, agent, resources)) continue;
      if (isOfferedThisInstant(state, run, framework, role, agent)) continue;
      record(made, framework, role, agent, resources);
      state.data.offeredAt.set(offerKey(framework, role, agent), run.now);
      state.charge(framework, role, agent, resources, 1);
    }
  };

  if (hasGuarantees(state)) {
    for (const agent of agents) {
      for (const role of state.roleOrder()) {
        if (state.unmet(role).size > 0) visit(agent, role, { number: 1, required: state.requiredHeadroom() });
      }
    }
    if (state.options.agentOrder === 'random') agents = shuffle(agents, state.options.random('agents'));
  }
  // What stage 2 gives away lowers the headroom there is, not the headroom that is required.
  const second: Stage = { number: 2, required: state.requiredHeadroom() };
  for (const agent of agents) {
    for (const role of state.roleOrder()) visit(agent, role, second);
  }
  for (const framework of [...made.keys()].sort((a, b) => a - b)) {
    sink(framework, [...made.get(framework)!.values()]);
  }
}

function hasGuarantees(state: ReferenceState): boolean {
  return [...state.data.quotas.values()].some(({ guarantees }) => Object.keys(guarantees).length > 0);
}

/** Agents with anything to offer, in the order in which they are visited. */
function coarseOrder(state: ReferenceState, agents: readonly AgentId[]): AgentId[] {
  const free = agents.filter((agent) => !state.available(agent).isEmpty);
  if (state.options.agentOrder === 'first-fit') return free;
  if (state.options.agentOrder === 'random') return shuffle(free, state.options.random('agents'));
  const sign = state.options.agentOrder === 'best-fit' ? 1 : -1;
  return free
    .map((agent) => ({ agent, left: freeFraction(state, agent, Resources.EMPTY) }))
    .sort((a, b) => sign * (a.left - b.left) || a.agent - b.agent)
    .map(({ agent }) => agent);
}

/** Fisher-Yates from the end. */
function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
  }
  return shuffled;
}

/** Both stages of a run, and nothing else, make one offer per framework, role and agent. */
function record(
  made: Map<FrameworkId, Map<string, Offer>>,
  framework: FrameworkId,
  role: RoleId,
  agent: AgentId,
  resources: Resources,
): void {
  const offers = made.get(framework) ?? new Map<string, Offer>();
  made.set(framework, offers);
  const key = offerKey(framework, role, agent);
  const all = resources.plus(offers.get(key)?.resources ?? Resources.EMPTY);
  offers.set(key, { id: -1, framework, role, agent, resources: all, ask: undefined });
}

export function offerKey(framework: FrameworkId, role: RoleId, agent: AgentId): string {
  return `${framework}/${role}/${agent}`;
}

/** Under `instant`, once per instant (I-7). */
function isOfferedThisInstant(
  state: ReferenceState,
  run: Run,
  framework: FrameworkId,
  role: RoleId,
  agent: AgentId,
): boolean {
  return state.options.instant && state.data.offeredAt.get(offerKey(framework, role, agent)) === run.now;
}

// ------------------------------------------------------------------------------------------------- what may be offered

interface Stage {
  readonly number: 1 | 2;
  /** Unmet guarantees that others leave alone. */
  readonly required: ReadonlyMap<string, number>;
}

/**
 * The most that a stage of the coarse cycle would offer of an agent to a framework in a role, before min-allocatable and
 * filters; undefined: nothing.
 *
 * @param wanted of all that there is, look at this alone
 */
function candidateOffer(
  state: ReferenceState,
  framework: FrameworkId,
  role: RoleId,
  agent: AgentId,
  stage: Stage,
  wanted?: Resources,
): Resources | undefined {
  if (!mayReceive(state, framework, role, agent)) return undefined;
  const path = state.path(role);
  const capabilities = state.data.frameworks.get(framework)!.info.capabilities;
  const available = state.available(agent);
  if (wanted !== undefined && !available.contains(wanted)) return undefined;
  const usable = (wanted ?? available)
    .filter((kind) => kind.owner === undefined || isWithin(path, kind.owner))
    .filter((kind) => !kind.shared || capabilities.includes('SHARED_RESOURCES'))
    .filter((kind) => !kind.revocable || capabilities.includes('REVOCABLE_RESOURCES'))
    .filter((kind) => kind.reservations.length < 2 || capabilities.includes('RESERVATION_REFINEMENT'));

  const countable = usable.filter(isQuotaKind);
  const guaranteed = stage.number === 1 ? shrink(state, countable, state.unmet(role), 0) : Resources.EMPTY;
  if (stage.number === 1 && guaranteed.isEmpty) return undefined;
  const forGuarantee = new Map<string, number>();
  addQuantities(forGuarantee, guaranteed);

  const always = usable.filter(
    (kind) =>
      !isQuotaKind(kind) &&
      (stage.number === 2 || kind.owner === path || kind.type !== 'SCALAR' || kind.revocable),
  );
  let rest = countable.minus(guaranteed);
  const limits = new Map(Object.entries(state.data.quotas.get(role)?.limits ?? {}));
  const consumed = state.consumed(role);
  const room = [...limits].map(([name, limit]): [string, number] => [
    name,
    Math.max(0, limit - (consumed.get(name) ?? 0) - (forGuarantee.get(name) ?? 0)),
  ]);
  rest = shrink(state, rest, new Map(room), Infinity);
  if (hasGuarantees(state)) {
    rest = shrink(state, rest, subtract(state.availableHeadroom(), stage.required), 0);
  }
  return guaranteed.plus(always).plus(rest);
}

/** Cuts scalars down to quantities by name; what is indivisible goes whole or not at all, in a drawn order. */
function shrink(
  state: ReferenceState,
  bag: Resources,
  target: ReadonlyMap<string, number>,
  absent: number,
): Resources {
  const names = new Set(entriesOf(bag).map(({ kind }) => kind.name));
  let kept = Resources.EMPTY;
  for (const name of names) {
    let room = target.get(name) ?? absent;
    const entries = entriesOf(bag)
      .filter(({ kind }) => kind.name === name)
      .sort((a, b) => (a.kind.key < b.kind.key ? -1 : 1));
    for (const { kind, amount } of shuffle(entries, state.options.random('shrink'))) {
      const fits = kind.unitMilli === 0 ? Math.min(amount, room) : amount <= room ? amount : 0;
      room -= fits;
      if (fits > 0) kept = kept.plus(new Resources([kind.id], [fits]));
    }
  }
  return kept;
}

/** What framework and agent are able to do with each other, whatever is free there. */
function mayReceive(state: ReferenceState, framework: FrameworkId, role: RoleId, agent: AgentId): boolean {
  const { capabilities, constraints } = state.data.frameworks.get(framework)!.info;
  const { info } = state.data.agents.get(agent)!;
  const groups = constraints?.get(role);
  if (groups?.some((group) => group.every((each) => meets(info, each))) === false) return false;
  const isRemote = info.domain !== undefined && info.domain.region !== state.options.domain?.region;
  if (isRemote && !capabilities.includes('REGION_AWARE')) return false;
  const hasGpus = entriesOf(info.total).some(({ kind }) => kind.name === 'gpus');
  if (hasGpus && !capabilities.includes('GPU_RESOURCES')) return false;
  if (capabilities.includes('MULTI_ROLE') && !info.capabilities.includes('MULTI_ROLE')) return false;
  return !state.path(role).includes('/') || info.capabilities.includes('HIERARCHICAL_ROLE');
}

/** One of a framework's offer constraints; the patterns of the histories mean the same to RE2 and to JavaScript. */
function meets({ attributes, hostname, domain }: AgentInfo, constraint: AttributeConstraint): boolean {
  const { selector, predicate } = constraint;
  const pseudo = { HOSTNAME: hostname, REGION: domain?.region, ZONE: domain?.zone };
  const attribute = 'attribute' in selector && attributes.find((a) => a.name === selector.attribute);
  const found = 'pseudo' in selector ? pseudo[selector.pseudo] : attribute || undefined;
  const isThere = found !== undefined;
  if (predicate.type === 'exists') return isThere;
  if (predicate.type === 'not_exists') return !isThere;
  if (!isThere) return predicate.type === 'text_not_equals' || predicate.type === 'text_not_matches';
  if (typeof found !== 'string' && found.type !== 'TEXT') return true;
  const text = typeof found === 'string' ? found : found.text;
  switch (predicate.type) {
    case 'text_equals':
      return text === predicate.value;
    case 'text_not_equals':
      return text !== predicate.value;
    case 'text_matches':
      return new RegExp(`^(?:${predicate.value})$`).test(text);
    case 'text_not_matches':
      return !new RegExp(`^(?:${predicate.value})$`).test(text);
  }
}

/** An offer contains one of the quantities in full. */
function isAllocatable(
  state: ReferenceState,
  framework: FrameworkId,
  role: RoleId,
  resources: Resources,
): boolean {
  const own = state.data.frameworks.get(framework)!.info.minAllocatable?.get(role);
  const least: readonly Quantities[] = own ?? state.options.minAllocatable;
  if (resources.isEmpty) return false;
  const offered = new Map<string, number>();
  for (const { kind, amount } of entriesOf(resources)) {
    const quantity = kind.shared ? kind.unitMilli : amount;
    offered.set(kind.name, (offered.get(kind.name) ?? 0) + quantity);
  }
  const holds = (quantities: Quantities): boolean =>
    Object.entries(quantities).every(([name, milli]) => (offered.get(name) ?? 0) >= milli);
  return least.length === 0 || least.some(holds);
}

/** Refused once, and refused ⊇ offered. */
function isFiltered(
  state: ReferenceState,
  run: Run,
  framework: FrameworkId,
  role: RoleId,
  agent: AgentId,
  resources: Resources,
): boolean {
  return state.data.filters.some(
    (filter) =>
      filter.framework === framework &&
      filter.role === role &&
      filter.agent === agent &&
      (run.now < filter.ends || (run.now === filter.ends && filter.outlivesBatch && run.scope === 'all')) &&
      filter.refused.contains(resources),
  );
}

// ------------------------------------------------------------------------------------------------------- demand

/**
 * Asks outside, agents inside, one offer per granted task, then coarse offers for whoever never asked.
 *
 * @param order `drf`: roles and frameworks in sort order; `fifo`: the oldest ask of all, and if it is not feasible the
 * cycle ends (P-2)
 */
export function demandCycle(state: ReferenceState, run: Run, order: 'drf' | 'fifo', sink: OfferSink): void {
  let granted = true;
  while (granted) {
    const queues = order === 'drf' ? queuesInSortOrder(state) : queuesInOrderOfArrival(state).slice(0, 1);
    granted = queues.some(({ framework, ask }) => grant(state, run, framework, ask, sink));
  }
  coarseCycle(state, run, (framework) => !state.data.frameworks.get(framework)!.asked, sink);
}

type Queued = ReferenceState['data']['asks'][number];

/** The oldest ask of each queue. */
function queuesInSortOrder(state: ReferenceState): Queued[] {
  return state
    .roleOrder()
    .flatMap((role) => state.frameworkOrder(role).map((framework) => ({ framework, role })))
    .flatMap(({ framework, role }) => {
      const queue = queuesInOrderOfArrival(state);
      return queue.filter((q) => q.framework === framework && q.ask.role === role).slice(0, 1);
    });
}

function queuesInOrderOfArrival(state: ReferenceState): Queued[] {
  return state.data.asks
    .filter(({ framework, ask }) => state.isWilling(framework, ask.role))
    .sort((a, b) => a.ask.sequence - b.ask.sequence);
}

/** Grants one piece of the ask, or a gang whole; false: it is not feasible. */
function grant(
  state: ReferenceState,
  run: Run,
  framework: FrameworkId,
  ask: PlacedAsk,
  sink: OfferSink,
): boolean {
  const { role, resources } = ask;
  const pieces = ask.allOrNothing ? ask.count : 1;
  const before = state.data.held;
  const placements: AgentId[] = [];
  while (placements.length < pieces) {
    const agent = pickAgent(state, run, framework, ask);
    if (agent === undefined) {
      state.data.held = before;
      return false;
    }
    placements.push(agent);
    state.charge(framework, role, agent, resources, 0);
  }
  for (const _ of placements) state.countAllocation(framework, role);
  state.data.asks = state.data.asks.flatMap((queued) => {
    if (queued.ask.sequence !== ask.sequence) return [queued];
    const count = ask.count - pieces;
    return count === 0 ? [] : [{ framework, ask: { ...ask, count } }];
  });
  const granted = { ...ask, count: 1 };
  sink(
    framework,
    placements.map((agent) => ({ id: -1, framework, role, agent, resources, ask: granted })),
  );
  return true;
}

function pickAgent(
  state: ReferenceState,
  run: Run,
  framework: FrameworkId,
  ask: PlacedAsk,
): AgentId | undefined {
  const feasible = run.agents.filter((agent) => isFeasible(state, run, framework, ask, agent));
  if (feasible.length === 0 || state.options.agentOrder === 'first-fit') return feasible[0];
  if (state.options.agentOrder === 'random') {
    return feasible[Math.floor(state.options.random('agents')() * feasible.length)];
  }
  const sign = state.options.agentOrder === 'best-fit' ? 1 : -1;
  return feasible
    .map((agent) => ({ agent, left: freeFraction(state, agent, ask.resources) }))
    .sort((a, b) => sign * (a.left - b.left) || a.agent - b.agent)[0].agent;
}

/** The coarse cycle could have included it in an offer; min-allocatable plays no part. */
function isFeasible(
  state: ReferenceState,
  run: Run,
  framework: FrameworkId,
  ask: PlacedAsk,
  agent: AgentId,
): boolean {
  if (!meetsConstraint(state.data.agents.get(agent)!.info.attributes, ask.constraint)) return false;
  if (isFiltered(state, run, framework, ask.role, agent, ask.resources)) return false;
  const required = state.requiredHeadroom();
  return ([1, 2] as const).some((number) => {
    const stage = { number, required };
    const candidate = candidateOffer(state, framework, ask.role, agent, stage, ask.resources);
    return candidate?.contains(ask.resources) === true;
  });
}

/** `rack=r1;zone=z`: the first attribute of each name has that text. */
function meetsConstraint(attributes: readonly Attribute[], constraint: string | undefined): boolean {
  if (constraint === undefined) return true;
  return constraint.split(';').every((term) => {
    const [name, wanted] = term.split('=').map((part) => part.trim());
    const attribute = attributes.find((a) => a.name === name);
    if (attribute?.type === 'SCALAR') return formatMilli(attribute.milli) === wanted;
    return attribute?.type === 'TEXT' && attribute.text === wanted;
  });
}

/** The largest fraction of any of the agent's scalars that is free once `taken` is gone too. */
function freeFraction(state: ReferenceState, agent: AgentId, taken: Resources): number {
  const total = new Map<string, number>();
  const free = new Map<string, number>();
  addQuantities(total, state.data.agents.get(agent)!.info.total);
  addQuantities(free, state.available(agent).minus(taken));
  return Math.max(0, ...[...total].map(([name, milli]) => (free.get(name) ?? 0) / milli));
}
