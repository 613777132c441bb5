import type { RoleQuota } from '../run-config.js';
import type { AgentSpec } from '../cluster-spec.js';

/** A cluster as a file describes it. */
export interface Cluster {
  readonly agents: readonly AgentSpec[];
  /** By role path; absent: 1. */
  readonly weights: ReadonlyMap<string, number>;
  readonly quotas: ReadonlyMap<string, RoleQuota>;
  /** What a person should know: agents that were left out. */
  readonly notices: readonly string[];
}

/** A cluster file that cannot be used. One or two lines: what, where, how to mend it. */
export class ClusterFileError extends Error {
  override readonly name = 'ClusterFileError';
}
