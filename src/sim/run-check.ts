import { BooksAuditor } from '../cluster/books-auditor.js';
import { checkBooks } from '../cluster/invariants.js';
import type { Master } from '../cluster/master/master.js';
import type { Arrivals } from './arrivals.js';
import type { TaskLedger } from './task-ledger.js';

/** Instants between two counts of all tasks. */
const instantsBetweenCounts = 1024;

/**
 * Tests a run while it goes on (`--check`): on every agent that something happened to, that no more is allocated than there
 * is, that tasks and offers add up to it, that the master's and the allocator's books agree; and that every task that was
 * submitted is somewhere, once.
 */
export class RunCheck {
  /** Hears what the master tells its observer, and hands it on to the ledger. */
  readonly observer: BooksAuditor;
  readonly #ledger: TaskLedger;
  readonly #arrivals: Arrivals;
  #instants = 0;

  constructor(ledger: TaskLedger, arrivals: Arrivals) {
    this.observer = new BooksAuditor(ledger);
    this.#ledger = ledger;
    this.#arrivals = arrivals;
  }

  /** What is wrong after an instant; undefined: nothing. */
  instant(master: Master): string | undefined {
    const problem = this.observer.check(master);
    if (problem !== undefined || ++this.#instants % instantsBetweenCounts !== 0) return problem;
    return this.#ledger.audit(this.#arrivals.arrivedCount);
  }

  /** The same at the end of the run, over everything. */
  end(master: Master): string | undefined {
    return checkBooks(master) ?? this.#ledger.audit(this.#arrivals.arrivedCount);
  }
}
