import { parseCluster, type AgentSpec } from '../sim/cluster-spec.js';
import { SimError } from '../sim/sim-error.js';
import { defaultCluster } from '../workloads/default-cluster.js';
import type { TraceFile } from '../workloads/read-trace.js';
import { UserError } from './user-error.js';

export interface ChosenCluster {
  readonly agents: readonly AgentSpec[];
  /** Where it is from, for people. */
  readonly source: string;
}

/**
 * The cluster of a run: the one asked for, else the one that the trace names, else one that suits the trace.
 * @throws UserError when the trace names one that cannot be read, or needs one that is too large
 */
export function chooseCluster(
  trace: TraceFile,
  asked: readonly AgentSpec[] | undefined,
  askedSource = 'from --agents',
): ChosenCluster {
  if (asked !== undefined) return { agents: asked, source: askedSource };
  if (trace.clusterHint !== undefined) {
    try {
      const agents = parseCluster(trace.clusterHint.split('\n'));
      return { agents, source: 'from the trace' };
    } catch (error) {
      if (error instanceof SimError) {
        throw new UserError(`${trace.path}: the cluster it names: ${error.message}\n--agents gives another.`);
      }
      throw error;
    }
  }
  const { text, explanation } = defaultCluster(trace);
  try {
    return { agents: parseCluster([text]), source: explanation };
  } catch (error) {
    if (!(error instanceof SimError)) throw error;
    throw new UserError(
      `${trace.path}: a cluster of ${text} would suit the trace, and that is too large to simulate.\n` +
        'Give one with --agents, or part of the trace.',
    );
  }
}
