import inspector from 'node:inspector';
import process from 'node:process';
import { isMainThread, Worker } from 'node:worker_threads';
import type { Heartbeat } from './heartbeat.js';

/** What the watchdog's thread is told. */
export interface WatchdogData {
  readonly label: string;
  readonly modulePath: string;
  /** The command that repeats the run, without `--until`; undefined: there is no run yet. */
  readonly repeat: string | undefined;
  readonly beats: Int32Array;
  readonly position: Float64Array;
  readonly patienceMs: number;
  /** The watched thread is the main one: it can be stopped and asked where it is. */
  readonly isMain: boolean;
}

export interface Watchdog {
  stop(): void;
}

/** Seconds that one call of a user's function may take; AGORA_POLICY_PATIENCE sets another number. */
const patienceSeconds = 30;

/**
 * Watches from another thread whether a call of a user's function ever returns. When one does not, it is named on standard
 * error and the program ends with status 1. Undefined under a debugger, where a person may stop as long as they like.
 */
export function startWatchdog(watched: {
  readonly label: string;
  readonly modulePath: string;
  readonly repeat?: string;
  readonly heartbeat: Heartbeat;
}): Watchdog | undefined {
  if (inspector.url() !== undefined) return undefined;
  const given = Number(process.env['AGORA_POLICY_PATIENCE']);
  const { label, modulePath, repeat, heartbeat } = watched;
  const data: WatchdogData = {
    label,
    modulePath,
    repeat,
    beats: heartbeat.beats,
    position: heartbeat.position,
    patienceMs: (given > 0 ? given : patienceSeconds) * 1000,
    isMain: isMainThread,
  };
  const worker = new Worker(new URL('./watchdog-thread.js', import.meta.url), {
    workerData: data,
    execArgv: [],
  });
  worker.unref();
  return { stop: () => void worker.terminate() };
}
