import type { AllocationScope, Allocator } from '../../cluster/allocator.js';
import type { Micros } from '../../cluster/ids.js';
import type { CycleExplanation, Unserved } from './reasons.js';

/** Of whom an explanation tells: of all who got nothing, or only of those who would have taken something. */
export type Whom = 'all' | 'candidates';

/** An allocator that can say what a cycle would do and whom it would pass over, why. */
export interface Explaining {
  explain(now: Micros, whom?: Whom): CycleExplanation;
  /**
   * The same with pauses, between which the allocator may go on: the explanation is of the instant of the first step. That
   * step, a copy of all that the allocator knows, and the cycle itself are done at once.
   */
  explaining(now: Micros, whom?: Whom): Generator<undefined, CycleExplanation>;
  /**
   * Explains the cycle that `run` runs now, to those who would have taken something. Without asks it listens to that very
   * cycle, so that it costs what the explanation has to say; with asks, or when the cycle looks at some agents only, a copy
   * runs one over all agents before.
   */
  explainRun(now: Micros, scope: AllocationScope, run: () => void): CycleExplanation;
}

export function canExplain(allocator: Allocator): allocator is Allocator & Explaining {
  return 'explaining' in allocator && typeof allocator.explaining === 'function';
}

/** It would take an offer if it got one: not suppressed, not disconnected, not without an ask. */
export function isCandidate({ reasons }: Unserved): boolean {
  return !reasons.some(({ reason: { rule } }) => ['suppressed', 'inactive', 'no ask'].includes(rule));
}
