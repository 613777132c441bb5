import { AgentBooks } from './agent-books.js';
import type { AgentId, FrameworkId, TaskId } from './ids.js';
import type { Master } from './master/master.js';
import type { Offer } from './protocol.js';

/**
 * Whether a master's tables and its allocator's books agree: a sentence about the first thing that is wrong, or undefined.
 * It holds between two steps, whatever the inputs were. O(tasks + offers + agents).
 */
export function checkBooks(master: Master): string | undefined {
  const tasksOn = new Map<AgentId, TaskId[]>();
  const offersOn = new Map<AgentId, Offer[]>();
  const rows = new Map<FrameworkId, number>();
  master.tasks.forEach((task) => {
    listOf(tasksOn, master.tasks.agentOf(task)).push(task);
    const framework = master.tasks.frameworkOf(task);
    rows.set(framework, (rows.get(framework) ?? 0) + 1);
  });
  for (const offer of master.offers.where(() => true)) listOf(offersOn, offer.agent).push(offer);
  for (const [framework, count] of rows) {
    const counted = master.tasks.rowsOfFramework(framework);
    if (counted !== count) return `framework ${framework} has ${count} tasks, ${counted} are counted`;
  }
  for (const agent of [...tasksOn.keys(), ...offersOn.keys()]) {
    if (master.agents.get(agent) === undefined)
      return `there are tasks or offers on agent ${agent}, which is not known`;
  }
  for (const { id } of master.agents) {
    const problem = checkAgent(master, id, tasksOn.get(id) ?? [], offersOn.get(id) ?? []);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Checks one agent, given the tasks that have a row there and its live offers. */
function checkAgent(
  master: Master,
  id: AgentId,
  tasks: Iterable<TaskId>,
  offers: Iterable<Offer>,
): string | undefined {
  const agent = master.agents.get(id);
  if (agent === undefined) return `agent ${id} is not known`;
  const books = new AgentBooks();
  let rows = 0;
  for (const task of tasks) {
    const problem = books.addTask(master, agent, task);
    if (problem !== undefined) return problem;
    rows++;
  }
  if (master.tasks.rowsOnAgent(id) !== rows) {
    return `agent ${id} has ${rows} tasks, ${master.tasks.rowsOnAgent(id)} are counted`;
  }
  for (const offer of offers) {
    const problem = books.addOffer(master, agent, offer);
    if (problem !== undefined) return problem;
  }
  return books.compare(master, agent);
}

function listOf<Item>(lists: Map<AgentId, Item[]>, agent: AgentId): Item[] {
  let list = lists.get(agent);
  if (list === undefined) lists.set(agent, (list = []));
  return list;
}
