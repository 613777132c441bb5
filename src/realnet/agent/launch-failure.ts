import type { ExecutorReport } from '../../cluster/protocol.js';
import { FetchTimeout } from '../process/fetch-uris.js';

/** Why a task or an executor has not begun, as its framework is told. */
export interface LaunchFailure {
  readonly reason: NonNullable<ExecutorReport['reason']>;
  readonly message: string;
}

/** In Mesos what is fetched is part of the time that an executor has to register (W-3.6). */
export function launchFailure(error: unknown): LaunchFailure {
  return {
    reason:
      error instanceof FetchTimeout
        ? 'REASON_EXECUTOR_REGISTRATION_TIMEOUT'
        : 'REASON_CONTAINER_LAUNCH_FAILED',
    message: `Failed to launch container: ${error instanceof Error ? error.message : String(error)}`,
  };
}
