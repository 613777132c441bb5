import type { RunPosition } from './fault.js';

/** Cells of {@link Heartbeat.beats}. */
export const CALLS = 0;
export const DEPTH = 1;
export const HOOK = 2;

/** What of a user's code runs; the names are those that a fault is told with. */
export const hooks = ['rank', 'allows', 'create', 'allocate', 'another method', 'loading'] as const;
export type Hook = (typeof hooks)[number];

/**
 * Where this thread is in a user's code, in memory that a watchdog on another thread can read. It costs a few stores per
 * call, and nothing for built-in allocators, which never enter.
 */
export class Heartbeat {
  /** Calls entered so far, how deep we are in them, the hook entered last. */
  readonly beats: Int32Array;
  /** Event number and time in microseconds of the allocation that runs. */
  readonly position: Float64Array;

  constructor() {
    this.beats = new Int32Array(new SharedArrayBuffer(12));
    this.position = new Float64Array(new SharedArrayBuffer(16));
  }

  enter(hook: number): void {
    const { beats } = this;
    beats[CALLS]++;
    beats[DEPTH]++;
    beats[HOOK] = hook;
  }

  leave(): void {
    this.beats[DEPTH]--;
  }

  moved({ event, nowUs }: RunPosition): void {
    this.position[0] = event;
    this.position[1] = nowUs;
  }
}

export function hookNumber(hook: Hook): number {
  return hooks.indexOf(hook);
}
