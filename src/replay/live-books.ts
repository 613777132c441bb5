import type { Holding } from '../cluster/allocator.js';
import type { AgentId, FrameworkId, Micros, OfferId, TaskId } from '../cluster/ids.js';
import type { Offer, SchedulerCall, SchedulerEvent, StatusUpdate } from '../cluster/protocol.js';
import { Resources } from '../cluster/resources/resources.js';
import { isTerminal } from '../cluster/task.js';
import type { TaskLedger } from '../sim/task-ledger.js';

interface Launch extends Holding {
  readonly isHeld: boolean;
}

/**
 * What the frameworks of a replay know of their tasks and offers, put together: it tells the ledger of the run what a simulated
 * master would tell it. A task starts when its ACCEPT goes out, and ends when its framework hears of it.
 */
export class LiveBooks {
  readonly #ledger: TaskLedger;
  /** Of each agent, in cluster order. */
  readonly #totals: readonly Resources[];
  readonly #offers: Map<OfferId, Offer>[] = [];
  /** The last launch of each task. */
  readonly #launches = new Map<TaskId, Launch>();
  /** Calls and events so far. */
  messages = 0;

  constructor(ledger: TaskLedger, totals: readonly Resources[]) {
    this.#ledger = ledger;
    this.#totals = totals;
  }

  called(framework: FrameworkId, call: SchedulerCall, now: Micros): void {
    this.messages++;
    if (call.type === 'DECLINE') this.#close(framework, call.offers, 'declined', now);
    if (call.type !== 'ACCEPT') return;
    const offer = this.#offersOf(framework).get(call.offers[0]);
    const launched = call.operations.flatMap((operation) =>
      operation.type === 'LAUNCH' ? operation.tasks : [],
    );
    this.#close(framework, call.offers, launched.length > 0 ? 'accepted' : 'declined', now);
    if (offer === undefined) return;
    for (const { task, resources } of launched) {
      this.#start(task, { framework, role: offer.role, agent: offer.agent, resources }, now);
    }
  }

  heard(framework: FrameworkId, event: SchedulerEvent, now: Micros): void {
    this.messages++;
    if (event.type === 'OFFERS') {
      for (const offer of event.offers) this.#offersOf(framework).set(offer.id, offer);
      this.#ledger.offersMade(event.offers, now);
    } else if (event.type === 'RESCIND') this.#close(framework, [event.offer], 'rescinded', now);
    else if (event.type === 'UPDATE') this.#updated(event, now);
  }

  /** The stream of a framework broke: its offers are void. */
  lost(framework: FrameworkId, now: Micros): void {
    this.#close(framework, [...this.#offersOf(framework).keys()], 'rescinded', now);
  }

  /** What the frameworks hold on an agent, as far as they know. */
  holdings(agent: AgentId): Holding[] {
    return [...this.#launches.values()].filter((launch) => launch.isHeld && launch.agent === agent);
  }

  /** Tasks of a framework that have been launched and not ended, as far as it knows. */
  open(framework: FrameworkId): TaskId[] {
    return [...this.#launches]
      .filter(([, launch]) => launch.isHeld && launch.framework === framework)
      .map(([task]) => task);
  }

  /** What nobody of them holds there. */
  available(agent: AgentId): Resources {
    return this.holdings(agent).reduce(
      (left, { resources }) => (left.contains(resources) ? left.minus(resources) : left),
      this.#totals[agent] ?? Resources.EMPTY,
    );
  }

  #updated({ task, state, source }: StatusUpdate, now: Micros): void {
    const ledger = this.#ledger;
    const launch = this.#launches.get(task);
    if (state === 'TASK_RUNNING') {
      // It was taken for lost, and runs after all.
      if (launch?.isHeld === false && ledger.isWaiting(task)) this.#start(task, launch, now);
      if (!ledger.isExecutor(task)) ledger.runningSeen(task, now);
      return;
    }
    if (!isTerminal(state) && state !== 'TASK_UNREACHABLE') return;
    if (launch?.isHeld === true) {
      const { framework, role, agent, resources } = launch;
      this.#launches.set(task, { ...launch, isHeld: false });
      ledger.taskEnded(task, framework, role, agent, resources, state, now);
    } else if (source === 'SOURCE_MASTER' && ledger.isWaiting(task)) {
      ledger.endedUnlaunched(task, state, now);
    }
  }

  #start(task: TaskId, { framework, role, agent, resources }: Holding, now: Micros): void {
    this.#launches.set(task, { framework, role, agent, resources, isHeld: true });
    this.#ledger.taskLaunched(task, framework, role, agent, resources, now);
  }

  #close(
    framework: FrameworkId,
    offers: readonly OfferId[],
    how: 'accepted' | 'declined' | 'rescinded',
    now: Micros,
  ): void {
    const known = this.#offersOf(framework);
    for (const id of offers) {
      const offer = known.get(id);
      if (offer === undefined) continue;
      known.delete(id);
      this.#ledger.offerClosed(offer, how, now);
    }
  }

  #offersOf(framework: FrameworkId): Map<OfferId, Offer> {
    return (this.#offers[framework] ??= new Map());
  }
}
