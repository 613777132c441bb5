import type { Micros } from '../cluster/ids.js';
import { PolicyFault, shown, thrownText, type RunPosition } from './fault.js';
import { Heartbeat, hookNumber } from './heartbeat.js';

/** Calls of one hook that are asked twice: the first so many, then one of so many. */
const FIRST_TWICE = 64;
const TWICE_EVERY = 64;

export interface GuardOptions {
  /** The allocator as the user named it. */
  readonly label: string;
  /** Its file, to name the line that threw. */
  readonly modulePath?: string;
  /** Ask every question twice (`--check`), not a sample of them. @defaultValue false */
  readonly thorough?: boolean;
  /** Most calls of a policy's functions in one allocation cycle. @defaultValue 50 million */
  readonly stepBudget?: number;
  /** Tells where the run stands; known once it is put together. */
  position?: () => RunPosition;
  readonly heartbeat?: Heartbeat;
}

const defaultBudget = 50_000_000;
const [RANK, ALLOWS] = [hookNumber('rank'), hookNumber('allows')];

/**
 * Stands between the books and a policy's own functions: what they throw or answer wrongly becomes a {@link PolicyFault}, and
 * so does an answer that changes while nothing else does.
 */
export class Guard {
  readonly #options: GuardOptions;
  readonly #heartbeat: Heartbeat;
  readonly #budget: number;
  #steps = 0;
  #calls = 0;
  #nowUs: Micros = 0;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#heartbeat = options.heartbeat ?? new Heartbeat();
    this.#budget = options.stepBudget ?? defaultBudget;
  }

  /** An allocation cycle begins. */
  begin(now: Micros): void {
    this.#steps = 0;
    this.#nowUs = now;
    this.#heartbeat.moved(this.#position());
  }

  /** @param who for the message: the candidate */
  rank(ask: () => number, who: () => string): number {
    const rank = this.#call('rank', RANK, ask, who);
    if (typeof rank !== 'number' || Number.isNaN(rank)) {
      throw this.fault(`returned ${shown(rank)} from rank for ${who()}; a rank is a number`);
    }
    if (this.#isTwice()) this.#compare('rank', rank, this.#call('rank', RANK, ask, who), who);
    return rank;
  }

  allows(ask: () => boolean, who: () => string): boolean {
    const answer = this.#call('allows', ALLOWS, ask, who);
    if (typeof answer !== 'boolean') {
      throw this.fault(`returned ${shown(answer)} from allows for ${who()}; the answer is true or false`);
    }
    if (this.#isTwice()) this.#compare('allows', answer, this.#call('allows', ALLOWS, ask, who), who);
    return answer;
  }

  fault(what: string): PolicyFault {
    return new PolicyFault(this.#options.label, what, this.#position());
  }

  #call<T>(name: string, hook: number, ask: () => T, who: () => string): T {
    if (++this.#steps > this.#budget) {
      throw this.fault(
        `has used up its step budget: ${this.#budget.toLocaleString('en')} calls of its functions in one allocation cycle`,
      );
    }
    this.#heartbeat.enter(hook);
    try {
      return ask();
    } catch (error) {
      throw this.fault(`threw ${thrownText(error, this.#options.modulePath)} in ${name} for ${who()}`);
    } finally {
      this.#heartbeat.leave();
    }
  }

  #isTwice(): boolean {
    const call = this.#calls++;
    return this.#options.thorough === true || call < FIRST_TWICE || call % TWICE_EVERY === 0;
  }

  #compare(name: string, first: unknown, second: unknown, who: () => string): void {
    if (Object.is(first, second)) return;
    throw this.fault(
      `answers differently for the same state: ${name} for ${who()} gave ${shown(first)}, then ${shown(second)}; ` +
        'an answer depends on nothing but its arguments',
    );
  }

  #position(): RunPosition {
    return this.#options.position?.() ?? { event: 0, nowUs: this.#nowUs };
  }
}
