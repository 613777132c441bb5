import type { Allocator } from '../../cluster/allocator.js';
import type { Micros } from '../../cluster/ids.js';
import type { CycleExplanation, Unserved } from './reasons.js';

/** An allocator that can say what a cycle would do and whom it would pass over, why. */
export interface Explaining {
  explain(now: Micros): CycleExplanation;
}

export function canExplain(allocator: Allocator): allocator is Allocator & Explaining {
  return 'explain' in allocator && typeof allocator.explain === 'function';
}

/** It would take an offer if it got one: not suppressed, not disconnected, not without an ask. */
export function isCandidate({ reasons }: Unserved): boolean {
  return !reasons.some(({ reason: { rule } }) => ['suppressed', 'inactive', 'no ask'].includes(rule));
}
