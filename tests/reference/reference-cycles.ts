/** The two allocation cycles of the reference allocator, as literal as the rules allow. */
import type { OfferSink } from '../../src/cluster/allocator.js';
import type { AgentId, FrameworkId, RoleId } from '../../src/cluster/ids.js';
import type { Attribute, Offer } from '../../src/cluster/protocol.js';
import type { Kind } from '../../src/cluster/resources/kinds.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { formatMilli } from '../../src/cluster/resources/scalars.js';
import { isWithin } from '../../src/cluster/roles.js';
import {
  candidateOffer,
  hasGuarantees,
  isAllocatable,
  isFiltered,
  shuffle,
  type Run,
  type Stage,
} from './reference-offers.js';
import { addQuantities, entriesOf, type PlacedAsk, type ReferenceState } from './reference-state.js';

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

/** Agents with anything to offer, in the order in which they are visited. */
function coarseOrder(state: ReferenceState, agents: readonly AgentId[]): AgentId[] {
  const free = agents.filter((agent) => !state.available(agent).isEmpty);
  if (state.options.agentOrder === 'first-fit') return free;
  if (state.options.agentOrder === 'random') return shuffle(free, state.options.random('agents'));
  const sign = state.options.agentOrder === 'best-fit' ? 1 : -1;
  return free
    .map((agent) => ({ agent, left: freeFraction(state, agent, Resources.EMPTY, (kind) => kind.plain) }))
    .sort((a, b) => sign * (a.left - b.left) || a.agent - b.agent)
    .map(({ agent }) => agent);
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
  const placements: { agent: AgentId; piece: Resources }[] = [];
  while (placements.length < pieces) {
    const agent = pickAgent(state, run, framework, ask);
    if (agent === undefined) {
      state.data.held = before;
      return false;
    }
    const piece = pieceOn(state, framework, role, agent, resources);
    placements.push({ agent, piece });
    state.charge(framework, role, agent, piece, 0);
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
    placements.map(({ agent, piece }) => ({
      id: -1,
      framework,
      role,
      agent,
      resources: piece,
      ask: granted,
    })),
  );
  return true;
}

/**
 * What an ask would get on an agent: of names that it asks for plainly, first what is reserved for the role or an
 * ancestor and divisible (deepest owner, tallest stack, then the identity's bytes), the rest unreserved.
 */
function pieceOn(
  state: ReferenceState,
  framework: FrameworkId,
  role: RoleId,
  agent: AgentId,
  wanted: Resources,
): Resources {
  const explicit = wanted.filter((kind) => !kind.plain);
  const reserved = entriesOf(state.available(agent).minus(explicit))
    .filter(({ kind }) => isReservedFor(state, framework, role, kind))
    .sort((a, b) => narrowness(b.kind) - narrowness(a.kind) || (a.kind.key < b.kind.key ? -1 : 1));
  let piece = explicit;
  for (const { kind: plain, amount } of entriesOf(wanted).filter(({ kind }) => kind.plain)) {
    let missing = amount;
    for (const { kind, amount: there } of reserved.filter((entry) => entry.kind.name === plain.name)) {
      const part = Math.min(missing, there);
      if (part > 0) piece = piece.plus(new Resources([kind.id], [part]));
      missing -= part;
    }
    if (missing > 0) piece = piece.plus(new Resources([plain.id], [missing]));
  }
  return piece;
}

/** Reserved for the role or an ancestor, divisible, and such as the framework can be offered. */
function isReservedFor(state: ReferenceState, framework: FrameworkId, role: RoleId, kind: Kind): boolean {
  const { capabilities } = state.data.frameworks.get(framework)!.info;
  if (kind.owner === undefined || !isWithin(state.path(role), kind.owner)) return false;
  if (kind.type !== 'SCALAR' || kind.unitMilli !== 0 || kind.revocable) return false;
  if (kind.volume !== undefined || kind.shared) return false;
  return kind.reservations.length < 2 || capabilities.includes('RESERVATION_REFINEMENT');
}

function narrowness({ owner, reservations }: Kind): number {
  return owner!.split('/').length * 100 + reservations.length;
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
  const taken = (agent: AgentId): Resources => pieceOn(state, framework, ask.role, agent, ask.resources);
  const counts = (kind: Kind): boolean => kind.plain || isReservedFor(state, framework, ask.role, kind);
  return feasible
    .map((agent) => ({ agent, left: freeFraction(state, agent, taken(agent), counts) }))
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
  const piece = pieceOn(state, framework, ask.role, agent, ask.resources);
  if (isFiltered(state, run, framework, ask.role, agent, piece)) return false;
  const required = state.requiredHeadroom();
  return ([1, 2] as const).some((number) => {
    const stage = { number, required };
    const candidate = candidateOffer(state, framework, ask.role, agent, stage, piece);
    return candidate?.contains(piece) === true;
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

/** The largest fraction of any of the agent's scalars that count that is free once `taken` is gone too. */
function freeFraction(
  state: ReferenceState,
  agent: AgentId,
  taken: Resources,
  counts: (kind: Kind) => boolean,
): number {
  const total = new Map<string, number>();
  const free = new Map<string, number>();
  addQuantities(total, state.data.agents.get(agent)!.info.total.filter(counts));
  addQuantities(free, state.available(agent).minus(taken).filter(counts));
  return Math.max(0, ...[...total].map(([name, milli]) => (free.get(name) ?? 0) / milli));
}
