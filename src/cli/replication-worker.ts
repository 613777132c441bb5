/** A thread of `sim compare`: runs one replication after the other. */
import { workerData } from 'piscina';
import {
  Replicator,
  type ReplicationJob,
  type ReplicationResult,
  type WorkloadSource,
} from './replication.js';

/** What comes back: a result, or what went wrong in words, for an error loses its class between threads. */
export type ReplicationAnswer =
  | { readonly result: ReplicationResult }
  | { readonly error: { readonly name: string; readonly message: string } };

const replicator = new Replicator(workerData as WorkloadSource);

/** Called by the pool. */
export async function replicate(job: ReplicationJob): Promise<ReplicationAnswer> {
  try {
    return { result: await replicator.run(job) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { error: { name, message } };
  }
}
