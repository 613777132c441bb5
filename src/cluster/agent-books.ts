import type { FrameworkId, RoleId, TaskId } from './ids.js';
import { executorKey, type MasterAgent } from './master/agent-table.js';
import type { Master } from './master/master.js';
import type { Offer } from './protocol.js';
import { kindOf } from './resources/kinds.js';
import { ResourceBag, Resources } from './resources/resources.js';
import { formatResources } from './resources/text.js';

/** What is held on one agent as the master sees it. */
export class AgentBooks {
  readonly #held = new Map<string, ResourceBag>();
  readonly #sum = new ResourceBag();
  /** Kinds that are on offer. */
  readonly #offered = new Set<number>();
  readonly #executorTasks = new Map<string, number>();

  addTask({ tasks, frameworks }: Master, agent: MasterAgent, task: TaskId): string | undefined {
    if (!tasks.has(task)) return `task ${task} is said to be on agent ${agent.id} and has no row`;
    if (tasks.agentOf(task) !== agent.id)
      return `task ${task} is on agent ${tasks.agentOf(task)}, not ${agent.id}`;
    if (!tasks.holds(task)) return undefined;
    const framework = tasks.frameworkOf(task);
    if (agent.state !== 'registered') return `task ${task} holds resources of the lost agent ${agent.id}`;
    if (frameworks.get(framework)?.removed === true)
      return `task ${task} is of the removed framework ${framework}`;
    this.#add(
      framework,
      tasks.roleOf(task),
      tasks.resourcesOf(task),
      frameworks.get(framework) !== undefined,
    );
    const { executorId } = tasks.specOf(task);
    if (executorId !== undefined) {
      const key = executorKey(framework, executorId);
      const count = this.#executorTasks.get(key) ?? 0;
      this.#executorTasks.set(key, count + 1);
      const executor = agent.executors?.get(key);
      if (executor === undefined) return `the executor of task ${task} is not on agent ${agent.id}`;
      if (count === 0)
        this.#add(framework, executor.role, executor.resources, frameworks.get(framework) !== undefined);
    }
    return undefined;
  }

  addOffer({ frameworks, agents, offers }: Master, agent: MasterAgent, offer: Offer): string | undefined {
    const { id, framework, role, resources } = offer;
    if (offers.get(id) !== offer) return `offer ${id} is not in the table of live offers`;
    if (frameworks.connected(framework) === undefined)
      return `offer ${id} is made to framework ${framework}, which is away`;
    if (frameworks.get(framework)?.roles.has(role) !== true)
      return `offer ${id} is of a role that framework ${framework} has not`;
    if (!agents.isReachable(agent.id)) return `offer ${id} is of agent ${agent.id}, which is away`;
    for (const kind of resources.kinds) this.#offered.add(kind);
    this.#add(framework, role, resources, true);
    return undefined;
  }

  /** Compares with what the agent's entry and the allocator say; to be called when everything was added. */
  compare(master: Master, agent: MasterAgent): string | undefined {
    return (
      this.#compareExecutors(agent) ??
      this.#compareHoldings(master, agent) ??
      this.#compareTotal(master, agent)
    );
  }

  #compareExecutors(agent: MasterAgent): string | undefined {
    for (const [key, { taskCount }] of agent.executors ?? []) {
      const count = this.#executorTasks.get(key) ?? 0;
      if (count !== taskCount)
        return `executor ${key} on agent ${agent.id} has ${count} tasks, ${taskCount} are counted`;
    }
    return undefined;
  }

  /** The allocator says the same of every framework and role. */
  #compareHoldings({ cluster }: Master, agent: MasterAgent): string | undefined {
    if (agent.state !== 'registered') return undefined;
    const found = new Map<string, ResourceBag>();
    for (const { framework, role, resources } of cluster.allocator.holdings(agent.id)) {
      bagOf(found, `framework ${framework} in role ${cluster.roles.path(role)}`).addAll(resources);
    }
    const wanted = new Map<string, ResourceBag>();
    for (const [key, bag] of this.#held) {
      const [framework, role] = key.split(' ');
      wanted.set(`framework ${framework} in role ${cluster.roles.path(Number(role))}`, bag);
    }
    for (const who of new Set([...found.keys(), ...wanted.keys()])) {
      const inAllocator = found.get(who)?.toResources() ?? Resources.EMPTY;
      const inMaster = wanted.get(who)?.toResources() ?? Resources.EMPTY;
      if (inAllocator.equals(inMaster)) continue;
      return (
        `on agent ${agent.id} the allocator counts ${formatResources(inAllocator)} for ${who}, ` +
        `tasks and offers hold ${formatResources(inMaster)}`
      );
    }
    return undefined;
  }

  /** Nothing that is on offer is given out twice, and what nobody holds is free (R-9.4 allows tasks more than there is). */
  #compareTotal({ cluster }: Master, agent: MasterAgent): string | undefined {
    if (agent.state !== 'registered') return undefined;
    const held = this.#sum.toResources();
    for (let i = 0; i < held.kinds.length; i++) {
      const kind = held.kinds[i];
      if (kindOf(kind).shared || !this.#offered.has(kind)) continue;
      const total = agent.total.amountOf(kind);
      if (held.amounts[i] > total) {
        return `agent ${agent.id} has ${total} of ${kindOf(kind).name}, ${held.amounts[i]} is offered and in use`;
      }
    }
    const free = cluster.allocator.available(agent.id).filter((kind) => !kind.shared);
    const expected = agent.total.minus(held).filter((kind) => !kind.shared);
    if (free.equals(expected)) return undefined;
    return `on agent ${agent.id} the allocator counts ${formatResources(free)} as free, it is ${formatResources(expected)}`;
  }

  #add(framework: FrameworkId, role: RoleId, resources: Resources, isKnown: boolean): void {
    this.#sum.addAll(resources);
    // Of a framework that has not come back yet: held, and nobody's so far.
    if (isKnown) bagOf(this.#held, `${framework} ${role}`).addAll(resources);
  }
}

function bagOf(bags: Map<string, ResourceBag>, key: string): ResourceBag {
  let bag = bags.get(key);
  if (bag === undefined) bags.set(key, (bag = new ResourceBag()));
  return bag;
}
