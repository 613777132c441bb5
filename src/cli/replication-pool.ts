import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import {
  Replicator,
  shareTrace,
  type ReplicationJob,
  type ReplicationResult,
  type WorkloadSource,
} from './replication.js';
import type { ReplicationAnswer } from './replication-worker.js';

/** As many runs at once as the machine has cores. */
export function defaultWorkers(): number {
  return availableParallelism();
}

/**
 * Runs jobs side by side; results come back in the order of the jobs, whatever the number of workers.
 *
 * @param workers threads; 1: this one
 * @param signal stops all; jobs that are not through then have no result
 * @param done called whenever one is through
 * @throws the first error of a run, with the name it had
 */
export async function runReplications(
  source: WorkloadSource,
  jobs: readonly ReplicationJob[],
  workers: number,
  signal: AbortSignal,
  done: () => void,
): Promise<(ReplicationResult | undefined)[]> {
  if (workers === 1 || jobs.length === 1) return await runHere(source, jobs, signal, done);
  const { Piscina } = await import('piscina');
  // Every job that waits listens to it.
  setMaxListeners(0, signal);
  const pool = new Piscina<ReplicationJob, ReplicationAnswer>({
    filename: new URL('./replication-worker.js', import.meta.url).href,
    name: 'replicate',
    minThreads: Math.min(workers, jobs.length),
    maxThreads: Math.min(workers, jobs.length),
    workerData: source.type === 'file' ? { ...source, trace: shareTrace(source.trace) } : source,
  });
  try {
    return await Promise.all(
      jobs.map(async (job) => {
        const answer = await pool.run(job, { signal }).catch((error: unknown) => {
          if (signal.aborted) return undefined;
          throw error;
        });
        if (answer === undefined) return undefined;
        if ('error' in answer)
          throw Object.assign(new Error(answer.error.message), { name: answer.error.name });
        done();
        return answer.result;
      }),
    );
  } finally {
    await pool.destroy();
  }
}

async function runHere(
  source: WorkloadSource,
  jobs: readonly ReplicationJob[],
  signal: AbortSignal,
  done: () => void,
): Promise<(ReplicationResult | undefined)[]> {
  const replicator = new Replicator(source);
  // Signals are heard while the event loop turns.
  const control = { pause: async () => (await setImmediate(), signal.aborted) };
  const results: (ReplicationResult | undefined)[] = [];
  for (const job of jobs) {
    const result = signal.aborted ? undefined : await replicator.run(job, control);
    results.push(result?.end === 'interrupted' ? undefined : result);
    done();
  }
  return results;
}
