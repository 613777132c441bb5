import type { Micros } from '../cluster/ids.js';
import type { Master } from '../cluster/master/master.js';
import type { Arrivals } from './arrivals.js';
import { formatDuration } from './duration.js';
import { SimError } from './sim-error.js';
import type { TaskLedger } from './task-ledger.js';
import type { World } from './world.js';

/**
 * How a run ended. `done`: every batch task is terminal and no arrival is left (a service that found no place does not
 * keep the run alive). `until`: the time limit came first. `stalled`: batch tasks are left and nothing more can happen.
 * `interrupted`: someone asked it to stop.
 */
export type RunEnd = 'done' | 'until' | 'stalled' | 'interrupted';

export interface SimulationOptions {
  readonly intervalUs: Micros;
  readonly instant: boolean;
  readonly refuseUs: Micros;
  readonly untilUs: Micros;
  /** Called after each allocation and each instant; a sentence when an invariant is broken. */
  readonly check: (() => string | undefined) | undefined;
}

/** Allocations at one instant, with no task starting or ending between them, that no sane allocator needs. */
const mostIdleAllocations = 100_000;
/** Without a launch for so many allocations and so many refusals' time, offers go round in circles. */
const circleAllocations = 100;
const circleRefusals = 10;

/** The clock: runs instant after instant until the run is over. See semantics-notes section 1. */
export class Simulation {
  readonly #world: World;
  readonly #master: Master;
  readonly #arrivals: Arrivals;
  readonly #ledger: TaskLedger;
  readonly #options: SimulationOptions;
  #now: Micros = 0;
  #end: RunEnd | undefined;
  /** Since when, by time and number of allocations, no task has started or ended. */
  #idleProgress = 0;
  #idleSince: Micros = 0;
  #idleAllocations = 0;
  /** Allocations over everything since then whose offers came to nothing. */
  #chances = 0;

  constructor(
    world: World,
    master: Master,
    arrivals: Arrivals,
    ledger: TaskLedger,
    options: SimulationOptions,
  ) {
    this.#world = world;
    this.#master = master;
    this.#arrivals = arrivals;
    this.#ledger = ledger;
    this.#options = options;
  }

  get now(): Micros {
    return this.#now;
  }

  /** Undefined as long as the run goes on. */
  get end(): RunEnd | undefined {
    return this.#end;
  }

  /**
   * Runs whole instants until the run is over or about so much work is done.
   *
   * @param work events and offers
   */
  run(work: number): void {
    const stop = this.#workDone() + work;
    while (this.#end === undefined && this.#workDone() < stop) {
      this.#runInstant();
      this.#advance();
    }
  }

  interrupt(): void {
    this.#end ??= 'interrupted';
  }

  /** Everything but allocation; then, if one is due, one allocation; and so on until nothing is left (I-1, I-2). */
  #runInstant(): void {
    const now = this.#now;
    this.#world.settle(now);
    for (let idle = 0; this.#master.allocationDue(now) <= now; idle++) {
      const { progress } = this.#ledger;
      this.#allocate();
      if (this.#ledger.progress !== progress) idle = 0;
      if (idle > mostIdleAllocations) {
        throw new SimError(
          `the allocator offers without end at ${formatDuration(now)}: ${mostIdleAllocations} allocations at one ` +
            'instant started no task; under --instant an agent is offered to a framework once per instant',
        );
      }
    }
    this.#check();
  }

  #allocate(): void {
    this.#world.tellMaster({ type: 'ALLOCATE' });
    // Before anybody answers: a bad offer that is declined leaves no trace.
    this.#check();
    this.#world.settle(this.#now);
  }

  #check(): void {
    const broken = this.#options.check?.();
    if (broken === undefined) return;
    throw new SimError(`${broken} (event ${this.#world.events}, at ${formatDuration(this.#now)})`);
  }

  #advance(): void {
    this.#noteProgress();
    const { openCount, waitingServices } = this.#ledger;
    const isLastArrived = this.#arrivals.nextTime === Infinity;
    if (isLastArrived && openCount === 0 && waitingServices === 0) {
      this.#end = 'done';
      return;
    }
    this.#world.dropStaleRetries();
    const next = Math.min(this.#world.nextTime, this.#master.allocationDue(this.#now));
    if (next === Infinity) this.#tryLastChance();
    else if (isLastArrived && this.#goesInCircles()) this.#endWithoutProgress();
    else this.#moveTo(next);
  }

  #moveTo(time: Micros): void {
    if (time > this.#options.untilUs) {
      this.#now = this.#options.untilUs;
      this.#end = 'until';
    } else this.#now = time;
  }

  /** Nothing is pending: only if an allocation over all agents offers nothing either, it is the end (I-8). */
  #tryLastChance(): void {
    const { instant, intervalUs } = this.#options;
    // A batch allocation looks at all agents; under instant every one does.
    this.#moveTo(instant ? this.#now : (Math.floor(this.#now / intervalUs) + 1) * intervalUs);
    if (this.#end !== undefined) return;
    const { offerCount } = this.#ledger;
    this.#world.settle(this.#now);
    this.#allocate();
    this.#chances++;
    if (this.#ledger.offerCount === offerCount || this.#chances > circleAllocations)
      this.#endWithoutProgress();
  }

  /** Nothing runs, and what is offered is declined again and again: filters end, but nobody will change his mind. */
  #goesInCircles(): boolean {
    const { runningCount, allocationCount } = this.#ledger;
    const period = Math.max(this.#options.refuseUs, this.#options.intervalUs);
    return (
      runningCount === 0 &&
      allocationCount - this.#idleAllocations > circleAllocations &&
      this.#now - this.#idleSince > circleRefusals * period
    );
  }

  #noteProgress(): void {
    const { progress, allocationCount } = this.#ledger;
    if (progress === this.#idleProgress) return;
    this.#idleProgress = progress;
    this.#idleSince = this.#now;
    this.#idleAllocations = allocationCount;
    this.#chances = 0;
  }

  #endWithoutProgress(): void {
    this.#end = this.#ledger.openCount > 0 ? 'stalled' : 'done';
  }

  #workDone(): number {
    return this.#world.events + this.#ledger.offerCount;
  }
}
