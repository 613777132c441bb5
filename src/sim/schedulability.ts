import { parseConstraint, satisfies } from '../cluster/constraint.js';
import { GPUS, nameOf } from '../cluster/resources/kinds.js';
import { allocatableTo, quantities } from '../cluster/resources/queries.js';
import type { Resources } from '../cluster/resources/resources.js';
import { formatMilli } from '../cluster/resources/scalars.js';
import { formatResources } from '../cluster/resources/text.js';
import { TaskFlag, type Trace } from '../workloads/trace.js';
import type { AgentSpec } from './cluster-spec.js';

/** Tasks that can never run, alike in framework, role, shape and constraint. */
export interface UnschedulableGroup {
  /** Indices into the lists of the trace; constraint -1: none. */
  readonly framework: number;
  readonly role: number;
  readonly shape: number;
  readonly constraint: number;
  readonly reason: string;
  count: number;
}

export interface Unschedulable {
  /** Task numbers, ascending. */
  readonly tasks: readonly number[];
  readonly groups: readonly UnschedulableGroup[];
}

/** Per framework of the trace: may it use agents with gpus? */
export type GpuUse = readonly boolean[];

/**
 * A framework is a GPU_RESOURCES framework if one of its tasks asks for gpus, or if the cluster has no agent without
 * them. The others keep off agents with gpus.
 */
export function gpuUse(trace: Trace, agents: readonly AgentSpec[]): GpuUse {
  const use = trace.frameworks.map(() => agents.every(({ resources }) => resources.amountOf(GPUS) > 0));
  const needsGpus = trace.shapes.map(({ gpusMilli }) => gpusMilli > 0);
  if (needsGpus.includes(true)) {
    trace.shape.forEach((shape, task) => {
      if (needsGpus[shape]) use[trace.framework[task]] = true;
    });
  }
  return use;
}

/**
 * Finds the tasks that fit no empty agent under their constraint, and the gangs that do not fit the empty cluster when
 * their tasks are placed one after another in agent order (semantics-notes A-8, C-8).
 *
 * @param shapes resources per task shape of the trace
 */
export function findUnschedulable(
  trace: Trace,
  agents: readonly AgentSpec[],
  shapes: readonly Resources[],
): Unschedulable {
  const room = new Room(trace, agents, shapes);
  const tasks: number[] = [];
  const groups = new Map<string, UnschedulableGroup>();
  for (let start = 0; start < trace.taskCount;) {
    const end = gangEnd(trace, start);
    const reason = room.problem(start, end);
    for (let task = start; reason !== undefined && task < end; task++) {
      const [framework, role, shape] = [trace.framework[task], trace.role[task], trace.shape[task]];
      const constraint = trace.constraint?.[task] ?? -1;
      const key = `${framework} ${role} ${shape} ${constraint} ${reason}`;
      const group = groups.get(key) ?? { framework, role, shape, constraint, reason, count: 0 };
      group.count++;
      groups.set(key, group);
      tasks.push(task);
    }
    start = end;
  }
  return { tasks, groups: [...groups.values()] };
}

/** The task behind the last one that must start together with the task `start`. */
function gangEnd({ flags, taskCount }: Trace, start: number): number {
  let end = start + 1;
  if ((flags[start] & TaskFlag.gang) === 0) return end;
  while (end < taskCount && (flags[end] & (TaskFlag.gang | TaskFlag.gangStart)) === TaskFlag.gang) end++;
  return end;
}

/** The room of the empty cluster, seen by tasks of one role, framework and constraint. */
class Room {
  readonly #trace: Trace;
  readonly #agents: readonly AgentSpec[];
  readonly #shapes: readonly Resources[];
  readonly #gpuUse: GpuUse;
  /** Only reservations make the role matter. */
  readonly #hasReservations: boolean;
  /** What is wrong with single tasks, by class of task; the class of the task before this one. */
  readonly #problems = new Map<number, string | undefined>();
  #lastClass = -1;
  #lastProblem: string | undefined;
  readonly #usableByView = new Map<number, readonly UsableAgents[]>();
  readonly #gangProblems = new Map<string, string | undefined>();

  constructor(trace: Trace, agents: readonly AgentSpec[], shapes: readonly Resources[]) {
    this.#trace = trace;
    this.#agents = agents;
    this.#shapes = shapes;
    this.#gpuUse = gpuUse(trace, agents);
    this.#hasReservations = agents.some(({ resources }) => !resources.isPlain);
  }

  /** Why the tasks from `start` to before `end` can never run together; undefined when they can. */
  problem(start: number, end: number): string | undefined {
    if (end === start + 1) return this.#problemOfTask(start);
    for (let task = start; task < end; task++) {
      const problem = this.#problemOfTask(task);
      if (problem !== undefined) return problem;
    }
    return this.#problemOfGang(start, end);
  }

  #problemOfTask(task: number): string | undefined {
    const key = this.#viewOf(task) * this.#shapes.length + this.#trace.shape[task];
    if (key === this.#lastClass) return this.#lastProblem;
    if (!this.#problems.has(key)) this.#problems.set(key, this.#findProblem(task));
    this.#lastClass = key;
    this.#lastProblem = this.#problems.get(key);
    return this.#lastProblem;
  }

  /** A number for what decides which agents and which part of them the task may use: role, gpus and constraint. */
  #viewOf(task: number): number {
    const { role, framework, constraint, constraints } = this.#trace;
    const owner = this.#hasReservations ? role[task] : 0;
    const gpus = this.#gpuUse[framework[task]] ? 1 : 0;
    return (owner * 2 + gpus) * (constraints.length + 1) + (constraint?.[task] ?? -1) + 1;
  }

  #findProblem(task: number): string | undefined {
    const constraint = this.#trace.constraint?.[task] ?? -1;
    const usable = this.#usable(task);
    if (usable.length === 0) {
      return constraint >= 0
        ? `no agent meets the constraint ${this.#trace.constraints[constraint]}`
        : 'every agent has gpus or reservations that keep it for others';
    }
    const shape = this.#shapes[this.#trace.shape[task]];
    const need = quantities(shape);
    if (usable.some(({ free }) => tasksThatFit(need, free) > 0)) return undefined;
    for (const [name, milli] of need) {
      const most = Math.max(...usable.map(({ free }) => free.get(name) ?? 0));
      if (milli > most) {
        return `needs ${nameOf(name)}:${formatMilli(milli)}, and no agent it may use has more than ${formatMilli(most)}`;
      }
    }
    return `needs ${formatResources(shape)}, and no agent it may use has all of that at once`;
  }

  #problemOfGang(start: number, end: number): string | undefined {
    const runs = this.#runs(start, end);
    const key = `${this.#viewOf(start)}: ${runs.map(({ shape, count }) => `${count}*${shape}`).join(' ')}`;
    if (!this.#gangProblems.has(key)) {
      const fits = runs.length === 1 ? this.#fitsEqual(start, runs[0]) : this.#fitsMixed(start, runs);
      const text = runs
        .map(({ shape, count }) => `${count} * ${formatResources(this.#shapes[shape])}`)
        .join(' and ');
      this.#gangProblems.set(key, fits ? undefined : `a gang of ${text} does not fit the empty cluster`);
    }
    return this.#gangProblems.get(key);
  }

  #runs(start: number, end: number): Run[] {
    const runs: Run[] = [];
    for (let task = start; task < end; task++) {
      const last = runs[runs.length - 1];
      if (last?.shape === this.#trace.shape[task]) last.count++;
      else runs.push({ shape: this.#trace.shape[task], count: 1 });
    }
    return runs;
  }

  /** For equal tasks the order of placement does not matter. */
  #fitsEqual(task: number, { shape, count }: Run): boolean {
    const need = quantities(this.#shapes[shape]);
    let fit = 0;
    for (const { agents, free } of this.#usable(task)) fit += agents * tasksThatFit(need, free);
    return fit >= count;
  }

  /** First fit, one task after another, agent by agent. */
  #fitsMixed(task: number, runs: readonly Run[]): boolean {
    const free = this.#usable(task).flatMap(({ agents, free }) =>
      Array.from({ length: agents }, () => new Map(free)),
    );
    return runs.every(({ shape, count }) => {
      const need = quantities(this.#shapes[shape]);
      let left = count;
      for (let agent = 0; agent < free.length && left > 0; agent++) {
        const placed = Math.min(left, tasksThatFit(need, free[agent]));
        for (const [name, milli] of need)
          free[agent].set(name, (free[agent].get(name) ?? 0) - placed * milli);
        left -= placed;
      }
      return left === 0;
    });
  }

  /** The agents that the task may use, empty, and what it may use of them. */
  #usable(task: number): readonly UsableAgents[] {
    const view = this.#viewOf(task);
    let usable = this.#usableByView.get(view);
    if (usable === undefined) this.#usableByView.set(view, (usable = this.#findUsable(task)));
    return usable;
  }

  #findUsable(task: number): UsableAgents[] {
    const { role, roles, framework, constraint, constraints } = this.#trace;
    const wanted = parseConstraint(constraints[constraint?.[task] ?? -1] ?? '');
    return this.#agents
      .filter(({ resources }) => this.#gpuUse[framework[task]] || resources.amountOf(GPUS) === 0)
      .filter(({ attributes }) => satisfies(attributes, wanted))
      .map(({ count, resources }) => {
        const divisible = resources.filter((kind) => !kind.revocable && !kind.shared && kind.unitMilli === 0);
        return { agents: count, free: quantities(allocatableTo(divisible, roles[role[task]])) };
      });
  }
}

interface UsableAgents {
  readonly agents: number;
  readonly free: ReadonlyMap<number, number>;
}

interface Run {
  readonly shape: number;
  count: number;
}

function tasksThatFit(need: ReadonlyMap<number, number>, free: ReadonlyMap<number, number>): number {
  let fit = Infinity;
  for (const [name, milli] of need) fit = Math.min(fit, Math.floor((free.get(name) ?? 0) / milli));
  return fit;
}
