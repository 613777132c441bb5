/** What the rules let an allocation offer, for the cycles of the reference allocator. */
import type { AllocationScope } from '../../src/cluster/allocator.js';
import type { AgentId, FrameworkId, Micros, RoleId } from '../../src/cluster/ids.js';
import type { AttributeConstraint } from '../../src/cluster/offer-constraints.js';
import type { AgentInfo, Quantities } from '../../src/cluster/protocol.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { isWithin } from '../../src/cluster/roles.js';
import { addQuantities, entriesOf, isQuotaKind, subtract, type ReferenceState } from './reference-state.js';

export interface Run {
  readonly now: Micros;
  readonly scope: AllocationScope;
  /** Agents that may be offered in this run, ascending. */
  readonly agents: readonly AgentId[];
}

export interface Stage {
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
export function candidateOffer(
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
  // With no guarantee left to meet nobody has to leave any headroom, however little there is.
  if (hasGuarantees(state) && stage.required.size > 0) {
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
export function isAllocatable(
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
export function isFiltered(
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

/** Fisher-Yates from the end. */
export function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
  }
  return shuffled;
}

export function hasGuarantees(state: ReferenceState): boolean {
  return [...state.data.quotas.values()].some(({ guarantees }) => Object.keys(guarantees).length > 0);
}
