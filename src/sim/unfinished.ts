import type { Allocator } from '../cluster/allocator.js';
import { parseConstraint, satisfies } from '../cluster/constraint.js';
import type { AgentInfo, Quantities } from '../cluster/protocol.js';
import { nameOf } from '../cluster/resources/kinds.js';
import { allocatableTo, quantities } from '../cluster/resources/queries.js';
import type { Resources } from '../cluster/resources/resources.js';
import { formatMilli } from '../cluster/resources/scalars.js';
import { formatResources } from '../cluster/resources/text.js';
import { isWithin } from '../cluster/roles.js';
import { Outcome } from '../metrics/recorder.js';
import { TaskFlag, type Trace } from '../workloads/trace.js';
import type { RunEnd } from './simulation.js';

const NO_ROLE = -2;

/** Tasks that had arrived and not ended when the run did, alike in framework, role, shape and constraint. */
export interface UnfinishedGroup {
  /** Indices into the lists of the trace; constraint -1: none. */
  readonly framework: number;
  readonly role: number;
  readonly shape: number;
  readonly constraint: number;
  readonly isGang: boolean;
  readonly isService: boolean;
  readonly isRunning: boolean;
  count: number;
  /** Number of the first of them. */
  readonly firstTask: number;
  /** Why they have not ended, for a person. */
  reason: string;
}

/** What the reasons are looked up in. */
export interface EndState {
  readonly trace: Trace;
  /** {@link Outcome} per task. */
  readonly outcome: Uint8Array;
  readonly shapes: readonly Resources[];
  readonly agents: readonly AgentInfo[];
  readonly allocator: Pick<Allocator, 'name' | 'holdings' | 'available'>;
  /** By role path; a role without limits is not in it. */
  readonly limits: ReadonlyMap<string, Quantities>;
  readonly rolePath: (role: number) => string;
  readonly end: RunEnd;
}

/**
 * Groups what is unfinished, in order of task number, and says of each group why it is. Cost: O(tasks + (shapes + limits) x
 * agents).
 */
export function unfinishedGroups(state: EndState): UnfinishedGroup[] {
  const { trace, outcome } = state;
  const groups = new Map<string, UnfinishedGroup>();
  for (let task = 0; task < trace.taskCount; task++) {
    if (outcome[task] !== Outcome.waiting && outcome[task] !== Outcome.running) continue;
    const [framework, role, shape] = [trace.framework[task], trace.role[task], trace.shape[task]];
    const constraint = trace.constraint?.[task] ?? -1;
    const kind = `${trace.flags[task] & ~TaskFlag.gangStart} ${outcome[task]}`;
    const key = `${framework} ${role} ${shape} ${constraint} ${kind}`;
    const group = groups.get(key) ?? {
      framework,
      role,
      shape,
      constraint,
      isGang: (trace.flags[task] & TaskFlag.gang) !== 0,
      isService: (trace.flags[task] & TaskFlag.service) !== 0,
      isRunning: outcome[task] === Outcome.running,
      count: 0,
      firstTask: task,
      reason: '',
    };
    group.count++;
    groups.set(key, group);
  }
  const all = [...groups.values()];
  if (all.length === 0) return all;
  const free = new FreePlaces(state);
  const heads = queueHeads(all, trace);
  const held = new Map<string, ReadonlyMap<number, number>>();
  for (const group of all) group.reason = reasonOf(group, heads, state, free, held);
  return all;
}

function reasonOf(
  group: UnfinishedGroup,
  heads: ReadonlyMap<string, number>,
  state: EndState,
  free: FreePlaces,
  held: Map<string, ReadonlyMap<number, number>>,
): string {
  if (group.isRunning) return group.isService ? 'a service runs until the end of the run' : 'still running';
  const overLimit = limitReason(group, state, held);
  if (overLimit !== undefined) return overLimit;
  const places = free.of(group);
  const need = formatResources(state.shapes[group.shape]);
  if (places === 0) return `no agent it may use has ${need} free`;
  if (group.isGang) return `a gang of ${need} each; ${places} of them would find room now`;
  if (state.end !== 'stalled' && !group.isService) return 'still waiting for its turn';
  const most = `${places} of ${need} would find room now`;
  const ahead = heads.get(`${group.framework} ${group.role}`);
  if (ahead !== group.firstTask) return `${most}, but task ${ahead} of its framework is first in the queue`;
  return `${most}, but ${state.allocator.name} made no offer that its framework could use`;
}

/** Of each queue of a framework and role, the task that came first of those that wait: nothing overtakes it (Q-3, B-1). */
function queueHeads(groups: readonly UnfinishedGroup[], { submitUs }: Trace): ReadonlyMap<string, number> {
  const heads = new Map<string, number>();
  for (const { framework, role, firstTask, isRunning } of groups) {
    if (isRunning) continue;
    const queue = `${framework} ${role}`;
    const head = heads.get(queue) ?? firstTask;
    const later = submitUs[firstTask] - submitUs[head] || firstTask - head;
    heads.set(queue, later < 0 ? firstTask : head);
  }
  return heads;
}

/** The limit of the role, or what it holds under the limit, leaves too little for one task. */
function limitReason(
  { role, shape }: UnfinishedGroup,
  state: EndState,
  known: Map<string, ReadonlyMap<number, number>>,
): string | undefined {
  const path = state.trace.roles[role];
  const limits = state.limits.get(path);
  if (limits === undefined) return undefined;
  const held = known.get(path) ?? heldWithin(path, state);
  known.set(path, held);
  for (const [nameId, milli] of quantities(state.shapes[shape])) {
    const limit = limits[nameOf(nameId)];
    const used = held.get(nameId) ?? 0;
    if (limit === undefined || used + milli <= limit) continue;
    const [name, most] = [nameOf(nameId), formatMilli(limit)];
    return `role ${path} has the limit ${name}:${most} and holds ${formatMilli(used)}; a task needs ${formatMilli(milli)}`;
  }
  return undefined;
}

/** Unreserved, non-revocable scalars held by the role and below it. */
function heldWithin(path: string, { agents, allocator, rolePath }: EndState): Map<number, number> {
  const held = new Map<number, number>();
  agents.forEach((_, agent) => {
    for (const { role, resources } of allocator.holdings(agent)) {
      if (!isWithin(rolePath(role), path)) continue;
      const plain = resources.filter(({ owner, revocable }) => owner === undefined && !revocable);
      for (const [nameId, milli] of quantities(plain)) held.set(nameId, (held.get(nameId) ?? 0) + milli);
    }
  });
  return held;
}

/** Room that was free when the run ended. Looked up once for all groups that want the same. */
class FreePlaces {
  readonly #state: EndState;
  /** Something is free that not every role may use. */
  readonly #isByRole: boolean;
  readonly #places = new Map<string, number>();
  /** Free quantities by name, a column of all agents each, for the role (-1: whichever) that was looked up last. */
  #role = NO_ROLE;
  #free: ReadonlyMap<number, Float64Array> = new Map();

  constructor(state: EndState) {
    this.#state = state;
    this.#isByRole = state.agents.some((_, agent) => !state.allocator.available(agent).isPlain);
  }

  /** Tasks of the group that would fit side by side into what is free now, with nobody else there. */
  of({ role, shape, constraint }: UnfinishedGroup): number {
    const key = `${this.#isByRole ? role : -1} ${shape} ${constraint}`;
    let places = this.#places.get(key);
    if (places === undefined) this.#places.set(key, (places = this.#count(role, shape, constraint)));
    return places;
  }

  #count(role: number, shape: number, constraint: number): number {
    const { trace, agents, shapes } = this.#state;
    const need = [...quantities(shapes[shape])];
    const wanted = constraint < 0 ? undefined : parseConstraint(trace.constraints[constraint]);
    const free = this.#freeFor(role);
    const columns = need.map(([name]) => free.get(name));
    if (columns.includes(undefined)) return 0;
    let places = 0;
    for (let agent = 0; agent < agents.length; agent++) {
      let fit = Infinity;
      for (let i = 0; i < need.length && fit > 0; i++) {
        fit = Math.min(fit, Math.floor((columns[i] as Float64Array)[agent] / need[i][1]));
      }
      if (fit > 0 && (wanted === undefined || satisfies(agents[agent].attributes, wanted))) places += fit;
    }
    return places;
  }

  #freeFor(role: number): ReadonlyMap<number, Float64Array> {
    const wanted = this.#isByRole ? role : -1;
    if (this.#role === wanted) return this.#free;
    const { trace, agents, allocator } = this.#state;
    this.#role = wanted;
    const free = new Map<number, Float64Array>();
    agents.forEach((_, agent) => {
      for (const [name, milli] of quantities(allocatableTo(allocator.available(agent), trace.roles[role]))) {
        let column = free.get(name);
        if (column === undefined) free.set(name, (column = new Float64Array(agents.length)));
        column[agent] = milli;
      }
    });
    this.#free = free;
    return free;
  }
}
