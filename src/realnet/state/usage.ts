import type { AgentId, FrameworkId } from '../../cluster/ids.js';
import type { MasterAgent, MasterExecutor } from '../../cluster/master/agent-table.js';
import type { Master } from '../../cluster/master/master.js';
import type { Offer } from '../../cluster/protocol.js';
import { ResourceBag, Resources } from '../../cluster/resources/resources.js';
import { Grouped } from './grouped.js';
import type { History, TaskRecord } from './history.js';

/** What is used and offered on an agent. */
export interface AgentUsage {
  usedOn(agent: AgentId): Resources;
  offeredOn(agent: AgentId): Resources;
}

/** What a framework uses and is offered. */
export interface FrameworkUsage {
  usedBy(framework: FrameworkId): Resources;
  offeredTo(framework: FrameworkId): Resources;
  offersOf(framework: FrameworkId): Iterable<Offer>;
}

/** Of one agent, as it is now. */
export function usageOnAgent(master: Master, id: AgentId): AgentUsage {
  const used = new ResourceBag();
  for (const task of master.tasks.onAgent(id)) {
    if (master.tasks.holds(task)) used.addAll(master.tasks.resourcesOf(task));
  }
  for (const executor of master.agents.get(id)?.executors?.values() ?? []) used.addAll(executor.resources);
  const offered = sumOf(master.offers.where(({ agent }) => agent === id));
  return { usedOn: () => used.toResources(), offeredOn: () => offered };
}

/** Of one framework, as it is now. */
export function usageOfFramework(master: Master, id: FrameworkId): FrameworkUsage {
  const used = new ResourceBag();
  for (const task of master.tasks.ofFramework(id)) {
    if (master.tasks.holds(task)) used.addAll(master.tasks.resourcesOf(task));
  }
  for (const { executors } of master.agents) {
    for (const { framework, resources } of executors?.values() ?? [])
      if (framework === id) used.addAll(resources);
  }
  const offers = master.offers.where(({ framework }) => framework === id);
  const offered = sumOf(offers);
  return { usedBy: () => used.toResources(), offeredTo: () => offered, offersOf: () => offers };
}

/** What is used and offered, found in one pass over the tasks that there are as it begins. */
export class Usage implements AgentUsage, FrameworkUsage {
  readonly #usedBy = new Map<FrameworkId, ResourceBag>();
  readonly #offeredTo = new Map<FrameworkId, ResourceBag>();
  readonly #tasks: readonly (TaskRecord | undefined)[];
  // A task is in one of these, and only there, whatever becomes of it while they are written.
  readonly #live = new Grouped();
  readonly #unreachable = new Grouped();
  readonly #completed = new Map<FrameworkId, readonly TaskRecord[]>();
  /** Tasks that hold their resources, by agent. */
  readonly #holding = new Grouped();
  /** Agents of all states. */
  readonly agents: MasterAgent[] = [];
  readonly #executors: MasterExecutor[] = [];
  readonly #executorsOn = new Grouped();
  readonly #offers: readonly Offer[];
  readonly #offersOn = new Grouped();
  readonly #offersTo = new Grouped();

  private constructor(master: Master, history: History) {
    this.#tasks = history.tasks.slice();
    this.#offers = master.offers.where(() => true);
    for (const { id, completed } of history.frameworks.values()) this.#completed.set(id, completed.slice());
  }

  /** Yields wherever a pause is possible. */
  static *of(master: Master, history: History): Generator<undefined, Usage> {
    const usage = new Usage(master, history);
    yield* usage.#gather(master);
    return usage;
  }

  *#gather(master: Master): Generator<undefined> {
    for (let task = 0; task < this.#tasks.length; task++) {
      if (task % 64 === 0) yield undefined;
      const record = this.#tasks[task];
      if (record === undefined) continue;
      const isUnreachable = record.state === 'TASK_UNREACHABLE';
      (isUnreachable ? this.#unreachable : this.#live).add(record.framework, task);
      if (!master.tasks.holds(task)) continue;
      this.#holding.add(record.agent, task);
      bagOf(this.#usedBy, record.framework).addAll(record.resources);
    }
    for (const agent of master.agents) {
      yield undefined;
      this.agents.push(agent);
      for (const executor of agent.executors?.values() ?? []) {
        this.#executorsOn.add(agent.id, this.#executors.push(executor) - 1);
        bagOf(this.#usedBy, executor.framework).addAll(executor.resources);
      }
    }
    for (const [at, offer] of this.#offers.entries()) {
      yield undefined;
      this.#offersOn.add(offer.agent, at);
      this.#offersTo.add(offer.framework, at);
      bagOf(this.#offeredTo, offer.framework).addAll(offer.resources);
    }
  }

  usedBy(framework: FrameworkId): Resources {
    return this.#usedBy.get(framework)?.toResources() ?? Resources.EMPTY;
  }

  offeredTo(framework: FrameworkId): Resources {
    return this.#offeredTo.get(framework)?.toResources() ?? Resources.EMPTY;
  }

  usedOn(agent: AgentId): Resources {
    const used = new ResourceBag();
    for (const { resources } of this.#recordsIn(this.#holding.of(agent))) used.addAll(resources);
    for (const at of this.#executorsOn.of(agent)) used.addAll(this.#executors[at].resources);
    return used.toResources();
  }

  offeredOn(agent: AgentId): Resources {
    return sumOf(this.#offersIn(this.#offersOn.of(agent)));
  }

  offersOf(framework: FrameworkId): Iterable<Offer> {
    return this.#offersIn(this.#offersTo.of(framework));
  }

  /** Those that have not ended, without the unreachable ones. @param framework absent: of all */
  tasksOf(framework?: FrameworkId): Iterable<TaskRecord> {
    return this.#recordsIn(framework === undefined ? this.#live.all() : this.#live.of(framework));
  }

  unreachableOf(framework?: FrameworkId): Iterable<TaskRecord> {
    return this.#recordsIn(
      framework === undefined ? this.#unreachable.all() : this.#unreachable.of(framework),
    );
  }

  *completedOf(framework?: FrameworkId): Iterable<TaskRecord> {
    if (framework !== undefined) yield* this.#completed.get(framework) ?? [];
    else for (const list of this.#completed.values()) yield* list;
  }

  /** All that is known of a framework's tasks. */
  *everyTaskOf(framework: FrameworkId): Iterable<TaskRecord> {
    yield* this.tasksOf(framework);
    yield* this.unreachableOf(framework);
    yield* this.completedOf(framework);
  }

  *#recordsIn(positions: Iterable<number>): Iterable<TaskRecord> {
    for (const at of positions) {
      const record = this.#tasks[at];
      if (record !== undefined) yield record;
    }
  }

  *#offersIn(positions: Iterable<number>): Iterable<Offer> {
    for (const at of positions) yield this.#offers[at];
  }
}

function sumOf(offers: Iterable<Offer>): Resources {
  const sum = new ResourceBag();
  for (const { resources } of offers) sum.addAll(resources);
  return sum.toResources();
}

function bagOf(sums: Map<number, ResourceBag>, id: number): ResourceBag {
  let bag = sums.get(id);
  if (bag === undefined) sums.set(id, (bag = new ResourceBag()));
  return bag;
}
