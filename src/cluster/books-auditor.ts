import { AgentBooks } from './agent-books.js';
import type { AgentId, FrameworkId, Micros, OfferId, RoleId, TaskId } from './ids.js';
import { checkBooks } from './invariants.js';
import type { MasterObserver, OfferEnd } from './master/master-options.js';
import type { Master } from './master/master.js';
import type { Offer, TaskState } from './protocol.js';
import type { Resources } from './resources/resources.js';

/**
 * Checks after each step, or each instant, only the agents on which something happened since the last check; and now and then
 * everything. Hand it to the master as its observer.
 */
export class BooksAuditor implements MasterObserver {
  readonly #next: MasterObserver | undefined;
  readonly #everything: number;
  readonly #tasks: Set<TaskId>[] = [];
  readonly #offers: Map<OfferId, Offer>[] = [];
  readonly #touched = new Set<AgentId>();
  #checks = 0;

  /**
   * @param next an observer that is told the same
   * @param everything check all agents every so many checks
   */
  constructor(next?: MasterObserver, everything = 10_000) {
    this.#next = next;
    this.#everything = everything;
  }

  /** What is wrong; undefined: nothing. */
  check(master: Master): string | undefined {
    if (++this.#checks % this.#everything === 0) return checkBooks(master);
    for (const agent of this.#touched) {
      const problem = this.#checkAgent(master, agent);
      if (problem !== undefined) return problem;
    }
    this.#touched.clear();
    return undefined;
  }

  taskLaunched(
    task: TaskId,
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    now: Micros,
  ): void {
    this.#touch(agent);
    this.#tasks[agent].add(task);
    this.#next?.taskLaunched(task, framework, role, agent, resources, now);
  }

  taskEnded(
    task: TaskId,
    framework: FrameworkId,
    role: RoleId,
    agent: AgentId,
    resources: Resources,
    state: TaskState,
    now: Micros,
  ): void {
    this.#touch(agent);
    this.#tasks[agent].delete(task);
    this.#next?.taskEnded(task, framework, role, agent, resources, state, now);
  }

  offersMade(offers: readonly Offer[], now: Micros): void {
    for (const offer of offers) {
      this.#touch(offer.agent);
      this.#offers[offer.agent].set(offer.id, offer);
    }
    this.#next?.offersMade(offers, now);
  }

  offerClosed(offer: Offer, how: OfferEnd, now: Micros): void {
    this.#touch(offer.agent);
    this.#offers[offer.agent].delete(offer.id);
    this.#next?.offerClosed(offer, how, now);
  }

  offersDeclined(offers: readonly Offer[], now: Micros): void {
    for (const offer of offers) {
      this.#touch(offer.agent);
      this.#offers[offer.agent].delete(offer.id);
    }
    this.#next?.offersDeclined(offers, now);
  }

  allocationRun(now: Micros): void {
    this.#next?.allocationRun(now);
  }

  /** Of the tasks that ended the master keeps a row until the acknowledgement: those hold nothing and are left out here. */
  #checkAgent(master: Master, id: AgentId): string | undefined {
    const agent = master.agents.get(id);
    if (agent === undefined) return `there are tasks or offers on agent ${id}, which is not known`;
    const books = new AgentBooks();
    for (const task of this.#tasks[id]) {
      if (!master.tasks.holds(task)) return `task ${task} is over, and nobody was told`;
      const problem = books.addTask(master, agent, task);
      if (problem !== undefined) return problem;
    }
    for (const offer of this.#offers[id].values()) {
      const problem = books.addOffer(master, agent, offer);
      if (problem !== undefined) return problem;
    }
    return books.compare(master, agent);
  }

  #touch(agent: AgentId): void {
    if (this.#touched.has(agent)) return;
    this.#touched.add(agent);
    while (this.#tasks.length <= agent) {
      this.#tasks.push(new Set());
      this.#offers.push(new Map());
    }
  }
}
