import type { AgentId, FrameworkId } from '../../cluster/ids.js';
import type { Master } from '../../cluster/master/master.js';
import type { Offer } from '../../cluster/protocol.js';
import { ResourceBag, Resources } from '../../cluster/resources/resources.js';
import type { History, TaskRecord } from './history.js';

/** What is used and offered, summed up in one pass over the tasks that there are as it begins. */
export class Usage {
  readonly usedOnAgent = new Map<AgentId, ResourceBag>();
  readonly usedByFramework = new Map<FrameworkId, ResourceBag>();
  readonly offeredOnAgent = new Map<AgentId, ResourceBag>();
  readonly offeredToFramework = new Map<FrameworkId, ResourceBag>();
  readonly offersTo = new Map<FrameworkId, Offer[]>();
  /** A task is in one of these lists, and only there, whatever becomes of it while they are written. */
  readonly tasksOf = new Map<FrameworkId, TaskRecord[]>();
  readonly unreachableOf = new Map<FrameworkId, TaskRecord[]>();
  readonly completedOf = new Map<FrameworkId, readonly TaskRecord[]>();

  /** Of one agent alone. */
  static onAgent(master: Master, id: AgentId): Usage {
    const usage = new Usage();
    for (const task of master.tasks.onAgent(id)) {
      if (master.tasks.holds(task)) bagOf(usage.usedOnAgent, id).addAll(master.tasks.resourcesOf(task));
    }
    for (const executor of master.agents.get(id)?.executors?.values() ?? []) {
      bagOf(usage.usedOnAgent, id).addAll(executor.resources);
    }
    for (const { resources } of master.offers.where(({ agent }) => agent === id)) {
      bagOf(usage.offeredOnAgent, id).addAll(resources);
    }
    return usage;
  }

  /** Of one framework alone, in the sums of frameworks. */
  static ofFramework(master: Master, id: FrameworkId): Usage {
    const usage = new Usage();
    const used = bagOf(usage.usedByFramework, id);
    for (const task of master.tasks.ofFramework(id)) {
      if (master.tasks.holds(task)) used.addAll(master.tasks.resourcesOf(task));
    }
    for (const { executors } of master.agents) {
      for (const { framework, resources } of executors?.values() ?? [])
        if (framework === id) used.addAll(resources);
    }
    const offers = master.offers.where(({ framework }) => framework === id);
    for (const { resources } of offers) bagOf(usage.offeredToFramework, id).addAll(resources);
    usage.offersTo.set(id, offers);
    return usage;
  }

  /** Yields wherever a pause is possible. */
  static *of(master: Master, history: History): Generator<undefined, Usage> {
    const usage = new Usage();
    const tasks = history.tasks.slice();
    for (const { id, completed } of history.frameworks.values()) usage.completedOf.set(id, completed.slice());
    for (let task = 0; task < tasks.length; task++) {
      if (task % 64 === 0) yield undefined;
      const record = tasks[task];
      if (record === undefined) continue;
      const isUnreachable = record.state === 'TASK_UNREACHABLE';
      listed(isUnreachable ? usage.unreachableOf : usage.tasksOf, record.framework).push(record);
      if (!master.tasks.holds(task)) continue;
      bagOf(usage.usedOnAgent, record.agent).addAll(record.resources);
      bagOf(usage.usedByFramework, record.framework).addAll(record.resources);
    }
    for (const agent of master.agents) {
      yield undefined;
      for (const executor of agent.executors?.values() ?? []) {
        bagOf(usage.usedOnAgent, agent.id).addAll(executor.resources);
        bagOf(usage.usedByFramework, executor.framework).addAll(executor.resources);
      }
    }
    for (const offer of master.offers.where(() => true)) {
      yield undefined;
      listed(usage.offersTo, offer.framework).push(offer);
      bagOf(usage.offeredOnAgent, offer.agent).addAll(offer.resources);
      bagOf(usage.offeredToFramework, offer.framework).addAll(offer.resources);
    }
    return usage;
  }
}

export function amountIn(sums: ReadonlyMap<number, ResourceBag>, id: number): Resources {
  return sums.get(id)?.toResources() ?? Resources.EMPTY;
}

function bagOf(sums: Map<number, ResourceBag>, id: number): ResourceBag {
  let bag = sums.get(id);
  if (bag === undefined) sums.set(id, (bag = new ResourceBag()));
  return bag;
}

function listed<Item>(lists: Map<number, Item[]>, id: number): Item[] {
  let list = lists.get(id);
  if (list === undefined) lists.set(id, (list = []));
  return list;
}
