/**
 * A divisible economy, E0 in semantics-notes section 8: one pool, users with an endless number of tasks, and tasks that can
 * be cut at will (Ghodsi et al., "Dominant Resource Fairness", NSDI 2011, section 3).
 */
export interface Economy {
  /** Amount of each resource, above 0. */
  readonly capacity: readonly number[];
  readonly users: readonly User[];
}

export interface User {
  /** What one task needs of each resource: 0 or more, and above 0 for at least one. */
  readonly demand: readonly number[];
  /** Above 0; 1 unless said. */
  readonly weight: number;
}

/** What a mechanism gives. */
export interface Division {
  /** Tasks of each user, a real number. */
  readonly tasks: readonly number[];
  /** Bound on the relative error of `tasks`; 0 for a closed form. */
  readonly error: number;
}

/** Divides a pool among users: the rule itself, without any cluster. */
export type Mechanism = (economy: Economy) => Division;

/** Demand as a part of the capacity: D = d/c. */
export function shares({ demand }: User, capacity: readonly number[]): number[] {
  return demand.map((amount, r) => amount / capacity[r]);
}

/** The largest part of a resource that one task takes. */
export function dominantShare(user: User, capacity: readonly number[]): number {
  return Math.max(...shares(user, capacity));
}
