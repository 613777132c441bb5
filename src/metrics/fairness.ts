import type { Micros } from '../cluster/ids.js';
import type { Recorder } from './recorder.js';

/** How evenly the top-level roles were served. With one there is nobody to compare it with: 1, 0, 1. */
export interface Fairness {
  /**
   * (sum x)^2 / (n sum x^2) over the shares of fair of the roles, from 1/n (one role has all) to 1 (all alike).
   * Jain, Chiu, Hawe, A Quantitative Measure of Fairness and Discrimination, DEC-TR-301, 1984.
   */
  readonly jain: number;
  /** Mean distance between a role's dominant share and its fair share, over roles and the time each was active; 0 to 1. */
  readonly dominantShareDeviation: number;
  /** Smallest share of fair of a role / largest, 0 to 1. */
  readonly minMaxShare: number;
}

/** Shares of one role, averaged over time. */
export interface RoleFairness {
  /** Dominant share over the whole run, 0 to 1. */
  readonly share: number;
  /** What weighted DRF would have given it, level by level if it is nested, 0 to 1; null for one that is alone. */
  readonly fairShare: number | null;
  /** share / fairShare, the role's x in {@link Fairness}; null also for a role that never wanted anything. */
  readonly shareOfFair: number | null;
}

/**
 * Fairness over top-level roles; nested ones count in the role they are part of, and have a fair share of what is due to it.
 * A role is active while it holds or wants something; its fair share at a moment is what weighted dominant resource fairness
 * would give it for that demand (see FairShares), so that a role that wants little is not treated unfairly by getting little.
 *
 * @param windowUs length of the run; the recorder has been brought up to its end
 * @returns the figures, and the shares per role of the trace
 */
export function fairnessOf(
  recorder: Recorder,
  windowUs: Micros,
): { fairness: Fairness; roles: RoleFairness[] } {
  const all = recorder.topRoles.map((_, role) => recorder.topShares.integrals(role));
  const isAlone = all.length === 1;
  const perWindow = windowUs > 0 ? 1 / windowUs : 0;
  const hasOthers = recorder.trace.roles.length > 1;
  const roles = recorder.trace.roles.map((_, role) => {
    const own = recorder.roleShares.integrals(role);
    const share = own.share * perWindow;
    if (!hasOthers) return { share, fairShare: null, shareOfFair: null };
    return { share, fairShare: own.fair * perWindow, shareOfFair: shareOfFair(own) };
  });
  if (isAlone) return { fairness: { jain: 1, dominantShareDeviation: 0, minMaxShare: 1 }, roles };

  const x = all.flatMap((role) => shareOfFair(role) ?? []);
  const squares = sum(x.map((value) => value * value));
  const largest = Math.max(0, ...x);
  const activeUs = sum(all.map((role) => role.activeUs));
  return {
    fairness: {
      // Nobody got anything: all alike.
      jain: squares > 0 ? sum(x) ** 2 / (x.length * squares) : 1,
      dominantShareDeviation: activeUs > 0 ? sum(all.map(({ gap }) => gap)) / activeUs : 0,
      minMaxShare: largest > 0 ? Math.min(...x) / largest : 1,
    },
    roles,
  };
}

function shareOfFair({ share, fair }: { share: number; fair: number }): number | null {
  return fair > 0 ? share / fair : null;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
